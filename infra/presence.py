"""Which processes of ours run: each says so itself, in the ledger's own database, and what troubles it.

The naive health check asks whether a process answers. One whose deciding thread has died answers well; one that was
killed and never started again isn't asked at all. Here every process says what it is in charge of and which of its
parts have stopped or fallen silent, and whoever asks looks for the work: each shard, view and topic must be in the
charge of somebody who was heard of lately and has no troubles (``projections/api/readiness.py``).

Processes that share things between them (views) are dealt them here too, one beat after the other under a lock: what
one is given no other has, and what a process that is gone had goes to the others at the next beat.

The invariant: of two rows that count, no two hold the same shared thing. A process that was frozen finds its row gone
and holds nothing; until it has looked, the epoch of each view keeps it from writing.
"""

import os
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from socket import gethostname
from typing import Any, Final, Protocol
from uuid import uuid4

import structlog

from infra.dealing import dealt
from infra.errors import Transient
from infra.logs import told as worded
from infra.postgres import PASSING, Connection, connect, said

_log = structlog.get_logger("lotone.presence")
_BEATS: Final = 4
"""Beats in the time after which a process would count as gone."""
_LOCK: Final = 0x4C4F544F4E50
SILENT: Final = 120.0
"""Seconds without a step, after which a part of a process counts as stuck."""

_ALIVE: Final = """
    until > clock_timestamp() AND EXISTS (
        SELECT FROM pg_stat_activity AS session
        WHERE session.pid = session_pid AND COALESCE(session.backend_start = session_start, true)
    )
"""
_BEAT: Final = """
    INSERT INTO lotone.process (id, role, host, pid, until, session_pid, session_start, wants, holds, troubles)
    SELECT %(id)s, %(role)s, %(host)s, %(process)s, clock_timestamp() + make_interval(secs => %(seconds)s),
           pid, backend_start, %(wants)s, %(holds)s, %(troubles)s
    FROM pg_stat_activity
    WHERE pid = pg_backend_pid()
    ON CONFLICT (id) DO UPDATE
    SET until = EXCLUDED.until, session_pid = EXCLUDED.session_pid, session_start = EXCLUDED.session_start,
        holds = EXCLUDED.holds, troubles = EXCLUDED.troubles
"""


@dataclass(frozen=True, slots=True)
class Present:
    """A process that was heard of lately."""

    id: str
    role: str
    host: str
    pid: int
    wants: Sequence[str]
    holds: Sequence[str]
    troubles: Sequence[str]


@dataclass(frozen=True, slots=True)
class Said:
    """What a process says of itself: what it is in charge of, and what troubles it."""

    holds: Sequence[str] = ()
    troubles: Sequence[str] = ()


class Paced(Protocol):
    """When something last took a step."""

    seen: float


class Part(Protocol):
    """Something with a loop of its own."""

    @property
    def stop(self) -> Paced: ...

    failure: str | None


def troubles(parts: Iterable[tuple[str, Part]]) -> list[str]:
    """Which parts have stopped, or taken no step for long."""
    found = []
    for name, part in parts:
        silent = time.monotonic() - part.stop.seen
        if part.failure is not None:
            found.append(f"{name}: {part.failure}")
        elif silent > SILENT:
            found.append(f"{name}: no step for {silent:.0f} s")
    return found


def present(connection: Connection, role: str | None = None) -> Sequence[Present]:
    """All processes that were heard of lately, or those of a role."""
    rows = connection.execute(
        f"""
        SELECT id, role, host, pid, wants, holds, troubles FROM lotone.process
        WHERE {_ALIVE} AND COALESCE(role = %s, true) ORDER BY role, id
        """.encode(),
        [role],
    ).fetchall()
    return [Present(*row) for row in rows]


