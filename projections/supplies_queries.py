"""Reading supplies: by their keys, or all of a part at a site."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from projections.plans import PLANS
from projections.purchase_order_lines import PURCHASE_ORDER_LINES
from projections.queries import Connection, fetch
from projections.requisitions import REQUISITIONS
from projections.run_board import RUN_BOARD
from projections.shipments import SHIPMENTS
from projections.sites import SITES
from projections.stock_position import STOCK_POSITION
from projections.supplies import Supply, parts_of
from projections.view import View
from projections.working_time import SiteTimes

VIEWS: Final[tuple[View, ...]] = (
    STOCK_POSITION, PURCHASE_ORDER_LINES, RUN_BOARD, PLANS, REQUISITIONS, SHIPMENTS, SITES,
)
"""What has to be read together."""
_FIRM: Final = ("frozen", "started", "paused", "completed")

_STOCK: Final = """
    SELECT part, site, max(unit), sum(on_hand)
      FROM lotone.stock_bucket
     WHERE status = 'available' AND owner = '' AND {stock} GROUP BY part, site
"""
_PURCHASES: Final = """
    SELECT line.number, line.line, line.part, line.site, line.unit, line.open, line.supplier, line.due,
           coalesce(line.expected, line.promised, line.due), line.arrives, line.shipped > line.received,
           (SELECT max(shipment.expected) FROM lotone.shipment_line AS carried
              JOIN lotone.shipment USING (shipment)
             WHERE carried.purchase = line.number AND carried.purchase_line = line.line AND carried.in_transit > 0)
      FROM lotone.purchase_order_line AS line
     WHERE line.open > 0 AND {purchase}
"""
_RUNS: Final = """
    SELECT run, part, site, unit, CASE state WHEN 'completed' THEN good ELSE amount - scrapped END - stored, state, due
      FROM lotone.run WHERE state NOT IN ('cancelled', 'refused') AND {run}
"""
_PLANNED: Final = """
    SELECT plan.id, plan.part, plan.site, plan.unit, plan.amount, plan.due, plan.state
      FROM lotone.plan AS plan LEFT JOIN lotone.run AS run ON run.run = plan.id
     WHERE plan.kind = 'run' AND plan.state <> 'withdrawn' AND run.run IS NULL AND {planned}
"""
_TRANSFERS: Final = """
    SELECT plan.id, plan.part, plan."to", plan.unit, plan.amount, coalesce(moved.arrived, 0), coalesce(moved.lost, 0),
           plan.state, coalesce(shipment.expected, plan.due), shipment.state, plan.site, coalesce(moved.sent, 0)
      FROM lotone.plan AS plan
      LEFT JOIN lotone.stock_transit AS moved
             ON moved.transfer = plan.id AND moved.part = plan.part AND moved.site = plan."to"
      LEFT JOIN lotone.shipment AS shipment ON shipment.shipment = plan.id
     WHERE plan.kind = 'transfer' AND plan.state <> 'withdrawn' AND {transfer}
"""
_UNPLANNED: Final = """
    SELECT moved.transfer, moved.part, moved.site, moved.unit, moved.under_way, shipment.expected, moved.from_site
      FROM lotone.stock_transit AS moved
      LEFT JOIN lotone.plan AS plan ON plan.kind = 'transfer' AND plan.id = moved.transfer
      LEFT JOIN lotone.shipment AS shipment ON shipment.shipment = moved.transfer
     WHERE plan.id IS NULL AND moved.under_way > 0 AND {moving}
"""
_REQUISITIONS: Final = """
    SELECT requisition, part, site, unit, amount - answered, due, state, supplier
      FROM lotone.requisition WHERE state IN ('proposed', 'decided') AND {requisition}
