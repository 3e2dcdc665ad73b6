"""A world by hand, for routing and replenishment: what they may look up, said in a test and nowhere else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from events.catalogue.facts import AgreementDefined, CatalogueFact, PartDefined
from events.catalogue.parts import MakeOrBuy, Planner, Price, Stocking
from events.catalogue.reference import Reference
from events.planning.shapes import PolicyShape, SupplyKey, SupplyKind
from events.values import Some
from projections.planning.shapes import (
    NO_WORDS,
    Demand,
    LaneRecord,
    Load,
    Need,
    Outage,
    Position,
    Standing,
    Supply,
    Words,
)
from tests.scenario import START, day, reference

ZERO = Decimal(0)


@dataclass
class Known:
    """What is known at ``now``. ``changed`` says that the lanes did."""

    reference: Reference = field(default_factory=Reference)
    policy: PolicyShape = field(default_factory=lambda: PolicyShape(currency="EUR"))
    now: datetime = START
    all_lanes: dict[str, LaneRecord] = field(default_factory=dict)
    all_supplies: list[Supply] = field(default_factory=list)
    all_loads: dict[tuple[str, date], list[Load]] = field(default_factory=dict)
    outages: dict[str, Outage] = field(default_factory=dict)
    said: dict[str, Words] = field(default_factory=dict)
    positions: dict[tuple[str, str], Position] = field(default_factory=dict)
    wanted: dict[tuple[str, str], list[Demand]] = field(default_factory=dict)
    builds: dict[str, tuple[float, Decimal | None]] = field(default_factory=dict)
    network: int = 0
    memo: dict[str, Any] = field(default_factory=dict)

    def lanes(self) -> Mapping[str, LaneRecord]:
        return self.all_lanes

    def with_lanes(self, *lanes: LaneRecord) -> "Known":
        """These lanes are so from now on."""
        self.all_lanes = dict(sorted({**self.all_lanes, **{lane.lane: lane for lane in lanes}}.items()))
        self.network += 1
        return self

    def loads(self, lane: str, day: date) -> Sequence[Load]:
        return self.all_loads.get((lane, day), [])

    def supplies(self, part: str, site: str | None = None) -> Sequence[Supply]:
        return [one for one in self.all_supplies if one.part == part and site in (None, one.site)]

    def outage(self, supplier: str) -> Outage | None:
        return self.outages.get(supplier)

    def words(self, requirement: str) -> Words:
        return self.said.get(requirement, NO_WORDS)

    def position(self, part: str, site: str) -> Position:
        return self.positions.get((part, site), Position(ZERO, ZERO, ZERO, ZERO))

    def demands(self, part: str, site: str, until: datetime) -> Sequence[Demand]:
        return [one for one in self.wanted.get((part, site), []) if one.needed_by <= until]

    def coming(self, part: str, site: str, until: datetime) -> Sequence[Supply]:
        there = [one for one in self.supplies(part, site) if one.key.kind is not SupplyKind.STOCK]
        return [one for one in there if one.available_at is not None and one.available_at <= until]

    def build_ready(self, part: str, site: str, amount: Decimal) -> datetime | None:
        found = self.builds.get(part)
        return None if found is None else self.now + timedelta(days=found[0])

    def build_cost(self, part: str, amount: Decimal) -> Decimal | None:
        found = self.builds.get(part)
        return None if found is None or found[1] is None else found[1] * amount


def known(*facts: CatalogueFact, **told: Any) -> Known:
    """A world with this catalogue."""
    return Known(reference(*facts), **told)


# What is in it


def kept_part(
    id: str, unit: str = "C62", *, make: bool = False, cost: str | None = None, kg: str | None = None,
    erp: bool = False, stocking: tuple[Stocking, ...] = (), **more: Any,
) -> PartDefined:
    """A part with what routing looks at: standard cost in EUR, weight, who plans it."""
    return PartDefined(
        id=id, name=id, unit=unit, make_or_buy=MakeOrBuy.MAKE if make else more.pop("make_or_buy", MakeOrBuy.BUY),
        standard_cost=None if cost is None else Price(amount=Decimal(cost), currency="EUR"),
        weight=None if kg is None else Some.of(kg, "KGM"), planner=Planner.ERP if erp else Planner.LOTONE,
        stocking=stocking, **more,
    )


def agreement(
    supplier: str, part: str, price: str | None = "1", lead: int = 5, unit: str = "C62", currency: str = "EUR",
    **more: Any,
) -> AgreementDefined:
    """Terms of a supplier."""
    amounts = {name: Decimal(more.pop(name)) for name in ("minimum", "multiple", "maximum") if name in more}
    return AgreementDefined(
        supplier=supplier, part=part, unit=unit, lead_time_days=lead, **amounts, **more,
        price=None if price is None else Price(amount=Decimal(price), currency=currency),
    )


def lane(id: str, start: str, end: str, hours: int = 24, fixed: str = "0", **more: Any) -> LaneRecord:
    """A lane; it takes ``hours``, and costs so many EUR a shipment."""
    money = {name: Decimal(more.pop(name)) for name in ("per_kg", "per_unit", "capacity") if name in more}
    return LaneRecord(
        id, start, end, "road", more.pop("least", hours), hours, more.pop("most", hours),
        more.pop("currency", "EUR"), Decimal(fixed), **money, **more,
    )


def closed(of: LaneRecord, until: datetime | None = None) -> LaneRecord:
    """The lane, closed."""
    return replace(of, standing=Standing.CLOSED, until=until)


def slowed(of: LaneRecord, hours: int, until: datetime | None = None) -> LaneRecord:
    """The lane, slower."""
    return replace(of, standing=Standing.SLOWED, extra_hours=hours, until=until)


def stock(part: str, amount: str | int, site: str = "plant") -> Supply:
    """Stock on hand that nobody claims."""
    key = SupplyKey.stock(site, part)
    return Supply(key, key.text, part, site, Decimal(amount), START)


def ordered(
    part: str, amount: str | int, days: float | None, number: str = "PO-1", site: str = "plant", **more: Any
) -> Supply:
    """An open purchase order line that comes in so many days."""
    key = SupplyKey.purchase(number, 1)
    return Supply(key, key.text, part, site, Decimal(amount), None if days is None else day(days), **more)


def running(part: str, amount: str | int, days: float, run: str = "R-1", site: str = "plant", **more: Any) -> Supply:
    """A run's output in so many days."""
    key = SupplyKey.run(run)
    return Supply(key, key.text, part, site, Decimal(amount), day(days), **more)


def need(part: str = "saddle", amount: str | int = 10, days: float = 30, **more: Any) -> Need:
    """A need of a run at the plant in so many days."""
    return Need(
        more.pop("requirement", "run/R1/1"), part, more.pop("site", "plant"), Decimal(amount), day(days), **more
    )
