"""How lanes and shipments follow from facts: ``evolve`` never refuses, and changes in place the state it is given."""

import hashlib
from bisect import insort
from datetime import datetime
from typing import Any, Final

import msgspec

from events.decision import Recorded
from events.logistics import facts as f
from events.logistics.shapes import CarriedLine, Moved, ShipmentLine
from events.model import Fact
from events.values import exactly
from services.logistics.shipment import ZERO, Condition, Lane, Line, Shipment, State

FOLD: Final = 1
"""The number of this shape of state; raise it with every change here or in ``shipment.py``."""
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(State)


def initial(_stream: str) -> State:
    """Nothing is known of it yet."""
    return State()


def dump(state: State) -> bytes:
    """A snapshot's bytes."""
    return _ENCODER.encode(state)


def load(data: bytes) -> State:
    """A state from a snapshot's bytes."""
    return _DECODER.decode(data)


@exactly
def evolve(state: State, fact: f.LogisticsFact, _at: Recorded) -> State:
    """The state after a fact."""
    if isinstance(fact, f.LaneFact):
        state.lane = _lane_after(state.lane, fact)
        return state
    if state.shipment is None and isinstance(fact, f.PlannedFact | f.MovingFact):
        state.shipment = Shipment(fact.purpose, fact.from_node, fact.to_node)
    if state.shipment is not None:
        apply(state.shipment, fact)
    return state


def content(fact: Fact, *but: str) -> str:
    """A digest of what a fact says, to know it again; without these fields, which differ each time it is said."""
    return hashlib.sha256(fact.model_dump_json(exclude=set(but)).encode()).hexdigest()


# -- lanes -----------------------------------------------------------------------------------------------------


def _lane_after(lane: Lane | None, fact: f.LaneFact) -> Lane | None:
    if isinstance(fact, f.LaneDefined):
        if lane is None:
            return Lane(fact.from_node, fact.to_node, content(fact))
        lane.from_node, lane.to_node, lane.content = fact.from_node, fact.to_node, content(fact)
    elif lane is not None and isinstance(fact, f.LaneStateFact) and fact.current:
        lane.condition, lane.until, lane.extra_hours = said(fact)
        lane.said_at = fact.since
    return lane


def said(fact: f.LaneStateFact) -> tuple[Condition, datetime | None, int]:
    """What a fact says of a lane: its condition, until when, and the extra hours."""
    match fact:
        case f.LaneClosed():
            return Condition.CLOSED, fact.until, 0
        case f.LaneSlowed():
            return Condition.SLOWED, fact.until, fact.extra_hours
        case _:
            return Condition.OPEN, None, 0


# -- shipments -------------------------------------------------------------------------------------------------


def apply(shipment: Shipment, fact: Any) -> None:
    """What a fact changes of a shipment. It reads only what was told, never how accounts move by it."""
    match fact:
        case f.ShipmentPlanned():
            shipment.purpose, shipment.from_node, shipment.to_node = fact.purpose, fact.from_node, fact.to_node
            shipment.content = plan_content(fact)
            shipment.carrier = fact.carrier or shipment.carrier
            _plan(shipment, fact)
        case f.ShipmentReplanned():
            _plan(shipment, fact)
        case f.ShipmentCancelled():
            shipment.cancelled = True
        case f.ShipmentDeparted():
            shipment.departed, shipment.departed_at, shipment.cancelled = True, fact.departed_at, False
        case f.ShipmentLegArrived():
            shipment.departed, shipment.cancelled = True, False
            insort(shipment.legs, (fact.reached_at, fact.node), key=lambda leg: leg[0])
        case f.MovingFact():
            _move(shipment, fact)
        case f.ShipmentTendered(current=True):
            shipment.carrier, shipment.tracking, shipment.tendered_at = fact.carrier, fact.tracking, fact.told_at
        case f.ShipmentEstimated(current=True):
            shipment.forecast, shipment.forecast_at = fact.estimate, fact.told_at
        case f.ShipmentDelayed(current=True):
            shipment.forecast, shipment.forecast_at = fact.until, fact.told_at
        case f.ShipmentHeld(current=True) | f.ShipmentCleared(current=True):
            shipment.held, shipment.customs_at = isinstance(fact, f.ShipmentHeld), fact.since
            shipment.customs_node = fact.node
        case _:
            pass


