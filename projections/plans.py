"""Plans: the runs, transfers and deliveries that the planner asked for, with the decision behind each."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from events.decision import Recorded
from events.planning import facts as f
from events.planning.shapes import DecisionStatus
from projections.view import Rows, Table, View


@dataclass(slots=True)
class Plan:
    """``kind`` is ``run``, ``transfer`` or ``delivery``; ``id`` is its own, in orders or logistics too.

    ``state`` is ``proposed``, ``planned`` or ``withdrawn``. ``start`` and ``due`` are a run's, or when a shipment
    leaves and arrives. ``part`` leaves ``site`` for ``to``; a run is at ``site``.
    """

    kind: str
    id: str
    decision: str | None
    part: str
    unit: str
    site: str
    to: str | None
    amount: Decimal
    start: datetime
    due: datetime
    first_due: datetime
    lanes: tuple[str, ...]
    cost: Decimal | None
    order_number: str | None
    order_line: int | None
    order_schedule: int | None
    state: str
    frozen: bool
    changes: int
    reason: str | None
    because: tuple[str, ...]
    cut: str
    planned_at: datetime
    last_at: datetime
    last_fact: str


@dataclass(slots=True)
class ProposedPlan:
    """What a decision that waits for a person would bring about; gone once it is decided or withdrawn."""

    decision: str
    plans: tuple[tuple[str, str], ...]


PROPOSED: Final = Table("proposed_plan", ProposedPlan, key=1)
PLAN: Final = Table(
    "plan", Plan, key=2,
    indexes=(("part", "site"), ("order_number", "order_line"), ("kind", "state", "due"), ("part", "to")),
)


def fold(rows: Rows, fact: f.PlanningFact, at: Recorded) -> None:
    """Follow what was planned to its last change."""
    match fact:
        case f.RunPlanned() | f.TransferPlanned() | f.DeliveryPlanned():
            row = _planned(fact, at, rows.get(PLAN, *_key(fact)))
            rows.add(PLAN, row)
            _propose(rows, row)
        case f.RunReplanned() | f.TransferReplanned() | f.DeliveryReplanned():
            _replan(_known(rows, fact, at), fact)
        case f.RunResizePlanned():
            row = _known(rows, fact, at)
            row.amount, row.because = fact.amount, fact.because
            row.changes += 1
        case f.FreezeDecided():
            _known(rows, fact, at).frozen = True
        case f.RunWithdrawn() | f.TransferWithdrawn() | f.DeliveryWithdrawn():
            row = _known(rows, fact, at)
            row.state, row.reason = "withdrawn", fact.reason
        case f.DecisionWithdrawn():
            _end(rows, fact, at)
        case _:
            raise TypeError(f"{type(fact).__name__} isn't folded here")


def _propose(rows: Rows, row: Plan) -> None:
    if row.decision is None:
        return
    held, key = rows.get(PROPOSED, row.decision), (row.kind, row.id)
    others = tuple(other for other in (held.plans if held is not None else ()) if other != key)
    kept = (*others, key) if row.state == "proposed" else others
    if kept:
        rows.add(PROPOSED, ProposedPlan(row.decision, kept))
    elif held is not None:
        rows.remove(PROPOSED, row.decision)


def _end(rows: Rows, fact: f.DecisionWithdrawn, at: Recorded) -> None:
    """What was only proposed ends with its decision; nothing else says so."""
    held = rows.get(PROPOSED, fact.decision)
    for key in held.plans if held is not None else ():
        row = rows.get(PLAN, *key)
        if row is not None and row.state == "proposed":
            row.state, row.reason, row.last_at, row.last_fact = "withdrawn", fact.reason, at.recorded_at, at.id
    if held is not None:
        rows.remove(PROPOSED, fact.decision)


def _key(fact: f.RunFact | f.TransferFact | f.DeliveryFact) -> tuple[str, str]:
    match fact:
        case f.RunFact():
            return "run", fact.run
        case f.TransferFact():
            return "transfer", fact.transfer
        case f.DeliveryFact():
            return "delivery", fact.delivery


def _planned(fact: f.RunPlanned | f.TransferPlanned | f.DeliveryPlanned, at: Recorded, before: Plan | None) -> Plan:
    kind, id_ = _key(fact)
    told: dict[str, Any] = {"lanes": (), "cost": None, "order": None, "because": (), "to": None, "state": "planned"}
    if not isinstance(fact, f.DeliveryPlanned) and fact.status is DecisionStatus.PROPOSED:
        told["state"] = "proposed"
    match fact:
        case f.RunPlanned():
            told |= {"site": fact.site, "order": fact.order, "start": fact.start, "due": fact.due}
        case f.TransferPlanned():
            told |= {"site": fact.from_site, "to": fact.to_site, "cost": fact.cost, "because": fact.because}
        case f.DeliveryPlanned():
            told |= {"site": fact.site, "to": fact.destination, "order": fact.order, "because": fact.because}
    if not isinstance(fact, f.RunPlanned):
        told |= {"lanes": fact.lanes, "start": fact.depart_at, "due": fact.arrive_at}
    order = told["order"]
    return Plan(
        kind, id_, None if isinstance(fact, f.DeliveryPlanned) else fact.decision, fact.part, fact.unit, told["site"],
        told["to"], fact.amount, told["start"], told["due"], told["due"] if before is None else before.first_due,
        told["lanes"], told["cost"], None if order is None else order.number, None if order is None else order.line,
        None if order is None else order.schedule, told["state"], False, 0 if before is None else before.changes, None,
        told["because"], at.cause, at.recorded_at if before is None else before.planned_at, at.recorded_at, at.id,
    )


def _replan(row: Plan, fact: f.RunReplanned | f.TransferReplanned | f.DeliveryReplanned) -> None:
    row.changes += 1
    row.because = fact.because
    if isinstance(fact, f.RunReplanned):
        row.start, row.due = fact.start, fact.due
    else:
        row.start, row.due, row.lanes, row.amount = fact.depart_at, fact.arrive_at, fact.lanes, fact.amount


def _known(rows: Rows, fact: Any, at: Recorded) -> Plan:
    """Runs that others scheduled may be re-planned and frozen too: of those a plan begins here."""
    row = rows.get(PLAN, *_key(fact))
    if row is None:
        kind, id_ = _key(fact)
        site = fact.from_site if isinstance(fact, f.TransferFact) else fact.site
        start, due = getattr(fact, "start", at.recorded_at), getattr(fact, "due", at.recorded_at)
        order = getattr(fact, "order", None)
        row = Plan(
            kind, id_, None, fact.part, fact.unit, site, None, getattr(fact, "amount", Decimal(0)), start, due, due, (),
            None, None if order is None else order.number, None if order is None else order.line,
            None if order is None else order.schedule, "planned", False, 0, None, (), at.cause, at.recorded_at,
            at.recorded_at, at.id,
        )
        rows.add(PLAN, row)
    row.last_at, row.last_fact = at.recorded_at, at.id
    return row


PLANS: Final = View(
    name="plans",
    version=1,
    tables=(PLAN, PROPOSED),
    folds=(
        f.RunPlanned, f.RunReplanned, f.RunResizePlanned, f.RunWithdrawn, f.FreezeDecided, f.TransferPlanned,
        f.TransferReplanned, f.TransferWithdrawn, f.DeliveryPlanned, f.DeliveryReplanned, f.DeliveryWithdrawn,
        f.DecisionWithdrawn,
    ),
    fold=fold,
)
