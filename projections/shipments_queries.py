"""Shipments: what is in transit, what is expected when, what is late, and what became of every line."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from projections.listing import Listing, told
from projections.queries import Answer, At, Connection, Number, Page, Where, reading
from projections.shipments import LINE, SHIPMENT, SHIPMENTS, Shipment, ShipmentLine

_SHIPMENTS, _LINES = Listing(SHIPMENT), Listing(LINE)
_ON_WAY: Final = ("known", "planned", "tendered", "under_way")


class CarriedLine(Answer):
    """Goods of one kind: sent = in_transit + arrived + lost. ``order`` is the customer's schedule line as
    NUMBER/LINE/SCHEDULE, ``purchase`` the purchase order line as NUMBER/LINE."""

    line: int
    part: str
    unit: str
    planned: Number
    sent: Number
    in_transit: Number
    arrived: Number
    lost: Number
    delivered: Number
    damaged: Number
    revision: str | None
    lot: str | None
    order: str | None
    purchase: str | None


class ShipmentHead(Answer):
    """A shipment. ``late_hours``: how much later than planned at first it is expected or came; when nothing is
    expected any more but it hasn't come, how long ago it should have."""

    shipment: str
    purpose: str
    state: str
    from_node: str
    to_node: str | None
    lanes: list[str]
    via: list[str]
    carrier: str | None
    tracking: str | None
    supplier: str | None
    depart_at: datetime | None
    arrive_at: datetime | None
    expected: datetime | None
    departed_at: datetime | None
    ended_at: datetime | None
    node: str | None
    held: bool
    late: bool
    late_hours: int
    reason: str | None
    replans: int
    delays: int
    oddities: int
    last_at: datetime
    last_fact: str
    lines: list[CarriedLine]


class ShipmentHeads(Page[ShipmentHead]):
    """Shipments, by id, with their lines."""


class ShipmentAnswer(At):
    """One shipment."""

    shipment: ShipmentHead


def shipments(
    connection: Connection, now: datetime, *, state: str | None = None, purpose: str | None = None,
    to_node: str | None = None, from_node: str | None = None, part: str | None = None, order: str | None = None,
    purchase_order: str | None = None, in_transit_only: bool = False, late_only: bool = False,
    expected_until: datetime | None = None, after: str | None = None, limit: int = 100,
) -> ShipmentHeads:
    """Shipments as of ``now``, which whoever asks must say."""
    where = (
        Where().equal("state", state).equal("purpose", purpose).equal("to_node", to_node).equal("from_node", from_node)
    )
    of_line = "EXISTS (SELECT FROM lotone.shipment_line AS line WHERE line.shipment = shipment.shipment AND "
    for column, value in (("part", part), ("order_number", order), ("purchase", purchase_order)):
        if value is not None:
            where.add(f"{of_line} line.{column} = %({column})s)", **{column: value})
    if in_transit_only:
        where.add(f"{of_line} line.in_transit > 0)")
    if late_only:
        where.add("state = ANY(%(on_way)s)", on_way=list(_ON_WAY))
        where.add("(coalesce(expected, arrive_at) < %(now)s OR expected > coalesce(first, arrive_at))", now=now)
    if expected_until is not None:
        where.add("coalesce(expected, arrive_at) <= %(until)s", until=expected_until)
        where.add("state = ANY(%(coming)s)", coming=list(_ON_WAY))
    with reading(connection, SHIPMENTS) as at:
        rows, more = _SHIPMENTS.page(connection, where, after, limit)
        lines = _lines(connection, [row.shipment for row in rows])
    return ShipmentHeads(at=at, items=[head(row, lines.get(row.shipment, ()), now) for row in rows], next=more)


def shipment(connection: Connection, id_: str, now: datetime) -> ShipmentAnswer | None:
    """One shipment with its lines; None when nobody told of it."""
    with reading(connection, SHIPMENTS) as at:
        row = _SHIPMENTS.one(connection, shipment=id_)
        lines = _lines(connection, [id_])
    return None if row is None else ShipmentAnswer(at=at, shipment=head(row, lines.get(id_, ()), now))


def _lines(connection: Connection, ids: Sequence[str]) -> Mapping[str, list[ShipmentLine]]:
    found: dict[str, list[ShipmentLine]] = {}
    for line in _LINES.all(connection, Where().add("shipment = ANY(%(ids)s)", ids=list(ids))):
        found.setdefault(line.shipment, []).append(line)
    return found


def head(row: Shipment, lines: Sequence[ShipmentLine], now: datetime) -> ShipmentHead:
    """A shipment's row as answers tell it."""
    late = lateness(row, now)
    return told(
        ShipmentHead, row, lanes=list(row.lanes), via=list(row.via), late=late > timedelta(0),
        late_hours=max(0, -(-late // timedelta(hours=1))), lines=[_line(line) for line in lines],
    )


def lateness(row: Shipment, now: datetime) -> timedelta:
    """How much later than it was planned at first it came or is expected; zero where nobody planned anything."""
    planned = row.first or row.arrive_at
    if row.state in ("cancelled", "refused"):
        return timedelta(0)
    if row.ended_at is not None:
        return row.ended_at - planned if planned is not None else timedelta(0)
    expected = row.expected or row.arrive_at
    if expected is None:
        return timedelta(0)
    return max(expected, now) - (planned or expected)


def _line(line: ShipmentLine) -> CarriedLine:
    def joined(*parts: Any) -> str | None:
        return None if parts[0] is None else "/".join(map(str, parts))

    return told(
        CarriedLine, line, order=joined(line.order_number, line.order_line, line.order_schedule),
        purchase=joined(line.purchase, line.purchase_line),
    )
