"""Who owns a view, and how far it has read: the rows of ``lotone.view`` and ``lotone.view_cursor``.

The naive way is a lock that its holder lets go of; a holder that was stopped and woken later still believes in it. So a
view has an epoch, as a shard has. Whoever claims it ends its predecessor's database session, whose open transaction can
then never commit, and raises the epoch; every later write of the predecessor finds another epoch and stops. A rebuild
that swaps tables raises the epoch too, but leaves the view without an owner: that invites the owner to attach again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg

from infra.errors import Fenced, Misfit
from infra.ledger.port import Cursor, Genesis, ShardId
from projections.schema import create, create_indexes
from projections.view import View

Connection = psycopg.Connection[Any]
_PATIENCE_MS: Final = 5000
"""How long to wait for a predecessor's session to end."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The fact that a view couldn't fold, and why."""

    domain: str
    shard: int
    position: int
    reason: str
    at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.domain} shard {self.shard} position {self.position}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Standing:
    """A view as the database has it. ``alive`` says whether its owner's session exists."""

    name: str
    version: int
    generation: int
    epoch: int
    owner: str | None
    owner_pid: int | None
    alive: bool
    tables: tuple[str, ...]
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class Move:
    """A cursor's step in one shard."""

    shard: ShardId
    old: Cursor
    new: Cursor


def connect(dsn: str) -> Connection:
    """A session for an owner or a rebuild. It doesn't wait for the disk at commit; engine.py says why it needn't."""
    connection: Connection = psycopg.connect(dsn, autocommit=True, application_name="lotone-views", connect_timeout=10)
    connection.execute("SET synchronous_commit = off")
    connection.execute("SET timezone = 'UTC'")
    return connection


def shards_of(view: View, genesis: Genesis) -> tuple[ShardId, ...]:
    """The shards a view reads: all of the domains whose facts it folds."""
    domains = sorted({fact.DOMAIN for fact in view.folds})
    return tuple((domain, shard) for domain in domains for shard in range(genesis.shards.get(domain, 0)))


def ensure(connection: Connection, view: View, genesis: Genesis) -> None:
    """Make the view's row, cursors and tables if they aren't there. Shards that joined the ledger since are read from
    their first fact."""
    with connection.transaction():
        made = connection.execute(
            "INSERT INTO lotone.view (name, version, tables) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [view.name, view.version, tables_of(view)],
        ).rowcount
        if made:
            for table in view.tables:
                connection.execute(create(table, table.name).encode())
                for statement in create_indexes(table, table.name, 1):
                    connection.execute(statement.encode())
        if made or version(connection, view.name) == view.version:
            put_cursors(connection, view.name, _unread(connection, view, genesis))


def version(connection: Connection, name: str) -> int | None:
    """The version of a view's tables; None when there are none."""
    row = connection.execute("SELECT version FROM lotone.view WHERE name = %s", [name]).fetchone()
    return None if row is None else int(row[0])


def _unread(connection: Connection, view: View, genesis: Genesis) -> dict[ShardId, Cursor]:
    """The shards that the view has no cursor in: all of them at first, and those that joined the ledger later."""
    has = cursors(connection, view.name)
    return {shard: Cursor() for shard in shards_of(view, genesis) if shard not in has}


def tables_of(view: View) -> list[str]:
    """A view's tables, in the one order in which everybody locks them."""
    return sorted(table.name for table in view.tables)


def put_cursors(connection: Connection, name: str, cursors: Mapping[ShardId, Cursor]) -> None:
    """Write the cursors of shards in which a view has none."""
    connection.execute(
        """
        INSERT INTO lotone.view_cursor (view, domain, shard, position, hash)
        SELECT %s, * FROM unnest(%s::text[], %s::integer[], %s::bigint[], %s::bytea[])
        ON CONFLICT DO NOTHING
        """,
        [name, *_columns((*shard, *cursor) for shard, cursor in cursors.items())],
    )


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]


def standing(connection: Connection, name: str) -> Standing | None:
    """How a view stands; None when it was never made."""
    row = connection.execute(
        """
        SELECT name, version, generation, epoch, owner, owner_pid,
               EXISTS (SELECT FROM pg_stat_activity WHERE pid = owner_pid AND backend_start = owner_start),
               tables, failed_domain, failed_shard, failed_position, failed_reason, failed_at
          FROM lotone.view
         WHERE name = %s
        """,
        [name],
    ).fetchone()
    if row is None:
        return None
    name, version, generation, epoch, owner, pid, alive, tables, *failed = row
    failure = Failure(*failed) if failed[0] is not None else None
    return Standing(name, version, generation, epoch, owner, pid, alive, tuple(tables), failure)


