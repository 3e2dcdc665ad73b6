"""What is open of each supply, and when it is expected: several domains' words on one thing, never counted twice.

A receipt is told by inventory and followed by suppliers, in shards that are read one after the other: what has come of
an order line is the higher of the two sums, not one of them and not both. The same holds for a run's output (what was
put into stock, and what the run heard of it) and for what is lost on the way (carrier, and receiver).
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from events.planning.shapes import SupplyKey
from projections.planning.shapes import Outage, Standing
from projections.planning.times import end_of
from projections.planning.world.parts import Parts
from projections.planning.world.planned import Fate, PlannedTransfer
from projections.planning.world.purchases import PurchaseLine
from projections.planning.world.stock import Moving
from projections.planning.world.transport import Shipment
from projections.planning.world.views import ALWAYS, RunView, SupplyView

ZERO: Final = Decimal(0)
_NOT_MOVED: Final = Moving()


def stock_view(parts: Parts, id: str, place: tuple[str, str] | None, pegged: Decimal) -> SupplyView | None:
    """Stock of a part at a site: at a place all that is like any other, else what was built as the id says."""
    if place is None:
        return _built_view(parts, id, pegged)
    item = parts.stock.items.get(place)
    if item is None or not (item.available or pegged):
        return None
    return SupplyView(
        id, SupplyKey.stock(*place), place[1], place[0], item.unit, item.available, pegged, ALWAYS,
    )


def _built_view(parts: Parts, id: str, pegged: Decimal) -> SupplyView | None:
    told = parts.stock.built_as.get(id)
    if told is None:
        return None
    site, part, configuration = told
    item = parts.stock.built[site, part][configuration]
    if not (item.available or pegged):
        return None
    key = SupplyKey.stock(site, part, configuration)
    return SupplyView(
        id, key, part, site, item.unit, item.available, pegged, ALWAYS, custom=True, configuration=configuration,
    )


def purchase_view(parts: Parts, number: str, line: int, pegged: Decimal) -> SupplyView | None:
    """An open line of a purchase order, what waits for inspection included."""
    found = parts.purchases.lines.get((number, line))
    if found is None:
        return None
    received = max(found.received, parts.stock.received.get((number, line), ZERO))
    coming = ZERO if parts.purchases.refused.get(number) else max(ZERO, found.wanted - received)
    open_ = coming + max(ZERO, parts.stock.inspecting.get((number, line), ZERO))
    if not (open_ or pegged):
        return None
    key = SupplyKey.purchase(number, line)
    at = _purchase_at(parts, found, received)
    return SupplyView(key.text, key, found.part, found.site, found.unit, open_, pegged, at, found.supplier)


def _purchase_at(parts: Parts, line: PurchaseLine, received: Decimal) -> datetime | None:
    """By its shipment, if it is under way; else by the supplier's word, unless the supplier is down. What has left
    there, or waits here for inspection, no outage and no closed lane holds up."""
    under_way = _under_way(parts, line)
    if under_way is not None:
        return under_way
    day = line.expected or _by_terms(parts, line)
    at = None if day is None else end_of(parts.reference, line.site, day)
    if line.shipped > received or line.wanted <= received:
        return at
    return _after_closure(parts, line, _after_outage(at, parts.purchases.outages.get(line.supplier)))


def _under_way(parts: Parts, line: PurchaseLine) -> datetime | None:
    found: list[datetime] = []
    for id in parts.transport.inbound.get(line.id, ()):
        shipment = parts.transport.shipments[id]
        moving = any(amount > 0 for told, amount in shipment.purchases.items() if _names(told, line))
        if moving and shipment.expected is not None:
            found.append(shipment.expected)
    return max(found, default=None)


def _names(told: object, line: PurchaseLine) -> bool:
    return (getattr(told, "document", None), getattr(told, "line", None)) == (line.number, line.line)


def _by_terms(parts: Parts, line: PurchaseLine) -> date | None:
    terms = parts.reference.agreement(line.supplier, line.part, line.ordered_at)
    return None if terms is None else line.ordered_on + timedelta(days=terms.lead_time_days)


def _after_outage(at: datetime | None, outage: Outage | None) -> datetime | None:
    if outage is None or at is None:
        return at
    return None if outage.until is None else max(at, outage.until)


def _after_closure(parts: Parts, line: PurchaseLine, at: datetime | None) -> datetime | None:
    """When every lane from its supplier straight to its site is closed, it can't come before one opens."""
    ends = (f"supplier/{line.supplier}", f"site/{line.site}")
    direct = [lane for lane in parts.transport.between(*ends) if lane.active]
    if at is None or not direct or any(lane.standing is not Standing.CLOSED for lane in direct):
        return at
    opening = [lane.until + timedelta(hours=lane.usual) for lane in direct if lane.until is not None]
    return max(at, min(opening)) if opening else None


