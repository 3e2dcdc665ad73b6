"""What is said about stock of a part at a site. Observations happened; requests and commands ask.

``quantity`` may be told in any unit the part has a conversion for. ``location``, ``revision``, ``lot``,
``serial``, ``owner`` and ``configuration`` say which stock; ``owner`` is left out for our own, ``configuration`` (what
a customer chose, by its content address) for what is like any other, and where the book can tell.
A message's time is when it happened.
"""

from typing import Annotated, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from events.inventory.accounts import EventRef, stream_of
from events.inventory.commands import InventoryCommand
from events.model import Observation, Request
from events.orders.shapes import OrderRef
from events.sealed import Sealed
from events.values import (
    Bucket,
    BucketKey,
    Day,
    Id,
    Line,
    LineNumber,
    LocationId,
    Moment,
    PartId,
    Quantity,
    SiteId,
    Some,
    Status,
    SupplierId,
    Text,
)


class StockObservation(Observation):
    """Something that happened to a part's stock at a site."""

    DOMAIN: ClassVar[str] = "inventory"
    part: PartId
    site: SiteId

    @property
    def stream(self) -> str:
        return stream_of(self.part, self.site)


class LocatedObservation(StockObservation):
    """Something that happened to stock at one location."""

    location: LocationId
    revision: Id | None = None
    lot: Id | None = None
    serial: Id | None = Field(default=None, description="the quantity is then 1, in the part's own unit")
    owner: Id | None = Field(default=None, description="whose stock it is; left out: ours")
    configuration: Id | None = Field(
        default=None, description="as what it was built; left out: as the run, the claim or the book says, or as any"
    )

    def bucket(self, status: Status, location: str | None = None, configuration: str | None = None) -> Bucket:
        """The stock it tells of, in this status: where it tells of it, or at another location."""
        place, built = location or self.location, self.configuration or configuration
        return BucketKey(place, str(status), self.revision, self.lot, self.serial, self.owner, built).bucket()


class OpeningStock(LocatedObservation):
    """What was there when the book was opened. Movements up to the cut-off are contained in it."""

    quantity: Quantity
    cut_off: Moment = Field(description="the moment at which this was the stock")
    status: Status = Status.AVAILABLE
    expiry: Day | None = None


class SnapshotLine(Bucket):
    """How much a snapshot saw in one bucket."""

    quantity: Quantity


class StockSnapshot(StockObservation):
    """A warehouse system's absolute statement. Differences from the book are found or lost, as in a count."""

    lines: tuple[SnapshotLine, ...] = Field(max_length=10_000)
    cut_off: Moment = Field(description="movements up to this moment are contained in the snapshot")
    complete: bool = Field(default=False, description="what isn't listed isn't there")

    @field_validator("lines")
    @classmethod
    def _each_bucket_once(cls, lines: tuple[SnapshotLine, ...]) -> tuple[SnapshotLine, ...]:
        if len({line.key for line in lines}) < len(lines):
            raise ValueError("a bucket is listed twice; say its whole quantity in one line")
        return lines


class Received(LocatedObservation):
    """Goods came in from a supplier, for an order line or without one."""

    quantity: Some
    line: Line | None = Field(default=None, description="the purchase order line it was delivered for")
    supplier: SupplierId | None = None
    status: Annotated[Status, Field(description="available or inspection")] = Status.AVAILABLE
    expiry: Day | None = None
    delivery_note: Id | None = None

    @field_validator("status")
    @classmethod
    def _usable_or_in_inspection(cls, status: Status) -> Status:
        if status not in (Status.AVAILABLE, Status.INSPECTION):
            raise ValueError(f"goods don't come in as {status}; available or inspection, then tell Inspected or Held")
        return status


class Inspected(LocatedObservation):
    """Goods in inspection were decided on."""

    accepted: Quantity
    rejected: Quantity
    receipt: EventRef | None = Field(default=None, description="the event that told of the receipt")
    usage_decision: Id | None = Field(default=None, description="code of the decision on an inspection lot")
    accepted_to: Id | None = Field(default=None, description="location of the accepted goods, if another")
    rejected_to: Id | None = Field(default=None, description="location of the rejected goods, if another")
    reason: Text | None = None


class Counted(LocatedObservation):
    """Somebody counted a bucket."""

    quantity: Quantity
    cut_off: Moment = Field(description="movements up to this moment are contained in the count")
    status: Status = Status.AVAILABLE
    counted_by: Sealed[str] | None = None


class Found(LocatedObservation):
    """Stock turned up that the book didn't have."""

    quantity: Some
    status: Status = Status.AVAILABLE
    reason: Text | None = None


class Lost(LocatedObservation):
    """Stock is gone, nobody knows where."""

    quantity: Some
    status: Status = Status.AVAILABLE
    reason: Text | None = None


class Scrapped(LocatedObservation):
    """Stock was thrown away."""

    quantity: Some
    reason: Id = Field(description="scrap reason code")
    status: Status = Status.AVAILABLE
    run: Id | None = Field(default=None, description="the run it was scrapped in, if in one")


class Held(LocatedObservation):
    """Stock was put on hold."""

    quantity: Some
    status: Status = Field(default=Status.AVAILABLE, description="what it was before")
    reason: Text | None = None


