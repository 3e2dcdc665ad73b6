"""The transport network, and the ways through it: a directed multigraph with parallel lanes between two places.

The idea. A way has two criteria that pull apart, when it arrives and what it costs, and the cost depends on what goes:
so much a shipment, a kilogram and a unit. For a start, an end and the moment at which goods are ready, all ways that
are best for *some* cargo and *some* deadline are found once, by setting labels in order of their arrival and dropping
those that another arrives no later than and is no dearer than in every part of the fare (Martins 1984, "On a
multicriteria shortest path problem"; time-dependent lengths as in Dreyfus 1969). Of these few a need picks the cheapest
in time, or else the fastest: a look along a list, kept until the network, the time or a rate changes.

The naive version asks for a shortest path for each need: with 50,000 needs between a few dozen places that is the same
search over and over. Or it weighs an edge by its cost alone, and finds cheap ways that arrive too late.

Room on lanes only ever delays. So a way that is best without regard to it, and has room, is best; only when it has none
the search is made again for this very cargo, minding the room, and not kept.

Ways lead through sites and hubs. A supplier or a customer's zone is only ever an end.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any, Final

import networkx as nx

from projections.planning.shapes import ENDS, LaneRecord, Standing
from projections.routing.lanes import Leg, Space
from projections.routing.money import ZERO

TRIES: Final = 14
"""How many days back from the last moment a later start is looked for."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Passage:
    """A way through the network: ``fixed`` + ``per_kg`` × kilograms + ``per_unit`` × units, if all of it is known."""

    lanes: tuple[str, ...]
    departs: datetime
    arrives: datetime
    known: bool
    fixed: Decimal
    per_kg: Decimal
    per_unit: Decimal
    limits: tuple[tuple[LaneRecord, date], ...] = ()
    """The lanes that don't take just any amount, and the days it leaves over them."""
    full: bool = False
    """It would have arrived earlier, had lanes had room."""

    def fits(self, space: Space) -> bool:
        """Whether there is room on all its lanes at these times."""
        for lane, day in self.limits:
            load, most = space.load(lane), lane.capacity or ZERO
            if load > most or space.room(lane, day) < load:
                return False
        return True

    def each(self, kg: Decimal | None) -> Decimal | None:
        """What one unit of so many kilograms adds to the fixed cost; None: nobody knows."""
        if not self.known or (kg is None and self.per_kg):
            return None
        return self.per_unit + self.per_kg * kg if kg is not None and self.per_kg else self.per_unit


