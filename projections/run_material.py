"""What went into each run and what came out of it, movement by movement, with lots and serial numbers: the part of the
run board that genealogy is read off."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from events.decision import Recorded
from events.orders import facts as f
from projections.run_states import REQUIREMENT
from projections.view import Rows, Table

ZERO: Final = Decimal(0)


@dataclass(slots=True)
class RunMaterial:
    """A movement of a component into a run (``issued``), back out (``returned``), or to scrap (``scrapped``; ``drawn``
    straight out of stock). ``n`` is zero for what isn't required. ``movement`` is inventory's fact, or the run's own.

    ``reversed``: it never happened.
    """

    run: str
    movement: str
    n: int
    what: str
    component: str
    site: str
    unit: str
    amount: Decimal
    drawn: bool
    revision: str | None
    lot: str | None
    serial: str | None
    reason: str | None
    reversed: bool
    at: datetime
    actor: str


@dataclass(slots=True)
class RunStored:
    """Output that went into stock; gone when that never happened."""

    run: str
    movement: str
    part: str
    site: str
    unit: str
    amount: Decimal
    lot: str | None
    serial: str | None
    at: datetime


MATERIAL: Final = Table(
    "run_material", RunMaterial, key=3, indexes=(("component", "lot"), ("component", "serial"), ("lot",), ("serial",))
)
STORED: Final = Table("run_stored", RunStored, key=2, indexes=(("part", "lot"), ("lot",), ("serial",)))
_WHAT: Final = {
    f.RunMaterialIssued: "issued", f.RunMaterialReturned: "returned", f.RunMaterialScrapped: "scrapped",
}


def move(rows: Rows, fact: f.MaterialFact, at: Recorded) -> None:
    """Keep the movement, and count it for its requirement."""
    n, movement = fact.n or 0, fact.movement or at.id
    if isinstance(fact, f.RunMaterialReversed):
        _reverse(rows, fact, n, movement)
        return
    drawn = isinstance(fact, f.RunMaterialScrapped) and fact.drawn
    reason = fact.reason if isinstance(fact, f.RunMaterialScrapped) else None
    what = _WHAT[type(fact)]
    rows.add(MATERIAL, RunMaterial(
        fact.run, movement, n, what, fact.component, fact.site, fact.unit, fact.amount, drawn, fact.revision, fact.lot,
        fact.serial, reason, False, at.occurred_at, at.actor,
    ))
    _count(rows, fact.run, n, fact.component, what, drawn, fact.amount)


def _reverse(rows: Rows, fact: f.RunMaterialReversed, n: int, movement: str) -> None:
    """What was undone says what it was; of something unknown nothing is counted."""
    row = rows.get(MATERIAL, fact.run, movement, n)
    if row is None or row.reversed:
        return
    row.reversed = True
    _count(rows, fact.run, n, row.component, row.what, row.drawn, -row.amount)


def _count(rows: Rows, run: str, n: int, component: str, what: str, drawn: bool, amount: Decimal) -> None:
    row = rows.get(REQUIREMENT, run, n) if n else None
    if row is None or row.part != component:  # what is used instead is in units of its own
        return
    match what:
        case "issued":
            row.issued += amount
        case "returned":
            row.returned += amount
        case _:
            row.scrapped += amount
            row.issued += amount if drawn else ZERO


def store(rows: Rows, fact: f.RunOutputStored | f.RunOutputUnstored, at: Recorded) -> None:
    """Keep what went into stock, until it is said that it hadn't."""
    row = rows.get(STORED, fact.run, fact.movement)
    if isinstance(fact, f.RunOutputStored):
        before = ZERO if row is None else row.amount
        rows.add(STORED, RunStored(
            fact.run, fact.movement, fact.part, fact.site, fact.unit, before + fact.amount, fact.lot, fact.serial,
            at.occurred_at,
        ))
    elif row is not None:
        row.amount -= fact.amount
        if row.amount <= 0:
            rows.remove(STORED, fact.run, fact.movement)
