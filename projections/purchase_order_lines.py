"""Purchase orders and their lines: what was ordered, what came of it, and what is still to come, when.

Of each line, always and exactly, in the part's base unit:

    ordered + over = open + received + cancelled + short_closed
    received       = accepted + rejected + in_inspection
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from events.decision import Recorded
from events.suppliers import facts as f
from events.suppliers.shapes import ZERO, PlacedLine
from projections.view import Rows, Table, View


@dataclass(slots=True)
class PurchaseOrder:
    """What is said of an order as a whole. Times are when it happened in the world, days are the site's own."""

    number: str
    supplier: str
    site: str
    currency: str
    ordered_at: datetime
    ordered_on: date
    approval: str
    ship_method: str | None
    lines: int
    closed_at: datetime | None
    last_fact: str


@dataclass(slots=True)
class PurchaseOrderLine:
    """A line of an order.

    ``promised`` is the day of the next open amount: the supplier's, else the one we asked for (``due``). ``expected``
    is the day it was said to come since, when it was delayed. ``shipped`` is all that was ever said to have left, and
    ``arrives`` when the latest despatch is expected. ``returned`` went back, and is received all the same.
    ``oddities`` counts what was told of the line and didn't fit. ``price`` is for one unit of what was told.
    """

    number: str
    line: int
    supplier: str
    site: str
    part: str
    unit: str
    revision: str | None
    requisition: str | None
    currency: str | None
    price: Decimal | None
    told_amount: Decimal | None
    told_unit: str | None
    ordered: Decimal
    over: Decimal
    open: Decimal
    received: Decimal
    accepted: Decimal
    rejected: Decimal
    in_inspection: Decimal
    cancelled: Decimal
    short_closed: Decimal
    returned: Decimal
    shipped: Decimal
    confirmed: Decimal | None
    ordered_at: datetime
    ordered_on: date
    due: date | None
    confirmed_on: date | None
    promised: date | None
    expected: date | None
    shipped_on: date | None
    arrives: date | None
    last_received_on: date | None
    schedule: tuple[tuple[str, str], ...]
    oddities: int
    last_at: datetime
    last_fact: str


ORDER: Final = Table("purchase_order", PurchaseOrder, key=1, indexes=(("supplier", "number"),))
LINE: Final = Table(
    "purchase_order_line", PurchaseOrderLine, key=2,
    indexes=(("part", "site"), ("supplier", "number", "line"), ("promised", "number", "line")),
)


def fold(rows: Rows, fact: f.SupplierFact, at: Recorded) -> None:
    """Follow the order and its lines."""
    match fact:
        case f.PurchaseOrderPlaced():
            _place(rows, fact, at)
        case f.PurchaseOrderLineAdded():
            _add(rows, fact, at)
        case f.LineFact():
            line = _line(rows, fact.number, fact.line, fact, at)
            _stand(line, fact, at)
            _change(line, fact)
        case f.PurchaseOrderDiscrepancyFound():
            line_told = None if fact.line is None else rows.get(LINE, fact.number, fact.line)
            if line_told is not None:
                line_told.oddities += 1
        case f.PurchaseOrderReviewed() | f.PurchaseOrderClosed():
            _follow(rows, fact, at)
        case _:
            raise TypeError(f"{type(fact).__name__} isn't folded here")


def _place(rows: Rows, fact: f.PurchaseOrderPlaced, at: Recorded) -> None:
    rows.add(ORDER, PurchaseOrder(
        fact.number, fact.supplier, fact.site, fact.currency, fact.ordered_at, fact.ordered_on, fact.approval.value,
        fact.ship_method, len(fact.lines), None, at.id,
    ))
    for placed in fact.lines:
        rows.add(LINE, _placed(fact, placed, at))


def _placed(fact: f.PurchaseOrderPlaced, line: PlacedLine, at: Recorded) -> PurchaseOrderLine:
    return PurchaseOrderLine(
        number=fact.number, line=line.line, supplier=fact.supplier, site=fact.site, part=line.part, unit=line.unit,
        revision=line.revision, requisition=line.requisition, currency=fact.currency, price=line.price,
        told_amount=line.told.amount, told_unit=line.told.unit, ordered=line.ordered, over=ZERO, open=line.ordered,
        received=ZERO, accepted=ZERO, rejected=ZERO, in_inspection=ZERO, cancelled=ZERO, short_closed=ZERO,
        returned=ZERO, shipped=ZERO, confirmed=None, ordered_at=fact.ordered_at, ordered_on=fact.ordered_on,
        due=line.due, confirmed_on=None, promised=line.due, expected=None, shipped_on=None, arrives=None,
        last_received_on=None, schedule=(), oddities=0, last_at=at.occurred_at, last_fact=at.id,
    )


