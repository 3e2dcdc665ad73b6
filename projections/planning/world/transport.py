"""Logistics' part: the lanes and how they stand, and where shipments are."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from events.decision import Recorded
from events.logistics import facts as f
from events.values import Line
from projections.planning.shapes import LaneRecord, Standing
from projections.planning.world.notes import Key, Kind

ZERO: Final = Decimal(0)


@dataclass(slots=True)
class Shipment:
    """A shipment. ``lost`` and ``sent`` are by part; ``purchases`` the purchase order lines in it; ``lanes`` its way.

    ``planned``: as planned last, before it left.
    """

    shipment: str
    expected: datetime | None = None
    lanes: tuple[str, ...] = ()
    planned: tuple[datetime, datetime] | None = None
    departed: bool = False
    cancelled: bool = False
    refused: bool = False
    sent: dict[str, Decimal] = field(default_factory=dict)
    arrived: dict[str, Decimal] = field(default_factory=dict)
    lost: dict[str, Decimal] = field(default_factory=dict)
    purchases: dict[Line, Decimal] = field(default_factory=dict)


@dataclass(slots=True)
class TransportPart:
    """All lanes, in the order of their ids, and all shipments."""

    lanes: dict[str, LaneRecord] = field(default_factory=dict)
    shipments: dict[str, Shipment] = field(default_factory=dict)
    inbound: dict[str, dict[str, None]] = field(default_factory=dict)
    straight: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)

    def between(self, from_node: str, to_node: str) -> list[LaneRecord]:
        """The lanes that lead straight from one node to another, in order of their ids."""
        return [self.lanes[id] for id in sorted(self.straight.get((from_node, to_node), ()))]

    def evolve(self, fact: f.LogisticsFact, _at: Recorded) -> list[Key]:
        """Take in a fact; answers what it touches."""
        if isinstance(fact, f.LaneFact):
            self._lane(fact)
            return [Key(Kind.LANE, fact.lane)]
        shipment = self.shipments.setdefault(fact.shipment, Shipment(fact.shipment))
        self._ship(shipment, fact)
        keys = [Key(Kind.SHIPMENT, fact.shipment)]
        return keys + [Key(Kind.SUPPLY, _supply(line)) for line in shipment.purchases]

    def _lane(self, fact: f.LaneFact) -> None:
        before = self.lanes.get(fact.lane)
        match fact:
            case f.LaneDefined():
                self.lanes[fact.lane] = _defined(fact, before)
                if before is not None:
                    self.straight[before.from_node, before.to_node].pop(fact.lane, None)
                self.straight.setdefault((fact.from_node, fact.to_node), {})[fact.lane] = None
            case f.LaneStateFact() if before is not None and fact.current:
                self.lanes[fact.lane] = _standing(fact, before)
            case _:
                pass

    def _ship(self, shipment: Shipment, fact: f.ShipmentFact) -> None:
        shipment.expected = fact.expected
        match fact:
            case f.PlannedFact():
                shipment.lanes, shipment.planned = fact.lanes, (fact.depart_at, fact.arrive_at)
                for line in fact.lines:
                    if line.purchase is not None:
                        self._carry(shipment, line.purchase, ZERO)
            case f.ShipmentRefused():
                shipment.refused = fact.asked == "PlanShipment" or shipment.refused
            case f.ShipmentCancelled():
                shipment.cancelled = True
            case f.ShipmentDeparted():
                shipment.departed = True
            case f.MovingFact():
                for moved in fact.lines:
                    _add(shipment.sent, moved.part, moved.sent)
                    _add(shipment.arrived, moved.part, moved.arrived)
                    _add(shipment.lost, moved.part, moved.lost)
                    if moved.purchase is not None:
                        self._carry(shipment, moved.purchase, moved.in_transit)
            case _:
                pass

    def _carry(self, shipment: Shipment, line: Line, in_transit: Decimal) -> None:
        shipment.purchases[line] = shipment.purchases.get(line, ZERO) + in_transit
        self.inbound.setdefault(_supply(line), {})[shipment.shipment] = None


def _supply(line: Line) -> str:
    return f"purchase/{line.document}/{line.line}"


def _add(sums: dict[str, Decimal], part: str, amount: Decimal) -> None:
    if amount:
        sums[part] = sums.get(part, ZERO) + amount


def _defined(fact: f.LaneDefined, before: LaneRecord | None) -> LaneRecord:
    cost, capacity = fact.cost, fact.capacity
    made = LaneRecord(
        fact.lane, fact.from_node, fact.to_node, fact.mode.value, fact.transit.least, fact.transit.usual,
        fact.transit.most, None if cost is None else cost.currency, ZERO if cost is None else cost.fixed,
        ZERO if cost is None else cost.per_kg, ZERO if cost is None else cost.per_unit,
        None if capacity is None else capacity.quantity.amount, None if capacity is None else capacity.quantity.unit,
        fact.calendar, fact.cutoff, fact.active,
    )
    if before is None:
        return made
    return replace(made, standing=before.standing, extra_hours=before.extra_hours, until=before.until)


def _standing(fact: f.LaneStateFact, before: LaneRecord) -> LaneRecord:
    match fact:
        case f.LaneClosed():
            return replace(before, standing=Standing.CLOSED, extra_hours=0, until=fact.until)
        case f.LaneSlowed():
            return replace(before, standing=Standing.SLOWED, extra_hours=fact.extra_hours, until=fact.until)
        case _:
            return replace(before, standing=Standing.OPEN, extra_hours=0, until=None)
