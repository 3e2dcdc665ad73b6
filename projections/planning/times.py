"""Working time: days of a plant's calendar in its time zone, and how long a run takes.

The idea. Working time is the line of moments on working days, each of 24 hours. A run of ``days`` takes that much of
the line, forward from its start or backward from its due moment. A whole day is from one midnight to the next: a run
of one day that starts as Friday begins is done as Friday ends, and isn't told as done on Monday. What comes "on a day"
is there when that day has ended; and it is late only then, whatever the hour at which it was due.

The naive way adds calendar days, or shifts dates and forgets the clock: runs then start on Sundays, or end a day late.
The invariant: ``forward(backward(due, n), n) <= due``, and both moments lie on working days or at their edges.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from events.catalogue.records import CalendarRecord
from events.catalogue.reference import Reference
from projections.planning.shapes import LaneRecord

DEFAULT_DAYS = 1
"""Working days to build a part that tells no lead time."""
_DAY = timedelta(days=1)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def zone(reference: Reference, site: str) -> ZoneInfo:
    """A site's time zone; UTC for a place that isn't a site of ours."""
    found = reference.site(site)
    return _zone(found.zone if found else "UTC")


def lane_clock(reference: Reference, lane: LaneRecord) -> tuple[ZoneInfo, CalendarRecord | None]:
    """By which clock a lane leaves, that of the site it leaves, or else of the one it goes to, or else UTC; and on
    which days, if not on every one."""
    places = (lane.from_node, lane.to_node)
    sites = (reference.site(node.removeprefix("site/")) for node in places if node.startswith("site/"))
    tz = next((_zone(site.zone) for site in sites if site is not None), _zone("UTC"))
    return tz, None if lane.calendar is None else reference.calendar(lane.calendar)


def day_of(reference: Reference, site: str, moment: datetime) -> date:
    """The day it is at a site."""
    return moment.astimezone(zone(reference, site)).date()


def begin_of(reference: Reference, site: str, day: date) -> datetime:
    """The first moment of a site's day."""
    return datetime.combine(day, time(), zone(reference, site)).astimezone(UTC)


def end_of(reference: Reference, site: str, day: date) -> datetime:
    """The moment at which a site's day has ended: what came on that day is there."""
    return begin_of(reference, site, day + _DAY)


def day_by(reference: Reference, site: str, moment: datetime) -> date:
    """The last day that has ended by a moment, or the day it is in: the inverse of ``end_of``, rounded up."""
    return day_of(reference, site, moment - timedelta(microseconds=1))


def last_day(reference: Reference, site: str, moment: datetime) -> date:
    """The last day that has ended by a moment: what comes on it is there by then."""
    return day_of(reference, site, moment) - _DAY


def forward(reference: Reference, site: str, start: datetime, days: int) -> datetime:
    """When so many working days after a start have passed."""
    calendar, tz = reference.working(site), zone(reference, site)
    local = start.astimezone(tz)
    day, clock = local.date(), local.time()
    if not calendar.works(day):
        day, clock = calendar.after(day, 0), time()
    if not days:
        return at_clock(day, clock, tz)
    if clock == time():
        return at_clock(calendar.after(day, days - 1) + _DAY, clock, tz)
    return at_clock(calendar.after(day, days), clock, tz)


def backward(reference: Reference, site: str, due: datetime, days: int) -> datetime:
    """When to start at the latest, so that so many working days have passed at a moment."""
    calendar, tz = reference.working(site), zone(reference, site)
    local = due.astimezone(tz)
    day, clock = local.date(), local.time()
    if not days:
        return due
    if clock != time() and calendar.works(day):
        return at_clock(calendar.after(day, -days), clock, tz)
    return at_clock(calendar.after(day, -days), time(), tz)


def at_clock(day: date, clock: time, tz: ZoneInfo) -> datetime:
    """The moment of a day at which a clock shows this."""
    return datetime.combine(day, clock, tz).astimezone(UTC)


def late_from(reference: Reference, site: str, due: datetime) -> datetime:
    """From when something is late: once the day it is due on is over at its site, and not at the minute it is due.

    What is due at midnight is due on the day that ends then."""
    return end_of(reference, site, day_by(reference, site, due))


def slipped(reference: Reference, site: str, since: datetime, now: datetime) -> datetime:
    """When to expect what is late ``since`` a moment, and of which nobody says more: it may take as long again.

    First with the end of the next working day; when that is over, two more; then four more. So a date that can't be
    held is told anew three times in two weeks, and not on each of ten days."""
    calendar, day, days = reference.working(site), day_by(reference, site, since), 1
    while True:
        day = calendar.after(day, days)
        end = end_of(reference, site, day)
        if end > now:
            return end
        days *= 2


def build_days(reference: Reference, part: str) -> int:
    """Working days to build a part."""
    found = reference.part(part)
    return DEFAULT_DAYS if found is None or found.lead_time_days is None else found.lead_time_days


def working_days_before(calendar: CalendarRecord, day: date, days: int) -> date:
    """The day so many working days before another."""
    return calendar.after(day, -days)
