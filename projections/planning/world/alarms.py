"""What falls due by time alone, and when: late supplies, unanswered requisitions, freeze fences, runs not begun.

Each thing has a few moments, which follow from what is known of it. The next one after the last cut's clock is when the
planner has to look at it although nobody said anything. What is late already slips from one working day to the next.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Final

from events.planning.shapes import SupplyKind
from projections.planning.times import backward, day_of, end_of, next_working_end
from projections.planning.world.parts import Parts
from projections.planning.world.planned import Fate
from projections.planning.world.stock import Moving
from projections.planning.world.views import Required, RunView, SupplyView

_NOT_MOVED: Final = Moving()


class Alarms:
    """Moments by the id of what falls due: ``run/…`` or the id of a supply.

    ``slides`` is from when on each one is late, and later with every working day that passes.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.moments: dict[str, tuple[datetime, ...]] = {}
        self.slides: dict[str, tuple[datetime, str]] = {}
        self._heap: list[tuple[datetime, str]] = []
        self._late: dict[str, None] = {}

    def supply(self, id: str, view: SupplyView | None) -> None:
        """When a supply that somebody claims becomes late, or isn't ordered in time."""
        if id.startswith("run/"):
            return
        if view is None or view.on_hand or view.at is None or not (view.pegged or view.slips):
            self._set(id, ())
            return
        moments = [view.at] if view.pegged else []
        if view.slips is not None and view.open:
            moments += [view.slips, patience_ends(self.parts, view)]
        first = min(view.at, view.slips or view.at)
        self._set(id, moments, (first, view.site) if view.pegged else None)

    def run(self, id: str, view: RunView | None) -> None:
        """When a run is to be frozen, should have begun, and should be done."""
        if view is None or view.over or not view.output:
            self._set(f"run/{id}", ())
            return
        moments = [view.due]
        if not view.started:
            moments.append(view.start)
        if not view.fixed and (fence := fence_of(self.parts, view)) is not None:
            moments.append(fence)
        self._set(f"run/{id}", moments, (view.due, view.site))

    def _set(self, id: str, told: Iterable[datetime], slides: tuple[datetime, str] | None = None) -> None:
        moments = tuple(sorted(set(told)))
        if (self.moments.get(id, ()), self.slides.get(id)) == (moments, slides):
            return
        self._late.pop(id, None)
        self.moments.pop(id, None)
        self.slides.pop(id, None)
        if moments:
            self.moments[id] = moments
        if slides is not None:
            self.slides[id] = slides
        for moment in {*moments, *([slides[0]] if slides is not None else [])}:
            heappush(self._heap, (moment, id))

    def _pass(self, clock: datetime | None) -> None:
        """What the last cut has seen leaves the line; what was late then is looked at day by day."""
        while self._heap:
            moment, id = self._heap[0]
            if moment in self.moments.get(id, ()) and (clock is None or moment > clock):
                return
            slides = self.slides.get(id)
            if slides is not None and slides[0] == moment and (clock is None or moment > clock):
                return
            if slides is not None and slides[0] == moment:
                self._late[id] = None
            heappop(self._heap)

    def _slid(self, clock: datetime | None) -> dict[str, datetime]:
        """For what is late, by site, when it is one more working day late."""
        if clock is None:
            return {}
        sites = {self.slides[id][1] for id in self._late}
        return {site: next_working_end(self.parts.reference, site, clock) for site in sorted(sites)}

    def next(self) -> datetime | None:
        """The next moment at which something falls due."""
        clock = self.parts.plan.clock
        self._pass(clock)
        found = [self._heap[0][0]] if self._heap else []
        return min([*found, *self._slid(clock).values()], default=None)

    def due(self, now: datetime) -> list[str]:
        """What fell due since the last cut, in order of ids."""
        clock = self.parts.plan.clock
        self._pass(clock)
        slid = self._slid(clock)
        found = {id for id in self._late if slid[self.slides[id][1]] <= now}
        popped: list[tuple[datetime, str]] = []
        while self._heap and self._heap[0][0] <= now:
            moment, id = heappop(self._heap)
            popped.append((moment, id))
            if moment in self.moments.get(id, ()) and (clock is None or moment > clock):
                found.add(id)
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
        waiting=True,
    )


def expected(parts: Parts, view: SupplyView, now: datetime) -> datetime | None:
    """When a supply is expected, seen from now: never before now, and what is late comes with the next working day."""
    if view.on_hand:
        return now
    at = view.at
    if at is None:
        return None
    if view.slips is not None and now > view.slips:
        at += timedelta(days=(now - view.slips).days + 1)
    if at > now:
        return at
    return next_working_end(parts.reference, view.site, now)


def open_requisition(parts: Parts, view: SupplyView) -> bool:
    """Whether a supply is a requisition that nobody has answered."""
    if view.key.kind is not SupplyKind.REQUISITION:
        return False
    found = parts.plan.requisitions.get(view.key.id)
    return found is not None and found.fate is Fate.OPEN
