"""Which requirements hold on to something that comes later than when they claimed it.

Nothing better was there when they heard of it, so nothing was decided anew and no decision tells of it. When something
is free that would serve them sooner, they are looked at again: else only who was *decided* late would ever come back.
"""

from collections.abc import Iterable, Mapping

from projections.planning.world.indexes import Ordered, drop
from projections.planning.world.plan import PlanPart
from projections.planning.world.views import PegView, SupplyView


class Delays:
    """The requirements, by the part that they require."""

    def __init__(self, plan: PlanPart, pegs: Mapping[str, PegView], supplies: Mapping[str, SupplyView]) -> None:
        self.by_part: dict[str, Ordered] = {}
        self._plan, self._pegs, self._supplies = plan, pegs, supplies

    def look(self, requirement: str, claims: Iterable[str]) -> None:
        """Something about its claims changed, or about what they are on."""
        part = self._plan.parts.get(requirement)
        if part is None:
            return
        if any(self._delayed(peg) for peg in claims):
            self.by_part.setdefault(part, {})[requirement] = None
        else:
            drop(self.by_part, part, requirement)

    def _delayed(self, peg: str) -> bool:
        claim = self._plan.pegs[peg]
        supply = self._supplies.get(claim.supply_id)
        late = supply is not None and supply.at is not None and supply.at > claim.available_at
        return late and self._pegs[peg].pending > 0
