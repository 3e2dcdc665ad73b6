"""An order follows its runs and its deliveries. What happened is taken as it is; what it breaks is stated."""

from decimal import Decimal
from typing import Any

from events.decision import Outcome
from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import ZERO, OrderDiscrepancy, RunState
from events.values import Quantity, plain
from services.order.checks import Waiting
from services.order.office import Office


def follow_run(office: Office, body: m.FollowRun) -> Outcome:
    """How much a run fixes of a schedule line: from its freeze on what it builds, at its end what it built well."""
    fixed = ZERO if body.state in (RunState.SCHEDULED, RunState.CANCELLED) else body.quantity.amount
    known = office.book.fixed.get(body.run)
    before = (known.amount, known.state) if known else (ZERO, None)
    if body.state is RunState.SCHEDULED and known is None:
        _check_wanted(office, body, run=body.run, amount=body.quantity.amount, unit=body.quantity.unit)
    elif before != (fixed, body.state) and (fixed or known):
        office.add(f.OrderLineFrozen(
            number=body.number, line=body.line, schedule=body.schedule, part=_part(office, body),
            unit=body.quantity.unit, run=body.run, amount=fixed, state=body.state,
        ))
        if known is None:
            _check_wanted(office, body, run=body.run, amount=fixed, unit=body.quantity.unit)
    return office.decided


def _check_wanted(office: Office, body: m.FollowRun, *, run: str, amount: Decimal, unit: str) -> None:
    """Whether what a run builds is ordered, and still open."""
    if _strange(office, body, unit, amount, run=run) or office.book.open(body.line, body.schedule):
        return
    schedule = office.book.schedule(body.line, body.schedule)
    assert schedule is not None
    cancelled = schedule.cancelled > 0
    goes_on = cancelled and body.state is not RunState.SCHEDULED
    kind = OrderDiscrepancy.FROZEN_CANCELLED if goes_on else OrderDiscrepancy.RUN_FOR_NOTHING
    why = "called off" if cancelled else "delivered"
    detail = f"run {run} builds {plain(amount)} {unit} for a schedule line that is {why}; they will be free"
    office.note(kind, detail, line=body.line, schedule=body.schedule, run=run, amount=amount, unit=unit)


def deliver(office: Office, body: m.FollowDelivery) -> Outcome:
    """So much came; what of it was damaged has to come again."""
    book, unit = office.book, _unit(office, body)
    amount = _in_base(office, body, body.quantity, unit)
    told = ZERO if body.damaged is None else _in_base(office, body, body.damaged, unit)
    damaged = min(told, amount)
    open_ = book.open(body.line, body.schedule)
    office.add(f.OrderLineDelivered(
        number=body.number, line=body.line, schedule=body.schedule, part=_part(office, body) or body.part, unit=unit,
        shipment=body.shipment, amount=amount, damaged=damaged,
    ))
    where: dict[str, Any] = {
        "line": body.line, "schedule": body.schedule, "shipment": body.shipment, "unit": unit,
    }
    if told > amount:
        detail = f"{plain(told)} {unit} damaged of {plain(amount)} delivered; all of it is taken as damaged"
        office.note(OrderDiscrepancy.DAMAGED_MORE, detail, **where, amount=told - amount)
    if not _strange(office, body, unit, amount, shipment=body.shipment):
        _check_delivery(office, body, amount - damaged - open_, unit)
    office.end()
    return office.decided


def _check_delivery(office: Office, body: m.FollowDelivery, over: Decimal, unit: str) -> None:
    order, schedule = office.order, office.book.schedule(body.line, body.schedule)
    assert schedule is not None
    where: dict[str, Any] = {"line": body.line, "schedule": body.schedule, "shipment": body.shipment}
    if over > 0 and schedule.cancelled:
        detail = f"{plain(over)} {unit} were delivered of what had been called off"
        office.note(OrderDiscrepancy.DELIVERED_CANCELLED, detail, **where, amount=over, unit=unit)
    elif over > 0:
        detail = f"{plain(over)} {unit} more were delivered than were open"
        office.note(OrderDiscrepancy.OVER_DELIVERED, detail, **where, amount=over, unit=unit)
    if order.held is not None:
        office.note(OrderDiscrepancy.DELIVERED_HELD, "delivered though the order is on hold", **where)


def _strange(
    office: Office, body: m.FollowRun | m.FollowDelivery, unit: str, amount: Decimal, *, run: str | None = None,
    shipment: str | None = None,
) -> bool:
    """Whether nobody ordered it; then that is stated."""
    if office.book.schedule(body.line, body.schedule) is not None:
        return False
    known = office.book.accepted is not None
    kind = OrderDiscrepancy.UNKNOWN_LINE if known else OrderDiscrepancy.UNKNOWN_ORDER
    what = f"line {body.line}, schedule {body.schedule}, of order {body.number}" if known else f"order {body.number}"
    detail = f"{f'run {run}' if run else f'shipment {shipment}'} is for {what}, which isn't known"
    office.note(
        kind, detail, line=body.line, schedule=body.schedule, run=run, shipment=shipment, amount=amount, unit=unit
    )
    return True


def _part(office: Office, body: m.FollowRun | m.FollowDelivery) -> str | None:
    line = office.book.accepted.lines.get(body.line) if office.book.accepted else None
    return line.part if line else None


def _unit(office: Office, body: m.FollowDelivery) -> str:
    """The unit of what was ordered; else of what was delivered."""
    line = office.book.accepted.lines.get(body.line) if office.book.accepted else None
    return line.unit if line else body.quantity.unit


def _in_base(office: Office, body: m.FollowDelivery, told: Quantity, unit: str) -> Decimal:
    part = _part(office, body) or body.part
    if told.unit == unit:
        return told.amount
    known = part and office.reference.part(part)
    amount = office.reference.amount(part, told, office.message.time) if part and known and known.unit == unit else None
    if amount is None:
        raise Waiting(f"conversion/{part or 'unknown'}/{told.unit}")
    return amount
