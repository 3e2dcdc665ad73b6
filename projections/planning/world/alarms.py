"""What falls due by time alone, and when: late supplies, unanswered requisitions, freeze fences, runs not begun.

Each thing has a few moments, which follow from what is known of it. The next one after the last cut's clock is when the
planner has to look at it although nobody said anything. A thing is late when the day it was due on is over at its
site: at the minute it was due nobody has had time to tell, and to plan its late coming then, only to take that back in
the next cut, would move all that waits for it twice. What is late is expected later and later, each time as late again.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from heapq import heappop, heappush
from typing import Final

from events.planning.shapes import SupplyKind
from projections.planning.times import backward, day_of, end_of, late_from, slipped
from projections.planning.world.parts import Parts
from projections.planning.world.planned import Fate, PlannedDelivery
from projections.planning.world.stock import Moving
from projections.planning.world.views import Required, RunView, SupplyView

ZERO: Final = Decimal(0)
_NOT_MOVED: Final = Moving()


class Alarms:
    """Moments by the id of what falls due: ``run/…``, ``delivery/…`` or the id of a supply.

    ``slides`` is from when on each one is late; ``_slides`` the next moment at which it turns out to be later still.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.moments: dict[str, tuple[datetime, ...]] = {}
        self.slides: dict[str, tuple[datetime, str]] = {}
        self._slides: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []

    def supply(self, id: str, view: SupplyView | None) -> None:
        """When a supply that somebody claims becomes late, or isn't ordered in time."""
        if id.startswith("run/"):
            return
        if view is None or view.on_hand or view.at is None or not (view.pegged or view.slips):
            self._set(id, ())
            return
        late = late_from(self.parts.reference, view.site, view.at)
        moments = [late] if view.pegged else []
        if view.slips is not None and view.open:
            moments += [view.slips, patience_ends(self.parts, view)]
        first = min(late, view.slips or late)
        self._set(id, moments, (first, view.site) if view.pegged else None)

    def run(self, id: str, view: RunView | None) -> None:
        """When a run is to be frozen, should have begun, and should be done."""
        if view is None or view.over or not view.output:
            self._set(f"run/{id}", ())
            return
        late = late_from(self.parts.reference, view.site, view.due)
        moments = [late]
        if not view.started:
            moments.append(view.start)
        if not view.fixed and (fence := fence_of(self.parts, view)) is not None:
            moments.append(fence)
        self._set(f"run/{id}", moments, (late, view.site))

    def deliveries(self, requirement: str, *, wanted: bool) -> None:
        """When what goes to a customer should have left, and should have arrived. What logistics wouldn't send is
        looked at again, too, while it is wanted and nothing else was planned."""
        parts, ids = self.parts, list(self.parts.plan.delivered_for.get(requirement, ()))
        for id in ids:
            planned = parts.plan.deliveries[id]
            leaving = waits(parts, planned) or (wanted and id == ids[-1] and refused(parts, planned))
            due = leaves_by(parts, planned) if leaving else late_on_its_way(parts, planned)
            self._set(f"delivery/{id}", () if due is None else (due,), None if due is None else (due, planned.site))

    def _set(self, id: str, told: Iterable[datetime], slides: tuple[datetime, str] | None = None) -> None:
        moments = tuple(sorted(set(told)))
        if (self.moments.get(id, ()), self.slides.get(id)) == (moments, slides):
            return
        self.moments.pop(id, None)
        self.slides.pop(id, None)
        self._slides.pop(id, None)
        if moments:
            self.moments[id] = moments
        if slides is not None:
            self.slides[id] = slides
            self._slides[id] = slides[0]
        for moment in {*moments, *([slides[0]] if slides is not None else [])}:
            heappush(self._heap, (moment, id))

    def dates(self) -> None:
        """Working days or time zones are others: what is late is late by those."""
        for id, (since, _) in self.slides.items():
            self._slides[id] = since
            heappush(self._heap, (since, id))

    def _stands(self, moment: datetime, id: str, clock: datetime | None) -> bool:
        """Whether an entry of the line is still to come."""
        known = moment in self.moments.get(id, ()) or self._slides.get(id) == moment
        return known and (clock is None or moment > clock)

    def _pass(self, clock: datetime | None) -> None:
        """What the last cut has seen leaves the line; what was late then is looked at again when it is later still."""
        while self._heap and not self._stands(*self._heap[0], clock):
            moment, id = heappop(self._heap)
            if self._slides.get(id) == moment:
                since, site = self.slides[id]
                assert clock is not None, "else it would stand"
                self._slides[id] = slipped(self.parts.reference, site, since, clock)
                heappush(self._heap, (self._slides[id], id))

    def next(self) -> datetime | None:
        """The next moment at which something falls due."""
        self._pass(self.parts.plan.clock)
        return self._heap[0][0] if self._heap else None

    def due(self, now: datetime) -> list[str]:
        """What fell due since the last cut, in order of ids."""
        clock = self.parts.plan.clock
        self._pass(clock)
        found: set[str] = set()
        popped: list[tuple[datetime, str]] = []
        while self._heap and self._heap[0][0] <= now:
            popped.append(heappop(self._heap))
            if self._stands(*popped[-1], clock):
                found.add(popped[-1][1])
        for one in popped:
            heappush(self._heap, one)
        return sorted(found)


