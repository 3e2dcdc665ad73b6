"""Why something came late: back along what was waited for last, to what held it all up.

From a requirement it goes to the last that came of what was claimed for it. Most of the delay lies after it, or lay
before. In that case, and if it was built, the same is asked of what the run needed: that came early enough if it was
there by the time at which the run, taking as long as it was planned to, would have been done in time. What lay there in
time, or was short for a while and then came before something else did, is no reason.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from events.decision import Recorded
from events.inventory.facts import StockReserved
from events.orders.facts import RunScheduled
from events.planning import facts as p
from events.planning.shapes import SupplyKind
from events.suppliers.facts import PurchaseOrderPlaced
from infra.sample.life.claims import Peg, Pegs

_DEEP: Final = 12
_ON_ITS_WAY, _AFTER = 0.25, 0.5
"""Of a delay, what has to have come about before: else the way to the customer made it, or the building."""
_EVER: Final = datetime(1900, 1, 1, tzinfo=UTC)
_NEVER: Final = datetime(3000, 1, 1, tzinfo=UTC)
Read = RunScheduled | p.ShortageStated | p.ShortageEnded | p.SupplyPegged | p.SupplyUnpegged
Came = StockReserved | PurchaseOrderPlaced


def day_by(moment: datetime) -> date:
    """The day by which something is there: midnight is the end of the day before."""
    return (moment - timedelta(microseconds=1)).date()


@dataclass
class Lateness:
    """What was claimed for what, when it was there, and what was short meanwhile."""

    pegs: Pegs = field(default_factory=Pegs)
    _runs: dict[str, RunScheduled] = field(default_factory=dict)
    _there: dict[str, datetime] = field(default_factory=dict)
    _suppliers: dict[str, str] = field(default_factory=dict)
    _short: dict[str, str | None] = field(default_factory=dict)
    """Requirements that are short, or were until a cut of this cause."""
    _relieved: set[str] = field(default_factory=set)
    """Claims that were made when their requirement had been short."""
    _left: dict[str, bool] = field(default_factory=lambda: defaultdict(lambda: True))

    def learn(self, fact: Read | Came, at: Recorded) -> None:
        """What was planned, and what came of it."""
        match fact:
            case RunScheduled():
                self._runs[fact.run] = fact
            case p.ShortageStated():
                self._short[fact.requirement] = None
            case p.ShortageEnded():
                self._short[fact.requirement] = at.cause
            case p.SupplyPegged():
                self.pegs.learn(fact)
                if self._short.get(fact.requirement, "never") in (None, at.cause):
                    self._relieved.add(fact.peg)
            case p.SupplyUnpegged():
                self.pegs.learn(fact)
                self._left[fact.peg] = bool(fact.left)
            case StockReserved():
                self._there[fact.reservation] = at.occurred_at
            case PurchaseOrderPlaced():
                self._suppliers[fact.number] = fact.supplier

    def why(self, requirement: str, later: timedelta, late: timedelta) -> str | None:
        """What held up a requirement that may be met so much later than it was planned to be, where what follows from
        it is so late; None when it was late mostly for what happened after it was met."""
        last = self._last(requirement)
        return None if last is None else self._held_up(last, last.needed_by + later, late, 0)

    def _held_up(self, peg: Peg, by: datetime, late: timedelta, deep: int) -> str | None:
        slip = self._when(peg) - by
        if slip <= timedelta(0) or slip < late * (_AFTER if deep else _ON_ITS_WAY):
            return None
        run = self._runs.get(peg.supply.id) if peg.supply.kind is SupplyKind.RUN else None
        if run is None or deep == _DEEP:
            return self._words(peg)
        needs = [last for need in run.requirements if (last := self._last(f"run/{run.run}/{need.n}")) is not None]
        last = max(needs, key=lambda one: (self._when(one), one.id), default=None)
        waited = None if last is None else self._held_up(last, by - (run.due - run.start), slip, deep + 1)
        return waited or f"{'built' if deep == 0 else f'{run.part} built'} later than planned"

    def _last(self, requirement: str) -> Peg | None:
        """Of all that was claimed for a requirement and came, or is still waited for, what came last."""
        pegs = [peg for peg in self.pegs.of(requirement) if peg.id in self._there or self._left[peg.id]]
        return max(pegs, key=lambda one: (self._when(one), one.id), default=None)

    def _when(self, peg: Peg) -> datetime:
        """What was in stock when it was claimed had been there before."""
        there = self._there.get(peg.id, _NEVER)
        return _EVER if peg.supply.kind is SupplyKind.STOCK and there < _NEVER else there

    def _words(self, peg: Peg) -> str:
        if peg.id in self._relieved:
            return f"{peg.part} ran short"
        if peg.supply.kind is SupplyKind.PURCHASE:
            return f"waited for {peg.part}, bought of {self._suppliers.get(peg.supply.id, '?')}"
        return f"waited for {peg.part}, {peg.supply.kind.value}"
