"""Clear to build: which runs of a shift can start with all their material in stock and allocated to them.

A run belongs to the shift in which it is to start; one that is to start between two belongs to the later. It is
``clear`` when every requirement is covered by what is on hand; ``in_time`` when the rest is expected before its start;
``late`` when it is expected only later; ``unknown`` when nobody knows when; ``short`` when nothing serves some of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from projections.coverage import Coverage
from projections.run_states import Run
from projections.working_time import Shift, SiteTime

WORST = ("short", "unknown", "late", "in_time", "clear")


@dataclass(frozen=True, slots=True)
class Lack:
    """What a requirement lacks on hand, and until when. ``until`` is none when nobody knows, or something is short;
    ``why`` then says why."""

    requirement: str
    part: str
    unit: str
    to_come: Decimal
    short: Decimal
    until: datetime | None
    why: str | None
    waits_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Start:
    """A run that is to start in a shift."""

    run: Run
    verdict: str
    until: datetime | None
    lacks: tuple[Lack, ...]


def lack(one: Coverage) -> Lack | None:
    """What it lacks, if anything."""
    if one.ready:
        return None
    waits = tuple(dict.fromkeys(claim.supply for claim in one.claims if claim.to_come))
    return Lack(one.requirement, one.part, one.unit, one.to_come, one.short, one.ready_at, one.why, waits)


def start_of(run: Run, own: Iterable[Coverage]) -> Start:
    """Whether a run can start with what its requirements have."""
    lacks = tuple(found for one in own if (found := lack(one)) is not None)
    times = [one.until for one in lacks]
    until = max((at for at in times if at is not None), default=None)
    if not lacks:
        return Start(run, "clear", None, ())
    if any(one.short for one in lacks):
        return Start(run, "short", None, lacks)
    if None in times or until is None:
        return Start(run, "unknown", None, lacks)
    return Start(run, "in_time" if until <= run.start else "late", until, lacks)


def shifts(clock: SiteTime, first: date, days: int) -> list[Shift]:
    """The shifts of so many days, by start."""
    listed = [shift for step in range(days) for shift in clock.shifts_of(first + timedelta(days=step))]
    return sorted(listed, key=lambda shift: (shift.start, shift.end, shift.name))


def by_shift(listed: Sequence[Shift], starts: Iterable[Start]) -> Mapping[Shift, list[Start]]:
    """Each run under the shift it belongs to; those after the last shift are left out, and those that should have
    started before the first are in the first."""
    found: dict[Shift, list[Start]] = {shift: [] for shift in listed}
    for start in sorted(starts, key=lambda one: (one.run.start, one.run.run)):
        mine = next((shift for shift in listed if start.run.start < shift.end), None)
        if mine is not None:
            found[mine].append(start)
    return found
