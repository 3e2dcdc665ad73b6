"""Whether anybody ever told of a thing: an answer about what nobody knows would read as if it were empty."""

from collections.abc import Mapping
from typing import Final

from projections.plans import PLANS
from projections.purchase_order_lines import PURCHASE_ORDER_LINES
from projections.queries import Connection, fetch, reading
from projections.requisitions import REQUISITIONS
from projections.run_board import RUN_BOARD
from projections.sites import SITES
from projections.stock_movements import STOCK_MOVEMENTS
from projections.stock_position import STOCK_POSITION
from projections.supplier_record import SUPPLIER_RECORD
from projections.supplies import parts_of, stock_of

_VIEWS: Final = (
    SITES, STOCK_MOVEMENTS, STOCK_POSITION, PURCHASE_ORDER_LINES, RUN_BOARD, PLANS, REQUISITIONS, SUPPLIER_RECORD,
)
_PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "part": ("part_name.part", "stock_movement.part", "purchase_order_line.part"),
    "site": ("site.site", "stock_bucket.site", "run.site", "purchase_order_line.site"),
    "supplier": ("supplier_standing.supplier", "purchase_order_line.supplier", "supplier_receipt.supplier"),
    "run": ("run.run",),
    "requisition": ("requisition.requisition",),
    "transfer": ("stock_transit.transfer",),
}
SUPPLIES: Final = ("purchase", "run", "transfer", "requisition", "stock")
"""The kinds of supplies, as their keys begin."""


def is_known(connection: Connection, kind: str, id_: str) -> bool:
    """Of a part, a site, a supplier, a run, a requisition or a transfer."""
    with reading(connection, *_VIEWS):
        return _is(connection, kind, id_)


def _is(connection: Connection, kind: str, id_: str) -> bool:
    told = [f"EXISTS (SELECT FROM lotone.{table} WHERE {column} = %(id)s)" for table, column in (
        place.split(".") for place in _PLACES[kind]
    )]
    if kind in ("run", "transfer"):
        told.append(f"EXISTS (SELECT FROM lotone.plan WHERE kind = '{kind}' AND id = %(id)s)")
    return bool(fetch(connection, f"SELECT {' OR '.join(told)}", {"id": id_})[0][0])


def piece_is_known(connection: Connection, part: str, lot: str | None, serial: str | None) -> bool:
    """Of a part's lot or serial number."""
    where = "WHERE part = %(part)s AND (lot = %(lot)s OR serial = %(serial)s)"
    told = " OR ".join(f"EXISTS (SELECT FROM lotone.{table} {where})" for table in ("stock_movement", "run_stored"))
    with reading(connection, *_VIEWS):
        rows = fetch(connection, f"SELECT {told}", {"part": part, "lot": lot, "serial": serial})
    return bool(rows[0][0])


def supply_is_known(connection: Connection, supply: str) -> bool:
    """Of a supply by its key, open or not."""
    kind, id_, line = parts_of(supply)
    with reading(connection, *_VIEWS):
        match kind:
            case "purchase":
                rows = fetch(
                    connection, "SELECT FROM lotone.purchase_order_line WHERE number = %(id)s AND line = %(line)s",
                    {"id": id_, "line": line},
                )
                return line is not None and bool(rows)
            case "stock":
                told = stock_of(id_)
                return _is(connection, "site", told[0][0]) and any(_is(connection, "part", one) for _, one, _ in told)
            case "run" | "transfer" | "requisition":
                return _is(connection, kind, id_)
            case _:
                return False
