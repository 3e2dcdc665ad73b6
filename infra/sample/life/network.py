"""The lanes of the simulated world: which there are, which are closed, how long they take this time."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from events.logistics.facts import LaneClosed, LaneDefined, LaneFact, LaneReopened, LaneSlowed
from infra.sample.life.chance import Chance


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane as it is today; hours of transit."""

    id: str
    from_node: str
    to_node: str
    mode: str
    least: int
    usual: int
    most: int
    closed: bool = False
    extra: int = 0


class Network:
    """All lanes. Where carriers are ``eager`` they mostly need the least time, and tell more to be safe."""

    def __init__(self, chance: Chance, eager: bool = False) -> None:
        self.chance, self.eager = chance, eager
        self.lanes: dict[str, Lane] = {}

    def learn(self, fact: LaneFact) -> None:
        """What was recorded of a lane."""
        if isinstance(fact, LaneDefined):
            hours = fact.transit
            self.lanes[fact.lane] = Lane(
                fact.lane, fact.from_node, fact.to_node, fact.mode.value, hours.least, hours.usual, hours.most,
                closed=not fact.active,
            )
        elif found := self.lanes.get(fact.lane):
            match fact:
                case LaneClosed():
                    self.lanes[fact.lane] = replace(found, closed=True)
                case LaneSlowed():
                    self.lanes[fact.lane] = replace(found, extra=fact.extra_hours)
                case LaneReopened():
                    self.lanes[fact.lane] = replace(found, closed=False, extra=0)
                case _:
                    pass

    def between(self, origin: str, target: str) -> list[Lane]:
        """The open lanes from one node to another, in order of their ids."""
        return [
            lane for _, lane in sorted(self.lanes.items())
            if (lane.from_node, lane.to_node) == (origin, target) and not lane.closed
        ]

    def closed(self, lanes: tuple[str, ...]) -> str | None:
        """The first of these that is closed."""
        return next((id for id in lanes if id in self.lanes and self.lanes[id].closed), None)

    def takes(self, lanes: tuple[str, ...], *about: object) -> timedelta:
        """How long goods are on their way this time: mostly as usual, at times sooner, at times much later."""
        return timedelta(hours=sum(self._hours(self.lanes[id], *about) for id in lanes if id in self.lanes))

    def _hours(self, lane: Lane, *about: object) -> int:
        if self.chance.happens(0.08, "sooner", lane.id, *about):
            return self.chance.between(lane.least, lane.usual, "hours", lane.id, *about)
        if self.chance.happens(0.12, "later", lane.id, *about):
            return self.chance.between(lane.usual, lane.most, "hours", lane.id, *about) + lane.extra
        return (lane.least if self.eager else lane.usual) + lane.extra

    def usual(self, lanes: tuple[str, ...]) -> timedelta:
        """How long they usually take."""
        return timedelta(hours=sum(self.lanes[id].usual + self.lanes[id].extra for id in lanes if id in self.lanes))


def on(day: datetime, hour: int) -> datetime:
    """That day at a full hour, in the time zone it is told in."""
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)
