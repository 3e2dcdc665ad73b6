"""Why each way that isn't gone lost, with figures.

Against the plan that was made, for as much as the way could cover: how much dearer it is, and how much later the need
would be covered. Whichever counts for more in money is the reason. A way that is neither is too little, or better by
not enough to leave what is held for it, or comes after an equal one in the fixed order: dearer by nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from events.planning.shapes import WhyNot
from projections.planning.shapes import Lost, Need
from projections.routing.cover import Plan, lateness
from projections.routing.desk import Desk
from projections.routing.money import ZERO, told
from projections.routing.ways import Way

LISTED: Final = 30
"""How many ways are listed that could have been gone; of more, those that came first in the fixed order."""
_HOUR: Final = timedelta(hours=1)
_Reason = tuple[WhyNot, Decimal | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """The plan made; the way that a person pinned; the plan ``missed`` by keeping what was held, and what it would have
    gained."""

    plan: Plan
    pinned: Way | None = None
    missed: Plan | None = None
    gain: Decimal = ZERO
    each: Decimal = ZERO
    """What the plan costs for each unit it covers."""


def reasons(desk: Desk, need: Need, ways: Sequence[Way], judged: Judged) -> tuple[Lost, ...]:
    """Every way that isn't in the plan, in the order of the ways."""
    gone, covered = {id(way) for way, _ in judged.plan.picks}, need.amount - judged.plan.short
    judged = replace(judged, each=judged.plan.cost / covered) if covered else judged
    missed = {id(way) for way, _ in judged.missed.picks} if judged.missed is not None and judged.gain > 0 else set()
    lost = []
    for way in [way for way in ways if id(way) not in gone][:LISTED]:
        why, by, until = _why(desk, need, way, judged, id(way) in missed)
        lost.append(Lost(way.candidate(), why, by, until))
    return tuple(lost)


def _why(desk: Desk, need: Need, way: Way, judged: Judged, missed: bool) -> _Reason:
    if way.why is not None:
        return way.why, None, way.until
    if judged.pinned is not None:
        return WhyNot.OVERRIDDEN, None, None
    if missed:
        return WhyNot.STEADY, told(judged.gain), None
    if way.needs_approval and not any(one.needs_approval for one, _ in judged.plan.picks):
        return WhyNot.FROZEN if need.frozen else WhyNot.NEEDS_APPROVAL, None, None
    return _compared(desk, need, way, judged)


def _compared(desk: Desk, need: Need, way: Way, judged: Judged) -> _Reason:
    plan, per_day = judged.plan, desk.world.policy.lateness_cost_per_day
    dearer = way.fixed + (way.rate - judged.each) * way.amount if plan.picks else ZERO
    later = lateness(way.late, per_day) - lateness(plan.late, per_day)
    if way.late > plan.late and later >= dearer:
        return _later(desk, way, plan, need)
    if not way.priced:
        return WhyNot.NO_PRICE, None, None
    if judged.missed is not None and way.amount >= need.amount and dearer + later < 0:
        return WhyNot.STEADY, told(-dearer - later), None
    if dearer > 0:
        return WhyNot.DEARER, told(dearer), None
    if way.amount < need.amount:
        return WhyNot.NOT_ENOUGH, need.amount - way.amount, None
    return WhyNot.DEARER, told(ZERO), None


def _later(desk: Desk, way: Way, plan: Plan, need: Need) -> _Reason:
    """Later, or what made it so: a supplier that is down, a lane that is closed for a while or full."""
    hours = Decimal(-((plan.late - way.late) // _HOUR))
    if way.until is not None:
        return WhyNot.SUPPLIER_DOWN, hours, way.until
    passage = way.passage
    if passage is not None and passage.lanes:
        start = f"supplier/{way.supplier}" if way.offer is not None else f"site/{way.from_site}"
        closed, until = desk.network.obstacles(start, f"site/{need.site}")
        if closed:
            return WhyNot.LANE_CLOSED, hours, until
        if passage.full:
            return WhyNot.LANE_FULL, hours, passage.departs
    return WhyNot.LATER, hours, None
