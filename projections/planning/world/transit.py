"""When goods have to leave, so that they are somewhere in time: the latest departure, by every lane's own timetable.

It dates what customers want back to the plant. A lane leaves on the days of its calendar, and at its cut-off: what a
customer wants on a Sunday leaves on the Friday before, if nothing goes on Saturdays. Hours alone would have it leave
when nothing goes, and so always come late.

The search goes from the end to the start and settles the place that can be left latest first: an earlier departure
never arrives later (``routing/lanes.py``), so no other way can be left later still. Lanes are taken as they usually
are: whether one is closed or slowed just now makes a delivery late, not wanted earlier. Ways lead through sites and
hubs; a supplier or a customer's zone is only ever an end.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from heapq import heappop, heappush
from typing import Final

from events.catalogue.reference import Reference
from projections.planning.shapes import ENDS, LaneRecord
from projections.planning.times import at_clock, lane_clock

_DAY: Final = timedelta(days=1)
_LAST: Final = timedelta(minutes=1)


def inbound(lanes: Iterable[LaneRecord]) -> dict[str, list[LaneRecord]]:
    """The active lanes by where they lead."""
    found: dict[str, list[LaneRecord]] = {}
    for lane in lanes:
        if lane.active:
            found.setdefault(lane.to_node, []).append(lane)
    return found


def latest(
    reference: Reference, lanes: Mapping[str, Iterable[LaneRecord]], from_node: str, to_node: str, by: datetime
) -> datetime | None:
    """The last moment at which what leaves a place usually is at another by then; None when no lanes lead there, or
    none in a foreseeable time. ``lanes`` are by where they lead."""
    heap, seen = [(timedelta(), to_node)], set[str]()
    while heap:
        before, node = heappop(heap)
        if node == from_node:
            return by - before
        if node in seen or (node.startswith(ENDS) and node != to_node):
            continue
        seen.add(node)
        for lane in lanes.get(node, ()):
            leaves = last_departure(reference, lane, by - before)
            if leaves is not None and lane.from_node not in seen:
                heappush(heap, (by - leaves, lane.from_node))
    return None


def last_departure(reference: Reference, lane: LaneRecord, by: datetime) -> datetime | None:
    """When a lane leaves for the last time, so that it usually arrives by then. Where it leaves whenever something is
    ready, that is the last minute of its last day."""
    moment = by - timedelta(hours=lane.usual)
    if lane.calendar is None and lane.cutoff is None:
        return moment
    tz, calendar = lane_clock(reference, lane)
    day = moment.astimezone(tz).date()
    if lane.cutoff is not None and at_clock(day, lane.cutoff, tz) > moment:
        day -= _DAY
    try:
        works = day if calendar is None or calendar.works(day) else calendar.after(day, -1)
    except ValueError:  # it never left before
        return None
    if lane.cutoff is not None:
        return at_clock(works, lane.cutoff, tz)
    return moment if works == day else at_clock(works + _DAY, time(), tz) - _LAST
