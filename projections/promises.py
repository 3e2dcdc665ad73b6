"""Promises: the date a customer was given for each schedule line, and every date before it, with what caused it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from events.decision import Recorded
from events.planning import facts as f
from projections.view import Rows, Table, View


@dataclass(slots=True)
class Promise:
    """What a customer is told now of a schedule line; ``promised`` is none once the promise was withdrawn.

    ``first`` is the day promised at first, ``changes`` how often it changed since. ``backing`` is what it rests on.
    """

    number: str
    line: int
    schedule: int
    part: str
    unit: str
    amount: Decimal
    wanted: date
    promised: date | None
    first: date
    changes: int
    backing: tuple[str, ...]
    reason: str | None
    because: tuple[str, ...]
    told_at: datetime
    last_fact: str


@dataclass(slots=True)
class PromiseChange:
    """One word that a customer was given, for ever: ``given``, ``changed`` or ``withdrawn``."""

    domain: str
    shard: int
    position: int
    number: str
    line: int
    schedule: int
    what: str
    was: date | None
    promised: date | None
    backing: tuple[str, ...]
    reason: str | None
    because: tuple[str, ...]
    cut: str
    told_at: datetime


PROMISE: Final = Table("promise", Promise, key=3, indexes=(("promised",),))
CHANGE: Final = Table("promise_change", PromiseChange, key=3, indexes=(("number", "line"),), append_only=True)


def fold(rows: Rows, fact: f.PlanningFact, at: Recorded) -> None:
    """Keep the last word, and all words."""
    match fact:
        case f.PromiseGiven():
            _tell(rows, fact, at, "given", None)
        case f.PromiseChanged():
            _tell(rows, fact, at, "changed", fact.was)
        case f.PromiseWithdrawn():
            _withdraw(rows, fact, at)
        case _:
            raise TypeError(f"{type(fact).__name__} isn't folded here")


def _tell(rows: Rows, fact: f.PromiseGiven | f.PromiseChanged, at: Recorded, what: str, was: date | None) -> None:
    ref = fact.order
    before = rows.get(PROMISE, ref.number, ref.line, ref.schedule)
    backing = tuple(key.text for key in fact.backing)
    rows.add(PROMISE, Promise(
        ref.number, ref.line, ref.schedule, fact.part, fact.unit, fact.amount, fact.wanted, fact.promised,
        fact.promised if before is None else before.first, 0 if before is None else before.changes + 1, backing, None,
        fact.because, at.occurred_at, at.id,
    ))
    rows.add(CHANGE, PromiseChange(
        at.domain, at.shard, at.position, ref.number, ref.line, ref.schedule, what, was, fact.promised, backing, None,
        fact.because, at.cause, at.occurred_at,
    ))


def _withdraw(rows: Rows, fact: f.PromiseWithdrawn, at: Recorded) -> None:
    ref = fact.order
    row = rows.get(PROMISE, ref.number, ref.line, ref.schedule)
    if row is not None:
        row.promised, row.reason, row.backing, row.because = None, fact.reason, (), fact.because
        row.changes += 1
        row.told_at, row.last_fact = at.occurred_at, at.id
    rows.add(CHANGE, PromiseChange(
        at.domain, at.shard, at.position, ref.number, ref.line, ref.schedule, "withdrawn", fact.was, None, (),
        fact.reason, fact.because, at.cause, at.occurred_at,
    ))


PROMISES: Final = View(
    name="promises",
    version=1,
    tables=(PROMISE, CHANGE),
    folds=(f.PromiseGiven, f.PromiseChanged, f.PromiseWithdrawn),
    fold=fold,
)
