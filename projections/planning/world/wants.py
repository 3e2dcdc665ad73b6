"""What customers still want: a schedule line of an order, less what has gone out to them."""

from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from events.orders.shapes import AcceptedLine, AcceptedSchedule, OrderRef, unlike
from events.planning.shapes import requirement_of
from projections.planning.times import end_of
from projections.planning.world.orders import Order
from projections.planning.world.parts import Parts
from projections.planning.world.views import Required

ZERO: Final = Decimal(0)


Found = tuple[Order, AcceptedLine, AcceptedSchedule]
"""An order, a line of it, and one of that line's schedule lines."""


class Ends(NamedTuple):
    """Where a customer's goods leave and where they go."""

    site: str
    destination: str


def reference_of(requirement: str) -> OrderRef:
    """Which schedule line a requirement is.

    >>> reference_of("order/A/7/1/2").number
    'A/7'
    """
    number, line, schedule = requirement.removeprefix("order/").rsplit("/", 2)
    return OrderRef.trusted(number=number, line=int(line), schedule=int(schedule))


def schedule_of(parts: Parts, ref: OrderRef) -> Found | None:
    """A schedule line as it was accepted; None when it isn't wanted any more."""
    order = parts.orders.orders.get(ref.number)
    line = order.lines.get(ref.line) if order is not None else None
    if order is None or line is None:
        return None
    for schedule in line.schedules:
        if schedule.schedule == ref.schedule:
            return order, line, schedule
    return None


def ends_of(order: Order, line: AcceptedLine) -> Ends | None:
    """From where to where it is delivered, if anybody said so."""
    return None if order.destination is None else Ends(line.site, order.destination)


def configuration_of(number: str, line: AcceptedLine) -> str:
    """As what a line of an order is built; made for one customer, it is like no other."""
    personal = line.personalisation is not None
    return unlike(line.configuration, f"{number}/{line.line}") if personal else line.configuration


def wanted_at(parts: Parts, line: AcceptedLine, schedule: AcceptedSchedule) -> datetime:
    """When it should be with the customer: by the end of the day, on the plant's clock."""
    return end_of(parts.reference, line.site, schedule.wanted)


def needs(parts: Parts, ref: OrderRef, found: Found) -> Decimal:
    """How much of a schedule line is still to be sent."""
    order, line, schedule = found
    gone = sent(parts, order, ref, requirement_of(ref), line.part)
    return max(ZERO, schedule.amount + order.damaged.get((ref.line, ref.schedule), ZERO) - gone)


def required(ref: OrderRef, found: Found, need: Decimal, needed_by: datetime) -> Required:
    """So much of a schedule line is still to be sent, and has to leave by then."""
    order, line, _ = found
    return Required(
        requirement_of(ref), line.part, line.site, line.unit, need, needed_by, line.priority,
        ref.number, line.revision, order=ref, custom=bool(line.options), waiting=order.held,
        configuration=configuration_of(ref.number, line),
    )


def sent(parts: Parts, order: Order, ref: OrderRef, id: str, part: str) -> Decimal:
    """What went out for a schedule line and isn't lost. Inventory and order service tell of the same goods: of each
    shipment the higher counts. A shipment not planned for a line counts as far as it used this line's pegs."""
    delivered = order.delivered.get((ref.line, ref.schedule), {})
    by_shipment: dict[str, Decimal] = dict(delivered)
    planned = parts.plan.delivered_for.get(id, {})
    for shipment in planned:
        left = parts.stock.shipped.get((shipment, part), ZERO)
        by_shipment[shipment] = max(by_shipment.get(shipment, ZERO), left)
    own: dict[str, Decimal] = {}
    for peg in parts.plan.by_requirement.get(id, ()):
        for shipment, amount in parts.stock.claim(peg).shipped.items():
            if shipment not in parts.plan.deliveries:
                own[shipment] = own.get(shipment, ZERO) + amount
    for shipment, amount in own.items():
        by_shipment[shipment] = max(by_shipment.get(shipment, ZERO), amount)
    return sum((_kept(parts, shipment, part, amount) for shipment, amount in by_shipment.items()), ZERO)


def _kept(parts: Parts, shipment: str, part: str, amount: Decimal) -> Decimal:
    found = parts.transport.shipments.get(shipment)
    lost = found.lost.get(part, ZERO) if found is not None else ZERO
    return max(ZERO, amount - lost)
