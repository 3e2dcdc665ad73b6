"""Master data as it is read: one record a thing, never changed, replaced as a whole when a fact says more."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from events.catalogue.parts import MakeOrBuy, Planner
from events.catalogue.places import WORKWEEK, LocationKind, Shift, Weekday
from events.catalogue.terms import Kind
from events.units import counted
from events.values import MAX_PLACES, Money, Some

ALWAYS: Final = datetime.min.replace(tzinfo=UTC)
"""Where a period without a beginning begins."""
FOREVER: Final = datetime.max.replace(tzinfo=UTC)
"""Where a period without an end ends."""


def within(start: datetime | None, end: datetime | None, at: datetime) -> bool:
    """Whether a moment lies in ``[start, end)``."""
    return (start is None or start <= at) and (end is None or at < end)


@dataclass(frozen=True, slots=True)
class ConversionRecord:
    """One ``unit`` is ``factor`` base units, from ``valid_from`` on."""

    unit: str
    factor: Fraction
    valid_from: datetime | None


@dataclass(frozen=True, slots=True)
class RevisionRecord:
    """A revision, and when it is the one to build."""

    revision: str
    effective_from: datetime | None
    effective_to: datetime | None


@dataclass(frozen=True, slots=True)
class SuccessorRecord:
    """The part that takes another's place."""

    by: str
    effective_from: datetime
    use_up: bool


@dataclass(frozen=True, slots=True)
class StockingRecord:
    """How a part is kept in stock, amounts in base units. ``site`` is None for the part's own way, at any site."""

    site: str | None
    planner: Planner | None
    safety_stock: Decimal | None
    reorder_point: Decimal | None
    order_up_to: Decimal | None


@dataclass(frozen=True, slots=True)
class PartRecord:
    """A part. ``conversions`` are in order of unit and start, ``revisions`` in order of start."""

    id: str
    name: str
    unit: str
    make_or_buy: MakeOrBuy
    conversions: tuple[ConversionRecord, ...]
    revisions: tuple[RevisionRecord, ...]
    scale: int | None
    pack: Some | None
    weight: Some | None
    volume: Some | None
    shelf_life_days: int | None
    phantom: bool
    lead_time_days: int | None
    stocking: tuple[StockingRecord, ...]
    standard_cost: Money | None
    superseded_by: SuccessorRecord | None
    active: bool

    @property
    def make(self) -> bool:
        """Whether we build it ourselves, always or at times."""
        return self.make_or_buy is not MakeOrBuy.BUY

    @property
    def buy(self) -> bool:
        """Whether suppliers make it, always or at times."""
        return self.make_or_buy is not MakeOrBuy.MAKE

    @property
    def places(self) -> int:
        """The places to which a planned quantity is rounded up. A told quantity never is."""
        if self.scale is not None:
            return self.scale
        return 0 if counted(self.unit) else MAX_PLACES

    def revision(self, at: datetime) -> str | None:
        """The revision to build at a time: of the effective ones, the one that began last."""
        effective = [one for one in self.revisions if within(one.effective_from, one.effective_to, at)]
        return effective[-1].revision if effective else None

    def kept(self, site: str | None = None) -> StockingRecord:
        """How it is kept at a site: what is said for the site, else for the part."""
        general = self.stocking[0]
        for own in self.stocking[1:]:
            if own.site == site:
                return StockingRecord(
                    site,
                    general.planner if own.planner is None else own.planner,
                    general.safety_stock if own.safety_stock is None else own.safety_stock,
                    general.reorder_point if own.reorder_point is None else own.reorder_point,
                    general.order_up_to if own.order_up_to is None else own.order_up_to,
                )
        return general


@dataclass(frozen=True, slots=True)
class LocationRecord:
    """A place within a site."""

    id: str
    name: str | None
    kind: LocationKind
    active: bool


_WEEKDAYS: Final = tuple(Weekday)
_IDLE: Final = 3660
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class CalendarRecord:
    """The days on which a place works."""

    days: tuple[Weekday, ...] = WORKWEEK
    holidays: frozenset[date] = frozenset()
    extra: frozenset[date] = frozenset()
    shifts: tuple[Shift, ...] = ()

    def works(self, day: date) -> bool:
        return day in self.extra or (_WEEKDAYS[day.weekday()] in self.days and day not in self.holidays)

    def rest(self) -> date | None:
        """The first of its holidays that leave no working day for longer than ``after`` looks: ten years.

        Where no weekday is worked at all, it is the earliest day there is.
        """
        if not self.days:
            return date.min
        off = sorted(day for day in self.holidays if not self.works(day) and _WEEKDAYS[day.weekday()] in self.days)
        first = before = None
        for day in off:
            if first is None or before is None or self._works_between(before, day):
                first = day
            elif (day - first).days > _IDLE - 2 * _WEEK:
                return first
            before = day
        return None

    def _works_between(self, start: date, end: date) -> bool:
        """A week and a day always hold a working day, unless it is one of those two."""
        gap = (end - start).days
        return gap > _WEEK or any(self.works(start + timedelta(days=step)) for step in range(1, gap))

    def after(self, day: date, working_days: int) -> date:
        """The date so many working days later, or earlier; for none the day itself or the next that works."""
        step = timedelta(days=-1 if working_days < 0 else 1)
        left, idle = abs(working_days), 0
        while left or not self.works(day):
            day += step
            works = self.works(day)
            left -= 1 if left and works else 0
            idle = 0 if works else idle + 1
            if idle > _IDLE:
                raise ValueError(f"a calendar works no day in the {_IDLE} days before {day}; mend its days or holidays")
        return day


