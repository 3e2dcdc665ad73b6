"""Runs and what they need: the part of the run board that says how far each run is."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from events.decision import Recorded
from events.orders import facts as f
from events.orders.shapes import RunRequirement
from projections.view import Rows, Table

ZERO: Final = Decimal(0)
OVER: Final = ("completed", "cancelled", "refused")
FIXED: Final = ("frozen", "started", "paused")


@dataclass(slots=True)
class Run:
    """A run. ``state`` is one of events/orders' ``RunState``, or ``refused``. ``stored`` is what of its output is in
    stock. ``reason`` says why it is paused, cancelled or refused. ``order`` is the schedule line it is for, if any. Of
    one that was refused, ``start`` and ``due`` are when that was. ``configuration`` is as what a customer chose it is
    built; none: like any other.
    """

    run: str
    part: str
    site: str
    unit: str
    order_number: str | None
    order_line: int | None
    order_schedule: int | None
    revision: str | None
    options: tuple[tuple[str, str], ...]
    configuration: str | None
    state: str
    amount: Decimal
    good: Decimal
    scrapped: Decimal
    stored: Decimal
    start: datetime
    due: datetime
    first_due: datetime
    frozen_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    origin: str | None
    split_into: tuple[str, ...]
    reason: str | None
    needs: tuple[int, ...]
    oddities: int
    last_at: datetime
    last_fact: str


@dataclass(slots=True)
class Requirement:
    """One component that a run needs. Only its own part counts here; what is used instead is in ``run_material``."""

    run: str
    n: int
    part: str
    site: str
    unit: str
    revision: str | None
    amount: Decimal
    numerator: int
    denominator: int
    needed_by: datetime | None
    issued: Decimal
    returned: Decimal
    scrapped: Decimal


RUN: Final = Table(
    "run", Run, key=1,
    indexes=(("part", "site"), ("order_number", "order_line"), ("state", "site", "start"), ("site", "start")),
)
REQUIREMENT: Final = Table("run_requirement", Requirement, key=2, indexes=(("part", "site"),))


def follow(rows: Rows, fact: f.BuildFact, at: Recorded) -> None:
    """What a fact about what a run builds makes of it."""
    run = rows.get(RUN, fact.run)
    if run is None or isinstance(fact, f.RunScheduled):
        run = _new(rows, fact, at, run)
    run.last_at, run.last_fact = at.occurred_at, at.id
    match fact:
        case f.RunScheduled():
            _needs(rows, run, fact.requirements)
        case f.RunRescheduled():
            _move(rows, run, fact)
        case f.RunResized() | f.RunFrozen():
            _needs(rows, run, fact.requirements)
            run.amount = fact.amount
            if isinstance(fact, f.RunFrozen):
                run.state, run.frozen_at = "frozen", at.occurred_at
        case f.RunSplit() | f.RunSplitUndone():
            _needs(rows, run, fact.requirements)
            run.amount = fact.left
            kept = tuple(other for other in run.split_into if other != fact.into)
            run.split_into = (*kept, fact.into) if isinstance(fact, f.RunSplit) else kept
        case f.RunRefused() | f.RunSplitRefused():
            run.reason = "; ".join(one.problem for one in fact.problems)
        case f.RunOutputReported():
            run.good += fact.good
            run.scrapped += fact.scrapped
        case f.RunOutputStored():
            run.stored += fact.amount
        case f.RunOutputUnstored():
            run.stored -= fact.amount
        case _:
            _work(run, fact, at)


def oddity(rows: Rows, run: str) -> None:
    """Something was told of a run that doesn't fit; of one that nobody scheduled there is no row."""
    row = rows.get(RUN, run)
    if row is not None:
        row.oddities += 1


def _new(rows: Rows, fact: f.BuildFact, at: Recorded, before: Run | None) -> Run:
    order = fact.order
    run = Run(
        fact.run, fact.part, fact.site, fact.unit, None if order is None else order.number,
        None if order is None else order.line, None if order is None else order.schedule, None, (), None, "refused",
        ZERO, ZERO, ZERO, ZERO if before is None else before.stored, at.occurred_at, at.occurred_at, at.occurred_at,
        None, None, None, None, (), None, () if before is None else before.needs,
        0 if before is None else before.oddities, at.occurred_at, at.id,
    )
    if isinstance(fact, f.RunScheduled):
        run.revision, run.state, run.amount = fact.revision, "scheduled", fact.amount
        run.options = tuple((choice.option, choice.choice) for choice in fact.options)
        run.configuration = fact.configuration
        run.start, run.due, run.first_due, run.origin = fact.start, fact.due, fact.due, fact.origin
    rows.add(RUN, run)
    return run


def _needs(rows: Rows, run: Run, requirements: tuple[RunRequirement, ...]) -> None:
    """These are all that it needs now; what isn't listed isn't needed any more."""
    listed = {one.n: one for one in requirements}
    for n in (*run.needs, *(n for n in listed if n not in run.needs)):
        row, told = rows.get(REQUIREMENT, run.run, n), listed.get(n)
        if told is None:
            if row is not None:
                row.amount = ZERO
            continue
        if row is None:
            row = Requirement(
                run.run, n, told.part, run.site, told.unit, told.revision, ZERO, 1, 1, None, ZERO, ZERO, ZERO
            )
            rows.add(REQUIREMENT, row)
        row.part, row.unit, row.revision, row.amount = told.part, told.unit, told.revision, told.amount
        row.numerator, row.denominator = told.numerator, told.denominator
        row.needed_by = told.needed_by or run.start
    run.needs = tuple(sorted({*run.needs, *listed}))


def _move(rows: Rows, run: Run, fact: f.RunRescheduled) -> None:
    run.start, run.due = fact.start, fact.due
    moved = fact.start - fact.was_start
    for n in run.needs:
        row = rows.get(REQUIREMENT, run.run, n)
        if row is not None and row.needed_by is not None:
            row.needed_by += moved


def _work(run: Run, fact: f.BuildFact, at: Recorded) -> None:
    match fact:
        case f.RunStarted():
            run.started_at = at.occurred_at if run.started_at is None else min(run.started_at, at.occurred_at)
            if fact.current and run.state not in OVER:
                run.state, run.reason = "started", None
        case f.RunPaused():
            if fact.current and run.state not in OVER:
                run.state, run.reason = "paused", fact.reason
        case f.RunResumed():
            if fact.current and run.state not in OVER:
                run.state, run.reason = "started", None
        case f.RunCompleted():
            run.state, run.ended_at, run.reason = "completed", at.occurred_at, None
            run.good, run.scrapped = fact.good, fact.scrapped
        case f.RunCancelled():
            run.state, run.ended_at, run.reason = "cancelled", at.occurred_at, fact.reason
        case _:
            raise TypeError(f"{type(fact).__name__} isn't folded here")
