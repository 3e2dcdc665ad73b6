"""What there is of a part, where, in which status, who claims it, and what is coming."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from projections.purchase_order_lines import PURCHASE_ORDER_LINES
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
from projections.stock_position import STOCK_POSITION

ZERO: Final = Decimal(0)
PLACE: Final = ("location", "status", "revision", "lot", "serial", "owner", "configuration")


class ByStatus(Answer):
    """Stock on hand by what may be done with it."""

    available: Number
    inspection: Number
    hold: Number
    rejected: Number


class StockPosition(Answer):
    """A part at a site, in the part's base unit. What others own is told apart as ``consigned``, and isn't available.

    available = our available stock on hand that is like any other of its part − what is allocated of it, never below
    zero; what is missing is ``short``. ``configured`` is the same of what was built as customers chose.
    """

    part: str
    site: str
    unit: str
    on_hand: Number
    by_status: ByStatus
    consigned: Number
    allocated: Number
    available: Number
    configured: Number
    short: Number
    on_order: Number
    in_transit: Number


class StockPositions(Page[StockPosition]):
    """Parts at sites, by part and site."""


class BucketLine(Answer):
    """A bucket, with when anything last came into it or left it, and the fact that moved it last."""

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
    on_hand: Number
    allocated: Number
    last_in_at: datetime | None
    last_out_at: datetime | None
    last_fact: str


class BucketLines(Page[BucketLine]):
    """Buckets, by part, site and place."""


class AllocationLine(Answer):
    """What a reservation claims of a bucket, and whom it is for."""

    part: str
    site: str
    reservation: str
    location: str
    status: str
    revision: str | None
    lot: str | None
    serial: str | None
    owner: str | None
    configuration: str | None
    unit: str
    amount: Number
    purpose: str | None
    priority: int | None
    needed_by: datetime | None
    reserved_at: datetime | None


class AllocationLines(Page[AllocationLine]):
    """Allocations, by part, site, reservation and place."""


class TransitLine(Answer):
    """A transfer on its way to ``site``."""

    part: str
    site: str
    transfer: str
    unit: str
    from_site: str | None
    sent: Number
    arrived: Number
    lost: Number
    under_way: Number
    sent_at: datetime | None


class TransitLines(Page[TransitLine]):
    """Transfers that aren't all there yet, by part, site and transfer."""


class PartStock(At):
    """A part, everywhere: its position at each site, its buckets and allocations (the first thousand of each)."""

    part: str
    sites: list[StockPosition]
    buckets: list[BucketLine]
    allocations: list[AllocationLine]
    in_transit: list[TransitLine]


_KEYS: Final = """
    (SELECT DISTINCT part, site FROM lotone.stock_bucket WHERE {where} ORDER BY part, site LIMIT %(limit)s)
    UNION
    (SELECT DISTINCT part, site FROM lotone.stock_transit
      WHERE under_way > 0 AND {where} ORDER BY part, site LIMIT %(limit)s)
    UNION
    (SELECT DISTINCT part, site FROM lotone.purchase_order_line
      WHERE open > 0 AND {where} ORDER BY part, site LIMIT %(limit)s)
    ORDER BY part, site
    LIMIT %(limit)s
"""

