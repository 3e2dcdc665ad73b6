"""How far views are behind: in facts, and in seconds since the oldest fact they haven't read was recorded.

Lag is measured against the ledger's true heads, never against what the engine has last seen of them, so that an engine
that is dead can't look as if it had kept up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from infra.errors import Transient
from infra.ledger.port import Cursor, Ledger, ShardId
from projections.ownership import Connection, connect, cursors, standing


@dataclass(frozen=True, slots=True)
class Lag:
    """``seconds`` is 0 when nothing is unread. ``failed`` says why the view doesn't go on, if it doesn't; ``owner`` who
    folds it, None when nobody's session is there to."""

    view: str
    facts: int
    seconds: float
    failed: str | None = None
    owner: str | None = None
    generation: int = 0


def lags(dsn: str, ledger: Ledger, names: Sequence[str], now: datetime) -> Sequence[Lag]:
    """The lag of each view."""
    heads = ledger.heads()
    try:
        with connect(dsn) as connection:
            return [_lag(connection, ledger, name, heads, now) for name in names]
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise Transient(f"PostgreSQL can't be reached: {error}") from error


def lag(connection: Connection, ledger: Ledger, name: str, now: datetime) -> Lag:
    """One view's lag."""
    return _lag(connection, ledger, name, ledger.heads(), now)


def _lag(connection: Connection, ledger: Ledger, name: str, heads: Mapping[ShardId, Cursor], now: datetime) -> Lag:
    found = standing(connection, name)
    if found is None:
        return Lag(name, 0, 0.0, "it was never folded: run `lotone up`")
    unread = {
        shard: (cursor.position, heads[shard].position)
        for shard, cursor in cursors(connection, name).items()
        if shard in heads and heads[shard].position > cursor.position
    }
    oldest = [
        fact.recorded_at
        for (domain, shard), (position, _) in unread.items()
        for fact in ledger.scan(domain, shard, position, position + 1)
    ]
    return Lag(
        view=name,
        facts=sum(head - position for position, head in unread.values()),
        seconds=max((now - min(oldest)).total_seconds(), 0.0) if oldest else 0.0,
        failed=None if found.failure is None else str(found.failure),
        owner=found.owner if found.alive else None,
        generation=found.generation,
    )
