"""The rules of orders and runs, by message.

Observations and what other domains saw are always taken, or wait for what they refer to; only requests are refused. A
change of an order that isn't known waits for it: the order itself may be waiting for a part. A refusal that others must
hear is a fact. What doesn't fit is recorded as told, beside a discrepancy.
"""

from datetime import datetime
from typing import Any, assert_never

from events.catalogue.reference import Reference
from events.decision import Message, Outcome, Park, Problem, reject
from events.orders import facts as f
from events.orders import messages as m
from events.values import exactly
from services.order import (
    amending,
    cancelling,
    delivering,
    deviating,
    material,
    placing,
    reporting,
    scheduling,
    splitting,
)
from services.order.checks import Waiting
from services.order.commands import OrdersMessage
from services.order.floor import Floor
from services.order.office import Office
from services.order.state import State


@exactly
def decide(state: State, reference: Reference, message: Message[Any], _now: datetime) -> Outcome:
    """What follows from a message."""
    body: OrdersMessage = message.body
    try:
        if isinstance(body, m.OrderRequest | m.OrderCommand):
            assert state.order is not None, "messages about orders come to orders' streams"
            return _about_order(Office(message, body.number, state.order, reference), body)
        assert state.run is not None, "messages about runs come to runs' streams"
        return _about_run(Floor(message, body.run, state.run, reference), body)
    except Waiting as waiting:
        return Park(waiting.missing)


OrderMessage = (
    m.PlaceOrder | m.AmendOrder | m.CancelOrder | m.HoldOrder | m.ReleaseOrder | m.FollowRun | m.FollowDelivery
)
OrderChange = m.AmendOrder | m.CancelOrder | m.HoldOrder | m.ReleaseOrder


def _about_order(office: Office, body: OrderMessage) -> Outcome:
    match body:
        case m.PlaceOrder():
            return placing.place(office, body)
        case m.FollowRun():
            return delivering.follow_run(office, body)
        case m.FollowDelivery():
            return delivering.deliver(office, body)
        case m.AmendOrder() | m.CancelOrder() | m.HoldOrder() | m.ReleaseOrder():
            return Park((body.stream,)) if office.book.order is None else _about_placed(office, body)
        case _:
            assert_never(body)


def _about_placed(office: Office, body: OrderChange) -> Outcome:
    """Orders that were refused, or are called off, can't be changed any more."""
    over = _over(office)
    match body:
        case m.AmendOrder():
            return office.refuse(f.AmendmentRefused, [over]) if over else amending.amend(office, body)
        case m.CancelOrder():
            refused = over is not None and office.order.refused
            return office.refuse(f.CancellationRefused, [over]) if refused and over else cancelling.cancel(office, body)
        case m.HoldOrder():
            return reject(over.field, over.problem, over.remedy) if over else placing.hold(office, body)
        case m.ReleaseOrder():
            return placing.release(office, body)
        case _:
            assert_never(body)


def _over(office: Office) -> Problem | None:
    if office.order.refused:
        return Problem("number", f"order {office.number} was refused", "place it again, mended")
    if office.order.cancelled:
        return Problem("number", f"order {office.number} is called off", "place another order")
    return None


RunMessage = (
    m.ScheduleRun | m.RescheduleRun | m.ResizeRun | m.CancelRun | m.FreezeRun | m.SplitRun | m.Started | m.Paused
    | m.Resumed | m.OutputReported | m.Completed | m.Substituted | m.ComponentScrapped | m.FollowIssue
    | m.FollowReturn | m.FollowScrap | m.FollowOutput | m.FollowReversal | m.SplitOff | m.UndoSplit
)
ScheduledRunMessage = (
    m.RescheduleRun | m.ResizeRun | m.CancelRun | m.FreezeRun | m.SplitRun | m.Started | m.Paused | m.Resumed
    | m.OutputReported | m.Completed | m.Substituted | m.ComponentScrapped | m.UndoSplit
)


def _about_run(floor: Floor, body: RunMessage) -> Outcome:
    match body:
        case m.ScheduleRun():
            return scheduling.schedule(floor, body)
        case m.SplitOff():
            return splitting.split_off(floor, body)
        case m.FollowIssue():
            return material.issue(floor, body)
        case m.FollowReturn():
            return material.give_back(floor, body)
        case m.FollowScrap():
            return material.scrap(floor, body)
        case m.FollowOutput():
            return material.store(floor, body)
        case m.FollowReversal():
            return material.reverse(floor, body)
        case _:
            if floor.book.run is not None:
                return _about_scheduled(floor, body)
            if isinstance(body, m.RunRequest):
                return reject("run", f"run {body.run} isn't known", "schedule it first, or mend its id")
            return Park((body.stream,))


def _about_scheduled(floor: Floor, body: ScheduledRunMessage) -> Outcome:
    match body:
        case m.RescheduleRun():
            return scheduling.reschedule(floor, body)
        case m.ResizeRun():
            return scheduling.resize(floor, body)
        case m.CancelRun():
            return scheduling.cancel(floor, body)
        case m.FreezeRun():
            return scheduling.freeze(floor)
        case m.SplitRun():
            return splitting.split(floor, body)
        case m.Started():
            return reporting.start(floor)
        case m.Paused():
            return reporting.pause(floor, body)
        case m.Resumed():
            return reporting.resume(floor)
        case m.OutputReported():
            return reporting.report(floor, body)
        case m.Completed():
            return reporting.complete(floor)
        case m.Substituted():
            return deviating.substitute(floor, body)
        case m.ComponentScrapped():
            return material.scrap_inside(floor, body)
        case m.UndoSplit():
            return splitting.undo_split(floor, body)
        case _:
            assert_never(body)
