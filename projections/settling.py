"""When runs and transfers are really expected: not while something below them is short, or nobody knows when it comes.

A run that is scheduled for Friday isn't done on Friday when a part of a part of it comes from a supplier that is down.
So whether its date counts follows from all that is below it (the planner's ``joins.blocked`` says the same).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from projections.coverage import Claim, Coverage
from projections.supplies import Supply
from projections.working_time import SiteTimes


class Settling:
    """``needs`` are what each run or transfer needs, by its key as a supply; ``supplies`` all there are below."""

    def __init__(
        self, supplies: Mapping[str, Supply], needs: Mapping[str, Sequence[Coverage]], times: SiteTimes
    ) -> None:
        self._supplies, self._needs, self._times = supplies, needs, times
        self._settled: dict[str, Supply] = {}

    def supply(self, key: str) -> Supply | None:
        """A supply as it is expected; none when nothing is to come of it."""
        if key in self._settled:
            return self._settled[key]
        found = self._supplies.get(key)
        if found is None:
            return None
        self._settled[key] = found  # bills have no cycles; if they had one, it would end here
        if found.expected_at is not None and found.state != "completed":
            self._settled[key] = self._below(found)
        return self._settled[key]

    def coverage(self, one: Coverage) -> Coverage:
        """A requirement whose claims are expected so."""
        return replace(one, claims=tuple(self.claim(claim) for claim in one.claims))

    def claim(self, claim: Claim) -> Claim:
        """A claim that is expected so."""
        if claim.supply.startswith("stock/"):
            return replace(claim, expected_at=claim.available_at)
        found = self.supply(claim.supply)
        if found is None:
            why = f"{claim.supply} brings nothing more" if claim.to_come else None
            return replace(claim, expected_at=None, why=why)
        return replace(claim, expected_at=found.expected_at, why=found.why)

    def _below(self, found: Supply) -> Supply:
        last: datetime | None = None
        for need in self._needs.get(found.supply, ()):
            one = self.coverage(need)
            if one.why is not None:
                return replace(found, expected_at=None, why=one.why)
            if one.ready_at is not None:
                last = one.ready_at if last is None else max(last, one.ready_at)
        if found.journey is None or last is None or last <= found.journey[0] or found.expected_at is None:
            return found
        leaves, arrives = found.journey
        moved = self._times.of(found.site).seen(arrives + max(last - leaves, timedelta()), self._times.now)
        return replace(found, expected_at=max(found.expected_at, moved))
