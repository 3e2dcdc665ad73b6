"""How suppliers have done, over all shards: lead times, lateness, fill rates and rejects, by supplier and part.

Percentiles are by nearest rank: of n values in order, the p-th is number ⌈p·n/100⌉. So they are whole days that
occurred. Quantities of different units are never added; a supplier's rates are told for each unit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from pydantic import Field

from events.suppliers.measures import Days, fill_rate, reject_rate
from projections.queries import (
    Answer,
    At,
    Connection,
    Number,
    Page,
    Where,
    cursor_of,
    fetch,
    limited,
    place_of,
    reading,
)
from projections.supplier_record import CONFIRMED_LEAD, LATENESS, LEAD, SUPPLIER_RECORD

ZERO: Final = Decimal(0)


class DaysAnswer(Answer):
    """A measure in whole calendar days. The mean is rounded to hundredths; there is none of nothing."""

    count: int = 0
    mean: Number | None = None
    p50: int | None = None
    p90: int | None = None
    earliest: int | None = None
    latest: int | None = None


class Rates(Answer):
    """What was ordered and came, in one unit. Rates are rounded to ten-thousandths; there is none of nothing.

    fill rate = timely ÷ (ordered − cancelled), reject rate = rejected ÷ received.
    """

    unit: str
    lines: int
    receipts: int
    ordered: Number
    cancelled: Number
    short_closed: Number
    received: Number
    over: Number
    timely: Number = Field(description="received on or before its promised day")
    late: Number
    rejected: Number
    returned: Number
    fill_rate: Number | None
    reject_rate: Number | None


class Measured(Answer):
    """The three measures in days."""

    ordered_to_received: DaysAnswer
    confirmed_to_received: DaysAnswer
    lateness: DaysAnswer


class SupplierPart(Rates):
    """A supplier's record with one part."""

    part: str
    days: Measured


class SupplierLine(Answer):
    """A supplier's record with all its parts. ``down_since`` is set while it can't deliver."""

    supplier: str
    parts: int
    rates: list[Rates]
    days: Measured
    down_since: datetime | None
    down_until: datetime | None
    outages: int


class SupplierLines(Page[SupplierLine]):
    """Suppliers, by id."""


class SupplierAnswer(At):
    """A supplier's record, and with each part."""

    record: SupplierLine
    parts: list[SupplierPart]


class ReceiptLine(Answer):
    """A receipt, and the days it counts with."""

    number: str
    line: int
    receipt: str
    supplier: str
    part: str
    unit: str
    amount: Number
    over: Number
    received_on: date
    received_at: datetime
    lead_days: int
    confirmed_days: int | None


class ReceiptLines(Page[ReceiptLine]):
    """Receipts of a supplier, by day."""


_SUMS: Final = ("ordered", "cancelled", "short_closed", "received", "over", "timely", "late", "rejected", "returned")
_RECORDS: Final = f"""
    SELECT supplier, part, max(unit), sum(lines)::bigint, sum(receipts)::bigint, {", ".join(f"sum({n})" for n in _SUMS)}
      FROM lotone.supplier_record WHERE supplier = ANY(%(suppliers)s) GROUP BY supplier, part ORDER BY supplier, part
"""
_DAYS: Final = """
    SELECT supplier, part, measure, days, sum(count)::bigint
      FROM lotone.supplier_days WHERE supplier = ANY(%(suppliers)s)
     GROUP BY supplier, part, measure, days HAVING sum(count) <> 0 ORDER BY supplier, part, measure, days
"""
_STANDING: Final = """
    SELECT supplier, down_since, down_until, outages FROM lotone.supplier_standing WHERE supplier = ANY(%(suppliers)s)
"""
_SUPPLIERS: Final = """
    (SELECT DISTINCT supplier FROM lotone.supplier_record WHERE {where} ORDER BY supplier LIMIT %(limit)s)
    UNION (SELECT supplier FROM lotone.supplier_standing WHERE {where} ORDER BY supplier LIMIT %(limit)s)
    ORDER BY supplier LIMIT %(limit)s
"""
Histogram = Mapping[int, int]


def suppliers(connection: Connection, *, after: str | None = None, limit: int = 100) -> SupplierLines:
    """Every supplier that anything was ordered of, or that was ever down."""
    where = Where().behind(("supplier",), place_of(after, str))
    with reading(connection, SUPPLIER_RECORD) as at:
        values = {**where.values, "limit": limited(limit) + 1}
        found = [name for (name,) in fetch(connection, _SUPPLIERS.format(where=where.sql), values)]
        page = found[: limited(limit)]
        records = _records(connection, page)
    more = cursor_of(page[-1]) if len(found) > len(page) else None
    return SupplierLines(at=at, items=[line for line, _ in records], next=more)


def supplier(connection: Connection, name: str) -> SupplierAnswer | None:
    """One supplier's record; None when nothing is known of it."""
    with reading(connection, SUPPLIER_RECORD) as at:
        (line, parts), = _records(connection, [name])
    if not parts and not line.outages:
        return None
    return SupplierAnswer(at=at, record=line, parts=parts)


