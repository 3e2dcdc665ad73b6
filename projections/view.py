"""The shape of a view: its tables, the facts it folds, and a pure fold.

A row is a ``@dataclass(slots=True)``; its fields are the table's columns, the first ``key`` of them its primary key.
Every key must hold what ties the row to one shard (a stream's own ids, or the shard's number), because state at a
vector is a product of per-shard parts: whatever joins two of them does so when it is queried (``queries.py``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from events.decision import Recorded
from events.model import Fact

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Table(Generic[R]):
    """``row`` is the dataclass; ``key`` says how many leading fields are the key; ``indexes`` lists further ones.

    ``append_only`` rows are only ever added, and their key is ``(domain, shard, position, …)`` of the fact.
    """

    name: str
    row: type[R]
    key: int
    indexes: tuple[tuple[str, ...], ...] = ()
    append_only: bool = False


class Rows(Protocol):
    """A view's rows as its fold sees them, by table."""

    def get(self, table: Table[R], *key: Any) -> R | None:
        """The row with this key, to be changed in place; the engine writes what was got."""
        ...

    def add(self, table: Table[R], row: R) -> None:
        """A new row, or the whole replacement of one."""
        ...

    def remove(self, table: Table[R], *key: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class View:
    """``folds`` names the facts by class; ``fold(rows, fact, at)`` is pure but for ``rows``. ``version`` rises with
    every change of tables or fold: a live view of another version is rebuilt, never reinterpreted."""

    name: str
    version: int
    tables: tuple[Table[Any], ...]
    folds: tuple[type[Fact], ...]
    fold: Callable[[Rows, Any, Recorded], None]
