"""Views as they stood at a point of history, read by the very queries that tell what is now.

The idea: the facts of all streams that an answer can depend on are folded, up to the point, by the views' own folds.
Their rows are put into tables of the session's own, which go with the transaction; a query reads these where it would
read the live ones (``queries.Then``). So what is told as of a point is what was told live, when the views stood there.

The naive way tells the past by code of its own: it leaves out a join, and then says ``planned`` of what was ready.

Which streams those are is found step by step, from the rows folded so far: pegs name supplies, runs name requirements,
and so on. The live views give further names, of orders' runs, say; what wasn't there yet has no facts up to the point.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import localcontext
from typing import Final

import psycopg

from events.codec import decode
from events.decision import Recorded
from events.model import Fact
from events.values import EXACT
from projections.as_of import History
from projections.memory import MemoryRows
from projections.owned import wanted_of
from projections.queries import Connection, Then
from projections.rowcodec import RowCodec
from projections.schema import SCHEMA, create
from projections.view import View

Stream = tuple[str, str]
"""A domain and a stream's name."""
More = Callable[[MemoryRows], Iterable[Stream]]
"""From the rows folded so far to all streams that they name."""
_OWN: Final = "pg_temp"


@contextmanager
def then(
    connection: Connection, history: History, views: Sequence[View], domains: Sequence[str], more: More
) -> Iterator[Then]:
    """What queries of these views read instead of the connection, for as long as the block lasts."""
    assert isinstance(connection, psycopg.Connection)
    history.require(*domains)
    rows = folded(history, views, more)
    with connection.transaction():
        for table in dict.fromkeys(table for view in views for table in view.tables):
            made = create(table, table.name).replace(f"TABLE {SCHEMA}.", f"TABLE {_OWN}.")
            connection.execute(f"{made} ON COMMIT DROP".encode())
            codec = RowCodec(table, table.name)
            if kept := rows.rows(table):
                statement = f'COPY {_OWN}."{table.name}" ({codec.names}) FROM STDIN'
                with connection.cursor().copy(statement.encode()) as copy:
                    copy.write(codec.text(kept))
        yield Then(connection, SCHEMA, _OWN, history.at(*domains))


def folded(history: History, views: Sequence[View], more: More) -> MemoryRows:
    """The views' rows of these streams and of all that follow from them, in the order of their positions."""
    wanted: dict[str, frozenset[str]] = {}
    for view in views:
        for domain, types in wanted_of(view).items():
            wanted[domain] = wanted.get(domain, frozenset()) | types
    read: dict[Stream, Sequence[tuple[Recorded, Fact]]] = {}
    while True:
        rows = _fold(views, read.values())
        new = sorted(set(more(rows)) - read.keys())
        if not new:
            return rows
        for domain, stream in new:
            types = wanted.get(domain, frozenset())
            read[domain, stream] = [(at, decode(at)) for at in history.stream(domain, stream) if at.type in types]


def _fold(views: Sequence[View], streams: Iterable[Sequence[tuple[Recorded, Fact]]]) -> MemoryRows:
    rows = MemoryRows(table for view in views for table in view.tables)
    facts = sorted((each for stream in streams for each in stream), key=_place)
    with localcontext(EXACT):
        for view in views:
            folds = frozenset(view.folds)
            for at, fact in facts:
                if type(fact) in folds:
                    view.fold(rows, fact, at)
    return rows


def _place(each: tuple[Recorded, Fact]) -> tuple[str, int, int]:
    at = each[0]
    return at.domain, at.shard, at.position
