"""How the ledger grows meanwhile, and for how long it doesn't."""

import threading
import time
from contextlib import suppress
from typing import Any, Final

import psycopg

_EACH: Final = 0.25
_LONG: Final = 1.0
"""Seconds without a new fact that are counted as a stop."""


class Watch:
    """Looks at the heads in a thread of its own. ``after`` is told of the last fault, and ``stops`` are the longest
    seconds without a new fact that came after each kind: from the last fact on, or from what was told next."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self.facts = 0
        self.stops: dict[str, float] = {}
        self.after = "nothing"
        self._grown = self._told = time.monotonic()
        self.watched = threading.Event()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def telling(self) -> None:
        """Something is told from now on. It doesn't count as waiting that nothing was before."""
        if self._told < self._grown:
            self._told = time.monotonic()

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._end.set()
        self._thread.join(60)

    def _run(self) -> None:
        while not self._end.is_set():
            with suppress(psycopg.Error), psycopg.connect(self._dsn, autocommit=True, connect_timeout=3) as connection:
                while not self._end.wait(_EACH):
                    self._look(connection)
            self._end.wait(_EACH)

    def _look(self, connection: psycopg.Connection[Any]) -> None:
        found = connection.execute("SELECT sum(head) FROM lotone.shard").fetchone()
        now, facts = time.monotonic(), int(found[0] or 0) if found else 0
        if facts == self.facts:
            return
        if self.watched.is_set() and (gap := now - max(self._grown, self._told)) > _LONG:
            self.stops[self.after] = max(gap, self.stops.get(self.after, 0.0))
        self.facts, self._grown = facts, now
