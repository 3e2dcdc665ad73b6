"""What the queries of all views share: reading at one point in history, pages, and answers that say what they reflect.

A query sees a view's rows and its cursors in one snapshot, so its answer is the state at exactly one vector, told in
``at``. It locks the tables it reads before it looks (shared with everyone but a swap), lest a rebuilt table take a
live one's place under it: a snapshot taken before the swap wouldn't see the new table's rows.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Generic, TypeVar

import orjson
import psycopg
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from events.values import plain
from infra.errors import Transient
from projections.schema import SCHEMA
from projections.view import View

T = TypeVar("T")
Values = Mapping[str, Any]
Number = Annotated[Decimal, PlainSerializer(plain, return_type=str, when_used="json")]
"""An amount of any size, written as text without trailing zeros."""
PLANNING: Final = "planning/0"
"""The planner's one shard, as answers name it."""
_CLOCK: Final = b"""
    SELECT clock FROM lotone.cut WHERE %(until)s::bigint IS NULL OR position <= %(until)s::bigint
     ORDER BY cut DESC LIMIT 1
"""
LARGEST = 1000
"""Rows of one page at most."""


class Then:
    """What queries read instead of a connection when they tell of the past: the same tables in a schema of the
    session's own, filled up to the point that ``at`` tells (``past.py``)."""

    def __init__(self, connection: psycopg.Connection[Any], live: str, own: str, at: dict[str, dict[str, int]]) -> None:
        self._connection, self._live, self._own, self.at = connection, f"{live}.".encode(), f"{own}.".encode(), at

    def execute(self, query: bytes, values: "Values") -> psycopg.Cursor[Any]:
        """A query of live tables, on these."""
        return self._connection.execute(query.replace(self._live, self._own), values)


    def live(self, query: bytes, values: "Values") -> list[tuple[Any, ...]]:
        """A query of the live tables after all, of what is never changed."""
        return self._connection.execute(query, values).fetchall()


Connection = psycopg.Connection[Any] | Then


class Answer(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(frozen=True)


class At(Answer):
    """The point in history that an answer reflects: for each view, the position read of every shard."""

    at: dict[str, dict[str, int]] = Field(
        description="by view, then by shard (`inventory/0`): the last position folded",
        examples=[{"stock_position": {"inventory/0": 1204, "inventory/1": 998}}],
    )


class Page(At, Generic[T]):
    """Some of the rows, in a fixed order. ``next`` asks for those that follow; it is null on the last page."""

    items: list[T]
    next: str | None = None


class NotACursor(ValueError):
    """What was given as the place to go on from isn't one of ours."""


@contextmanager
def reading(connection: Connection, *views: View) -> Iterator[dict[str, dict[str, int]]]:
    """One snapshot of some views; yields ``at``. ``Transient`` while a view isn't there, or is of another release."""
    if isinstance(connection, Then):
        yield connection.at
        return
    tables = ", ".join(f'{SCHEMA}."{name}"' for name in sorted(table.name for view in views for table in view.tables))
    begin = (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL TIME ZONE 'UTC'; "
        f"LOCK TABLE {tables} IN ACCESS SHARE MODE"
    )
    try:
        with connection.transaction():
            connection.execute(begin.encode())
            yield _at(connection, [view.name for view in views])
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        names = ", ".join(view.name for view in views)
        raise Transient(
            f"not all tables of {names} are there as this release knows them: run `lotone up`, which makes them, or "
            f"`lotone rebuild` ({error})"
        ) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise Transient(f"PostgreSQL can't be reached: {error}") from error


def _at(connection: psycopg.Connection[Any], names: Sequence[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {name: {} for name in names}
    rows = connection.execute(
        """
        SELECT view, domain, shard, position FROM lotone.view_cursor
         WHERE view = ANY(%s) ORDER BY view, domain, shard
        """,
        [names],
    )
    for view, domain, shard, position in rows:
        found[view][f"{domain}/{shard}"] = position
    return found


def clock_of(connection: Connection) -> datetime | None:
    """What the clock said at the planner's last cut; none before the first. Of the past: the last one until then."""
    values: dict[str, Any] = {"until": None}
    if isinstance(connection, Then):
        values["until"] = max((at.get(PLANNING, 0) for at in connection.at.values()), default=0)
        rows = connection.live(_CLOCK, values)
    else:
        rows = fetch(connection, _CLOCK.decode(), values)
    return rows[0][0] if rows else None


def cursor_of(*key: str | int | date | datetime | None) -> str:
    """Where a page ended, as text for an address."""
    plain = [part.isoformat() if isinstance(part, date) else part for part in key]
    return base64.urlsafe_b64encode(orjson.dumps(plain)).decode().rstrip("=")


def place_of(cursor: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """The key in a cursor, its parts of these types; None to begin with. ``NotACursor`` for anything else."""
    if cursor is None:
        return None
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(parts, list) or len(parts) != len(kinds):
            raise ValueError
        return tuple(_part(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except (ValueError, binascii.Error):
        raise NotACursor(
            f"{cursor!r} is no place in these pages: take `next` from the page before, or leave it out to begin"
        ) from None


def _part(part: Any, kind: type) -> Any:
    if issubclass(kind, date) and isinstance(part, str):
        return kind.fromisoformat(part)
    if type(part) is not kind:
        raise ValueError
    return part


class Where:
    """Conditions that hold together, as they are asked for.

    >>> where = Where().equal("part", "BOLT").equal("site", None)
    >>> where.sql, where.values
    ('part = %(part)s', {'part': 'BOLT'})
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.values: dict[str, Any] = {}

    @property
    def sql(self) -> str:
        return " AND ".join(self._parts) or "true"

    def equal(self, column: str, value: Any) -> "Where":
        """Only rows with this value; None asks for nothing."""
        return self if value is None else self.add(f"{column} = %({column})s", **{column: value})

    def add(self, condition: str, **values: Any) -> "Where":
        """Any other condition, with the values it names."""
        self._parts.append(condition)
        self.values.update(values)
        return self

    def behind(self, columns: Sequence[str], place: tuple[Any, ...] | None, newest: bool = False) -> "Where":
        """Only rows behind a place, in the order of these columns."""
        if place is None:
            return self
        names = [f"place_{at}" for at in range(len(columns))]
        given = ", ".join(f"%({name})s" for name in names)
        sign = "<" if newest else ">"
        return self.add(f"({', '.join(columns)}) {sign} ({given})", **dict(zip(names, place, strict=True)))


def fetch(connection: Connection, query: str, values: Values) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    return connection.execute(query.encode(), values).fetchall()


def limited(limit: int) -> int:
    """How many rows a page may have."""
    return max(1, min(limit, LARGEST))
