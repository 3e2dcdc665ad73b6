"""A ``lotone up`` that dies again and again while a story is played on it, and each time is started again.

The driver is what upstream systems are to it: it sets the time, sends events over HTTP until they are taken, and sends
all of a step again when the connection broke before the answer. It goes on only when all is quiet: after the time has
moved, and after the events.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx

from events.decision import Recorded
from infra.clock import set_clock
from infra.errors import Transient
from infra.sample.news import News
from infra.store import Store
from projections.api.hosting import settle
from tests.integration.chain_kills.fates import Died, Fate, Life, life, talk
from tests.integration.commands import BATCH, Place

PATIENCE: Final = 120.0
"""Seconds after which a step that isn't decided is a failure."""
_TRIES: Final = 200
"""Lives in one step at most."""


class Mortal:
    """The stage: a system in a child process, whatever happens to it. ``base`` is the same ledger, to wait at and to
    read from; ``clock`` is the file that is the system's clock."""

    def __init__(self, place: Place, base: Store, clock: Path, fate: Fate) -> None:
        self.fate, self.lives, self.step = fate, 0, -1
        self._place, self._base, self._clock = place, base, clock
        self._news = News(base.ledger)
        self._stack = ExitStack()
        self._life: Life | None = None
        self._http: httpx.Client | None = None

    def set_clock(self, now: datetime) -> None:
        """What falls due is decided before anything is told: else it would be a race which of them comes first."""
        set_clock(self._clock, now)
        self.step += 1
        if self._life is not None and self._life.alive:
            self._doom(self._life)
        self.settle()

    def publish(self, events: Sequence[bytes]) -> None:
        if events:
            self._through(lambda http: self._send(http, events))

    def settle(self) -> None:
        self._through(lambda _: settle(self._base, lambda _: self._look(), PATIENCE))

    def news(self) -> Sequence[Recorded]:
        """Who was to be killed in this step and is still alive is killed now, when all is quiet; so are those after."""
        while self._life is not None and self._life.doomed:
            self._life.kill()
            self._life.wait()
            self.settle()
        return self._news()

    def close(self) -> None:
        """The last life ends by itself."""
        if self._life is not None and self._life.alive:
            self._life.end()
        self._stack.close()

    def _through(self, work: Callable[[httpx.Client], None]) -> None:
        for _ in range(_TRIES):
            try:
                work(self._live())
            except (Died, httpx.TransportError):
                continue
            except Transient as error:
                said = self._life.said if self._life is not None else ""
                raise AssertionError(f"step {self.step}: {error}\n{said}") from error
            return
        raise AssertionError(f"it doesn't get through step {self.step}")

    @staticmethod
    def _send(http: httpx.Client, events: Sequence[bytes]) -> None:
        answer = http.post("/events", content=b"[" + b",".join(events) + b"]", headers=BATCH)
        assert answer.status_code == 202, answer.text

    def _live(self) -> httpx.Client:
        """A life that goes on: this one, or the next."""
        if self._life is not None and self._life.alive and self._http is not None:
            return self._http
        self._bury()
        self._life = self._stack.enter_context(life(self._place, self.fate.coming(self.step)))
        self.lives += 1
        self._doom(self._life)
        self._http = self._stack.enter_context(talk(self._life.address()))
        return self._http

    def _look(self) -> None:
        if self._life is None or not self._life.alive:
            raise Died

    def _doom(self, one: Life) -> None:
        if not one.doomed and (seconds := self.fate.doom(self.step, one.point)) is not None:
            one.doom(seconds)

    def _bury(self) -> None:
        if (gone := self._life) is not None:
            gone.bury()
            if gone.killed:
                self.fate.killed += 1
            else:
                self.fate.came()
                if gone.doom_in is not None:
                    self.fate.kills[self.step].insert(0, gone.doom_in)
            self._stack.close()
        self._stack, self._life, self._http = ExitStack(), None, None
