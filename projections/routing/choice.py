"""Which ways to go: landed cost and lateness, what people said, and no change without a reason.

1.  A way that a person pinned is gone first, as far as it goes.
2.  What needs nobody's approval goes before what does: a substitute that does is only taken where the need would
    otherwise be late or short, and never for a frozen run.
3.  Among the rest the best cover (``cover``): most covered, then cheapest with lateness.
4.  What the need holds already is kept, unless another cover is better by the policy's threshold.

A way with something unpriced in it counts as dear as the dearest that is priced, so it is gone only where that is worth
the time it saves, or nothing else is left. Nobody's way is taken when nobody knows when it would come.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from projections.planning.shapes import Choice, Need, Picked, World
from projections.routing.candidates import ways_of
from projections.routing.cover import Plan, cover, plan_of
from projections.routing.desk import Cargo, Desk, desk_of
from projections.routing.money import ZERO, costing, decimal
from projections.routing.ordering import order_by
from projections.routing.reasons import Judged, reasons
from projections.routing.ways import NO_TIME, Way


@costing
def route(world: World, need: Need, now: datetime) -> Choice:
    """How a need is to be covered, and why not otherwise."""
    desk = desk_of(world, now)
    ways = ways_of(desk, need)
    open_ways = weigh(ways, need.needed_by)
    judged = _choose(desk, need, ways, open_ways)
    chosen = tuple(_picked(desk, need, way, amount) for way, amount in judged.plan.picks)
    return Choice(chosen, reasons(desk, need, ways, judged), judged.plan.short)


def weigh(ways: Sequence[Way], needed_by: datetime) -> list[Way]:
    """Those that can be gone, with their lateness and what they count."""
    open_ways = [way for way in ways if way.why is None and way.at is not None]
    dearest = max((way.each + way.fixed / way.amount for way in open_ways if way.priced), default=ZERO)
    for way in open_ways:
        way.rate = way.each if way.priced else way.each + dearest
        way.late = max(way.at - needed_by, NO_TIME) if way.at is not None else NO_TIME
    return open_ways


def _choose(desk: Desk, need: Need, ways: Sequence[Way], open_ways: Sequence[Way]) -> Judged:
    per_day = desk.world.policy.lateness_cost_per_day
    pinned = _pinned(desk, need, ways)
    if pinned is not None:
        amount = min(pinned.amount, need.amount)
        others = [way for way in open_ways if way is not pinned]
        rest = _free(need, others, need.amount - amount, per_day, pinned.late)
        return Judged(_joined(((pinned, amount),), rest, per_day), pinned=pinned)
    best = _free(need, open_ways, need.amount, per_day)
    stay = _stay(need, open_ways, per_day) if need.held else None
    if stay is not None and stay.short <= best.short:
        gain = stay.total - best.total
        if gain <= 0 or gain < desk.world.policy.switch_threshold:
            return Judged(stay, missed=best, gain=gain)
    return Judged(best)


def _pinned(desk: Desk, need: Need, ways: Sequence[Way]) -> Way | None:
    pinned = desk.world.words(need.requirement).pinned
    if pinned is None:
        return None
    return next((way for way in ways if way.why is None and way.at is not None and way.signature == pinned), None)


def _free(
    need: Need, ways: Sequence[Way], amount: Decimal, per_day: Decimal, anyway: timedelta = NO_TIME
) -> Plan:
    """The best cover of a need that is so late anyway, asking for approval only where that helps."""
    if not amount:
        return Plan()
    alone = [way for way in ways if not way.needs_approval]
    best = cover(alone, amount, per_day, anyway)
    if need.frozen or len(alone) == len(ways) or not (best.short or best.late > anyway):
        return best
    asked = cover(ways, amount, per_day, anyway)
    return asked if asked.better(best) else best


def _stay(need: Need, ways: Sequence[Way], per_day: Decimal) -> Plan | None:
    """What the need holds, and the best cover of what that leaves open; None when nothing of it is left."""
    held = {one.supply: one.amount for one in need.held}
    kept: list[tuple[Way, Decimal]] = []
    left = need.amount
    for way in ways:
        amount = min(held.get(way.supply.text, ZERO), way.amount, left) if way.supply is not None else ZERO
        if amount:
            kept.append((way, amount))
            left -= amount
    if not kept:
        return None
    taken = {id(way): amount for way, amount in kept}
    others = [
        replace(way, amount=way.amount - taken[id(way)], fixed=ZERO, whole=way) if id(way) in taken else way
        for way in ways if taken.get(id(way), ZERO) < way.amount
    ]
    late = max(way.late for way, _ in kept)
    return _joined(kept, _free(need, others, left, per_day, late), per_day)


def _joined(first: Sequence[tuple[Way, Decimal]], rest: Plan, per_day: Decimal) -> Plan:
    """Both together; what is left of a way is the way again."""
    taken = {id(way): (way, amount) for way, amount in first}
    cost = sum((way.fixed + way.rate * amount for way, amount in first), ZERO)
    for way, amount in rest.picks:
        whole = way.whole or way
        taken[id(whole)] = (whole, taken[id(whole)][1] + amount if id(whole) in taken else amount)
    return plan_of(taken.values(), cost + rest.cost, rest.short, per_day)


# As it is told


def _picked(desk: Desk, need: Need, way: Way, amount: Decimal) -> Picked:
    candidate = way.candidate()
    passage = way.passage
    if way.offer is not None:
        candidate = replace(candidate, order_by=order_by(desk, need.site, need.needed_by, way))
    elif passage is not None and way.ready is not None and passage.lanes:
        cargo = Cargo(desk, way.part, amount * decimal(way.factor))
        went = desk.network.latest(passage.lanes, way.ready, need.needed_by, cargo)
        if went is not None:
            candidate = replace(candidate, depart_at=went[0], available_at=went[1])
    return Picked(candidate, amount, way.cost(amount))
