"""All shards that a process owns, decided in turn and appended together: one synced commit for all of them.

A thread of its own runs ``run`` until it's told to stop. What goes wrong is answered by its class: ``Conflict`` and
``Transient`` claim everything again (a commit of unknown outcome leaves nothing remembered), ``Fenced`` and anything
unforeseen stop the engine, with the reason in ``failure`` for readiness to tell.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from infra.errors import Conflict, Transient
from infra.handing import Handing
from infra.ledger.port import Batch, Ledger, Taken
from infra.logs import told
from infra.noting import note
from infra.queue.port import COMMANDS, INTAKE, Queue
from infra.reference import ReferenceReader
from infra.runtime import Key, Worker

_log = structlog.get_logger("lotone.engine")
_PATIENCE: Final = 0.05
"""Seconds between looks when nothing wakes us: news from another process is found this late at worst."""
_LONGEST: Final = 5.0
"""The longest back-off, in seconds."""
_PLENTY: Final = 200
_GATHER: Final = 0.008
"""Seconds in which company gathers for a step, when the last one had less than plenty."""


@dataclass(slots=True)
class Stop:
    """How threads are told to end, and how they tell each other that there is something to do. ``seen`` is when the
    one that is told last took a step, by the monotonic clock."""

    ending: threading.Event = field(default_factory=threading.Event)
    news: threading.Event = field(default_factory=threading.Event)
    seen: float = field(default_factory=time.monotonic)

    def end(self) -> None:
        """From another thread: no further step, and no waiting for news."""
        self.ending.set()
        self.news.set()

    def wait(self, seconds: float) -> None:
        """Until there is news, or so long."""
        self.news.wait(seconds)
        self.news.clear()

    def pace(self, done: int, patience: float) -> None:
        """After a step that did so much: go on at once when there was plenty, gather a little when there was little
        (each step costs some milliseconds, however small), and wait for news when there was nothing."""
        self.seen = time.monotonic()
        if not done:
            self.wait(patience)
        elif done < _PLENTY:
            self.ending.wait(_GATHER)


class Engine:
    """The owner of many shards. After each commit, ``followers`` are woken and facts handed on to ``handed``."""

    def __init__(self, workers: Sequence[Worker], ledger: Ledger, queue: Queue, catalogue: ReferenceReader) -> None:
        self.workers, self._ledger, self._queue, self._catalogue = tuple(workers), ledger, queue, catalogue
        self.handed: list[Handing] = []
        self.stop = Stop()
        self.followers: list[threading.Event] = []
        self.failure: str | None = None
        self.owned = False

    @property
    def waits(self) -> int:
        """How many messages are parked with us."""
        return sum(worker.waits for worker in self.workers)

    def handing(self) -> Handing:
        """For one more reader in this process: what is decided from now on."""
        made = Handing()
        self.handed.append(made)
        return made

    def claim(self) -> None:
        """Become the owner of every shard."""
        for worker in self.workers:
            worker.claim()

    def step(self) -> int:
        """Decide and append one batch of each shard; how many messages and retries were taken."""
        known = self._catalogue.advance()
        if known:
            for worker in self.workers:
                worker.released(known)
        ends = {kind: self._queue.ends(kind) for kind in (COMMANDS, INTAKE)}
        beside: dict[Key, Taken] = {}
        busy: list[Worker] = []
        batches: list[Batch] = []
        for worker in self.workers:
            place = (worker.domain, worker.shard)
            batch = worker.prepare({kind: found.get(place, 0) for kind, found in ends.items()}, beside)
            if batch is not None:
                busy.append(worker)
                batches.append(batch)
                beside.update(((taken.source, taken.id), taken) for taken in batch.taken)
        if not batches:
            return 0
        began = time.perf_counter()
        self._append(batches)
        note(batches, time.perf_counter() - began)
        for worker in busy:
            facts = worker.committed()
            for handing in self.handed:
                handing.hand(facts)
        for follower in self.followers:
            follower.set()
        return sum(max(1, len(batch.taken)) for batch in batches)

    def _append(self, batches: Sequence[Batch]) -> None:
        self._ledger.append(batches)

    def drain(self) -> int:
        """Until there is nothing left to take; how much was taken."""
        total = 0
        while taken := self.step():
            total += taken
        return total

    def run(self) -> None:
        """Until told to stop. What is ``owned`` already isn't claimed first."""
        pause, owned = 0.0, self.owned
        try:
            while not self.stop.ending.is_set():
                try:
                    if not owned:
                        self.claim()
                        owned = True
                    self.stop.pace(self.step(), _PATIENCE)
                    pause = 0.0
                except (Conflict, Transient) as error:
                    owned = False
                    pause = min(_LONGEST, pause * 2 or 0.05)
                    _log.warning("claiming again", why=str(error), seconds=pause)
                    self.stop.ending.wait(pause)
        except BaseException as error:
            self.failure = told(error)
            _log.error("stopped", why=self.failure)
            raise
