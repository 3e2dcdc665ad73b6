"""Working time: days of a calendar, shifts, and the moments at which a place's days begin and end.

The idea. A calendar counts days; a moment belongs to a day only in the place's time zone. So arithmetic is done on
days and wall clocks there, and only its result is a moment. The naive way adds 24 hours a day: after a change of the
clocks everything is an hour off, and a night shift that begins on Saturday evening is told as Sunday's.

A day is from one midnight of the place to the next, 23 to 25 hours. A shift belongs to the working day it begins on,
also where it ends on the next; what is told of a calendar without shifts is one shift, the whole day.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, overload
from zoneinfo import ZoneInfo

from events.catalogue.places import Shift
from events.catalogue.records import CalendarRecord

_DAY: Final = timedelta(days=1)
_WHOLE_DAY: Final = (Shift(start=time(), end=time()),)


class WorkShift(NamedTuple):
    """A shift of one day: ``number`` counts the calendar's shifts from 0, in the order told. Half-open, in UTC."""

    day: date
    number: int
    name: str | None
    start: datetime
    end: datetime


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def day_of(zone: str, moment: datetime) -> date:
    """The day it is in a zone.

    >>> day_of("America/New_York", datetime(2026, 3, 8, 4, 30, tzinfo=UTC)).isoformat()
    '2026-03-07'
    """
    return moment.astimezone(_zone(zone)).date()


def start_of_day(zone: str, day: date) -> datetime:
    """The first moment of a zone's day. Where the clocks skip midnight, it is the moment at which they do."""
    return _moment(zone, day, time())


def end_of_day(zone: str, day: date) -> datetime:
    """The moment at which a zone's day has ended; it belongs to the next day.

    >>> end_of_day("Europe/Berlin", date(2026, 3, 29)).isoformat()
    '2026-03-29T22:00:00+00:00'
    """
    return _moment(zone, day + _DAY, time())


def _moment(zone: str, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, _zone(zone)).astimezone(UTC)


def next_working(calendar: CalendarRecord, day: date) -> date:
    """The day itself if it is worked, else the next one that is."""
    return calendar.after(day, 0)


@overload
def add_working_days(calendar: CalendarRecord, zone: str, day: datetime, n: int) -> datetime: ...


@overload
def add_working_days(calendar: CalendarRecord, zone: str, day: date, n: int) -> date: ...


def add_working_days(calendar: CalendarRecord, zone: str, day: date, n: int) -> date:
    """The day so many working days later (below zero: earlier); for none the day itself or the next that is worked.

    Of a moment, the same time of that day by the zone's clocks, as a moment again; where the clocks skip that time,
    as much after it as they skip.
    """
    if not isinstance(day, datetime):
        return calendar.after(day, n)
    local = day.astimezone(_zone(zone))
    return _moment(zone, calendar.after(local.date(), n), local.time())


def shifts_on(calendar: CalendarRecord, zone: str, day: date) -> tuple[WorkShift, ...]:
    """The shifts that begin on a day, by their start; none on a day that isn't worked."""
    if not calendar.works(day):
        return ()
    found = [_shift(zone, day, number, told) for number, told in enumerate(calendar.shifts or _WHOLE_DAY)]
    return tuple(sorted(found, key=lambda shift: (shift.start, shift.number)))


def _shift(zone: str, day: date, number: int, told: Shift) -> WorkShift:
    last = day if told.start < told.end else day + _DAY
    return WorkShift(day, number, told.name, _moment(zone, day, told.start), _moment(zone, last, told.end))


def shift_of(calendar: CalendarRecord, zone: str, moment: datetime) -> WorkShift | None:
    """The shift that is on at a moment; of two that overlap, the one that began first. None: nobody works then."""
    day = day_of(zone, moment)
    around: Iterable[WorkShift] = (*shifts_on(calendar, zone, day - _DAY), *shifts_on(calendar, zone, day))
    return next((shift for shift in around if shift.start <= moment < shift.end), None)
