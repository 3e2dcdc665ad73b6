"""What is going to end the lives of a system, and one such life."""

import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import httpx

from tests.integration.commands import READY, Place, Running
from tests.integration.processes import until

SPAN: Final = 0.6
"""Seconds within which most of a step of the sample factory is done: kills fall into these."""


class Died(Exception):
    """The system isn't there any more."""


@dataclass
class Fate:
    """Named points at which lives end, one after the other (``append.in:3`` is the third time it is reached), and kills
    by step of the story: each comes so many seconds after the step, or the life that follows the last kill, began.
    ``since`` are the steps before which the points don't end a life, and the second of the step in which who lives then
    is killed to make room for a life that ends at the point; where it is left out they do from the first on.
    ``crashed`` and ``killed`` count what has come."""

    points: list[str] = field(default_factory=list)
    since: list[tuple[int, float]] = field(default_factory=list)
    kills: dict[int, list[float]] = field(default_factory=dict)
    crashed: Counter[str] = field(default_factory=Counter)
    killed: int = 0

    @classmethod
    def at_random(
        cls, seed: int, kills: int, steps: int, points: Sequence[str] = (), span: float = SPAN
    ) -> "Fate":
        """So many kills at random moments of so many steps, each in the first seconds of its step."""
        chance, fate = Random(seed), cls(list(points))
        for _ in range(kills):
            fate.kills.setdefault(chance.randrange(steps), []).append(chance.uniform(0, span))
        return fate

    @classmethod
    def spread(cls, seed: int, steps: int, points: Sequence[str], span: float = SPAN) -> "Fate":
        """Each of these points from another step on. The last fifth of the steps is left out: little happens in it, so
        that a point might not be reached any more."""
        chance = Random(seed)
        since = sorted((chance.randrange(steps * 4 // 5), chance.uniform(0, span)) for _ in points)
        return cls(chance.sample(points, len(points)), since)

    def coming(self, step: int) -> str | None:
        """The point at which a life that begins in this step is to end."""
        return self.points[0] if self.points and (not self.since or self.since[0][0] <= step) else None

    def doom(self, step: int, point: str | None) -> float | None:
        """In how many seconds a life of this step is killed, which is to end at a point, or at none."""
        if coming := self.kills.get(step):
            return coming.pop(0)
        return self.since[0][1] if self.since and point is None and self.coming(step) else None

    def came(self) -> None:
        """A life has ended at the point."""
        self.crashed[self.points.pop(0)] += 1
        del self.since[:1]

    @property
    def left(self) -> int:
        """Deaths that have not come yet."""
        return len(self.points) + sum(map(len, self.kills.values()))


class Life:
    """A ``lotone up``. It may be doomed to die at a named point, and it may be killed."""

    def __init__(self, running: Running, point: str | None) -> None:
        self._running, self.point = running, point
        self._asking = threading.Lock()
        """How it ended can be read once: of two threads that ask at the same time, one would hear that it ended by
        itself."""
        self.killed = False
        self.doom_in: float | None = None
        self._kill: threading.Timer | None = None

    @property
    def alive(self) -> bool:
        """Whether it goes on."""
        with self._asking:
            return self._running.life.is_alive()

    @property
    def doomed(self) -> bool:
        """Whether it is going to be killed, or was."""
        return self.doom_in is not None

    @property
    def said(self) -> str:
        """What it wrote."""
        return self._running.out + self._running.err

    def address(self) -> str:
        """Where it listens, once it does; ``Died`` when it never will."""
        until(lambda: READY.search(self._running.out) or not self.alive)
        found = READY.search(self._running.out)
        if found is None:
            raise Died
        return found.group(1)

    def doom(self, seconds: float) -> None:
        """Kill it then."""
        self.doom_in = seconds
        self._kill = threading.Timer(seconds, self.kill)
        self._kill.daemon = True
        self._kill.start()

    def kill(self) -> None:
        """Kill it now, if nothing else has."""
        if not self.killed and self.alive:
            self.killed = True
            self._running.life.kill()

    def wait(self) -> None:
        """Until it is gone."""
        until(lambda: not self.alive)

    def bury(self) -> None:
        """It died of what it was to die of."""
        if self._kill is not None:
            self._kill.cancel()
        self.wait()
        code = self._running.life.exitcode
        assert code == -signal.SIGKILL, f"it ended by itself, {code}: {self.said}"

    def end(self) -> None:
        """Told to end, it ends clean."""
        self._running.send(signal.SIGTERM)
        done = self._running.ended()
        assert done.code == 0, done.out + done.err


@contextmanager
def life(place: Place, point: str | None) -> Iterator[Life]:
    """One life, which ends at the latest with the block."""
    trap: dict[str, Any] = {} if point is None else {"LOTONE_CRASH_AT": point}
    with place.running("up", "--port", 0, **trap) as running:
        yield Life(running, point)


@contextmanager
def talk(address: str) -> Iterator[httpx.Client]:
    """HTTP to it."""
    with httpx.Client(base_url=address, timeout=60) as http:
        yield http
