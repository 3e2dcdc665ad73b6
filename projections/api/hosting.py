"""Who runs the services: one process at a time, and the others can tell.

``lotone up`` holds a session lock in the ledger's database while it runs. A command that publishes looks at it: when
somebody runs the services, it just publishes and waits; when nobody does, it runs them itself until all is decided.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import psycopg

from infra.errors import Misfit, Transient
from infra.planner import READER
from infra.planning import Planning
from infra.postgres import guarded
from infra.presence import present
from infra.queue.port import COMMANDS, INTAKE
from infra.settings import Settings
from infra.store import Store, store
from projections.api.system import System, running

_LOCK: Final = 0x4C4F544F4E55
_LOOK: Final = 0.05
_REST: Final = 0.5
"""Seconds after which another process has tried again what it parked."""
_BEAT: Final = 0.25
"""Seconds between looks at whether the lock is still ours."""
_DESERTED: Final = 5.0
"""Seconds in which nobody runs the services, after which whoever waits for another process gives up."""


def hosted(base: Store) -> bool:
    """Whether some process runs the services of this ledger: all of them, or in the distributed form any."""
    if _apart(base):
        return True
    with psycopg.connect(base.dsn, autocommit=True) as connection:
        found = connection.execute("SELECT pg_try_advisory_lock_shared(%s)", (_LOCK,)).fetchone()
        return found is not None and not found[0]


def _apart(base: Store) -> bool:
    """Whether processes of the distributed form run."""
    if base.settings.kafka_bootstrap is None:
        return False
    with guarded("asking who runs"), base.connections.connection() as connection:
        return any(one.role not in ("api", "relay") for one in present(connection))


@contextmanager
def alone(dsn: str) -> Iterator[None]:
    """Hold the lock that says: the services run here. When its session is lost, the lock is taken again in another,
    lest the next command that publishes find nobody here and fence us off."""
    ended = threading.Event()
    session = _session(dsn)
    deadline = time.monotonic() + 5
    while not _held(session):
        if time.monotonic() > deadline:
            session.close()
            raise Misfit("another lotone already runs the services of this ledger: use that one, or stop it first")
        time.sleep(_LOOK)
    keeper = threading.Thread(target=_keep, args=(dsn, session, ended), name="lock", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


def _keep(dsn: str, session: psycopg.Connection[Any], ended: threading.Event) -> None:
    held = True
    while not ended.wait(_BEAT):
        try:
            if session.closed:
                session, held = _session(dsn), False
            if held:
                session.execute("SELECT")
            else:
                held = _held(session)
        except psycopg.Error:
            session.close()
    session.close()


def _session(dsn: str) -> psycopg.Connection[Any]:
    return psycopg.connect(dsn, autocommit=True, application_name="lotone up", connect_timeout=10)


def _held(connection: psycopg.Connection[Any]) -> bool:
    found = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
    return found is not None and bool(found[0])


@contextmanager
def host(settings: Settings, plan: Planning | None = None) -> Iterator[System]:
    """Run everything here, as the only one. ``plan`` is another planner than this release's own."""
    with store(settings) as base, alone(base.dsn):
        if _apart(base):
            raise Misfit(
                "this ledger's services run in processes of their own (lotone health names them): serve the API beside "
                "them with lotone api, or stop them all and start again"
            )
        with running(base, plan=plan) as system:
            yield system


@contextmanager
def served(settings: Settings) -> Iterator[Store | System]:
    """A ledger whose services run: somewhere else, or else here until the block ends."""
    with store(settings) as base:
        if hosted(base):
            yield base
        else:
            with alone(base.dsn), running(base) as system:
                yield system


def waiting(base: Store | System) -> int:
    """How much is not decided, followed up, folded and planned yet: messages, and facts for each reader behind."""
    offsets = base.ledger.offsets()
    messages = sum(
        end - offsets.get(place, {}).get(kind, 0)
        for kind in (INTAKE, COMMANDS)
        for place, end in base.queue.ends(kind).items()
    )
    with base.connections.connection() as connection:
        return messages + _behind(connection) + _unplanned(connection)


