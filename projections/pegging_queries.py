"""Pegging: from what is wanted down to stock and purchase orders. ``where_used_queries.py`` goes up from a supply."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from pydantic import Field

from projections.coverage import Claim, Coverage
from projections.coverage_queries import VIEWS, coverages, need_of
from projections.listing import Listing
from projections.pegging import REQUIREMENT
from projections.queries import Answer, At, Connection, Number, Page, Where, fetch, reading
from projections.working_time import site_times

_DEEPEST: Final = 50
_HOUR: Final = timedelta(hours=1)
_REQUIREMENTS: Final = Listing(REQUIREMENT)


class PegLine(Answer):
    """A claim of a requirement on a supply: claimed = used + on_hand + to_come, in the supply's part.

    ``needed_by`` is the requirement's, as it is now; ``needed_by_then`` as it was pegged. ``planned_at`` is when it was
    expected then, ``expected_at`` by now. ``slack_hours`` is how much later it could come; below zero: too late
    already. ``why`` nobody knows when it is expected; ``refused``: why inventory didn't reserve it.
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
    needed_by_then: datetime
    planned_at: datetime
    expected_at: datetime | None
    why: str | None
    slack_hours: int | None
    decision: str
    refused: str | None


class RequirementLine(Answer):
    """A requirement: required = done + on_hand + to_come + short, in its part's base unit.

    ``stated_short`` is what the planner said, as of its last cut, that nothing serves. ``ready_at`` is when the last of
    it is expected; null while nobody knows, or something is short, here or in anything below it: ``why`` then says why.
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
    why: str | None
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
        short=one.short, stated_short=one.stated_short, ready=one.ready, ready_at=one.ready_at, why=one.why,
        decision=one.decision, proposed=one.proposed, run=one.run, order=order_text(one),
        pegs=[peg_line(claim, one.now(claim)) for claim in one.claims],
    )


def peg_line(then: Claim, claim: Claim) -> PegLine:
    """A claim as answers tell it: as it was pegged, and held against what is needed now."""
    return PegLine(
        peg=claim.peg, requirement=claim.requirement, supply=claim.supply, part=claim.part, site=claim.site,
        unit=claim.unit, claimed=claim.amount, used=min(claim.used, claim.amount), on_hand=claim.on_hand,
        to_come=claim.to_come, needed_by=claim.needed_by, needed_by_then=then.needed_by, planned_at=claim.available_at,
        expected_at=claim.expected_at if claim.to_come else None, why=claim.why if claim.to_come else None,
        slack_hours=hours(claim.slack), decision=claim.decision, refused=claim.refused,
    )
