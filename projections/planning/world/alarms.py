"""What falls due by time alone, and when: late supplies, unanswered requisitions, freeze fences, runs not begun.

Each thing has a few moments, which follow from what is known of it. The next one after the last cut's clock is when the
planner has to look at it although nobody said anything. What is late already slips from one working day to the next.
"""

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
    """Moments by the id of what falls due: ``run/…`` or the id of a supply."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.moments: dict[str, tuple[datetime, ...]] = {}
        self.sites: dict[str, str] = {}
        self._heap: list[tuple[datetime, str]] = []

    def supply(self, id: str, view: SupplyView | None) -> None:
        """When a supply that somebody claims becomes late, or isn't ordered in time."""
        if id.startswith("run/"):
            return
        if view is None or view.on_hand or view.at is None or not (view.pegged or view.slips):
            self._set(id, (), "")
            return
        moments = [view.at] if view.pegged else []
        if view.slips is not None and view.open:
            moments += [view.slips, patience_ends(self.parts, view)]
        self._set(id, tuple(sorted(set(moments))), view.site)

    def run(self, id: str, view: RunView | None) -> None:
        """When a run is to be frozen, should have begun, and should be done."""
        if view is None or view.over or not view.output:
            self._set(f"run/{id}", (), "")
            return
        moments = {view.due}
        if not view.started:
            moments.add(view.start)
        if not view.fixed and (fence := fence_of(self.parts, view)) is not None:
            moments.add(fence)
        self._set(f"run/{id}", tuple(sorted(moments)), view.site)

    def _set(self, id: str, moments: tuple[datetime, ...], site: str) -> None:
        if self.moments.get(id, ()) == moments:
            return
        if not moments:
            del self.moments[id], self.sites[id]
            return
        self.moments[id], self.sites[id] = moments, site
        for moment in moments:
            heappush(self._heap, (moment, id))

    def next(self) -> datetime | None:
        """The next moment at which something falls due."""
        clock = self.parts.plan.clock
        while self._heap:
            moment, id = self._heap[0]
            if moment in self.moments.get(id, ()) and (clock is None or moment > clock):
                break
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def due(self, now: datetime) -> list[str]:
        """What fell due since the last cut, in order of ids."""
        clock = self.parts.plan.clock
        popped: list[tuple[datetime, str]] = []
        found: set[str] = set()
        while self._heap and self._heap[0][0] <= now:
            moment, id = heappop(self._heap)
            if moment in self.moments.get(id, ()) and (clock is None or moment > clock):
                popped.append((moment, id))
                found.add(id)
        for one in popped:
            heappush(self._heap, one)
        return sorted(found)


def fence_of(parts: Parts, view: RunView) -> datetime | None:
    """When a run is to be frozen; None when only the shop floor freezes."""
    days = parts.plan.policy.freeze_days
    return None if days is None else backward(parts.reference, view.site, view.start, days)


def patience_ends(parts: Parts, view: SupplyView) -> datetime:
    """By when the purchasing system should have answered a requisition."""
    found = parts.plan.requisitions[view.key.id]
    day = day_of(parts.reference, view.site, found.asked_at)
    days = parts.plan.policy.requisition_patience_days
    return end_of(parts.reference, view.site, parts.reference.working(view.site).after(day, days))


def source_of(parts: Parts, transfer: str) -> Required | None:
    """What a transfer still needs at the site that it is to leave."""
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
