"""A view's rows in memory: what folds are tested on, what a rebuild folds into, and what the engine's working set
is."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from projections.rowcodec import Key, key_of
from projections.view import Table

R = TypeVar("R")


class MemoryRows:
    """Rows by table and key. Rows of append-only tables gather in ``appended`` until somebody takes them away."""

    def __init__(self, tables: Iterable[Table[Any]]) -> None:
        self.kept: dict[str, dict[Key, Any]] = {}
        self.appended: dict[str, list[Any]] = {}
        self._key_of: dict[str, Callable[[Any], Key]] = {}
        for table in tables:
            if table.append_only:
                self.appended[table.name] = []
            else:
                self.kept[table.name] = {}
                self._key_of[table.name] = key_of(table.row, table.key)

    def get(self, table: Table[R], *key: Any) -> R | None:
        return self.kept[table.name].get(key)

    def add(self, table: Table[R], row: R) -> None:
        if table.append_only:
            self.appended[table.name].append(row)
        else:
            self.kept[table.name][self._key_of[table.name](row)] = row

    def remove(self, table: Table[R], *key: Any) -> None:
        self.kept[table.name].pop(key, None)

    def rows(self, table: Table[R]) -> Sequence[R]:
        """All rows of a table, in the order of their keys as the database sorts them."""
        if table.append_only:
            return sorted(self.appended[table.name], key=key_of(table.row, table.key))
        kept = self.kept[table.name]
        return [kept[key] for key in sorted(kept, key=_sortable)]


def _sortable(key: Key) -> Key:
    return tuple("" if part is None else part for part in key)
