"""Pegging and where-used, both ways: from what is wanted down to stock and purchase orders, and from a supply up to the
customers' orders that it serves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from pydantic import Field

from projections.coverage import Claim, Coverage
from projections.coverage_queries import VIEWS, claims_on, coverages, need_of
from projections.impact import Hit, hits
from projections.listing import Listing
from projections.pegging import REQUIREMENT
from projections.queries import Answer, At, Connection, Number, Page, Where, fetch, reading
from projections.supplies import Supply
from projections.supplies_queries import supplies
from projections.working_time import SiteTimes, site_times

_DEEPEST: Final = 50
_HOUR: Final = timedelta(hours=1)
_REQUIREMENTS: Final = Listing(REQUIREMENT)


class PegLine(Answer):
    """A claim of a requirement on a supply: claimed = used + on_hand + to_come, in the supply's part.

    ``planned_at`` is when it was expected as it was pegged, ``expected_at`` by now. ``slack_hours`` is how much later
    it could come; below zero: too late already. ``refused``: why inventory didn't reserve it.
    """

    peg: str
    requirement: str
    supply: str
    part: str
    site: str
    unit: str
    claimed: Number
    used: Number
    on_hand: Number
    to_come: Number
    needed_by: datetime
    planned_at: datetime
    expected_at: datetime | None
    slack_hours: int | None
    decision: str
    refused: str | None


class RequirementLine(Answer):
    """A requirement: required = done + on_hand + to_come + short, in its part's base unit.

    ``stated_short`` is what the planner said, as of its last cut, that nothing serves. ``ready_at`` is when the last of
    it is expected; null while nobody knows, or something is short.
    """

    requirement: str
    part: str
    site: str
    unit: str
    needed_by: datetime | None
    required: Number
    done: Number
    on_hand: Number
    to_come: Number
    short: Number
    stated_short: Number
    ready: bool
    ready_at: datetime | None
    decision: str | None
    proposed: bool
    run: str | None
    order: str | None = Field(description="the customer's schedule line at the end, as NUMBER/LINE/SCHEDULE")
    pegs: list[PegLine]


class RequirementLines(Page[RequirementLine]):
    """Requirements, by id."""


class Pegged(Answer):
    """A requirement at its level; ``above`` is the requirement whose claim on a run it serves."""

    level: int
    above: str | None
    requirement: RequirementLine


class PeggingAnswer(At):
    """A requirement and everything below it, each right under what it serves."""

    requirement: str
    levels: list[Pegged]


class HitLine(Answer):
    """A claim that waits for the supply. ``late_hours`` is zero where slack takes it up."""

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
    order: str | None


class WhereUsed(At):
    """What a supply is for, up to the customers' orders, and what it hits when it comes at ``expected_at``."""

    supply: str
    part: str | None
    site: str | None
    unit: str | None
    open: Number | None
    state: str | None
    expected_at: datetime | None
    claims: list[HitLine]
    orders_hit: list[str] = Field(description="schedule lines that would be late, as NUMBER/LINE/SCHEDULE")


def requirements(
    connection: Connection, *, part: str | None = None, site: str | None = None, short_only: bool = False,
    after: str | None = None, limit: int = 100,
) -> RequirementLines:
    """Requirements as they were last routed, with their pegs."""
    where = Where().equal("part", part).equal("site", site)
    if short_only:
        where.add("short > 0")
    with reading(connection, *VIEWS) as at:
        rows, more = _REQUIREMENTS.page(connection, where, after, limit)
        found = coverages(connection, site_times(connection), [row.requirement for row in rows])
    return RequirementLines(at=at, items=[requirement_line(one) for one in found.values()], next=more)


def pegging(connection: Connection, requirement: str) -> PeggingAnswer | None:
    """A requirement, its pegs, and below each peg on a run what that run needs; None when nobody heard of it."""
    with reading(connection, *VIEWS) as at:
        levels = below(connection, requirement)
    return PeggingAnswer(at=at, requirement=requirement, levels=levels) if levels else None


def below(connection: Connection, requirement: str) -> list[Pegged]:
    """The same within a reading."""
    found = chains(connection, [requirement])
    ordered: list[Pegged] = []
    _walk(found, runs_below(found), requirement, None, 0, ordered, frozenset())
    return ordered


def chains(connection: Connection, requirements_: Iterable[str]) -> dict[str, Coverage]:
    """These requirements and everything below them, level by level, each once."""
    times = site_times(connection)
    found: dict[str, Coverage] = {}
    level = set(requirements_)
    for _ in range(_DEEPEST):
        more = coverages(connection, times, level - found.keys())
        found |= more
        runs = {claim.supply[4:] for one in more.values() for claim in one.claims if claim.supply.startswith("run/")}
        if not runs:
            break
        level = set(_needs(connection, runs))
    return found


def runs_below(found: Mapping[str, Coverage]) -> dict[str, list[str]]:
    """The requirements of each run among them, in order."""
    runs: dict[str, list[str]] = {}
    for id_ in found:
        need = need_of(id_)
        if need is not None:
            runs.setdefault(need[0], []).append(id_)
    for ids in runs.values():
        ids.sort(key=lambda id_: (need_of(id_) or ("", 0))[1])
    return runs


