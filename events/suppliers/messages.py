"""What is said about purchase orders and suppliers. Observations happened; requests and commands ask.

Every message's time is when it happened: an order is placed at its message's time. Quantities may be told in
any unit the part has a conversion for; they are converted as of the order's placing.
"""

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from events.catalogue.terms import AgreementShape
from events.model import Command, Model, Observation, Request
from events.sealed import Sealed
from events.values import (
    CurrencyCode,
    Day,
    Id,
    LineNumber,
    Moment,
    NotNegative,
    PartId,
    Quantity,
    SiteId,
    Some,
    Status,
    SupplierId,
    Text,
)


def order_stream(number: str) -> str:
    """The stream of a purchase order.

    >>> order_stream("4711")
    'purchase-order/4711'
    """
    return f"purchase-order/{number}"


def supplier_stream(supplier: str) -> str:
    """The stream of what a supplier says of itself.

    >>> supplier_stream("ACME")
    'supplier/ACME'
    """
    return f"supplier/{supplier}"


class Approval(StrEnum):
    """Our own approval of an order. Goods for one that isn't approved are taken, and reported."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


def _once(entries: tuple[Any, ...]) -> tuple[Any, ...]:
    """Of line numbers, or of entries that each have one."""
    seen: set[int] = set()
    for entry in entries:
        line = entry if isinstance(entry, int) else entry.line
        if line in seen:
            raise ValueError(f"line {line} is there twice; say everything about a line in one entry")
        seen.add(line)
    return entries


Once: Final = AfterValidator(_once)
LineNumbers = Annotated[tuple[LineNumber, ...], Field(min_length=1, max_length=10_000), Once]


class OrderRequest(Request):
    """Something asked of a purchase order."""

    DOMAIN: ClassVar[str] = "suppliers"
    number: Id = Field(description="the purchase order's number")

    @property
    def stream(self) -> str:
        return order_stream(self.number)


class OrderObservation(Observation):
    """Something that happened to a purchase order."""

    DOMAIN: ClassVar[str] = "suppliers"
    number: Id = Field(description="the purchase order's number")

    @property
    def stream(self) -> str:
        return order_stream(self.number)


class SupplierObservation(Observation):
    """Something a supplier says of itself."""

    DOMAIN: ClassVar[str] = "suppliers"
    supplier: SupplierId

    @property
    def stream(self) -> str:
        return supplier_stream(self.supplier)


class OrderCommand(Command):
    """What inventory saw happen to goods of an order line: the order follows.

    Quantities are in the part's base unit. ``receipt`` is the id of the fact the goods came in by.
    """

    DOMAIN: ClassVar[str] = "suppliers"
    purchase_order: Id = Field(description="the purchase order's number")
    line: LineNumber
    part: PartId
    site: SiteId
    receipt: Id = Field(description="the id of the fact the goods came in by")

    @property
    def stream(self) -> str:
        return order_stream(self.purchase_order)


class OrderLine(Model):
    """What is ordered on one line."""

    line: LineNumber
    part: PartId
    quantity: Some
    price: NotNegative | None = Field(default=None, description="for one unit, in the order's currency")
    due: Day | None = Field(default=None, description="the day we want it, by the site's calendar")
    requisition: Id | None = Field(default=None, description="the requisition or proposal it was ordered for")
    revision: Id | None = None


class PlacePurchaseOrder(OrderRequest):
    """Order parts from a supplier, delivered to one site. It is placed at the message's time."""

    supplier: SupplierId
    currency: CurrencyCode
    site: Id = Field(description="the site it is to be delivered to")
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=10_000), Once]
    approval: Approval = Approval.APPROVED
    ship_method: Id | None = None
    buyer: Sealed[str] | None = None


class LineChange(Model):
    """What is to be different on a line; whatever is left out stays as it is."""

    line: LineNumber
    quantity: Some | None = Field(default=None, description="the new quantity of the whole line")
    price: NotNegative | None = None
    due: Day | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.quantity is None and self.price is None and self.due is None:
            raise ValueError("nothing is to be different; say a new quantity, price or due date")
        return self


class ChangePurchaseOrder(OrderRequest):
    """Add lines, or change some. It is done whole or not at all."""

    add: Annotated[tuple[OrderLine, ...], Field(max_length=10_000), Once] = ()
    change: Annotated[tuple[LineChange, ...], Field(max_length=10_000), Once] = ()

    @field_validator("change")
    @classmethod
    def _not_added_too(cls, change: tuple[LineChange, ...], info: ValidationInfo) -> tuple[LineChange, ...]:
        _once((*info.data.get("add", ()), *change))
        return change

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.add and not self.change:
            raise ValueError("no line is added or changed; say which")
        return self


class LinesRequest(OrderRequest):
    """Something asked of some lines of an order, or of all."""

    lines: LineNumbers | None = Field(default=None, description="left out: every line")
    reason: Text | None = None


class CancelPurchaseOrder(LinesRequest):
    """Call off what is still open. What came stays."""


class ShortClosePurchaseOrder(LinesRequest):
    """Be content with what came: the rest isn't expected any more."""


