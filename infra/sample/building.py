"""The sample's shop floor: runs reserve what they need, take it, and give what they built; bicycles leave."""

from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import partial
from typing import Final

from events.inventory.messages import (
    Issued,
    Produced,
    ReserveStock,
    ReturnedFromRun,
    Shipped,
    TransferArrived,
    TransferSent,
)
from events.values import Quantity, Some
from infra.sample.world import DEPOT, PLANT, World

MES, WMS = f"{PLANT}/mes", f"{PLANT}/wms"
_HOURS: Final = {"HUB": 3, "WHEEL-20": 5, "WHEEL-26": 5, "COCKPIT": 4, "BOX": 26, "FRAME-L": 28, "FRAME-T": 29}
_BICYCLES: Final = ("LONG-1", "LONG-1", "TRIKE-1")


class Building:
    """Runs, one after the other."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.under_way: dict[str, Decimal] = {}
        self.finished: list[str] = ["LONG-1"]
        world.home["LONG-1", PLANT] = world.home["TRIKE-1", PLANT] = "FINISHED"

    def each_morning(self, now: datetime) -> None:
        """Bicycles first, then the subassemblies that run low."""
        for part in _BICYCLES:
            self.start(part, Decimal(1), now)
            now += timedelta(minutes=3)
        for part, known in self.world.factory.parts.items():
            if known["make_or_buy"] != "make" or "reorder_point" not in known:
                continue
            position = self.world.free(part) + self.under_way.get(part, Decimal(0))
            if position <= Decimal(known["reorder_point"]):
                self.start(part, Decimal(known["order_up_to"]) - position, now)
                now += timedelta(minutes=3)

    def start(self, part: str, batch: Decimal, now: datetime) -> None:
        """Reserve for a run, all or nothing: what lacks is asked for once, refused, and tried again another day."""
        world = self.world
        needs = self._needs(part, batch, now)
        lacking = [need for need in needs if world.free(need[0]) < need[1]]
        run = f"R-{100 + world.number('run')}"
        for component, amount in lacking[:1] or needs:
            world.tell(MES, ReserveStock(
                part=component, site=PLANT, reservation=f"{run}/{component}", purpose=run, priority=5,
                quantity=Some.of(amount, world.factory.unit(component)), needed_by=now + timedelta(hours=2),
            ), now, who="person-4")
        if not lacking:
            for component, amount in needs:
                world.reserved[component, PLANT] += amount
            self.under_way[part] = self.under_way.get(part, Decimal(0)) + batch
            at = now + timedelta(hours=1, minutes=world.chance.randrange(50))
            world.later(at, lambda then: self._issue(run, part, batch, needs, then))

    def _needs(self, part: str, batch: Decimal, now: datetime) -> list[tuple[str, Decimal]]:
        """What a batch takes, scrap included, rounded up to whole pieces or hundredths."""
        needs = []
        for line in self.world.factory.bills[part]:
            begin, end = line.get("effective_from"), line.get("effective_to")
            if (begin and now < datetime.fromisoformat(begin)) or (end and now >= datetime.fromisoformat(end)):
                continue
            net = batch * Decimal(line["quantity"]["amount"])
            step = Decimal(1) if line["quantity"]["unit"] == "C62" else Decimal("0.01")
            gross = net / (1 - Decimal(line.get("scrap_allowance", "0")))
            needs.append((line["component"], gross.quantize(step, ROUND_CEILING)))
        return needs

    def _issue(self, run: str, part: str, batch: Decimal, needs: list[tuple[str, Decimal]], now: datetime) -> None:
        world = self.world
        for component, amount in needs:
            world.reserved[component, PLANT] -= amount
            for shelf, some in world.take(component, PLANT, amount):
                world.tell(MES, Issued(
                    part=component, site=PLANT, location=shelf.location, lot=shelf.lot, run=run,
                    reservation=f"{run}/{component}", quantity=Some.of(some, world.factory.unit(component)),
                ), now, who="person-4")
        done = now + timedelta(hours=_HOURS.get(part, 6))
        world.later(done, lambda then: self._produce(run, part, batch, needs, then))

    def _produce(self, run: str, part: str, batch: Decimal, needs: list[tuple[str, Decimal]], now: datetime) -> None:
        world, home = self.world, self.world.home[part, PLANT]
        spare = next((component for component, amount in needs if amount > 20), None)
        if spare and world.chance.random() < 0.25:
            back = Decimal(world.chance.choice((1, 2, 4)))
            world.tell(MES, ReturnedFromRun(
                part=spare, site=PLANT, location=world.home[spare, PLANT], run=run, reason="left over",
                quantity=Some.of(back, world.factory.unit(spare)),
            ), now, who="person-4")
            world.put(spare, PLANT, back)
        world.tell(MES, Produced(
            part=part, site=PLANT, location=home, run=run, quantity=Some.of(batch, "C62"),
        ), now, who="person-4")
        world.put(part, PLANT, batch)
        self.under_way[part] -= batch
        if part in _BICYCLES:
            self.finished.append(part)

    def each_evening(self, now: datetime) -> None:
        """What is finished leaves for its customer."""
        for part in self.finished:
            for shelf, some in self.world.take(part, PLANT, Decimal(1)):
                self.world.tell(WMS, Shipped(
                    part=part, site=PLANT, location=shelf.location, quantity=Some.of(some, "C62"),
                    shipment=f"S-{500 + self.world.number('shipment')}",
                ), now, who="person-6")
            now += timedelta(minutes=2)
        self.finished.clear()

    def bring(self, part: str, amount: Decimal, short: int, now: datetime) -> None:
        """Fetch a part from the depot; some may get lost on the way."""
        world, transfer = self.world, f"T-{10 + self.world.number('transfer')}"
        amount = min(amount, world.free(part, DEPOT))
        if not amount:
            return
        unit = world.factory.unit(part)
        for shelf, some in world.take(part, DEPOT, amount):
            world.tell(f"{DEPOT}/wms", TransferSent(
                part=part, site=DEPOT, location=shelf.location, lot=shelf.lot, to_site=PLANT,
                quantity=Some.of(some, unit), transfer=f"{transfer}/{shelf.lot or part}",
            ), now, who="person-8")
            lost = min(Decimal(short), some)
            arrived = TransferArrived(
                part=part, site=PLANT, location="LARGE", lot=shelf.lot, transfer=f"{transfer}/{shelf.lot or part}",
                quantity=Quantity.of(some - lost, unit), short=Quantity.of(lost, unit) if lost else None,
            )
            world.later(now + timedelta(hours=20), partial(self._arrive, arrived))

    def _arrive(self, arrived: TransferArrived, now: datetime) -> None:
        self.world.tell(WMS, arrived, now, who="person-6")
        self.world.put(arrived.part, PLANT, arrived.quantity.amount, lot=arrived.lot)
