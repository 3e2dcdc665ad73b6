"""Deliveries to customers: planned once all of a schedule line lies reserved at the plant, taken back when it doesn't.

One delivery a schedule line, as late as lets it arrive on the day. One that doesn't leave on its day is planned anew,
to leave at once, whenever it turns out to be later still. Where no lanes lead to the customer, or nobody said where
that is, it goes straight from the plant.
"""

from decimal import Decimal
from typing import Final

from events.planning import moves as g
from projections.planning.shapes import Journey
from projections.planning.steps.draft import Draft, by_number
from projections.planning.steps.travelling import shut, way
from projections.planning.times import day_of, end_of
from projections.planning.world import wants
from projections.planning.world.alarms import leaves_by, refused, waits
from projections.planning.world.planned import PlannedDelivery
from projections.planning.world.views import Required

ZERO: Final = Decimal(0)


def deliver(draft: Draft) -> None:
    """Look at the deliveries of every schedule line that was looked at."""
    for requirement in [one for one in draft.looked if one.startswith("order/")]:
        found = draft.joins.required.get(requirement)
        open_ = _unsent(draft, requirement)
        if found is None or found.waiting or not _lies_ready(draft, found):
            for planned in open_:
                _withdraw(draft, planned, _reason(found))
        elif open_:
            _adjust(draft, found, open_[0])
        elif not _just_refused(draft, requirement):
            _plan(draft, found)


def _reason(found: Required | None) -> str:
    if found is None:
        return "it isn't wanted any more"
    return "its order is on hold" if found.waiting else "it isn't all there"


def _just_refused(draft: Draft, requirement: str) -> bool:
    """Whether logistics wouldn't plan the last one: asking the same again on that day would be refused again."""
    ids = by_number(draft.plan.delivered_for.get(requirement, ()))
    last = draft.plan.deliveries[ids[-1]] if ids else None
    return last is not None and refused(draft.parts, last) and draft.now < leaves_by(draft.parts, last)


def _unsent(draft: Draft, requirement: str) -> list[PlannedDelivery]:
    """Deliveries that haven't left."""
    planned = (draft.plan.deliveries[id] for id in by_number(draft.plan.delivered_for.get(requirement, ())))
    return [one for one in planned if waits(draft.parts, one)]


def _lies_ready(draft: Draft, found: Required) -> bool:
    """Whether all that is still to be sent is reserved on hand."""
    held = ZERO
    for peg in draft.pegs_of(found.id):
        view = draft.joins.pegs[peg.id]
        if peg.site == found.site:
            held += min(view.held, view.cover)
    return held >= found.need


def _way(draft: Draft, found: Required) -> tuple[str | None, Journey | None]:
    assert found.order is not None, "a customer's"
    schedule = wants.schedule_of(draft.parts, found.order)
    assert schedule is not None, "it is required"
    destination = schedule[0].destination
    wanted = wants.wanted_at(draft.parts, *schedule[1:])
    return destination, way(draft, found, destination, draft.now, wanted)


def _plan(draft: Draft, found: Required) -> None:
    destination, journey = _way(draft, found)
    if journey is None:
        return
    delivery = draft.id("S")
    draft.add(f"delivery/{delivery}", g.DeliveryPlanned.trusted(
        delivery=delivery, order=found.order, part=found.part, unit=found.unit, site=found.site, amount=found.need,
        destination=destination, lanes=journey.lanes, depart_at=journey.depart_at, arrive_at=journey.arrive_at,
        because=draft.because(found.id),
    ))


def _adjust(draft: Draft, found: Required, planned: PlannedDelivery) -> None:
    """Another quantity, another place, a lane that can't be gone just now, or a day that is over without it leaving."""
    destination, journey = _way(draft, found)
    if destination != planned.destination:
        _withdraw(draft, planned, "it goes to another place")
        _plan(draft, found)
        return
    barred = any(shut(draft, lane) for lane in planned.lanes)
    if barred and journey is None:
        _withdraw(draft, planned, "no way to the customer is open")
        return
    moved = journey is not None and (_missed(draft, planned) or (barred and journey.lanes != planned.lanes))
    if planned.amount == found.need and not moved:
        return
    keep = journey if moved and journey is not None else planned
    draft.add(f"delivery/{planned.delivery}", g.DeliveryReplanned.trusted(
        delivery=planned.delivery, order=planned.order, part=planned.part, unit=planned.unit, site=planned.site,
        amount=found.need, lanes=keep.lanes, depart_at=keep.depart_at, arrive_at=keep.arrive_at,
        because=draft.because(found.id),
    ))


def _missed(draft: Draft, planned: PlannedDelivery) -> bool:
    """Whether a delivery hasn't left on the day on which it last was to leave: then it is to leave as soon as it can.
    """
    reference, site = draft.parts.reference, planned.site
    last = end_of(reference, site, day_of(reference, site, planned.depart_at))
    return max(leaves_by(draft.parts, planned), last) <= draft.now


def _withdraw(draft: Draft, planned: PlannedDelivery, reason: str) -> None:
    draft.add(f"delivery/{planned.delivery}", g.DeliveryWithdrawn.trusted(
        delivery=planned.delivery, order=planned.order, part=planned.part, unit=planned.unit, site=planned.site,
        reason=reason,
    ))
