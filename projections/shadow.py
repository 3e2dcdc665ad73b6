"""A view's next generation while it is built beside the live one: its tables, how far they are, and how they catch
up."""

from collections.abc import Mapping
from typing import Any

from infra.errors import Conflict, Misfit
from infra.ledger.port import Genesis, ShardId
from projections.first_fold import CHUNK, Folded
from projections.owned import HELD, find, fold, wanted_of
from projections.ownership import Connection, Failure, Standing, ensure, shards_of, standing
from projections.reading import Piece, Reader
from projections.rowcodec import RowCodec, write
from projections.schema import SCHEMA, create, create_indexes, physical
from projections.view import View
from projections.working import WorkingSet


class Shadow:
    """One view's tables under construction; ``folded`` is how far they are, and the fact they stopped at."""

    def __init__(self, connection: Connection, view: View, genesis: Genesis) -> None:
        self.view, self.connection = view, connection
        _only_one(connection, view.name)
        ensure(connection, view, genesis)
        self.live = _standing(connection, view.name)
        self.generation = self.live.generation + 1
        self.shards = shards_of(view, genesis)
        self.folded = Folded()
        self.codecs: Mapping[str, RowCodec[Any]] = {
            table.name: RowCodec(table, physical(table.name, self.generation)) for table in view.tables
        }
        self._wanted = wanted_of(view)
        self._working = WorkingSet(view, lambda table, key: find(connection, self.codecs[table.name], key), HELD)
        for held in self._working.held.values():
            held.complete = False
        self.drop()
        for table in view.tables:
            connection.execute(create(table, self.codecs[table.name].name).encode())

    @property
    def comparable(self) -> bool:
        """Whether the live tables have the same shape and meaning."""
        return self.live.version == self.view.version

    @property
    def failure(self) -> Failure | None:
        return self.folded.failure

    def settle(self) -> None:
        """All rows are there: make the indexes, and let PostgreSQL count."""
        for table in self.view.tables:
            name = self.codecs[table.name].name
            for statement in (*create_indexes(table, name, self.generation), f'ANALYZE {SCHEMA}."{name}"'):
                self.connection.execute(statement.encode())

    def left(self, target: Mapping[ShardId, int]) -> int:
        """How many facts there are up to a vector."""
        return sum(max(0, target.get(shard, 0) - at.position) for shard, at in self.folded.cursors.items())

    def bring(self, reader: Reader, target: Mapping[ShardId, int]) -> None:
        """Fold up to a vector, where it isn't there already."""
        for shard, until in sorted(target.items()):
            while self.failure is None and shard in self.folded.cursors:
                at = self.folded.cursors[shard]
                if at.position >= until:
                    break
                piece = reader.piece(shard, at, min(CHUNK, until - at.position), self._wanted[shard[0]])
                self._take(piece)

    def _take(self, piece: Piece) -> None:
        stop = fold(self.view, self._working, [piece])
        if stop is not None:
            self.folded.failure = Failure(*piece.shard, piece.after.position + stop.folded + 1, stop.reason)
            return
        with self.connection.transaction():
            write(self.connection, self.codecs, self._working.changes())
        self._working.settle()
        self.folded.cursors[piece.shard] = piece.end
        self.folded.facts += len(piece.read)

    def count(self) -> int:
        """How many rows there are, in the tables of whatever name."""
        names = [*(codec.name for codec in self.codecs.values())]
        total = 0
        for name in names:
            row = self.connection.execute(f'SELECT count(*) FROM {SCHEMA}."{name}"'.encode()).fetchone()
            total += row[0] if row else 0
        return total

    def drop(self) -> None:
        """Remove the tables, of this attempt or of one that was cut short."""
        for codec in self.codecs.values():
            self.connection.execute(f"DROP TABLE IF EXISTS {codec.target}".encode())


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
