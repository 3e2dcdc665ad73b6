"""Orders are placed, held and released."""

from datetime import datetime

from events.decision import Decided, Outcome, Problem
from events.orders import facts as f
from events.orders import messages as m
from services.order.accepting import accepted, not_too_many, twice
from services.order.office import Office
from services.order.state import content


def place(office: Office, body: m.PlaceOrder) -> Outcome:
    """The same number with the same words is a repeat, whoever says it; one that was refused is looked at anew."""
    desk, known = office.desk, office.book.accepted
    placed = _placed(body, office.message.time)
    if known is not None:
        if known.content == content(placed):
            return Decided(())
        taken = Problem("number", f"order {body.number} was placed before, differently", "another number, or amend it")
        return office.refuse(f.AmendmentRefused, [taken])
    twice(desk, "lines", "line", (line.line for line in body.lines))
    found = [accepted(desk, f"lines.{index}", line, body.priority) for index, line in enumerate(body.lines)]
    lines = tuple(line for line in found if line is not None)
    not_too_many(desk, "lines", lines)
    desk.known()
    office.add(placed)
    if desk.problems:
        return Decided((placed, *office.refuse(f.OrderRefused, desk.problems).facts))
    office.add(f.OrderAccepted(
        number=body.number, destination=body.destination, priority=body.priority, ordered_at=office.message.time,
        lines=lines,
    ))
    if body.hold is not None:
        office.add(f.OrderHeld(number=body.number, reason=body.hold))
    office.end()
    return office.decided


def _placed(body: m.PlaceOrder, at: datetime) -> f.OrderPlaced:
    return f.OrderPlaced(
        number=body.number, customer=body.customer, ship_to=body.ship_to, destination=body.destination,
        priority=body.priority, lines=body.lines, hold=body.hold, ordered_at=at,
    )


def hold(office: Office, body: m.HoldOrder) -> Outcome:
    """For the same reason again, nothing changes."""
    if office.order.held != body.reason:
        office.add(f.OrderHeld(number=office.number, reason=body.reason))
    return office.decided


def release(office: Office, body: m.ReleaseOrder) -> Outcome:
    """What isn't on hold stays as it is."""
    if office.order.held is not None:
        office.add(f.OrderReleased(number=office.number, reason=body.reason))
    return office.decided
