"""A part's stock as it stood at a point of history."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from projections.as_of import History, streams_beginning
from projections.listing import told
from projections.memory import MemoryRows
from projections.purchase_order_lines import LINE, PURCHASE_ORDER_LINES
from projections.queries import Connection, fetch
from projections.stock_position import BUCKET, CLAIM, RESERVATION, STOCK_POSITION, TRANSIT, StockBucket
from projections.stock_position_queries import (
    AllocationLine,
    BucketLine,
    ByStatus,
    PartStock,
    StockPosition,
    TransitLine,
)

ZERO: Final = Decimal(0)


def stock_as_of(connection: Connection, history: History, part: str, site: str | None = None) -> PartStock | None:
    """The same as ``part_stock``, folded from the record; None when nothing was known of it then."""
    streams = streams_beginning(connection, history.shards.get("inventory", 0), "inventory", f"stock/{part}@")
    wanted = [place for place in streams if site is None or place[1] == f"stock/{part}@{site}"]
    rows = history.rows(STOCK_POSITION, wanted)
    numbers = fetch(
        connection, "SELECT DISTINCT number FROM lotone.purchase_order_line WHERE part = %(part)s ORDER BY 1",
        {"part": part},
    )
    ordered = history.rows(PURCHASE_ORDER_LINES, [("suppliers", f"purchase-order/{row[0]}") for row in numbers])
    open_: dict[tuple[str, str], Decimal] = {}
    for line in ordered.rows(LINE):
        if line.part == part and line.open and site in (None, line.site):
            open_[line.site, line.unit] = open_.get((line.site, line.unit), ZERO) + line.open
    positions = _positions(part, rows, open_)
    if not positions:
        return None
    return PartStock(
        at=history.at("inventory", "suppliers"), part=part, sites=positions,
        buckets=[told(BucketLine, row) for row in rows.rows(BUCKET)], allocations=_allocations(rows),
        in_transit=[told(TransitLine, row) for row in rows.rows(TRANSIT) if row.under_way],
    )


def _allocations(rows: MemoryRows) -> list[AllocationLine]:
    found = []
    for claim in rows.rows(CLAIM):
        held = rows.get(RESERVATION, claim.part, claim.site, claim.reservation)
        found.append(told(
            AllocationLine, claim, purpose=None if held is None else held.purpose,
            priority=None if held is None else held.priority, needed_by=None if held is None else held.needed_by,
            reserved_at=None if held is None else held.reserved_at,
        ))
    return found


def _positions(part: str, rows: MemoryRows, ordered: dict[tuple[str, str], Decimal]) -> list[StockPosition]:
    buckets: dict[str, list[StockBucket]] = {}
    units: dict[str, str] = dict(ordered.keys())
    for bucket in rows.rows(BUCKET):
        buckets.setdefault(bucket.site, []).append(bucket)
        units[bucket.site] = bucket.unit
    moving = {row.site: row.under_way for row in rows.rows(TRANSIT) if row.under_way > 0}
    units |= {row.site: row.unit for row in rows.rows(TRANSIT) if row.under_way}
    on_order = {site: amount for (site, _), amount in ordered.items()}
    return [
        _position(part, site, units[site], buckets.get(site, ()), on_order.get(site, ZERO), moving.get(site, ZERO))
        for site in sorted(units)
    ]


def _position(
    part: str, site: str, unit: str, buckets: Sequence[StockBucket], on_order: Decimal, in_transit: Decimal
) -> StockPosition:
    def held(status: str) -> Decimal:
        return sum((row.on_hand for row in buckets if row.status == status), ZERO)

    own = [row for row in buckets if row.status == "available" and row.owner is None]
    free = sum((row.on_hand - row.allocated for row in own), ZERO)
    return StockPosition(
        part=part, site=site, unit=unit, on_hand=sum((row.on_hand for row in buckets), ZERO),
        by_status=ByStatus(
            available=held("available"), inspection=held("inspection"), hold=held("hold"), rejected=held("rejected")
        ),
        consigned=sum((row.on_hand for row in buckets if row.owner is not None), ZERO),
        allocated=sum((row.allocated for row in buckets), ZERO), available=max(free, ZERO), short=max(-free, ZERO),
        on_order=on_order, in_transit=in_transit,
    )
