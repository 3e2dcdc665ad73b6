"""Whether two tables hold the same rows: both are read in the order of their keys, hashed and compared row by row.

The rows are the text that PostgreSQL writes for them, amounts without trailing zeros: 1.50 and 1.5 are one amount.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from itertools import zip_longest
from typing import Any

from projections.ownership import Connection
from projections.rowcodec import RowCodec
from projections.schema import Column


@dataclass(frozen=True, slots=True)
class Proof:
    """``digest`` is SHA-256 over the live rows; ``difference`` says where the first one that differs is, and how."""

    rows: int
    digest: bytes
    difference: str | None

    @property
    def equal(self) -> bool:
        return self.difference is None


def compare(live: Connection, ours: RowCodec[Any], shadow: Connection, theirs: RowCodec[Any]) -> Proof:
    """Compare a live table with a rebuilt one, each read over a connection of its own."""
    digest, count = sha256(), 0
    difference: str | None = None
    for mine, other in zip_longest(_lines(live, ours), _lines(shadow, theirs)):
        if mine is not None:
            digest.update(mine)
            count += 1
        if mine != other and difference is None:
            difference = f"{ours.table.name}: {_differ(ours.columns, mine, other, ours.table.key)}"
    return Proof(count, digest.digest(), difference)


def _lines(connection: Connection, codec: RowCodec[Any]) -> Iterator[bytes]:
    shown = ", ".join(_shown(column) for column in codec.columns)
    order = ", ".join(f'"{column.name}"' for column in codec.columns[: codec.table.key])
    statement = f"COPY (SELECT {shown} FROM {codec.target} ORDER BY {order}) TO STDOUT"
    with connection.cursor().copy(statement.encode()) as copy:
        for line in copy:
            yield bytes(line)


def _shown(column: Column) -> str:
    return f'trim_scale("{column.name}")' if column.type == "numeric" else f'"{column.name}"'


def _differ(columns: tuple[Column, ...], mine: bytes | None, other: bytes | None, key: int) -> str:
    live, rebuilt = _parts(mine), _parts(other)
    if live is None or rebuilt is None or live[:key] != rebuilt[:key]:
        first = _first(columns[:key], live, rebuilt)
        where = "live" if first is live else "rebuilt"
        return f"the row with {_told(columns[:key], first or [])} is only in the {where} view"
    return f"the row with {_told(columns[:key], live)} differs: " + ", ".join(
        f"{column.name} is {here} live and {there} rebuilt"
        for column, here, there in zip(columns, live, rebuilt, strict=True)
        if here != there
    )


def _parts(line: bytes | None) -> list[str] | None:
    return None if line is None else line.decode().removesuffix("\n").split("\t")


def _first(columns: tuple[Column, ...], live: list[str] | None, rebuilt: list[str] | None) -> list[str] | None:
    """Whichever comes first in the order of keys: the other side hasn't got it."""
    if live is None or rebuilt is None:
        return live or rebuilt


    def order(row: list[str]) -> list[Any]:
        return [_ordered(column, part) for column, part in zip(columns, row, strict=False)]

    return min(live, rebuilt, key=order)


def _ordered(column: Column, part: str) -> Any:
    return Decimal(part) if column.kind in (int, Decimal) else part.encode()


def _told(columns: tuple[Column, ...], parts: list[str]) -> str:
    return ", ".join(f"{column.name}={part}" for column, part in zip(columns, parts, strict=False))
