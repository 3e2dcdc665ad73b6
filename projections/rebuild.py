"""Views folded anew from the first fact, beside the live ones, and then put in their place.

The naive way empties the live tables and folds into them: whoever reads meanwhile sees half, and if the fold fails
nothing is left. Here the live view is untouched until one short transaction, in which the live owner is held up, the
shadow is brought to where the live view is (never behind it, so nobody sees time go back), old tables are dropped and
the new ones take their names. The epoch rises: the live engine finds itself fenced, with nobody in its place, and
attaches again.

Readers can't see half of a swap either: they lock what they read before they look (``queries.reading``), and the swap
waits for them.

To prove a rebuild, live rows and cursors are read in one snapshot, the shadow is brought to exactly these cursors, and
every row is compared. It costs the live engine nothing. Where they differ nothing is swapped: the evidence stays.
"""

import gc
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from events.codec import decode
from infra.errors import Transient
from infra.ledger.port import Cursor, Ledger, ShardId
from projections.first_fold import Progress, Targets, fold_first
from projections.ownership import connect, cursors, end_owner, put_cursors, tables_of
from projections.prove import compare
from projections.reading import Decode, Reader
from projections.rebuild_worker import fold_apart, known, workers_for
from projections.rowcodec import RowCodec
from projections.schema import SCHEMA
from projections.shadow import Shadow
from projections.view import View

_NEAR: Final = 2_000
"""So few facts behind, a swap is short."""
_ROUNDS: Final = 50
_TRIES: Final = 60
_STUCK: Final = 4
_WAIT: Final = "500ms"
"""A swap waits for locks so long, so many times; after the first few it looks whether the owner is stuck."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of one view. ``equal`` is None when nothing was compared; ``difference`` names the first row that
    differs, or says why nothing could be compared; ``failed`` the fact that couldn't be folded. ``digests`` are of the
    live rows, by table."""

    view: str
    facts: int
    rows: int
    seconds: float
    swapped: bool
    equal: bool | None = None
    difference: str | None = None
    failed: str | None = None
    digests: Mapping[str, str] | None = None


def rebuild_views(
    dsn: str, ledger: Ledger, views: Sequence[View], *, prove: bool = False,
    progress: Progress = lambda _: None, decode: Decode = decode, workers: int | None = None,
) -> list[Rebuilt]:
    """Rebuild views, all in one reading. ``progress`` is told how many more facts were read; ``workers`` is how many
    processes fold (left out: as many as are worth it).

    ``Conflict`` when one of them is being rebuilt already; ``Transient`` when the database is gone or its readers
    never pause.
    """
    if not views:
        return []
    began = time.monotonic()
    try:
        with connect(dsn) as connection, _no_collection():
            shadows = [Shadow(connection, view, ledger.genesis()) for view in views]
            try:
                _fold(dsn, ledger, shadows, decode, _targets(ledger, shadows, prove), progress, workers)
                return [_finish(dsn, ledger, decode, shadow, prove, began) for shadow in shadows]
            finally:
                if not connection.closed:
                    for shadow in shadows:
                        shadow.drop()
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise Transient(f"PostgreSQL can't be reached: {error}") from error