class Network:
    """Lanes as they are now. ``follow`` takes in what changed; everything worked out before is dropped with it."""

    def __init__(self) -> None:
        self._graph = nx.MultiDiGraph()
        self._records: dict[str, LaneRecord] = {}
        self._legs: dict[str, Leg] = {}
        self._out: dict[str, tuple[Leg, ...]] = {}
        self._hours: dict[str, dict[str, int]] = {}
        self._shut: dict[tuple[str, str], tuple[bool, datetime | None]] = {}
        self._found: dict[tuple[str, str, datetime], tuple[Passage, ...]] = {}
        self._make: Callable[[LaneRecord], Leg] | None = None

    def follow(self, lanes: Mapping[str, LaneRecord], make: Callable[[LaneRecord], Leg]) -> None:
        """The lanes as they are now; ``make`` gives a lane its clock, calendar and fare in today's money."""
        self._make = make
        for lane, record in lanes.items():
            before = self._records.get(lane)
            if before is not record:
                self._replace(before, record)
        for lane in [lane for lane in self._records if lane not in lanes]:
            self._remove(self._records.pop(lane))
        self._legs.clear()
        self._out.clear()
        self._found.clear()
        self._shut.clear()

    def _replace(self, before: LaneRecord | None, record: LaneRecord) -> None:
        if before is not None:
            self._remove(before)
        self._records[record.lane] = record
        if record.active:
            self._graph.add_edge(record.from_node, record.to_node, key=record.lane, usual=record.usual)
            self._hours.clear()

    def _remove(self, record: LaneRecord) -> None:
        if record.active:
            self._graph.remove_edge(record.from_node, record.to_node, key=record.lane)
            self._hours.clear()

    def leg(self, lane: str) -> Leg | None:
        """An active lane with its timetable."""
        found = self._legs.get(lane)
        if found is None:
            record = self._records.get(lane)
            if record is None or not record.active or self._make is None:
                return None
            found = self._legs[lane] = self._make(record)
        return found

    # How far places are

    def usual(self, start: str, end: str) -> int | None:
        """Hours of the fastest way over active lanes, as usual; None: there is no way."""
        return 0 if start == end else self._hours_to(end).get(start)

    def obstacles(self, start: str, end: str) -> tuple[bool, datetime | None]:
        """Whether a lane of the way that is usually the fastest is closed, and until when, as far as that is known."""
        found = self._shut.get((start, end))
        if found is None:
            known = start in self._hours_to(end)
            found = self._shut[start, end] = self._obstacles(start, end) if known else (False, None)
        return found

    def _obstacles(self, start: str, end: str) -> tuple[bool, datetime | None]:
        shut: list[datetime | None] = []
        for one, other in pairwise(nx.dijkstra_path(self._graph, start, end, self._weight(start))):
            lanes = [self._records[lane] for lane in self._graph[one][other]]
            record = min(lanes, key=lambda lane: (lane.usual, lane.lane))
            if record.standing is Standing.CLOSED:
                shut.append(record.until)
        known = [until for until in shut if until is not None]
        return bool(shut), max(known) if shut and len(known) == len(shut) else None

    def _hours_to(self, end: str) -> dict[str, int]:
        found = self._hours.get(end)
        if found is None:
            found = {}
            if end in self._graph:
                turned = self._graph.reverse(copy=False)
                found = dict(nx.single_source_dijkstra_path_length(turned, end, weight=self._weight(end)))
            self._hours[end] = found
        return found

    @staticmethod
    def _weight(first: str) -> Callable[[str, str, Mapping[str, Mapping[str, Any]]], int | None]:
        """The fastest of parallel lanes; none leaves a supplier or zone that isn't where the search began."""

        def weight(node: str, _next: str, lanes: Mapping[str, Mapping[str, Any]]) -> int | None:
            return None if node != first and node.startswith(ENDS) else min(lane["usual"] for lane in lanes.values())

        return weight

    # Ways

    def passages(self, start: str, end: str, ready: datetime, space: Space | None = None) -> tuple[Passage, ...]:
        """The ways that are best for some cargo and deadline, in order of arrival; minding room when there is a
        ``space``."""
        if space is not None:
            return self._search(start, end, ready, space)
        key = (start, end, ready)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._search(start, end, ready, None)
        return found

    def _search(self, start: str, end: str, ready: datetime, space: Space | None) -> tuple[Passage, ...]:
        if start == end:
            return (Passage((), ready, ready, True, ZERO, ZERO, ZERO),)
        within = self._hours_to(end)
        if start not in within:
            return ()
        settled: dict[str, list[Fares]] = {}
        found: list[Passage] = []
        heap: list[Label] = [(ready, (False, ZERO, ZERO, ZERO), 0, (), start, ready)]
        while heap:
            arrives, fares, legs, lanes, node, departs = heappop(heap)
            if _beaten(fares, settled.get(node, ())) or _beaten(fares, settled.get(end, ())):
                continue
            settled.setdefault(node, []).append(fares)
            if node == end:
                limits = () if space is not None else self._limits(lanes, ready)
                found.append(Passage(lanes, departs, arrives, not fares[0], *fares[1:], limits))
                continue
            for leg in self._legs_from(node) if node == start or not node.startswith(ENDS) else ():
                onto = leg.record.to_node
                went = leg.go(arrives, space) if onto in within else None
                if went is not None:
                    left = departs if legs else went[0]
                    heappush(
                        heap, (went[1], _plus(fares, leg), legs + 1, (*lanes, leg.record.lane), onto, left)
                    )
        return tuple(found)

    def _legs_from(self, node: str) -> tuple[Leg, ...]:
        found = self._out.get(node)
        if found is None:
            lanes = sorted(lane for _, _, lane in self._graph.out_edges(node, keys=True))
            legs = (self.leg(lane) for lane in lanes)
            found = self._out[node] = tuple(leg for leg in legs if leg is not None and not leg.shut)
        return found

    def best(
        self, start: str, end: str, ready: datetime, by: datetime | None, amount: Decimal, kg: Decimal | None,
        space: Space | None = None,
    ) -> Passage | None:
        """The cheapest way for so much that arrives by a time; else, or without a time, the fastest. None: no way."""
        found = _pick(self.passages(start, end, ready), by, amount, kg)
        if found is None or space is None or found.fits(space):
            return found
        other = _pick(self.passages(start, end, ready, space), by, amount, kg)
        return None if other is None else replace(other, full=other.arrives > found.arrives)

    def _limits(self, lanes: Sequence[str], ready: datetime) -> tuple[tuple[LaneRecord, date], ...]:
        found: list[tuple[LaneRecord, date]] = []
        for lane in lanes:
            leg = self.leg(lane)
            went = None if leg is None else leg.go(ready)
            if leg is None or went is None:
                break
            ready = went[1]
            if leg.record.capacity is not None:
                found.append((leg.record, leg.day(went[0])))
        return tuple(found)

    def along(
        self, lanes: Sequence[str], ready: datetime, space: Space | None = None, *, slow: bool = False
    ) -> tuple[datetime, datetime] | None:
        """When what is ready at a time leaves and arrives over these lanes, one after the other."""
        departs, arrives = None, ready
        for lane in lanes:
            leg = self.leg(lane)
            went = None if leg is None else leg.go(arrives, space, slow=slow)
            if went is None:
                return None
            departs, arrives = departs or went[0], went[1]
        return departs or ready, arrives

    def latest(
        self, lanes: Sequence[str], ready: datetime, by: datetime, space: Space | None = None
    ) -> tuple[datetime, datetime] | None:
        """When to leave and arrive so that it is in time even if all takes its most hours, as late as that allows (to
        a day); when it can't be, as early as possible."""
        if not lanes:
            return ready, ready
        hours = sum(self._records[lane].most for lane in lanes)
        for days in range(TRIES):
            start = by - timedelta(hours=hours) - days * _DAY
            if start <= ready:
                break
            went = self.along(lanes, start, space, slow=True)
            if went is not None and went[1] <= by:
                return self.along(lanes, start, space)
        return self.along(lanes, ready, space)


