"""What came of a story: counts of events, facts and decisions, and for each order that came late what it waited for.

An order is late when it was delivered, or is still open, after the day that was wanted. Why: it was promised for a
later day from the start; or of all that its run waited for, this came last.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from events.codec import decode
from events.decision import Recorded
from events.inventory.facts import StockReserved
from events.orders import facts as o
from events.planning import facts as p
from events.planning.shapes import SupplyKind, requirement_of
from events.register import BY_WIRE
from events.suppliers.facts import PurchaseOrderPlaced
from events.values import plain
from infra.sample.life.agenda import Event
from infra.sample.life.claims import Pegs

_READ: Final = {
    "OrderAccepted", "OrderAmended", "OrderLineDelivered", "OrderLineCancelled", "OrderCompleted", "RunScheduled",
    "SupplyPegged", "SupplyUnpegged", "StockReserved", "PurchaseOrderPlaced", "PromiseGiven", "PromiseChanged",
    "RequirementRouted", "RequirementRerouted",
}
_DEEP: Final = 12


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
    _runs: dict[str, o.RunScheduled] = field(default_factory=dict)
    _of: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _pegs: Pegs = field(default_factory=Pegs)
    _there: dict[str, datetime] = field(default_factory=dict)
    _suppliers: dict[str, str] = field(default_factory=dict)

    def add(self, events: Iterable[Event], facts: Iterable[Recorded]) -> None:
        """One more day."""
        for event in events:
            self.events[BY_WIRE[event["type"]].name] += 1
        self.days.append(Counter())
        for at in facts:
            self.facts[at.domain, at.type] += 1
            if at.domain == "planning":
                self.days[-1][at.type] += 1
            if at.type in _READ:
                self._read(decode(at), at)

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
                    told.delivered = at.occurred_at.astimezone(ZoneInfo(self.zone)).date()
            case o.OrderLineCancelled():
                for gone in fact.schedules:
                    key = f"{fact.number}/{fact.line}/{gone.schedule}"
                    if key in self.wishes and self.wishes[key].delivered is None:
                        del self.wishes[key]
            case o.RunScheduled():
                self._runs[fact.run] = fact
                if fact.order is not None:
                    self._of[requirement_of(fact.order)].append(fact.run)
            case p.PromiseFact():
                self._promise(fact)
            case p.RequirementRouted():
                self.ways.update(way.kind.value for way in fact.chosen)
            case p.SupplyPegged() | p.SupplyUnpegged():
                self._pegs.learn(fact)
            case StockReserved():
                self._there[fact.reservation] = at.occurred_at
            case PurchaseOrderPlaced():
                self._suppliers[fact.number] = fact.supplier
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
            key: self._why(key, wish) for key, wish in sorted(self.wishes.items())
            if (wish.delivered or today) > wish.wanted
        }

    def _why(self, key: str, wish: Wish) -> str:
        if wish.first is not None and wish.first > wish.wanted and not wish.changes:
            return "wanted sooner than could be promised"
        waited = self._last(f"order/{key}")
        if waited is None:
            return "no promise" if wish.first is None else "nothing that it waited for is known"
        return f"waited for {waited}"

    def _last(self, requirement: str, deep: int = 0) -> str | None:
        """What came last for a requirement: down through the runs, to what was bought or lay in stock."""
        runs = self._of.get(requirement, [])
        pegs = [peg for peg in self._pegs.of(requirement) if peg.supply.kind is SupplyKind.RUN]
        runs = sorted({*runs, *(peg.supply.id for peg in pegs)})
        needs = [
            (self._there.get(peg.id), peg) for id in runs if id in self._runs for need in self._runs[id].requirements
            for peg in self._pegs.of(f"run/{id}/{need.n}")
        ]
        never = [peg for at, peg in needs if at is None and self._pegs.on(peg.supply)]
        came = sorted(((at, peg.id, peg) for at, peg in needs if at is not None), key=lambda one: one[:2])
        found = never[0] if never else came[-1][2] if came else None
        if found is None:
            return None
        if found.supply.kind is SupplyKind.RUN and deep < _DEEP:
            return self._below(found.supply.id, deep)
        if found.supply.kind is SupplyKind.PURCHASE:
            return f"{found.part}, bought of {self._suppliers.get(found.supply.id, '?')}"
        return f"{found.part}, {found.supply.kind.value}"

    def _below(self, run: str, deep: int) -> str:
        """What came last for a run."""
        part = self._runs[run].part if run in self._runs else run
        self._of[f"only/{run}"] = [run]
        return self._last(f"only/{run}", deep + 1) or f"{part}, built"
