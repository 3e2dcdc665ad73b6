"""The warehouse and the carriers: transfers and deliveries leave when they are planned to and their goods are there."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from events.inventory.messages import Shipped, TransferArrived, TransferSent
from events.logistics import facts as f
from events.logistics.messages import Delayed, Delivered, Departed, LegArrived, Lost, Tendered
from events.logistics.shapes import Amounts, CarriedLine, Damage, Purpose
from events.planning.shapes import requirement_of
from events.sealed import Sealed
from events.values import Quantity, Some
from infra.sample.life.agenda import CARRIER
from infra.sample.life.shelves import Picked
from infra.sample.life.world import DAY, World

CLOSES, LATEST = 18, 22
"""Until when carriers hand over, and do where people are eager."""


@dataclass(frozen=True, slots=True)
class Load:
    """A planned shipment. ``state``: planned, gone, there or cancelled."""

    shipment: str
    purpose: Purpose
    site: str
    target: str | None
    lanes: tuple[str, ...]
    lines: tuple[CarriedLine, ...]
    depart_at: datetime
    state: str = "planned"


class Carrying:
    """Everything that leaves our sites."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.loads: dict[str, Load] = {}
        self._gone: dict[str, list[tuple[CarriedLine, Picked]]] = {}

    def learn(self, fact: f.ShipmentFact) -> None:
        """Plans. What suppliers send isn't ours to send."""
        load = self.loads.get(fact.shipment)
        match fact:
            case f.ShipmentPlanned() if fact.purpose is not Purpose.INBOUND and fact.from_node.startswith("site/"):
                self.loads[fact.shipment] = Load(
                    fact.shipment, fact.purpose, fact.from_node.removeprefix("site/"), fact.to_node, fact.lanes,
                    fact.lines, fact.depart_at,
                )
                self._look(fact.shipment, self._due(self.loads[fact.shipment]))
            case f.ShipmentReplanned() if load and load.state == "planned":
                self.loads[fact.shipment] = replace(
                    load, lanes=fact.lanes, lines=fact.lines, depart_at=fact.depart_at, target=fact.to_node
                )
                if fact.depart_at < load.depart_at:
                    self._look(fact.shipment, fact.depart_at)
            case f.ShipmentCancelled() if load:
                self.loads[fact.shipment] = replace(load, state="cancelled")
            case _:
                pass

    def _due(self, load: Load) -> datetime:
        """From when on it may leave."""
        return self.world.now if self.world.eager and load.purpose is Purpose.DELIVERY else load.depart_at

    def _look(self, shipment: str, at: datetime) -> None:
        """Trucks are loaded from six to ten, on working days."""
        site = self.loads[shipment].site
        local = told = max(at, self.world.now).astimezone(self.world.agenda.zone)
        local = self.world.working(site, (local + DAY).replace(hour=6) if local.hour >= 22 else local)
        if self.world.eager and local.date() > told.date():
            local = local.replace(hour=6)
        when = max(local.replace(hour=6) if local.hour < 6 else local, at)
        self.world.agenda.at(when, f"load {shipment}", lambda now: self._leave(shipment, now))

    def _goods(self, load: Load, line: CarriedLine) -> list[Picked]:
        """What is claimed for a line. Goods for an order are claimed under its requirement's pegs, those of a
        transfer under the pegs of whatever it is for."""
        shelves, left, found = self.world.shelves, line.amount, []
        for reservation in self._reservations(load, line):
            for picked in shelves.pick(reservation, left):
                found.append(picked)
                left -= picked.amount
        return found

    def _reservations(self, load: Load, line: CarriedLine) -> list[str]:
        shelves, place = self.world.shelves, (line.part, load.site)
        if line.order is not None:
            return [p.id for p in self.world.pegs.of(requirement_of(line.order)) if shelves.of.get(p.id) == place]
        return [id for id in shelves.reserved_for(load.shipment) if shelves.of.get(id) == place]

    def _leave(self, shipment: str, now: datetime) -> None:
        load = self.loads[shipment]
        if load.state != "planned":
            return
        if (due := self._due(load)) > now:
            self._look(shipment, due)
            return
        goods = {line.line: self._goods(load, line) for line in load.lines}
        short = any(sum(p.amount for p in goods[line.line]) < line.amount for line in load.lines)
        if short or self.world.network.closed(load.lanes):
            self._again(shipment, now)
            return
        self.loads[shipment] = replace(load, state="gone")
        carrier = load.lanes[0] if load.lanes else "OWN"
        tendered = Tendered(shipment=shipment, carrier=carrier, tracking=f"TRK-{shipment}")
        self.world.agenda.tell(CARRIER, f"{shipment}/tendered", tendered, now - timedelta(minutes=30))
        self._gone[shipment] = [(line, picked) for line in load.lines for picked in goods[line.line]]
        for n, (line, picked) in enumerate(self._gone[shipment], 1):
            self._pass_out(load, line, n, picked, now)
        left = now + timedelta(minutes=40)
        self.world.agenda.tell(CARRIER, f"{shipment}/departed", Departed(shipment=shipment), left)
        takes = self.world.network.takes(load.lanes, shipment) if load.lanes else timedelta(hours=24)
        self._legs(load, left)
        there = self._daytime(left + takes)
        self.world.agenda.at(there, f"there {shipment}", lambda then: self._there(shipment, then))

    def _daytime(self, at: datetime) -> datetime:
        local = at.astimezone(self.world.agenda.zone)
        closes = LATEST if self.world.eager else CLOSES
        if local.hour >= closes:
            return (local + DAY).replace(hour=9)
        return local.replace(hour=9) if local.hour < 8 else local

    def _again(self, shipment: str, now: datetime) -> None:
        self.world.agenda.at(now + DAY, f"load {shipment}", lambda then: self._leave(shipment, then))

    def _legs(self, load: Load, left: datetime) -> None:
        """Where one lane ends and the next begins, the carrier says that it passed."""
        for n, lane in enumerate(load.lanes[:-1], 1):
            if found := self.world.network.lanes.get(lane):
                body = LegArrived(shipment=load.shipment, node=found.to_node)
                at = left + self.world.network.usual(load.lanes[:n])
                self.world.agenda.tell(CARRIER, f"{load.shipment}/leg/{n}", body, at)

    def _pass_out(self, load: Load, line: CarriedLine, n: int, picked: Picked, now: datetime) -> None:
        """Out of the door. Half of the warehouse's people say whose claim it was, the others only what it is for."""
        where, wms = picked.bucket, f"{load.site}/wms"
        id = f"{load.shipment}/sent/{line.line}/{picked.reservation}/{n}"
        told = {
            "part": line.part, "site": load.site, "location": where.location, "revision": where.revision,
            "lot": where.lot, "serial": where.serial, "quantity": Some(amount=picked.amount, unit=line.unit),
            "reservation": picked.reservation if self.world.chance.happens(0.5, "says whose", id) else None,
        }
        if load.purpose is Purpose.TRANSFER:
            target = (load.target or "").removeprefix("site/")
            body = TransferSent.model_validate({**told, "to_site": target, "transfer": load.shipment})
            self.world.agenda.tell(wms, id, body, now, "person-6")
        else:
            order = line.order.number if line.order else None
            shipped = Shipped.model_validate({**told, "shipment": load.shipment, "order": order})
            self.world.agenda.tell(wms, id, shipped, now, "person-6")

    def _there(self, shipment: str, now: datetime) -> None:
        load = self.loads[shipment]
        if closed := self.world.network.closed(load.lanes):
            late = Delayed(shipment=shipment, hours=24, reason=f"lane {closed} is closed")
            self.world.agenda.tell(CARRIER, f"{shipment}/delayed/{now:%j-%H%M}", late, now)
            self.world.agenda.at(now + DAY, f"there {shipment}", lambda then: self._there(shipment, then))
            return
        self.loads[shipment] = replace(load, state="there")
        if load.purpose is Purpose.DELIVERY:
            self._hand_over(load, now)
            return
        for n, (line, picked) in enumerate(self._gone.pop(shipment), 1):
            self._take_in(load, line, n, picked, now)

    def _take_in(self, load: Load, line: CarriedLine, n: int, picked: Picked, now: datetime) -> None:
        """A transfer is put on the shelf. Now and then something is missing."""
        site, was = (load.target or "").removeprefix("site/"), picked.bucket
        some = picked.amount >= 2 and self.world.chance.happens(0.04, "short", load.shipment)
        missing = Decimal(1 if some else 0)
        self.world.agenda.tell(f"{site}/wms", f"{load.shipment}/in/{line.line}/{n}", TransferArrived(
            part=line.part, site=site, location=self.world.home(line.part, site), transfer=load.shipment,
            revision=was.revision, lot=was.lot, serial=was.serial,
            quantity=Quantity(amount=picked.amount - missing, unit=line.unit),
            short=Quantity(amount=missing, unit=line.unit) if missing else None,
        ), now, "person-6")

    def _hand_over(self, load: Load, now: datetime) -> None:
        """To the customer, with a signature; a few arrive with a scratch, fewer never."""
        shipment, chance = load.shipment, self.world.chance
        if chance.happens(0.004, "lost", shipment):
            self.world.agenda.tell(CARRIER, f"{shipment}/lost", Lost(shipment=shipment, reason="stolen"), now)
            return
        first = load.lines[0]
        damaged: tuple[Damage, ...] = ()
        if chance.happens(0.015, "damaged", shipment):
            damaged = (Damage(line=first.line, amount=Decimal(1), unit=first.unit, reason="scratched"),)
        person = f"recipient-{shipment}"
        self.world.agenda.tell(CARRIER, f"{shipment}/delivered", Delivered(
            shipment=shipment,
            lines=tuple(Amounts(line=line.line, amount=line.amount, unit=line.unit) for line in load.lines),
            damaged=damaged,
            proof=Sealed[str](person=person, value=f"signature {shipment}"),
            recipient=Sealed[str](person=person, value=chance.pick(("A. Otto", "B. Klein", "C. Weiss"), person)),
        ), now)
