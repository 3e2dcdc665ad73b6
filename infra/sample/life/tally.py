"""What came of a story: counts of events, facts and decisions, and for each order that came late what it waited for.

An order is late when it was delivered, or is still open, after the day that was wanted. Why: it was promised for a
later day from the start; something that it needs ran short; its run waited for this; it was built or carried late.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
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
    "RequirementRouted", "RequirementRerouted", "RunStarted", "RunCompleted", "ShortageStated",
}
_DEEP: Final = 12
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_SOON: Final = timedelta(hours=12)


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
    _runs: dict[str, o.RunScheduled] = field(default_factory=dict)
    _of: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _pegs: Pegs = field(default_factory=Pegs)
    _there: dict[str, datetime] = field(default_factory=dict)
    _suppliers: dict[str, str] = field(default_factory=dict)
    _short: dict[str, str] = field(default_factory=dict)
    _started: dict[str, datetime] = field(default_factory=dict)
    _completed: dict[str, datetime] = field(default_factory=dict)

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
            case o.RunStarted():
                self._started[fact.run] = at.occurred_at
            case o.RunCompleted():
                self._completed[fact.run] = at.occurred_at
            case p.ShortageStated():
                self._short[fact.requirement] = fact.part
            case p.PromiseFact():
                self._promise(fact)
            case p.RequirementRouted():
                self.ways.update(way.kind.value for way in fact.chosen)
                tells = (isinstance(fact, p.RequirementRerouted), len(fact.alternatives), fact.decision)
                self.telling = max(self.telling or tells, tells)
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
        runs = list(self._tree(f"order/{key}"))
        short = sorted({self._short[need] for run in runs for need in self._needs(run) if need in self._short})
        if short:
            return f"{' and '.join(short[:2])} ran short"
        if wish.first is None:
            return "not promised"
        if wish.first > wish.wanted:
            return "wanted sooner than could be promised"
        late = [run for run in runs if self._started.get(run, _NEVER) > self._runs[run].start + _SOON]
        if late and (waited := self._last(runs)):
            return f"waited for {waited}"
        if any(self._completed.get(run, _NEVER) > self._runs[run].due for run in runs[:1]):
            return "built later than planned"
        return "later on its way than planned"

    def _tree(self, requirement: str, deep: int = 0) -> Iterator[str]:
        """The runs for a requirement, and below each of them those that build what it needs."""
        pegged = [peg.supply.id for peg in self._pegs.of(requirement) if peg.supply.kind is SupplyKind.RUN]
        for run in sorted({*self._of.get(requirement, ()), *pegged} & self._runs.keys()):
            yield run
            if deep < _DEEP:
                for need in self._needs(run):
                    yield from self._tree(need, deep + 1)

    def _needs(self, run: str) -> list[str]:
        return [f"run/{run}/{need.n}" for need in self._runs[run].requirements]

    def _last(self, runs: Iterable[str]) -> str | None:
        """Of all that was bought or fetched for these runs, what came last."""
        came = [
            (self._there[peg.id], peg.id, peg) for run in runs for need in self._needs(run)
            for peg in self._pegs.of(need)
            if peg.supply.kind not in (SupplyKind.RUN, SupplyKind.STOCK) and peg.id in self._there
        ]
        if not came:
            return None
        peg = max(came, key=lambda one: one[:2])[2]
        if peg.supply.kind is SupplyKind.PURCHASE:
            return f"{peg.part}, bought of {self._suppliers.get(peg.supply.id, '?')}"
        return f"{peg.part}, {peg.supply.kind.value}"