def requisition_view(parts: Parts, id: str, pegged: Decimal) -> SupplyView | None:
    """A purchase that was decided and isn't ordered yet. An order that names it takes its place at once."""
    found = parts.plan.requisitions.get(id)
    if found is None:
        return None
    gone = found.fate is not Fate.OPEN or id in parts.purchases.answers
    if gone and not pegged:
        return None
    key = SupplyKey.requisition(id)
    at = end_of(parts.reference, found.site, found.due)
    return SupplyView(
        key.text, key, found.part, found.site, found.unit, ZERO if gone else found.amount, pegged,
        _after_outage(at, parts.purchases.outages.get(found.supplier)), found.supplier, firm=False,
        slips=end_of(parts.reference, found.site, found.order_by),
    )


def run_supply(parts: Parts, view: RunView | None, run: str, pegged: Decimal, *, blocked: bool) -> SupplyView | None:
    """A run's output. Nobody knows when it comes while something that it needs isn't covered."""
    key = SupplyKey.run(run)
    if view is None:
        asked = parts.plan.runs.get(run)
        if asked is None or not pegged:
            return None
        return SupplyView(key.text, key, asked.part, asked.site, asked.unit, ZERO, pegged, None, firm=False)
    if not (view.output or pegged):
        return None
    at = None if blocked and not view.over else view.due
    return SupplyView(
        key.text, key, view.part, view.site, view.unit, view.output, pegged, at, firm=view.fixed,
        custom=bool(view.options), configuration=view.configuration,
    )


def transfer_view(
    parts: Parts, id: str, pegged: Decimal, at_source: Decimal, ready: datetime | None
) -> SupplyView | None:
    """Stock that is to come from another site: what left and hasn't come, and what is still claimed there for it."""
    found = parts.plan.transfers.get(id)
    if found is None:
        return None
    moving = parts.stock.moving.get(id, _NOT_MOVED)
    shipment = parts.transport.shipments.get(id)
    open_ = transfer_open(found, moving, shipment, at_source)
    if not (open_ or pegged):
        return None
    key, at = SupplyKey.transfer(id), _transfer_at(parts, found, shipment, ready)
    return SupplyView(
        key.text, key, found.part, found.to_site, found.unit, open_, pegged, at,
        from_site=found.from_site, firm=bool(moving.sent), custom=found.configuration is not None,
        configuration=found.configuration,
    )


def transfer_open(
    found: PlannedTransfer, moving: Moving, shipment: Shipment | None, at_source: Decimal
) -> Decimal:
    """What is still to come of a transfer."""
    refused = shipment is not None and (shipment.cancelled or shipment.refused)
    to_send = ZERO if found.withdrawn or refused else min(at_source, max(ZERO, found.amount - moving.sent))
    lost = max(moving.lost, shipment.lost.get(found.part, ZERO) if shipment is not None else ZERO)
    return max(ZERO, moving.sent + to_send - moving.arrived - lost)


def _transfer_at(
    parts: Parts, found: PlannedTransfer, shipment: Shipment | None, ready: datetime | None
) -> datetime | None:
    """When it arrives: it leaves as planned, or when what it takes along is there (None: nobody knows when)."""
    if shipment is not None and shipment.departed:
        return shipment.expected or found.arrive_at
    if ready is None:
        return None
    planned = shipment is not None and shipment.planned == (found.depart_at, found.arrive_at)
    at = (shipment.expected if planned and shipment is not None else None) or found.arrive_at
    return _over_lanes(parts, found, at + max(ready - found.depart_at, timedelta()))


def _over_lanes(parts: Parts, found: PlannedTransfer, at: datetime) -> datetime | None:
    """What hasn't left can't go over a closed lane before it opens, nor faster than lanes that are slowed."""
    hours = 0
    for id in found.lanes:
        lane = parts.transport.lanes.get(id)
        if lane is None:
            continue
        over = lane.standing is Standing.OPEN or (lane.until is not None and lane.until <= found.depart_at)
        hours += lane.usual + (0 if over or lane.standing is Standing.CLOSED else lane.extra_hours)
        if not over and lane.standing is Standing.CLOSED:
            if lane.until is None:
                return None
            at = max(at, lane.until + (found.arrive_at - found.depart_at))
    return max(at, found.depart_at + timedelta(hours=hours)).astimezone(UTC)
