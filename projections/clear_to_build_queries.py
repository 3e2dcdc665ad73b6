"""Clear to build at a site, shift by shift."""

from datetime import date, datetime, timedelta
from typing import Final

from projections.clear_to_build import Lack, Start, by_shift, shifts, start_of
from projections.coverage import Coverage
from projections.coverage_queries import VIEWS, coverages
from projections.listing import Listing, told
from projections.queries import Answer, At, Connection, Number, Where, reading
from projections.run_board_queries import needs_of
from projections.run_states import RUN
from projections.working_time import Shift, site_times

_RUNS: Final = Listing(RUN, "start", "run")
MOST_DAYS: Final = 60


class LackLine(Answer):
    """What isn't on hand of a requirement: ``to_come`` by ``waits_for``, ``short`` from nowhere. ``why`` nobody knows
    ``until`` when, if nobody does."""

    requirement: str
    part: str
    unit: str
    to_come: Number
    short: Number
    until: datetime | None
    why: str | None
    waits_for: list[str]


class StartLine(Answer):
    """A run and whether it can start: ``clear``, ``in_time``, ``late``, ``unknown`` or ``short``."""

    run: str
    part: str
    unit: str
    amount: Number
    state: str
    start: datetime
    due: datetime
    order_number: str | None
    verdict: str
    until: datetime | None
    lacks: list[LackLine]


class ShiftLine(Answer):
    """A shift, and the runs that are to start in it."""

    day: date
    shift: str
    start: datetime
    end: datetime
    clear: int
    not_clear: int
    runs: list[StartLine]


class ClearToBuild(At):
    """The shifts of a site, by start. Runs that should have started before are in the first."""

    site: str
    zone: str
    shifts: list[ShiftLine]


def clear_to_build(
    connection: Connection, site: str, today: date, *, first: date | None = None, days: int = 7
) -> ClearToBuild:
    """Which runs of which shift can start with all their material allocated, and what the others lack until when."""
    first, days = first or today, max(1, min(days, MOST_DAYS))
    where = Where().equal("site", site).add("state IN ('scheduled', 'frozen')")
    with reading(connection, *VIEWS) as at:
        times = site_times(connection)
        clock = times.of(site)
        where.add("start < %(until)s", until=clock.end_of(first + timedelta(days=days)))
        runs = _RUNS.all(connection, where)
        covered = coverages(connection, times, needs_of(connection, [run.run for run in runs]))
    own: dict[str, list[Coverage]] = {}
    for one in covered.values():
        own.setdefault(one.run or "", []).append(one)
    listed = by_shift(shifts(clock, first, days), [start_of(run, own.get(run.run, ())) for run in runs])
    return ClearToBuild(
        at=at, site=site, zone=clock.zone, shifts=[_shift(shift, starts) for shift, starts in listed.items()]
    )


def _shift(shift: Shift, starts: list[Start]) -> ShiftLine:
    clear = sum(start.verdict == "clear" for start in starts)
    return ShiftLine(
        day=shift.day, shift=shift.name, start=shift.start, end=shift.end, clear=clear, not_clear=len(starts) - clear,
        runs=[_start(start) for start in starts],
    )


def _start(start: Start) -> StartLine:
    return told(
        StartLine, start.run, verdict=start.verdict, until=start.until, lacks=[_lack(one) for one in start.lacks]
    )


def _lack(one: Lack) -> LackLine:
    return told(LackLine, one, waits_for=list(one.waits_for))
