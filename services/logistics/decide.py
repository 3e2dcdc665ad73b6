"""The rules of lanes and shipments, by message.

Observations and what inventory saw are always taken, or wait for what they refer to; only requests are refused, by a
fact that others can hear. What doesn't fit is recorded as told, beside a ``ShipmentDiscrepancyFound``.
"""

from datetime import datetime
from typing import Any, assert_never

from events.catalogue.reference import Reference
from events.decision import Message, Outcome, Park
from events.logistics import messages as m
from events.values import exactly
from services.logistics import arriving, lanes, planning, sending, travelling
from services.logistics.commands import LogisticsMessage
from services.logistics.draft import Draft, Waiting
from services.logistics.shipment import State


@exactly
def decide(state: State, reference: Reference, message: Message[Any], _now: datetime) -> Outcome:
    """What follows from a message."""
    try:
        return _decide(state, reference, message, message.body)
    except Waiting as waiting:
        return Park(waiting.missing)


def _decide(state: State, reference: Reference, message: Message[Any], body: LogisticsMessage) -> Outcome:
    match body:
        case m.DefineLane():
            return lanes.define(state.lane, body, reference)
        case m.Closed() | m.Slowed() | m.Reopened():
            return Park((body.stream,)) if state.lane is None else lanes.listen(state.lane, message, body)
        case m.PlanShipment():
            return planning.plan(state.shipment, message, body, reference)
        case m.Announced():
            return sending.announce(state.shipment, message, body, reference)
        case m.FollowSent():
            return sending.follow_sent(state.shipment, message, body, reference)
        case _:
            if state.shipment is None:
                return Park((body.stream,))
            return _about_shipment(Draft(message, body.shipment, state.shipment, reference), body)


KnownShipment = (
    m.ReplanShipment | m.CancelShipment | m.Tendered | m.Departed | m.LegArrived | m.Estimated | m.Delayed | m.Held
    | m.Cleared | m.Lost | m.Arrived | m.Delivered | m.FollowArrival | m.FollowSendingReversal | m.FollowArrivalReversal
)


def _about_shipment(draft: Draft, body: KnownShipment) -> Outcome:
    match body:
        case m.ReplanShipment():
            return planning.replan(draft, body)
        case m.CancelShipment():
            return planning.cancel(draft, body)
        case m.Tendered():
            return travelling.tender(draft, body)
        case m.Departed():
            return travelling.depart(draft)
        case m.LegArrived():
            return travelling.reach(draft, body)
        case m.Estimated():
            return travelling.estimate(draft, body)
        case m.Delayed():
            return travelling.delay(draft, body)
        case m.Held() | m.Cleared():
            return travelling.at_customs(draft, body)
        case m.Lost():
            return arriving.lose(draft, body)
        case m.Arrived():
            return arriving.arrive(draft, body)
        case m.Delivered():
            return arriving.deliver(draft, body)
        case m.FollowArrival():
            return arriving.follow_arrival(draft, body)
        case m.FollowSendingReversal():
            return sending.unsend(draft, body)
        case m.FollowArrivalReversal():
            return arriving.unarrive(draft, body)
        case _:
            assert_never(body)
