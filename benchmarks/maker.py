"""A made-up bicycle maker: two plants, three stores, lanes, terms, and orders of one bicycle each; always the same.

Each bicycle comes to about 27 open requirements on three levels. Six parts are there only to be hit: so much of each
lies or comes where one disruption takes it away from 1, 100 or 1,000 requirements.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any, Final

from events.catalogue import messages as c
from events.catalogue.parts import BillLine, MakeOrBuy, Price
from events.catalogue.places import Location
from events.inventory import messages as i
from events.logistics import messages as l
from events.logistics.shapes import Capacity, LaneCost, Mode, Transit
from events.model import Payload
from events.orders import messages as o
from events.orders.shapes import OrderLine, ScheduleLine
from events.planning.messages import SetPolicy
from events.planning.shapes import AutonomyRule, DecisionKind
from events.suppliers import messages as s
from events.values import Quantity, Some

UNIT: Final = "C62"
BEGINS: Final = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""A Monday."""
EACH: Final = 27
"""About how many requirements an order comes to."""
SIZES: Final = (1, 100, 1000)
"""How many requirements a disruption is to hit."""
PLANTS: Final = ("north", "south")
STORES: Final = tuple(f"store-{size}" for size in SIZES)
ZONES: Final = tuple(f"zone/Z{n}" for n in range(8))
MODELS: Final = 20
KINDS: Final = {
    "SADDLE": 8, "CHAIN": 3, "BRAKE": 6, "PEDAL": 4, "GRIP": 4, "TUBE": 6, "LUG": 4, "PAINT": 7, "RIM": 5, "HUB": 5,
    "SPOKE": 5, "TYRE": 5, "BOLT": 1, "BELL": 1,
}
"""What is bought for every bicycle, and how many variants there are of it."""
HIT: Final = ("LATE", "DOWN", "CARRIED", *(f"LOST-{size}" for size in SIZES))
SUPPLIERS: Final = tuple(f"V{n:02d}" for n in range(12))


def some(amount: int) -> Some:
    return Some.of(amount, UNIT)


def bought() -> Iterator[str]:
    """Every part that is bought."""
    yield from (f"{kind}-{n}" for kind, count in KINDS.items() for n in range(count))
    yield from HIT


def sellers(place: int) -> tuple[str, str, str]:
    """Who sells the part at a place of the list."""
    first, second, third = (SUPPLIERS[(place + step) % len(SUPPLIERS)] for step in (0, 3, 7))
    return first, second, third


def master_data() -> Iterator[Payload]:
    """The catalogue, the lanes, the terms and the policy."""
    for id in (*PLANTS, *STORES):
        yield c.DefineSite(id=id, name=id, zone="Europe/Berlin", locations=(Location(id="RACK"),))
    for place, id in enumerate(bought()):
        yield _part(id, 5 + place % 40, reorder_point=Decimal(40), order_up_to=Decimal(200))
    for model in range(MODELS):
        yield from _bicycle(model)
    for kind in range(5):
        yield _part(f"WHEELS-{kind}", 60, made=True)
        yield _bill(f"WHEELS-{kind}", **{f"RIM-{kind}": 2, f"HUB-{kind}": 2, f"SPOKE-{kind}": 64, f"TYRE-{kind}": 2})
    yield _part("KIT", 12, made=True, phantom=True)
    yield _bill("KIT", **{"BOLT-0": 8, "BELL-0": 1})
    for id in (*SUPPLIERS, *(f"DOWN-{size}" for size in SIZES)):
        yield c.DefineSupplier(id=id, name=id)
    for place, id in enumerate(bought()):
        for step, supplier in enumerate(sellers(place)):
            yield terms(supplier, id, 8 + 4 * step + place % 5, 6 + place % 40 - step)
    yield from _lanes()
    yield SetPolicy(
        currency="EUR", alone=tuple(AutonomyRule(kind=kind) for kind in DecisionKind),
        lateness_cost_per_day=Decimal(40), switch_threshold=Decimal(10), review_days=30,
    )


def _part(id: str, cost: int, *, made: bool = False, **more: Any) -> c.DefinePart:
    return c.DefinePart(
        id=id, name=id, unit=UNIT, make_or_buy=MakeOrBuy.MAKE if made else MakeOrBuy.BUY,
        standard_cost=Price(amount=Decimal(cost), currency="EUR"), weight=Some.of("0.4", "KGM"), **more,
    )


def _bill(id: str, **components: int) -> c.DefineBill:
    return c.DefineBill(part=id, lines=tuple(
        BillLine(line=n, component=component, quantity=some(amount))
        for n, (component, amount) in enumerate(components.items(), 1)
    ))


def _bicycle(model: int) -> Iterator[Payload]:
    def variant(kind: str) -> str:
        return f"{kind}-{model % KINDS[kind]}"

    yield _part(f"FRAME-{model}", 90, made=True, lead_time_days=2)
    yield _bill(f"FRAME-{model}", **{variant("TUBE"): 3, variant("LUG"): 4, variant("PAINT"): 1})
    yield _part(f"BIKE-{model}", 400, made=True, lead_time_days=2)
    own = {variant(kind): amount for kind, amount in (
        ("SADDLE", 1), ("CHAIN", 1), ("BRAKE", 2), ("PEDAL", 1), ("GRIP", 2))}
    yield _bill(
        f"BIKE-{model}", **{f"FRAME-{model}": 1, f"WHEELS-{model % 5}": 1, "KIT": 1}, **own, **dict.fromkeys(HIT, 1)
    )


