"""What the planner asks of other domains because of a fact of planning. Pure, and without state.

What is only proposed asks for nothing but claims: they hold while a person thinks. Once approved, the same fact is
recorded again as decided, and asks then.
"""

from collections.abc import Sequence

from events.decision import Recorded
from events.inventory.commands import EarmarkSupply, UnearmarkSupply
from events.inventory.messages import ReleaseStock, ReserveStock
from events.logistics.messages import CancelShipment, PlanShipment, ReplanShipment
from events.logistics.shapes import Purpose, ShipmentLine, site_node
from events.model import Fact, Payload
from events.orders.messages import CancelRun, FreezeRun, RescheduleRun, ResizeRun, ScheduleRun
from events.planning import facts as f
from events.planning import moves as g
from events.planning.shapes import DecisionStatus, SupplyKind, UnpegReason
from events.values import Some
from projections.planning.world.wants import reference_of

_NOTHING_LEFT = (UnpegReason.ALLOCATION_BROKEN, UnpegReason.RESERVATION_REFUSED)
"""Inventory knows already that these claims are no more."""
_TO_COME = (SupplyKind.PURCHASE, SupplyKind.RUN, SupplyKind.TRANSFER)


def react(fact: Fact, _at: Recorded) -> Sequence[Payload]:
    """The commands and requests that follow."""
    match fact:
        case f.SupplyPegged():
            return _claim(fact)
        case f.SupplyUnpegged():
            return _give_back(fact)
        case g.RunFact():
            return _run(fact)
        case g.TransferFact():
            return _transfer(fact)
        case g.DeliveryFact():
            return _delivery(fact)
        case _:
            return ()


def _claim(fact: f.SupplyPegged) -> Sequence[Payload]:
    quantity = Some.trusted(amount=fact.amount, unit=fact.unit)
    order = reference_of(fact.requirement) if fact.requirement.startswith("order/") else None
    if fact.supply.kind is SupplyKind.STOCK:
        return (ReserveStock.trusted(
            part=fact.part, site=fact.site, reservation=fact.peg, quantity=quantity, purpose=fact.purpose,
            priority=fact.priority, needed_by=fact.needed_by, configuration=fact.supply.configuration,
            order=order,
        ),)
    if fact.supply.kind in _TO_COME:
        return (EarmarkSupply.trusted(
            part=fact.part, site=fact.site, supply=fact.supply.text, reservation=fact.peg, quantity=quantity,
            purpose=fact.purpose, priority=fact.priority, needed_by=fact.needed_by, order=order,
        ),)
    return ()


def _give_back(fact: f.SupplyUnpegged) -> Sequence[Payload]:
    if fact.reason in _NOTHING_LEFT:
        return ()
    quantity = Some.trusted(amount=fact.amount, unit=fact.unit)
    if fact.supply.kind is SupplyKind.STOCK:
        return (ReleaseStock.trusted(
            part=fact.part, site=fact.site, reservation=fact.peg, quantity=quantity, reason=fact.reason.value,
        ),)
    if fact.supply.kind in _TO_COME:
        return (UnearmarkSupply.trusted(
            part=fact.part, site=fact.site, supply=fact.supply.text, reservation=fact.peg, quantity=quantity,
        ),)
    return ()


def _run(fact: g.RunFact) -> Sequence[Payload]:
    match fact:
        case g.RunPlanned():
            if fact.status is DecisionStatus.PROPOSED:
                return ()
            return (ScheduleRun.trusted(
                run=fact.run, part=fact.part, revision=fact.revision, options=fact.options,
                quantity=Some.trusted(amount=fact.amount, unit=fact.unit), site=fact.site, start=fact.start,
                due=fact.due, order=fact.order, requirements=fact.requirements,
                configuration=fact.configuration if fact.options else None,
            ),)
        case g.RunReplanned():
            return (RescheduleRun.trusted(run=fact.run, start=fact.start, due=fact.due),)
        case g.RunResizePlanned():
            return (ResizeRun.trusted(
                run=fact.run, quantity=Some.trusted(amount=fact.amount, unit=fact.unit),
                requirements=fact.requirements,
            ),)
        case g.RunWithdrawn():
            return (CancelRun.trusted(run=fact.run, reason=fact.reason),)
        case g.FreezeDecided():
            return (FreezeRun.trusted(run=fact.run),)
        case _:
            return ()


def _transfer(fact: g.TransferFact) -> Sequence[Payload]:
    match fact:
        case g.TransferPlanned():
            if fact.status is DecisionStatus.PROPOSED:
                return ()
            line = ShipmentLine.trusted(
                line=1, part=fact.part, quantity=Some.trusted(amount=fact.amount, unit=fact.unit),
            )
            return (PlanShipment.trusted(
                shipment=fact.transfer, purpose=Purpose.TRANSFER, from_node=site_node(fact.from_site),
                to_node=site_node(fact.to_site), lanes=fact.lanes, lines=(line,), depart_at=fact.depart_at,
                arrive_at=fact.arrive_at,
            ),)
        case g.TransferReplanned():
            line = ShipmentLine.trusted(
                line=1, part=fact.part, quantity=Some.trusted(amount=fact.amount, unit=fact.unit),
            )
            return (ReplanShipment.trusted(
                shipment=fact.transfer, lanes=fact.lanes, lines=(line,), depart_at=fact.depart_at,
                arrive_at=fact.arrive_at,
            ),)
        case g.TransferWithdrawn():
            return (CancelShipment.trusted(shipment=fact.transfer, reason=fact.reason),)
        case _:
            return ()


def _delivery(fact: g.DeliveryFact) -> Sequence[Payload]:
    match fact:
        case g.DeliveryPlanned() | g.DeliveryReplanned():
            line = ShipmentLine.trusted(
                line=1, part=fact.part, quantity=Some.trusted(amount=fact.amount, unit=fact.unit), order=fact.order,
            )
            times = {"lanes": fact.lanes, "depart_at": fact.depart_at, "arrive_at": fact.arrive_at}
            if isinstance(fact, g.DeliveryReplanned):
                return (ReplanShipment.trusted(shipment=fact.delivery, lines=(line,), **times),)
            return (PlanShipment.trusted(
                shipment=fact.delivery, purpose=Purpose.DELIVERY, from_node=site_node(fact.site),
                to_node=fact.destination, lines=(line,), **times,
            ),)
        case g.DeliveryWithdrawn():
            return (CancelShipment.trusted(shipment=fact.delivery, reason=fact.reason),)
        case _:
            return ()
