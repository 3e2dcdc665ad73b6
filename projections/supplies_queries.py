"""Reading supplies: by their keys, or all of a part at a site.

When each is expected is the planner's own idea (``planning/world/supplies.py``, ``alarms.expected``), but for one
thing: whether what a run needs is there. That takes the whole tree below it: ``settling.py``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from events.planning.shapes import SupplyKey
from projections.circumstances import Circumstances, circumstances
from projections.network import NETWORK
from projections.plans import PLANS
from projections.purchase_order_lines import PURCHASE_ORDER_LINES
from projections.queries import Connection, fetch
from projections.requisitions import REQUISITIONS
from projections.run_board import RUN_BOARD
from projections.shipments import SHIPMENTS
from projections.sites import SITES
from projections.stock_position import STOCK_POSITION
from projections.supplier_record import SUPPLIER_RECORD
from projections.supplies import Supply, parts_of, stock_of
from projections.view import View
from projections.working_time import SiteTime, SiteTimes

VIEWS: Final[tuple[View, ...]] = (
    STOCK_POSITION, PURCHASE_ORDER_LINES, RUN_BOARD, PLANS, REQUISITIONS, SHIPMENTS, SITES,
    NETWORK, SUPPLIER_RECORD,
)
"""What has to be read together."""
_FIRM: Final = ("frozen", "started", "paused", "completed")

_STOCK: Final = """
    SELECT part, site, configuration, max(unit), sum(on_hand), sum(on_hand - least(on_hand, allocated))
      FROM lotone.stock_bucket
     WHERE status = 'available' AND owner = '' AND {stock} GROUP BY part, site, configuration
"""
_PURCHASES: Final = """
    SELECT line.number, line.line, line.part, line.site, line.unit, line.open, line.in_inspection, line.supplier,
           line.due, coalesce(line.expected, line.promised, line.due), line.arrives, line.shipped > line.received,
           (SELECT max(shipment.expected) FROM lotone.shipment_line AS carried
              JOIN lotone.shipment USING (shipment)
             WHERE carried.purchase = line.number AND carried.purchase_line = line.line AND carried.in_transit > 0),
           coalesce(asked.for_stock, 0)
      FROM lotone.purchase_order_line AS line LEFT JOIN lotone.requisition AS asked USING (requisition)
     WHERE line.open + line.in_inspection > 0 AND {purchase}
"""
_RUNS: Final = """
    SELECT run.run, run.part, run.site, run.unit,
           CASE run.state WHEN 'completed' THEN good ELSE run.amount - scrapped END - stored, run.state, run.due,
           plan.id IS NOT NULL, run.configuration IS NOT NULL
      FROM lotone.run AS run LEFT JOIN lotone.plan AS plan ON plan.kind = 'run' AND plan.id = run.run
     WHERE run.state NOT IN ('cancelled', 'refused') AND {run}
"""
_PLANNED: Final = """
    SELECT plan.id, plan.part, plan.site, plan.unit, plan.amount, plan.due, plan.state
      FROM lotone.plan AS plan LEFT JOIN lotone.run AS run ON run.run = plan.id
     WHERE plan.kind = 'run' AND plan.state <> 'withdrawn' AND run.run IS NULL AND {planned}
"""
_TRANSFERS: Final = """
    SELECT plan.id, plan.part, plan."to", plan.unit, plan.amount, coalesce(moved.arrived, 0), coalesce(moved.lost, 0),
           plan.state, shipment.expected, shipment.state, plan.site, coalesce(moved.sent, 0), plan.start, plan.due,
           plan.lanes, shipment.departed_at IS NOT NULL,
           (shipment.depart_at, shipment.arrive_at) IS NOT DISTINCT FROM (plan.start, plan.due)
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
    SELECT requisition, part, site, unit, amount - answered, due, state, supplier, order_by, for_stock
      FROM lotone.requisition WHERE state IN ('proposed', 'decided') AND {requisition}
