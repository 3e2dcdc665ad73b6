"""A cut while it is made: the facts so far, each folded as it is decided, and what is still to be looked at.

Whoever decides later in a cut sees what was decided earlier in it, so two needs never get the same goods. ``causes``
remembers for each thing which facts made it be looked at, and passes them on to whatever is looked at because of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from heapq import heappop, heappush
from typing import Final

from events.model import Fact
from events.planning import facts as f
from events.planning import moves as g
from events.planning.shapes import SupplyKind, UnpegReason
from projections.planning.lookups import Plant
from projections.planning.shapes import Buy, Choice, Need
from projections.planning.world.joins import Joins
from projections.planning.world.notes import Key, Kind
from projections.planning.world.parts import Parts
from projections.planning.world.plan import PlanPart
from projections.planning.world.planned import Peg, Times
from projections.planning.world.state import Place, State
from projections.planning.world.views import Required

ZERO: Final = Decimal(0)
MOST_CAUSES: Final = 20
"""A fact names at most so many causes: the first ones, in order of domain, shard and position."""
Ordered = dict[str, None]
Moves = list[tuple[Times, Times]]


@dataclass(slots=True)
class Draft:
    """What a cut decides. Ids count within the cut, by letter. ``base`` is planning's position when it was taken."""

    state: State
    plant: Plant
    number: int
    base: int
    facts: list[tuple[str, Fact]] = field(default_factory=list)
    causes: dict[str, dict[Place, None]] = field(default_factory=dict)
    looked: Ordered = field(default_factory=dict)
    runs: Ordered = field(default_factory=dict)
    timed: Ordered = field(default_factory=dict)
    dropped: Ordered = field(default_factory=dict)
    supplies: Ordered = field(default_factory=dict)
    places: dict[tuple[str, str], None] = field(default_factory=dict)
    rerouted: Ordered = field(default_factory=dict)
    freed: Ordered = field(default_factory=dict)
    eased: dict[tuple[str, str], None] = field(default_factory=dict)
    shrunk: Ordered = field(default_factory=dict)
    retries: dict[str, dict[Place, None]] = field(default_factory=dict)
    again: Ordered = field(default_factory=dict)
    unserved: dict[str, tuple[Need, Choice]] = field(default_factory=dict)
    buys: list[tuple[Buy, str]] = field(default_factory=list)
    unsold: dict[str, Decimal] = field(default_factory=dict)
    _planned: dict[str, int] = field(default_factory=dict)
    _moved: dict[str, tuple[int, Moves, Times]] = field(default_factory=dict)
    postponed: Ordered = field(default_factory=dict)
    _bought: dict[str, Decimal] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _queue: list[tuple[int, datetime, str]] = field(default_factory=list)
    _queued: set[str] = field(default_factory=set)
    _waiting: set[str] = field(default_factory=set)
    _hurried: dict[str, int] = field(default_factory=dict)

    # The state, settled

    @property
    def now(self) -> datetime:
        return self.plant.moment

    @property
    def parts(self) -> Parts:
        return self.state.parts

    @property
    def plan(self) -> PlanPart:
        return self.state.parts.plan

    @property
    def joins(self) -> Joins:
        """Settled: what was decided up to here is in it."""
        self.state.joins.settle()
        return self.state.joins

    # Deciding

    def id(self, letter: str) -> str:
        """A new id of this cut."""
        number = self._counts[letter] = self._counts.get(letter, 0) + 1
        return f"{letter}{self.number}-{number}"

    def add(self, stream: str, fact: Fact) -> None:
        """Decide a fact: it is folded at once."""
        self.facts.append((stream, fact))
        self.state.plan(fact)

    def plan_run(self, planned: g.RunPlanned) -> None:
        """Decide a run. Where it is moved later in the cut, it is planned there from the start."""
        self._planned[planned.run] = len(self.facts)
        self.add(f"run/{planned.run}", planned)

    def move_run(self, moved: g.RunReplanned) -> None:
        """Decide when a run is to be. It may move several times while a cut is made: what is said is where it ends."""
        run = self.plan.runs[moved.run]
        if moved.run in self._planned:
            self._change(self._planned[moved.run], start=moved.start, due=moved.due)
            run.start, run.due = moved.start, moved.due
            self.state.joins.touch(Key(Kind.RUN, moved.run))
            return
        if moved.run not in self._moved:
            self._moved[moved.run] = (len(self.facts), list(run.moves), (run.start, run.due))
            self.add(f"run/{moved.run}", moved)
            return
        at, run.moves = self._moved[moved.run][0], list(self._moved[moved.run][1])
        self._change(at, start=moved.start, due=moved.due, because=moved.because)
        self.state.plan(self.facts[at][1])

    def _change(self, at: int, **changes: object) -> None:
        stream, fact = self.facts[at]
        self.facts[at] = (stream, fact.model_copy(update=changes))

    def stay(self) -> None:
        """A run that moved and came back to where it was hasn't moved: nothing is said of it."""
        still = set()
        for id, (at, moves, times) in self._moved.items():
            told, run = self.facts[at][1], self.plan.runs[id]
            assert isinstance(told, g.RunReplanned), "it moved"
            if (told.start, told.due) == (told.was_start, told.was_due):
                run.moves, (run.start, run.due) = moves, times
                self.state.joins.touch(Key(Kind.RUN, id))
                still.add(at)
        self.facts = [one for at, one in enumerate(self.facts) if at not in still]

    def because(self, *ids: str) -> tuple[str, ...]:
        """The ids of the facts that made these be looked at."""
        places = sorted({place for id in ids for place in self.causes.get(id, ())})
        return tuple(f"{domain}/{shard}/{position}" for domain, shard, position in places[:MOST_CAUSES])

    def blame(self, id: str, *others: str) -> None:
        """What made the others be looked at makes this be looked at too."""
        for other in others:
            found = self.causes.get(other)
            if found and other != id:
                self.causes.setdefault(id, {}).update(found)

    def unpeg(self, peg: Peg, amount: Decimal, reason: UnpegReason, *because: str) -> None:
        """End so much of a claim."""
        view = self.joins.pegs[peg.id]
        left = max(ZERO, view.cover + view.lost - amount)
        self.add(f"requirement/{peg.requirement}", f.SupplyUnpegged.trusted(
            peg=peg.id, requirement=peg.requirement, supply=peg.supply, part=peg.part, site=peg.site, unit=peg.unit,
            amount=amount, left=left, reason=reason, because=self.because(peg.requirement, peg.supply_id, *because),
        ))
        self.look(peg.requirement, peg.supply_id, *because)
        self.ease(peg.site, peg.part, self.plan.parts.get(peg.requirement, peg.part))
        self.freed[peg.supply_id] = None
        self.dropped[peg.decision] = None
        if peg.requirement.startswith("transfer/"):
            self.supplies[peg.requirement] = self.shrunk[peg.requirement] = self.freed[peg.requirement] = None

    def ease(self, site: str, *parts: str) -> None:
        """Less of these may be wanted there: what stock asked for because of it may be too much."""
        self.places.update(((site, part), None) for part in parts)

    # What is to be looked at

    def look(self, requirement: str, *because: str) -> None:
        """This requirement may need a decision."""
        self.blame(requirement, *because)
        self.looked[requirement] = None
        if requirement.startswith("run/"):
            self.runs[requirement.removeprefix("run/").rpartition("/")[0]] = None

    def want(self, requirement: str, *because: str) -> None:
        """Put a requirement where the most urgent is taken next."""
        self.look(requirement, *because)
        found = self.joins.required.get(requirement)
        if found is not None and requirement not in self._queued and self.lack(requirement):
            self._queued.add(requirement)
            heappush(self._queue, (-found.priority, found.needed_by, requirement))

    def next(self) -> Required | None:
        """The most urgent requirement that isn't covered: by priority, then by when it is needed, then by id."""
        while self._queue:
            _, _, id = heappop(self._queue)
            self._queued.discard(id)
            found = self.joins.required.get(id)
            if found is not None and self.lack(id):
                return found
        self._hurried.clear()
        return None

    def postpone(self, found: Required) -> bool:
        """Whether a requirement had better wait, because of a run that is there already, and nobody claims: till it is
        known when that comes, the same would be built again.

        What the run lacks and hasn't been decided yet is decided first, as urgently as the requirement itself. Where
        the run lacks nothing but what is about to be bought, for it or for a run that it waits for, the requirement
        waits, once, until purchases are decided."""
        if found.id in self._waiting:
            return True
        for id in self.joins.free_of.get(found.part, ()):
            view = self.joins.supplies[id]
            if not id.startswith("run/") or view.site != found.site or view.at is not None or view.custom:
                continue
            if self._hurry(found, view.key.id):
                return True
            if found.id not in self.postponed and self._about_to_be_known(view.key.id):
                self.postponed[found.id] = None
                self._waiting.add(found.id)
                return True
        return False

    def _hurry(self, found: Required, run: str) -> bool:
        """Put what a run lacks, and waits to be decided, before a requirement, and that after it; each once. Not where
        the run comes too late, unless another couldn't come sooner."""
        soonest = self.plant.build_ready(found.part, found.site, found.need)
        if self.joins.runs[run].due > max(found.needed_by, soonest or found.needed_by):
            return False
        rank = self._hurried.get(found.id, found.priority)
        first = [one for one in self._lacking(run) if one in self._queued and one not in self._hurried]
        for one in first:
            self._hurried[one] = rank + 1
            heappush(self._queue, (-rank - 1, self.joins.required[one].needed_by, one))
        if first:
            self._queued.add(found.id)
            heappush(self._queue, (-rank, found.needed_by, found.id))
        return bool(first)

    def _lacking(self, run: str) -> list[str]:
        """What holds a run up, on all levels below it."""
        found: list[str] = []
        for one in self.joins.needs_of_run.get(run, ()):
            if self.joins.stuck(one):
                found.append(one)
                for peg in self.pegs_of(one):
                    found += self._lacking(peg.supply.id) if peg.supply.kind is SupplyKind.RUN else []
        return found

    def _about_to_be_known(self, run: str) -> bool:
        """Whether all that holds a run up is bought before this cut ends; bills have no cycles, so this ends too."""
        lacking = [one for one in self.joins.needs_of_run.get(run, ()) if self.joins.stuck(one)]
        return bool(lacking) and all(self._about_to_be_bought(one) for one in lacking)

    def _about_to_be_bought(self, requirement: str) -> bool:
        """Or decided once that is bought which it waits for itself."""
        if self.joins.uncovered(requirement) > self._bought.get(requirement, ZERO):
            return requirement in self.postponed
        for peg in self.pegs_of(requirement):
            supply = self.joins.supplies.get(peg.supply_id)
            if not self.joins.pegs[peg.id].pending or (supply is not None and supply.at is not None):
                continue
            if supply is None or peg.supply.kind is not SupplyKind.RUN or not self._about_to_be_known(peg.supply.id):
                return False
        return True

    def lack(self, requirement: str) -> Decimal:
        """What isn't covered, isn't about to be bought, and wasn't found to be sold by nobody."""
        waiting = self._bought.get(requirement, ZERO) + self.unsold.get(requirement, ZERO)
        return max(ZERO, self.joins.uncovered(requirement) - waiting)

    def buy(self, one: Buy, decision: str) -> None:
        """Have it bought, when all needs are known."""
        self.buys.append((one, decision))
        self._bought[one.need.requirement] = self._bought.get(one.need.requirement, ZERO) + one.amount

    def bought(self) -> list[tuple[Buy, str]]:
        """All that is to be bought, as far as it is needed still; it counts as uncovered again until it is claimed."""
        left: dict[str, Decimal] = {}
        found = []
        for one, decision in self.buys:
            id = one.need.requirement
            amount = min(one.amount, left.setdefault(id, self.joins.uncovered(id)))
            left[id] -= amount
            if amount:
                found.append((replace(one, amount=amount), decision))
        self.buys.clear()
        self._bought.clear()
        self._waiting.clear()
        return found

    def pegs_of(self, requirement: str) -> list[Peg]:
        """The live claims of a requirement, in order of their ids."""
        return [self.plan.pegs[id] for id in by_number(self.joins.pegs_of.get(requirement, ()))]

    def pegs_on(self, supply: str) -> list[Peg]:
        """The claims on a supply that inventory hasn't served yet, in order of their ids."""
        return [self.plan.pegs[id] for id in by_number(self.joins.pegs_on.get(supply, ()))]


def by_number(ids: Iterable[str]) -> list[str]:
    """Ids of ours in the order in which they were made.

    >>> by_number(["P10-1", "P2-11", "P2-2"])
    ['P2-2', 'P2-11', 'P10-1']
    """
    return sorted(ids, key=made)


@lru_cache(maxsize=100_000)
def made(id: str) -> tuple[int, int, str]:
    """Where an id of ours stands among all: by cut, then by number."""
    cut, _, number = id[1:].partition("-")
    return (int(cut), int(number), id) if cut.isdecimal() and number.isdecimal() else (0, 0, id)
