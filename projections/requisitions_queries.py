"""Purchases to send and to chase: requisitions that nobody has ordered yet, and purchase order lines that are late or
unconfirmed, each with whom it hits."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from pydantic import Field

from infra.ledger.port import Ledger
from projections.circumstances import circumstances
from projections.coverage_queries import expected_supplies
from projections.listing import Listing, told
from projections.purchase_order_lines import LINE, PurchaseOrderLine
from projections.queries import Answer, Connection, Number, Page, Where, reading
from projections.requisitions import REQUISITION, Requisition
from projections.supplies import Supply
from projections.where_used_queries import VIEWS, HitLine, Whom, ascend, hit_line
from projections.working_time import site_times

_BY_URGENCY: Final = Listing(REQUISITION, "order_by", "requisition")
_ALL: Final = Listing(REQUISITION)
_LINES: Final = Listing(LINE)


class RequisitionLine(Answer):
    """What was decided to be bought: ``amount`` in the base unit, ``quantity`` in the unit it is bought in.

    ``state``: ``proposed`` waits for a person, ``decided`` for the purchasing system; ``answered`` by the order
    ``number``; ``declined``; ``withdrawn``. ``overdue``: it should have been ordered by now.
    """

    requisition: str
    decision: str
    supplier: str
    part: str
    site: str
    unit: str
    amount: Number
    quantity: Number
    quantity_unit: str
    price: Number | None
    currency: str | None
    value: Number | None
    order_by: date
    due: date
    for_stock: Number
    pegged: list[dict[str, Any]]
    figures: dict[str, Any]
    alternatives: list[dict[str, Any]]
    state: str
    overdue: bool
    number: str | None
    line: int | None
    answered: Number
    withdrawn: Number
    reason: str | None
    because: list[str]
    decided_at: datetime
    last_fact: str


class RequisitionLines(Page[RequisitionLine]):
    """Requisitions."""


class ChaseLine(Whom):
    """A purchase order line that should be asked after, and why: ``late`` (its day has passed), ``delayed`` (it was
    said to come later than promised), ``unconfirmed``, ``stuck`` (its supplier is down, or all lanes from there are
    closed, and nobody knows until when). ``comes_at`` is the planner's own idea of when it comes, ``unknown`` why there
    is none. ``waits``: what waits for it, and how late each would be. ``orders_hit``, ``orders_moved`` and
    ``orders_short``: whom it hits."""

    number: str
    line: int
    supplier: str
    part: str
    site: str
    unit: str
    open: Number
    ordered_on: date
    due: date | None
    promised: date | None
    expected: date | None
    confirmed_on: date | None
    why: list[str]
    days_late: int
    comes_at: datetime | None
    unknown: str | None = Field(description="why nobody knows when it comes, if nobody does")
    waits: list[HitLine]


class ChaseLines(Page[ChaseLine]):
    """Purchase order lines to chase, by order and line."""


def requisitions(
    connection: Connection, today: date, *, state: str | None = None, part: str | None = None,
    site: str | None = None, supplier: str | None = None, after: str | None = None, limit: int = 100,
) -> RequisitionLines:
    """All requisitions, by id."""
    where = Where().equal("state", state).equal("part", part).equal("site", site).equal("supplier", supplier)
    with reading(connection, *VIEWS) as at:
        rows, more = _ALL.page(connection, where, after, limit)
    return RequisitionLines(at=at, items=[line(row, today) for row in rows], next=more)


def to_send(
    connection: Connection, today: date, *, supplier: str | None = None, part: str | None = None,
    site: str | None = None, after: str | None = None, limit: int = 100,
) -> RequisitionLines:
    """Decided, and not ordered yet: what to order, by the day on which it has to be."""
    where = Where().equal("supplier", supplier).equal("part", part).equal("site", site)
    where.add("state = 'decided' AND answered < amount - withdrawn")
    with reading(connection, *VIEWS) as at:
        rows, more = _BY_URGENCY.page(connection, where, after, limit)
    return RequisitionLines(at=at, items=[line(row, today) for row in rows], next=more)


def requisition(connection: Connection, id_: str, today: date) -> RequisitionLine | None:
    """One requisition."""
    with reading(connection, *VIEWS):
        row = _ALL.one(connection, requisition=id_)
    return None if row is None else line(row, today)


def line(row: Requisition, today: date) -> RequisitionLine:
    """A requisition's row as answers tell it."""
    overdue = row.state in ("proposed", "decided") and row.order_by < today
    return told(
        RequisitionLine, row, overdue=overdue, pegged=list(row.pegged), alternatives=list(row.alternatives),
        because=list(row.because),
    )


def to_chase(
    connection: Connection, ledger: Ledger, today: date, *, supplier: str | None = None, part: str | None = None,
    site: str | None = None, hitting_only: bool = False, after: str | None = None, limit: int = 100,
) -> ChaseLines:
    """Open lines that are late, delayed or unconfirmed as of ``today``, with whom each hits. ``hitting_only`` leaves
    out, page by page, those that neither make an order late nor have moved one or made it short."""
    where = Where().equal("supplier", supplier).equal("part", part).equal("site", site)
    with reading(connection, *VIEWS) as at:
        stuck = circumstances(connection).stuck
        where.add(
            """open > 0 AND (coalesce(expected, promised, due) < %(today)s OR expected > coalesce(promised, due)
               OR confirmed_on IS NULL
               OR shipped <= received AND (supplier = ANY(%(stuck)s) OR supplier || '@' || site = ANY(%(stuck)s)))""",
            today=today, stuck=stuck,
        )
        rows, more = _LINES.page(connection, where, after, limit)
        times = site_times(connection)
        keys = [f"purchase/{row.number}/{row.line}" for row in rows]
        known, found = expected_supplies(connection, times, keys=keys), ascend(connection, times, keys)
    items = []
    for row, key in zip(rows, keys, strict=True):
        comes = known[key].expected_at
        if comes is not None and comes < times.of(row.site).end_of(today):
            comes = times.of(row.site).end_of(today)  # what should have come comes today at the earliest
        waits = [hit_line(hit, found.above.covered) for hit in found.above.hits(key, comes)]
        items.append(_chase(row, today, replace(known[key], expected_at=comes), waits, found.whom(ledger, key, waits)))
    return ChaseLines(at=at, items=[one for one in items if not (hitting_only and one.nobody)], next=more)


def _chase(row: PurchaseOrderLine, today: date, supply: Supply, waits: list[HitLine], whom: Whom) -> ChaseLine:
    day = row.expected or row.promised or row.due
    late = day is not None and day < today
    first = row.promised or row.due
    why = ["late"] if late else []
    if row.expected is not None and first is not None and row.expected > first:
        why.append("delayed")
    if row.confirmed_on is None:
        why.append("unconfirmed")
    if supply.why is not None:
        why.append("stuck")
    return told(
        ChaseLine, row, why=why, days_late=(today - day).days if late and day is not None else 0, waits=waits,
        comes_at=supply.expected_at, unknown=supply.why,
        **whom.model_dump(),
    )
