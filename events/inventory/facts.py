"""What stands about stock. ``postings.py`` reads every fact as postings to the book and as changes of claims.

Amounts are in the part's base unit, ``unit``; ``told`` is what upstream said when that was in another unit.
Every fact carries what its readers need, so that none of them has to join.
"""

from typing import ClassVar, assert_never

from pydantic import Field

from events.decision import Problem
from events.inventory.accounts import Allocated, Along, Basis, Discrepancy, EventRef, Posted, Refusal
from events.model import Fact
from events.orders.shapes import OrderRef
from events.refusing import Refusing
from events.sealed import Sealed
from events.values import (
    Bucket,
    Day,
    Id,
    Line,
    LineNumber,
    Moment,
    PartId,
    Quantity,
    Share,
    SiteId,
    Status,
    Sum,
    SupplierId,
    Text,
    Total,
    UnitCode,
)


class StockFact(Fact):
    """Something recorded about a part's stock at a site."""

    DOMAIN: ClassVar[str] = "inventory"
    part: PartId
    site: SiteId
    unit: UnitCode = Field(description="the part's base unit; every amount here is in it")


class MovementFact(StockFact):
    """A movement of one amount of one bucket."""

    bucket: Bucket
    amount: Share
    told: Quantity | None = Field(default=None, description="what upstream said, when in another unit")


class StockOpened(StockFact):
    """The book of a bucket was opened with this stock, as it was at the cut-off."""

    bucket: Bucket
    amount: Total
    cut_off: Moment
    expiry: Day | None = None
    told: Quantity | None = None


class StockReceived(MovementFact):
    """Goods came in from a supplier."""

    line: Line | None = Field(default=None, description="the purchase order line it was delivered for")
    supplier: SupplierId | None = None
    expiry: Day | None = None
    delivery_note: Id | None = None


class StockInspected(StockFact):
    """Goods left inspection: accepted ones are available, rejected ones wait to be returned or scrapped."""

    bucket: Bucket = Field(description="where they were inspected")
    accepted: Total
    rejected: Total
    accepted_to: Bucket
    rejected_to: Bucket
    receipt: Id | None = Field(default=None, description="the StockReceived fact they came in by")
    line: Line | None = Field(default=None, description="that receipt's purchase order line")
    supplier: SupplierId | None = None
    usage_decision: Id | None = None
    reason: Text | None = None


class StockCounted(StockFact):
    """A bucket was counted. The variance is posted as found (above zero) or lost (below)."""

    bucket: Bucket
    counted: Total
    expected: Sum | None = Field(default=None, description="the book at the cut-off; none when superseded")
    variance: Sum = Field(description="counted less expected; zero when superseded")
    cut_off: Moment
    basis: Basis = Basis.COUNT
    superseded: bool = Field(default=False, description="a later count was told before: nothing is posted")
    counted_by: Sealed[str] | None = None
    told: Quantity | None = None


class SnapshotTaken(StockFact):
    """A complete snapshot: what it didn't list wasn't there at the cut-off, whatever is told of it later."""

    cut_off: Moment
    buckets: int = Field(description="how many it listed")


class StockFound(MovementFact):
    """Stock turned up that the book didn't have."""

    reason: Text | None = None


class StockLost(MovementFact):
    """Stock is gone, nobody knows where."""

    reason: Text | None = None


class StockScrapped(MovementFact):
    """Stock was thrown away."""

    reason: Id
    run: Id | None = None


class StockHeld(MovementFact):
    """Stock went on hold; ``bucket`` is where it was before, ``to`` where it is now."""

    to: Bucket
    reason: Text | None = None


class StockUnheld(MovementFact):
    """Stock came off hold; ``bucket`` is where it was before, ``to`` where it is now."""

    to: Bucket
    reason: Text | None = None


class StockMoved(MovementFact):
    """Stock went to another location. Unclaimed stock goes first; ``along`` are the claims that went too."""

    to: Bucket
    along: tuple[Along, ...] = ()
    reason: Text | None = None