def _behind(connection: psycopg.Connection[Any]) -> int:
    found = connection.execute(
        """
        SELECT coalesce((SELECT sum(shard.head - coalesce(cursor.position, 0))
                         FROM lotone.shard
                         LEFT JOIN lotone.reader_cursor AS cursor
                                ON cursor.reader = 'reactions/' || shard.domain
                               AND cursor.domain = shard.domain AND cursor.shard = shard.shard), 0)
             + coalesce((SELECT sum(shard.head - cursor.position)
                         FROM lotone.view_cursor AS cursor
                         JOIN lotone.view ON view.name = cursor.view AND view.state = 'live'
                         JOIN lotone.shard ON shard.domain = cursor.domain AND shard.shard = cursor.shard), 0)
        """
    ).fetchone()
    return int(found[0]) if found else 0


def _unplanned(connection: psycopg.Connection[Any]) -> int:
    """How many facts the planner hasn't looked at yet, or has and not decided on."""
    found = connection.execute(
        """
        SELECT coalesce(sum(shard.head - coalesce(cursor.position, 0)), 0)
        FROM lotone.shard
        LEFT JOIN lotone.reader_cursor AS cursor
               ON cursor.reader = %(reader)s
              AND cursor.domain = shard.domain AND cursor.shard = shard.shard
        """,
        {"reader": READER},
    ).fetchone()
    return int(found[0]) if found else 0


class _Due:
    """Whether something has fallen due since the planner looked, by our clock.

    The planner goes by its own. Where that is behind ours (it lives in a story, say), what is due for us isn't due for
    it: a planner that lets it lie for so long has another clock, and isn't waited for."""

    def __init__(self, base: Store | System) -> None:
        self._base = base
        self._since: tuple[datetime, float] | None = None

    def fallen(self) -> bool:
        with self._base.connections.connection() as connection:
            found = connection.execute(
                "SELECT due FROM lotone.lease WHERE name = %s AND due <= %s", [READER, self._base.clock()]
            ).fetchone()
        if found is None:
            self._since = None
            return False
        if isinstance(self._base, System):
            return True  # the planner runs here, by this clock
        now = time.monotonic()
        if self._since is None or self._since[0] != found[0]:
            self._since = (found[0], now)
        return now < self._since[1] + _DESERTED


class _Host:
    """Whoever runs the services, seen by who waits for them."""

    def __init__(self, base: Store | System) -> None:
        self._base = base
        self._asked = self._seen = time.monotonic()

    def gone(self) -> bool:
        """Whether nobody runs them any more, and hasn't for a while."""
        now = time.monotonic()
        if isinstance(self._base, System) or now < self._asked + _REST:
            return False
        self._asked = now
        if hosted(self._base):
            self._seen = now
        return now > self._seen + _DESERTED


def settle(base: Store | System, told: Callable[[int], None] = lambda _: None, patience: float = 3600.0) -> None:
    """Wait until everything taken in is decided, followed up and readable; ``told`` hears what is left. ``Transient``
    when that will never be: a part of the system has stopped, or the process that ran it is gone."""
    deadline, host_, due = time.monotonic() + patience, _Host(base), _Due(base)
    while True:
        parked, left = _parked(base), waiting(base)  # in this order: who was released meanwhile is waited for
        left = left or int(due.fallen())
        told(left)
        if not left and _at_rest(base, parked):
            return
        if isinstance(base, System) and (failures := base.failures()):
            raise Transient(f"it can't go on: {'; '.join(failures)}")
        if host_.gone():
            raise Transient(f"{left} messages and facts are waiting, and nobody runs the services: start lotone up")
        if time.monotonic() > deadline:
            raise Transient(f"{left} messages and facts are still waiting after {patience:.0f} s: see lotone up's log")
        time.sleep(_LOOK)


def _at_rest(base: Store | System, before: Sequence[tuple[int, str]]) -> bool:
    """Whether what is parked is going to stay so for now: what it waits for may be known already, and not seen yet."""
    if not before:
        return not _parked(base)
    if isinstance(base, System):
        idle = base.deciding.idle
        while base.deciding.idle < idle + 2 and not base.failures():
            time.sleep(_LOOK)
    else:
        time.sleep(_REST)
    return not waiting(base) and _parked(base) == before


def _parked(base: Store | System) -> tuple[tuple[int, str], ...]:
    with guarded("looking at what is parked"), base.connections.connection() as connection:
        return tuple(connection.execute("SELECT number, missing::text FROM lotone.parked ORDER BY number").fetchall())
