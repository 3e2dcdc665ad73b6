"""Goods receipt: what came is booked, some of it inspected, and now and then a piece is rejected and goes back."""

from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import partial

from events.catalogue.places import LocationKind
from events.inventory.accounts import EventRef
from events.inventory.messages import Inspected, Received, ReturnedToVendor
from events.logistics.shapes import ShipmentLine
from events.values import Quantity, Some, Status
from infra.sample.life.world import World


class Receiving:
    """The dock of every site."""

    def __init__(self, world: World) -> None:
        self.world = world

    def receive(self, supplier: str, site: str, shipment: str, line: ShipmentLine, now: datetime) -> None:
        """Book it. Some parts are always inspected."""
        world, about = self.world, f"{shipment}/{line.line}"
        inspected = world.chance.happens(0.15, "inspected", line.part)
        home = world.home(line.part, site)
        dock = world.place(site, LocationKind.DOCK) if inspected else home
        told = world.agenda.tell(f"{site}/wms", f"{about}/received", Received(
            part=line.part, site=site, location=dock, quantity=line.quantity, line=line.purchase, supplier=supplier,
            status=Status.INSPECTION if inspected else Status.AVAILABLE, delivery_note=shipment,
        ), now, "person-5")
        base = world.known.amount(line.part, line.quantity, now)
        if inspected and base is not None:
            ref = EventRef(source=told["source"], id=told["id"])
            at = world.working(site, now + timedelta(minutes=world.chance.between(120, 1700, "inspect", about)))
            act = partial(self._inspect, supplier, site, line, (dock, home), base, ref)
            world.agenda.at(at, f"inspect {about}", act)

    def _inspect(
        self, supplier: str, site: str, line: ShipmentLine, places: tuple[str, str], base: Decimal, ref: EventRef,
        now: datetime,
    ) -> None:
        world, unit, (dock, home) = self.world, self.world.unit(line.part), places
        bad = Decimal(0)
        if world.chance.happens(0.2, "rejected", ref.id):
            bad = min(base, (base * world.chance.between(1, 6, "bad", ref.id) / 100).to_integral_value(ROUND_CEILING))
        aside = world.place(site, LocationKind.QUARANTINE, LocationKind.DOCK)
        world.agenda.tell(ref.source, ref.id.replace("/received", "/inspected"), Inspected(
            part=line.part, site=site, location=dock, accepted=Quantity(amount=base - bad, unit=unit),
            rejected=Quantity(amount=bad, unit=unit), receipt=ref, accepted_to=home, rejected_to=aside,
            reason="damaged in transport" if bad else None,
        ), now, "person-7")
        if bad:
            back = ReturnedToVendor(
                part=line.part, site=site, location=aside, supplier=supplier, line=line.purchase, receipt=ref,
                quantity=Some(amount=bad, unit=unit), reason="damaged in transport",
            )
            at = world.working(site, now + timedelta(days=2))
            world.agenda.at(at, f"return {ref.id}", lambda then: self._return(ref, back, then))

    def _return(self, ref: EventRef, back: ReturnedToVendor, now: datetime) -> None:
        self.world.agenda.tell(ref.source, ref.id.replace("/received", "/returned"), back, now, "person-7")