def fence_of(parts: Parts, view: RunView) -> datetime | None:
    """When a run is to be frozen; None when only the shop floor freezes."""
    days = parts.plan.policy.freeze_days
    return backward(parts.reference, view.site, view.start, days) if isinstance(days, int) else None


def patience_ends(parts: Parts, view: SupplyView) -> datetime:
    """By when the purchasing system should have answered a requisition."""
    found = parts.plan.requisitions[view.key.id]
    day = day_of(parts.reference, view.site, found.asked_at)
    days = parts.plan.policy.requisition_patience_days
    return end_of(parts.reference, view.site, parts.reference.working(view.site).after(day, days))


def source_of(parts: Parts, transfer: str) -> Required | None:
    """What a transfer still needs at the site that it is to leave. It isn't sought anew there when it is lost: then
    less is to come by the transfer, and whoever waits for it is served otherwise."""
    found = parts.plan.transfers.get(transfer)
    if found is None or found.withdrawn:
        return None
    shipment = parts.transport.shipments.get(transfer)
    if shipment is not None and (shipment.cancelled or shipment.refused):
        return None
    need = found.amount - parts.stock.moving.get(transfer, _NOT_MOVED).sent
    if need <= 0:
        return None
    return Required(
        found.requirement, found.part, found.from_site, found.unit, need, found.depart_at, found.priority, transfer,
        waiting=True, custom=found.configuration is not None, configuration=found.configuration,
    )


def expected(parts: Parts, view: SupplyView, now: datetime) -> datetime | None:
    """When a supply is expected, seen from now: when it was said to be there, while the day it is due on isn't over
    (that may have been this morning); then later and later. What isn't ordered in time comes later by as much."""
    if view.on_hand:
        return now
    at = view.at
    if at is None:
        return None
    if view.slips is not None and now >= view.slips:
        at += slipped(parts.reference, view.site, view.slips, now) - view.slips
    late = late_from(parts.reference, view.site, at)
    return at if now < late else slipped(parts.reference, view.site, late, now)


def waits(parts: Parts, planned: PlannedDelivery) -> bool:
    """Whether a delivery is still to leave: it wasn't taken back, cancelled or refused, and nothing of it has left."""
    shipment = parts.transport.shipments.get(planned.delivery)
    gone = shipment is not None and (shipment.departed or shipment.cancelled or shipment.refused)
    return not (planned.withdrawn or gone or parts.stock.shipped.get((planned.delivery, planned.part), ZERO) > 0)


def refused(parts: Parts, planned: PlannedDelivery) -> bool:
    """Whether logistics wouldn't plan a delivery, and it wasn't taken back."""
    shipment = parts.transport.shipments.get(planned.delivery)
    return not planned.withdrawn and shipment is not None and shipment.refused


def leaves_by(parts: Parts, planned: PlannedDelivery) -> datetime:
    """When the day is over on which a delivery was to leave; on a day off it leaves with the next working day, and what
    was to leave as soon as it was planned has a working day for it."""
    reference, site = parts.reference, planned.site
    day = day_of(reference, site, planned.since)
    at_once = day == day_of(reference, site, planned.asked_at)
    return end_of(reference, site, reference.working(site).after(day, 1 if at_once else 0))


def leaves(parts: Parts, planned: PlannedDelivery, now: datetime) -> datetime | None:
    """When to expect that a delivery leaves, which hasn't left on its day; None while that isn't over."""
    late = leaves_by(parts, planned)
    return None if now < late else slipped(parts.reference, planned.site, late, now)


def comes(parts: Parts, planned: PlannedDelivery, now: datetime) -> datetime | None:
    """When to expect a delivery that has left; None when it isn't under way, or nobody knows."""
    at = _under_way(parts, planned)
    if at is None:
        return None
    late = late_from(parts.reference, planned.site, at)
    return at if now < late else slipped(parts.reference, planned.site, late, now)


def late_on_its_way(parts: Parts, planned: PlannedDelivery) -> datetime | None:
    """When the day is over on which a delivery that has left was to arrive."""
    at = _under_way(parts, planned)
    return None if at is None else late_from(parts.reference, planned.site, at)


def _under_way(parts: Parts, planned: PlannedDelivery) -> datetime | None:
    shipment = parts.transport.shipments.get(planned.delivery)
    if shipment is None or not shipment.departed:
        return None
    done = (shipment.arrived.get(part, ZERO) + shipment.lost.get(part, ZERO) for part in shipment.sent)
    return shipment.expected if sum(shipment.sent.values(), ZERO) > sum(done, ZERO) else None


def open_requisition(parts: Parts, view: SupplyView) -> bool:
    """Whether a supply is a requisition that nobody has answered."""
    if view.key.kind is not SupplyKind.REQUISITION:
        return False
    found = parts.plan.requisitions.get(view.key.id)
    return found is not None and found.fate is Fate.OPEN
