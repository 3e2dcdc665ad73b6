"""What is remembered of a purchase order, just enough to decide on.

The idea. A line is a few exact numbers that always agree:

    ordered + over = open + received + cancelled + short_closed
    received       = accepted + rejected + in_inspection

``open`` is not kept but computed from the first. ``over`` is what came though nothing was open for it, so as long as
there is any, nothing is open.

Who was late? Goods that come fulfil the earliest promise that isn't fulfilled yet. The naive way compares a receipt
with the line's one date, and calls half of a split delivery late. So each receipt remembers in ``portions`` which
promises it fulfilled. When a receipt is taken back, or more is ordered, what other receipts brought over takes the
free place, and gets the portions it fulfils by that.

The invariants, after every fact: Σ receipts' amounts = received; Σ their over = over; Σ their portions = received
less over; no number is below zero; over > 0 only while open = 0.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import msgspec
from msgspec import field

from events.suppliers.messages import Approval

ZERO: Final = Decimal(0)


class Share(msgspec.Struct):
    """So much of a receipt, and the promise that it fulfils."""

    amount: Decimal
    promised: date | None
    confirmed: bool


class Receipt(msgspec.Struct):
    """What came at once. ``said`` is what was told of it: received, accepted, rejected."""

    amount: Decimal
    over: Decimal
    said: tuple[Decimal, Decimal, Decimal]
    at: datetime
    on: date
    portions: list[Share]

    def copy(self) -> "Receipt":
        return msgspec.structs.replace(
            self, portions=[msgspec.structs.replace(portion) for portion in self.portions]
        )


class Line(msgspec.Struct, omit_defaults=True):
    """A line of an order, amounts in the part's base unit."""

    part: str
    unit: str
    ordered: Decimal
    told: tuple[Decimal, str] | None = None
    price: Decimal | None = None
    due: date | None = None
    requisition: str | None = None
    revision: str | None = None
    over: Decimal = ZERO
    received: Decimal = ZERO
    cancelled: Decimal = ZERO
    short_closed: Decimal = ZERO
    accepted: Decimal = ZERO
    rejected: Decimal = ZERO
    in_inspection: Decimal = ZERO
    returned: Decimal = ZERO
    shipped: Decimal = ZERO
    shipped_on: date | None = None
    despatches: dict[str, Decimal] = field(default_factory=dict)
    schedule: list[tuple[Decimal, date]] = field(default_factory=list)
    confirmed_at: datetime | None = None
    confirmed_on: date | None = None
    promised_at: datetime | None = None
    expected: date | None = None
    delayed_at: datetime | None = None
    receipts: dict[str, Receipt] = field(default_factory=dict)
    receipt_count: int = 0

    @property
    def open(self) -> Decimal:
        """What is still to come."""
        return self.ordered + self.over - self.received - self.cancelled - self.short_closed

    @property
    def wanted(self) -> Decimal:
        """What a supplier should deliver in all."""
        return self.ordered - self.cancelled - self.short_closed

    @property
    def fulfilled(self) -> Decimal:
        """How much of the promises has come."""
        return self.received - self.over

    @property
    def promised(self) -> date | None:
        """The day of the next open amount; when nothing is open, the last promise's."""
        if self.open > 0:
            return next(promises(self, self.open)).promised
        return self.schedule[-1][1] if self.schedule else self.due

    def copy(self) -> "Line":
        """One to try things on."""
        return msgspec.structs.replace(
            self,
            despatches=dict(self.despatches),
            schedule=list(self.schedule),
            receipts={key: receipt.copy() for key, receipt in self.receipts.items()},
        )


class Order(msgspec.Struct):
    """A purchase order. ``content`` tells whether it is placed a second time with the same words."""

    supplier: str
    site: str
    ordered_at: datetime
    ordered_on: date
    approval: Approval
    content: str
    closed: bool = False
    lines: dict[int, Line] = field(default_factory=dict)


class Standing(msgspec.Struct):
    """What a supplier says of itself: since when it is down, until when, and when that was last told."""

    down_since: datetime | None = None
    down_until: datetime | None = None
    back_at: datetime | None = None
    terms: dict[str, str] = field(default_factory=dict)


class State(msgspec.Struct):
    """A stream's state: an order's, or a supplier's own."""

    order: Order | None = None
    standing: Standing = field(default_factory=Standing)


def promises(line: Line, amount: Decimal) -> Iterator[Share]:
    """The next so much of what is promised, earliest first: the confirmed days, then our own due date."""
    skip = line.fulfilled
    for promised, day in line.schedule:
        free = max(promised - skip, ZERO)
        skip = max(skip - promised, ZERO)
        taken = min(free, amount)
        if taken:
            yield Share(taken, day, True)
            amount -= taken
    if amount:
        yield Share(amount, line.due, False)


def last_of(portions: list[Share], amount: Decimal) -> tuple[list[Share], list[Share]]:
    """Take so much from the end: what stays, and what was taken, in their order."""
    kept: list[Share] = []
    taken: list[Share] = []
    for portion in reversed(portions):
        part = min(portion.amount, amount)
        amount -= part
        if part:
            taken.append(Share(part, portion.promised, portion.confirmed))
        if part < portion.amount:
            kept.append(Share(portion.amount - part, portion.promised, portion.confirmed))
    return kept[::-1], taken[::-1]


def cover(line: Line, amount: Decimal) -> Iterator[tuple[str, Share]]:
    """Let what came over fulfil so much of what is open, oldest receipt first. Changes the line."""
    for key, receipt in line.receipts.items():
        take = min(receipt.over, amount)
        if not take:
            continue
        amount -= take
        for share in list(promises(line, take)):
            receipt.over -= share.amount
            line.over -= share.amount
            receipt.portions.append(share)
            yield key, share
