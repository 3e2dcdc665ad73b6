"""Shipments: where each is, when it is expected, and of every line what was sent, is in transit, arrived and is lost.

Of each line, always and exactly, in the part's base unit: sent = in transit + arrived + lost. A line's facts say how
they move these numbers, so the fold only adds.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from events.decision import Recorded
from events.logistics import facts as f
from events.logistics.shapes import CarriedLine, Moved
from projections.view import Rows, Table, View

ZERO: Final = Decimal(0)


@dataclass(slots=True)
class Shipment:
    """``state`` is ``known`` (somebody told of it, nobody planned it), ``planned``, ``tendered``, ``under_way``,
    ``arrived``, ``delivered``, ``cancelled`` or ``refused``. ``held``: at customs. ``node`` is where it was last seen.

    ``arrive_at`` is when it was planned to arrive, at first (``first``) and now; ``expected`` the latest word on that.
    """

    shipment: str
    purpose: str
    state: str
    from_node: str
    to_node: str | None
    lanes: tuple[str, ...]
    via: tuple[str, ...]
    carrier: str | None
    tracking: str | None
    supplier: str | None
    depart_at: datetime | None
    arrive_at: datetime | None
    first: datetime | None
    expected: datetime | None
    departed_at: datetime | None
    ended_at: datetime | None
    node: str | None
    held: bool
    reason: str | None
    replans: int
    delays: int
    oddities: int
    last_at: datetime
    last_fact: str


@dataclass(slots=True)
class ShipmentLine:
    """Goods of one kind. ``planned`` is zero where nobody planned them."""

    shipment: str
    line: int
    part: str
    unit: str
    planned: Decimal
    sent: Decimal
    arrived: Decimal
    lost: Decimal
    in_transit: Decimal
    delivered: Decimal
    damaged: Decimal
    revision: str | None
    lot: str | None
    order_number: str | None
    order_line: int | None
    order_schedule: int | None
    purchase: str | None
    purchase_line: int | None


SHIPMENT: Final = Table(
    "shipment", Shipment, key=1,
    indexes=(("state", "shipment"), ("expected", "shipment"), ("to_node", "shipment"), ("from_node", "shipment")),
)
LINE: Final = Table(
    "shipment_line", ShipmentLine, key=2,
    indexes=(("part",), ("order_number", "order_line"), ("purchase", "purchase_line")),
)


def fold(rows: Rows, fact: f.ShipmentFact, at: Recorded) -> None:
    """Follow the shipment and its lines."""
    row = rows.get(SHIPMENT, fact.shipment)
    if row is None:
        row = Shipment(
            fact.shipment, fact.purpose.value, "known", fact.from_node, fact.to_node, (), (), None, None, None, None,
            None, None, None, None, None, None, False, None, 0, 0, 0, at.occurred_at, at.id,
        )
        rows.add(SHIPMENT, row)
    row.purpose, row.from_node, row.to_node = fact.purpose.value, fact.from_node, fact.to_node
    row.expected, row.last_at, row.last_fact = fact.expected, at.occurred_at, at.id
    match fact:
        case f.PlannedFact():
            _plan(rows, row, fact)
        case f.MovingFact():
            _carry(rows, row, fact, at)
        case f.ShipmentRefused():
            row.reason = "; ".join(one.problem for one in fact.problems)
            if row.state == "known" and fact.asked == "PlanShipment":
                row.state = "refused"
        case f.ShipmentCancelled():
            row.state, row.ended_at, row.reason = "cancelled", at.occurred_at, fact.reason
        case f.ShipmentDiscrepancyFound():
            row.oddities += 1
        case _:
            _go(row, fact)


def _plan(rows: Rows, row: Shipment, fact: f.PlannedFact) -> None:
    row.lanes, row.via = fact.lanes, fact.via or ()
    row.depart_at, row.arrive_at = fact.depart_at, fact.arrive_at
    row.first = row.first or fact.arrive_at
    row.carrier = fact.carrier or row.carrier
    if isinstance(fact, f.ShipmentReplanned):
        row.replans += 1
    elif row.state in ("known", "refused"):
        row.state, row.reason = "planned", None
    for line in fact.lines:
        _planned(rows, fact.shipment, line)


def _planned(rows: Rows, shipment: str, told: CarriedLine) -> None:
    line = _line(rows, shipment, told)
    line.part, line.unit, line.planned = told.part, told.unit, told.amount
    line.revision, line.lot = told.revision or line.revision, told.lot or line.lot
    if told.was is not None and told.was != told.line:
        found = rows.get(LINE, shipment, told.was)
        if found is not None:  # goods that had been found before anybody planned them
            for name in ("sent", "arrived", "lost", "in_transit", "delivered", "damaged"):
                setattr(line, name, getattr(line, name) + getattr(found, name))
            rows.remove(LINE, shipment, told.was)


def _line(rows: Rows, shipment: str, told: CarriedLine | Moved) -> ShipmentLine:
    line = rows.get(LINE, shipment, told.line)
    if line is None:
        line = ShipmentLine(
            shipment, told.line, told.part, told.unit, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, told.revision,
            told.lot, None, None, None, None, None,
        )
        rows.add(LINE, line)
    if told.order is not None:
        line.order_number, line.order_line = told.order.number, told.order.line
        line.order_schedule = told.order.schedule
    if told.purchase is not None:
        line.purchase, line.purchase_line = told.purchase.document, told.purchase.line
    return line


def _carry(rows: Rows, row: Shipment, fact: f.MovingFact, at: Recorded) -> None:
    for moved in fact.lines:
        line = _line(rows, fact.shipment, moved)
        line.sent += moved.sent
        line.arrived += moved.arrived
        line.lost += moved.lost
        line.in_transit += moved.in_transit
        if isinstance(fact, f.ShipmentDelivered):
            line.delivered += moved.amount
            line.damaged += moved.damaged
    if isinstance(fact, f.ShipmentAnnounced):
        row.supplier = fact.supplier
        row.carrier, row.tracking = fact.carrier or row.carrier, fact.tracking or row.tracking
    if isinstance(fact, f.ShipmentDelivered):
        row.state, row.ended_at, row.held = "delivered", at.occurred_at, False
    elif isinstance(fact, f.ShipmentArrived):
        row.state = row.state if row.state == "delivered" else "arrived"
        row.ended_at, row.held = row.ended_at or at.occurred_at, False
    elif isinstance(fact, f.ShipmentSent | f.ShipmentAnnounced) and row.state in ("known", "planned", "tendered"):
        row.state = "under_way"
        row.departed_at = row.departed_at or at.occurred_at


def _go(row: Shipment, fact: Any) -> None:
    match fact:
        case f.ShipmentDeparted():
            row.departed_at = fact.departed_at
            if row.state in ("known", "planned", "tendered"):
                row.state = "under_way"
        case f.ShipmentTendered() if fact.current:
            row.carrier, row.tracking = fact.carrier, fact.tracking or row.tracking
            row.state = "tendered" if row.state in ("known", "planned") else row.state
        case f.ShipmentLegArrived() if fact.current:
            row.node = fact.node
        case f.ShipmentDelayed():
            row.delays += 1
            row.reason = fact.reason if fact.current else row.reason
        case f.ShipmentHeld() if fact.current:
            row.held, row.node, row.reason = True, fact.node or row.node, fact.reason
        case f.ShipmentCleared() if fact.current:
            row.held = False
        case _:
            pass


SHIPMENTS: Final = View(
    name="shipments",
    version=1,
    tables=(SHIPMENT, LINE),
    folds=(
        f.ShipmentPlanned, f.ShipmentReplanned, f.ShipmentRefused, f.ShipmentCancelled, f.ShipmentTendered,
        f.ShipmentDeparted, f.ShipmentLegArrived, f.ShipmentEstimated, f.ShipmentDelayed, f.ShipmentHeld,
        f.ShipmentCleared, f.ShipmentAnnounced, f.ShipmentSent, f.ShipmentSendingReversed, f.ShipmentLost,
        f.ShipmentArrived, f.ShipmentArrivalReversed, f.ShipmentDelivered, f.ShipmentDiscrepancyFound,
    ),
    fold=fold,
)