class Promise(Model):
    """So much, on that day."""

    quantity: Some
    promised: Day = Field(description="the day it will be at our site, by the site's calendar")


class ConfirmedLine(Model):
    """What a supplier confirms of a line: on one day or several; less than ordered, even nothing; or more."""

    line: LineNumber
    schedule: tuple[Promise, ...] = Field(max_length=1000)


class Confirmed(OrderObservation):
    """A supplier said what it will deliver when. A later confirmation replaces the lines it names."""

    lines: Annotated[tuple[ConfirmedLine, ...], Field(min_length=1, max_length=10_000), Once]
    confirmation: Id | None = Field(default=None, description="the supplier's own number for it")


class Delayed(OrderObservation):
    """What is open of some lines, or of all, will come on another day. The promise stays what it was."""

    lines: LineNumbers | None = Field(default=None, description="left out: every open line")
    expected: Day = Field(description="the day it is now expected, by the site's calendar")
    reason: Text | None = None


class ShippedLine(Model):
    """How much of a line is on its way."""

    line: LineNumber
    quantity: Some


class Shipped(OrderObservation):
    """A supplier's shipping notice. It left at the message's time."""

    lines: Annotated[tuple[ShippedLine, ...], Field(min_length=1, max_length=10_000), Once]
    despatch: Id = Field(description="the despatch advice's number; told twice, it is one despatch")
    expected: Day | None = None
    ship_method: Id | None = None
    tracking: Id | None = None


class Reviewed(OrderObservation):
    """Our own approval of the order was given, refused or withdrawn."""

    approval: Approval
    reason: Text | None = None


class Closed(OrderObservation):
    """The purchasing system holds the order closed: whatever is open won't come."""

    reason: Text | None = None


class ReceiptReported(OrderObservation):
    """A purchasing system's own word on what came: for receipts that don't pass through inventory.

    What is neither accepted nor rejected is in inspection. Quantities that contradict each other are recorded
    as far as they can be, and reported.
    """

    line: LineNumber
    received: Some
    accepted: NotNegative | None = Field(default=None, description="in the unit of ``received``")
    rejected: NotNegative | None = Field(default=None, description="in the unit of ``received``")
    part: Id | None = Field(default=None, description="when told, it is checked against the line's")
    receipt: Id | None = Field(default=None, description="its own number; told twice, it is one receipt")
    reason: Text | None = Field(default=None, description="why some was rejected")


class RejectionReported(OrderObservation):
    """A purchasing system's own word that some of what came was found bad, in inspection or after it."""

    line: LineNumber
    quantity: Some
    receipt: Id | None = None
    reason: Text | None = None


class SupplierDown(SupplierObservation):
    """A supplier can't deliver, from the message's time on."""

    until: Moment | None = Field(default=None, description="when it is expected back, if known")
    reason: Text | None = None


class SupplierBack(SupplierObservation):
    """A supplier delivers again, from the message's time on."""

    reason: Text | None = None


class AgreementChanged(AgreementShape, SupplierObservation):
    """A supplier and we agreed on other terms for a part."""


class FollowReceipt(OrderCommand):
    """Goods came for an order line."""

    quantity: Some
    status: Status
    lot: Id | None = None


class FollowInspection(OrderCommand):
    """Goods of an order line left inspection."""

    accepted: Quantity
    rejected: Quantity


class FollowReturn(OrderCommand):
    """Goods of an order line went back to the supplier."""

    quantity: Some


class FollowInspectionReversal(OrderCommand):
    """A finding was taken back: so much is in inspection again."""

    accepted: Quantity
    rejected: Quantity


class FollowReturnReversal(OrderCommand):
    """Goods didn't go back to the supplier after all."""

    quantity: Some


class FollowReversal(OrderCommand):
    """A receipt was taken back: that quantity never came. ``status`` is the one it had in stock."""

    quantity: Some
    status: Status


class FollowNotice(Command):
    """Logistics was told what of an order line is on its way. It left at the message's time."""

    DOMAIN: ClassVar[str] = "suppliers"
    purchase_order: Id = Field(description="the purchase order's number")
    line: LineNumber
    quantity: Some = Field(description="in any unit the line's part has a conversion for")
    shipment: Id = Field(description="the shipment it comes in; told twice, it is one despatch")
    expected: Day | None = Field(default=None, description="the day it is expected at our site; left out: as promised")

    @property
    def stream(self) -> str:
        return order_stream(self.purchase_order)


SupplierMessage = (
    PlacePurchaseOrder
    | ChangePurchaseOrder
    | CancelPurchaseOrder
    | ShortClosePurchaseOrder
    | Confirmed
    | Delayed
    | Shipped
    | Reviewed
    | Closed
    | ReceiptReported
    | RejectionReported
    | SupplierDown
    | SupplierBack
    | AgreementChanged
    | FollowReceipt
    | FollowInspection
    | FollowReturn
    | FollowInspectionReversal
    | FollowReturnReversal
    | FollowReversal
    | FollowNotice
)
