"""Supply and demand of a part at a site, and what can be promised of it, by date."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from pydantic import Field

from projections.coverage import ZERO, Coverage, decimal_of
from projections.coverage_queries import VIEWS, coverages, expected_supplies
from projections.listing import told
from projections.queries import Answer, At, Connection, Number, fetch, reading
from projections.sites import SITES
from projections.supplies import Supply
from projections.supply_demand import EVERY, STOCK, Dated, Flow, Period, available_to_promise, dated
from projections.working_time import SiteTimes, site_times

_READ: Final = (*VIEWS, SITES)
_WANTED: Final = """
    SELECT 'order/' || number || '/' || line || '/' || schedule FROM lotone.order_schedule
     WHERE part = %(part)s AND site = %(site)s AND open > 0
    UNION
    SELECT 'run/' || run || '/' || n FROM lotone.run_requirement JOIN lotone.run USING (run)
     WHERE run_requirement.part = %(part)s AND run_requirement.site = %(site)s AND run_requirement.amount > 0
       AND state IN ('scheduled', 'frozen', 'started', 'paused')
    UNION
    SELECT requirement FROM lotone.requirement
     WHERE part = %(part)s AND site = %(site)s AND requirement NOT LIKE 'stock/%%'
    ORDER BY 1
"""
_DAYS: Final = """
    SELECT 'order/' || number || '/' || line || '/' || schedule, wanted, hold IS NOT NULL
      FROM lotone.order_schedule JOIN lotone.customer_order USING (number)
     WHERE part = %(part)s AND site = %(site)s AND open > 0
"""
_INSTEAD: Final = """
    SELECT peg.peg, peg.requirement, peg.amount - coalesce(sum(account.used), 0), peg.needed_by, peg.supply,
           coalesce(sum(account.reserved - account.released - account.used - account.broken), 0)
      FROM lotone.peg AS peg JOIN lotone.requirement AS need USING (requirement)
      LEFT JOIN lotone.reservation_account AS account ON account.reservation = peg.peg
     WHERE peg.part = %(part)s AND peg.site = %(site)s AND need.part <> peg.part
     GROUP BY peg.peg, peg.requirement, peg.amount, peg.needed_by, peg.supply ORDER BY peg.peg
"""
_OTHERS: Final = """
    SELECT held.reservation, held.purpose, held.open, held.needed_by
      FROM lotone.stock_reservation AS held LEFT JOIN lotone.peg AS peg ON peg.peg = held.reservation
     WHERE held.part = %(part)s AND held.site = %(site)s AND peg.peg IS NULL AND held.open > 0 ORDER BY 1
"""
_OUT: Final = """
    SELECT plan.id, plan."to", plan.amount - coalesce(moved.sent, 0), plan.start, plan.state
      FROM lotone.plan AS plan
      LEFT JOIN lotone.stock_transit AS moved
             ON moved.transfer = plan.id AND moved.part = plan.part AND moved.site = plan."to"
     WHERE plan.kind = 'transfer' AND plan.state <> 'withdrawn' AND plan.part = %(part)s AND plan.site = %(site)s
     ORDER BY plan.id
"""
_KEPT: Final = """
    SELECT unit, coalesce(own.safety_stock, general.safety_stock, 0),
           coalesce(own.reorder_point, general.reorder_point), coalesce(own.order_up_to, general.order_up_to),
           coalesce(own.planner, general.planner)
      FROM lotone.part_name AS name
      LEFT JOIN lotone.part_stocking AS general ON general.part = name.part AND general.site = ''
      LEFT JOIN lotone.part_stocking AS own ON own.part = name.part AND own.site = %(site)s
     WHERE name.part = %(part)s
