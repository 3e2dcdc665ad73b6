"""Where used: from a supply up to the customers' orders that it serves, which of them it hits when it comes late, and
whom it has moved already."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import Field

from infra.ledger.port import Ledger
from projections.coverage import Claim, Coverage
from projections.coverage_queries import VIEWS as COVERAGE
from projections.coverage_queries import claims_on, coverages, expected_supplies
from projections.decisions import DECISIONS
from projections.impact import Hit, hits
from projections.moved import Blame, blame
from projections.pegging_queries import hours, hours_up, order_text
from projections.promises import PROMISES
from projections.queries import Answer, At, Connection, Number, reading
from projections.working_time import SiteTimes, site_times

VIEWS: Final = (*COVERAGE, PROMISES, DECISIONS)
"""What has to be read together."""
_DEEPEST: Final = 50


class HitLine(Answer):
    """A claim that waits for the supply. ``late_hours`` is what this supply adds, zero where slack takes it up;
    ``total_late_hours`` is how late it is in all, for whatever reason, against when it is needed now."""

    path: list[str] = Field(description="from the supply upward, run by run")
    requirement: str
    part: str
    site: str
    unit: str
    to_come: Number
    needed_by: datetime
    would_be_at: datetime | None
    slack_hours: int | None
    late_hours: int
    total_late_hours: int
    order: str | None


class Whom(Answer):
    """Whom a supply hits: schedule lines, as NUMBER/LINE/SCHEDULE."""

    orders_hit: list[str] = Field(description="would be late because of it, as all is planned now")
    orders_moved: list[str] = Field(
        description="promised later than before, or not any more, because of what was told of it: the plan has moved"
    )
    orders_short: list[str] = Field(description="something of theirs is short because of what was told of it")

    @property
    def nobody(self) -> bool:
        """Whether it hits no customer in any way."""
        return not (self.orders_hit or self.orders_moved or self.orders_short)


class WhereUsed(At, Whom):
    """What a supply is for, up to the customers' orders, and what it hits when it comes at ``expected_at``."""

    supply: str
    part: str | None
    site: str | None
    unit: str | None
    open: Number | None
    state: str | None
    expected_at: datetime | None
    why: str | None = Field(description="why nobody knows when it comes, if nobody does")
    claims: list[HitLine]


@dataclass(frozen=True, slots=True)
class Above:
    """What claims supplies, directly or through runs: claims by supply, each with when it is needed now."""

    claims: Mapping[str, Sequence[Claim]]
    covered: Mapping[str, Coverage]

    def hits(self, supply: str, at: datetime | None) -> list[Hit]:
        """What waits for one of the supplies that this was read for, if it comes then."""
        return hits(supply, at, self._of, self._run)

    def orders(self, supply: str) -> list[str]:
        """The schedule lines that wait for it, directly or through runs."""
        return _orders(hit_line(hit, self.covered) for hit in self.hits(supply, None))

    def _of(self, supplies_: Sequence[str]) -> list[Claim]:
        return [claim for supply in supplies_ for claim in self.claims.get(supply, ())]

    def _run(self, requirement: str) -> str | None:
        one = self.covered.get(requirement)
        return None if one is None else one.run


@dataclass(frozen=True, slots=True)
class Ascent:
    """Supplies, all that is above them, and what the record blames for what was moved."""

    above: Above
    blame: Blame
    short: Mapping[str, Sequence[str]]
    """The schedule lines above each requirement that is short."""

    def whom(self, ledger: Ledger, supply: str, waits: Sequence[HitLine]) -> Whom:
        """Whom one of these supplies hits; ``waits`` are its hits."""
        moved, short = self.blame.of(ledger, supply, self.above.orders(supply), self.short)
        return Whom(
            orders_hit=_orders(line for line in waits if line.late_hours), orders_moved=moved, orders_short=short
        )


def ascend(connection: Connection, times: SiteTimes, supplies_: Iterable[str]) -> Ascent:
    """From these supplies up, within a reading."""
    found, blamed = above(connection, times, supplies_), blame(connection)
    lacking = coverages(connection, times, [one[0] for one in blamed.shortages])
    runs = above(connection, times, {f"run/{one.run}" for one in lacking.values() if one.run is not None})
    short = {id_: _above(one, runs) for id_, one in lacking.items()}
    return Ascent(found, blamed, short)


def _above(one: Coverage, runs: Above) -> list[str]:
    """The schedule lines above what is short; where no claim leads there yet, the one that its run is for."""
    own = order_text(one)
    claimed = runs.orders(f"run/{one.run}") if one.run is not None else []
    return claimed or ([own] if own is not None else [])


def above(connection: Connection, times: SiteTimes, supplies_: Iterable[str]) -> Above:
    """Everything above these supplies, level by level, within a reading."""
    found: dict[str, list[Claim]] = {}
    covered: dict[str, Coverage] = {}
    level = set(supplies_)
    for _ in range(_DEEPEST):
        claims = [claim for claim in claims_on(connection, times, level) if claim.to_come]
        covered |= coverages(connection, times, {claim.requirement for claim in claims} - covered.keys())
        found |= {supply: [] for supply in level}
        for claim in claims:
            one = covered.get(claim.requirement)
            found[claim.supply].append(claim if one is None else one.now(claim))
        runs = (covered[claim.requirement].run for claim in claims if claim.requirement in covered)
        level = {f"run/{run}" for run in runs if run is not None} - found.keys()
        if not level:
            break
    return Above(found, covered)


def where_used(
    connection: Connection, ledger: Ledger, supply: str, expected_at: datetime | None = None
) -> WhereUsed:
    """What waits for a supply, level by level. ``expected_at``: as if it came then; left out: as it is expected."""
    with reading(connection, *VIEWS) as at:
        times = site_times(connection)
        known = expected_supplies(connection, times, keys=[supply]).get(supply)
        found = ascend(connection, times, [supply])
    comes = expected_at or (None if known is None else known.expected_at)
    lines = [hit_line(hit, found.above.covered) for hit in found.above.hits(supply, comes)]
    return WhereUsed(
        at=at, supply=supply, part=None if known is None else known.part, site=None if known is None else known.site,
        unit=None if known is None else known.unit, open=None if known is None else known.open,
        state=None if known is None else known.state, expected_at=comes,
        why=None if known is None or comes is not None else known.why, claims=lines,
        **found.whom(ledger, supply, lines).model_dump(),
    )


def hit_line(hit: Hit, covered: Mapping[str, Coverage]) -> HitLine:
    """A claim that waits, as answers tell it."""
    claim, one = hit.claim, covered.get(hit.claim.requirement)
    return HitLine(
        path=list(hit.path), requirement=claim.requirement, part=claim.part, site=claim.site, unit=claim.unit,
        to_come=claim.to_come, needed_by=claim.needed_by, would_be_at=hit.would_be_at, slack_hours=hours(hit.slack),
        late_hours=hours_up(hit.late), total_late_hours=hours_up(hit.total),
        order=None if one is None else order_text(one),
    )


def _orders(lines: Iterable[HitLine]) -> list[str]:
    return sorted({line.order for line in lines if line.requirement.startswith("order/") and line.order})
