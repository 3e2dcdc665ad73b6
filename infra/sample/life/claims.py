"""Which supply is meant for which requirement: what the planner pegged, as the people on the floor read it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from events.planning.facts import SupplyPegged, SupplyUnpegged
from events.planning.shapes import SupplyKey


@dataclass(frozen=True, slots=True)
class Peg:
    """A claim that stands. ``numerator/denominator`` of its part do the work of one that is required."""

    id: str
    requirement: str
    supply: SupplyKey
    part: str
    site: str
    amount: Decimal
    needed_by: datetime
    available_at: datetime
    numerator: int
    denominator: int


class Pegs:
    """All claims that were made, the ended ones too: material that was taken for a claim keeps its name."""

    def __init__(self) -> None:
        self.known: dict[str, Peg] = {}
        self._left: dict[str, Decimal] = {}
        self._of: dict[str, list[str]] = defaultdict(list)
        self._on: dict[str, list[str]] = defaultdict(list)

    def learn(self, fact: SupplyPegged | SupplyUnpegged) -> None:
        """One more, or one less."""
        if isinstance(fact, SupplyUnpegged):
            self._left[fact.peg] = fact.left
            return
        if fact.peg not in self.known:
            self._of[fact.requirement].append(fact.peg)
            self._on[fact.supply.text].append(fact.peg)
        self._left[fact.peg] = fact.amount
        self.known[fact.peg] = Peg(
            fact.peg, fact.requirement, fact.supply, fact.part, fact.site, fact.amount, fact.needed_by,
            fact.available_at, fact.numerator, fact.denominator,
        )

    def of(self, requirement: str) -> list[Peg]:
        """Every claim ever made for a requirement, in order of their ids."""
        return [self.known[id] for id in sorted(self._of.get(requirement, ()))]

    def on(self, supply: SupplyKey) -> list[Peg]:
        """What still counts on a supply, in order of their ids."""
        return [self.known[id] for id in sorted(self._on.get(supply.text, ())) if self._left[id]]
