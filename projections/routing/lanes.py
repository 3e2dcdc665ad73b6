"""One lane's timetable: when it leaves, how long it takes, how much it takes on a day, what it costs.

When it leaves. On the working days of its calendar (every day without one). With a cut-off it leaves at that time of
the day, and what is ready later waits for the next; without, what is ready leaves at once on such a day, or as the next
one begins. Days and cut-offs are on the clock of the site it leaves, or else of the one it goes to, or else UTC.

How long. The usual hours decide; ``most`` is looked at where there is time to spare. While it is slowed, what leaves
takes the extra hours; what may as well wait until the lane is as usual again does, where that arrives earlier. While it
is closed until a time, nothing leaves before. So a later start never arrives earlier, which the search relies on
(Dreyfus 1969, "An appraisal of some shortest-path algorithms", section on time-dependent lengths).

How much. What leaves goes as a whole on the first day with room for it. What is more than a whole day takes fills up
the room of one day after another, and counts as leaving with its last piece.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from events.catalogue.records import CalendarRecord
from projections.planning.shapes import LaneRecord, Standing

DEPARTURES: Final = 400
"""How many departures ahead are looked at for room."""
_DAY: Final = timedelta(days=1)


class Space(Protocol):
    """What is to go, and how full lanes are."""

    def load(self, lane: LaneRecord) -> Decimal:
        """How much of the lane's capacity it takes, in the capacity's unit."""
        ...

    def room(self, lane: LaneRecord, day: date) -> Decimal:
        """How much of the capacity is left on a day."""
        ...


@dataclass(frozen=True, slots=True)
class Fare:
    """What a lane costs in the policy's currency; ``known`` is false when nobody said, or no rate converts it."""

    known: bool
    fixed: Decimal
    per_kg: Decimal
    per_unit: Decimal


@dataclass(frozen=True, slots=True)
class Leg:
    """A lane that is active, with its timetable and fare."""

    record: LaneRecord
    zone: ZoneInfo
    calendar: CalendarRecord | None
    fare: Fare

    @property
    def shut(self) -> bool:
        """Nothing leaves, and nobody knows until when."""
        return self.record.standing is Standing.CLOSED and self.record.until is None

    def go(
        self, ready: datetime, space: Space | None = None, *, slow: bool = False
    ) -> tuple[datetime, datetime] | None:
        """When what is ready at a time leaves and arrives; None: not in a foreseeable time. ``slow``: taking the most
        hours instead of the usual."""
        record = self.record
        hours = timedelta(hours=record.most if slow else record.usual)
        if record.standing is Standing.OPEN:
            return self._with(self._leave(ready, space), hours)
        until = record.until
        if record.standing is Standing.CLOSED:
            return None if until is None else self._with(self._leave(max(ready, until), space), hours)
        first = self._leave(ready, space)
        if first is None or (until is not None and first >= until):
            return self._with(first, hours)
        now = (first, first + hours + timedelta(hours=record.extra_hours))
        later = None if until is None else self._with(self._leave(until, space), hours)
        return now if later is None or later[1] >= now[1] else later

    @staticmethod
    def _with(leaves: datetime | None, hours: timedelta) -> tuple[datetime, datetime] | None:
        return None if leaves is None else (leaves, leaves + hours)

    def _leave(self, ready: datetime, space: Space | None) -> datetime | None:
        limited = space is not None and self.record.capacity is not None
        if not limited and self.calendar is None and self.record.cutoff is None:
            return ready
        departures = self._departures(ready)
        if space is not None and self.record.capacity is not None:
            return self._with_room(departures, space, self.record.capacity)
        return next(departures, (None, None))[1]

    def _with_room(
        self, departures: Iterator[tuple[date, datetime]], space: Space, capacity: Decimal
    ) -> datetime | None:
        load = left = space.load(self.record)
        for day, at in departures:
            room = space.room(self.record, day)
            if load <= capacity and room >= load:
                return at
            if load > capacity and room > 0:
                left -= room
                if left <= 0:
                    return at
        return None

    def _departures(self, ready: datetime) -> Iterator[tuple[date, datetime]]:
        """The next departures: their day and moment."""
        day, cutoff = ready.astimezone(self.zone).date(), self.record.cutoff
        for _ in range(DEPARTURES):
            try:
                day = day if self.calendar is None else self.calendar.after(day, 0)
            except ValueError:  # it never departs again
                return
            at = self._at(day, cutoff) if cutoff is not None else max(ready, self._at(day, time()))
            if at >= ready:
                yield day, at
            day += _DAY

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)

    def day(self, leaves: datetime) -> date:
        """The day it leaves on, by its own clock."""
        return leaves.astimezone(self.zone).date()