def _needs(connection: Connection, runs: Iterable[str]) -> list[str]:
    """The requirements of runs: as they are, or as they were routed where the run isn't scheduled yet."""
    wanted = sorted(runs)
    rows = fetch(
        connection,
        "SELECT 'run/' || run || '/' || n FROM lotone.run_requirement WHERE run = ANY(%(runs)s) AND amount > 0",
        {"runs": wanted},
    )
    routed = fetch(
        connection,
        "SELECT requirement FROM lotone.requirement, unnest(%(runs)s::text[]) AS run "
        "WHERE requirement >= 'run/' || run || '/' AND requirement < 'run/' || run || '0'",
        {"runs": wanted},
    )
    return sorted({row[0] for row in (*rows, *routed)})


def _walk(
    found: Mapping[str, Coverage], runs: Mapping[str, Sequence[str]], id_: str, above: str | None, level: int,
    ordered: list[Pegged], seen: frozenset[str],
) -> None:
    one = found.get(id_)
    if one is None or id_ in seen:
        return
    ordered.append(Pegged(level=level, above=above, requirement=requirement_line(one)))
    for claim in one.claims:
        if claim.supply.startswith("run/"):
            for inner in runs.get(claim.supply[4:], ()):
                _walk(found, runs, inner, id_, level + 1, ordered, seen | {id_})


@dataclass(frozen=True, slots=True)
class Above:
    """What claims supplies, directly or through runs: claims by supply, each with when it is needed now."""

    claims: Mapping[str, Sequence[Claim]]
    covered: Mapping[str, Coverage]

    def hits(self, supply: str, at: datetime | None) -> list[Hit]:
        """What waits for one of the supplies that this was read for, if it comes then."""
        return hits(supply, at, self._of, self._run)

    def _of(self, supplies_: Sequence[str]) -> list[Claim]:
        return [claim for supply in supplies_ for claim in self.claims.get(supply, ())]

    def _run(self, requirement: str) -> str | None:
        one = self.covered.get(requirement)
        return None if one is None else one.run


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
            found[claim.supply].append(replace(claim, needed_by=_needed(covered, claim)))
        runs = (covered[claim.requirement].run for claim in claims if claim.requirement in covered)
        level = {f"run/{run}" for run in runs if run is not None} - found.keys()
        if not level:
            break
    return Above(found, covered)


def where_used(connection: Connection, supply: str, expected_at: datetime | None = None) -> WhereUsed:
    """What waits for a supply, level by level. ``expected_at``: as if it came then; left out: as it is expected."""
    with reading(connection, *VIEWS) as at:
        times = site_times(connection)
        known = supplies(connection, times, keys=[supply]).get(supply)
        found = above(connection, times, [supply])
    comes = expected_at or (None if known is None else known.expected_at)
    return _where_used(at, supply, known, comes, found.hits(supply, comes), found.covered)


def _needed(covered: Mapping[str, Coverage], claim: Claim) -> datetime:
    one = covered.get(claim.requirement)
    return claim.needed_by if one is None or one.run is None or one.needed_by is None else one.needed_by


def _where_used(
    at: dict[str, dict[str, int]], supply: str, known: Supply | None, comes: datetime | None, found: Sequence[Hit],
    covered: Mapping[str, Coverage],
) -> WhereUsed:
    lines = [hit_line(hit, covered) for hit in found]
    late = [line.order for line in lines if line.late_hours and line.requirement.startswith("order/") and line.order]
    return WhereUsed(
        at=at, supply=supply, part=None if known is None else known.part, site=None if known is None else known.site,
        unit=None if known is None else known.unit, open=None if known is None else known.open,
        state=None if known is None else known.state, expected_at=comes, claims=lines,
        orders_hit=sorted(dict.fromkeys(late)),
    )


def hit_line(hit: Hit, covered: Mapping[str, Coverage]) -> HitLine:
    """A claim that waits, as answers tell it."""
    claim, one = hit.claim, covered.get(hit.claim.requirement)
    return HitLine(
        path=list(hit.path), requirement=claim.requirement, part=claim.part, site=claim.site, unit=claim.unit,
        to_come=claim.to_come, needed_by=claim.needed_by, would_be_at=hit.would_be_at, slack_hours=hours(hit.slack),
        late_hours=hours_up(hit.late), order=None if one is None else order_text(one),
    )


def hours(time: timedelta | None) -> int | None:
    """Whole hours, rounded down: slack isn't told too high."""
    return None if time is None else time // _HOUR


def hours_up(time: timedelta) -> int:
    """Whole hours, rounded up: whatever is late is late by one at least."""
    return -(-time // _HOUR)


def order_text(one: Coverage) -> str | None:
    """The customer's schedule line as one text."""
    return None if one.order is None else "/".join(map(str, one.order))


def requirement_line(one: Coverage) -> RequirementLine:
    """A requirement as answers tell it."""
    return RequirementLine(
        requirement=one.requirement, part=one.part, site=one.site, unit=one.unit, needed_by=one.needed_by,
        required=one.required, done=min(one.done, one.required), on_hand=one.on_hand, to_come=one.to_come,
        short=one.short, stated_short=one.stated_short, ready=one.ready, ready_at=one.ready_at, decision=one.decision,
        proposed=one.proposed, run=one.run, order=order_text(one),
        pegs=[peg_line(claim) for claim in one.claims],
    )


def peg_line(claim: Claim) -> PegLine:
    """A claim as answers tell it."""
    return PegLine(
        peg=claim.peg, requirement=claim.requirement, supply=claim.supply, part=claim.part, site=claim.site,
        unit=claim.unit, claimed=claim.amount, used=min(claim.used, claim.amount), on_hand=claim.on_hand,
        to_come=claim.to_come, needed_by=claim.needed_by, planned_at=claim.available_at,
        expected_at=claim.expected_at if claim.to_come else None, slack_hours=hours(claim.slack),
        decision=claim.decision, refused=claim.refused,
    )
