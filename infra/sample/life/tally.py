"""What came of a story: counts of events, facts and decisions, and for each order that came late what it waited for.

An order is late when it was delivered, or is still open, after the day that was wanted. Why: what its promises say that
they were moved for, back to what upstream told (``lateness.py``).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from events.codec import decode
from events.decision import Recorded
from events.orders import facts as o
from events.planning import facts as p
from events.register import BY_WIRE
from events.values import plain
from infra.sample.life.agenda import Event
from infra.sample.life.lateness import READ, Lateness, day_by

_READ: Final = {
    "OrderAccepted", "OrderAmended", "OrderLineDelivered", "OrderLineCancelled", "PromiseGiven", "PromiseChanged",
    "RequirementRouted", "RequirementRerouted",
}


@dataclass
class Wish:
    """A schedule line: what it is, when it was wanted, first promised, last promised, and delivered."""

    wanted: date
    what: str = ""
    first: date | None = None
    last: date | None = None
    delivered: date | None = None
    changes: int = 0


@dataclass
class Tally:
    """Fed with each day's events and facts."""

    zone: str
    events: Counter[str] = field(default_factory=Counter)
    facts: Counter[tuple[str, str]] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    wishes: dict[str, Wish] = field(default_factory=dict)
    days: list[Counter[str]] = field(default_factory=list)
    """Of each day the facts of planning, by type."""
    telling: tuple[bool, int, str] | None = None
    """The decision that tells most: re-routed before routed, then by how many ways it looked at; its id last."""
    _lateness: Lateness = field(default_factory=Lateness)

    def add(self, day: int, events: Iterable[Event], facts: Iterable[Recorded]) -> None:
        """What a day brought, or a part of it."""
        for event in events:
            self.events[BY_WIRE[event["type"]].name] += 1
        while len(self.days) <= day:
            self.days.append(Counter())
        for at in facts:
            self.facts[at.domain, at.type] += 1
            if at.domain == "planning":
                self.days[day][at.type] += 1
            self._lateness.follow(at)
            if at.type in READ | _READ:
                fact = decode(at)
                self._read(fact, at)
                self._lateness.learn(fact, at)

    def _read(self, fact: Any, at: Recorded) -> None:
        match fact:
            case o.OrderAccepted() | o.OrderAmended():
                for line in fact.lines:
                    for one in line.schedules:
                        wish = self.wishes.setdefault(f"{fact.number}/{line.line}/{one.schedule}", Wish(one.wanted))
                        wish.wanted, choices = one.wanted, " ".join(choice.choice.lower() for choice in line.options)
                        wish.what = f"{plain(one.amount)} {line.part} {choices}".rstrip()
            case o.OrderLineDelivered():
                told = self.wishes.get(f"{fact.number}/{fact.line}/{fact.schedule}")
                if told is not None and fact.amount > fact.damaged:
                    told.delivered = day_by(at.occurred_at.astimezone(ZoneInfo(self.zone)))
            case o.OrderLineCancelled():
                for gone in fact.schedules:
                    key = f"{fact.number}/{fact.line}/{gone.schedule}"
                    if key in self.wishes and self.wishes[key].delivered is None:
                        del self.wishes[key]
            case p.PromiseFact():
                self._promise(fact)
            case p.RequirementRouted():
                self.ways.update(way.kind.value for way in fact.chosen)
                tells = (isinstance(fact, p.RequirementRerouted), len(fact.alternatives), fact.decision)
                self.telling = max(self.telling or tells, tells)
            case _:
                pass

    def _promise(self, fact: p.PromiseFact) -> None:
        ref = fact.order
        wish = self.wishes.get(f"{ref.number}/{ref.line}/{ref.schedule}")
        if wish is None:
            return
        wish.first = wish.first or fact.promised
        wish.changes += isinstance(fact, p.PromiseChanged)
        wish.last = fact.promised

    def late(self, today: date) -> dict[str, str]:
        """Every schedule line that is late, and why."""
        return {
            key: self._why(key, wish, today) for key, wish in sorted(self.wishes.items())
            if (wish.delivered or today) > wish.wanted
        }

    def _why(self, key: str, wish: Wish, today: date) -> str:
        if wish.first is None:
            return "not promised"
        return self._lateness.why(f"order/{key}", wish.wanted, wish.delivered or today)