def epochs(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The epochs of views as they are now."""
    rows = connection.execute("SELECT name, epoch FROM lotone.view WHERE name = ANY(%s)", [list(names)]).fetchall()
    return dict(rows)


def claim(connection: Connection, view: View, owner: str, known: int | None) -> int:
    """Become the view's owner; the new epoch. ``known`` is the epoch one had before, None at the start.

    ``Fenced`` when somebody else has become the owner since; ``Misfit`` when the tables are of another version.
    """
    while True:
        found = standing(connection, view.name)
        assert found is not None, "made by ensure()"
        if found.version != view.version:
            raise Misfit(
                f"the view {view.name} has version {found.version} in this database, and this release folds version "
                f"{view.version}: run `lotone rebuild {view.name}`"
            )
        if known is not None and found.epoch != known and found.owner is not None:
            raise Fenced(f"the view {view.name} has another owner now: {found.owner}")
        end_owner(connection, view.name)
        claimed = connection.execute(
            """
            UPDATE lotone.view
               SET epoch = epoch + 1, owner = %s, owner_pid = pg_backend_pid(), owner_start = mine.backend_start,
                   state = 'live', failed_domain = NULL, failed_shard = NULL, failed_position = NULL,
                   failed_reason = NULL, failed_at = NULL
              FROM (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS mine
             WHERE name = %s AND epoch = %s
            """,
            [owner, view.name, found.epoch],
        ).rowcount
        if claimed:
            return found.epoch + 1


def release(connection: Connection, name: str, epoch: int) -> None:
    """Leave a view to whoever claims it next."""
    connection.execute(
        """
        UPDATE lotone.view
           SET epoch = epoch + 1, owner = NULL, owner_pid = NULL, owner_start = NULL
         WHERE name = %s AND epoch = %s
        """,
        [name, epoch],
    )


def end_owner(connection: Connection, name: str) -> None:
    """End the database session of the view's owner, unless it is our own."""
    connection.execute(
        """
        SELECT pg_terminate_backend(pid, %s)
          FROM lotone.view JOIN pg_stat_activity ON pid = owner_pid AND backend_start = owner_start
         WHERE name = %s AND pid <> pg_backend_pid()
        """,
        [_PATIENCE_MS, name],
    )


def cursors(connection: Connection, name: str) -> dict[ShardId, Cursor]:
    """How far a view has read each of its shards."""
    rows = connection.execute(
        "SELECT domain, shard, position, hash FROM lotone.view_cursor WHERE view = %s ORDER BY domain, shard", [name]
    ).fetchall()
    return {(domain, shard): Cursor(position, bytes(hash_)) for domain, shard, position, hash_ in rows}


def move(connection: Connection, name: str, epoch: int, moves: Iterable[Move]) -> None:
    """Move cursors by compare-and-set, under the fence; ``Fenced`` when the epoch or a cursor isn't what it was.

    Within a transaction. Its lock on the view's row makes a swap wait until the transaction has ended.
    """
    given = [(*each.shard, each.old.position, *each.new) for each in moves]
    moved = connection.execute(
        """
        WITH fence AS (SELECT name FROM lotone.view WHERE name = %s AND epoch = %s FOR NO KEY UPDATE)
        UPDATE lotone.view_cursor AS held
           SET position = given.position, hash = given.hash
          FROM fence, unnest(%s::text[], %s::integer[], %s::bigint[], %s::bigint[], %s::bytea[])
                      AS given (domain, shard, old, position, hash)
         WHERE held.view = fence.name AND held.domain = given.domain AND held.shard = given.shard
           AND held.position = given.old
        """,
        [name, epoch, *(list(column) for column in zip(*given, strict=True))],
    ).rowcount
    if moved != len(given):
        raise Fenced(f"the view {name} was taken over, or moved by somebody else")


def record_failure(connection: Connection, name: str, epoch: int, failure: Failure) -> None:
    """Say in the view's row why it stopped."""
    done = connection.execute(
        """
        UPDATE lotone.view
           SET state = 'failed', failed_domain = %s, failed_shard = %s, failed_position = %s, failed_reason = %s,
               failed_at = now()
         WHERE name = %s AND epoch = %s
        """,
        [failure.domain, failure.shard, failure.position, failure.reason.replace("\0", "\ufffd"), name, epoch],
    ).rowcount
    if not done:
        raise Fenced(f"the view {name} was taken over")
