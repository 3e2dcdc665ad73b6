"""Faults at random on all processes of the distributed form, on its brokers and on its database, while events come.

What befalls whom, and in which order, is drawn from a seed; when exactly it comes depends on the machine. A kill makes
room for a process that is going to end, or to freeze, at a named point; so points and kills share their restarts.
"""

import heapq
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.integration.kafka.faults.fleet import API, PLANNER, POINTS_OF, RELAY, VIEWS, Fleet, Member, Trap
from tests.integration.kafka.faults.telling import Upstream
from tests.integration.kafka.faults.things import Brokers, Database
from tests.integration.kafka.faults.watching import Watch

KILL, BROKER, NAP, ZOMBIE = "kill -9 of a process", "kill -9 of a broker", "SIGSTOP and waking", "SIGSTOP in mid-COPY"
POINT, FROZEN, ENDED = "named point", "PostgreSQL frozen", "PostgreSQL ended at once"
KAFKA, MORE, FEWER = "all brokers stopped", "a worker added", "a worker told to end"
_TICK: Final = 0.1
BROKERS: Final = 0.15
"""What part of the kills is of brokers."""
_WAKE: Final = 1.0
"""Seconds after which a killed broker is started again."""
_SERVICES: Final = ("inventory", "supplier", "order", "logistics")
_AGAIN: Final = 10.0
"""Seconds that a trap waits for somebody to come by, before other members of its role make room."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    kills: int = 200
    """Of processes and of brokers."""
    brokers: int | None = None
    """How many of these are of brokers; left out: the usual part."""
    naps: int = 8
    zombies: int = 4
    outages: int = 1
    """Of each kind."""
    outage: float = 30.0
    workers: int = 4
    """Added, and told to end."""
    gap: float = 2.0
    """Seconds between two faults, on average."""
    points: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: POINTS_OF)
    most: int = 3
    """A point ends a life at the latest when it is reached for the so many-th time."""

    def faults(self, chance: Random) -> Iterator[str]:
        """All that comes, in its order."""
        brokers = self.brokers if self.brokers is not None else round(self.kills * BROKERS)
        counts = {
            KILL: self.kills - brokers, BROKER: brokers, NAP: self.naps, MORE: self.workers, FEWER: self.workers,
            FROZEN: self.outages, ENDED: self.outages, KAFKA: self.outages,
        }
        found = [kind for kind, count in counts.items() for _ in range(count)]
        yield from chance.sample(found, len(found))

    def traps(self, chance: Random) -> Iterator[Trap]:
        """Every named point of every process, and the ones at which processes freeze."""
        for role, points in self.points.items():  # each of a role's processes comes to them
            for point in points:
                most = 1 if point == "planner.claimed" or point.startswith("snapshots") else self.most
                yield Trap(role, "LOTONE_CRASH_AT", point, chance.randint(1, most))
        for n in range(self.zombies):
            yield Trap(_SERVICES[n % 3], "LOTONE_STOP_AT", "append.copy", chance.randint(1, self.most))


class Campaign:
    """Everything that happens, until all of it has. ``say`` hears now and then how it goes."""

    def __init__(
        self, fleet: Fleet, brokers: Brokers, database: Database, watch: Watch, size: Size, seed: int,
        say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._fleet, self._brokers, self._database, self._watch = fleet, brokers, database, watch
        self._size, self._chance, self._say = size, Random(seed), say
        self._services = [role for role in _SERVICES if role in fleet.crew]
        self._left = deque(size.faults(self._chance))
        self._all = len(self._left)
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._room: dict[str, float] = {}
        self.came: Counter[str] = Counter()
        self.never: list[Trap] = []
        self._began = self._said = time.monotonic()
        for trap in sorted(size.traps(self._chance), key=lambda _: self._chance.random()):
            fleet.traps[trap.role].append(trap)
        self._traps = len(fleet.waiting())

    @property
    def progress(self) -> float:
        """What part of it has come."""
        left = len(self._left) + len(self._fleet.waiting())
        return 1.0 - left / max(1, self._all + self._traps)

    def pace(self, patience: float) -> float:
        """How far it is, or should be: points are reached by events alone, so these don't wait for points."""
        return max(self.progress, (time.monotonic() - self._began) / patience)

    def run(self, upstream: Upstream, patience: float) -> None:
        """Until all has come and been made good; who publishes goes on meanwhile."""
        deadline, next_ = time.monotonic() + patience, 0.0
        while self._left or self._fleet.waiting() or self._later or self._asleep():
            now = time.monotonic()
            self._mend(now)
            if now > next_ and not self._away():
                next_ = now + self._chance.uniform(0.5, 1.5) * self._size.gap
                self._fault()
            if upstream.failure is not None:
                raise AssertionError(f"publishing has stopped: {upstream.failure}")
            if now > deadline:
                self._say("time is over")
                break
            self._tell(now, upstream)
            time.sleep(_TICK)
        self.calm()

    def _asleep(self) -> bool:
        return any(member.frozen_until is not None for member in self._fleet.members)

    def _away(self) -> bool:
        return self._brokers.stopped or self._database.away

    def _mend(self, now: float) -> None:
        """What a restart policy does, and the ends of outages."""
        while self._later and self._later[0][0] <= now:
            heapq.heappop(self._later)[2]()
        self._fleet.look()

    def calm(self) -> None:
        """Nothing more happens; all that is away comes back."""
        self.never = self._fleet.waiting()
        while self._later:
            heapq.heappop(self._later)[2]()
        for member in self._fleet.members:
            if member.frozen_until is not None:
                member.frozen_until = 0.0
        self._fleet.disarm()
        self._fleet.look()
        self._brokers.revive()

    def _tell(self, now: float, upstream: Upstream) -> None:
        if now > self._said + 10:
            self._said = now
            self._say(
                f"{now - self._began:.0f} s: {self.progress:.0%} of the faults, {len(upstream.told):,} events told, "
                f"{upstream.acknowledged:,} acknowledged, {self._watch.facts:,} facts, "
                f"{sum(self._fleet.restarts.values())} restarts, {len(self._fleet.waiting())} traps wait"
            )

    # What happens

    def _fault(self) -> None:
        """The next that can come now; where none is left, room for those who wait for a point."""
        for _ in range(len(self._left)):
            kind = self._left.popleft()
            if self._happens(kind):
                self._came(kind)
                return
            self._left.append(kind)
        self._make_room()

    def _came(self, kind: str) -> None:
        self.came[kind] += 1
        self._watch.after = kind

    def _happens(self, kind: str) -> bool:
        match kind:
            case _ if kind == KILL:
                return self._kill()
            case _ if kind == BROKER:
                return self._kill_broker()
            case _ if kind == NAP:
                return self._nap()
            case _ if kind in (FROZEN, ENDED):
                self._database.freeze() if kind == FROZEN else self._database.stop()
                self._in(self._size.outage, self._database.thaw if kind == FROZEN else self._database.start)
            case _ if kind == KAFKA:
                if not self._brokers.whole():
                    return False
                self._brokers.stop()
                self._in(self._size.outage, self._brokers.go_on)
            case _ if kind == MORE:
                self._fleet.add(self._chance.choice(self._services))
            case _:
                return self._fewer()
        return True

    def _in(self, seconds: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._later, (time.monotonic() + seconds, len(self._later) + self.came.total(), what))

    def _kill(self) -> bool:
        """Whoever makes room for a point, if somebody can; nobody who is on his way to one."""
        free = [member for member in self._fleet.alive() if member.trap is None]
        wanted = [member for member in free if self._fleet.traps[member.role]]
        if not free:
            return False
        self._fleet.kill(self._chance.choice(wanted or free))
        return True

    def _kill_broker(self) -> bool:
        if not self._brokers.whole():
            return False
        self._brokers.kill(self._chance.choice(self._brokers.cluster.nodes()).id)
        self._in(_WAKE, self._revive)
        return True

    def _revive(self) -> None:
        self._brokers.revive()

    def _nap(self) -> bool:
        roles = (*_SERVICES, PLANNER, RELAY, VIEWS)
        free = [one for one in self._fleet.alive() if one.trap is None and one.role in roles]
        if free:
            self._fleet.freeze(self._chance.choice(free))
        return bool(free)

    def _fewer(self) -> bool:
        """One of those who are more than there were."""
        crew, free = self._fleet.crew, [one for one in self._fleet.alive() if one.trap is None]
        free = [one for one in free if len(self._fleet.of(one.role)) > crew[one.role]]
        if free:
            self._fleet.remove(self._chance.choice(free))
        return bool(free)

    def _make_room(self) -> None:
        """Traps are left over. Who waits for one begins anew with it; who holds what an armed one needs is killed."""
        for trap in self._fleet.waiting():
            now = time.monotonic()
            if now < self._room.get(trap.role, 0.0):
                continue
            others: list[Member] = [one for one in self._fleet.of(trap.role) if one.trap is None]
            if others and trap.role != API:
                self._room[trap.role] = now + _AGAIN
                self._fleet.kill(self._chance.choice(others))
                self._came("kill -9 to make room")
                return
            if trap.role == API and others:
                self._fleet.kill(others[0])
                return
