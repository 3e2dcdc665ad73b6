"""The working set: the rows of one view that its owner keeps in memory between batches.

Nobody else writes them, so what was read or written once need not be read again. While all rows of a table are held, a
row that isn't there doesn't exist; of a table that is too large for that, the rows used longest ago are dropped after
each batch, and a missing one is looked up. After a commit that failed, or whose outcome is unknown, everything is
dropped and read again.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from projections.memory import MemoryRows
from projections.rowcodec import Key
from projections.view import Table, View

R = TypeVar("R")


@dataclass(slots=True)
class Held:
    """What is known of one table. ``changed`` are rows that were handed out since the last commit, ``gone`` keys that
    were removed since."""

    complete: bool = True
    changed: dict[Key, Any] = field(default_factory=dict)
    gone: set[Key] = field(default_factory=set)


class WorkingSet(MemoryRows):
    """``find`` looks up a row that isn't held. ``limit`` is how many rows of a table are held at most."""

    def __init__(self, view: View, find: Callable[[Table[Any], Key], Any | None], limit: int) -> None:
        super().__init__(view.tables)
        self._tables = view.tables
        self._find, self._limit = find, limit
        self.held = {table.name: Held() for table in view.tables}

    def hold(self, table: Table[R], rows: Iterable[R], complete: bool) -> None:
        """Take rows as they are in the database."""
        keys = self._key_of[table.name]
        self.kept[table.name].update((keys(row), row) for row in rows)
        self.held[table.name].complete = complete

    def get(self, table: Table[R], *key: Any) -> R | None:
        held = self.held[table.name]
        row: R | None = self.kept[table.name].get(key)
        if row is None:
            if held.complete or key in held.gone:
                return None
            row = self._find(table, key)
            if row is None:
                return None
            self.kept[table.name][key] = row
        held.changed[key] = row
        return row

    def add(self, table: Table[R], row: R) -> None:
        if table.append_only:
            self.appended[table.name].append(row)
            return
        key = self._key_of[table.name](row)
        self.kept[table.name][key] = row
        held = self.held[table.name]
        held.changed[key] = row
        held.gone.discard(key)

    def remove(self, table: Table[R], *key: Any) -> None:
        self.kept[table.name].pop(key, None)
        held = self.held[table.name]
        held.changed.pop(key, None)
        held.gone.add(key)

    def changes(self) -> Sequence[tuple[Table[Any], Sequence[Any], Sequence[Key]]]:
        """What is to be written: for each table its rows new or changed, and the keys of those removed, both sorted."""
        found = []
        for table in self._tables:
            if table.append_only:
                rows, gone = self.appended[table.name], []
            else:
                held = self.held[table.name]
                rows = [held.changed[key] for key in sorted(held.changed, key=_order)]
                gone = sorted(held.gone, key=_order)
            if rows or gone:
                found.append((table, rows, gone))
        return found

    def settle(self) -> None:
        """What was changed is committed."""
        for table in self._tables:
            if table.append_only:
                self.appended[table.name] = []
                continue
            held, kept = self.held[table.name], self.kept[table.name]
            if not held.complete or len(kept) > self._limit:
                self._shrink(held, kept)
            held.changed.clear()
            held.gone.clear()

    def _shrink(self, held: Held, kept: dict[Key, Any]) -> None:
        for key, row in held.changed.items():  # the latest used go to the end
            del kept[key]
            kept[key] = row
        surplus = len(kept) - self._limit
        if surplus > 0:
            held.complete = False
            for key in list(kept)[:surplus]:
                del kept[key]


def _order(key: Key) -> Key:
    return tuple("" if part is None else part for part in key)
