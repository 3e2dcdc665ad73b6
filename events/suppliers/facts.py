"""What stands about purchase orders and suppliers.

Amounts are in the part's base unit, ``unit``; ``told`` is what was said, in the unit it was said in. Of
each line, always and exactly:

    ordered + over = open + received + cancelled + short closed
    received       = accepted + rejected + in inspection

``received`` is all that came, less what was reversed; ``over`` is the part of it that was not open. What was
sent back to the supplier was received all the same: ``returned`` is counted beside these. Each fact carries
how it moves these numbers and the times its readers need, so that none of them has to join; ``opened`` is how
it moves ``open``.
"""

from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from events.catalogue.terms import AgreementShape
from events.model import Fact
from events.refusing import Refusing
from events.sealed import Sealed
from events.suppliers.messages import Approval
from events.suppliers.shapes import (
    ZERO,
    Contradiction,
    Covered,
    PlacedLine,
    Portion,
    Promised,
    Trouble,
)
from events.values import (
    CurrencyCode,
    Day,
    Id,
    LineNumber,
    Moment,
    NotNegative,
    PartId,
    Quantity,
    Share,
    SupplierId,
    Text,
    Total,
    UnitCode,
)


class PurchaseFact(Fact):
    """Something recorded about a purchase order."""

    DOMAIN: ClassVar[str] = "suppliers"
    number: Id = Field(description="the purchase order's number")
    supplier: SupplierId
    site: Id = Field(description="the site it is to be delivered to")


class LineFact(PurchaseFact):
    """Something recorded about one line, as it stands after this fact. Days are the site's own."""

    line: LineNumber
    part: PartId
    unit: UnitCode = Field(description="the part's base unit; every amount here is in it")
    revision: Id | None = None
    ordered_at: Moment
    ordered_on: Day
    confirmed_at: Moment | None = Field(default=None, description="when the line was first confirmed")
    confirmed_on: Day | None = None
    due: Day | None = Field(default=None, description="the day we want it")
    promised: Day | None = Field(
        default=None, description="the next open amount's day: the confirmed one, else the due one"
    )
    expected: Day | None = Field(default=None, description="the day it is expected since it was delayed")
    open: Total = Field(description="what is still to come")

    @property
    def opened(self) -> Decimal:
        """How much this fact adds to (or, below zero, takes from) what is open."""
        return ZERO


class PurchaseOrderPlaced(PurchaseFact):
    """Parts were ordered from a supplier. All of each line is open."""

    currency: CurrencyCode
    ordered_at: Moment
    ordered_on: Day
    approval: Approval
    ship_method: Id | None = None
    buyer: Sealed[str] | None = None
    lines: tuple[PlacedLine, ...]


class PurchaseOrderRefused(PurchaseFact, Refusing):
    """An order wasn't placed, and why."""

    problems: tuple[Trouble, ...]


class PurchaseOrderLineAdded(LineFact):
    """A line came to an order. ``ordered`` is zero when goods came for a line that nobody had ordered."""

    ordered: Total
    told: Quantity | None = None
    price: NotNegative | None = None
    requisition: Id | None = None

    @property
    def opened(self) -> Decimal:
        return self.ordered


class PurchaseOrderLineChanged(LineFact):
    """A line is ordered otherwise. A higher quantity first covers what had come over the old one."""

    ordered: Share
    was: Total = Field(description="what was ordered before")
    covered: tuple[Covered, ...] = Field(default=(), description="what had come over and is now ordered")
    told: Quantity | None = None
    price: NotNegative | None = None

    @property
    def opened(self) -> Decimal:
        return self.ordered - self.was - sum((part.amount for part in self.covered), ZERO)


class PurchaseOrderChangeRefused(PurchaseFact, Refusing):
    """An order stays as it was, and why."""

    problems: tuple[Trouble, ...]


class PurchaseOrderConfirmed(LineFact):
    """A supplier confirmed a line, on these days. ``wanted`` was what it should have confirmed."""

    confirmed: Total
    wanted: Total = Field(description="ordered, less cancelled and short closed")
    told_at: Moment
    told_on: Day
    schedule: tuple[Promised, ...] = Field(description="by day")
    current: bool = Field(default=True, description="false: a later one had been told before; it stays")
    confirmation: Id | None = None


class PurchaseOrderDelayed(LineFact):
    """What is open of a line is expected on another day. The promise stays what it was."""

    told_at: Moment
    until: Day = Field(description="the day it was said to come")
    was: Day | None = Field(default=None, description="when it had been expected, or else promised")
    current: bool = Field(default=True, description="false: a later one had been told before; it stays")
    reason: Text | None = None


class PurchaseOrderShipped(LineFact):
    """Goods of a line left the supplier. ``shipped`` is all that was ever said to have left."""

    amount: Share
    shipped: Share
    shipped_at: Moment
    shipped_on: Day
    despatch: Id
    arrives: Day | None = Field(default=None, description="the day this despatch is expected")
    ship_method: Id | None = None
    tracking: Id | None = None
    told: Quantity | None = None


