"""What moved of a part, why, and what its book held at any time: as it was known then, and as it is known now."""

from datetime import datetime
from typing import Any, Final

from projections.queries import (
    Answer,
    At,
    Connection,
    Number,
    Page,
    Where,
    cursor_of,
    fetch,
    limited,
    place_of,
    reading,
)
from projections.stock_movements import STOCK_MOVEMENTS

_ORDER: Final = ("occurred_at", "shard", "position", "entry")


class MovementLine(Answer):
    """One posting: the change of a bucket's stock on hand. ``fact_id`` is the fact's, ``source`` and ``cause`` are the
    event's that caused it. A variance was posted by a count, or because of one."""

    fact_id: str
    fact: str
    part: str
    site: str
    location: str
    status: str
    revision: str | None
    lot: str | None
    serial: str | None
    owner: str | None
    configuration: str | None
    unit: str
    account: str
    amount: Number
    variance: bool
    occurred_at: datetime
    recorded_at: datetime
    source: str
    cause: str
    order: str | None
    line: int | None
    supplier: str | None
    run: str | None
    shipment: str | None
    transfer: str | None
    reason: str | None


class MovementLines(Page[MovementLine]):
    """Movements, by when they count in the world."""


class BucketBalance(Answer):
    """What a bucket held."""

    site: str
    location: str
    status: str
    revision: str | None
    lot: str | None
    serial: str | None
    owner: str | None
    configuration: str | None
    on_hand: Number


class AccountBalance(Answer):
    """What came from an account, or went to it (below zero)."""

    site: str
    account: str
    amount: Number


class Balance(At):
    """A part's book at a past time: Σ accounts = Σ buckets, at each site."""

    part: str
    unit: str | None
    occurred_until: datetime | None
    recorded_until: datetime | None
    buckets: list[BucketBalance]
    accounts: list[AccountBalance]


_COLUMNS: Final = """
    domain || '/' || shard || '/' || position, fact, part, site, location, status, revision, lot, serial, owner,
    configuration, unit, account, amount, variance, occurred_at, recorded_at, source, cause, "order", line, supplier,
    run, shipment, transfer, reason
"""


def movements(
    connection: Connection, part: str, *, site: str | None = None, lot: str | None = None, run: str | None = None,
    order: str | None = None, since: datetime | None = None, until: datetime | None = None, newest: bool = False,
    after: str | None = None, limit: int = 100,
) -> MovementLines:
    """The movements of a part. ``since`` is included, ``until`` too; ``newest`` begins with the latest."""
    where = Where().equal("part", part).equal("site", site).equal("lot", lot).equal("run", run)
    if order is not None:
        where.add('"order" = %(order)s', order=order)
    if since is not None:
        where.add("occurred_at >= %(since)s", since=since)
    if until is not None:
        where.add("occurred_at <= %(until)s", until=until)
    where.behind(_ORDER, place_of(after, datetime, int, int, int), newest)
    direction = "DESC" if newest else "ASC"
    ordered = ", ".join(f"{column} {direction}" for column in _ORDER)
    query = f"""
        SELECT occurred_at, shard, position, entry, {_COLUMNS}
          FROM lotone.stock_movement WHERE {where.sql} ORDER BY {ordered} LIMIT %(limit)s
    """
    with reading(connection, STOCK_MOVEMENTS) as at:
        rows = fetch(connection, query, {**where.values, "limit": limited(limit) + 1})
    page = rows[: limited(limit)]
    more = cursor_of(*page[-1][:4]) if len(rows) > len(page) else None
    return MovementLines(at=at, items=[_line(row[4:]) for row in page], next=more)


def _line(row: tuple[Any, ...]) -> MovementLine:
    values = dict(zip(MovementLine.model_fields, row, strict=True))
    return MovementLine(**_bare(values))


def _bare(values: dict[str, Any]) -> dict[str, Any]:
    """Ids are never empty: an empty text stands for nothing."""
    return {name: None if value == "" else value for name, value in values.items()}


def balance(
    connection: Connection, part: str, *, site: str | None = None, occurred_until: datetime | None = None,
    recorded_until: datetime | None = None,
) -> Balance:
    """The book of a part from the movements that occurred, and were recorded, until then; None sets no bound.

    *As known at T* is ``recorded_until=T``; *as corrected since, at T* is ``occurred_until=T``; both: what was known
    then of what had occurred.
    """
    where = Where().equal("part", part).equal("site", site)
    if occurred_until is not None:
        where.add("occurred_at <= %(occurred)s", occurred=occurred_until)
    if recorded_until is not None:
        where.add("recorded_at <= %(recorded)s", recorded=recorded_until)
    with reading(connection, STOCK_MOVEMENTS) as at:
        held = fetch(connection, f"""
            SELECT site, location, status, revision, lot, serial, owner, configuration, sum(amount), max(unit)
              FROM lotone.stock_movement WHERE {where.sql}
             GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(amount) <> 0 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
        """, where.values)
        accounts = fetch(connection, f"""
            SELECT site, account, sum(amount), max(unit) FROM lotone.stock_movement WHERE {where.sql}
             GROUP BY 1, 2 ORDER BY 1, 2
        """, where.values)
    return Balance(
        at=at, part=part, unit=accounts[0][3] if accounts else None, occurred_until=occurred_until,
        recorded_until=recorded_until,
        buckets=[BucketBalance(**dict(zip(BucketBalance.model_fields, row[:9], strict=True))) for row in held],
        accounts=[AccountBalance(**dict(zip(AccountBalance.model_fields, row[:3], strict=True))) for row in accounts],
    )
