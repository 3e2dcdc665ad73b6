"""Sites and parts as the views name them: time zones, working days, shifts; names and units.

Only what other views' queries join with is kept here. The catalogue itself is in the record: ``GET /streams``.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from events.catalogue import facts as f
from events.catalogue.places import WorkingTime
from events.decision import Recorded
from projections.view import Rows, Table, View

ShiftHours = tuple[str, str, str]


@dataclass(slots=True)
class Site:
    """A site of ours. ``calendar`` names one defined apart; else, where ``own``, the working time is told here.

    A shift is its name (or an empty text), its start and its end, by the site's clock.
    """

    site: str
    name: str
    zone: str
    calendar: str | None
    own: bool
    days: tuple[str, ...]
    holidays: tuple[str, ...]
    extra: tuple[str, ...]
    shifts: tuple[ShiftHours, ...]


@dataclass(slots=True)
class WorkCalendar:
    """Working time that several sites, or lanes, share."""

    calendar: str
    days: tuple[str, ...]
    holidays: tuple[str, ...]
    extra: tuple[str, ...]
    shifts: tuple[ShiftHours, ...]


@dataclass(slots=True)
class PartName:
    """What a part is called, and how it comes to us."""

    part: str
    name: str
    unit: str
    make_or_buy: str
    lead_time_days: int | None
    standard_cost: Decimal | None
    currency: str | None
    kept_at: tuple[str, ...]


@dataclass(slots=True)
class PartStocking:
    """How a part is kept in stock, in its base unit; ``site`` is none for its own way, at any site that says nothing
    else. ``planner`` says who plans its purchases."""

    part: str
    site: str | None
    planner: str | None
    safety_stock: Decimal | None
    reorder_point: Decimal | None
    order_up_to: Decimal | None


SITE: Final = Table("site", Site, key=1)
CALENDAR: Final = Table("work_calendar", WorkCalendar, key=1)
PART: Final = Table("part_name", PartName, key=1)
STOCKING: Final = Table("part_stocking", PartStocking, key=2)
_Times = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[ShiftHours, ...]]


def fold(rows: Rows, fact: f.CatalogueFact, at: Recorded) -> None:  # noqa: ARG001 - the shape of every fold
    """The last statement stands."""
    match fact:
        case f.SiteDefined():
            own = fact.working is not None
            rows.add(SITE, Site(fact.id, fact.name, fact.zone, fact.calendar, own, *_times(fact.working)))
        case f.CalendarDefined():
            rows.add(CALENDAR, WorkCalendar(fact.id, *_times(fact)))
        case f.PartDefined():
            _part(rows, fact)
        case _:
            raise TypeError(f"{type(fact).__name__} isn't folded here")


def _part(rows: Rows, fact: f.PartDefined) -> None:
    before, cost = rows.get(PART, fact.id), fact.standard_cost
    sites = tuple(own.site for own in fact.stocking)
    for site in () if before is None else before.kept_at:
        if site not in sites:
            rows.remove(STOCKING, fact.id, site)
    rows.add(PART, PartName(
        fact.id, fact.name, fact.unit, fact.make_or_buy.value, fact.lead_time_days,
        None if cost is None else cost.amount, None if cost is None else cost.currency, sites,
    ))
    for own in (None, *fact.stocking):
        told, planner = own or fact, fact.planner if own is None else own.planner
        rows.add(STOCKING, PartStocking(
            fact.id, None if own is None else own.site, None if planner is None else planner.value, told.safety_stock,
            told.reorder_point, told.order_up_to,
        ))


def _times(told: WorkingTime | None) -> _Times:
    if told is None:
        return (), (), (), ()
    return (
        tuple(day.value for day in told.days), tuple(day.isoformat() for day in told.holidays),
        tuple(day.isoformat() for day in told.extra),
        tuple((shift.name or "", shift.start.isoformat(), shift.end.isoformat()) for shift in told.shifts),
    )


SITES: Final = View(
    name="sites",
    version=1,
    tables=(SITE, CALENDAR, PART, STOCKING),
    folds=(f.SiteDefined, f.CalendarDefined, f.PartDefined),
    fold=fold,
)
