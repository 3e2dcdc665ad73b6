"""The run board: every run, what it needs and has been given of each component, what came out, and how it was built.

Of a run: to build = good + scrapped + still to build, unless more was built. Of a requirement: built in = issued −
returned − scrapped. What was built in, with its lots and serial numbers, and what came out, with its own, are kept by
movement (``run_material``, ``run_stored``): genealogy is read off them both ways.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from events.decision import Recorded
from events.orders import facts as f
from projections import run_material as material
from projections import run_states as states
from projections.view import Rows, Table, View


@dataclass(slots=True)
class RunReport:
    """Output as the shop floor reported it, for ever."""

    domain: str
    shard: int
    position: int
    run: str
    part: str
    unit: str
    good: Decimal
    scrapped: Decimal
    scrap_reason: str | None
    lot: str | None
    serials: tuple[str, ...]
    at: datetime
    actor: str


@dataclass(slots=True)
class RunDeviation:
    """Instead of what requirement ``n`` asks for, ``part`` is used. Who approved it is sealed; ``actor`` told it."""

    domain: str
    shard: int
    position: int
    run: str
    n: int
    required: str | None
    part: str
    unit: str
    amount: Decimal
    numerator: int | None
    denominator: int | None
    reason: str | None
    after_freeze: bool
    at: datetime
    actor: str


REPORT: Final = Table("run_report", RunReport, key=3, indexes=(("run",), ("part", "lot")), append_only=True)
DEVIATION: Final = Table("run_deviation", RunDeviation, key=3, indexes=(("run",),), append_only=True)


def fold(rows: Rows, fact: f.OrdersFact, at: Recorded) -> None:
    """Follow the run, its material and its output."""
    match fact:
        case f.MaterialFact():
            material.move(rows, fact, at)
        case f.RunDeviated():
            _deviate(rows, fact, at)
        case f.RunDiscrepancyFound():
            states.oddity(rows, fact.run)
        case f.RunOutputReported():
            _report(rows, fact, at)
            states.follow(rows, fact, at)
        case f.RunOutputStored() | f.RunOutputUnstored():
            material.store(rows, fact, at)
            states.follow(rows, fact, at)
        case f.BuildFact():
            states.follow(rows, fact, at)
        case _:
            raise TypeError(f"{type(fact).__name__} isn't folded here")


def _report(rows: Rows, fact: f.RunOutputReported, at: Recorded) -> None:
    rows.add(REPORT, RunReport(
        at.domain, at.shard, at.position, fact.run, fact.part, fact.unit, fact.good, fact.scrapped, fact.scrap_reason,
        fact.lot, fact.serials, at.occurred_at, at.actor,
    ))


def _deviate(rows: Rows, fact: f.RunDeviated, at: Recorded) -> None:
    rows.add(DEVIATION, RunDeviation(
        at.domain, at.shard, at.position, fact.run, fact.n, fact.required, fact.part, fact.unit, fact.amount,
        fact.numerator, fact.denominator, fact.reason, fact.after_freeze, at.occurred_at, at.actor,
    ))
    run = rows.get(states.RUN, fact.run)
    if run is not None and fact.configuration is not None:
        run.configuration = fact.configuration


RUN_BOARD: Final = View(
    name="run_board",
    version=2,
    tables=(states.RUN, states.REQUIREMENT, material.MATERIAL, material.STORED, REPORT, DEVIATION),
    folds=(
        f.RunScheduled, f.RunRescheduled, f.RunResized, f.RunCancelled, f.RunRefused, f.RunFrozen, f.RunStarted,
        f.RunPaused, f.RunResumed, f.RunSplit, f.RunSplitRefused, f.RunSplitUndone, f.RunOutputReported,
        f.RunCompleted, f.RunOutputStored, f.RunOutputUnstored, f.RunMaterialIssued, f.RunMaterialReturned,
        f.RunMaterialScrapped, f.RunMaterialReversed, f.RunDeviated, f.RunDiscrepancyFound,
    ),
    fold=fold,
)
