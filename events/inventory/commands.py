"""What planners and other domains ask of a part's stock at a site. Never taken from outside.

``supply`` names what stock may come by, in the planner's words: ``purchase/4711/2`` (a line of a purchase order),
``run/R7-1`` (a run's output), ``transfer/T7-2`` (stock from another of our sites).
"""

from typing import Annotated, ClassVar

from pydantic import Field

from events.inventory.accounts import stream_of
from events.model import Command
from events.orders.shapes import OrderRef
from events.values import Day, Id, LocationId, Moment, PartId, SiteId, Some

Supply = Annotated[Id, Field(description="the supply's key: purchase/4711/2, run/R7-1, transfer/T7-2")]


class StockCommand(Command):
    """Something asked about a part's stock at a site."""

    DOMAIN: ClassVar[str] = "inventory"
    part: PartId
    site: SiteId

    @property
    def stream(self) -> str:
        return stream_of(self.part, self.site)


class ExpectTransfer(StockCommand):
    """Stock is under way from another site to this one."""

    site: SiteId = Field(description="where it goes")
    from_site: Id = Field(description="the site it left")
    transfer: Id = Field(description="the transfer's id, the same at both sites")
    quantity: Some
    revision: Id | None = None
    lot: Id | None = None
    serial: Id | None = None
    owner: Id | None = None
    expiry: Day | None = None
    configuration: Id | None = None


class FollowTransferReversal(StockCommand):
    """Stock that was said to be under way to this site never left."""

    site: SiteId = Field(description="where it would have gone")
    from_site: Id = Field(description="the site it left")
    transfer: Id = Field(description="the transfer's id, the same at both sites")
    quantity: Some
    configuration: Id | None = None


class EarmarkSupply(StockCommand):
    """Claim so much more of what is still to come by a supply. What comes is then born allocated to the reservation."""

    supply: Supply
    reservation: Id = Field(description="the reservation's own id; it may be claimed for again, and grows")
    quantity: Some
    purpose: Id = Field(description="what it is claimed for: a run, an order or a transfer")
    priority: int = Field(default=0, description="the higher is served first")
    needed_by: Moment | None = Field(default=None, description="of equal priority the earlier; left out: last")
    order: OrderRef | None = Field(default=None, description="the customer's schedule line it is claimed for, if one")


class UnearmarkSupply(StockCommand):
    """Give back so much of such a claim. What came for it meanwhile is released from the reservation instead."""

    supply: Supply
    reservation: Id
    quantity: Some | None = Field(default=None, description="left out: all that was claimed, come or not")


class ExpectOutput(StockCommand):
    """A run builds what a customer chose: whoever tells of its output need not say so."""

    run: Id
    configuration: Id


class ExpectShipment(StockCommand):
    """A shipment delivers these schedule lines: whoever tells that it left need not say so."""

    shipment: Id
    orders: tuple[OrderRef, ...] = Field(min_length=1)


class StockOutput(StockCommand):
    """A run's output goes into stock, ready for use: the shop floor said so, no warehouse will."""

    run: Id
    quantity: Some
    location: LocationId
    revision: Id | None = None
    lot: Id | None = None
    serial: Id | None = Field(default=None, description="the quantity is then 1, in the part's own unit")


class BackflushStock(StockCommand):
    """A run used up a component, says its output: from the run's own claims, then from what is free."""

    run: Id
    quantity: Some
    location: LocationId | None = Field(default=None, description="where the run takes it from, if one place")
    n: int = Field(description="the number of the run's requirement")


InventoryCommand = (
    ExpectTransfer | FollowTransferReversal | EarmarkSupply | UnearmarkSupply | ExpectOutput | ExpectShipment
    | StockOutput | BackflushStock
)
