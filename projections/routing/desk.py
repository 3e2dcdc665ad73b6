"""What routing has worked out about lanes, parts and offers, and keeps in the world's memo while it holds.

Thousands of needs ask the same of a few hundred parts: what one is worth, what it weighs, who sells it at what price.
All of that follows from the catalogue, the lanes, the policy's currency and the time; when one of them changes, it is
dropped as a whole and worked out again for whatever is asked next.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from events import units
from events.catalogue.lots import LotRule
from events.catalogue.parts import Planner
from events.catalogue.records import AgreementRecord, PartRecord, SubstituteRecord
from events.catalogue.reference import Reference
from events.planning.shapes import WhyNot
from events.values import Money
from projections.planning.shapes import LaneRecord, World
from projections.planning.times import day_of, end_of, lane_clock
from projections.routing.lanes import Fare, Leg
from projections.routing.money import ONE, WIDE, ZERO, decimal
from projections.routing.network import Network

_MEMO: Final = "routing"
_KILOGRAM: Final = "KGM"
_LAST: Final = 999_999_999


@dataclass(frozen=True, slots=True)
class Offer:
    """Terms in force of a supplier for a part. ``each`` is the price of one base unit in the policy's currency; None:
    there is no price, or no rate. ``factor`` base units are one purchase unit. ``lot``: in which quantities; None: in
    none. ``why``: it can't be ordered at all."""

    terms: AgreementRecord
    each: Decimal | None
    why: WhyNot | None
    factor: Fraction
    lot: LotRule | None

    @property
    def standing(self) -> str:
        """Its place among equals: preferred suppliers by rank, then all others, each by id."""
        rank = self.terms.rank if self.terms.preferred and self.terms.rank is not None else _LAST
        return f"{0 if self.terms.preferred else 1}-{rank:09d}-{self.terms.supplier}"


@dataclass(frozen=True, slots=True)
class PartTerms:
    """A part as routing sees it. ``kg`` of one base unit; ``step`` is what planned amounts are whole numbers of.

    ``value`` of one base unit in the policy's currency: the lowest of standard cost and prices in force. What we have
    already could at that cost be replaced, so it never counts as dearer than something new: what it was bought for is
    spent either way. A part that is ``superseded`` is replaced by its successor, so what is left of it is used first.
    """

    record: PartRecord
    kg: Decimal | None
    step: Decimal
    value: Decimal | None
    offers: tuple[Offer, ...]
    superseded: bool = False


class Cargo:
    """So much of a part on its way: how much of a lane it takes, and what room others leave there."""

    def __init__(self, desk: "Desk", part: str, amount: Decimal) -> None:
        self._desk, self._part, self._amount = desk, part, amount

    def load(self, lane: LaneRecord) -> Decimal:
        return self._desk.load(self._part, lane.capacity_unit or "", self._amount)

    def room(self, lane: LaneRecord, day: date) -> Decimal:
        unit = lane.capacity_unit or ""
        taken = (self._desk.load(one.part, unit, one.amount) for one in self._desk.world.loads(lane.lane, day))
        return (lane.capacity or ZERO) - sum(taken, ZERO)