"""


class MessageLine(Answer):
    """What should be done: ``expedite``, ``defer``, ``cancel``, ``decrease`` a supply, or ``increase`` (order more)."""

    what: str
    amount: Number
    to: datetime | None = Field(description="by when; null: not at all, or nobody knows")


class FlowLine(Answer):
    """A supply (above zero) or a demand (below), and the balance after it. ``firm``: not merely planned. ``overdue``:
    it should have come before; ``at`` is then when the planner expects it. ``why``: why nobody knows ``at``.

    Messages are for what a person must do with suppliers, carriers and the shop floor; what the planner still moves by
    itself has none."""

    at: datetime | None
    kind: str
    id: str
    amount: Number
    balance: Number
    state: str
    firm: bool
    about: str | None
    overdue: bool
    why: str | None
    messages: list[MessageLine]


class SupplyDemand(At):
    """A part at a site over time, in its base unit: from what is on hand, by date."""

    part: str
    site: str
    unit: str | None
    on_hand: Number
    safety_stock: Number
    reorder_point: Number | None
    order_up_to: Number | None
    planner: str | None = Field(description="who plans its purchases: lotone, or erp")
    flows: list[FlowLine]


class PeriodLine(Answer):
    """``atp``: what of this period can be promised beyond what is committed. ``available``: what can be promised from
    its start on, with all periods before it. The first period begins now. ``firm``: how much of the supply is on hand,
    ordered, frozen or under way, and not merely planned. ``overdue``: how much should have come before."""

    start: datetime
    supply: Number
    firm: Number
    overdue: Number
    committed: Number
    atp: Number
    available: Number


class UnknownLine(Answer):
    """A supply of which nobody knows when it comes, and why: it promises nothing."""

    kind: str
    id: str
    amount: Number
    state: str
    about: str | None
    overdue: bool
    why: str | None


class AvailableToPromise(At):
    """Discrete available-to-promise, cumulative with look-ahead, in the part's base unit. ``unknown``: what is to come,
    nobody knows when, and so isn't available at any date."""

    part: str
    site: str
    unit: str | None
    on_hand: Number
    periods: list[PeriodLine]
    unknown: list[UnknownLine]


def supply_demand(connection: Connection, part: str, site: str, now: datetime) -> SupplyDemand:
    """All that comes and all that is wanted of a part at a site, with what should be done about it."""
    with reading(connection, *_READ) as at:
        on_hand, flows, kept = _flows(connection, part, site, now)
    unit, safety, point, up_to, planner = kept
    level = max(safety, point or ZERO, up_to or ZERO)
    return SupplyDemand(
        at=at, part=part, site=site, unit=unit, on_hand=on_hand, safety_stock=safety, reorder_point=point,
        order_up_to=up_to, planner=planner, flows=[_line(row) for row in dated(on_hand, flows, level)],
    )


def promisable(connection: Connection, part: str, site: str, now: datetime) -> AvailableToPromise:
    """What can be promised of a part at a site, by date. Supplies that are only proposed promise nothing."""
    with reading(connection, *_READ) as at:
        on_hand, flows, kept = _flows(connection, part, site, now)
    decided = [flow for flow in flows if not flow.state.startswith("proposed")]
    return AvailableToPromise(
        at=at, part=part, site=site, unit=kept[0], on_hand=on_hand,
        periods=[_period(period) for period in available_to_promise(on_hand, decided, now)],
        unknown=[told(UnknownLine, flow) for flow in decided if flow.amount > 0 and flow.at is None],
    )


def _flows(
    connection: Connection, part: str, site: str, now: datetime
) -> tuple[Decimal, list[Flow], tuple[Any, ...]]:
    """What is on hand, all that comes and goes, and what is to be kept. Of what was built as customers chose only that
    counts which is claimed: the rest is for nobody else."""
    values = {"part": part, "site": site}
    times = site_times(connection, now)
    found = expected_supplies(connection, times, part=part, site=site)
    here = [found.pop(key) for key, one in list(found.items()) if one.kind == "stock"]
    on_hand = sum((one.open if one.supply == f"stock/{site}/{part}" else one.open - one.spare for one in here), ZERO)
    kept = fetch(connection, _KEPT, values)
    flows = [_supply(one) for one in found.values()] + _demands(connection, times, values)
    none: tuple[Any, ...] = (next((one.unit for one in (*here, *found.values())), None), ZERO, None, None, None)
    return on_hand, flows, kept[0] if kept else none


