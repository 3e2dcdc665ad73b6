"""The cheapest set of ways for an amount: each costs a fixed sum once it is gone, and so much for each unit.

The problem is the fixed-charge cover: small, but with no simple rule that is always right; a greedy one pays two fixed
sums where one would do, or takes a better way and gets dearer by it. It is solved by branch and bound on Balinski's
bound (Balinski 1961, "Fixed-cost transportation problems"): a fixed sum spread over the most that could go that way
makes every cost linear, the cheapest first is then best, and its cost is never above the true one. Where each way so
taken is taken as far as it goes, the bound is the solution, which is nearly always. Otherwise a way taken in part is
either opened, its fixed sum paid, or closed.

Lateness counts once a requirement, for the last to come, so for each possible lateness the cheapest cover among what
comes by then is found, and the best of these taken. First what covers most, then what costs least, then what is less
late. So another way, or more of one, never makes the result worse.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Final

from projections.routing.money import ZERO
from projections.routing.ways import NO_TIME, Way

BRANCHES: Final = 60
"""How many sets are looked at before the best one so far is taken."""
_DAY: Final = timedelta(days=1)
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """Ways, how much by each, what they cost, how late the last comes, and both in money."""

    picks: tuple[tuple[Way, Decimal], ...] = ()
    short: Decimal = ZERO
    cost: Decimal = ZERO
    late: timedelta = NO_TIME
    total: Decimal = ZERO

    def better(self, other: "Plan | None") -> bool:
        """Covers more, or as much for less."""
        return other is None or (self.short, self.total) < (other.short, other.total)


def lateness(late: timedelta, per_day: Decimal) -> Decimal:
    """What coming so late counts for, exactly by its part of a day."""
    return per_day * (late // _TICK) / (_DAY // _TICK) if late else ZERO


def cover(ways: Sequence[Way], amount: Decimal, per_day: Decimal, anyway: timedelta = NO_TIME) -> Plan:
    """The best plan for an amount, of a need that is so late ``anyway``. ``late`` and ``rate`` of the ways are set."""
    best: Plan | None = None
    least = min((way.rate for way in ways), default=ZERO) * amount
    for late in sorted({max(way.late, anyway) for way in ways}):
        counts = lateness(late, per_day)
        if best is not None and not best.short and least + counts >= best.total:
            break
        picks, cost, short = _cheapest([way for way in ways if way.late <= late], amount)
        plan = plan_of(picks, cost, short, per_day, anyway)
        if plan.better(best):
            best = plan
    return best or Plan(short=amount)


def plan_of(
    picks: Iterable[tuple[Way, Decimal]], cost: Decimal, short: Decimal, per_day: Decimal,
    anyway: timedelta = NO_TIME,
) -> Plan:
    """A plan of these ways."""
    taken = tuple(picks)
    late = max([anyway, *(way.late for way, _ in taken)])
    return Plan(taken, short, cost, late, cost + lateness(late, per_day))


@dataclass(slots=True)
class _Search:
    """The search for one set: what is wanted, and the best found so far."""

    ways: Sequence[Way]
    target: Decimal
    picks: list[tuple[Way, Decimal]] = field(default_factory=list)
    cost: Decimal | None = None
    left: int = BRANCHES

    def branch(self, opened: frozenset[Way], closed: frozenset[Way]) -> None:
        self.left -= 1
        taken, bound, part = self._bound(opened, closed)
        if taken is None or (self.cost is not None and bound >= self.cost):
            return
        true = _true(taken)
        if self.cost is None or true < self.cost:
            self.picks, self.cost = taken, true
        if part is not None and self.left > 0:
            self.branch(opened | {part}, closed)
            if self.left > 0:
                self.branch(opened, closed | {part})

    def _bound(
        self, opened: frozenset[Way], closed: frozenset[Way]
    ) -> tuple[list[tuple[Way, Decimal]] | None, Decimal, Way | None]:
        """The cheapest at spread costs, what that costs, and the first way taken in part whose sum is spread."""
        spread = sorted(
            (
                (way.rate if way in opened or not way.fixed else way.rate + way.fixed / min(way.amount, self.target),
                 way.order, place)
                for place, way in enumerate(self.ways) if way not in closed
            ),
        )
        bound = sum((way.fixed for way in self.ways if way in opened), ZERO)
        wanted, taken, part = self.target, [], None
        for rate, _, place in spread:
            way = self.ways[place]
            amount = min(way.amount, wanted)
            taken.append((way, amount))
            bound += rate * amount
            wanted -= amount
            if part is None and way.fixed and way not in opened and amount < min(way.amount, self.target):
                part = way
            if not wanted:
                return taken, bound, part
        return None, bound, None


def _true(taken: Iterable[tuple[Way, Decimal]]) -> Decimal:
    return sum((way.fixed + way.rate * amount for way, amount in taken), ZERO)


def _cheapest(ways: Sequence[Way], amount: Decimal) -> tuple[list[tuple[Way, Decimal]], Decimal, Decimal]:
    """The cheapest of what covers as much as can be covered; its cost; what is left uncovered."""
    target = min(amount, sum((way.amount for way in ways), ZERO))
    if not target:
        return [], ZERO, amount
    search = _Search(ways, target)
    search.branch(frozenset(), frozenset())
    return search.picks, search.cost or ZERO, amount - target
