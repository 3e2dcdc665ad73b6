"""Requisitions: what was decided to be bought, on which figures, and what the purchasing system made of it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from events.decision import Recorded
from events.model import Model
from events.planning import facts as f
from events.planning.shapes import DecisionStatus
from projections.view import Rows, Table, View

ZERO: Final = Decimal(0)


@dataclass(slots=True)
class Requisition:
    """A purchase to be ordered. ``amount`` is in the part's base unit, ``quantity`` in the unit it is bought in.

    ``state`` is ``proposed``, ``decided``, ``answered`` (by the order ``number``, ``line``), ``declined`` or
    ``withdrawn``. ``answered`` is how much was ordered, ``withdrawn`` how much was called off.
    """

    requisition: str
    decision: str
    supplier: str
    part: str
    site: str
    unit: str
    amount: Decimal
    quantity: Decimal
    quantity_unit: str
    price: Decimal | None
    currency: str | None
    value: Decimal | None
    order_by: date
    due: date
    pegged: tuple[dict[str, Any], ...]
    for_stock: Decimal
    figures: dict[str, Any]
    alternatives: tuple[dict[str, Any], ...]
    state: str
    number: str | None
    line: int | None
    answered: Decimal
    withdrawn: Decimal
    reason: str | None
    because: tuple[str, ...]
    policy: int
    decided_at: datetime
    last_at: datetime
    last_fact: str


@dataclass(slots=True)
class ProposedRequisitions:
    """What a decision that waits for a person would buy; gone once it is decided or withdrawn."""

    decision: str
    requisitions: tuple[str, ...]


PROPOSED: Final = Table("proposed_requisition", ProposedRequisitions, key=1)
REQUISITION: Final = Table(
    "requisition", Requisition, key=1, indexes=(("part", "site"), ("state", "order_by"), ("number", "line"))
)


def plain_of(model: Model) -> dict[str, Any]:
    """A value of a fact as it is kept in a row: what JSON holds."""
    return model.model_dump(mode="json", exclude_none=True)


def fold(rows: Rows, fact: f.PlanningFact, at: Recorded) -> None:
    """Follow each requisition to its order, or to its end."""
    match fact:
        case f.ReorderDecided():
            _decide(rows, fact, at)
        case f.RequisitionAnswered():
            row = _known(rows, fact.requisition, at)
            row.state, row.number, row.line = "answered", fact.number, fact.line
            row.answered += fact.amount
        case f.RequisitionDeclined():
            declined = rows.get(REQUISITION, fact.requisition)
            if declined is not None:  # a purchasing system may decline what it was never asked for
                declined.state, declined.reason = "declined", fact.reason
                declined.last_at, declined.last_fact = at.occurred_at, at.id
        case f.RequisitionWithdrawn():
            row = _known(rows, fact.requisition, at)
            row.withdrawn += fact.amount
            row.reason = fact.reason
            if row.state != "answered":
                row.state = "withdrawn"
        case f.DecisionWithdrawn():
            _end(rows, fact, at)
        case _:
            raise TypeError(f"{type(fact).__name__} isn't folded here")


def _propose(rows: Rows, fact: f.ReorderDecided) -> None:
    held = rows.get(PROPOSED, fact.decision)
    others = tuple(id_ for id_ in (held.requisitions if held is not None else ()) if id_ != fact.requisition)
    kept = (*others, fact.requisition) if fact.status is DecisionStatus.PROPOSED else others
    if kept:
        rows.add(PROPOSED, ProposedRequisitions(fact.decision, kept))
    elif held is not None:
        rows.remove(PROPOSED, fact.decision)


def _end(rows: Rows, fact: f.DecisionWithdrawn, at: Recorded) -> None:
    """What was only proposed ends with its decision; nothing else says so."""
    held = rows.get(PROPOSED, fact.decision)
    for id_ in held.requisitions if held is not None else ():
        row = rows.get(REQUISITION, id_)
        if row is not None and row.state == "proposed":
            row.state, row.reason, row.withdrawn = "withdrawn", fact.reason, row.amount
            row.last_at, row.last_fact = at.occurred_at, at.id
    if held is not None:
        rows.remove(PROPOSED, fact.decision)


def _decide(rows: Rows, fact: f.ReorderDecided, at: Recorded) -> None:
    _propose(rows, fact)
    before = rows.get(REQUISITION, fact.requisition)
    price = fact.price
    rows.add(REQUISITION, Requisition(
        requisition=fact.requisition, decision=fact.decision, supplier=fact.supplier, part=fact.part, site=fact.site,
        unit=fact.unit, amount=fact.amount, quantity=fact.quantity.amount, quantity_unit=fact.quantity.unit,
        price=None if price is None else price.amount, currency=None if price is None else price.currency,
        value=fact.value, order_by=fact.order_by, due=fact.due, pegged=tuple(map(plain_of, fact.pegged)),
        for_stock=fact.for_stock, figures=plain_of(fact.figures),
        alternatives=tuple(map(plain_of, fact.alternatives)), state=fact.status.value, number=None, line=None,
        answered=ZERO, withdrawn=ZERO, reason=None, because=fact.because,
        policy=fact.policy, decided_at=at.occurred_at if before is None else before.decided_at,
        last_at=at.occurred_at, last_fact=at.id,
    ))


def _known(rows: Rows, requisition: str, at: Recorded) -> Requisition:
    row = rows.get(REQUISITION, requisition)
    if row is None:
        raise LookupError(f"{at.type} {at.id} is about requisition {requisition}, which isn't known")
    row.last_at, row.last_fact = at.occurred_at, at.id
    return row


REQUISITIONS: Final = View(
    name="requisitions",
    version=1,
    tables=(REQUISITION, PROPOSED),
    folds=(f.ReorderDecided, f.RequisitionAnswered, f.RequisitionDeclined, f.RequisitionWithdrawn, f.DecisionWithdrawn),
    fold=fold,
)
