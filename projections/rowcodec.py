"""Rows to PostgreSQL and back, by the ways that measured fastest on two cores (a row of ten columns):

- a few thousand changed rows, upserted: one statement with all rows as one JSON text, 47,000 rows/s in batches of 30,
  71,000 of 100, 103,000 of 1,000, at 3 to 7 µs of our time; a temporary table with COPY 27,000, 52,000, 101,000;
  arrays unnested 30,000, 44,000, 55,000;
- whole tables: COPY of text, joined column by column, so that each value costs one call in C.
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar

import msgspec
import orjson
import psycopg

from projections.schema import SCHEMA, Column, columns, columns_of
from projections.view import Table

R = TypeVar("R")
Key = tuple[Any, ...]
_CHUNK: Final = 5_000
"""Rows in one statement."""
_NULL: Final = "\\N"
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\ufffd"})
_SPECIAL: Final = ("\\", "\t", "\n", "\r", "\0")


class RowCodec(Generic[R]):
    """One table's rows, encoded and decoded, and the statements that write them. ``name`` is the table's name in the
    database, which differs from the view's while it is rebuilt."""

    def __init__(self, table: Table[R], name: str) -> None:
        self.table, self.name = table, name
        self.columns = columns_of(table)
        self._keys = self.columns[: table.key]
        self.target = f'{SCHEMA}."{name}"'
        self.names = ", ".join(f'"{column.name}"' for column in self.columns)
        self._fields = [_getter(column.name) for column in self.columns]
        self._copied = [_copier(column) for column in self.columns]
        self._loads = [(at, load) for at, column in enumerate(self.columns) if (load := _loader(column)) is not None]
        self._key_names = tuple(column.name for column in self._keys)
        self.upsert = self._upsert()
        self.delete = self._delete()
        self.select = f"SELECT {self.names} FROM {self.target}"
        self.select_one = self.select + " WHERE " + " AND ".join(f'"{column.name}" = %s' for column in self._keys)

    def json(self, rows: Iterable[R]) -> str:
        """The parameter of ``upsert``."""
        return _json(list(rows))

    def json_keys(self, keys: Iterable[Key]) -> str:
        """The parameter of ``delete``."""
        return _json([dict(zip(self._key_names, key, strict=True)) for key in keys])

    def text(self, rows: Sequence[R]) -> str:
        """A block for ``COPY … FROM STDIN``."""
        if not rows:
            return ""
        made = [copied(list(map(field, rows))) for field, copied in zip(self._fields, self._copied, strict=True)]
        return "\n".join(map("\t".join, zip(*made, strict=True))) + "\n"

    def row(self, values: Sequence[Any]) -> R:
        """A row from what ``select`` answers."""
        if not self._loads:
            return self.table.row(*values)
        made = list(values)
        for at, load in self._loads:
            if made[at] is not None:
                made[at] = load(made[at])
        return self.table.row(*made)

    def stored_key(self, key: Key) -> Key:
        """A key as its columns hold it: ``''`` for None."""
        return tuple("" if part is None else part for part in key)

    def _rows_given(self, columns: Sequence[Column]) -> str:
        given = ", ".join(
            f"""coalesce("{column.name}", '') AS "{column.name}\"""" if column.blank else f'"{column.name}"'
            for column in columns
        )
        return f"SELECT {given} FROM json_populate_recordset(NULL::{self.target}, %s::text::json)"

    def _upsert(self) -> str:
        insert = f"INSERT INTO {self.target} ({self.names}) {self._rows_given(self.columns)}"
        if self.table.append_only:
            return insert
        keys = ", ".join(f'"{column.name}"' for column in self._keys)
        others = ", ".join(f'"{c.name}" = EXCLUDED."{c.name}"' for c in self.columns[self.table.key :])
        return f"{insert} ON CONFLICT ({keys}) DO " + (f"UPDATE SET {others}" if others else "NOTHING")

    def _delete(self) -> str:
        same = " AND ".join(f'held."{column.name}" = gone."{column.name}"' for column in self._keys)
        return f"DELETE FROM {self.target} AS held USING ({self._rows_given(self._keys)}) AS gone WHERE {same}"


def write(
    connection: psycopg.Connection[Any], codecs: Mapping[str, "RowCodec[Any]"],
    changes: Iterable[tuple[Table[Any], Sequence[Any], Sequence[Key]]],
) -> None:
    """Write what changed in each table: rows new or changed, and the keys of rows removed. Within a transaction."""
    for table, rows, gone in changes:
        codec = codecs[table.name]
        for at in range(0, len(gone), _CHUNK):
            connection.execute(codec.delete.encode(), [codec.json_keys(gone[at : at + _CHUNK])])
        for at in range(0, len(rows), _CHUNK):
            connection.execute(codec.upsert.encode(), [codec.json(rows[at : at + _CHUNK])])


def _getter(name: str) -> Callable[[Any], Any]:
    return operator.attrgetter(name)


def key_of(row: type, size: int) -> Callable[[Any], Key]:
    """From a row to its key, always a tuple."""
    names = [column.name for column in columns(row, size)[:size]]
    if len(names) == 1:
        only = operator.attrgetter(names[0])
        return lambda row: (only(row),)
    return operator.attrgetter(*names)


def _json(values: list[Any]) -> str:
    text = orjson.dumps(values, default=_plain).decode()
    if "\\u0000" in text:  # PostgreSQL's text can't hold NUL
        text = orjson.dumps(_without_nul(orjson.loads(text))).decode()
    return text


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"{type(value).__name__} can't be stored in a view's row")


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_without_nul(each) for each in value]
    if isinstance(value, dict):
        return {key: _without_nul(each) for key, each in value.items()}
    return value


def _loader(column: Column) -> Callable[[Any], Any] | None:
    if column.blank:
        return lambda value: value or None
    if column.type == "jsonb":
        return lambda value: msgspec.convert(value, column.hint, strict=False)
    return None


def _copier(column: Column) -> Callable[[list[Any]], list[str]]:
    """From a column's values to their texts."""
    text = _texts(column)
    none = "" if column.blank else _NULL
    if not column.optional:
        return text

    def with_none(values: list[Any]) -> list[str]:
        there = iter(text([value for value in values if value is not None]))
        return [none if value is None else next(there) for value in values]

    return with_none


def _texts(column: Column) -> Callable[[list[Any]], list[str]]:
    if column.kind is str:
        return _escaped
    if column.kind is bool:
        return lambda values: ["t" if value else "f" for value in values]
    if column.kind is bytes:
        return lambda values: ["\\\\x" + value.hex() for value in values]
    if column.type == "jsonb":
        return lambda values: _escaped([_json(value) for value in values])
    if column.kind is datetime:
        return _times
    return lambda values: list(map(str, values))


def _times(values: list[datetime]) -> list[str]:
    """All at once through orjson: a ninth of what ``str`` takes for each."""
    return orjson.dumps(values).decode()[2:-2].split('","') if values else []


def _escaped(values: list[str]) -> list[str]:
    """Almost no column holds anything that needs escaping; one look at all of it is cheaper than one at each value."""
    joined = "".join(values)
    if not any(each in joined for each in _SPECIAL):
        return values
    return [value.translate(_ESCAPES) for value in values]
