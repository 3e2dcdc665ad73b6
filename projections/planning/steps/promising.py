"""What a customer is told: the day a schedule line will be with them, and what that rests on.

A line that is in time is promised for the day it is wanted. A promise is changed only when it can't be held (on the
way, too), when the customer wants another day, or when it was late and can now be better by more than the policy's
slack. While nobody knows when something will come, nothing is promised; the shortage is stated, and the date that
stood is withdrawn.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from events.orders.shapes import AcceptedLine, AcceptedSchedule, OrderRef
from events.planning import facts as f
from events.planning.shapes import SupplyKey
from projections.planning.steps.draft import Draft, by_number
from projections.planning.steps.travelling import way
from projections.planning.times import day_by, day_of
from projections.planning.world import wants
from projections.planning.world.alarms import comes, expected, leaves, waits
from projections.planning.world.planned import Promised
from projections.planning.world.views import Required

ZERO: Final = Decimal(0)


def promise(draft: Draft) -> None:
    """Look at the promise of every schedule line that was looked at."""
    for requirement in [one for one in draft.looked if one.startswith("order/")]:
        ref = wants.reference_of(requirement)
        found = draft.joins.required.get(requirement)
        if found is None:
            _closed(draft, requirement, ref)
        elif not found.waiting:
            _look(draft, found, ref)


def _closed(draft: Draft, requirement: str, ref: OrderRef) -> None:
    """Delivered lines keep their promise, for whoever compares; what was called off has none."""
    before = draft.plan.promises.get(requirement)
    schedule = wants.schedule_of(draft.parts, ref)
    order = draft.parts.orders.orders.get(ref.number)
    sent = order is not None and bool(order.delivered.get((ref.line, ref.schedule)))
    if before is not None and schedule is None and not sent:
        _withdraw(draft, ref, before.promised, "it isn't ordered any more", requirement)
    elif before is not None and schedule is not None:
        _under_way(draft, requirement, ref, schedule[1], schedule[2], before)


def _under_way(
    draft: Draft, requirement: str, ref: OrderRef, line: AcceptedLine, schedule: AcceptedSchedule, before: Promised
) -> None:
    """All of it has left: the promise goes by when what isn't there yet is expected."""
    planned = [draft.plan.deliveries[id] for id in draft.plan.delivered_for.get(requirement, ())]
    times = [at for one in planned if (at := comes(draft.parts, one, draft.now)) is not None]
    if not times:
        return
    day = _day(draft, day_by(draft.parts.reference, line.site, max(times)), schedule.wanted, before)
    if before.promised != day:
        draft.add(_stream(ref), f.PromiseChanged.trusted(
            order=ref, part=line.part, amount=schedule.amount, unit=line.unit, wanted=schedule.wanted, promised=day,
            backing=(), because=draft.because(requirement), was=before.promised,
        ))


def _withdraw(draft: Draft, ref: OrderRef, was: date, reason: str, requirement: str) -> None:
    draft.add(_stream(ref), f.PromiseWithdrawn.trusted(
        order=ref, was=was, reason=reason, because=draft.because(requirement),
    ))


def _stream(ref: OrderRef) -> str:
    return f"promise/{ref.number}/{ref.line}/{ref.schedule}"


def _look(draft: Draft, found: Required, ref: OrderRef) -> None:
    before = draft.plan.promises.get(found.id)
    schedule = wants.schedule_of(draft.parts, ref)
    assert schedule is not None, "it is required"
    wanted = schedule[2].wanted
    at = _there(draft, found)
    if at is None:
        if before is not None:
            _withdraw(draft, ref, before.promised, "nobody knows when it can be built", found.id)
        return
    arrives = _arrives(draft, found, schedule[0].destination, at, wants.wanted_at(draft.parts, *schedule[1:]))
    if arrives is None:
        if before is not None:
            _withdraw(draft, ref, before.promised, "no way to the customer is open", found.id)
        return
    reference = draft.parts.reference
    there = max(day_by(reference, found.site, arrives), day_of(reference, found.site, draft.now))
    day = _day(draft, there, wanted, before)
    if before is None or before.promised != day or before.wanted != wanted:
        _give(draft, found, ref, wanted, day, before)


def _there(draft: Draft, found: Required) -> datetime | None:
    """When all that is still to be sent will be at the plant."""
    if draft.joins.stuck(found.id):
        return None
    at = draft.now
    for peg in draft.pegs_of(found.id):
        supply = draft.joins.supplies.get(peg.supply_id)
        if draft.joins.pegs[peg.id].pending and supply is not None:
            comes = expected(draft.parts, supply, draft.now)
            at = at if comes is None else max(at, comes)
    return at


def _arrives(
    draft: Draft, found: Required, destination: str | None, at: datetime, wanted: datetime
) -> datetime | None:
    """When it is with the customer: by its delivery, if one is to leave, else over the way it would go. What didn't
    leave on its day leaves later, and arrives as much later."""
    for id in by_number(draft.plan.delivered_for.get(found.id, ())):
        planned = draft.plan.deliveries[id]
        if waits(draft.parts, planned):
            late = leaves(draft.parts, planned, draft.now)
            if late is None:
                return planned.arrive_at
            at = max(at, late)
    journey = way(draft, found, destination, at, wanted)
    return None if journey is None else journey.arrive_at


def _day(draft: Draft, day: date, wanted: date, before: Promised | None) -> date:
    """The day to promise."""
    slack = draft.plan.policy.promise_slack_days
    new = wanted if day <= wanted else day + timedelta(days=slack)
    if before is None or before.wanted != wanted or day > before.promised:
        return new
    return new if (before.promised - new).days > slack else before.promised


def _give(
    draft: Draft, found: Required, ref: OrderRef, wanted: date, day: date, before: Promised | None
) -> None:
    told = {
        "order": ref, "part": found.part, "amount": found.need, "unit": found.unit, "wanted": wanted,
        "promised": day, "backing": _backing(draft, found), "because": draft.because(found.id),
    }
    fact = f.PromiseGiven.trusted(**told) if before is None else f.PromiseChanged.trusted(**told, was=before.promised)
    draft.add(_stream(ref), fact)


def _backing(draft: Draft, found: Required) -> tuple[SupplyKey, ...]:
    """What it rests on: the supplies right below, goods that came meanwhile as stock."""
    keys: dict[str, SupplyKey] = {}
    for peg in draft.pegs_of(found.id):
        view = draft.joins.pegs[peg.id]
        if view.pending:
            keys[peg.supply_id] = peg.supply
        if view.held:
            stock = SupplyKey.stock(peg.site, peg.part, found.configuration if found.custom else None)
            keys[stock.text] = stock
    return tuple(keys[id] for id in sorted(keys))
