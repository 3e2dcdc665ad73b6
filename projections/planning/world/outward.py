"""What customers want, dated back by the usual way to them; and whose dates a change of lanes moves."""

from datetime import timedelta
from typing import Final

from events.orders.shapes import OrderRef
from events.planning.shapes import requirement_of
from projections.planning.world import transit, wants
from projections.planning.world.parts import Parts
from projections.planning.world.views import Required

NO_TIME: Final = timedelta()


class Outward:
    """How long it takes from a site to a destination, and the open requirements that are dated by that."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.usual: dict[wants.Ends, timedelta] = {}
        self.by_ends: dict[wants.Ends, dict[str, None]] = {}
        self._ends: dict[str, wants.Ends] = {}

    def required(self, ref: OrderRef) -> Required | None:
        """What is still to be sent of a schedule line."""
        found = wants.schedule_of(self.parts, ref)
        ends = None if found is None else wants.ends_of(found[0], found[1])
        usual = NO_TIME if ends is None else self.usual[ends] if ends in self.usual else self._usual(ends)
        view = wants.required(self.parts, ref, usual)
        self._note(requirement_of(ref), ends if view is not None else None)
        return view

    def moved(self) -> list[str]:
        """Lanes have changed: the requirements that are dated otherwise now."""
        found: list[str] = []
        for ends in sorted(self.usual):
            was = self.usual[ends]
            if self._usual(ends) != was:
                found += self.by_ends.get(ends, ())
        return found

    def _usual(self, ends: wants.Ends) -> timedelta:
        found = transit.usual(self.parts.transport.lanes, f"site/{ends.site}", ends.destination)
        self.usual[ends] = NO_TIME if found is None else found
        return self.usual[ends]

    def _note(self, id: str, ends: wants.Ends | None) -> None:
        before = self._ends.pop(id, None)
        if before is not None and before != ends:
            del self.by_ends[before][id]
            if not self.by_ends[before]:
                del self.by_ends[before]
        if ends is not None:
            self._ends[id] = ends
            self.by_ends.setdefault(ends, {})[id] = None
