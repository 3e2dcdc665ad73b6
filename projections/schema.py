"""A view's tables in SQL, read off its rows' dataclasses.

Types: ``str`` text, ``Decimal`` numeric, ``int`` bigint, ``bool`` boolean, ``datetime`` timestamptz, ``date`` date,
``bytes`` bytea, and ``tuple``, ``list`` and ``dict`` jsonb. ``X | None`` may be null. Text is compared byte by byte
(``COLLATE "C"``), so that PostgreSQL and Python sort alike.

A key's column is never null, because null isn't equal to itself: a key field of type ``str | None`` is stored as ``''``
when it is None and read back as None. Ids are never empty, so nothing else is stored so.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from projections.view import Table

SCHEMA: Final = "lotone"
_SQL: Final[Mapping[Any, str]] = {
    str: 'text COLLATE "C"', Decimal: "numeric", int: "bigint", bool: "boolean", datetime: "timestamptz", date: "date",
    bytes: "bytea", tuple: "jsonb", list: "jsonb", dict: "jsonb",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a row. ``kind`` is its bare Python type, ``hint`` its whole annotation without ``None``."""

    name: str
    kind: type
    hint: Any
    optional: bool
    key: bool

    @property
    def type(self) -> str:
        return _SQL[self.kind]

    @property
    def blank(self) -> bool:
        """Whether None is stored as ``''``."""
        return self.key and self.optional


def columns(row: type, key: int) -> tuple[Column, ...]:
    """A row's columns, the first ``key`` of them its key. TypeError where a type has no place in a table."""
    hints = get_type_hints(row)
    return tuple(_column(row, field.name, hints[field.name], at < key) for at, field in enumerate(fields(row)))


def _column(row: type, name: str, hint: Any, key: bool) -> Column:
    optional = False
    if get_origin(hint) in (Union, types.UnionType):
        bare = [each for each in get_args(hint) if each is not types.NoneType]
        if len(bare) != 1:
            raise TypeError(f"{row.__name__}.{name}: a column has one type, perhaps with None")
        hint, optional = bare[0], True
    kind = get_origin(hint) or hint
    if kind not in _SQL:
        raise TypeError(f"{row.__name__}.{name}: {hint} has no SQL type; use one that projections/schema.py names")
    if key and optional and kind is not str:
        raise TypeError(f"{row.__name__}.{name}: of a key's fields, only text may be None")
    return Column(name, kind, hint, optional, key)


def columns_of(table: Table[Any]) -> tuple[Column, ...]:
    """A table's columns."""
    return columns(table.row, table.key)


def physical(name: str, generation: int) -> str:
    """What a table is called while it is built beside the live one."""
    return f"{name}__g{generation}"


def create(table: Table[Any], name: str) -> str:
    """The table, without its indexes: rows are copied in faster before there are any.

    Rows that are changed in place leave room on their page, so that most changes needn't touch an index.
    """
    parts = ", ".join(
        f'"{column.name}" {column.type}{"" if column.optional and not column.key else " NOT NULL"}'
        for column in columns_of(table)
    )
    room = "" if table.append_only else " WITH (fillfactor = 80)"
    return f'CREATE TABLE {SCHEMA}."{name}" ({parts}){room}'


def create_indexes(table: Table[Any], name: str, generation: int) -> tuple[str, ...]:
    """The primary key and the further indexes. Their names hold the generation, so that a rebuilt table's differ."""
    prefix = physical(table.name, generation)
    key = _list(tuple(column.name for column in columns_of(table)[: table.key]))
    primary = f'ALTER TABLE {SCHEMA}."{name}" ADD CONSTRAINT "{prefix}_key" PRIMARY KEY ({key})'
    further = (
        f'CREATE INDEX "{prefix}_{at}" ON {SCHEMA}."{name}" ({_list(index)})'
        for at, index in enumerate(table.indexes, start=1)
    )
    return (primary, *further)


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