@contextmanager
def _no_collection() -> Iterator[None]:
    """Millions of rows live to the end, and none of them is part of a cycle: looking for cycles takes a quarter of the
    time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _fold(
    dsn: str, ledger: Ledger, shadows: Sequence[Shadow], decode_: Decode, targets: Targets, progress: Progress,
    workers: int | None,
) -> None:
    """The first, long fold of several views at once."""
    views = {shadow.view: shadow.generation for shadow in shadows}
    workers = workers or workers_for(targets)
    if workers > 1 and decode_ is decode and known(tuple(views)):
        folded = fold_apart(dsn, views, targets, workers, progress)
    else:
        folded = fold_first(shadows[0].connection, ledger, views, targets, decode_, progress)
    for shadow in shadows:
        shadow.folded = folded[shadow.view.name]
        if shadow.failure is None:
            shadow.settle()


def _targets(ledger: Ledger, shadows: Sequence[Shadow], prove: bool) -> Targets:
    """To the heads; or to the live view, if it is to be compared."""
    heads = _positions(ledger.heads())
    ends = {shadow.view.name: _live(shadow) if prove and shadow.comparable else heads for shadow in shadows}
    shards = sorted({shard for shadow in shadows for shard in shadow.shards})
    return {
        shard: {s.view.name: ends[s.view.name].get(shard, 0) for s in shadows if shard in s.shards} for shard in shards
    }


def _finish(dsn: str, ledger: Ledger, decode: Decode, shadow: Shadow, prove: bool, began: float) -> Rebuilt:
    """Catch up, prove if asked to, and swap."""
    equal, difference, digests = None, None, None
    reader = Reader(ledger, decode)
    if shadow.failure is None:
        _approach(ledger, reader, shadow, prove and shadow.comparable)
    if shadow.failure is None and prove:
        equal, difference, digests = _prove(dsn, reader, shadow)
    swap, rows = shadow.failure is None and equal is not False, shadow.count()
    if swap:
        _swap(reader, shadow)
    failure = shadow.failure
    return Rebuilt(
        view=shadow.view.name, facts=shadow.folded.facts, rows=rows, seconds=time.monotonic() - began,
        swapped=swap and failure is None, equal=equal, difference=difference, digests=digests,
        failed=None if failure is None else str(failure),
    )


def _approach(ledger: Ledger, reader: Reader, shadow: Shadow, bounded: bool) -> None:
    """Come close to the live view (``bounded``: never beyond it), or to the heads."""
    for _ in range(_ROUNDS):
        target = _live(shadow) if bounded else _positions(ledger.heads())
        if shadow.left(target) < _NEAR:
            return
        shadow.bring(reader, target)


def _live(shadow: Shadow) -> dict[ShardId, int]:
    return _positions(cursors(shadow.connection, shadow.view.name))


def _positions(found: Mapping[ShardId, Cursor]) -> dict[ShardId, int]:
    return {shard: cursor.position for shard, cursor in found.items()}


def _prove(dsn: str, reader: Reader, shadow: Shadow) -> tuple[bool | None, str | None, dict[str, str] | None]:
    if not shadow.comparable:
        return None, f"not compared: the live view has version {shadow.live.version}, not {shadow.view.version}", None
    with connect(dsn) as live:
        live.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        live.execute(f"LOCK TABLE {_tables(shadow)} IN ACCESS SHARE MODE".encode())
        shadow.bring(reader, _positions(cursors(live, shadow.view.name)))
        if shadow.failure is not None:
            return None, None, None
        proofs = {
            table.name: compare(live, RowCodec(table, table.name), shadow.connection, shadow.codecs[table.name])
            for table in shadow.view.tables
        }
        live.execute("COMMIT")
    differences = [proof.difference for proof in proofs.values() if proof.difference is not None]
    digests = {name: proof.digest.hex() for name, proof in proofs.items()}
    return not differences, "; ".join(differences) or None, digests


def _tables(shadow: Shadow) -> str:
    """The live tables, in the one order in which everybody locks them."""
    return ", ".join(f'{SCHEMA}."{name}"' for name in shadow.live.tables)


def _swap(reader: Reader, shadow: Shadow) -> None:
    """Take the live tables' place. Locks are waited for briefly, and again: nobody queues behind us for long."""
    for tried in range(_TRIES):
        try:
            with shadow.connection.transaction():
                _swap_now(reader, shadow)
        except psycopg.errors.LockNotAvailable:
            if tried >= _STUCK and _row_is_held(shadow):
                end_owner(shadow.connection, shadow.view.name)
            continue
        return
    name = shadow.view.name
    raise Transient(f"the view {name} can't be swapped, because its readers never pause: try again when they are fewer")


def _row_is_held(shadow: Shadow) -> bool:
    """An owner that holds the view's row this long was stopped in mid-transaction, and would hold it for ever."""
    free = "SELECT FROM lotone.view WHERE name = %s FOR UPDATE SKIP LOCKED"
    return not shadow.connection.execute(free, [shadow.view.name]).rowcount


def _swap_now(reader: Reader, shadow: Shadow) -> None:
    connection, name = shadow.connection, shadow.view.name
    connection.execute(f"SET LOCAL lock_timeout = '{_WAIT}'".encode())
    connection.execute("SELECT FROM lotone.view WHERE name = %s FOR UPDATE", [name])
    connection.execute(f"LOCK TABLE {_tables(shadow)} IN ACCESS EXCLUSIVE MODE".encode())
    shadow.bring(reader, _positions(cursors(connection, name)))
    if shadow.failure is not None:
        return
    for statement in _renames(shadow):
        connection.execute(statement.encode())
    connection.execute("DELETE FROM lotone.view_cursor WHERE view = %s", [name])
    put_cursors(connection, name, shadow.folded.cursors)
    connection.execute(
        """
        UPDATE lotone.view
           SET version = %s, tables = %s, generation = %s, epoch = epoch + 1,
               owner = NULL, owner_pid = NULL, owner_start = NULL, state = 'live',
               failed_domain = NULL, failed_shard = NULL, failed_position = NULL, failed_reason = NULL, failed_at = NULL
         WHERE name = %s
        """,
        [shadow.view.version, tables_of(shadow.view), shadow.generation, name],
    )


def _renames(shadow: Shadow) -> Iterable[str]:
    codecs: Mapping[str, RowCodec[Any]] = shadow.codecs
    for name in shadow.live.tables:
        yield f'DROP TABLE {SCHEMA}."{name}"'
    for table in shadow.view.tables:
        yield f'ALTER TABLE {codecs[table.name].target} RENAME TO "{table.name}"'