class Unheld(LocatedObservation):
    """Stock was taken off hold."""

    quantity: Some
    status: Status = Field(default=Status.AVAILABLE, description="what it is from now on")
    reason: Text | None = None


class Moved(LocatedObservation):
    """Stock went from one location of the site to another."""

    quantity: Some
    to_location: Id = Field(description="the location it went to")
    status: Status = Status.AVAILABLE
    reason: Text | None = None


class TransferSent(LocatedObservation):
    """Stock left for another of our sites."""

    quantity: Some
    to_site: Id = Field(description="the site it left for")
    transfer: Id = Field(description="the transfer's id, the same at both sites")
    status: Status = Status.AVAILABLE
    reservation: Id | None = Field(default=None, description="whose claim this fulfils")
    expiry: Day | None = None


class TransferArrived(LocatedObservation):
    """Stock from another of our sites arrived, perhaps less. What is in neither number is still under way."""

    transfer: Id = Field(description="the transfer's id, the same at both sites")
    quantity: Quantity
    short: Quantity | None = Field(default=None, description="what is known to be lost on the way")
    status: Status = Status.AVAILABLE
    expiry: Day | None = None


class Issued(LocatedObservation):
    """Stock was handed to a run."""

    quantity: Some
    run: Id = Field(description="the run's id, as in ``Issued`` and ``Produced``")
    reservation: Id | None = Field(default=None, description="whose claim this fulfils")
    status: Status = Status.AVAILABLE


class ReturnedFromRun(LocatedObservation):
    """A run gave back what it didn't build in."""

    quantity: Some
    run: Id = Field(description="the run's id, as in ``Issued`` and ``Produced``")
    status: Status = Status.AVAILABLE
    reason: Text | None = None


class Produced(LocatedObservation):
    """A run put its output into stock."""

    quantity: Some
    run: Id = Field(description="the run's id, as in ``Issued`` and ``Produced``")
    status: Status = Status.AVAILABLE
    expiry: Day | None = None


class ReturnedToVendor(LocatedObservation):
    """Stock went back to its supplier."""

    quantity: Some
    supplier: SupplierId
    line: Line | None = Field(default=None, description="the purchase order line it had come for")
    receipt: EventRef | None = Field(default=None, description="the event that told of the receipt")
    status: Status = Status.REJECTED
    reason: Text | None = None


class Shipped(LocatedObservation):
    """Stock left for a customer."""

    quantity: Some
    shipment: Id = Field(description="the shipment to the customer")
    reservation: Id | None = Field(default=None, description="whose claim this fulfils")
    status: Status = Status.AVAILABLE
    order: Id | None = Field(default=None, description="the order it was for; without a reservation, its claims count")
    order_line: LineNumber | None = Field(
        default=None, description="the order's line it was for; left out: the lines that the shipment was planned for"
    )

    @model_validator(mode="after")
    def _line_of_an_order(self) -> Self:
        if self.order_line is not None and self.order is None:
            raise ValueError("order: it isn't said of which order that line is; name the order too")
        return self


class Reversed(StockObservation):
    """An earlier observation on this stream was wrong: it didn't happen as told. Its postings are undone.

    What physically comes back is told as what it is (``ReturnedFromRun``), not as a reversal.
    """

    of: EventRef
    reason: Text | None = None
    happened_at: Moment | None = Field(default=None, description="the time that event told, if known")


class ReserveStock(Request):
    """Claim stock on hand: all of the quantity, or nothing."""

    DOMAIN: ClassVar[str] = "inventory"
    part: PartId
    site: SiteId
    reservation: Id = Field(description="the reservation's own id, chosen by who asks")
    quantity: Some
    purpose: Id = Field(description="what it is reserved for: an order or a run")
    location: LocationId | None = None
    revision: Id | None = None
    lot: Id | None = None
    owner: Id | None = Field(default=None, description="whose stock may be taken; left out: only ours")
    configuration: Id | None = Field(default=None, description="left out: only stock that is like any other")
    priority: int = Field(default=0, ge=-1000, le=1000, description="the higher keeps its claim longer")
    needed_by: Moment | None = Field(default=None, description="left out: loses first")
    order: OrderRef | None = Field(default=None, description="the customer's schedule line it is for, if one")

    @property
    def stream(self) -> str:
        return stream_of(self.part, self.site)


class ReleaseStock(Request):
    """Give back what a reservation still holds, or a part of it."""

    DOMAIN: ClassVar[str] = "inventory"
    part: PartId
    site: SiteId
    reservation: Id = Field(description="the reservation's own id, chosen by who asks")
    quantity: Some | None = Field(default=None, description="left out: all that it holds")
    reason: Text | None = None

    @property
    def stream(self) -> str:
        return stream_of(self.part, self.site)


InventoryMessage = (
    OpeningStock | StockSnapshot | Received | Inspected | Counted | Found | Lost | Scrapped | Held | Unheld
    | Moved | TransferSent | TransferArrived | Issued | ReturnedFromRun | Produced | ReturnedToVendor
    | Shipped | Reversed | ReserveStock | ReleaseStock | InventoryCommand
)
