"""Rows of one table as pages: what most queries are.

The order is that of columns which are never null and together tell rows apart; a page ends with their values.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from projections.queries import Answer, Connection, Where, cursor_of, fetch, limited, place_of
from projections.rowcodec import RowCodec
from projections.view import Table

R = TypeVar("R")
A = TypeVar("A", bound=Answer)
_ALL: Final = 1_000_000


class Listing(Generic[R]):
    """``order`` names the columns; left out, it is the table's key."""

    def __init__(self, table: Table[R], *order: str) -> None:
        self.codec = RowCodec(table, table.name)
        kinds = {column.name: column.kind for column in self.codec.columns}
        self.order = order or tuple(column.name for column in self.codec.columns[: table.key])
        self._kinds = [kinds[name] for name in self.order]

    def page(
        self, connection: Connection, where: Where, after: str | None, limit: int, newest: bool = False
    ) -> tuple[list[R], str | None]:
        """So many rows behind a place, and the place where they end, if there are more."""
        where.behind([f'"{name}"' for name in self.order], place_of(after, *self._kinds), newest)
        rows = self._read(connection, where, limited(limit) + 1, newest)
        page = rows[: limited(limit)]
        more = cursor_of(*(getattr(page[-1], name) for name in self.order)) if len(rows) > len(page) else None
        return page, more

    def all(self, connection: Connection, where: Where) -> list[R]:
        """Every row."""
        return self._read(connection, where, _ALL, False)

    def one(self, connection: Connection, **key: Any) -> R | None:
        """The row with these values, if there is one."""
        where = Where()
        for name, value in key.items():
            where.equal(name, value)
        found = self._read(connection, where, 1, False)
        return found[0] if found else None

    def _read(self, connection: Connection, where: Where, limit: int, newest: bool) -> list[R]:
        direction = "DESC" if newest else "ASC"
        order = ", ".join(f'"{name}" {direction}' for name in self.order)
        query = f"{self.codec.select} WHERE {where.sql} ORDER BY {order} LIMIT %(rows)s"
        return [self.codec.row(row) for row in fetch(connection, query, {**where.values, "rows": limit})]


def told(kind: type[A], row: Any, **more: Any) -> A:
    """A row as an answer tells it: the fields they share, and those given."""
    same = {name: getattr(row, name) for name in kind.model_fields if name not in more and hasattr(row, name)}
    return kind(**same, **more)


def each(kind: type[A], rows: Sequence[Any], more: Mapping[str, Any] | None = None) -> list[A]:
    """Several of them."""
    return [told(kind, row, **(more or {})) for row in rows]
