"""What other domains have to be told of a shipment: inventory, for whom it leaves; orders, of what was delivered;
suppliers, of their notices.
"""

from collections.abc import Sequence

from events.decision import Recorded
from events.inventory.commands import ExpectShipment
from events.logistics import facts as f
from events.logistics.shapes import ZERO, Moved
from events.model import Command, Fact
from events.orders.messages import FollowDelivery
from events.orders.shapes import OrderRef
from events.suppliers.messages import FollowNotice
from events.values import Quantity, Some


def react(fact: Fact, _at: Recorded) -> Sequence[Command]:
    """The commands that follow: the same for the same fact, always."""
    match fact:
        case f.ShipmentDelivered():
            return _delivered(fact)
        case f.ShipmentAnnounced(current=True):
            return _announced(fact)
        case f.PlannedFact():
            return _expected(fact)
        case _:
            return ()


def _delivered(fact: f.ShipmentDelivered) -> Sequence[Command]:
    """One command for each schedule line of an order, however many lines of the shipment are for it."""
    found: dict[tuple[str, int, int, str], list[Moved]] = {}
    for moved in fact.lines:
        if moved.order is not None and moved.amount:
            key = (moved.order.number, moved.order.line, moved.order.schedule, moved.part)
            found.setdefault(key, []).append(moved)
    return [
        FollowDelivery(
            number=number, line=line, schedule=schedule, shipment=fact.shipment, part=part, quantity=_some(lines),
            damaged=Quantity.trusted(amount=sum((one.damaged for one in lines), ZERO), unit=lines[0].unit),
        )
        for (number, line, schedule, part), lines in found.items()
    ]


def _announced(fact: f.ShipmentAnnounced) -> Sequence[Command]:
    """One command for each purchase order line."""
    found: dict[tuple[str, int, str], list[Moved]] = {}
    for moved in fact.lines:
        if moved.purchase is not None and moved.amount:
            found.setdefault((moved.purchase.document, moved.purchase.line, moved.part), []).append(moved)
    return [
        FollowNotice(
            purchase_order=document, line=line, shipment=fact.shipment, expected=fact.arrives_on, quantity=_some(lines)
        )
        for (document, line, _), lines in found.items()
    ]


def _expected(fact: f.PlannedFact) -> Sequence[Command]:
    """Whoever hands out the stock is told for which order lines it leaves: one command for each part."""
    kind, _, site = fact.from_node.partition("/")
    if kind != "site":
        return ()
    found: dict[str, dict[OrderRef, None]] = {}
    for line in fact.lines:
        if line.order is not None:
            found.setdefault(line.part, {})[line.order] = None
    return [
        ExpectShipment.trusted(part=part, site=site, shipment=fact.shipment, orders=tuple(orders))
        for part, orders in found.items()
    ]


def _some(lines: Sequence[Moved]) -> Some:
    """A sum of what was told before, so it isn't checked again here: whoever takes the command does that."""
    return Some.trusted(amount=sum((one.amount for one in lines), ZERO), unit=lines[0].unit)
