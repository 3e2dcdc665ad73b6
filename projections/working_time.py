"""Days and shifts at our sites, as the views' queries ask for them: when a day ends, which shifts there are.

What is said to come on a day is there when that day has ended at its site.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from events.catalogue.places import Weekday
from events.catalogue.records import EVERY_DAY, CalendarRecord
from projections.listing import Listing
from projections.queries import Connection, Where
from projections.sites import CALENDAR, SITE, ShiftHours, Site, WorkCalendar

_SITES, _CALENDARS = Listing(SITE), Listing(CALENDAR)
_DAY = timedelta(days=1)


@lru_cache(maxsize=256)
def zone_named(name: str) -> ZoneInfo:
    """A time zone by its IANA name."""
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours at a site in which work is done. Its ``name`` is the calendar's, else its hours (``06:00-14:00``); a site
    that told no shifts works whole days, and its one shift is ``day``."""

    site: str
    day: date
    name: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class SiteTime:
    """A site's clock, working days and shifts."""

    site: str
    zone: str = "UTC"
    calendar: CalendarRecord = EVERY_DAY
    shifts: tuple[ShiftHours, ...] = ()

    def end_of(self, day: date) -> datetime:
        """The moment at which a day has ended."""
        return datetime.combine(day + _DAY, time(), zone_named(self.zone)).astimezone(UTC)

    def day_of(self, moment: datetime) -> date:
        """The day it is here."""
        return moment.astimezone(zone_named(self.zone)).date()

    def day_by(self, moment: datetime) -> date:
        """The day in which a moment lies; midnight is the end of the day before."""
        return self.day_of(moment - timedelta(microseconds=1))

    def shifts_of(self, day: date) -> Iterator[Shift]:
        """The shifts that begin on a day, by start; none on a day off."""
        if not self.calendar.works(day):
            return
        for name, start, end in sorted(self.shifts or (("", "00:00", "00:00"),), key=lambda told: told[1:]):
            begins = self._at(day, start)
            ends = self._at(day, end)
            told = name or (f"{start[:5]}-{end[:5]}" if self.shifts else "day")
            yield Shift(self.site, day, told, begins, ends if ends > begins else self._at(day + _DAY, end))

    def _at(self, day: date, clock: str) -> datetime:
        return datetime.combine(day, time.fromisoformat(clock), zone_named(self.zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class SiteTimes:
    """All sites' times; of a place that isn't a site of ours, UTC and every day."""

    sites: Mapping[str, SiteTime] = field(default_factory=dict)

    def of(self, site: str) -> SiteTime:
        return self.sites.get(site) or SiteTime(site)


def site_times(connection: Connection) -> SiteTimes:
    """All sites' times, within a reading of the ``sites`` view."""
    calendars = {row.calendar: row for row in _CALENDARS.all(connection, Where())}
    return SiteTimes({row.site: site_time(row, calendars) for row in _SITES.all(connection, Where())})


def site_time(row: Site, calendars: Mapping[str, WorkCalendar]) -> SiteTime:
    """A site with the calendar it names, or its own; one that isn't known yet works every day."""
    source = row if row.own else calendars.get(row.calendar or "")
    if source is None:
        return SiteTime(row.site, row.zone)
    record = CalendarRecord(
        tuple(Weekday(day) for day in source.days), frozenset(map(date.fromisoformat, source.holidays)),
        frozenset(map(date.fromisoformat, source.extra)),
    )
    return SiteTime(row.site, row.zone, record, source.shifts)
