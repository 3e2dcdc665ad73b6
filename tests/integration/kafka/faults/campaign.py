"""Faults at random on all processes of the distributed form, on its brokers and on its database, while events come.

Events come in bursts, and faults in the middle of bursts: so all that befalls anybody does so while much is told,
however long it takes to recover from it. When all bursts are over and some faults or points are not, more bursts come.

What befalls whom, and in which order, is drawn from a seed; when exactly it comes depends on the machine. Most kills
make room for a process that is going to end, or to freeze, at a named point; so points and kills share their restarts.
"""

import heapq
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.integration.kafka.faults.fleet import PLANNER, POINTS_OF, RELAY, VIEWS, Fleet, Member, Trap
from tests.integration.kafka.faults.telling import Upstream
from tests.integration.kafka.faults.things import Brokers, Database
from tests.integration.kafka.faults.watching import Watch

KILL, BROKER, NAP, ZOMBIE = "kill -9 of a process", "kill -9 of a broker", "SIGSTOP and waking", "SIGSTOP in mid-COPY"
POINT, FROZEN, ENDED = "named point", "PostgreSQL frozen", "PostgreSQL ended at once"
KAFKA, MORE, FEWER = "all brokers stopped", "a worker added", "a worker told to end"
ROOM: Final = "kill -9 to make room"
_TICK: Final = 0.05
BROKERS: Final = 0.15
"""What part of the kills is of brokers."""
_WAKE: Final = 1.0
"""Seconds after which a killed broker is started again."""
_SERVICES: Final = ("inventory", "supplier", "order", "logistics")
_AGAIN: Final = 15.0
"""Seconds that a trap waits for somebody to come by, before other members of its role make room."""
_TOGETHER: Final = 4
"""Faults in one burst at most."""
_LESSER: Final = 4
"""A burst after all are told only keeps everybody at work until the last point is come to: so much smaller it is."""
_AIMED: Final = 0.75
"""What part of the kills makes room, where somebody can."""


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
    burst: int = 500
    """Events of a burst; they are told at the rate that is asked for."""
    gap: float = 10.0
    """Seconds from one burst's beginning to the next's, on average."""
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
        self.left = deque(size.faults(self._chance))
        self._all = len(self.left)
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._room: dict[str, float] = {}
        self._falls: deque[int] = deque()
        """How much is told when the next fault of this burst comes."""
        self.came: Counter[str] = Counter()
        self.never: list[Trap] = []
        self.bursts = self.amid = 0
        """How many bursts there were, and how many faults came while the rest of one was still to be told."""
        self._began = self._said = time.monotonic()
        for trap in sorted(size.traps(self._chance), key=lambda _: self._chance.random()):
            fleet.traps[trap.role].append(trap)
        self._traps = len(fleet.waiting())

    @property
    def progress(self) -> float:
        """What part of it has come."""
        left = len(self.left) + len(self._fleet.waiting())
        return 1.0 - left / max(1, self._all + self._traps)

    def run(self, upstream: Upstream, count: int, patience: float) -> None:
        """Until all has come and been made good, and ``count`` events are told; or until ``patience`` is over."""
        self._began = time.monotonic()
        deadline, next_ = self._began + patience, 0.0
        while upstream.allowed < count or self.left or self._fleet.waiting() or self._later or self._asleep():
            now = time.monotonic()
            self._mend(now)
            if now > next_:
                next_ = now + self._chance.uniform(0.5, 1.5) * self._size.gap
                self._burst(upstream, count)
            if self._falls and len(upstream.told) >= self._falls[0]:
                self._falls.popleft()
                if not self._away():
                    self._fault(upstream)
            if upstream.failure is not None:
                raise AssertionError(f"publishing has stopped: {upstream.failure}")
            if now > deadline:
                self._say("time is over: nothing more befalls anybody")
                break
            self._tell(now, upstream)
            time.sleep(_TICK)
        self.calm()

    def _burst(self, upstream: Upstream, count: int) -> None:
        """More is told, and so many faults come in the middle of it that all have come when all is told."""
        begun = upstream.allowed
        size = self._size.burst if begun < count else max(1, self._size.burst // _LESSER)
        each = min(_TOGETHER, len(self.left) / max(1, (count - begun) // size))
        faults = int(each) + (self._chance.random() < each % 1) if self.left else _TOGETHER
        self._falls = deque(begun + size * n // (faults + 1) for n in range(1, faults + 1))
        self.bursts += 1
        self._watch.telling()
        upstream.allowed = begun + size

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
                f"{now - self._began:.0f} s of faults: {self.progress:.0%} of them, {sum(self.came.values())} came and "
                f"{self._fleet.sprung.total()} points, {len(self.left)} and {len(self._fleet.waiting())} to come; "
                f"{self.bursts} bursts, {len(upstream.told):,} events told, {upstream.acknowledged:,} acknowledged, "
                f"{self._watch.facts:,} facts, {sum(self._fleet.restarts.values())} restarts"
            )

    # What happens

    def _fault(self, upstream: Upstream) -> None:
        """The next that can come now; where none is left, room for those who wait for a point."""
        for _ in range(len(self.left)):
            kind = self.left.popleft()
            if self._happens(kind):
                self._came(kind)
                self.amid += len(upstream.told) < upstream.allowed
                return
            self.left.append(kind)
        if not self.left and (wanted := self._wanted()):
            member = self._chance.choice(wanted)
            self._fleet.kill(member)
            self._room[member.role] = time.monotonic()
            self._came(ROOM)
            self.amid += len(upstream.told) < upstream.allowed

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
        """Often who makes room for a point, if somebody can; nobody who is on his way to one."""
        free = [member for member in self._fleet.alive() if member.trap is None]
        wanted = self._wanted() if self._chance.random() < _AIMED else []
        if not free:
            return False
        member = self._chance.choice(wanted or free)
        self._fleet.kill(member)
        self._room[member.role] = time.monotonic()
        return True

    def _wanted(self) -> list[Member]:
        """Who should begin anew: his role has points, and nobody goes to one; or somebody does, and has waited long for
        what others of the role hold."""
        now, found = time.monotonic(), list[Member]()
        for role in self._fleet.crew:
            members = self._fleet.of(role)
            armed = next((one for one in members if one.trap is not None), None)
            since = armed.began if armed else 0.0
            if now < max(since, self._room.get(role, 0.0)) + _AGAIN or not (armed or self._fleet.traps[role]):
                continue
            found += [one for one in self._fleet.alive() if one.role == role and one.trap is None]
        return found

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
