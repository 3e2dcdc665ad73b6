"""Purchase orders and their lines: what is open, what is late as of a day, what came."""

from datetime import date, datetime
from typing import Any, Final

from projections.purchase_order_lines import LINE, ORDER, PURCHASE_ORDER_LINES
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
from projections.rowcodec import RowCodec


class Scheduled(Answer):
    """So much, confirmed for that day."""

    promised: date
    amount: Number


class OrderLine(Answer):
    """A line of a purchase order, in the part's base unit.

    It is ``late`` when anything is still open after the promised day, by ``days_late`` whole days. ``expected`` is the
    day it was said to come since, when it was delayed.
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
    price: Number | None
    told_amount: Number | None
    told_unit: str | None
    ordered: Number
    over: Number
    open: Number
    received: Number
    accepted: Number
    rejected: Number
    in_inspection: Number
    cancelled: Number
    short_closed: Number
    returned: Number
    shipped: Number
    confirmed: Number | None
    ordered_at: datetime
    ordered_on: date
    due: date | None
    confirmed_on: date | None
    promised: date | None
    expected: date | None
    shipped_on: date | None
    arrives: date | None
    last_received_on: date | None
    schedule: list[Scheduled]
    oddities: int
    last_at: datetime
    last_fact: str
    late: bool
    days_late: int


class OrderLines(Page[OrderLine]):
    """Order lines, by order and line."""


class PurchaseOrderAnswer(At):
    """An order with all its lines."""

    number: str
    supplier: str
    site: str
    currency: str
    ordered_at: datetime
    ordered_on: date
    approval: str
    ship_method: str | None
    closed_at: datetime | None
    last_fact: str
    lines: list[OrderLine]


_LINES: Final = RowCodec(LINE, LINE.name)
_ORDERS: Final = RowCodec(ORDER, ORDER.name)


def order_lines(
    connection: Connection, today: date, *, number: str | None = None, supplier: str | None = None,
    part: str | None = None, site: str | None = None, open_only: bool = False, late_only: bool = False,
    promised_until: date | None = None, after: str | None = None, limit: int = 100,
) -> OrderLines:
    """Lines of orders. What is late depends on ``today``, which whoever asks must say: at the site it may be another
    day."""
    where = Where().equal("number", number).equal("supplier", supplier).equal("part", part).equal("site", site)
    if open_only or late_only:
        where.add("open > 0")
    if late_only:
        where.add("promised < %(today)s", today=today)
    if promised_until is not None:
        where.add("promised <= %(until)s", until=promised_until)
    where.behind(("number", "line"), place_of(after, str, int))
    with reading(connection, PURCHASE_ORDER_LINES) as at:
        items = _read(connection, where, today, limited(limit) + 1)
    page = items[: limited(limit)]
    more = cursor_of(page[-1].number, page[-1].line) if len(items) > len(page) else None
    return OrderLines(at=at, items=page, next=more)


def purchase_order(connection: Connection, number: str, today: date) -> PurchaseOrderAnswer | None:
    """One order; None when it isn't known."""
    with reading(connection, PURCHASE_ORDER_LINES) as at:
        found = fetch(connection, f"{_ORDERS.select} WHERE number = %(number)s", {"number": number})
        lines = _read(connection, Where().equal("number", number), today, 1_000_000)
    if not found:
        return None
    order = _ORDERS.row(found[0])
    told = {name: getattr(order, name) for name in PurchaseOrderAnswer.model_fields if name not in ("at", "lines")}
    return PurchaseOrderAnswer(at=at, lines=lines, **told)


def _read(connection: Connection, where: Where, today: date, limit: int) -> list[OrderLine]:
    query = f"{_LINES.select} WHERE {where.sql} ORDER BY number, line LIMIT %(limit)s"
    return [_line(row, today) for row in fetch(connection, query, {**where.values, "limit": limit})]


def _line(row: tuple[Any, ...], today: date) -> OrderLine:
    line = _LINES.row(row)
    told = {column.name: getattr(line, column.name) for column in _LINES.columns}
    told["schedule"] = [Scheduled.model_validate({"promised": day, "amount": amount}) for day, amount in line.schedule]
    late = line.open > 0 and line.promised is not None and line.promised < today
    days = (today - line.promised).days if late and line.promised is not None else 0
    return OrderLine(late=late, days_late=days, **told)