"""


def supplies(
    connection: Connection, times: SiteTimes, *, keys: Iterable[str] | None = None, part: str | None = None,
    site: str | None = None,
) -> dict[str, Supply]:
    """Open supplies by key: those named, or all of a part at a site (every site, if none is said)."""
    where, values = _by_key(keys) if keys is not None else _by_part(part, site)
    found: dict[str, Supply] = {}
    for query, made in (
        (_STOCK, _stock), (_PURCHASES, _purchase), (_RUNS, _run), (_PLANNED, _planned), (_TRANSFERS, _transfer),
        (_UNPLANNED, _unplanned), (_REQUISITIONS, _requisition),
    ):
        for row in fetch(connection, query.format_map(where), values):
            supply = made(row, times)
            if supply.open > 0:
                found[supply.supply] = supply
    return found


def _by_key(keys: Iterable[str]) -> tuple[Mapping[str, str], dict[str, Any]]:
    told = [parts_of(key) for key in sorted(set(keys))]
    lines = [(id_, line) for kind, id_, line in told if kind == "purchase" and line is not None]
    stock = [id_.partition("/") for kind, id_, _ in told if kind == "stock"]

    def ids(wanted: str) -> list[str]:
        return [id_ for kind, id_, _ in told if kind == wanted]

    where = {
        "stock": "(site, part) IN (SELECT * FROM unnest(%(stock_sites)s::text[], %(stock_parts)s::text[]))",
        "purchase": "(line.number, line.line) IN (SELECT * FROM unnest(%(numbers)s::text[], %(lines)s::bigint[]))",
        "run": "run = ANY(%(runs)s)", "planned": "plan.id = ANY(%(runs)s)", "transfer": "plan.id = ANY(%(transfers)s)",
        "moving": "moved.transfer = ANY(%(transfers)s)", "requisition": "requisition = ANY(%(requisitions)s)",
    }
    return where, {
        "stock_sites": [site for site, _, _ in stock], "stock_parts": [part for _, _, part in stock],
        "numbers": [number for number, _ in lines], "lines": [line for _, line in lines],
        "runs": ids("run"), "transfers": ids("transfer"), "requisitions": ids("requisition"),
    }


def _by_part(part: str | None, site: str | None) -> tuple[Mapping[str, str], dict[str, Any]]:
    def both(prefix: str = "", column: str = "site") -> str:
        parts = [f"{prefix}part = %(part)s"] if part is not None else []
        parts += [f'{prefix}"{column}" = %(site)s'] if site is not None else []
        return " AND ".join(parts) or "true"

    where = {
        "stock": both(), "purchase": both("line."), "run": both(), "planned": both("plan."),
        "transfer": both("plan.", "to"), "moving": both("moved."), "requisition": both(),
    }
    return where, {"part": part, "site": site}


def _stock(row: tuple[Any, ...], _: SiteTimes) -> Supply:
    part, site, unit, on_hand = row
    return Supply(f"stock/{site}/{part}", "stock", part, site, unit, on_hand, None, "on hand", True)


def _purchase(row: tuple[Any, ...], times: SiteTimes) -> Supply:
    number, line, part, site, unit, open_, supplier, due, expected, arrives, under_way, carried = row
    clock = times.of(site)
    day: date | None = arrives if under_way and arrives is not None else expected
    at: datetime | None = None if day is None else clock.end_of(day)
    return Supply(
        f"purchase/{number}/{line}", "purchase", part, site, unit, open_, carried or at,
        "under way" if under_way else "ordered", True, supplier=supplier, due=due,
    )


def _run(row: tuple[Any, ...], _: SiteTimes) -> Supply:
    run, part, site, unit, open_, state, due = row
    return Supply(f"run/{run}", "run", part, site, unit, open_, due, state, state in _FIRM)


def _planned(row: tuple[Any, ...], _: SiteTimes) -> Supply:
    run, part, site, unit, amount, due, state = row
    return Supply(f"run/{run}", "run", part, site, unit, amount, due, state, False)


def _transfer(row: tuple[Any, ...], _: SiteTimes) -> Supply:
    transfer, part, site, unit, amount, arrived, lost, state, expected, shipment, from_site, sent = row
    on_way = sent > 0 or shipment in ("under_way", "arrived", "delivered")
    told = "under way" if on_way else state
    left = (sent if on_way else amount) - arrived - lost
    return Supply(
        f"transfer/{transfer}", "transfer", part, site or "", unit, left, expected, told, on_way, from_site=from_site
    )


def _unplanned(row: tuple[Any, ...], _: SiteTimes) -> Supply:
    transfer, part, site, unit, under_way, expected, from_site = row
    return Supply(
        f"transfer/{transfer}", "transfer", part, site, unit, under_way, expected, "under way", True,
        from_site=from_site,
    )


def _requisition(row: tuple[Any, ...], times: SiteTimes) -> Supply:
    requisition, part, site, unit, open_, due, state, supplier = row
    told = "proposed, not asked for yet" if state == "proposed" else "asked for, not ordered yet"
    return Supply(
        f"requisition/{requisition}", "requisition", part, site, unit, open_, times.of(site).end_of(due), told, False,
        supplier=supplier, due=due,
    )
