"""Whole systems in processes of their own, to be killed: each life takes up what the last one left.

They are forked from a server process that has imported everything once, so that a hundred lives take seconds; each has
its own sessions, threads and caches, and dies by SIGKILL.
"""

import os
import re
from collections.abc import Sequence
from datetime import date
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from psycopg.conninfo import make_conninfo

from infra.clock import system_clock
from infra.edge import Admitted
from infra.ledger.verify import verify
from infra.postgres import connect
from infra.queue.port import INTAKE
from infra.settings import Settings
from infra.store import Store, store
from projections.api.hosting import host, settle
from projections.rebuild import rebuild_views
from projections.schema import SCHEMA
from projections.views import VIEWS
from tests.idle_planner import idle
from tests.integration.forking import FORKS

TODAY = date(2026, 1, 1)
"""As of which late is late, in tests."""
_PASSING = {"recorded_at", "position", "last_fact", "shard"}
"""Columns that tell where and when something was recorded, which an interruption may change."""


def settings(dsn: str, folder: Path, **chosen: Any) -> Settings:
    """A system in this database, its keys in this folder."""
    return Settings(data=folder, postgres_dsn=dsn, shards=2, snapshot_each=10, log_level="error", **chosen)  # type: ignore[arg-type]


def begin(work: Any, *arguments: Any, **environment: str) -> BaseProcess:
    """Start a life."""
    life = FORKS.Process(target=_live, args=(work, arguments, environment))
    life.start()
    return life


def _live(work: Any, arguments: Sequence[Any], environment: dict[str, str]) -> None:
    os.environ.update(environment)
    work(*arguments)


def decide(dsn: str, folder: Path, batch: int) -> None:
    """Run everything but a planner until all that was taken in is decided, followed up and folded: when a planner takes
    its cuts is free, so what it does to a history that is told freely isn't the same twice (``chain_kills`` has it)."""
    with host(settings(dsn, folder, batch=batch), idle()) as system:
        settle(system, patience=120)


def publish(dsn: str, folder: Path, events: Sequence[bytes], chunk: int) -> None:
    """Into the intake, chunk by chunk, without running anything."""
    with store(settings(dsn, folder)) as base:
        for at in range(0, len(events), chunk):
            checked = [base.edge.admit(raw, system_clock()) for raw in events[at : at + chunk]]
            base.queue.put(INTAKE, [found.queued for found in checked if isinstance(found, Admitted)])


def finish(dsn: str, folder: Path, batch: int = 200) -> dict[str, Any]:
    """Decide the rest, undisturbed, and answer the end state."""
    decide(dsn, folder, batch)
    with store(settings(dsn, folder)) as base:
        return end_state(base)


def end_state(base: Store) -> dict[str, Any]:
    """What must be equal however often it was interrupted, once the record is whole and a rebuild equals the views.

    Of a stream that hears of two domains, their order may differ; so streams are compared by their facts as sets."""
    report = verify(base.ledger)
    assert report.ok, report.wrong
    proofs = rebuild_views(base.dsn, base.ledger, VIEWS, prove=True)
    assert all(found.equal for found in proofs), proofs
    facts: dict[str, list[Any]] = {}
    for domain, count in base.genesis.shards.items():
        for shard in range(count):
            for at in base.ledger.scan(domain, shard):
                facts.setdefault(f"{domain} {at.stream}", []).append((at.type, _told(at.data.decode())))
    with connect(base.dsn) as connection:
        taken = connection.execute("SELECT source, id, outcome FROM lotone.taken WHERE source NOT LIKE 'lotone/%'")
        return {
            "facts": {stream: sorted(found) for stream, found in facts.items()},
            "outcomes": sorted(taken.fetchall()),
            "parked": sorted((found.source, found.id) for found in base.ledger.parked()),
            "views": {table.name: _rows(connection, table.name) for view in VIEWS for table in view.tables},
        }


def _rows(connection: Any, table: str) -> list[str]:
    found = connection.execute(f'SELECT * FROM {SCHEMA}."{table}"'.encode())
    kept = [number for number, column in enumerate(found.description) if column.name not in _PASSING]
    return sorted(_placeless(repr([row[number] for number in kept])) for row in found.fetchall())


def _told(data: str) -> str:
    """A fact's words. That material moved for a run that nobody scheduled is stated once, of what is heard of first: of
    two parts in two shards, that may be either."""
    unknown = '"kind":"unknown_run"'
    return unknown if unknown in data else _placeless(data)


def _placeless(text: str) -> str:
    """Without the ids of facts: they say where in its shard something stands."""
    return re.sub(r"(catalogue|inventory|suppliers)/\d+/\d+", "…", text)


def new_database(dsn: str, name: str) -> str:
    """An empty database on the same server, for as long as the server runs."""
    with connect(dsn) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return make_conninfo(dsn, dbname=name)


def difference(found: dict[str, Any], wanted: dict[str, Any], path: str = "") -> list[str]:
    """The first few places where two end states differ."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        keys = sorted(found.keys() | wanted.keys())
        told = [one for key in keys for one in difference(found.get(key, {}), wanted.get(key, {}), f"{path}/{key}")]
        return told[:10]
    if found == wanted:
        return []
    both = [repr(one) for one in found if one not in wanted][:3], [repr(one) for one in wanted if one not in found][:3]
    return [f"{path}: {both[0]} instead of {both[1]}"]
