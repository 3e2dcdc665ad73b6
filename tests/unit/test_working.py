"""Working time: calendars count days, zones turn days into moments, and shifts may end on the next day."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from events.catalogue.places import WORKWEEK, Shift, Weekday
from events.catalogue.records import EVERY_DAY, CalendarRecord
from events.catalogue.working import (
    add_working_days,
    day_of,
    end_of_day,
    next_working,
    shift_of,
    shifts_on,
    start_of_day,
)

BERLIN, NEW_YORK, BEIRUT, SAO_PAULO, APIA = (
    "Europe/Berlin", "America/New_York", "Asia/Beirut", "America/Sao_Paulo", "Pacific/Apia"
)
EASTER = CalendarRecord(
    holidays=frozenset({date(2026, 4, 3), date(2026, 4, 6)}), extra=frozenset({date(2026, 4, 11)})
)
ROUND_THE_CLOCK = CalendarRecord(
    shifts=(
        Shift(name="early", start=time(6), end=time(14)), Shift(name="late", start=time(14), end=time(22)),
        Shift(name="night", start=time(22), end=time(6)),
    )
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def name_of(calendar: CalendarRecord, zone: str, moment: str) -> tuple[str, str | None] | None:
    found = shift_of(calendar, zone, at(moment))
    return None if found is None else (found.day.isoformat(), found.name)


def test_weekends_and_holidays_are_not_counted_and_extra_days_are() -> None:
    thursday = date(2026, 4, 2)
    days = [add_working_days(EASTER, BERLIN, thursday, n).isoformat() for n in range(-1, 6)]
    assert days == [
        "2026-04-01", "2026-04-02", "2026-04-07", "2026-04-08", "2026-04-09", "2026-04-10", "2026-04-11"
    ]
    assert add_working_days(EASTER, BERLIN, date(2026, 4, 7), -1) == thursday


def test_from_a_day_off_one_working_day_later_is_the_next_that_is_worked() -> None:
    friday = date(2026, 4, 3)
    assert next_working(EASTER, friday) == add_working_days(EASTER, BERLIN, friday, 0) == date(2026, 4, 7)
    assert add_working_days(EASTER, BERLIN, friday, 1) == date(2026, 4, 7)
    assert add_working_days(EASTER, BERLIN, friday, -1) == date(2026, 4, 2)
    assert next_working(EASTER, date(2026, 4, 11)) == date(2026, 4, 11)


def test_a_moment_keeps_its_clock_when_the_clocks_change() -> None:
    friday = at("2026-03-27T07:00")  # eight o'clock in Berlin
    assert add_working_days(CalendarRecord(), BERLIN, friday, 1) == at("2026-03-30T06:00")
    assert add_working_days(CalendarRecord(), BERLIN, at("2026-03-30T06:00"), -1) == friday


def test_a_moment_belongs_to_the_day_it_is_there() -> None:
    evening = at("2026-03-30T02:00")  # Sunday evening in New York, Monday in Berlin
    assert (day_of(NEW_YORK, evening), day_of(BERLIN, evening)) == (date(2026, 3, 29), date(2026, 3, 30))
    assert add_working_days(CalendarRecord(), NEW_YORK, evening, 1) == at("2026-03-31T02:00")


def test_a_clock_time_that_is_skipped_is_as_much_later_as_is_skipped() -> None:
    saturday = at("2026-03-28T01:30")  # half past two in Berlin
    assert add_working_days(EVERY_DAY, BERLIN, saturday, 1) == at("2026-03-29T01:30")


def test_a_day_ends_at_the_places_midnight_and_may_have_23_or_25_hours() -> None:
    assert end_of_day(BERLIN, date(2026, 7, 1)) == at("2026-07-01T22:00")
    hours = [
        (end_of_day(BERLIN, day) - start_of_day(BERLIN, day)).total_seconds() / 3600
        for day in (date(2026, 3, 29), date(2026, 7, 1), date(2026, 10, 25))
    ]
    assert hours == [23, 24, 25]


def test_where_the_clocks_change_at_midnight_a_day_ends_at_the_change() -> None:
    assert end_of_day(BEIRUT, date(2026, 3, 28)) == at("2026-03-28T22:00")
    assert day_of(BEIRUT, at("2026-03-28T22:00")) == date(2026, 3, 29)
    assert day_of(BEIRUT, at("2026-03-28T21:59")) == date(2026, 3, 28)
    assert end_of_day(SAO_PAULO, date(2018, 2, 17)) == at("2018-02-18T03:00")


def test_a_shift_belongs_to_the_day_it_begins_on() -> None:
    assert name_of(ROUND_THE_CLOCK, BERLIN, "2026-06-04T04:00") == ("2026-06-04", "early")
    assert name_of(ROUND_THE_CLOCK, BERLIN, "2026-06-04T12:00") == ("2026-06-04", "late")
    assert name_of(ROUND_THE_CLOCK, BERLIN, "2026-06-04T20:00") == ("2026-06-04", "night")
    assert name_of(ROUND_THE_CLOCK, BERLIN, "2026-06-05T03:59") == ("2026-06-04", "night")


def test_the_night_before_a_day_off_is_worked_to_its_end_and_the_night_after_isnt() -> None:
    assert name_of(ROUND_THE_CLOCK, BERLIN, "2026-06-06T03:00") == ("2026-06-05", "night")
    assert name_of(ROUND_THE_CLOCK, BERLIN, "2026-06-06T04:00") is None
    assert name_of(ROUND_THE_CLOCK, BERLIN, "2026-06-08T03:59") is None
    assert name_of(ROUND_THE_CLOCK, BERLIN, "2026-06-08T04:00") == ("2026-06-08", "early")


def test_a_night_shift_is_an_hour_shorter_or_longer_when_the_clocks_change() -> None:
    calendar = CalendarRecord(days=tuple(Weekday), shifts=ROUND_THE_CLOCK.shifts)
    nights = [shifts_on(calendar, BERLIN, day)[2] for day in (date(2026, 3, 28), date(2026, 10, 24))]
    assert [(night.end - night.start) / timedelta(hours=1) for night in nights] == [7, 9]
    assert nights[0].end == at("2026-03-29T04:00")


def test_without_shifts_a_working_day_is_one_shift() -> None:
    shift = shift_of(CalendarRecord(), BERLIN, at("2026-06-04T12:00"))
    assert shift is not None
    assert (shift.start, shift.end) == (at("2026-06-03T22:00"), at("2026-06-04T22:00"))
    assert shift_of(CalendarRecord(), BERLIN, at("2026-06-06T12:00")) is None


def test_of_overlapping_shifts_the_one_that_began_first_is_on() -> None:
    calendar = CalendarRecord(
        shifts=(Shift(name="b", start=time(8), end=time(17)), Shift(name="a", start=time(6), end=time(12)))
    )
    assert name_of(calendar, BERLIN, "2026-06-04T07:00") == ("2026-06-04", "a")
    assert name_of(calendar, BERLIN, "2026-06-04T10:00") == ("2026-06-04", "b")


days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
zones = st.sampled_from([BERLIN, NEW_YORK, BEIRUT, APIA, "Australia/Lord_Howe", "UTC"])
calendars = st.builds(
    CalendarRecord, days=st.sampled_from([WORKWEEK, (Weekday.SATURDAY,), tuple(Weekday)]),
    holidays=st.frozensets(days, max_size=20), extra=st.frozensets(days, max_size=20),
    shifts=st.sampled_from([(), ROUND_THE_CLOCK.shifts]),
)


@given(days, zones)
def test_days_follow_each_other_without_a_gap(day: date, zone: str) -> None:
    end = end_of_day(zone, day)
    assert end == start_of_day(zone, day + timedelta(days=1))
    assert day_of(zone, end) == day + timedelta(days=1)
    assert day_of(zone, end - timedelta(microseconds=1)) == day
    assert day_of(zone, start_of_day(zone, day)) == day


@given(calendars, zones, days, st.integers(-30, 30))
def test_working_days_add_up_and_are_worked(calendar: CalendarRecord, zone: str, day: date, n: int) -> None:
    start = next_working(calendar, day)
    end = add_working_days(calendar, zone, start, n)
    assert calendar.works(start)
    assert calendar.works(end)
    assert add_working_days(calendar, zone, end, -n) == start
    step = timedelta(days=1 if n > 0 else -1)
    passed = [start + step * count for count in range(1, abs((end - start).days) + 1)]
    assert sum(map(calendar.works, passed)) == abs(n)


quarters = st.integers(0, 10 * 365 * 24 * 4)
moments = quarters.map(lambda count: at("2020-01-01T00:00") + timedelta(minutes=15 * count))


@given(calendars, zones, moments)
def test_a_shift_is_on_exactly_while_it_lasts(calendar: CalendarRecord, zone: str, moment: datetime) -> None:
    shift = shift_of(calendar, zone, moment)
    near = [day_of(zone, moment) + timedelta(days=step) for step in (-1, 0, 1)]
    lasting = [one for day in near for one in shifts_on(calendar, zone, day) if one.start <= moment < one.end]
    assert shift == (lasting[0] if lasting else None)
    assert shift is None or calendar.works(shift.day)


def test_a_night_that_overlaps_the_next_morning_is_on_until_it_ends() -> None:
    calendar = CalendarRecord(
        shifts=(Shift(name="early", start=time(6), end=time(14)), Shift(name="night", start=time(22), end=time(7)))
    )
    assert name_of(calendar, BERLIN, "2026-06-05T04:30") == ("2026-06-04", "night")
    assert name_of(calendar, BERLIN, "2026-06-05T05:00") == ("2026-06-05", "early")
