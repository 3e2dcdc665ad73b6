"""How suppliers have done: what was ordered of them, when it came, how much in time, how much was bad.

``events/suppliers/measures.py`` says what is measured. A supplier's facts are spread over the shards of its orders, so
rows are kept by shard, and ``supplier_record_queries.py`` adds them up. Days are kept as a histogram: means,
percentiles and spreads follow from it exactly, and a receipt that is reversed leaves it again, as if never told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from events.decision import Recorded
from events.suppliers import facts as f
from events.suppliers.measures import days_between, on_time
from events.suppliers.shapes import ZERO, Covered, Portion
from projections.view import Rows, Table, View

LEAD: Final = "ordered_to_received"
CONFIRMED_LEAD: Final = "confirmed_to_received"
LATENESS: Final = "lateness"
"""The three measures in days."""


@dataclass(slots=True)
class SupplierRecord:
    """What one shard's orders tell of a supplier and a part, in the part's base unit.

    ``timely`` came on or before its promised day, ``late`` after it; ``over`` wasn't wanted.
    """

    supplier: str
    part: str
    shard: int
    unit: str
    lines: int
    receipts: int
    ordered: Decimal
    cancelled: Decimal
    short_closed: Decimal
    received: Decimal
    over: Decimal
    timely: Decimal
    late: Decimal
    rejected: Decimal
    returned: Decimal


@dataclass(slots=True)
class SupplierDays:
    """How many receipts (for lateness: parts of receipts, each with its own promise) took so many days."""

    supplier: str
    part: str
    shard: int
    measure: str
    days: int
    count: int


@dataclass(slots=True)
class SupplierReceipt:
    """What came at once for an order line, and the days it was counted with; gone when it is reversed as a whole.

    ``portions`` says how much of it fulfilled the promise of which day; under ``""`` what nobody had named a day for.
    """

    number: str
    line: int
    receipt: str
    supplier: str
    part: str
    unit: str
    amount: Decimal
    over: Decimal
    received_on: date
    received_at: datetime
    lead_days: int
    confirmed_days: int | None
    portions: dict[str, Decimal]


@dataclass(slots=True)
class SupplierStanding:
    """Whether a supplier can deliver. ``outages`` counts how often it couldn't."""

    supplier: str
    down_since: datetime | None
    down_until: datetime | None
    reason: str | None
    outages: int


RECORD: Final = Table("supplier_record", SupplierRecord, key=3, indexes=(("part", "supplier"),))
DAYS: Final = Table("supplier_days", SupplierDays, key=5)
RECEIPT: Final = Table("supplier_receipt", SupplierReceipt, key=3, indexes=(("supplier", "received_on"),))
STANDING: Final = Table("supplier_standing", SupplierStanding, key=1)


def fold(rows: Rows, fact: f.SupplierFact, at: Recorded) -> None:
    """Count what concerns the supplier's record."""
    match fact:
        case f.PurchaseOrderPlaced():
            for line in fact.lines:
                record = _record(rows, fact.supplier, line.part, line.unit, at)
                record.lines += 1
                record.ordered += line.ordered
        case f.PurchaseOrderReceived():
            _receive(rows, fact, at)
        case f.ReceiptReversed():
            _reverse(rows, fact, at)
        case f.LineFact():
            _change(rows, fact, at)
        case f.SupplierWentDown() | f.SupplierCameBack():
            _stand(rows, fact)
        case _:
            raise TypeError(f"{type(fact).__name__} isn't folded here")


def _record(rows: Rows, supplier: str, part: str, unit: str, at: Recorded) -> SupplierRecord:
    record = rows.get(RECORD, supplier, part, at.shard)
    if record is None:
        record = SupplierRecord(
            supplier, part, at.shard, unit, lines=0, receipts=0, ordered=ZERO, cancelled=ZERO, short_closed=ZERO,
            received=ZERO, over=ZERO, timely=ZERO, late=ZERO, rejected=ZERO, returned=ZERO,
        )
        rows.add(RECORD, record)
    return record


def _receive(rows: Rows, fact: f.PurchaseOrderReceived, at: Recorded) -> None:
    record = _record(rows, fact.supplier, fact.part, fact.unit, at)
    record.receipts += 1
    record.received += fact.amount
    record.over += fact.over
    record.rejected += fact.rejected
    lead = days_between(fact.ordered_on, fact.received_on)
    confirmed = None if fact.confirmed_on is None else days_between(fact.confirmed_on, fact.received_on)
    receipt = SupplierReceipt(
        fact.number, fact.line, fact.receipt, fact.supplier, fact.part, fact.unit, fact.amount, fact.over,
        fact.received_on, fact.received_at, lead, confirmed, {},
    )
    rows.add(RECEIPT, receipt)
    _count(rows, record, LEAD, lead, 1)
    _count(rows, record, CONFIRMED_LEAD, confirmed, 1)
    _portions(rows, record, receipt, fact.portions, 1)