def receipts(
    connection: Connection, supplier: str, *, part: str | None = None, since: date | None = None,
    after: str | None = None, limit: int = 100,
) -> ReceiptLines:
    """The receipts behind a record."""
    where = Where().equal("supplier", supplier).equal("part", part)
    if since is not None:
        where.add("received_on >= %(since)s", since=since)
    key = ("received_on", "number", "line", "receipt")
    where.behind(key, place_of(after, date, str, int, str))
    query = f"""
        SELECT {", ".join(ReceiptLine.model_fields)}
          FROM lotone.supplier_receipt WHERE {where.sql} ORDER BY {", ".join(key)} LIMIT %(limit)s
    """
    with reading(connection, SUPPLIER_RECORD) as at:
        rows = fetch(connection, query, {**where.values, "limit": limited(limit) + 1})
    items = [ReceiptLine(**dict(zip(ReceiptLine.model_fields, row, strict=True))) for row in rows[: limited(limit)]]
    more = cursor_of(*(getattr(items[-1], name) for name in key)) if len(rows) > len(items) else None
    return ReceiptLines(at=at, items=items, next=more)


def _records(connection: Connection, names: Sequence[str]) -> list[tuple[SupplierLine, list[SupplierPart]]]:
    values = {"suppliers": list(names)}
    days: dict[tuple[str, str], dict[str, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for name, part, measure, value, count in fetch(connection, _DAYS, values):
        days[name, part][measure][value] = count
    parts: dict[str, list[SupplierPart]] = {name: [] for name in names}
    for row in fetch(connection, _RECORDS, values):
        measured = _measured([days[row[0], row[1]]])
        parts[row[0]].append(SupplierPart(part=row[1], days=measured, **_rates(row[2:])))
    standing = {row[0]: row[1:] for row in fetch(connection, _STANDING, values)}
    found = []
    for name in names:
        down_since, down_until, outages = standing.get(name, (None, None, 0))
        line = SupplierLine(
            supplier=name, parts=len(parts[name]), rates=_by_unit(parts[name]),
            days=_measured([found for (of, _), found in days.items() if of == name]),
            down_since=down_since, down_until=down_until, outages=outages,
        )
        found.append((line, parts[name]))
    return found


def _rates(row: Sequence[Any]) -> dict[str, Any]:
    unit, lines, came, *sums = row
    told = dict(zip(_SUMS, sums, strict=True))
    filled = fill_rate(told["timely"], told["ordered"], told["cancelled"])
    bad = reject_rate(told["rejected"], told["received"])
    return {
        "unit": unit, "lines": lines, "receipts": came, **told,
        "fill_rate": _rounded(filled, 4), "reject_rate": _rounded(bad, 4),
    }


def _by_unit(parts: Iterable[SupplierPart]) -> list[Rates]:
    sums: dict[str, list[Any]] = {}
    for part in parts:
        row = [part.lines, part.receipts, *(getattr(part, name) for name in _SUMS)]
        held = sums.setdefault(part.unit, [0, 0, *(ZERO for _ in _SUMS)])
        sums[part.unit] = [one + other for one, other in zip(held, row, strict=True)]
    return [Rates(**_rates((unit, *row))) for unit, row in sorted(sums.items())]


def _measured(histograms: Sequence[Mapping[str, Histogram]]) -> Measured:
    return Measured(
        ordered_to_received=_summed([each.get(LEAD, {}) for each in histograms]),
        confirmed_to_received=_summed([each.get(CONFIRMED_LEAD, {}) for each in histograms]),
        lateness=_summed([each.get(LATENESS, {}) for each in histograms]),
    )


def _summed(histograms: Iterable[Histogram]) -> DaysAnswer:
    total: dict[int, int] = defaultdict(int)
    for histogram in histograms:
        for days, count in histogram.items():
            total[days] += count
    if not total:
        return DaysAnswer()
    count = sum(total.values())
    mean = Days(count, sum(days * number for days, number in total.items())).mean
    return DaysAnswer(
        count=count, mean=_rounded(mean, 2), p50=percentile(total, 50), p90=percentile(total, 90),
        earliest=min(total), latest=max(total),
    )


def percentile(histogram: Histogram, percent: int) -> int:
    """The value at the nearest rank ⌈percent · n / 100⌉.

    >>> percentile({9: 1, 12: 1, 30: 1}, 50), percentile({9: 1, 12: 1, 30: 1}, 90), percentile({9: 9, 30: 1}, 90)
    (12, 30, 9)
    """
    rank = -(-percent * sum(histogram.values()) // 100)
    for value in sorted(histogram):
        rank -= histogram[value]
        if rank <= 0:
            return value
    raise ValueError("there is no percentile of nothing")


def _rounded(value: Fraction | None, places: int) -> Decimal | None:
    """To so many places, halves to the even neighbour."""
    if value is None:
        return None
    return Decimal(round(value * 10**places)).scaleb(-places)