class StockTransferred(MovementFact):
    """Stock left for another of our sites."""

    to_site: Id
    transfer: Id
    reservation: Id | None = None
    consumed: tuple[Allocated, ...] = ()
    expiry: Day | None = None


class TransferExpected(StockFact):
    """Stock is under way from another of our sites."""

    from_site: Id
    transfer: Id
    amount: Share
    revision: Id | None = None
    lot: Id | None = None
    serial: Id | None = None
    owner: Id | None = None
    expiry: Day | None = None
    configuration: Id | None = None


class TransferReceived(StockFact):
    """Stock from another of our sites arrived; ``short`` was lost on the way and was never in the bucket."""

    bucket: Bucket
    transfer: Id
    amount: Total
    short: Total
    expiry: Day | None = None
    told: Quantity | None = None


class TransferWithdrawn(StockFact):
    """Stock that was said to be under way never left the other site."""

    from_site: Id
    transfer: Id
    amount: Share
    configuration: Id | None = None


class OutputExpected(StockFact):
    """What this run puts into stock was built as a customer chose: it isn't like any other of its part."""

    run: Id
    configuration: Id


class ShipmentExpected(StockFact):
    """This shipment delivers these schedule lines: what leaves in it is what is claimed for them."""

    shipment: Id
    orders: tuple[OrderRef, ...]


class StockReserved(StockFact):
    """A reservation claims these buckets' stock: all that it wanted, or what came by a supply that it had claimed."""

    reservation: Id
    amount: Share
    purpose: Id = Field(description="what it is reserved for: an order or a run")
    location: Id | None = None
    revision: Id | None = None
    lot: Id | None = None
    owner: Id | None = None
    priority: int = 0
    needed_by: Moment | None = None
    allocations: tuple[Allocated, ...]
    supply: Id | None = Field(default=None, description="it came by this supply, earmarked: the reservation grows")
    configuration: Id | None = Field(default=None, description="only stock that was built as this")
    order: OrderRef | None = Field(default=None, description="the customer's schedule line it is for, if one")


class SupplyEarmarked(StockFact):
    """A reservation claims so much more of what is still to come; ``open`` is all that it claims of that supply."""

    supply: Id = Field(description="the supply's key: purchase/4711/2, run/R7-1, transfer/T7-2")
    reservation: Id
    purpose: Id = Field(description="what it is claimed for: a run, an order or a transfer")
    amount: Share
    open: Share
    priority: int = 0
    needed_by: Moment | None = None
    order: OrderRef | None = Field(default=None, description="the customer's schedule line it is for, if one")


class SupplyUnearmarked(StockFact):
    """A reservation gave back so much of what it claimed of a supply; ``open`` is what it still claims of it."""

    supply: Id = Field(description="the supply's key: purchase/4711/2, run/R7-1, transfer/T7-2")
    reservation: Id
    purpose: Id = Field(description="what it was claimed for: a run, an order or a transfer")
    amount: Share
    open: Total


class ReservationRefused(StockFact, Refusing):
    """Nothing was claimed, and why."""

    reservation: Id
    purpose: Id = Field(description="what it is reserved for: an order or a run")
    wanted: Share
    available: Total = Field(description="what could have been claimed within the same constraints")
    reason: Refusal
    configuration: Id | None = Field(default=None, description="as what it was to have been built")

    @property
    def reasons(self) -> tuple[Problem, ...]:
        match self.reason:
            case Refusal.SHORT:
                told = f"{self.wanted} of {self.part} at {self.site} are wanted, and {self.available} can be claimed"
                return (Problem("quantity", told, "reserve no more than that, or wait until more has come"),)
            case Refusal.CONTRADICTION:
                told = f"reservation {self.reservation} stands with other content"
                return (Problem("reservation", told, "reserve under a new id, or release that one first"),)
            case _:
                assert_never(self.reason)


class ReservationReleased(StockFact):
    """A reservation gave back these claims; ``open`` is what it still holds."""

    reservation: Id
    purpose: Id = Field(description="what it is reserved for: an order or a run")
    amount: Share
    allocations: tuple[Allocated, ...]
    open: Total
    reason: Text | None = None


