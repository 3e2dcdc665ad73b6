"""The run board: how far each run is, each of its requirements with what it was given and what it waits for, and how it
was built against how it was ordered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from projections.coverage import ZERO, Coverage
from projections.coverage_queries import VIEWS, coverages
from projections.listing import Listing, each, told
from projections.pegging_queries import RequirementLine, requirement_line
from projections.plans import PLAN, Plan
from projections.queries import Answer, At, Connection, Number, Page, Where, fetch, reading
from projections.run_board import DEVIATION, REPORT
from projections.run_material import MATERIAL, STORED, RunMaterial
from projections.run_states import REQUIREMENT, RUN, Requirement, Run
from projections.working_time import site_times

_RUNS, _NEEDS, _MATERIAL, _STORED = Listing(RUN), Listing(REQUIREMENT), Listing(MATERIAL), Listing(STORED)
_BY_START: Final = Listing(RUN, "start", "run")
_REPORTS, _DEVIATIONS, _PLANS = Listing(REPORT), Listing(DEVIATION), Listing(PLAN)


class RunLine(Answer):
    """A run: amount = good + scrapped + still to build, unless more was built. ``stored`` is in stock.

    Requirements are counted: ``required`` in all, ``complete`` with everything issued or allocated, ``short`` with
    something that nothing serves. ``late_hours`` is how much later than at first it is due.
    """

    run: str
    part: str
    site: str
    unit: str
    order_number: str | None
    order_line: int | None
    order_schedule: int | None
    state: str
    amount: Number
    good: Number
    scrapped: Number
    stored: Number
    start: datetime
    due: datetime
    late_hours: int
    required: int
    complete: int
    short: int
    reason: str | None
    origin: str | None
    oddities: int
    last_at: datetime
    last_fact: str


class RunLines(Page[RunLine]):
    """Runs, by start."""


class NeedLine(Answer):
    """A requirement of a run: built in = issued − returned − scrapped. ``cover``: what serves the rest, and when."""

    n: int
    part: str
    revision: str | None
    unit: str
    required: Number
    numerator: int
    denominator: int
    needed_by: datetime | None
    issued: Number
    returned: Number
    scrapped: Number
    cover: RequirementLine | None


class MaterialLine(Answer):
    """A movement of material into the run, back, or to scrap. ``reversed``: it never happened. ``movement`` is
    inventory's fact."""

    n: int
    what: str
    component: str
    unit: str
    amount: Number
    revision: str | None
    lot: str | None
    serial: str | None
    reason: str | None
    reversed: bool
    at: datetime
    actor: str
    movement: str


class BuiltLine(Answer):
    """As built against as ordered: of a component, what the run asks for and what went in and stayed."""

    part: str
    unit: str
    as_ordered: Number
    as_built: Number
    lots: list[str]
    serials: list[str]
    instead_of: str | None = Field(description="the part that was asked for, when this one was used in its place")


class DeviationLine(Answer):
    """Another part was used than was asked for. ``actor`` told it; who approved it is sealed, and in the record."""

    n: int
    required: str | None
    part: str
    unit: str
    amount: Number
    reason: str | None
    after_freeze: bool
    at: datetime
    actor: str


class ReportLine(Answer):
    """Output as it was reported."""

    good: Number
    scrapped: Number
    scrap_reason: str | None
    lot: str | None
    serials: list[str]
    at: datetime
    actor: str


class StoredLine(Answer):
    """Output that is in stock, by inventory's fact."""

    movement: str
    part: str
    unit: str
    amount: Number
    lot: str | None
    serial: str | None
    at: datetime


class RunAnswer(At):
    """All there is to say of one run. ``planned_by`` is the decision behind it, if the planner asked for it."""

    run: RunLine
    revision: str | None
    options: list[tuple[str, str]]
    frozen_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    first_due: datetime
    split_into: list[str]
    planned_by: str | None
    requirements: list[NeedLine]
    built: list[BuiltLine]
    deviations: list[DeviationLine]
    material: list[MaterialLine]
    reports: list[ReportLine]
    stored: list[StoredLine]


def runs(
    connection: Connection, *, part: str | None = None, site: str | None = None, state: str | None = None,
    order: str | None = None, open_only: bool = False, start_until: datetime | None = None, after: str | None = None,
    limit: int = 100,
) -> RunLines:
    """Runs, by when they start."""
    where = Where().equal("part", part).equal("site", site).equal("state", state)
    if order is not None:
        where.add("order_number = %(order)s", order=order)
    if open_only:
        where.add("state IN ('scheduled', 'frozen', 'started', 'paused')")
    if start_until is not None:
        where.add("start <= %(until)s", until=start_until)
    with reading(connection, *VIEWS) as at:
        rows, more = _BY_START.page(connection, where, after, limit)
        covered = coverages(connection, site_times(connection), needs_of(connection, [row.run for row in rows]))
    return RunLines(at=at, items=[run_line(row, covered) for row in rows], next=more)


