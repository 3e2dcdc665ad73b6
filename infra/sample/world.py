"""The sample factory's world: its clock, its chance, what it has on its shelves, and what it tells.

It is a simulation that acts one moment after the other. Whatever happens is told as a CloudEvent; the shelves are kept
only so that what is told is believable. All chance comes from one seed and all time from one base, so the same two give
the same events.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from pydantic_core import from_json

from events.codec import encode
from events.inventory.accounts import EventRef
from events.model import Payload
from events.register import BY_WIRE, entry
from infra.importing import read_directory

DIRECTORY: Final = Path(__file__).parent
PLANT, DEPOT = "kassel", "venlo"
ZONE: Final = ZoneInfo("Europe/Berlin")
WORKDAYS: Final = (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)

Event = dict[str, Any]
Act = Callable[[datetime], None]


class Shelf(NamedTuple):
    """A place where a part lies, and its lot."""

    location: str
    lot: str | None


class Factory:
    """Master data, as the import reads it."""

    def __init__(self) -> None:
        found = read_directory(DIRECTORY)
        assert not found.errors, [str(fault) for fault in found.errors]
        told: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for event in found.events:
            told[BY_WIRE[event["type"]].name].append(event["data"])
        self.parts = {part["id"]: part for part in told["DefinePart"]}
        self.bills = {bill["part"]: bill["lines"] for bill in told["DefineBill"]}
        self.agreements = {terms["part"]: terms for terms in told["DefineAgreement"] if terms["preferred"]}
        self.packs = {
            (one["part"], one["unit"]): Decimal(one["numerator"]) / one["denominator"]
            for one in told["DefineConversion"]
        }
        self.opening = told["OpeningStock"]

    def unit(self, part: str) -> str:
        return str(self.parts[part]["unit"])

    def pack(self, part: str, unit: str) -> Decimal:
        """How many base units one purchase unit is."""
        found: Decimal | None = self.packs.get((part, unit))
        return Decimal(1) if found is None else found


class World:
    """Time, chance, shelves, and everything told so far."""

    def __init__(self, base: datetime, seed: int) -> None:
        self.monday = base.astimezone(ZONE).date()
        self.chance = Random(seed)
        self.factory = Factory()
        self.shelves: dict[tuple[str, str], dict[Shelf, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        self.reserved: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        self.home: dict[tuple[str, str], str] = {}
        self._told: list[tuple[datetime, int, Event]] = []
        self._coming: list[tuple[datetime, int, Act]] = []
        self._numbers: dict[str, int] = defaultdict(int)
        for row in self.factory.opening:
            if row.get("status", "available") == "available":
                place = (row["part"], row["site"])
                self.home.setdefault(place, row["location"])
                self.shelves[place][Shelf(row["location"], row.get("lot"))] += Decimal(row["quantity"]["amount"])

    # Time

    def at(self, workday: int, hour: int, minute: int = 0) -> datetime:
        """A moment of the fortnight's so many-th working day, from 0."""
        return self.clock(self.monday + timedelta(days=WORKDAYS[workday]), hour, minute)

    def clock(self, day: date, hour: int, minute: int = 0) -> datetime:
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)

    def workday(self, day: date) -> date:
        """The day itself, or the Monday after it."""
        return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)

    def later(self, when: datetime, act: Act) -> None:
        """Something will happen then, if the fortnight lasts so long."""
        heapq.heappush(self._coming, (when, self.number("act"), act))

    def run(self) -> None:
        """Let everything happen, one moment after the other."""
        end = self.clock(self.monday + timedelta(days=14), 0)
        while self._coming:
            when, _, act = heapq.heappop(self._coming)
            if when < end:
                act(when)

    def number(self, what: str) -> int:
        self._numbers[what] += 1
        return self._numbers[what]

    # Telling

    def tell(self, source: str, body: Payload, at: datetime, *, told: datetime | None = None, who: str = "") -> Event:
        """Say that it happened ``at``; it becomes known when it is ``told``, at once unless said."""
        event: Event = {
            "specversion": "1.0", "id": f"{source.rsplit('/', 1)[-1]}-{self.number(source):05}", "source": source,
            "type": entry(type(body)).wire, "time": at.isoformat(), "subject": body.stream, "timezone": ZONE.key,
            "actor": who or source, "data": from_json(encode(body)),
        }
        self.send(event, told or at)
        return event

    def send(self, event: Event, told: datetime) -> None:
        """Have an event arrive, whatever it is."""
        self._told.append((told, len(self._told), event))

    def arrived(self) -> list[list[Event]]:
        """All events as they arrive, those of a day together."""
        told = sorted(self._told, key=lambda one: one[:2])
        return [[event for *_, event in one] for _, one in groupby(told, key=lambda one: one[0].date())]

    # Shelves

    def put(self, part: str, site: str, amount: Decimal, location: str | None = None, lot: str | None = None) -> None:
        self.shelves[part, site][Shelf(location or self.home[part, site], lot)] += amount

    def free(self, part: str, site: str = PLANT) -> Decimal:
        """What is there and not reserved."""
        return sum(self.shelves[part, site].values(), Decimal(0)) - self.reserved[part, site]

    def take(self, part: str, site: str, amount: Decimal) -> Iterator[tuple[Shelf, Decimal]]:
        """Take it from the shelves, the oldest first; fails when there isn't so much."""
        shelves = self.shelves[part, site]
        for shelf in list(shelves):
            some = min(shelves[shelf], amount)
            if some > 0:
                shelves[shelf] -= some
                amount -= some
                yield shelf, some
        assert not amount, f"{amount} {part} too few at {site}"


def ref(event: Event) -> EventRef:
    """How another event names this one."""
    return EventRef(source=event["source"], id=event["id"])
