"""The sample's purchasing: what runs low is ordered, confirmed, sometimes delayed, shipped, received and inspected."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Final

from events.inventory.messages import Inspected, Moved, Received, ReturnedToVendor
from events.suppliers.messages import (
    Confirmed,
    ConfirmedLine,
    Delayed,
    OrderLine,
    PlacePurchaseOrder,
    Promise,
    Shipped,
    ShippedLine,
)
from events.values import Line, Money, Quantity, Some, Status
from infra.sample.world import DEPOT, PLANT, Event, World, ref

ERP, PORTAL = "erp", "supplier-portal"
_INSPECTED: Final = {"RIM-20", "RIM-26", "TUBE-40", "TUBE-28", "MOTOR", "BATTERY", "BRAKE", "PLYWOOD"}
_STORED: Final = {"MOTOR": DEPOT, "BATTERY": DEPOT}


@dataclass(frozen=True)
class Ordered:
    """One line of an order, in purchase units."""

    part: str
    line: int
    packs: int
    unit: str


@dataclass(frozen=True)
class Rejects:
    """What was rejected of a receipt, waiting to go back."""

    part: str
    site: str
    location: str
    amount: Decimal
    supplier: str
    line: Line
    receipt: Event
    lot: str | None


class Buying:
    """Orders on their way. ``coming`` is what is on order, in base units, by part and site."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.coming: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        self.rejects: list[Rejects] = []
        self.placed: dict[str, tuple[str, list[Ordered]]] = {}
        self.down: set[str] = set()
        self.cancelled: set[str] = set()
        self.late = "KLEINTEIL"

    def each_morning(self, now: datetime) -> None:
        """Order what ran low, one order for each supplier and site."""
        wanted: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
        for part, terms in self.world.factory.agreements.items():
            site = _STORED.get(part, PLANT)
            packs = self._packs(part, site)
            if packs:
                wanted[terms["supplier"], site].append((part, packs))
        for (supplier, site), parts in sorted(wanted.items()):
            self.order(supplier, site, parts, now)
            now += timedelta(minutes=4)

    def _packs(self, part: str, site: str) -> int:
        factory = self.world.factory
        known, terms = factory.parts[part], factory.agreements[part]
        levels = next((own for own in known.get("stocking", ()) if own["site"] == site), known)
        position = self.world.free(part, site) + self.coming[part, site]
        if "reorder_point" not in levels or position > Decimal(levels["reorder_point"]):
            return 0
        short = (Decimal(levels["order_up_to"]) - position) / factory.pack(part, terms["unit"])
        multiple = Decimal(terms.get("multiple", "1"))
        packs = (short / multiple).to_integral_value(ROUND_CEILING) * multiple
        return int(max(packs, Decimal(terms.get("minimum", "1"))))

    def order(self, supplier: str, site: str, parts: list[tuple[str, int]], now: datetime) -> str:
        """Place an order, and let the supplier do with it what suppliers do."""
        world, number = self.world, f"PO-{1000 + self.world.number('order')}"
        terms = world.factory.agreements
        lines = [Ordered(part, 10 * n, packs, terms[part]["unit"]) for n, (part, packs) in enumerate(parts, 1)]
        lead = max(terms[line.part]["lead_time_days"] for line in lines)
        due = world.workday(now.date() + timedelta(days=lead))
        world.tell(ERP, PlacePurchaseOrder(
            number=number, supplier=supplier, currency="EUR", site=site, lines=tuple(
                OrderLine(
                    line=line.line, part=line.part, quantity=Some.of(line.packs, line.unit),
                    price=Money.model_validate(terms[line.part]["price"]).amount, due=due,
                ) for line in lines
            ),
        ), now, who="person-2")
        for line in lines:
            self.coming[line.part, site] += self._base(line)
        self.placed[number] = (supplier, lines)
        confirming = now + timedelta(hours=world.chance.choice((3, 5, 22, 26)), minutes=world.chance.randrange(60))
        world.later(confirming, lambda at: self._confirm(number, site, due, at))
        return number

    def _base(self, line: Ordered, packs: int | None = None) -> Decimal:
        return (line.packs if packs is None else packs) * self.world.factory.pack(line.part, line.unit)

    def _confirm(self, number: str, site: str, due: date, now: datetime) -> None:
        world, (supplier, lines) = self.world, self.placed[number]
        if number in self.cancelled:
            return
        promised = world.workday(due + timedelta(days=world.chance.choice((0, 0, 0, 1))))
        said = [(line.line, Promise(quantity=Some.of(line.packs, line.unit), promised=promised)) for line in lines]
        world.tell(PORTAL, Confirmed(
            number=number, confirmation=f"AB-{number}",
            lines=tuple(ConfirmedLine(line=line, schedule=(promise,)) for line, promise in said),
        ), now, who=supplier)
        if supplier in self.down or world.chance.random() < 0.2:
            promised = world.workday(promised + timedelta(days=2))
            reason = "strike" if supplier in self.down else "machine failure"
            told = now + timedelta(hours=5)
            world.later(told, lambda at: self._delay(number, promised, reason, at))
        leaving = max(world.clock(promised - timedelta(days=1), 15, 10), now + timedelta(hours=6))
        world.later(leaving, lambda at: self._ship(number, site, promised, at))

    def _delay(self, number: str, expected: date, reason: str, now: datetime) -> None:
        supplier, _ = self.placed[number]
        self.world.tell(PORTAL, Delayed(number=number, expected=expected, reason=reason), now, who=supplier)

    def _ship(self, number: str, site: str, expected: date, now: datetime) -> None:
        world, (supplier, lines) = self.world, self.placed[number]
        world.tell(PORTAL, Shipped(
            number=number, despatch=f"LS-{number}", expected=expected, tracking=f"TRK{number[3:]}77",
            lines=tuple(ShippedLine(line=line.line, quantity=Some.of(line.packs, line.unit)) for line in lines),
        ), now, who=supplier)
        minute = world.chance.randrange(120)
        arriving = max(world.clock(expected, 7, 40) + timedelta(minutes=minute), now + timedelta(hours=12))
        world.later(arriving, lambda at: self._arrive(number, site, at))

    def _arrive(self, number: str, site: str, now: datetime) -> None:
        """Goods come in. The first delivery of one supplier is only told the day after."""
        supplier, lines = self.placed[number]
        late = supplier == self.late
        if late:
            self.late = ""
        for line in lines:
            now += timedelta(minutes=7)
            self._receive(number, supplier, site, line, now, late)

    def _receive(self, number: str, supplier: str, site: str, line: Ordered, now: datetime, late: bool) -> None:
        world = self.world
        packs = line.packs - (1 if line.packs > 2 and world.chance.random() < 0.12 else 0)
        inspected = line.part in _INSPECTED
        lot = f"L{now:%y%m%d}-{number[3:]}" if line.part == "BATTERY" else None
        told = now + timedelta(hours=22) if late else now
        receipt = world.tell(f"{site}/wms", Received(
            part=line.part, site=site, location="DOCK", quantity=Some.of(packs, line.unit), supplier=supplier, lot=lot,
            line=Line(document=number, line=line.line), delivery_note=f"LS-{number}",
            status=Status.INSPECTION if inspected else Status.AVAILABLE,
        ), now, told=told, who="person-5")
        self.coming[line.part, site] -= self._base(line)
        amount = self._base(line, packs)
        if inspected:
            after = told + timedelta(hours=2, minutes=world.chance.randrange(50))
            world.later(after, lambda at: self._inspect(number, supplier, site, line, receipt, amount, lot, at))
        else:
            after = told + timedelta(minutes=45)
            world.later(after, lambda at: self._store(line.part, site, amount, at))

    def _store(self, part: str, site: str, amount: Decimal, now: datetime) -> None:
        world, home = self.world, self.world.home[part, site]
        world.tell(f"{site}/wms", Moved(
            part=part, site=site, location="DOCK", to_location=home, quantity=Some.of(amount, world.factory.unit(part)),
        ), now, who="person-6")
        world.put(part, site, amount)

    def _inspect(
        self, number: str, supplier: str, site: str, line: Ordered, receipt: Event, amount: Decimal, lot: str | None,
        now: datetime,
    ) -> None:
        world, part, unit = self.world, line.part, self.world.factory.unit(line.part)
        rejected = Decimal(0)
        if world.chance.random() < 0.3:
            rejected = min(amount, Decimal(world.chance.choice((1, 1, 2, 3))))
        aside = "QA" if site == PLANT else "DOCK"
        world.tell(f"{site}/wms", Inspected(
            part=part, site=site, location="DOCK", lot=lot, accepted=Quantity.of(amount - rejected, unit),
            rejected=Quantity.of(rejected, unit), receipt=ref(receipt), accepted_to=world.home[part, site],
            rejected_to=aside, reason="damaged in transport" if rejected else None,
        ), now, who="person-7")
        world.put(part, site, amount - rejected, lot=lot)
        if rejected:
            document = Line(document=number, line=line.line)
            self.rejects.append(Rejects(part, site, aside, rejected, supplier, document, receipt, lot))

    def send_back(self, now: datetime) -> None:
        """Everything rejected so far goes back."""
        for bad in self.rejects:
            self.world.tell(f"{bad.site}/wms", ReturnedToVendor(
                part=bad.part, site=bad.site, location=bad.location, lot=bad.lot, supplier=bad.supplier, line=bad.line,
                quantity=Some.of(bad.amount, self.world.factory.unit(bad.part)), receipt=ref(bad.receipt),
                reason="damaged in transport",
            ), now, who="person-7")
            now += timedelta(minutes=3)
        self.rejects.clear()