def needs_of(connection: Connection, runs_: Sequence[str]) -> list[str]:
    """The requirements of runs, by id."""
    rows = fetch(
        connection,
        "SELECT run, n FROM lotone.run_requirement WHERE run = ANY(%(runs)s) AND amount > 0 ORDER BY run, n",
        {"runs": list(runs_)},
    )
    return [f"run/{run}/{n}" for run, n in rows]


def run(connection: Connection, id_: str) -> RunAnswer | None:
    """One run; None when nobody scheduled one."""
    of = Where().equal("run", id_)
    with reading(connection, *VIEWS) as at:
        row = _RUNS.one(connection, run=id_)
        if row is None:
            return None
        found = RunRows(
            row, _NEEDS.all(connection, of), _MATERIAL.all(connection, of), _STORED.all(connection, of),
            _REPORTS.all(connection, of), _DEVIATIONS.all(connection, of),
        )
        covered = coverages(connection, site_times(connection), [f"run/{id_}/{need.n}" for need in found.needs])
        plan = _PLANS.one(connection, kind="run", id=id_)
    return run_answer(at, found, covered, plan)


class RunRows:
    """The rows of one run, from the views or folded as of some point."""

    def __init__(
        self, row: Run, needs: Sequence[Requirement], material: Sequence[RunMaterial], stored: Sequence[Any],
        reports: Sequence[Any], deviations: Sequence[Any],
    ) -> None:
        self.row, self.needs, self.material, self.stored = row, [n for n in needs if n.amount], material, stored
        self.reports, self.deviations = reports, deviations


def run_answer(
    at: dict[str, dict[str, int]], found: RunRows, covered: Mapping[str, Coverage], plan: Plan | None
) -> RunAnswer:
    """A run's rows, put together."""
    row = found.row
    return told(
        RunAnswer, row, at=at, run=run_line(row, covered), planned_by=None if plan is None else plan.decision,
        options=list(row.options), split_into=list(row.split_into),
        requirements=[_need(need, covered.get(f"run/{row.run}/{need.n}")) for need in found.needs],
        built=_built(found), deviations=each(DeviationLine, found.deviations),
        material=each(MaterialLine, sorted(found.material, key=lambda one: (one.at, one.movement, one.n))),
        reports=each(ReportLine, found.reports), stored=each(StoredLine, found.stored),
    )


def run_line(row: Run, covered: Mapping[str, Coverage]) -> RunLine:
    """A run's row as answers tell it."""
    own = [one for one in covered.values() if one.run == row.run and one.required]
    late = row.due - row.first_due
    return told(
        RunLine, row, late_hours=max(0, int(-(-late.total_seconds() // 3600))), required=len(own),
        complete=sum(one.ready for one in own), short=sum(bool(one.short) for one in own),
    )


def _need(need: Requirement, one: Coverage | None) -> NeedLine:
    return told(NeedLine, need, required=need.amount, cover=None if one is None else requirement_line(one))


def _built(found: RunRows) -> list[BuiltLine]:
    """By requirement and part; what isn't required comes last."""
    asked = {need.n: need for need in found.needs}
    went: dict[tuple[int, str], list[RunMaterial]] = {}
    for need in found.needs:
        went[need.n, need.part] = []
    for moved in found.material:
        if not moved.reversed:
            went.setdefault((moved.n, moved.component), []).append(moved)
    return [_built_line(n, part, asked.get(n), went[n, part]) for n, part in sorted(went, key=_unrequired_last)]


def _unrequired_last(key: tuple[int, str]) -> tuple[bool, int, str]:
    return (key[0] == 0, *key)


def _built_line(n: int, part: str, need: Requirement | None, moved: Sequence[RunMaterial]) -> BuiltLine:
    kept = ZERO
    held: dict[tuple[str, str], Any] = {}
    for one in moved:
        sign = {"issued": 1, "returned": -1, "scrapped": 0 if one.drawn else -1}[one.what]
        kept += sign * one.amount
        for kind, name in (("lot", one.lot), ("serial", one.serial)):
            if name is not None:
                held[kind, name] = held.get((kind, name), ZERO) + sign * one.amount
    own = need is not None and need.part == part
    return BuiltLine(
        part=part, unit=need.unit if need is not None and own else moved[0].unit,
        as_ordered=need.amount if need is not None and own else ZERO, as_built=kept,
        lots=sorted(name for (kind, name), amount in held.items() if kind == "lot" and amount > 0),
        serials=sorted(name for (kind, name), amount in held.items() if kind == "serial" and amount > 0),
        instead_of=None if need is None or own or not n else need.part,
    )
