"""The network: which lanes are open, slowed or closed, until when; and which suppliers can't deliver."""

from datetime import datetime
from typing import Final

from projections.listing import Listing, told
from projections.network import LANE, NETWORK
from projections.queries import Answer, At, Connection, Number, Page, Where, fetch, reading
from projections.shipments import SHIPMENTS
from projections.supplier_record import SUPPLIER_RECORD

_LANES: Final = Listing(LANE)


class LaneLine(Answer):
    """A lane and how it stands. Hours are of transit; ``under_way`` counts shipments on it, by their plan."""

    lane: str
    from_node: str
    to_node: str
    defined: bool
    active: bool
    mode: str | None
    distance_km: Number | None
    least: int
    usual: int
    most: int
    currency: str | None
    fixed: Number | None
    per_kg: Number | None
    per_unit: Number | None
    capacity: Number | None
    capacity_unit: str | None
    calendar: str | None
    cutoff: str | None
    standing: str
    extra_hours: int
    since: datetime | None
    until: datetime | None
    reason: str | None
    closures: int
    under_way: int
    last_fact: str


class LaneLines(Page[LaneLine]):
    """Lanes, by id."""


class SupplierDown(Answer):
    """A supplier that can't deliver just now."""

    supplier: str
    down_since: datetime
    down_until: datetime | None
    reason: str | None


class NetworkState(At):
    """What isn't as usual: lanes that are closed or slowed, and suppliers that are down."""

    open: int
    slowed: int
    closed: int
    lanes: list[LaneLine]
    suppliers_down: list[SupplierDown]


def lanes(
    connection: Connection, *, from_node: str | None = None, to_node: str | None = None, standing: str | None = None,
    mode: str | None = None, after: str | None = None, limit: int = 100,
) -> LaneLines:
    """Lanes with their terms."""
    where = (
        Where().equal("from_node", from_node).equal("to_node", to_node).equal("standing", standing).equal("mode", mode)
    )
    with reading(connection, NETWORK, SHIPMENTS) as at:
        rows, more = _LANES.page(connection, where, after, limit)
        loads = _loads(connection)
    return LaneLines(
        at=at, items=[told(LaneLine, row, under_way=loads.get(row.lane, 0)) for row in rows], next=more
    )


def network(connection: Connection) -> NetworkState:
    """What isn't as usual just now."""
    with reading(connection, NETWORK, SHIPMENTS, SUPPLIER_RECORD) as at:
        counts = dict(fetch(connection, "SELECT standing, count(*) FROM lotone.lane GROUP BY standing", {}))
        rows = _LANES.all(connection, Where().add("standing <> 'open'"))
        loads = _loads(connection)
        down = fetch(connection, """
            SELECT supplier, down_since, down_until, reason FROM lotone.supplier_standing
             WHERE down_since IS NOT NULL ORDER BY supplier
        """, {})
    return NetworkState(
        at=at, open=counts.get("open", 0), slowed=counts.get("slowed", 0), closed=counts.get("closed", 0),
        lanes=[told(LaneLine, row, under_way=loads.get(row.lane, 0)) for row in rows],
        suppliers_down=[SupplierDown(**dict(zip(SupplierDown.model_fields, row, strict=True))) for row in down],
    )


def _loads(connection: Connection) -> dict[str, int]:
    rows = fetch(connection, """
        SELECT lane.value, count(*) FROM lotone.shipment, jsonb_array_elements_text(lanes) AS lane(value)
         WHERE state = 'under_way' GROUP BY lane.value
    """, {})
    return dict(rows)