class StockIssued(MovementFact):
    """Stock was handed to a run; ``consumed`` are the claims thereby fulfilled: its reservation's, or the run's."""

    run: Id
    reservation: Id | None = None
    consumed: tuple[Allocated, ...] = ()
    requirement: int | None = Field(default=None, description="the run's, if it says so: it was backflushed for it")


class StockReturned(MovementFact):
    """A run gave back what it didn't build in."""

    run: Id
    reason: Text | None = None


class StockProduced(MovementFact):
    """A run put its output into stock."""

    run: Id
    expiry: Day | None = None


class StockReturnedToVendor(MovementFact):
    """Stock went back to its supplier."""

    supplier: SupplierId
    line: Line | None = None
    receipt: Id | None = Field(default=None, description="the StockReceived fact it came in by")
    reason: Text | None = None


class StockShipped(MovementFact):
    """Stock left for a customer; ``consumed`` are the claims thereby fulfilled: its reservation's, or the order's."""

    shipment: Id
    reservation: Id | None = None
    consumed: tuple[Allocated, ...] = ()
    order: Id | None = Field(default=None, description="the order it was for")
    order_line: LineNumber | None = Field(default=None, description="the order's line it was for, if that was told")


class MovementReversed(StockFact):
    """An earlier event's postings are undone, as of the time it was said to have happened.

    The optional fields say what was undone in the words of its fact. Claims that it fulfilled or broke don't come back.
    """

    of: EventRef
    undone: Id = Field(description="the type of the fact that is undone, e.g. StockReceived")
    undone_fact: Id = Field(description="that fact's id")
    happened_at: Moment = Field(description="when it was said to have happened")
    postings: tuple[Posted, ...]
    withdrawn: tuple[Bucket, ...] = Field(default=(), description="buckets whose count of that event is void")
    amount: Total | None = None
    status: Status | None = None
    line: Line | None = None
    supplier: SupplierId | None = None
    receipt: Id | None = None
    accepted: Total | None = None
    rejected: Total | None = None
    run: Id | None = None
    shipment: Id | None = None
    transfer: Id | None = None
    other_site: Id | None = Field(default=None, description="where the transfer went")
    short: Total | None = None
    reason: Text | None = None


class VarianceReclassified(StockFact):
    """A count had already seen what is told only now: its effect on hand is taken back as found or lost."""

    bucket: Bucket
    amount: Sum = Field(description="change of the stock on hand, signed")
    postings: tuple[Posted, ...]
    cut_off: Moment | None = Field(default=None, description="of the count that stands, if any does")


class AllocationMoved(StockFact):
    """A claim found other stock, because less is left where it was."""

    reservation: Id
    purpose: Id = Field(description="what it is reserved for: an order or a run")
    amount: Share
    bucket: Bucket
    to: Bucket
    because: Id = Field(description="the type of the fact that took the stock")


class AllocationBroken(StockFact):
    """A claim is lost: less is left than was claimed, and nothing else fits."""

    reservation: Id
    purpose: Id = Field(description="what it is reserved for: an order or a run")
    amount: Share
    bucket: Bucket
    open: Total = Field(description="what the reservation still holds")
    because: Id = Field(description="the type of the fact that took the stock")


class DiscrepancyFound(StockFact):
    """Something doesn't add up. What happened is recorded all the same."""

    kind: Discrepancy
    bucket: Bucket | None = None
    short: Total | None = Field(default=None, description="how far below zero, or how much too many")
    transfer: Id | None = None
    reservation: Id | None = None
    of: EventRef | None = None


InventoryFact = (
    StockOpened | StockReceived | StockInspected | StockCounted | SnapshotTaken | StockFound | StockLost
    | StockScrapped | StockHeld | StockUnheld | StockMoved | StockTransferred | TransferExpected | TransferReceived
    | TransferWithdrawn | StockReserved | ReservationRefused | ReservationReleased | StockIssued | StockReturned
    | StockProduced | StockReturnedToVendor | StockShipped | MovementReversed | VarianceReclassified | AllocationMoved
    | AllocationBroken | DiscrepancyFound | SupplyEarmarked | SupplyUnearmarked | OutputExpected | ShipmentExpected
)
