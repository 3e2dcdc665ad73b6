"""Pegging: what each requirement is to be covered by, and what of it nothing serves, as the planner last decided.

A peg's id is also its reservation's in inventory. What of a peg is on hand, used up or still to come isn't said here:
``coverage_queries.py`` joins it with ``reservations.py``, which reads inventory.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from events.decision import Recorded
from events.planning import facts as f
from projections.view import Rows, Table, View

ZERO: Final = Decimal(0)


@dataclass(slots=True)
class Requirement:
    """A requirement as it was last routed. ``short`` is what was stated that nothing serves; zero once that ended.

    ``decision`` is the last that routed it, ``decisions`` how many did. ``because`` are the facts that caused it.
    """

    requirement: str
    part: str
    site: str
    unit: str
    amount: Decimal
    needed_by: datetime
    decision: str | None
    decisions: int
    status: str
    short: Decimal
    short_since: datetime | None
    because: tuple[str, ...]
    last_at: datetime
    last_fact: str


@dataclass(slots=True)
class Peg:
    """A claim of a requirement on a supply: ``amount`` of its ``part``, used or not; gone once that is nothing.

    ``numerator / denominator`` units of that part do the work of one required. ``available_at`` is when the supply was
    expected where it is needed, as the planner knew then.
    """

    peg: str
    requirement: str
    supply: str
    kind: str
    part: str
    site: str
    unit: str
    amount: Decimal
    numerator: int
    denominator: int
    purpose: str
    priority: int
    needed_by: datetime
    available_at: datetime
    decision: str
    last_fact: str


REQUIREMENT: Final = Table("requirement", Requirement, key=1, indexes=(("part", "site"), ("needed_by", "requirement")))
PEG: Final = Table("peg", Peg, key=1, indexes=(("requirement",), ("supply",), ("purpose",)))


def fold(rows: Rows, fact: f.PlanningFact, at: Recorded) -> None:
    """Follow requirements and their pegs."""
    match fact:
        case f.RequirementRouted():
            _route(rows, fact, at)
        case f.ShortageStated():
            row = _requirement(rows, fact, at)
            if not row.short:
                row.short_since = at.recorded_at
            row.short, row.because = fact.amount, fact.because
        case f.ShortageEnded():
            row = _requirement(rows, fact, at)
            row.short, row.short_since = ZERO, None
        case f.SupplyPegged():
            _peg(rows, fact, at)
        case f.SupplyUnpegged():
            _unpeg(rows, fact, at)
        case _:
            raise TypeError(f"{type(fact).__name__} isn't folded here")


def _requirement(rows: Rows, fact: f.RequirementFact, at: Recorded) -> Requirement:
    row = rows.get(REQUIREMENT, fact.requirement)
    if row is None:
        row = Requirement(
            fact.requirement, fact.part, fact.site, fact.unit, ZERO, fact.needed_by, None, 0, "decided", ZERO, None, (),
            at.occurred_at, at.id,
        )
        rows.add(REQUIREMENT, row)
    row.part, row.site, row.needed_by = fact.part, fact.site, fact.needed_by
    row.last_at, row.last_fact = at.occurred_at, at.id
    return row


def _route(rows: Rows, fact: f.RequirementRouted, at: Recorded) -> None:
    row = _requirement(rows, fact, at)
    if row.decision != fact.decision:
        row.decisions += 1
    row.decision, row.status = fact.decision, fact.status.value
    row.amount, row.because = fact.amount, fact.because


def _peg(rows: Rows, fact: f.SupplyPegged, at: Recorded) -> None:
    before = rows.get(PEG, fact.peg)
    amount = fact.amount if before is None else before.amount + fact.amount
    rows.add(PEG, Peg(
        fact.peg, fact.requirement, fact.supply.text, fact.supply.kind.value, fact.part, fact.site, fact.unit, amount,
        fact.numerator, fact.denominator, fact.purpose, fact.priority, fact.needed_by, fact.available_at, fact.decision,
        at.id,
    ))


def _unpeg(rows: Rows, fact: f.SupplyUnpegged, at: Recorded) -> None:
    row = rows.get(PEG, fact.peg)
    if row is None:
        raise LookupError(f"SupplyUnpegged {at.id} is about peg {fact.peg}, which isn't known")
    row.amount -= fact.amount  # what was used of it stays: `left` is only what it still covers
    row.last_fact = at.id
    if row.amount <= 0:
        rows.remove(PEG, fact.peg)


PEGGING: Final = View(
    name="pegging",
    version=1,
    tables=(REQUIREMENT, PEG),
    folds=(
        f.RequirementRouted, f.RequirementRerouted, f.ShortageStated, f.ShortageEnded, f.SupplyPegged,
        f.SupplyUnpegged,
    ),
    fold=fold,
)