"""


def supplies(
    connection: Connection, times: SiteTimes, *, keys: Iterable[str] | None = None, part: str | None = None,
    site: str | None = None,
) -> dict[str, Supply]:
    """Open supplies by key: those named, or all of a part at a site (every site, if none is said)."""
    where, values = _by_key(keys) if keys is not None else _by_part(part, site)
    found: dict[str, Supply] = {}
    told = _Told(times, circumstances(connection))
    for query, made in (
        (_STOCK, _stock), (_PURCHASES, _purchase), (_RUNS, _run), (_PLANNED, _planned), (_TRANSFERS, _transfer),
        (_UNPLANNED, _unplanned), (_REQUISITIONS, _requisition),
    ):
        for row in fetch(connection, query.format_map(where), values):
            supply = made(row, told)
            if supply.open > 0:
                found[supply.supply] = supply
    return found


def _by_key(keys: Iterable[str]) -> tuple[Mapping[str, str], dict[str, Any]]:
    told = [parts_of(key) for key in sorted(set(keys))]
    lines = [(id_, line) for kind, id_, line in told if kind == "purchase" and line is not None]
    stock = [place for kind, id_, _ in told if kind == "stock" for place in stock_of(id_)]

    def ids(wanted: str) -> list[str]:
        return [id_ for kind, id_, _ in told if kind == wanted]

    where = {
        "stock": "(site, part, configuration) IN "
                 "(SELECT * FROM unnest(%(stock_sites)s::text[], %(stock_parts)s::text[], %(stock_built)s::text[]))",
        "purchase": "(line.number, line.line) IN (SELECT * FROM unnest(%(numbers)s::text[], %(lines)s::bigint[]))",
        "run": "run.run = ANY(%(runs)s)", "planned": "plan.id = ANY(%(runs)s)",
        "transfer": "plan.id = ANY(%(transfers)s)",
        "moving": "moved.transfer = ANY(%(transfers)s)", "requisition": "requisition = ANY(%(requisitions)s)",
    }
    return where, {
        "stock_sites": [site for site, _, _ in stock], "stock_parts": [part for _, part, _ in stock],
        "stock_built": [configuration for _, _, configuration in stock],
        "numbers": [number for number, _ in lines], "lines": [line for _, line in lines],
        "runs": ids("run"), "transfers": ids("transfer"), "requisitions": ids("requisition"),
    }


def _by_part(part: str | None, site: str | None) -> tuple[Mapping[str, str], dict[str, Any]]:
    def both(prefix: str = "", column: str = "site") -> str:
        parts = [f"{prefix}part = %(part)s"] if part is not None else []
        parts += [f'{prefix}"{column}" = %(site)s'] if site is not None else []
        return " AND ".join(parts) or "true"

    where = {
        "stock": both(), "purchase": both("line."), "run": both("run."), "planned": both("plan."),
        "transfer": both("plan.", "to"), "moving": both("moved."), "requisition": both(),
    }
    return where, {"part": part, "site": site}


@dataclass(frozen=True, slots=True)
class _Told:
    """What dates are seen with."""

    times: SiteTimes
    around: Circumstances

    @property
    def now(self) -> datetime | None:
        return self.times.now

    def late(self, clock: SiteTime, at: datetime | None) -> bool:
        """Whether the day on which something was to be there is over."""
        return at is not None and self.now is not None and clock.late_from(at) <= self.now


def _stock(row: tuple[Any, ...], _: _Told) -> Supply:
    part, site, configuration, unit, on_hand, spare = row
    key = SupplyKey.stock(site, part, configuration or None)
    return Supply(key.text, "stock", part, site, unit, on_hand, None, "on hand", True, spare=spare)


def _purchase(row: tuple[Any, ...], told: _Told) -> Supply:
    number, line, part, site, unit, open_, inspecting, supplier, due, expected, arrives, under_way, carried, spare = row
    clock = told.times.of(site)
    day: date | None = arrives if under_way and arrives is not None else expected
    said: datetime | None = carried or (None if day is None else clock.end_of(day))
    at, why = said, None if said is not None else "nobody said for which day it was ordered, or promised"
    if said is not None and open_ and not (under_way or carried):
        at, why = told.around.after_outage(said, supplier)
        if at is not None:
            at, why = told.around.after_closure(at, supplier, site)
    state = "in inspection" if not open_ else "under way" if under_way else "ordered"
    return Supply(
        f"purchase/{number}/{line}", "purchase", part, site, unit, open_ + inspecting,
        None if at is None else clock.seen(at, told.now), state, True, supplier=supplier, due=due, why=why,
        overdue=told.late(clock, said), spare=spare,
    )


def _run(row: tuple[Any, ...], told: _Told) -> Supply:
    run, part, site, unit, open_, state, due, ours, chosen = row
    clock, firm = told.times.of(site), state in _FIRM
    return Supply(
        f"run/{run}", "run", part, site, unit, open_, clock.seen(due, told.now), state, firm,
        overdue=told.late(clock, due), ours=ours and not firm, chosen=chosen,
    )


def _planned(row: tuple[Any, ...], told: _Told) -> Supply:
    run, part, site, unit, amount, due, state = row
    clock, proposed = told.times.of(site), state == "proposed"
    return Supply(
        f"run/{run}", "run", part, site, unit, amount, None if proposed else clock.seen(due, told.now), state, False,
        overdue=told.late(clock, due), ours=True,
        why=f"nobody has approved {run} yet, so nothing is planned for what it needs" if proposed else None,
    )


def _transfer(row: tuple[Any, ...], told: _Told) -> Supply:
    (transfer, part, site, unit, amount, arrived, lost, state, expected, shipment, from_site, sent, leaves, arrives,
     lanes, left, as_planned) = row
    on_way = sent > 0 or shipment in ("under_way", "arrived", "delivered")
    clock, journey, why = told.times.of(site or ""), None, None
    at: datetime | None = expected or arrives
    if not left:
        said = (expected if as_planned else None) or arrives
        at, why = told.around.over(said, lanes, leaves, arrives)
        journey = (leaves, said)
    return Supply(
        f"transfer/{transfer}", "transfer", part, site or "", unit, (sent if on_way else amount) - arrived - lost,
        None if at is None else clock.seen(at, told.now), "under way" if on_way else state, on_way,
        from_site=from_site, why=why, overdue=told.late(clock, at), ours=not on_way, journey=journey,
    )


def _unplanned(row: tuple[Any, ...], told: _Told) -> Supply:
    transfer, part, site, unit, under_way, expected, from_site = row
    clock = told.times.of(site)
    return Supply(
        f"transfer/{transfer}", "transfer", part, site, unit, under_way,
        None if expected is None else clock.seen(expected, told.now), "under way", True, from_site=from_site,
        why=None if expected is not None else "nobody said when it arrives", overdue=told.late(clock, expected),
    )


def _requisition(row: tuple[Any, ...], told: _Told) -> Supply:
    requisition, part, site, unit, open_, due, state, supplier, order_by, spare = row
    clock = told.times.of(site)
    at, why = told.around.after_outage(clock.end_of(due), supplier)
    return Supply(
        f"requisition/{requisition}", "requisition", part, site, unit, open_,
        None if at is None else clock.seen(at, told.now, clock.end_of(order_by)),
        "proposed, not asked for yet" if state == "proposed" else "asked for, not ordered yet", False,
        supplier=supplier, due=due, why=why, ours=True, spare=spare,
    )
