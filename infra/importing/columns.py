"""What a CSV file may hold: its columns, each with its kind, and which of them name a row."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from events.model import Payload
from infra.importing.cells import Cell, Fault, Kind, Tree

Row = Mapping[str, Cell]
"""A row's cells by column; an empty cell isn't there."""
Rows = Mapping[str, Sequence[Row]]
"""All rows of a directory, by file."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how its cells are written, what they mean, and an example."""

    name: str
    kind: Kind
    meaning: str
    example: str
    required: bool = False


class Draft(NamedTuple):
    """A message about to be: its class, and its payload still with the places of its cells.

    ``key`` names it within its file; ``time`` is when it holds, where the file says so.
    """

    model: type[Payload]
    key: str
    tree: Tree
    time: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file. No two rows share the columns of ``key``, nor those of ``number`` where it is given.

    ``together`` are groups of columns that say something only together. ``drafts`` makes messages of the rows;
    it sees the other files' rows too.
    """

    file: str
    meaning: str
    columns: Sequence[Column]
    key: Sequence[str]
    drafts: Callable[[Sequence[Row], Rows], Iterable[Draft | Fault]]
    together: Sequence[Sequence[str]] = ()
    number: Sequence[str] = ()

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def required(self) -> Iterator[str]:
        return (column.name for column in self.columns if column.required)
