"""The long fold of a rebuild: every fact from the first, in memory, several views in one reading.

Rows of append-only tables leave by COPY as they gather, so that memory is bounded by the rows that facts change again;
those are copied whole at the end. State is a product of per-shard parts (invariant 5): so shards may be folded apart,
by several processes into the same tables (``rebuild_worker.py``).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from infra.ledger.port import Cursor, Ledger, ShardId
from projections.memory import MemoryRows
from projections.owned import fold, wanted_of
from projections.ownership import Connection, Failure
from projections.reading import Decode, Piece, Reader
from projections.rowcodec import RowCodec
from projections.schema import physical
from projections.view import Table, View

CHUNK: Final = 5_000
"""Facts read, decoded and folded at a time."""
_GATHERED: Final = 20_000
"""Append-only rows that leave together, and rows encoded at once."""
Targets = Mapping[ShardId, Mapping[str, int]]
"""How far to fold: by shard, then by view."""
Progress = Callable[[int], None]


@dataclass(slots=True)
class Folded:
    """What came of a view: how far it got, how many facts it moved over, how many rows it wrote, and where it
    stopped."""

    cursors: dict[ShardId, Cursor] = field(default_factory=dict)
    facts: int = 0
    rows: int = 0
    failure: Failure | None = None

    def join(self, other: "Folded") -> None:
        """Add what was folded of other shards."""
        self.cursors.update(other.cursors)
        self.facts += other.facts
        self.rows += other.rows
        self.failure = self.failure or other.failure


def fold_first(
    connection: Connection, ledger: Ledger, views: Mapping[View, int], targets: Targets, decode: Decode,
    progress: Progress,
) -> dict[str, Folded]:
    """Fold shards into the tables of each view's generation; what came of each view, by name."""
    reader = Reader(ledger, decode)
    parts = [_Part(connection, view, generation) for view, generation in views.items()]
    for shard, until in sorted(targets.items()):
        _shard(ledger, reader, shard, [part for part in parts if part.view.name in until], until, progress)
    for part in parts:
        if part.folded.failure is None:
            part.settle()
    return {part.view.name: part.folded for part in parts}


def _shard(
    ledger: Ledger, reader: Reader, shard: ShardId, parts: Sequence["_Part"], until: Mapping[str, int],
    progress: Progress,
) -> None:
    wanted = frozenset[str]().union(*(part.wanted[shard[0]] for part in parts))
    after = Cursor()
    for part in parts:
        part.folded.cursors[shard] = after
    facts = iter(ledger.scan(*shard, 0, max(until.values())))
    while read := list(islice(facts, CHUNK)):
        piece = reader.decoded(shard, after, read, wanted)
        for part in parts:
            part.take(piece.between(after.position, until[part.view.name]))
        after = piece.end
        progress(len(read))


class _Part:
    """One view's rows of some shards, on their way into its new tables."""

    def __init__(self, connection: Connection, view: View, generation: int) -> None:
        self.view, self.folded, self.wanted = view, Folded(), wanted_of(view)
        self._connection = connection
        self._codecs = {table.name: RowCodec(table, physical(table.name, generation)) for table in view.tables}
        self._rows = MemoryRows(view.tables)

    def take(self, piece: Piece) -> None:
        if self.folded.failure is not None or not piece.read:
            return
        stop = fold(self.view, self._rows, [piece])
        if stop is not None:
            self.folded.failure = Failure(*piece.shard, piece.after.position + stop.folded + 1, stop.reason)
            return
        self.folded.cursors[piece.shard] = piece.end
        self.folded.facts += len(piece.read)
        for table in self.view.tables:
            if table.append_only and len(self._rows.appended[table.name]) >= _GATHERED:
                self._leave(table)

    def settle(self) -> None:
        """Everything that is still in memory to its table."""
        for table in self.view.tables:
            if table.append_only:
                self._leave(table)
            else:
                self._copy(table, list(self._rows.kept.pop(table.name).values()))

    def _leave(self, table: Table[Any]) -> None:
        rows, self._rows.appended[table.name] = self._rows.appended[table.name], []
        self._copy(table, rows)

    def _copy(self, table: Table[Any], rows: Sequence[Any]) -> None:
        codec = self._codecs[table.name]
        self.folded.rows += len(rows)
        with self._connection.cursor().copy(f"COPY {codec.target} ({codec.names}) FROM STDIN".encode()) as copy:
            for block in _blocks(rows):
                copy.write(codec.text(block))


def _blocks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[at : at + _GATHERED] for at in range(0, len(rows), _GATHERED))