_POSITIONS: Final = f"""
SELECT part, site, coalesce(stock.unit, transit.unit, ordered.unit), coalesce(stock.on_hand, 0),
       coalesce(stock.available, 0), coalesce(stock.inspection, 0), coalesce(stock.hold, 0),
       coalesce(stock.rejected, 0), coalesce(stock.consigned, 0), coalesce(stock.allocated, 0),
       coalesce(stock.free, 0), coalesce(stock.configured, 0), coalesce(ordered.open, 0), coalesce(transit.under_way, 0)
  FROM ({_KEYS}) AS keys
  CROSS JOIN LATERAL (
       SELECT max(unit) AS unit, sum(on_hand) AS on_hand, sum(allocated) AS allocated,
              sum(on_hand) FILTER (WHERE status = 'available') AS available,
              sum(on_hand) FILTER (WHERE status = 'inspection') AS inspection,
              sum(on_hand) FILTER (WHERE status = 'hold') AS hold,
              sum(on_hand) FILTER (WHERE status = 'rejected') AS rejected,
              sum(on_hand) FILTER (WHERE owner <> '') AS consigned,
              sum(on_hand - allocated) FILTER (
                  WHERE status = 'available' AND owner = '' AND configuration = '') AS free,
              sum(greatest(on_hand - allocated, 0)) FILTER (
                  WHERE status = 'available' AND owner = '' AND configuration <> '') AS configured
         FROM lotone.stock_bucket AS held
        WHERE held.part = keys.part AND held.site = keys.site) AS stock
  CROSS JOIN LATERAL (
       SELECT max(unit) AS unit, sum(greatest(under_way, 0)) AS under_way
         FROM lotone.stock_transit AS held
        WHERE held.part = keys.part AND held.site = keys.site) AS transit
  CROSS JOIN LATERAL (
       SELECT max(unit) AS unit, sum(open) AS open
         FROM lotone.purchase_order_line AS line
        WHERE line.part = keys.part AND line.site = keys.site AND open > 0) AS ordered
 ORDER BY part, site
"""


def positions(
    connection: Connection, *, part: str | None = None, site: str | None = None, after: str | None = None,
    limit: int = 100,
) -> StockPositions:
    """Parts at sites where anything is, is claimed, or is coming."""
    with reading(connection, STOCK_POSITION, PURCHASE_ORDER_LINES) as at:
        items = _positions(connection, part, site, place_of(after, str, str), limited(limit) + 1)
    page = items[: limited(limit)]
    more = cursor_of(page[-1].part, page[-1].site) if len(items) > len(page) else None
    return StockPositions(at=at, items=page, next=more)


def _positions(
    connection: Connection, part: str | None, site: str | None, place: tuple[Any, ...] | None, limit: int
) -> list[StockPosition]:
    where = Where().equal("part", part).equal("site", site).behind(("part", "site"), place)
    rows = fetch(connection, _POSITIONS.format(where=where.sql), {**where.values, "limit": limit})
    return [_position(*row) for row in rows]


def _position(
    part: str, site: str, unit: str, on_hand: Decimal, available: Decimal, inspection: Decimal, hold: Decimal,
    rejected: Decimal, consigned: Decimal, allocated: Decimal, free: Decimal, configured: Decimal, on_order: Decimal,
    in_transit: Decimal,
) -> StockPosition:
    return StockPosition(
        part=part, site=site, unit=unit, on_hand=on_hand, consigned=consigned, allocated=allocated,
        by_status=ByStatus(available=available, inspection=inspection, hold=hold, rejected=rejected),
        available=max(free, ZERO), configured=configured, short=max(-free, ZERO), on_order=on_order,
        in_transit=in_transit,
    )


def part_stock(connection: Connection, part: str) -> PartStock | None:
    """All there is to say of a part's stock; None when nothing is known of it."""
    with reading(connection, STOCK_POSITION, PURCHASE_ORDER_LINES) as at:
        where = Where().equal("part", part)
        sites = _positions(connection, part, None, None, 1000)
        buckets = _buckets(connection, where, 1000)
        allocations = _allocations(connection, Where().add("claim.part = %(part)s", part=part), 1000)
        transits = _transits(connection, where, 1000)
    if not sites:
        return None
    return PartStock(
        at=at, part=part, sites=sites, buckets=buckets, allocations=allocations, in_transit=transits,
    )


def buckets(
    connection: Connection, *, part: str | None = None, site: str | None = None, location: str | None = None,
    status: str | None = None, lot: str | None = None, serial: str | None = None, after: str | None = None,
    limit: int = 100,
) -> BucketLines:
    """Buckets that hold anything, or of which anything is claimed."""
    key = ("part", "site", *PLACE)
    where = (
        Where().equal("part", part).equal("site", site).equal("location", location).equal("status", status)
        .equal("lot", lot).equal("serial", serial).behind(key, place_of(after, *(str,) * 9))
    )
    with reading(connection, STOCK_POSITION) as at:
        items = _buckets(connection, where, limited(limit) + 1)
    page = items[: limited(limit)]
    more = cursor_of(*(getattr(page[-1], name) or "" for name in key)) if len(items) > len(page) else None
    return BucketLines(at=at, items=page, next=more)