class PurchaseOrderReceived(LineFact):
    """Goods came for a line: ``portions`` of what was open, earliest promise first, ``over`` beyond it."""

    amount: Share
    over: Total = ZERO
    accepted: Total = ZERO
    rejected: Total = ZERO
    in_inspection: Total = ZERO
    receipt: Id = Field(description="the receipt's number, or the StockReceived fact's id")
    said: tuple[Total, Total, Total] = Field(description="received, accepted, rejected, as told")
    received_at: Moment
    received_on: Day
    portions: tuple[Portion, ...] = ()
    at_site: Id | None = Field(default=None, description="where it came, if not to the order's site")
    lot: Id | None = None
    told: Quantity | None = None

    @property
    def opened(self) -> Decimal:
        return self.over - self.amount


class PurchaseOrderInspected(LineFact):
    """Goods that came were found good or bad. ``revoked`` is what of the bad had been accepted before."""

    accepted: Total = ZERO
    rejected: Total = ZERO
    revoked: Total = ZERO
    receipt: Id | None = None
    reason: Text | None = None
    told: Quantity | None = None

    @property
    def from_inspection(self) -> Decimal:
        """How much left inspection."""
        return self.accepted + self.rejected - self.revoked


class PurchaseOrderInspectionReversed(LineFact):
    """A finding was taken back: so much of what was accepted or rejected is in inspection again."""

    accepted: Total = ZERO
    rejected: Total = ZERO
    receipt: Id | None = None


class PurchaseOrderReturned(LineFact):
    """Goods that came went back to the supplier. They stay received."""

    amount: Share
    receipt: Id | None = None


class PurchaseOrderReturnReversed(LineFact):
    """Goods didn't go back after all."""

    amount: Share
    receipt: Id | None = None


class ReceiptReversed(LineFact):
    """Goods never came after all. What came over goes first, then the latest promises.

    What other receipts brought over covers what would be open again; ``over`` is all that isn't over any more.
    """

    amount: Share
    over: Total = ZERO
    accepted: Total = ZERO
    rejected: Total = ZERO
    in_inspection: Total = ZERO
    receipt: Id = Field(description="the receipt's number, or the StockReceived fact's id")
    received_at: Moment = Field(description="when they were said to have come")
    received_on: Day
    portions: tuple[Portion, ...] = Field(default=(), description="those that no longer count")
    covered: tuple[Covered, ...] = Field(default=(), description="what other receipts brought over takes their place")
    whole: bool = Field(description="nothing is left of the receipt")

    @property
    def opened(self) -> Decimal:
        return self.amount - self.over


class PurchaseOrderShortClosed(LineFact):
    """So much of a line won't come, and nobody waits for it."""

    amount: Share
    reason: Text | None = None

    @property
    def opened(self) -> Decimal:
        return -self.amount


class PurchaseOrderCancelled(LineFact):
    """So much of a line was called off."""

    amount: Share
    reason: Text | None = None

    @property
    def opened(self) -> Decimal:
        return -self.amount


class PurchaseOrderClosed(PurchaseFact):
    """The purchasing system holds the order closed. What was open was short closed just before."""

    reason: Text | None = None


class PurchaseOrderReviewed(PurchaseFact):
    """Our own approval of the order changed."""

    approval: Approval
    was: Approval
    reason: Text | None = None


class PurchaseOrderDiscrepancyFound(PurchaseFact):
    """What was told doesn't fit what is known. ``amount`` is by how much, where there is such a number."""

    kind: Contradiction
    line: LineNumber | None = None
    part: PartId | None = None
    unit: UnitCode | None = None
    amount: Total | None = None
    receipt: Id | None = None
    detail: Text


class StandingFact(Fact):
    """Something recorded about a supplier itself."""

    DOMAIN: ClassVar[str] = "suppliers"
    supplier: SupplierId


class SupplierWentDown(StandingFact):
    """A supplier can't deliver. Told again with another beginning or end, it is recorded again."""

    since: Moment
    until: Moment | None = None
    ended: bool = Field(default=False, description="true: told late, of an outage that was over at ``until``")
    reason: Text | None = None


class SupplierCameBack(StandingFact):
    """A supplier delivers again."""

    since: Moment = Field(description="from when it delivers again")
    down_since: Moment | None = Field(default=None, description="none: nobody had told of an outage")
    reason: Text | None = None


class AgreementChangeRecorded(AgreementShape, StandingFact):
    """Other terms were agreed for a part; the catalogue is told to keep them."""


SupplierFact = (
    PurchaseOrderPlaced
    | PurchaseOrderRefused
    | PurchaseOrderLineAdded
    | PurchaseOrderLineChanged
    | PurchaseOrderChangeRefused
    | PurchaseOrderConfirmed
    | PurchaseOrderDelayed
    | PurchaseOrderShipped
    | PurchaseOrderReceived
    | PurchaseOrderInspected
    | PurchaseOrderInspectionReversed
    | PurchaseOrderReturned
    | PurchaseOrderReturnReversed
    | ReceiptReversed
    | PurchaseOrderShortClosed
    | PurchaseOrderCancelled
    | PurchaseOrderClosed
    | PurchaseOrderReviewed
    | PurchaseOrderDiscrepancyFound
    | SupplierWentDown
    | SupplierCameBack
    | AgreementChangeRecorded
)
