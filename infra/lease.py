"""Who plans: one at a time, with others standing by.

The idea. A lease is a row that names its holder and until when. The holder renews it long before that; when it doesn't,
or when its database session is gone, whoever asks next has it. A process that dies is so succeeded at once, one that is
frozen after ``seconds``.

The naive way trusts the lease: a holder that was frozen wakes up, and its own clock says that it still plans. Here a
lease keeps nobody from writing: the shard's epoch does (``infra/ledger/writer.py``). It only settles who should claim
the shard, so that two planners don't end each other by turns.

The invariant: the row names one holder, and whoever isn't sure that it is named there (its last renewal is ``seconds``
old by its own clock, counted from before it asked) says that it doesn't hold it. One whose session was ended under it
may believe so until its next renewal; then the fence is all there is, and enough.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Final, Protocol

import psycopg
import structlog

from infra.errors import Transient
from infra.logs import told
from infra.postgres import PASSING, Connection, connect, said

_log = structlog.get_logger("lotone.lease")
_BEATS: Final = 4
"""Renewals in the time after which it would lapse."""

RENEW: Final = """
    INSERT INTO lotone.lease AS held (name, holder, holder_pid, holder_start, until)
    SELECT %(name)s, %(holder)s, pid, backend_start, clock_timestamp() + make_interval(secs => %(seconds)s)
    FROM pg_stat_activity
    WHERE pid = pg_backend_pid()
    ON CONFLICT (name) DO UPDATE
    SET holder = EXCLUDED.holder,
        holder_pid = EXCLUDED.holder_pid,
        holder_start = EXCLUDED.holder_start,
        until = EXCLUDED.until,
        term = held.term + (held.holder <> EXCLUDED.holder)::integer
    WHERE held.holder = EXCLUDED.holder
       OR held.until < clock_timestamp()
       OR NOT EXISTS (
              SELECT FROM pg_stat_activity AS session
              WHERE session.pid = held.holder_pid
                AND COALESCE(session.backend_start = held.holder_start, true)
          )
    RETURNING term
"""  # a session's start is hidden from users that may not see it: then it counts as the holder's, and time decides


class Lease(Protocol):
    """The right to plan, for a time."""

    @property
    def held(self) -> bool:
        """Whether it is ours for sure."""
        ...

    @property
    def failure(self) -> str | None:
        """Why it isn't renewed any more, and never will be."""
        ...

    def renew(self) -> bool:
        """Ask for it, or for more time; whether it is ours now."""
        ...

    def note(self, due: datetime | None) -> None:
        """Tell others when something falls due next, while it is ours."""
        ...

    def release(self) -> None:
        """Let the next one have it at once."""
        ...

    def kept(self, changed: Callable[[], None]) -> AbstractContextManager[None]:
        """Ask for it, and renew it, until the block ends; then let go of it. ``changed`` hears when it came or went."""
        ...


class PostgresLease:
    """In the ledger's own database, through a session of its own: it ends when the process does."""

    def __init__(
        self, dsn: str, holder: str, seconds: float, *, name: str = "planner",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._dsn, self._holder, self._seconds, self._name = dsn, holder, seconds, name
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._session: Connection | None = None
        self._until = float("-inf")
        self.term = 0
        self.failure: str | None = None

    @property
    def held(self) -> bool:
        return self._monotonic() < self._until

    def renew(self) -> bool:
        asked = self._monotonic()
        values = {"name": self._name, "holder": self._holder, "seconds": self._seconds}
        row = self._say(RENEW, values).fetchone()
        if row is None:
            self._until = float("-inf")
            return False
        if not self.held:
            _log.info("lease taken", name=self._name, holder=self._holder, term=row[0])
        self.term, self._until = row[0], asked + self._seconds
        return True

    def note(self, due: datetime | None) -> None:
        if self._session is None or self._session.closed:
            self.renew()
        self._say("UPDATE lotone.lease SET due = %s WHERE name = %s AND holder = %s", [due, self._name, self._holder])

    def release(self) -> None:
        held, self._until = self.held, float("-inf")
        try:
            if held:
                sql = "UPDATE lotone.lease SET until = clock_timestamp() WHERE name = %s AND holder = %s"
                self._say(sql, [self._name, self._holder])
        except Transient:
            pass  # it will lapse
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    @contextmanager
    def kept(self, changed: Callable[[], None]) -> Iterator[None]:
        ended = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(ended, changed), name="lease", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            ended.set()
            keeper.join()
            self.release()

    def _keep(self, ended: threading.Event, changed: Callable[[], None]) -> None:
        try:
            self._renewing(ended, changed)
        except BaseException as error:
            self.failure, self._until = told(error), float("-inf")
            _log.error("stopped", why=self.failure)
            changed()
            raise

    def _renewing(self, ended: threading.Event, changed: Callable[[], None]) -> None:
        was = False
        while True:
            try:
                self.renew()
            except Transient as error:
                _log.warning("lease not renewed", why=str(error))
            if self.held != was:
                was = not was
                changed()
            if ended.wait(self._seconds / _BEATS):
                return

    def _say(self, statement: str, values: Any) -> psycopg.Cursor[tuple[Any, ...]]:
        with self._lock:
            try:
                if self._session is None or self._session.closed:
                    self._session = connect(self._dsn)
                return self._session.execute(statement.encode(), values)
            except PASSING as error:
                if self._session is not None:
                    self._session.close()
                raise Transient(f"PostgreSQL failed while the lease was asked for: {said(error)}") from error


class AlwaysHeld:
    """Where nobody else can plan: a planner in memory."""

    held = True
    failure: str | None = None

    def __init__(self) -> None:
        self.due: datetime | None = None

    def renew(self) -> bool:
        return True

    def note(self, due: datetime | None) -> None:
        self.due = due

    def release(self) -> None:
        return

    @contextmanager
    def kept(self, changed: Callable[[], None]) -> Iterator[None]:
        changed()
        yield