def _reverse(rows: Rows, fact: f.ReceiptReversed, at: Recorded) -> None:
    record = _record(rows, fact.supplier, fact.part, fact.unit, at)
    record.received -= fact.amount
    record.over -= fact.over
    record.rejected -= fact.rejected
    receipt = _receipt(rows, fact, fact.receipt)
    receipt.amount -= fact.amount
    receipt.over -= fact.amount - sum((part.amount for part in fact.portions), ZERO)
    _portions(rows, record, receipt, fact.portions, -1)
    _cover(rows, record, fact, fact.covered)
    if fact.whole:
        record.receipts -= 1
        _count(rows, record, LEAD, receipt.lead_days, -1)
        _count(rows, record, CONFIRMED_LEAD, receipt.confirmed_days, -1)
        rows.remove(RECEIPT, fact.number, fact.line, fact.receipt)


def _receipt(rows: Rows, fact: f.LineFact, name: str) -> SupplierReceipt:
    receipt = rows.get(RECEIPT, fact.number, fact.line, name)
    if receipt is None:
        raise LookupError(f"order {fact.number} line {fact.line} has no receipt {name}")
    return receipt


def _cover(rows: Rows, record: SupplierRecord, fact: f.LineFact, covered: Iterable[Covered]) -> None:
    """What came over fulfils promises after all."""
    for part in covered:
        receipt = _receipt(rows, fact, part.receipt)
        receipt.over -= part.amount
        _portions(rows, record, receipt, (part,), 1)


def _portions(
    rows: Rows, record: SupplierRecord, receipt: SupplierReceipt, portions: Sequence[Portion], sign: int
) -> None:
    """Count parts of a receipt in or out. Its lateness counts once for each promise that any of it fulfils."""
    timely = on_time(portions, receipt.received_on)
    record.timely += sign * timely
    record.late += sign * (sum((part.amount for part in portions), ZERO) - timely)
    for part in portions:
        day = part.promised.isoformat() if part.promised else ""
        before = receipt.portions.get(day, ZERO)
        after = before + sign * part.amount
        receipt.portions[day] = after
        if not after:
            del receipt.portions[day]
        if part.promised is not None and bool(before) != bool(after):
            _count(rows, record, LATENESS, days_between(part.promised, receipt.received_on), sign)


def _count(rows: Rows, record: SupplierRecord, measure: str, days: int | None, sign: int) -> None:
    if days is None:
        return
    key = (record.supplier, record.part, record.shard, measure, days)
    counted = rows.get(DAYS, *key)
    if counted is None:
        rows.add(DAYS, SupplierDays(*key, count=sign))
        return
    counted.count += sign
    if not counted.count:
        rows.remove(DAYS, *key)


def _change(rows: Rows, fact: f.LineFact, at: Recorded) -> None:
    record = _record(rows, fact.supplier, fact.part, fact.unit, at)
    match fact:
        case f.PurchaseOrderLineAdded():
            record.lines += fact.ordered > 0
            record.ordered += fact.ordered
        case f.PurchaseOrderLineChanged():
            record.ordered += fact.ordered - fact.was
            record.over -= sum((part.amount for part in fact.covered), ZERO)
            _cover(rows, record, fact, fact.covered)
        case f.PurchaseOrderInspected():
            record.rejected += fact.rejected
        case f.PurchaseOrderInspectionReversed():
            record.rejected -= fact.rejected
        case f.PurchaseOrderReturned():
            record.returned += fact.amount
        case f.PurchaseOrderReturnReversed():
            record.returned -= fact.amount
        case f.PurchaseOrderShortClosed():
            record.short_closed += fact.amount
        case f.PurchaseOrderCancelled():
            record.cancelled += fact.amount
        case _:
            raise TypeError(f"{type(fact).__name__} isn't folded here")


def _stand(rows: Rows, fact: f.SupplierWentDown | f.SupplierCameBack) -> None:
    standing = rows.get(STANDING, fact.supplier)
    if standing is None:
        standing = SupplierStanding(fact.supplier, None, None, None, 0)
        rows.add(STANDING, standing)
    if isinstance(fact, f.SupplierWentDown):
        standing.outages += standing.down_since is None
        standing.down_since, standing.down_until, standing.reason = fact.since, fact.until, fact.reason
    else:
        standing.down_since = standing.down_until = standing.reason = None


SUPPLIER_RECORD: Final = View(
    name="supplier_record",
    version=1,
    tables=(RECORD, DAYS, RECEIPT, STANDING),
    folds=(
        f.PurchaseOrderPlaced, f.PurchaseOrderLineAdded, f.PurchaseOrderLineChanged, f.PurchaseOrderReceived,
        f.PurchaseOrderInspected, f.PurchaseOrderInspectionReversed, f.PurchaseOrderReturned,
        f.PurchaseOrderReturnReversed, f.ReceiptReversed, f.PurchaseOrderShortClosed, f.PurchaseOrderCancelled,
        f.SupplierWentDown, f.SupplierCameBack,
    ),
    fold=fold,
)
