"""Orders are called off, whole or by the line. What is delivered stays; what is frozen is built, and is then free."""

from decimal import Decimal

from events.decision import Decided, Outcome, Problem
from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import OrderDiscrepancy
from events.values import plain
from services.order.amending import called_off
from services.order.office import Office


def cancel(office: Office, body: m.CancelOrder) -> Outcome:
    """Asked again, nothing changes."""
    order = office.order
    if order.cancelled:
        return Decided(())
    numbers = sorted(order.lines) if body.lines is None else list(dict.fromkeys(body.lines))
    problems = [
        Problem(f"lines.{index}", f"the order has no line {number}", "some of its lines, or leave them out for all")
        for index, number in enumerate(body.lines or ()) if number not in order.lines
    ]
    if problems:
        return office.refuse(f.CancellationRefused, problems)
    before = any(one.cancelled for number in numbers for one in order.lines[number].schedules.values())
    runs: dict[int, list[str]] = {}
    for run, one in sorted(office.book.fixed.items()):
        runs.setdefault(one.line, []).append(run)
    for number in numbers:
        _call_off(office, number, body.reason, runs.get(number, []))
    if not office.facts:
        if before:
            return Decided(())
        problem = Problem("lines", "nothing of it is open: it is delivered", "lines of which something is to come")
        return office.refuse(f.CancellationRefused, [problem])
    if body.lines is None:
        office.add(f.OrderCancelled(number=office.number, reason=body.reason))
    office.end(body.reason)
    return office.decided


def _call_off(office: Office, number: int, reason: str | None, runs: list[str]) -> None:
    book = office.book
    found: dict[int, Decimal] = {
        schedule: book.open(number, schedule) for schedule in sorted(office.order.lines[number].schedules)
    }
    called_off(office, number, found, reason)
    for run in runs:
        one = book.fixed[run]
        if found.get(one.schedule):
            unit = office.order.lines[number].unit
            detail = f"run {run} is frozen, and goes on: what it builds will be free"
            office.note(
                OrderDiscrepancy.FROZEN_CANCELLED, f"{detail} ({plain(one.amount)} {unit})", line=number,
                schedule=one.schedule, run=run, amount=one.amount, unit=unit,
            )
