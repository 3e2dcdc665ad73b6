"""What customers want, dated back by the way to them; and whose dates a change of lanes or of calendars moves."""

from datetime import datetime
from typing import NamedTuple

from events.orders.shapes import OrderRef
from events.planning.shapes import requirement_of
from projections.planning.shapes import LaneRecord
from projections.planning.world import transit, wants
from projections.planning.world.parts import Parts
from projections.planning.world.views import Required
from projections.planning.world.wants import ZERO


class Errand(NamedTuple):
    """From a site to a destination, to be there by then."""

    ends: wants.Ends
    by: datetime


class Outward:
    """When goods have to leave for each errand, and the open requirements that are dated by it."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.leaves: dict[Errand, datetime] = {}
        self.by_errand: dict[Errand, dict[str, None]] = {}
        self._errands: dict[str, Errand] = {}
        self._inbound: dict[str, list[LaneRecord]] | None = None

    def required(self, ref: OrderRef) -> Required | None:
        """What is still to be sent of a schedule line."""
        found, id_ = wants.schedule_of(self.parts, ref), requirement_of(ref)
        needs = ZERO if found is None else wants.needs(self.parts, ref, found)
        if found is None or not needs:
            self._note(id_, None)
            return None
        by, ends = wants.wanted_at(self.parts, *found[1:]), wants.ends_of(*found[:2])
        errand = None if ends is None else Errand(ends, by)
        self._note(id_, errand)
        return wants.required(ref, found, needs, by if errand is None else self._leave(errand))

    def moved(self) -> list[str]:
        """Lanes have changed: the requirements that are dated otherwise now."""
        self._inbound = None
        before, found = self.leaves, list[str]()
        self.leaves = {}
        for errand in sorted(self.by_errand):
            if self._leave(errand) != before.get(errand):
                found += self.by_errand[errand]
        return found

    def forget(self) -> None:
        """Calendars or time zones have changed, so all is dated anew."""
        self.leaves.clear()

    def _leave(self, errand: Errand) -> datetime:
        """At once by the wish where no lanes lead there."""
        found = self.leaves.get(errand)
        if found is None:
            if self._inbound is None:
                self._inbound = transit.inbound(self.parts.transport.lanes.values())
            start, end = f"site/{errand.ends.site}", errand.ends.destination
            found = transit.latest(self.parts.reference, self._inbound, start, end, errand.by) or errand.by
            self.leaves[errand] = found
        return found

    def _note(self, id: str, errand: Errand | None) -> None:
        before = self._errands.pop(id, None)
        if before is not None and before != errand:
            del self.by_errand[before][id]
            if not self.by_errand[before]:
                del self.by_errand[before]
                self.leaves.pop(before, None)
        if errand is not None:
            self._errands[id] = errand
            self.by_errand.setdefault(errand, {})[id] = None