class Heart:
    """Says every now and then that this process runs. After ``seconds`` without a word it counts as gone."""

    def __init__(self, dsn: str, role: str, tell: Callable[[], Said], seconds: float) -> None:
        self._dsn, self._role, self._tell, self._seconds = dsn, role, tell, seconds
        self._id = f"{role} {gethostname()} {os.getpid()} {uuid4()}"
        self._session: Connection | None = None
        self._failure: str | None = None

    def troubles(self) -> list[str]:
        """Why it beats no more, when it doesn't and should."""
        return [] if self._failure is None else [f"heart: {self._failure}"]

    def beat(self) -> None:
        """Once; ``Transient`` while the database can't be reached."""
        try:
            if self._session is None or self._session.closed:
                self._session = connect(self._dsn)
            with self._session.transaction():
                self._session.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
                self._session.execute(
                    f"DELETE FROM lotone.process WHERE role = %s AND id <> %s AND NOT ({_ALIVE})".encode(),
                    [self._role, self._id],
                )
                self._speak(self._session)
        except PASSING as error:
            if self._session is not None:
                self._session.close()
            raise Transient(f"PostgreSQL failed while it was told that we run: {said(error)}") from error

    def _speak(self, connection: Connection) -> None:
        said = self._tell()
        self._write(connection, (), said.holds, said.troubles)

    def _write(
        self, connection: Connection, wants: Collection[str], holds: Collection[str], troubles: Collection[str]
    ) -> None:
        told: dict[str, Any] = {
            "id": self._id, "role": self._role, "host": gethostname(), "process": os.getpid(),
            "seconds": self._seconds, "wants": sorted(wants), "holds": sorted(holds),
            "troubles": [one.replace("\0", "\ufffd")[:2000] for one in troubles],
        }  # fmt: skip
        connection.execute(_BEAT.encode(), told)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Until the block ends; then say that we are gone."""
        ended = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(ended,), name="heart", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            ended.set()
            keeper.join()
            self._leave()

    def _keep(self, ended: threading.Event) -> None:
        try:
            self._beats(ended)
        except BaseException as error:
            self._failure = worded(error)
            _log.error("stopped", why=self._failure)
            raise

    def _beats(self, ended: threading.Event) -> None:
        while True:
            try:
                self.beat()
            except Transient as error:
                _log.warning("not heard", why=str(error))
            if ended.wait(self._seconds / _BEATS):
                return

    def _leave(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with closing(session), suppress(*PASSING):  # else it will count as gone soon
                session.execute("DELETE FROM lotone.process WHERE id = %s", [self._id])


class Sharer(Protocol):
    """Who is in charge of some of the things that are shared."""

    def hold(self, names: Collection[str]) -> None:
        """From now on these are its charge, and no others."""
        ...

    def owned(self) -> Collection[str]:
        """What it has in hand; what isn't its charge any more among it, until it has let go."""
        ...

    def lost(self) -> Collection[str]:
        """What somebody else has taken from it since this was last asked."""
        ...


class SharingHeart(Heart):
    """The heart of a process that shares things with others of its role."""

    def __init__(
        self, dsn: str, role: str, tell: Callable[[], Said], seconds: float, wants: Sequence[str], sharer: Sharer
    ) -> None:
        super().__init__(dsn, role, tell, seconds)
        self._wants, self._sharer = wants, sharer

    def _speak(self, connection: Connection) -> None:
        others = [one for one in present(connection, self._role) if one.id != self._id]
        mine = self._given(connection) - set(self._sharer.lost())
        wants = {one.id: one.wants for one in others} | {self._id: self._wants}
        holds = {one.id: one.holds for one in others} | {self._id: sorted(mine)}
        share = set(dealt(wants, holds)[self._id])
        taken = {name for one in others for name in one.holds}
        leaving = (mine - share) & set(self._sharer.owned())
        charge = share - taken
        self._write(connection, self._wants, charge | leaving, self._tell().troubles)
        self._sharer.hold(charge)

    def _given(self, connection: Connection) -> set[str]:
        """What we were given before; nothing when the others took us for gone meanwhile."""
        row = connection.execute("SELECT holds FROM lotone.process WHERE id = %s", [self._id]).fetchone()
        return set(row[0]) if row else set()