def terms(supplier: str, part: str, days: int, price: int) -> s.AgreementChanged:
    return s.AgreementChanged(
        supplier=supplier, part=part, unit=UNIT, lead_time_days=days, minimum=Decimal(10), multiple=Decimal(10),
        price=Price(amount=Decimal(price), currency="EUR"),
    )


def _lanes() -> Iterator[l.DefineLane]:
    for supplier, plant in product(SUPPLIERS, PLANTS):
        yield _lane(f"supplier/{supplier}", f"site/{plant}", 48 + 6 * (SUPPLIERS.index(supplier) % 4))
    for store in STORES:
        yield _lane(f"site/{store}", "site/north", 24, Capacity(quantity=some(5000)))
    yield _lane("site/north", "site/south", 20, Capacity(quantity=some(5000)))
    yield _lane("site/south", "site/north", 20, Capacity(quantity=some(5000)))
    for plant, zone in product(PLANTS, ZONES):
        yield _lane(f"site/{plant}", zone, 24 + 12 * (ZONES.index(zone) % 3))


def _lane(start: str, end: str, hours: int, capacity: Capacity | None = None) -> l.DefineLane:
    return l.DefineLane(
        lane=lane_id(start, end), from_node=start, to_node=end, mode=Mode.ROAD, capacity=capacity,
        transit=Transit(least=hours, usual=hours, most=hours + 12),
        cost=LaneCost(currency="EUR", fixed=Decimal(1), per_kg=Decimal("0.2"), per_unit=Decimal(0)),
    )


def lane_id(start: str, end: str) -> str:
    return f"{start}-{end}".replace("/", ".")


def supply(orders: int) -> Iterator[Payload]:
    """What lies there, and what is on order: of the parts for every bicycle a part of what is needed, from stock, from
    the other plant's stock and from purchases; of the parts to be hit just as much as is to be."""
    for place, id in enumerate(KINDS):
        for n, plant in product(range(KINDS[id]), PLANTS):
            needed = orders * _per_bicycle(id) // (2 * KINDS[id])
            yield _received(f"{id}-{n}", needed // 6 + 40, plant)
            for more in range(3):
                yield _purchased(f"PO-{id}-{n}-{plant}-{more}", f"{id}-{n}", needed // 6 + 10, plant,
                                 sellers(place)[more], 6 + 4 * more)
    for size in SIZES:
        yield _purchased(f"LATE-{size}", "LATE", size, "north", sellers(0)[0], 8)
        yield _purchased(f"DOWN-{size}", "DOWN", size, "north", f"DOWN-{size}", 8)
        yield _received(f"LOST-{size}", size, "north")
        yield _received("CARRIED", size, f"store-{size}")


def _per_bicycle(kind: str) -> int:
    pairs = dict.fromkeys(("BRAKE", "GRIP", "RIM", "HUB", "TYRE"), 2)
    return {"SPOKE": 64, "BOLT": 8, "LUG": 4, "TUBE": 3, **pairs}.get(kind, 1)


def _received(part: str, amount: int, site: str) -> i.Received:
    return i.Received(part=part, site=site, location="RACK", quantity=some(amount))


def _purchased(number: str, part: str, amount: int, site: str, supplier: str, days: int) -> s.PlacePurchaseOrder:
    due = BEGINS.date() + timedelta(days=days)
    line = s.OrderLine(line=1, part=part, quantity=some(amount), due=due)
    return s.PlacePurchaseOrder(number=number, supplier=supplier, currency="EUR", site=site, lines=(line,))


def orders(count: int, first: int = 0) -> Iterator[o.PlaceOrder]:
    """One bicycle each, three of five for the plant in the north, wanted within four months."""
    for n in range(first, first + count):
        wanted: date = BEGINS.date() + timedelta(days=45 + (n * 37) % 120)
        line = OrderLine(
            line=1, part=f"BIKE-{n % MODELS}", site=PLANTS[0] if n * 3 % 5 < 3 else PLANTS[1],
            schedules=(ScheduleLine(schedule=1, quantity=some(1), wanted=wanted),),
        )
        yield o.PlaceOrder(number=f"SO-{n:06d}", destination=ZONES[n % len(ZONES)], priority=n % 3, lines=(line,))


def disruptions(size: int) -> dict[str, Payload]:
    """What goes wrong for so many requirements."""
    day = BEGINS.date() + timedelta(days=220)
    return {
        "a late purchase order line": s.Delayed(number=f"LATE-{size}", lines=(1,), expected=day),
        "a supplier that is down": s.SupplierDown(supplier=f"DOWN-{size}"),
        "lost stock": i.Counted(
            part=f"LOST-{size}", site="north", location="RACK", quantity=Quantity.of(0, UNIT), cut_off=BEGINS,
        ),
        "a closed lane": l.Closed(lane=lane_id(f"site/store-{size}", "site/north")),
    }


def harmless(size: int) -> s.Delayed:
    """The same line comes two days later, and nobody minds."""
    return s.Delayed(number=f"LATE-{size}", lines=(1,), expected=BEGINS.date() + timedelta(days=10))
