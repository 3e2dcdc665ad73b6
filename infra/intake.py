"""Taking events in: many publishers' events in one synced commit, and no more than can be decided.

A publisher hears ``taken`` only once the commit that holds its event has returned. Each commit costs a sync, so one
thread gathers what arrives within a few milliseconds and commits it together; the wait is shorter than the sync.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final

from infra.edge import Admitted, Refused
from infra.errors import Poison, Transient
from infra.ledger.port import Ledger, ShardId
from infra.logs import told
from infra.queue.port import INTAKE, Queue

_MOST: Final = 5_000
"""Events in one commit at most."""
_LOOK: Final = 0.25
"""Seconds between looks at how far the services have come."""


class Full(Exception):
    """Too much is taken in and not decided yet: try again in ``seconds``."""

    def __init__(self, backlog: int, limit: int, seconds: int) -> None:
        super().__init__(f"{backlog} events wait to be decided, {limit} may: try again in {seconds} s")
        self.seconds = seconds


Checked = Sequence[Admitted | Refused]
Offer = tuple[Checked, Future[None]]


class Intake:
    """The group commit. ``offer`` may be called from any thread or event loop."""

    def __init__(self, ledger: Ledger, log: Queue, *, limit: int, window: float, taken: Callable[[], None]) -> None:
        self._ledger, self._queue, self._limit, self._window, self._taken = ledger, log, limit, window, taken
        self._offers: queue.SimpleQueue[Offer | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._offered = self._backlog = 0
        self._open = True
        self.failure: str | None = None
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)

    def start(self) -> None:
        self._backlog = self._measure()
        self._thread.start()

    def stop(self) -> None:
        """Commit what was offered, then end."""
        self._close()
        self._thread.join()

    @property
    def backlog(self) -> int:
        """About how many events are taken in, or about to be, and not decided yet."""
        return self._offered + self._backlog

    def offer(self, checked: Checked) -> Future[None]:
        """Done when all of it is durable. Raises ``Full`` instead of taking what can't be worked off."""
        done: Future[None] = Future()
        with self._lock:
            if not self._open:
                raise Transient(f"the intake has stopped: {self.failure or 'this process ends'}")
            if self.backlog and self.backlog + len(checked) > self._limit:
                raise Full(self.backlog, self._limit, 1)
            self._offered += len(checked)
            self._offers.put((checked, done))
        return done

    def _close(self) -> None:
        """Nothing is offered behind this."""
        with self._lock:
            self._open = False
            self._offers.put(None)

    def _run(self) -> None:
        look = 0.0
        try:
            while True:
                gathered, ended = self._gather()
                if gathered:
                    self._commit(gathered)
                if ended:
                    return
                if time.monotonic() >= look:
                    self._backlog = self._measure()
                    look = time.monotonic() + _LOOK
        except BaseException as error:
            self.failure = told(error)
            self._close()
            while offer := self._offers.get():
                offer[1].set_exception(Transient(f"the intake has stopped: {self.failure}"))
            raise

    def _gather(self) -> tuple[list[Offer], bool]:
        """What arrives within the window after the first arrival; and whether to end."""
        gathered: list[Offer] = []
        size, until = 0, time.monotonic() + _LOOK
        while size < _MOST:
            try:
                found = self._offers.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if found is None:
                return gathered, True
            if not found[1].set_running_or_notify_cancel():  # its publisher has gone, and was promised nothing
                self._settled(found[0])
                continue
            gathered.append(found)
            size += len(found[0])
            if len(gathered) == 1:
                until = time.monotonic() + self._window
        return gathered, False

    def _commit(self, gathered: Sequence[Offer]) -> None:
        """All of it at once. What can never be stored is one publisher's own trouble, so then each is tried alone."""
        try:
            admitted = self._store([item for checked, _ in gathered for item in checked])
        except Poison as error:
            if len(gathered) > 1:
                for offer in gathered:
                    self._commit([offer])
            else:
                self._fail(gathered, error)
        except BaseException as error:
            self._fail(gathered, error)
            if not isinstance(error, Transient):
                raise
        else:
            for checked, done in gathered:
                self._settled(checked)
                done.set_result(None)
            self._backlog += admitted
            self._taken()

    def _fail(self, gathered: Sequence[Offer], error: BaseException) -> None:
        for checked, done in gathered:
            self._settled(checked)
            done.set_exception(error)

    def _settled(self, checked: Checked) -> None:
        with self._lock:
            self._offered -= len(checked)

    def _store(self, items: Checked) -> int:
        """Make it durable; how many of it are to be decided."""
        if refused := [item.rejected for item in items if isinstance(item, Refused)]:
            self._ledger.reject(refused)
        if admitted := [item.queued for item in items if isinstance(item, Admitted)]:
            self._queue.put(INTAKE, admitted)
        return len(admitted)

    def _measure(self) -> int:
        try:
            return sum(backlog_by_shard(self._queue, self._ledger).values())
        except Transient:
            return self._backlog


def backlog_by_shard(log: Queue, ledger: Ledger) -> dict[ShardId, int]:
    """How many messages of the intake each shard hasn't taken yet."""
    offsets = ledger.offsets()
    return {
        place: waiting
        for place, end in log.ends(INTAKE).items()
        if (waiting := end - offsets.get(place, {}).get(INTAKE, 0)) > 0
    }