class Desk:
    """Everything kept, of one world at one time."""

    def __init__(self, world: World, now: datetime) -> None:
        self.world, self.now = world, now
        self.network = Network()
        self._parts: dict[str, PartTerms | None] = {}
        self._loads: dict[tuple[str, str], Decimal] = {}
        self._ends: dict[tuple[str, int, datetime | None], datetime] = {}
        self._others: dict[tuple[str, str, str | None], tuple[SubstituteRecord, ...]] = {}
        self._lanes: int | None = None
        self._key: tuple[object, ...] = ()

    @property
    def reference(self) -> Reference:
        return self.world.reference

    def follow(self, now: datetime) -> None:
        """Drop what doesn't hold any more."""
        key = (self.reference.position, self.world.network, self.world.policy.currency, now)
        if key != self._key:
            self._key, self.now = key, now
            self._parts.clear()
            self._loads.clear()
            self._ends.clear()
            self._others.clear()
            self.network.follow(self.world.lanes(), self._leg)

    # Lanes

    def _leg(self, lane: LaneRecord) -> Leg:
        zone, calendar = lane_clock(self.reference, lane)
        return Leg(lane, zone, calendar, self._fare(lane))

    def _fare(self, lane: LaneRecord) -> Fare:
        rate = None if lane.currency is None else self.rate(lane.currency)
        if rate is None:
            return Fare(False, ZERO, ZERO, ZERO)
        return Fare(True, lane.fixed * rate, lane.per_kg * rate, lane.per_unit * rate)

    def load(self, part: str, unit: str, amount: Decimal) -> Decimal:
        """How much of a lane's capacity, told in a unit, an amount of a part takes; nothing when that isn't known."""
        each = self._loads.get((part, unit))
        if each is None:
            factor = self.reference.factor(part, unit, self.now)
            terms = self.part(part)
            if factor is not None:
                each = decimal(1 / factor)
            elif terms is not None and terms.kg is not None and (into := units.factor(_KILOGRAM, unit)) is not None:
                each = terms.kg * decimal(into)
            else:
                each = ZERO
            self._loads[part, unit] = each
        return WIDE.multiply(each, amount)

    # Money

    def rate(self, currency: str) -> Decimal | None:
        """What one unit of a currency is in the policy's."""
        found = self.reference.rate(currency, self.world.policy.currency, self.now)
        return None if found is None else decimal(found)

    def money(self, amount: Money | None) -> Decimal | None:
        """Money in the policy's currency."""
        rate = None if amount is None else self.rate(amount.currency)
        return None if amount is None or rate is None else WIDE.multiply(amount.amount, rate)

    # Parts

    def part(self, id: str) -> PartTerms | None:
        """A part's terms; None for one that nobody defined."""
        if id not in self._parts:
            record = self.reference.part(id)
            self._parts[id] = None if record is None else self._terms(record)
        return self._parts[id]

    def _terms(self, record: PartRecord) -> PartTerms:
        successor = self.reference.successor(record.id, self.now)
        superseded = successor is not None
        found = (self._offer(record, terms, superseded) for terms in self.reference.agreements(record.id, self.now))
        offers = tuple(offer for offer in found if offer is not None) if record.buy and record.active else ()
        worth = [offer.each for offer in offers if offer.each is not None and offer.why is None]
        standard = self.money(record.standard_cost)
        worth += [] if standard is None else [standard]
        after = None if successor is None else self.part(successor.by)
        worth += [] if after is None or after.value is None else [after.value]
        step = ONE.scaleb(-record.places)
        return PartTerms(
            record, self._kilograms(record), step, min(worth, default=None), offers, superseded
        )

    def _offer(self, record: PartRecord, terms: AgreementRecord, superseded: bool) -> Offer | None:
        factor = self.reference.factor(terms.part, terms.unit, self.now)
        if factor is None:
            return None
        price = self.money(terms.price)
        supplier = self.reference.supplier(terms.supplier)
        lot = LotRule.of(terms, record, factor)
        why = WhyNot.NO_LOT if lot is None else None
        if supplier is not None and not supplier.active:
            why = WhyNot.SUPPLIER_INACTIVE
        if superseded:
            why = WhyNot.SUPERSEDED
        return Offer(terms, None if price is None else price / decimal(factor), why, factor, lot)

    def _kilograms(self, record: PartRecord) -> Decimal | None:
        if record.weight is not None:
            into = units.factor(record.weight.unit, _KILOGRAM)
            return None if into is None else record.weight.amount * decimal(into)
        factor = self.reference.factor(record.id, _KILOGRAM, self.now)
        return None if factor is None else decimal(1 / factor)

    def ours(self, record: PartRecord, site: str) -> bool:
        """Whether purchases of a part for a site are ours to plan."""
        return record.kept(site).planner is not Planner.ERP

    def substitutes(self, part: str, site: str, parent: str | None) -> tuple[SubstituteRecord, ...]:
        """What may be used instead now."""
        found = self._others.get((part, site, parent))
        if found is None:
            found = self._others[part, site, parent] = self.reference.substitutes(part, self.now, site, parent)
        return found

    # Time

    def present_day(self, site: str) -> date:
        """The day it is at a site."""
        return day_of(self.reference, site, self.now)

    def lead_ends(self, site: str, days: int, begins: datetime | None = None) -> datetime:
        """When what takes so many calendar days from today, or from when it begins, has come, by the site's clock."""
        found = self._ends.get((site, days, begins))
        if found is None:
            first = self.present_day(site) if begins is None else day_of(self.reference, site, begins)
            found = self._ends[site, days, begins] = end_of(self.reference, site, first + timedelta(days=days))
        return found


def desk_of(world: World, now: datetime) -> Desk:
    """The world's desk, as of now."""
    found = world.memo.get(_MEMO)
    if not isinstance(found, Desk) or found.world is not world:
        found = world.memo[_MEMO] = Desk(world, now)
    found.follow(now)
    return found
