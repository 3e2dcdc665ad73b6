"""A view in the hands of its owner: its place, its working set, and how a batch of facts becomes one transaction.

A fact that can't be folded must neither be skipped nor hold up other views. So the view stops exactly before it: what
was folded up to there is committed together with the reason, and the fold's half-done changes of rows in memory, which
nobody can undo, are dropped and read again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import localcontext
from typing import Any, Final

import psycopg

from events.values import EXACT
from infra.errors import Corrupt
from infra.faults import reach
from infra.ledger.port import Cursor, ShardId
from projections.ownership import Connection, Failure, Move, cursors, move, record_failure
from projections.reading import FAULTS, Piece, Unreadable
from projections.rowcodec import Key, RowCodec, write
from projections.view import Table, View
from projections.working import WorkingSet

HELD: Final = 200_000
"""How many rows of a table are held in memory at most."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where folding stopped: the piece, how many of its facts were folded, and why."""

    piece: int
    folded: int
    reason: str


def wanted_of(view: View) -> dict[str, frozenset[str]]:
    """The types a view folds, by domain."""
    domains = {fact.DOMAIN for fact in view.folds}
    return {domain: frozenset(f.__name__ for f in view.folds if domain == f.DOMAIN) for domain in domains}


def fold(view: View, rows: Any, pieces: Sequence[Piece]) -> Stop | None:
    """Fold all the facts that the view wants, or up to the first that it can't. Sums that would be rounded are
    faults."""
    with localcontext(EXACT):
        return _fold(view, rows, pieces)


def _fold(view: View, rows: Any, pieces: Sequence[Piece]) -> Stop | None:
    folds, change, wanted = frozenset(view.folds), view.fold, wanted_of(view)
    for number, piece in enumerate(pieces):
        types, at = wanted[piece.shard[0]], 0
        try:
            for at, (recorded, fact) in enumerate(zip(piece.read, piece.facts, strict=True)):
                if type(fact) in folds:
                    change(rows, fact, recorded)
                elif type(fact) is Unreadable and recorded.type in types:
                    return Stop(number, at, _told(fact.error))
        except FAULTS as error:
            return Stop(number, at, _told(error))
    return None


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:2000]


@dataclass(slots=True)
class Owned:
    """``epoch`` is the owner's; ``failure`` is why it doesn't go on."""

    view: View
    connection: Connection
    epoch: int
    limit: int = HELD
    cursors: dict[ShardId, Cursor] = field(default_factory=dict)
    failure: Failure | None = None
    wanted: dict[str, frozenset[str]] = field(default_factory=dict)
    codecs: dict[str, RowCodec[Any]] = field(default_factory=dict)
    _working: WorkingSet = field(init=False)

    def __post_init__(self) -> None:
        self.wanted = wanted_of(self.view)
        self.codecs = self.codecs or {table.name: RowCodec(table, table.name) for table in self.view.tables}
        self.cursors = cursors(self.connection, self.view.name)
        self._load()

    def take(self, pieces: Sequence[Piece]) -> int:
        """Fold pieces of different shards and commit; how many facts the view moved over."""
        stop = fold(self.view, self._working, pieces)
        if stop is not None:
            self._load()
            pieces = _before(pieces, stop)
            self._refold(pieces)
        try:
            self._commit(pieces, None if stop is None else _failure(pieces[stop.piece], stop))
        except (psycopg.DataError, psycopg.IntegrityError):
            self._load()
            return self._one_by_one(pieces)
        return sum(len(piece.read) for piece in pieces)

    def _one_by_one(self, pieces: Sequence[Piece]) -> int:
        """PostgreSQL refused a row of the batch: find the fact it came from."""
        taken = 0
        for single in [single for piece in pieces for single in piece.singles()]:
            self._refold([single])
            try:
                self._commit([single], None)
            except (psycopg.DataError, psycopg.IntegrityError) as error:
                self._load()
                self._commit([single.before(0)], _failure(single, Stop(0, 0, _told(error))))
                return taken
            taken += 1
        return taken

    def _refold(self, pieces: Sequence[Piece]) -> None:
        again = fold(self.view, self._working, pieces)
        if again is not None:
            at = pieces[again.piece]
            raise Corrupt(
                *at.shard, at.after.position + again.folded + 1,
                f"the view {self.view.name} folded this once, and then couldn't ({again.reason}): its fold isn't pure",
            )

    def _commit(self, pieces: Sequence[Piece], failure: Failure | None) -> None:
        moves = [Move(piece.shard, piece.after, piece.end) for piece in pieces if piece.read]
        reach("views.before")
        with self.connection.transaction():
            if moves:
                move(self.connection, self.view.name, self.epoch, moves)
                write(self.connection, self.codecs, self._working.changes())
            if failure is not None:
                record_failure(self.connection, self.view.name, self.epoch, failure)
            reach("views.in")
        reach("views.after")
        self._working.settle()
        self.cursors.update((each.shard, each.new) for each in moves)
        self.failure = failure

    def _load(self) -> None:
        """A working set just as the database is: whole tables, where they aren't too large."""
        self._working = WorkingSet(self.view, self._find, self.limit)
        for table in self.view.tables:
            if not table.append_only:
                codec = self.codecs[table.name]
                found = self.connection.execute(f"{codec.select} LIMIT {self.limit + 1}".encode()).fetchall()
                complete = len(found) <= self.limit
                self._working.hold(table, map(codec.row, found) if complete else (), complete)

    def _find(self, table: Table[Any], key: Key) -> Any | None:
        return find(self.connection, self.codecs[table.name], key)


def find(connection: Connection, codec: RowCodec[Any], key: Key) -> Any | None:
    """A row by its key, as the database has it."""
    found = connection.execute(codec.select_one.encode(), codec.stored_key(key)).fetchone()
    return None if found is None else codec.row(found)


def _before(pieces: Sequence[Piece], stop: Stop) -> list[Piece]:
    return [*pieces[: stop.piece], pieces[stop.piece].before(stop.folded)]


def _failure(piece: Piece, stop: Stop) -> Failure:
    return Failure(*piece.shard, piece.after.position + stop.folded + 1, stop.reason)