EVERY_DAY: Final = CalendarRecord(days=_WEEKDAYS)
"""For a site that told no working time."""


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """A place of ours. ``calendar`` is the id of a calendar defined apart; ``working`` the site's own."""

    id: str
    name: str
    zone: str
    address: str | None
    country: str | None
    gln: str | None
    calendar: str | None
    working: CalendarRecord | None
    locations: dict[str, LocationRecord]
    active: bool


@dataclass(frozen=True, slots=True)
class LineRecord:
    """A bill's line. ``gross`` of the quantity's unit go into one base unit of the parent, scrap included."""

    line: int
    find: str | None
    component: str
    component_revision: str | None
    quantity: Some
    per: Decimal
    scrap_allowance: Decimal
    net: Fraction
    gross: Fraction
    site: str | None
    effective_from: datetime | None
    effective_to: datetime | None

    def effective(self, at: datetime, site: str | None = None) -> bool:
        """Whether it goes in at a time, built at a site; a site's own line doesn't when no site is said."""
        return (self.site is None or self.site == site) and within(self.effective_from, self.effective_to, at)


@dataclass(frozen=True, slots=True)
class BillRecord:
    """What a part, of a revision, at a site, is built of; no lines: not built."""

    part: str
    revision: str | None
    site: str | None
    lines: tuple[LineRecord, ...]


@dataclass(frozen=True, slots=True)
class ReplacementRecord:
    """``factor`` base units of ``by`` go in for one base unit of ``component``."""

    component: str
    by: str
    factor: Fraction


@dataclass(frozen=True, slots=True)
class ChoiceRecord:
    """What a choice changes in the bill; ``excludes`` are pairs of another option and a choice of it."""

    choice: str
    name: str | None
    add: tuple[LineRecord, ...]
    remove: tuple[str, ...]
    replace: tuple[ReplacementRecord, ...]
    excludes: tuple[tuple[str, str], ...]

    @property
    def components(self) -> tuple[str, ...]:
        """The parts that may go in by it."""
        return (*(line.component for line in self.add), *(one.by for one in self.replace))


@dataclass(frozen=True, slots=True)
class OptionRecord:
    """What can be chosen of a part. Choices are in the order told."""

    part: str
    option: str
    name: str | None
    required: bool
    default: str | None
    choices: tuple[ChoiceRecord, ...]

    def choice(self, id: str) -> ChoiceRecord | None:
        return next((one for one in self.choices if one.choice == id), None)


@dataclass(frozen=True, slots=True)
class SupplierRecord:
    """A company that we buy from. Who to speak to is sealed, and not kept here."""

    id: str
    name: str
    active: bool
    address: str | None
    country: str | None
    gln: str | None


@dataclass(frozen=True, slots=True)
class AgreementRecord:
    """A supplier's terms for a part; price and amounts are for the purchase ``unit``, lead time in calendar days."""

    supplier: str
    part: str
    unit: str
    price: Money | None
    lead_time_days: int
    minimum: Decimal | None
    multiple: Decimal | None
    maximum: Decimal | None
    preferred: bool
    rank: int | None
    supplier_part: str | None
    valid_from: datetime | None
    valid_to: datetime | None


@dataclass(frozen=True, slots=True)
class SubstituteRecord:
    """``factor`` base units of ``substitute`` do the work of one base unit of ``part``. ``takes_over``: it has taken
    the part's place, whatever anybody says of substitutes."""

    part: str
    substitute: str
    factor: Fraction
    site: str | None
    parent: str | None
    rank: int
    needs_approval: bool
    one_way: bool
    valid_from: datetime | None
    valid_to: datetime | None
    takes_over: bool = False


@dataclass(frozen=True, slots=True)
class RateRecord:
    """One unit of the base currency is ``rate`` of the quote currency, from a time on."""

    rate: Decimal
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class NumberRecord:
    """What a foreign number names; ``unit`` when it counts a pack of it."""

    kind: Kind
    id: str
    unit: str | None = None


