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
from projections.queries import Connection, Where, clock_of
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

    def late_from(self, due: datetime) -> datetime:
        """From when what is due then is late: once the day is over here."""
        return self.end_of(self.day_by(due))

    def seen(self, at: datetime, now: datetime | None, slips: datetime | None = None) -> datetime:
        """When to expect what was said to be there ``at`` a time, seen from ``now`` (none: as it was said).

        The planner's own rule (``planning/times.py``, ``slipped``): what is late may take as long again. ``slips``: it
        isn't ordered yet; from then on it comes later by as much as its order does."""
        if now is None:
            return at
        if slips is not None and now >= slips:
            at += self._slipped(slips, now) - slips
        late = self.late_from(at)
        return at if now < late else self._slipped(late, now)

    def _slipped(self, since: datetime, now: datetime) -> datetime:
        day, days = self.day_by(since), 1
        while True:
            day = self.calendar.after(day, days)
            if (end := self.end_of(day)) > now:
                return end
            days *= 2

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
    """All sites' times; of a place that isn't a site of ours, UTC and every day. ``now`` is the clock of the planner's
    last cut: what is late is expected as it then did."""

    sites: Mapping[str, SiteTime] = field(default_factory=dict)
    now: datetime | None = None

    def of(self, site: str) -> SiteTime:
        return self.sites.get(site) or SiteTime(site)


def site_times(connection: Connection, now: datetime | None = None) -> SiteTimes:
    """All sites' times, within a reading of the ``sites`` view; ``now`` if it is later than the last cut's clock."""
    calendars = {row.calendar: row for row in _CALENDARS.all(connection, Where())}
    clock = clock_of(connection)
    return SiteTimes(
        {row.site: site_time(row, calendars) for row in _SITES.all(connection, Where())},
        max((at for at in (clock, now) if at is not None), default=None),
    )


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
