"""A small bicycle maker for the planner's tests: two sites, one built part below another, two suppliers of saddles."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from events.catalogue import messages as c
from events.catalogue.parts import BillLine, MakeOrBuy, Price
from events.catalogue.places import Location, WorkingTime
from events.inventory import messages as i
from events.logistics import messages as l
from events.logistics.shapes import LaneCost, Mode, Transit
from events.model import Payload
from events.orders import messages as o
from events.orders.shapes import OrderLine, ScheduleLine
from events.suppliers import messages as s
from events.values import Line, Quantity, Some
from tests.chain import Chain

UNIT = "C62"
WANTED = date(2026, 3, 20)


def some(amount: int) -> Some:
    return Some.of(amount, UNIT)


def part(id: str, *, made: bool = False, **more: Any) -> c.DefinePart:
    make = MakeOrBuy.MAKE if made else MakeOrBuy.BUY
    cost = Price(amount=Decimal(10), currency="EUR")
    return c.DefinePart(id=id, name=id, unit=UNIT, make_or_buy=make, standard_cost=cost, **more)


def bill(id: str, **components: int) -> c.DefineBill:
    """What one of it is built of; a name's underscores are dashes."""
    return c.DefineBill(part=id, lines=tuple(
        BillLine(line=n, component=component.replace("_", "-"), quantity=some(amount))
        for n, (component, amount) in enumerate(components.items(), 1)
    ))


def sells(supplier: str, id: str, days: int = 5, price: int = 10, **more: Any) -> c.SetAgreement:
    return c.SetAgreement(
        supplier=supplier, part=id, unit=UNIT, lead_time_days=days, price=Price(amount=Decimal(price), currency="EUR"),
        **more,
    )


def lane(id: str, from_node: str, to_node: str, hours: int = 24) -> l.DefineLane:
    return l.DefineLane(
        lane=id, from_node=from_node, to_node=to_node, mode=Mode.ROAD,
        transit=Transit(least=hours, usual=hours, most=hours),
        cost=LaneCost(currency="EUR", fixed=Decimal(5), per_kg=Decimal(0), per_unit=Decimal(1)),
    )


MASTER_DATA: tuple[Payload, ...] = (
    c.DefineSite(
        id="plant", name="plant", zone="Europe/Berlin", locations=(Location(id="RACK"),), working=WorkingTime()
    ),
    c.DefineSite(id="store", name="store", zone="Europe/Berlin", locations=(Location(id="RACK"),)),
    part("BIKE", made=True), part("FRAME", made=True), part("WHEEL"), part("TUBE"), part("SADDLE"), part("GEL"),
    part("KIT", made=True, phantom=True), part("BOLT"), part("BELL"),
    bill("KIT", BOLT=4, BELL=1),
    bill("FRAME", TUBE=3),
    bill("BIKE", FRAME=1, WHEEL=2, SADDLE=1, KIT=1),
    *(c.DefineSupplier(id=id, name=id) for id in ("ACME", "BEST")),
    *(sells("ACME", id) for id in ("WHEEL", "TUBE", "SADDLE", "BOLT", "BELL")),
    sells("BEST", "SADDLE", days=3, price=14),
    lane("between", "site/store", "site/plant"), lane("north", "site/plant", "zone/NORTH"),
)


def factory(**stock: int) -> Chain:
    """The maker, with this stock at the plant."""
    chain = Chain().tell(*MASTER_DATA)
    assert not chain.rejected, chain.rejected
    assert not chain.parked, chain.parked
    return chain.tell(*(received(id, amount) for id, amount in stock.items()))


def received(id: str, amount: int, site: str = "plant", line: tuple[str, int] | None = None) -> i.Received:
    told = None if line is None else Line(document=line[0], line=line[1])
    return i.Received(part=id, site=site, location="RACK", quantity=some(amount), line=told)


def ordered(
    number: str, amount: int = 1, wanted: date = WANTED, part: str = "BIKE", **more: Any
) -> o.PlaceOrder:
    line = OrderLine(
        line=1, part=part, site="plant", schedules=(ScheduleLine(schedule=1, quantity=some(amount), wanted=wanted),)
    )
    return o.PlaceOrder(number=number, lines=(line,), **more)


def purchased(
    number: str, id: str, amount: int, due: date, supplier: str = "ACME", requisition: str | None = None,
    site: str = "plant",
) -> s.PlacePurchaseOrder:
    line = s.OrderLine(line=1, part=id, quantity=some(amount), due=due, requisition=requisition)
    return s.PlacePurchaseOrder(number=number, supplier=supplier, currency="EUR", site=site, lines=(line,))


def issued(id: str, amount: int, run: str) -> i.Issued:
    return i.Issued(part=id, site="plant", location="RACK", quantity=some(amount), run=run)


def shipped(id: str, amount: int, shipment: str, order: str | None = None) -> i.Shipped:
    return i.Shipped(part=id, site="plant", location="RACK", quantity=some(amount), shipment=shipment, order=order)


def reported(run: str, good: int, scrapped: int = 0, *, put: bool = True) -> o.OutputReported:
    return o.OutputReported(
        run=run, good=Quantity.of(good, UNIT), scrapped=Quantity.of(scrapped, UNIT) if scrapped else None,
        to_location="RACK" if put else None,
    )


def at(day: date, hour: int = 0) -> datetime:
    return datetime.combine(day, time(hour), UTC)
