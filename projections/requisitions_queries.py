"""Purchases to send and to chase: requisitions that nobody has ordered yet, and purchase order lines that are late or
unconfirmed, each with whom it hits."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from pydantic import Field

from projections.coverage import Claim
from projections.coverage_queries import VIEWS, claims_on, order_of
from projections.listing import Listing, told
from projections.purchase_order_lines import LINE, PurchaseOrderLine
from projections.queries import Answer, At, Connection, Number, Page, Where, reading
from projections.requisitions import REQUISITION, Requisition
from projections.run_states import RUN
from projections.supplies_queries import supplies
from projections.working_time import SiteTimes, site_times

_BY_URGENCY: Final = Listing(REQUISITION, "order_by", "requisition")
_ALL: Final = Listing(REQUISITION)
_LINES, _RUNS = Listing(LINE), Listing(RUN)


class ForLine(Answer):
    """A requirement that waits for it; ``order`` is the customer's order at the end, if one is. ``slack_hours``: how
    much later it could come."""

    requirement: str
    amount: Number
    needed_by: datetime
    slack_hours: int | None
    order: str | None


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


class ChaseLine(Answer):
    """A purchase order line that should be asked after, and why: ``late`` (its day has passed), ``delayed`` (it was
    said to come later than promised), ``unconfirmed``. ``hits``: what waits for it and would be late."""

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
    waits: list[ForLine]
    orders_hit: list[str] = Field(description="customers' orders among those that would be late")


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
    connection: Connection, today: date, *, supplier: str | None = None, part: str | None = None,
    site: str | None = None, hitting_only: bool = False, after: str | None = None, limit: int = 100,
) -> ChaseLines:
    """Open lines that are late, delayed or unconfirmed as of ``today``, with whom each hits. ``hitting_only`` leaves
    out, page by page, those that nothing waits for beyond its slack."""
    where = Where().equal("supplier", supplier).equal("part", part).equal("site", site).add(
        """open > 0 AND (coalesce(expected, promised, due) < %(today)s OR expected > coalesce(promised, due)
           OR confirmed_on IS NULL)""",
        today=today,
    )
    with reading(connection, *VIEWS) as at:
        rows, more = _LINES.page(connection, where, after, limit)
        times = site_times(connection)
        waiting = _waiting(connection, times, [f"purchase/{row.number}/{row.line}" for row in rows])
    items = [_chase(row, today, waiting.get(f"purchase/{row.number}/{row.line}", [])) for row in rows]
    return ChaseLines(at=at, items=[one for one in items if one.orders_hit or not hitting_only], next=more)


def _waiting(connection: Connection, times: SiteTimes, keys: list[str]) -> dict[str, list[ForLine]]:
    """What waits for these supplies, with the customer's order at the end of each run."""
    claims = [claim for claim in claims_on(connection, times, keys) if claim.to_come]
    known = supplies(connection, times, keys=keys)
    runs = sorted({claim.requirement.split("/", 1)[1].rpartition("/")[0] for claim in claims if _of_run(claim)})
    orders = {
        row.run: row.order_number for row in _RUNS.all(connection, Where().add("run = ANY(%(runs)s)", runs=runs))
    }
    found: dict[str, list[ForLine]] = {}
    for claim in claims:
        late_by = known[claim.supply].expected_at if claim.supply in known else None
        slack = None if late_by is None else int((claim.needed_by - late_by).total_seconds() // 3600)
        found.setdefault(claim.supply, []).append(ForLine(
            requirement=claim.requirement, amount=claim.to_come, needed_by=claim.needed_by, slack_hours=slack,
            order=_order(claim, orders),
        ))
    return found


def _of_run(claim: Claim) -> bool:
    return claim.requirement.startswith("run/")


def _order(claim: Claim, orders: Mapping[str, str | None]) -> str | None:
    own = order_of(claim.requirement)
    if own is not None:
        return own[0]
    return orders.get(claim.requirement.split("/", 1)[1].rpartition("/")[0]) if _of_run(claim) else None


def _chase(row: PurchaseOrderLine, today: date, waits: list[ForLine]) -> ChaseLine:
    day = row.expected or row.promised or row.due
    why = []
    if day is not None and day < today:
        why.append("late")
    first = row.promised or row.due
    if row.expected is not None and first is not None and row.expected > first:
        why.append("delayed")
    if row.confirmed_on is None:
        why.append("unconfirmed")
    late = "late" in why
    hit = [one.order for one in waits if one.order and (late or (one.slack_hours is not None and one.slack_hours < 0))]
    return told(
        ChaseLine, row, why=why, days_late=(today - day).days if late and day is not None else 0, waits=waits,
        orders_hit=sorted({order for order in hit if order}),
    )