def _supply(one: Supply) -> Flow:
    return Flow(
        one.expected_at, one.open, one.kind, one.supply, one.state, one.firm, one.supplier or one.from_site, one.why,
        one.overdue, one.spare, one.chosen, _may(one),
    )


def _may(one: Supply) -> frozenset[str]:
    """What a person may be asked to do about it: nothing where the planner does it, and nothing is put off or called
    off that is late, frozen, under way or begun."""
    if one.ours or one.state == "completed":
        return frozenset()
    fixed = one.overdue or one.state in ("under way", "in inspection", "frozen", "started", "paused")
    return frozenset({"expedite"}) if fixed else EVERY


def _demands(connection: Connection, times: SiteTimes, values: dict[str, Any]) -> list[Flow]:
    wanted = [row[0] for row in fetch(connection, _WANTED, values)]
    days = {id_: (wanted_on, held) for id_, wanted_on, held in fetch(connection, _DAYS, values)}
    clock = times.of(values["site"])
    flows = []
    covered = coverages(connection, times, wanted)
    runs = expected_supplies(connection, times, keys={f"run/{one.run}" for one in covered.values() if one.run})
    for one in covered.values():
        run = runs.get(f"run/{one.run}")
        day, held = days.get(one.requirement, (None, False))
        at = one.needed_by or (None if day is None else clock.end_of(day))
        left = _own(one)
        if left > 0:
            kind = "order" if one.run is None and one.order is not None else "run"
            state = "on hold" if held else "proposed" if one.proposed else "short" if one.short else ""
            flows.append(Flow(
                at, -left, kind, one.requirement, state, True, _for(one), claims=_claims(one),
                waiting=held or one.proposed,
                idle=run is not None and run.why is not None and one.why is None,
            ))
    for peg, requirement, amount, at, supply, held in fetch(connection, _INSTEAD, values):
        if amount > 0:
            own = _pegged(supply, held, amount)
            flows.append(Flow(at, -amount, "substitute", peg, "", True, requirement, claims=own))
    for reservation, purpose, amount, at in fetch(connection, _OTHERS, values):
        flows.append(Flow(at, -amount, "reservation", reservation, "", True, purpose, claims=((STOCK, amount),)))
    for transfer, to, amount, start, state in fetch(connection, _OUT, values):
        if amount > 0:
            own = ((STOCK, amount),)
            flows.append(Flow(start, -amount, "transfer", f"transfer/{transfer}", state, True, to, claims=own))
    return flows


def _own(one: Coverage) -> Decimal:
    """What is still wanted of the part itself, not of its substitutes."""
    other = sum((claim.work(claim.outstanding) for claim in one.claims if claim.part != one.part), Fraction(0))
    return max(ZERO, one.open - decimal_of(other))


def _claims(one: Coverage) -> tuple[tuple[str, Decimal], ...]:
    """What of which supplies it is pegged to."""
    own = [claim for claim in one.claims if claim.part == one.part]
    return tuple(each for claim in own for each in _pegged(claim.supply, claim.on_hand, claim.outstanding))


def _pegged(supply: str, held: Decimal, amount: Decimal) -> tuple[tuple[str, Decimal], ...]:
    """A peg's claim: what it holds on hand, and what is to come of its supply."""
    held = min(max(held, ZERO), amount)
    return ((STOCK, held), (STOCK if supply.startswith("stock/") else supply, amount - held))


def _for(one: Coverage) -> str | None:
    return None if one.order is None else "/".join(map(str, one.order))


def _line(row: Dated) -> FlowLine:
    flow = row.flow
    return FlowLine(
        at=flow.at, kind=flow.kind, id=flow.id, amount=flow.amount, balance=row.balance, state=flow.state,
        firm=flow.firm, about=flow.about, overdue=flow.overdue, why=flow.why,
        messages=[MessageLine(what=one.what, amount=one.amount, to=one.to) for one in row.messages],
    )


def _period(period: Period) -> PeriodLine:
    return PeriodLine(
        start=period.start, supply=period.supply, firm=period.firm, overdue=period.overdue,
        committed=period.committed, atp=period.atp, available=period.cumulative,
    )