def plan_content(fact: f.ShipmentPlanned) -> str:
    """A digest of a plan's words."""
    plain = fact.model_copy(update={"lines": tuple(line.model_copy(update={"was": None}) for line in fact.lines)})
    return content(plain, "told_at", "expected")


def _plan(shipment: Shipment, fact: f.PlannedFact) -> None:
    shipment.lanes, shipment.via = list(fact.lanes), None if fact.via is None else list(fact.via)
    shipment.depart_at, shipment.arrive_at = fact.depart_at, fact.arrive_at
    _expect(shipment, fact.arrive_at, fact.told_at)
    for line in shipment.lines.values():
        line.planned = ZERO
    for carried in fact.lines:
        was = carried.line if carried.was is None else carried.was
        found = shipment.lines.pop(was) if was in shipment.lines else None
        line = _line(carried) if found is None or found.idle else found
        shipment.lines[carried.line] = line
        line.planned = carried.amount
        describe(line, carried)
    shipment.lines = {number: line for number, line in shipment.lines.items() if not line.idle}


def _expect(shipment: Shipment, expected: datetime | None, told_at: datetime) -> None:
    """The latest word counts."""
    if shipment.forecast_at is None or told_at >= shipment.forecast_at:
        shipment.forecast, shipment.forecast_at = expected, told_at


def _move(shipment: Shipment, fact: f.MovingFact) -> None:
    if isinstance(fact, f.ShipmentAnnounced):
        if fact.arrives_at is not None:
            _expect(shipment, fact.arrives_at, fact.told_at)
        if not fact.current:
            return
        shipment.notice, shipment.noticed_at = notice_content(fact), fact.told_at
        shipment.carrier, shipment.tracking = fact.carrier or shipment.carrier, fact.tracking or shipment.tracking
    if not isinstance(fact, f.ShipmentSendingReversed | f.ShipmentArrivalReversed):
        shipment.cancelled = False
    if not isinstance(fact, f.ShipmentSent | f.ShipmentSendingReversed | f.ShipmentArrivalReversed):
        shipment.departed = True
    for moved in fact.lines:
        tally(shipment.lines.setdefault(moved.line, _line(moved)), moved, fact)
    shipment.lines = {number: line for number, line in shipment.lines.items() if not line.idle}


def notice_content(fact: f.ShipmentAnnounced) -> str:
    """A digest of a notice's words: what was on an earlier one doesn't count, nor how accounts move."""
    words = [
        (one.line, one.part, str(one.amount.normalize()), one.revision, one.lot, str(_order(one)), str(_purchase(one)))
        for one in fact.lines if one.amount
    ]
    about = (fact.supplier, fact.site, fact.carrier, fact.tracking, str(fact.arrives_at))
    return hashlib.sha256(repr((about, words)).encode()).hexdigest()


def tally(line: Line, moved: Moved, fact: f.MovingFact) -> None:
    """Add what was told to the sum of whoever told it."""
    match fact:
        case f.ShipmentAnnounced():
            line.noticed = moved.amount
            describe(line, moved)
        case f.ShipmentSent(presumed=True):
            line.presumed = moved.amount
        case f.ShipmentSent():
            line.handed += moved.amount
        case f.ShipmentSendingReversed():
            line.handed -= moved.amount
        case f.ShipmentLost():
            line.missing += moved.amount
        case f.ShipmentArrived(stored=True):
            line.stored += moved.amount
            line.short += moved.short
        case f.ShipmentArrived():
            line.landed += moved.amount
        case f.ShipmentArrivalReversed():
            line.stored -= moved.amount
            line.short -= moved.short
        case f.ShipmentDelivered():
            line.delivered += moved.amount
        case _:
            raise TypeError(f"{type(fact).__name__} moves nothing")


def _line(told: CarriedLine | Moved) -> Line:
    line = Line(told.part, told.unit)
    describe(line, told)
    return line


def describe(line: Line, told: CarriedLine | Moved | ShipmentLine) -> None:
    """Keep what else is told of a line's goods."""
    line.revision, line.lot = told.revision or line.revision, told.lot or line.lot
    line.order, line.purchase = _order(told) or line.order, _purchase(told) or line.purchase


def _order(told: CarriedLine | Moved | ShipmentLine) -> tuple[str, int, int] | None:
    return None if told.order is None else (told.order.number, told.order.line, told.order.schedule)


def _purchase(told: CarriedLine | Moved | ShipmentLine) -> tuple[str, int] | None:
    return None if told.purchase is None else (told.purchase.document, told.purchase.line)
