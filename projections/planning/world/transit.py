"""How long goods usually take from one place to another: the fastest way over active lanes, as they usually are.

It dates what customers want back to the plant. Whether a lane is closed or slowed just now doesn't count here: that
makes a delivery late, not wanted earlier.
"""

from datetime import timedelta
from heapq import heappop, heappush

from projections.planning.shapes import LaneRecord


def usual(lanes: dict[str, LaneRecord], from_node: str, to_node: str) -> timedelta | None:
    """The least sum of usual hours; None when no lanes lead there."""
    outward: dict[str, list[tuple[int, str]]] = {}
    for lane in lanes.values():
        if lane.active:
            outward.setdefault(lane.from_node, []).append((lane.usual, lane.to_node))
    heap, seen = [(0, from_node)], set[str]()
    while heap:
        hours, node = heappop(heap)
        if node == to_node:
            return timedelta(hours=hours)
        if node in seen:
            continue
        seen.add(node)
        for more, following in outward.get(node, ()):
            heappush(heap, (hours + more, following))
    return None
