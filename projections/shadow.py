"""A view's next generation while it is built beside the live one.

First everything is folded in memory, from the first fact: rows of append-only tables leave by COPY as they gather, so
that memory is bounded by the rows that facts change again. Then the other tables are copied whole, indexes are made,
and from there on it is a working set like the engine's, writing into tables of other names.
"""

import sys
from collections.abc import Sequence
from typing import Any, Final

from infra.errors import Conflict, Misfit
from infra.ledger.port import Cursor, Genesis
from projections.memory import MemoryRows
from projections.owned import fold, wanted_of
from projections.ownership import Connection, Failure, Standing, ensure, shards_of, standing
from projections.reading import Piece
from projections.rowcodec import Key, RowCodec, write
from projections.schema import SCHEMA, create, create_indexes, physical
from projections.view import Table, View
from projections.working import WorkingSet

_GATHERED: Final = 20_000
"""Append-only rows that leave together."""
_COPIED: Final = 20_000
"""Rows encoded at once."""


class Shadow:
    """One view's tables under construction. ``cursors`` is how far they are; ``failure`` the fact they stopped at."""

    def __init__(self, connection: Connection, view: View, genesis: Genesis) -> None:
        self.view, self.connection = view, connection
        _only_one(connection, view.name)
        ensure(connection, view, genesis)
        self.live = _standing(connection, view.name)
        self.generation = self.live.generation + 1
        self.codecs = {table.name: RowCodec(table, physical(table.name, self.generation)) for table in view.tables}
        self.wanted = wanted_of(view)
        self.cursors = {shard: Cursor() for shard in shards_of(view, genesis)}
        self.failure: Failure | None = None
        self.rows, self.facts = 0, 0
        self._first = MemoryRows(view.tables)
        self._working: WorkingSet | None = None
        self.drop()
        for table in view.tables:
            connection.execute(create(table, self.codecs[table.name].name).encode())

    @property
    def comparable(self) -> bool:
        """Whether the live tables have the same shape and meaning."""
        return self.live.version == self.view.version

    def take(self, piece: Piece, until: int) -> None:
        """Fold what of the piece is new, and not behind ``until``."""
        at = self.cursors.get(piece.shard)
        if self.failure is not None or at is None or not piece.read:
            return
        new = piece.between(at.position, until)
        stop = fold(self.view, self._working or self._first, [new])
        if stop is not None:
            self.failure = Failure(*piece.shard, new.after.position + stop.folded + 1, stop.reason)
            return
        self.cursors[piece.shard] = new.end
        self.facts += len(new.read)
        if self._working is None:
            self._let_go()
        else:
            write(self.connection, self.codecs, self._working.changes())
            self.rows += sum(len(rows) for rows in self._working.appended.values())
            self._working.settle()

    def settle(self) -> None:
        """Everything in memory to its table, and the indexes."""
        for table in self.view.tables:
            if table.append_only:
                self._leave(table)
            else:
                self._copy(table, self._first.rows(table))
        for table in self.view.tables:
            name = self.codecs[table.name].name
            for statement in (*create_indexes(table, name, self.generation), f'ANALYZE {SCHEMA}."{name}"'):
                self.connection.execute(statement.encode())
        self._working = WorkingSet(self.view, _never, sys.maxsize)
        self._working.kept.update(self._first.kept)

    def drop(self) -> None:
        """Remove the tables, of this attempt or of one that was cut short."""
        for codec in self.codecs.values():
            self.connection.execute(f"DROP TABLE IF EXISTS {codec.target}".encode())

    def count(self) -> int:
        """How many rows there are."""
        working = self._working
        return self.rows + (sum(len(kept) for kept in working.kept.values()) if working else 0)

    def _let_go(self) -> None:
        for table in self.view.tables:
            if table.append_only and len(self._first.appended[table.name]) >= _GATHERED:
                self._leave(table)

    def _leave(self, table: Table[Any]) -> None:
        rows, self._first.appended[table.name] = self._first.appended[table.name], []
        self._copy(table, rows)
        self.rows += len(rows)

    def _copy(self, table: Table[Any], rows: Sequence[Any]) -> None:
        codec = self.codecs[table.name]
        with self.connection.cursor().copy(f"COPY {codec.target} ({codec.names}) FROM STDIN".encode()) as copy:
            for at in range(0, len(rows), _COPIED):
                copy.write(codec.text(rows[at : at + _COPIED]))


def _never(table: Table[Any], key: Key) -> None:
    """Every row of a rebuild is in memory: what isn't, doesn't exist."""


def _standing(connection: Connection, name: str) -> Standing:
    found = standing(connection, name)
    if found is None:
        raise Misfit(f"the view {name} was removed while it was being rebuilt: start again")
    return found


def _only_one(connection: Connection, name: str) -> None:
    key = f"lotone rebuild {name}"
    row = connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key]).fetchone()
    if row is None or not row[0]:
        raise Conflict(f"the view {name} is being rebuilt by another process: wait for it, or stop it")