def _add(rows: Rows, fact: f.PurchaseOrderLineAdded, at: Recorded) -> None:
    order = rows.get(ORDER, fact.number)
    currency = None
    if order is not None:
        currency, order.lines, order.last_fact = order.currency, order.lines + 1, at.id
        order.closed_at = None if fact.ordered else order.closed_at
    rows.add(LINE, PurchaseOrderLine(
        number=fact.number, line=fact.line, supplier=fact.supplier, site=fact.site, part=fact.part, unit=fact.unit,
        revision=fact.revision, requisition=fact.requisition, currency=currency, price=fact.price,
        told_amount=None if fact.told is None else fact.told.amount,
        told_unit=None if fact.told is None else fact.told.unit, ordered=fact.ordered, over=ZERO, open=fact.open,
        received=ZERO, accepted=ZERO, rejected=ZERO, in_inspection=ZERO, cancelled=ZERO,
        short_closed=ZERO, returned=ZERO, shipped=ZERO, confirmed=None, ordered_at=fact.ordered_at,
        ordered_on=fact.ordered_on, due=fact.due, confirmed_on=fact.confirmed_on, promised=fact.promised,
        expected=fact.expected, shipped_on=None, arrives=None, last_received_on=None, schedule=(), oddities=0,
        last_at=at.occurred_at, last_fact=at.id,
    ))


def _line(rows: Rows, number: str, line: int, fact: f.LineFact, at: Recorded) -> PurchaseOrderLine:
    found = rows.get(LINE, number, line)
    if found is None:
        raise LookupError(f"{type(fact).__name__} {at.id} is about line {line} of order {number}, which isn't known")
    if fact.opened > 0 and (order := rows.get(ORDER, number)) is not None:
        order.closed_at = None
    return found


def _stand(line: PurchaseOrderLine, fact: f.LineFact, at: Recorded) -> None:
    """What every fact says of how its line stands."""
    line.open, line.due, line.promised, line.expected = fact.open, fact.due, fact.promised, fact.expected
    line.confirmed_on = fact.confirmed_on
    line.last_at, line.last_fact = at.occurred_at, at.id


def _change(line: PurchaseOrderLine, fact: f.LineFact) -> None:
    match fact:
        case f.PurchaseOrderLineChanged():
            line.ordered, line.price = fact.ordered, fact.price
            if fact.told is not None:
                line.told_amount, line.told_unit = fact.told.amount, fact.told.unit
            line.over -= sum((part.amount for part in fact.covered), ZERO)
        case f.PurchaseOrderConfirmed():
            if fact.current:
                line.confirmed = fact.confirmed
                line.schedule = tuple((day.promised.isoformat(), str(day.amount)) for day in fact.schedule)
        case f.PurchaseOrderShipped():
            line.shipped = fact.shipped
            line.shipped_on, line.arrives = fact.shipped_on, fact.arrives or line.arrives
        case f.PurchaseOrderDelayed():
            pass
        case f.PurchaseOrderShortClosed():
            line.short_closed += fact.amount
        case f.PurchaseOrderCancelled():
            line.cancelled += fact.amount
        case _:
            _goods(line, fact)


def _goods(line: PurchaseOrderLine, fact: f.LineFact) -> None:
    """What came, was found good or bad, and went back."""
    match fact:
        case f.PurchaseOrderReceived():
            _came(line, fact, 1)
            last = line.last_received_on
            line.last_received_on = fact.received_on if last is None else max(last, fact.received_on)
        case f.ReceiptReversed():
            _came(line, fact, -1)
        case f.PurchaseOrderInspected():
            line.in_inspection -= fact.from_inspection
            line.accepted += fact.accepted - fact.revoked
            line.rejected += fact.rejected
        case f.PurchaseOrderInspectionReversed():
            line.in_inspection += fact.accepted + fact.rejected
            line.accepted -= fact.accepted
            line.rejected -= fact.rejected
        case f.PurchaseOrderReturned():
            line.returned += fact.amount
        case f.PurchaseOrderReturnReversed():
            line.returned -= fact.amount
        case _:
            raise TypeError(f"{type(fact).__name__} isn't folded here")


def _came(line: PurchaseOrderLine, fact: f.PurchaseOrderReceived | f.ReceiptReversed, sign: int) -> None:
    line.received += sign * fact.amount
    line.over += sign * fact.over
    line.accepted += sign * fact.accepted
    line.rejected += sign * fact.rejected
    line.in_inspection += sign * fact.in_inspection


def _follow(rows: Rows, fact: f.PurchaseOrderReviewed | f.PurchaseOrderClosed, at: Recorded) -> None:
    order = rows.get(ORDER, fact.number)
    if order is None:
        raise LookupError(f"{type(fact).__name__} {at.id} is about order {fact.number}, which isn't known")
    order.last_fact = at.id
    if isinstance(fact, f.PurchaseOrderReviewed):
        order.approval = fact.approval.value
    else:
        order.closed_at = at.occurred_at


PURCHASE_ORDER_LINES: Final = View(
    name="purchase_order_lines",
    version=1,
    tables=(ORDER, LINE),
    folds=(
        f.PurchaseOrderPlaced, f.PurchaseOrderLineAdded, f.PurchaseOrderLineChanged, f.PurchaseOrderConfirmed,
        f.PurchaseOrderDelayed, f.PurchaseOrderShipped, f.PurchaseOrderReceived, f.PurchaseOrderInspected,
        f.PurchaseOrderInspectionReversed, f.PurchaseOrderReturned, f.PurchaseOrderReturnReversed, f.ReceiptReversed,
        f.PurchaseOrderShortClosed, f.PurchaseOrderCancelled, f.PurchaseOrderClosed, f.PurchaseOrderReviewed,
        f.PurchaseOrderDiscrepancyFound,
    ),
    fold=fold,
)