def _buckets(connection: Connection, where: Where, limit: int) -> list[BucketLine]:
    rows = fetch(connection, f"""
        SELECT part, site, location, status, revision, lot, serial, owner, configuration, unit, on_hand, allocated,
               last_in_at, last_out_at, last_fact
          FROM lotone.stock_bucket
         WHERE {where.sql}
         ORDER BY part, site, location, status, revision, lot, serial, owner, configuration
         LIMIT %(limit)s
    """, {**where.values, "limit": limit})
    return [BucketLine(**dict(zip(BucketLine.model_fields, _none(row, 4, 9), strict=True))) for row in rows]


def _none(row: tuple[Any, ...], start: int, end: int) -> list[Any]:
    """Key columns hold an empty text where there is nothing."""
    return [value or None if start <= at < end else value for at, value in enumerate(row)]


def allocations(
    connection: Connection, *, part: str | None = None, site: str | None = None, reservation: str | None = None,
    purpose: str | None = None, after: str | None = None, limit: int = 100,
) -> AllocationLines:
    """Who claims what."""
    key = ("part", "site", "reservation", *PLACE)
    where = Where().behind([f"claim.{name}" for name in key], place_of(after, *(str,) * 10))
    for name, value in (("part", part), ("site", site), ("reservation", reservation)):
        if value is not None:
            where.add(f"claim.{name} = %({name})s", **{name: value})
    if purpose is not None:
        where.add("held.purpose = %(purpose)s", purpose=purpose)
    with reading(connection, STOCK_POSITION) as at:
        items = _allocations(connection, where, limited(limit) + 1)
    page = items[: limited(limit)]
    more = cursor_of(*(getattr(page[-1], name) or "" for name in key)) if len(items) > len(page) else None
    return AllocationLines(at=at, items=page, next=more)


def _allocations(connection: Connection, where: Where, limit: int) -> list[AllocationLine]:
    rows = fetch(connection, f"""
        SELECT claim.part, claim.site, claim.reservation, location, status, revision, lot, serial, owner, configuration,
               claim.unit, claim.amount, held.purpose, held.priority, held.needed_by, held.reserved_at
          FROM lotone.stock_claim AS claim
          LEFT JOIN lotone.stock_reservation AS held
            ON held.part = claim.part AND held.site = claim.site AND held.reservation = claim.reservation
         WHERE {where.sql}
         ORDER BY claim.part, claim.site, claim.reservation, location, status, revision, lot, serial, owner,
                  configuration
         LIMIT %(limit)s
    """, {**where.values, "limit": limit})
    return [AllocationLine(**dict(zip(AllocationLine.model_fields, _none(row, 5, 10), strict=True))) for row in rows]


def transits(
    connection: Connection, *, part: str | None = None, site: str | None = None, after: str | None = None,
    limit: int = 100,
) -> TransitLines:
    """Transfers that aren't all there yet, or of which more came than was known of."""
    key = ("part", "site", "transfer")
    where = Where().equal("part", part).equal("site", site).behind(key, place_of(after, str, str, str))
    with reading(connection, STOCK_POSITION) as at:
        items = _transits(connection, where, limited(limit) + 1)
    page = items[: limited(limit)]
    more = cursor_of(*(getattr(page[-1], name) for name in key)) if len(items) > len(page) else None
    return TransitLines(at=at, items=page, next=more)


def _transits(connection: Connection, where: Where, limit: int) -> list[TransitLine]:
    rows = fetch(connection, f"""
        SELECT part, site, transfer, unit, from_site, sent, arrived, lost, under_way, sent_at
          FROM lotone.stock_transit
         WHERE under_way <> 0 AND {where.sql}
         ORDER BY part, site, transfer
         LIMIT %(limit)s
    """, {**where.values, "limit": limit})
    return [TransitLine(**dict(zip(TransitLine.model_fields, row, strict=True))) for row in rows]