Fares = tuple[bool, Decimal, Decimal, Decimal]
Label = tuple[datetime, Fares, int, tuple[str, ...], str, datetime]
"""Arrival, fare so far, number of lanes, the lanes, where, and when it left the start: also the order of the search."""


def _plus(fares: Fares, leg: Leg) -> Fares:
    unknown, fixed, per_kg, per_unit = fares
    fare = leg.fare
    return (unknown or not fare.known, fixed + fare.fixed, per_kg + fare.per_kg, per_unit + fare.per_unit)


def _beaten(fares: Fares, others: Sequence[Fares]) -> bool:
    """Whether another that arrives no later is no dearer in any part."""
    unknown, fixed, per_kg, per_unit = fares
    return any(
        other[0] <= unknown and other[1] <= fixed and other[2] <= per_kg and other[3] <= per_unit for other in others
    )


def _pick(
    ways: Sequence[Passage], by: datetime | None, amount: Decimal, kg: Decimal | None
) -> Passage | None:
    if len(ways) < 2:
        return ways[0] if ways else None
    last = ways[0].arrives if by is None else max(by, ways[0].arrives)

    def cost(way: Passage) -> tuple[bool, Decimal]:
        each = way.each(kg)
        return (each is None, way.fixed + (each or ZERO) * amount)

    return min((way for way in ways if way.arrives <= last), key=cost)
