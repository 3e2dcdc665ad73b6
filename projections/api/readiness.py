"""Is everything done that should be: asked of the work, not of the workers.

A dead process doesn't answer, a dead thread lets its process answer well, and lag measured by who lags is none. So the
true heads of the ledger are looked at, and whether somebody who was heard of lately is in charge of each shard, of the
planner, of the relay and of each view (``infra/presence.py``); what troubles any process is told with its name.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pydantic import BaseModel, Field

from infra.cursors import PostgresCursors
from infra.errors import Transient
from infra.intake import backlog_by_shard
from infra.ledger.port import Cursor, ShardId
from infra.planner import READER
from infra.postgres import PROMPT, connect, guarded
from infra.presence import Present, present
from infra.process import PLAN
from infra.store import Store
from projections.api.promptly import promptly
from projections.api.system import Front, System
from projections.lag import Lag, lags
from projections.views import BY_NAME

RELAY: Final = "relay"
_ABANDONED: Final = 5.0
"""Seconds behind, above which a view without an owner is a failure. After a rebuild it has none for a moment."""
_PATIENCE: Final = 5.0
"""Seconds that the brokers have to say where their topics end: whoever asks for readiness doesn't wait longer."""
_STARTS: Final = {"orders": "order", "suppliers": "supplier"}
"""Services that aren't called as their domain is."""


class ViewReadiness(BaseModel):
    """How far a view is behind the true head, in facts and in seconds of the oldest fact it hasn't folded."""

    view: str
    behind_facts: int
    behind_seconds: float
    failed: str | None = None


class ProcessReadiness(BaseModel):
    """A process that was heard of in the last seconds: what it is in charge of, and what troubles it."""

    role: str
    host: str
    pid: int
    holds: list[str]
    troubles: list[str]


class Readiness(BaseModel):
    """``ready`` only when every part runs, no view has failed and the database (and Kafka, if it is used) answers."""

    ready: bool
    failures: list[str]
    backlog: dict[str, int]
    views: list[ViewReadiness]
    behind: dict[str, int] = Field(
        default={}, description="Facts that the planner hasn't looked at, and that the relay hasn't published"
    )
    processes: list[ProcessReadiness] = Field(
        default=[], description="The processes of the distributed form that were heard of lately"
    )


def reached(dsn: str) -> None:
    """``Transient`` at once when there is no database, where the pool would wait for one to come."""
    with guarded("asking whether it's there"), connect(dsn):
        pass


def readiness(base: Front | Store) -> Readiness:
    """Measured now, against the real heads."""
    failures = base.failures() if isinstance(base, Front) else []
    apart = base.settings.kafka_bootstrap is not None and not isinstance(base, System)
    try:
        reached(base.dsn)
        found = lags(base.dsn, base.ledger, tuple(BY_NAME), base.clock())
        behind, processes = _behind(base), _present(base) if apart else []
    except Transient as error:
        return Readiness(ready=False, failures=[*failures, str(error)], backlog={}, views=[])
    backlog = {}
    try:
        backlog = _backlog(base)
    except Transient as error:
        failures.append(str(error))
    failures += [f"view {lag.view}: {lag.failed}" for lag in found if lag.failed]
    if apart:
        failures += [f"{one.role} on {one.host} ({one.pid}): {told}" for one in processes for told in one.troubles]
        failures += _deserted(base.genesis.shards, found, processes)
    else:
        failures += [f"view {lag.view}: nobody folds it" for lag in found if not lag.owner and lag.seconds > _ABANDONED]
    return Readiness(
        ready=not failures,
        failures=failures,
        backlog=backlog,
        views=[
            ViewReadiness(view=lag.view, behind_facts=lag.facts, behind_seconds=lag.seconds, failed=lag.failed)
            for lag in found
        ],
        behind=behind,
        processes=[
            ProcessReadiness(
                role=one.role, host=one.host, pid=one.pid, holds=list(one.holds), troubles=list(one.troubles)
            )
            for one in processes
        ],
    )


def _backlog(base: Front | Store) -> dict[str, int]:
    bootstrap = base.settings.kafka_bootstrap
    if bootstrap is None:
        return _counted(base)
    silent = (
        f"Kafka at {bootstrap} doesn't answer within {_PATIENCE:g} s: look whether its brokers are frozen or cut off"
    )
    return promptly(lambda: _asked(base, bootstrap), _PATIENCE, silent)


def _asked(base: Front | Store, bootstrap: str) -> dict[str, int]:
    from infra.kafka.topics import listening

    listening(bootstrap)
    return _counted(base)


def _counted(base: Front | Store) -> dict[str, int]:
    return {f"{domain}/{shard}": n for (domain, shard), n in backlog_by_shard(base.queue, base.ledger).items()}


def _present(base: Front | Store) -> Sequence[Present]:
    with guarded("asking who runs"), base.connections.connection(PROMPT) as connection:
        return present(connection)


def _deserted(shards: Mapping[str, int], views: Iterable[Lag], processes: Sequence[Present]) -> list[str]:
    """What nobody is in charge of, and how to start somebody who is."""
    held = {name for one in processes for name in one.holds}
    found = []
    for domain, count in sorted(shards.items()):
        empty = [f"{domain}/{shard}" for shard in range(count) if f"{domain}/{shard}" not in held]
        if empty and PLAN not in empty:
            start = f"python -m services.{_STARTS.get(domain, domain)} worker"
            found.append(f"{', '.join(empty)}: nobody decides there; start {start}")
    if PLAN not in held:
        found.append(f"{PLAN}: nobody plans; start python -m projections.planning")
    if RELAY not in held:
        found.append("relay: nobody publishes facts; start python -m infra.kafka.relay")
    if empty := [lag.view for lag in views if lag.view not in held or lag.owner is None]:
        found.append(f"views {', '.join(empty)}: nobody folds them; start python -m projections")
    return found


def _behind(base: Front | Store) -> dict[str, int]:
    cursors, heads = PostgresCursors(base.connections), base.ledger.heads()
    readers = {"planner": READER}
    if base.settings.kafka_bootstrap is not None:
        readers[RELAY] = f"{RELAY}/{base.settings.kafka_prefix}"
    return {name: _left(heads, cursors.load(reader)) for name, reader in readers.items()}


def _left(heads: Mapping[ShardId, Cursor], places: Mapping[ShardId, Cursor]) -> int:
    return sum(head.position - places.get(shard, Cursor()).position for shard, head in heads.items())
