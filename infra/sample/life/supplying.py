"""Suppliers: they confirm what was ordered, send it with a shipping notice, and it arrives, mostly when it should."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from events.logistics.messages import Announced, Arrived, Delayed
from events.logistics.shapes import ShipmentLine
from events.suppliers.facts import LineFact, PurchaseOrderPlaced
from events.suppliers.messages import Confirmed, ConfirmedLine, Promise
from events.suppliers.messages import Delayed as OrderDelayed
from events.suppliers.shapes import PlacedLine
from events.values import Line, Some
from infra.sample.life.agenda import CARRIER, PORTAL
from infra.sample.life.receiving import Receiving
from infra.sample.life.world import DAY, World


@dataclass
class Ordered:
    """An order as its supplier sees it; ``open`` is what is still to be sent, in base units; ``there`` when it is to be
    at our door, once that is confirmed."""

    number: str
    supplier: str
    site: str
    placed: datetime
    lines: dict[int, PlacedLine]
    open: dict[int, Decimal] = field(default_factory=dict)
    sent: int = 0
    there: datetime | None = None


@dataclass
class Parcel:
    """Goods on their way. ``until`` is when they arrive as things are."""

    shipment: str
    order: Ordered
    lines: tuple[ShipmentLine, ...]
    lanes: tuple[str, ...]
    until: datetime


class Supplying:
    """Every supplier there is."""

    def __init__(self, world: World, receiving: Receiving) -> None:
        self.world, self.receiving = world, receiving
        self.orders: dict[str, Ordered] = {}
        self.under_way: dict[str, Parcel] = {}

    def learn(self, fact: PurchaseOrderPlaced | LineFact) -> None:
        """Orders, and what was called off."""
        if isinstance(fact, LineFact):
            if (order := self.orders.get(fact.number)) and fact.line in order.open and fact.opened < 0:
                order.open[fact.line] = min(order.open[fact.line], fact.open)
            return
        lines = {line.line: line for line in fact.lines}
        open_ = {line.line: line.ordered for line in fact.lines}
        self.orders[fact.number] = Ordered(fact.number, fact.supplier, fact.site, fact.ordered_at, lines, open_)
        at = self.world.soon(fact.site, 3, 26, "confirm", fact.number)
        self.world.agenda.at(at, f"confirm {fact.number}", lambda now: self._confirm(fact.number, now))

    def _again(self, what: str, number: str, now: datetime, days: int = 1) -> None:
        act = self._confirm if what == "confirm" else self._send
        self.world.agenda.at(now + days * DAY, f"{what} {number}", lambda then: act(number, then))

    def _confirm(self, number: str, now: datetime) -> None:
        """Mostly for the day that was asked for. Who is down doesn't answer."""
        order = self.orders[number]
        if order.supplier in self.world.down:
            self._again("confirm", number, now)
            return
        lines = [line for line in order.lines.values() if order.open[line.line] > 0]
        if not lines:
            return
        day = max(self._promise(order, line, now.date()) for line in lines)
        body = Confirmed(number=number, confirmation=f"AB-{number}", lines=tuple(
            ConfirmedLine(line=line.line, schedule=(Promise(quantity=self._told(order, line), promised=day),))
            for line in lines
        ))
        self.world.agenda.tell(PORTAL, f"{number}/confirmed", body, now, order.supplier)
        order.there = datetime.combine(day, time(10), self.world.agenda.zone)
        self.world.agenda.at(max(self._leaves(order), now + timedelta(hours=4)), f"send {number}",
                             lambda at: self._send(number, at))

    def _leaves(self, order: Ordered) -> datetime:
        """When it has to leave to be there."""
        assert order.there is not None, "it is confirmed"
        return order.there - self.world.network.usual(self._way(order)[:1])

    def _promise(self, order: Ordered, line: PlacedLine, today: date) -> date:
        terms = self.world.known.agreement(order.supplier, line.part)
        ready = order.placed.date() + timedelta(days=terms.lead_time_days if terms else 7)
        late = self.world.chance.happens(0.15, "promised later", order.number, line.line)
        more = self.world.chance.between(1, 5, "promised", order.number, line.line) if late else 0
        return max(line.due or ready, today + DAY) + timedelta(days=more)

    def _told(self, order: Ordered, line: PlacedLine) -> Some:
        """What is still open of a line, as it was told while it is whole."""
        left = order.open[line.line]
        if left == line.ordered:
            return Some(amount=line.told.amount, unit=line.told.unit)
        return Some(amount=left, unit=line.unit)

    def _way(self, order: Ordered) -> tuple[str, ...]:
        """The lane a supplier sends by: one of the three quickest that are open."""
        lanes = self.world.network.between(f"supplier/{order.supplier}", f"site/{order.site}")
        quick = sorted(lanes, key=lambda lane: (lane.usual + lane.extra, lane.id))[:3]
        return (self.world.chance.pick(quick, "way", order.number).id,) if quick else ()

    def _send(self, number: str, now: datetime) -> None:
        """Everything that is open, now and then in two deliveries. No open lane, or a strike: another day."""
        order = self.orders[number]
        if not order.sent and (leaves := self._leaves(order)) - timedelta(hours=1) > now:
            self.world.agenda.at(leaves, f"send {number}", lambda then: self._send(number, then))
            return
        way = self._way(order)
        known = self.world.network.lanes.values()
        blocked = not way and any(lane.from_node == f"supplier/{order.supplier}" for lane in known)
        if order.supplier in self.world.down or blocked:
            self._again("send", number, now)
            return
        lines = tuple(self._shipped(order, line) for line in order.lines.values() if order.open[line.line] > 0)
        if not lines:
            return
        order.sent += 1
        shipment = f"ASN-{number}-{order.sent}"
        takes = self.world.network.takes(way, shipment) if way else timedelta(hours=20)
        parcel = Parcel(shipment, order, lines, way, self._door(order.site, now + takes))
        self.under_way[shipment] = parcel
        self.world.agenda.tell(PORTAL, f"{shipment}/announced", Announced(
            shipment=shipment, supplier=order.supplier, site=order.site, lines=lines, tracking=f"TRK-{shipment}",
            expected=now + self.world.network.usual(way) if way else parcel.until, carrier=way[0] if way else None,
        ), now, order.supplier)
        self._arriving(parcel)
        if any(some > 0 for some in order.open.values()):
            self._again("send", number, now, 3)

    def _shipped(self, order: Ordered, line: PlacedLine) -> ShipmentLine:
        told = self._told(order, line)
        whole = told.amount.to_integral_value()
        if order.sent == 0 and told.amount == whole >= 5 and self.world.chance.happens(0.06, "split", order.number):
            told = Some(amount=whole // 2 + 1, unit=told.unit)
        base = self.world.known.amount(line.part, told, order.placed)
        order.open[line.line] -= order.open[line.line] if base is None else base
        return ShipmentLine(
            line=line.line, part=line.part, quantity=told, purchase=Line(document=order.number, line=line.line)
        )

    def _door(self, site: str, at: datetime) -> datetime:
        """When goods that come at that time are taken in: between seven and five, on a working day."""
        local = at.astimezone(self.world.agenda.zone)
        if local.hour >= 17:
            local = (local + DAY).replace(hour=8)
        elif local.hour < 7:
            local = local.replace(hour=8)
        return self.world.working(site, local)

    def _arriving(self, parcel: Parcel) -> None:
        self.world.agenda.at(parcel.until, f"arrive {parcel.shipment}", lambda now: self._arrive(parcel, now))

    def waiting(self) -> list[Ordered]:
        """Orders that are confirmed and not sent, in order of their numbers."""
        return [order for _, order in sorted(self.orders.items()) if order.there is not None and not order.sent]

    def put_off(self, order: Ordered, days: int, now: datetime, reason: str) -> None:
        """It will be sent later, and the supplier says so."""
        assert order.there is not None, "it is confirmed"
        order.there = self._door(order.site, order.there + days * DAY)
        body = OrderDelayed(number=order.number, expected=order.there.date(), reason=reason)
        self.world.agenda.tell(PORTAL, f"{order.number}/delayed/{now:%j-%H%M}", body, now, order.supplier)

    def delay(self, parcel: Parcel, days: int, now: datetime, reason: str) -> None:
        """It will come later, and the carrier says so."""
        parcel.until = self._door(parcel.order.site, parcel.until + days * DAY)
        body = Delayed(shipment=parcel.shipment, expected=parcel.until, reason=reason)
        self.world.agenda.tell(CARRIER, f"{parcel.shipment}/delayed/{now:%j-%H%M}", body, now)

    def _arrive(self, parcel: Parcel, now: datetime) -> None:
        """A lane that is closed holds what is on it."""
        if now < parcel.until:
            self._arriving(parcel)
            return
        if closed := self.world.network.closed(parcel.lanes):
            self.delay(parcel, 1, now, f"lane {closed} is closed")
            self._arriving(parcel)
            return
        del self.under_way[parcel.shipment]
        self.world.agenda.tell(CARRIER, f"{parcel.shipment}/arrived", Arrived(shipment=parcel.shipment), now)
        for n, line in enumerate(parcel.lines):
            self.receiving.receive(parcel.order.supplier, parcel.order.site, parcel.shipment, line,
                                   now + timedelta(minutes=7 * (n + 1)))
