"""Facts made by hand for the simulated world, and the evenings on which it reads them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from events.catalogue import facts as c
from events.catalogue.parts import MakeOrBuy
from events.catalogue.places import Location, LocationKind
from events.decision import Recorded
from events.inventory import facts as i
from events.inventory.accounts import Allocated
from events.logistics import facts as lo
from events.logistics.shapes import CarriedLine, Mode, Purpose, Transit
from events.model import Fact
from events.orders import facts as o
from events.orders.shapes import OrderRef, RunRequirement
from events.planning import facts as p
from events.planning.shapes import DecisionStatus, Figures, SupplyKey
from events.register import BY_WIRE
from events.suppliers import facts as s
from events.suppliers.messages import Approval
from events.suppliers.shapes import PlacedLine
from events.values import Bucket, Quantity, Some
from infra.sample.life.life import Life
from infra.sample.life.script import Steps
from tests.scenario import _NOTHING, message, recorded

MONDAY = datetime(2026, 3, 2, 18, tzinfo=UTC)
ZERO = Decimal(0)
ORDER = OrderRef(number="SO-1", line=1, schedule=1)


def places() -> list[Fact]:
    """Two sites, two parts, a supplier, and lanes between them."""
    kinds = (("DOCK", LocationKind.DOCK), ("RACK", LocationKind.STORAGE), ("OUT", LocationKind.SHIPPING))
    here = tuple(Location(id=id, kind=kind) for id, kind in kinds)
    lane = {"mode": Mode.ROAD, "transit": Transit(least=10, usual=24, most=48)}
    return [
        c.SiteDefined(id="plant", name="Plant", zone="Europe/Berlin", locations=here),
        c.SiteDefined(id="depot", name="Depot", zone="Europe/Berlin", locations=here),
        c.PartDefined(id="SADDLE", name="Saddle", unit="C62", make_or_buy=MakeOrBuy.BUY),
        c.PartDefined(id="BIKE", name="Bicycle", unit="C62", make_or_buy=MakeOrBuy.MAKE),
        c.SupplierDefined(id="ACME", name="Acme"),
        *(lo.LaneDefined.model_validate({"lane": name, "from_node": origin, "to_node": target, **lane})
          for name, origin, target in (
              ("IN", "supplier/ACME", "site/plant"), ("ACROSS", "site/depot", "site/plant"),
              ("OUT", "site/plant", "zone/NORTH"),
        )),
    ]


def requisition(id: str = "Q1-1", status: DecisionStatus = DecisionStatus.DECIDED) -> p.ReorderDecided:
    """Ten saddles of Acme's."""
    return p.ReorderDecided(
        decision="D1-1", requisition=id, supplier="ACME", part="SADDLE", site="plant", unit="C62", amount=Decimal(10),
        quantity=Some.of(10, "C62"), order_by=MONDAY.date(), due=MONDAY.date() + timedelta(days=7), for_stock=ZERO,
        figures=Figures(on_hand=ZERO, on_order=ZERO, required=ZERO, position=ZERO), status=status, policy=0,
    )


def order_placed(number: str = "PO-Q1-1") -> s.PurchaseOrderPlaced:
    """The order that answers it."""
    line = PlacedLine(line=1, part="SADDLE", unit="C62", ordered=Decimal(10), told=Quantity.of(10, "C62"),
                      due=MONDAY.date() + timedelta(days=7), requisition="Q1-1")
    return s.PurchaseOrderPlaced(
        number=number, supplier="ACME", site="plant", currency="EUR", ordered_at=MONDAY, ordered_on=MONDAY.date(),
        approval=Approval.APPROVED, lines=(line,),
    )


def pegged(peg: str, requirement: str, part: str = "SADDLE", supply: SupplyKey | None = None) -> p.SupplyPegged:
    """A claim of one piece."""
    return p.SupplyPegged(
        peg=peg, requirement=requirement, supply=supply or SupplyKey.stock("plant", part), part=part, site="plant",
        unit="C62", amount=Decimal(1), decision="D1-2", purpose="R1-1", needed_by=MONDAY + timedelta(days=12),
        available_at=MONDAY,
    )


def stocked(part: str, amount: int, site: str = "plant") -> i.StockOpened:
    """So much lies on the rack."""
    return i.StockOpened(part=part, site=site, unit="C62", bucket=Bucket(location="RACK"), amount=Decimal(amount),
                         cut_off=MONDAY)


def reserved(reservation: str, purpose: str, part: str = "SADDLE", site: str = "plant") -> i.StockReserved:
    """One piece on the rack is claimed."""
    return i.StockReserved(
        part=part, site=site, unit="C62", reservation=reservation, amount=Decimal(1), purpose=purpose,
        allocations=(Allocated(bucket=Bucket(location="RACK"), amount=Decimal(1)),),
    )


def run_scheduled(id: str = "R1-1", order: OrderRef | None = ORDER, start: datetime = MONDAY) -> o.RunScheduled:
    """One bicycle, of one saddle."""
    need = RunRequirement(n=1, part="SADDLE", amount=Decimal(1), numerator=1, denominator=1, unit="C62")
    return o.RunScheduled(run=id, part="BIKE", site="plant", unit="C62", order=order, amount=Decimal(1), start=start,
                          due=start + timedelta(hours=8), requirements=(need,))


def shipment_planned(id: str, purpose: Purpose, part: str, order: OrderRef | None = None) -> lo.ShipmentPlanned:
    """One piece, on Tuesday."""
    origin, target, lane = ("site/plant", "zone/NORTH", "OUT") if purpose is Purpose.DELIVERY else (
        "site/depot", "site/plant", "ACROSS")
    leaves = MONDAY + timedelta(hours=20)
    return lo.ShipmentPlanned(
        shipment=id, purpose=purpose, from_node=origin, to_node=target, lanes=(lane,), depart_at=leaves,
        arrive_at=leaves + timedelta(days=1), told_at=MONDAY,
        lines=(CarriedLine(line=1, part=part, unit="C62", amount=Decimal(1), order=order),),
    )


class Evenings:
    """A simulated world and the days it lives: give it facts in the evening, see what it tells the day after."""

    def __init__(self, script: Sequence[Steps] = (), seed: int = 1) -> None:
        self.life = Life(seed, "Europe/Berlin", MONDAY, script)
        self.day = 0
        self.told: list[dict[str, Any]] = []
        self._positions: dict[str, int] = {}
        self.evening(*places())

    @property
    def now(self) -> datetime:
        return MONDAY + timedelta(days=self.day)

    def at(self, fact: Fact) -> Recorded:
        """The fact as the ledger would give it."""
        position = self._positions[fact.DOMAIN] = self._positions.get(fact.DOMAIN, 0) + 1
        return recorded(fact, message(_NOTHING, id=f"m-{position}"), stream="any", position=position, version=position,
                        now=self.now)

    def evening(self, *facts: Fact) -> None:
        """These are read in the evening; nothing happens until the next one."""
        self.life.learn([self.at(fact) for fact in facts], self.now)
        self.life.evening(self.day)

    def days(self, count: int = 1) -> list[str]:
        """So many days pass, on which nothing is decided: the kinds of what is told, in order."""
        found = []
        for _ in range(count):
            self.day += 1
            found += self.life.until(self.now)
            self.life.evening(self.day)
        self.told += found
        return [kind(event) for event in found]


def kind(event: dict[str, Any]) -> str:
    """What an event is called."""
    return BY_WIRE[event["type"]].name
