"""Decisions: what the planner chose and why, what waits for a person, what people said, the policy, and the cuts.

A decision's number is shared by all that one requirement's decision brought about: its routing, the runs, transfers
and purchases that follow from it. The first fact that names it makes its row; those after it add what they know.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from events.decision import Recorded
from events.planning import facts as f
from events.planning.shapes import OptionKind
from events.values import plain
from projections.requisitions import plain_of
from projections.view import Rows, Table, View

PLANNER: Final = "lotone:planner"


@dataclass(slots=True)
class Decision:
    """``kind`` is one of events/planning's ``DecisionKind``. ``subject`` is the requirement, requisition or transfer.

    ``status``: ``proposed`` (waits for a person), ``decided``, ``approved``, ``refused``, ``overridden``,
    ``withdrawn``. ``word``: what a person said that still stands. ``chosen``, ``alternatives`` and ``was`` are the
    ways, with their figures. ``makes`` are the runs, transfers and requisitions that follow from it.
    """

    decision: str
    kind: str
    subject: str
    part: str
    site: str
    unit: str
    amount: Decimal | None
    short: Decimal | None
    needed_by: datetime | None
    status: str
    word: str | None
    option: int | None
    value: Decimal | None
    why: str | None
    chosen: tuple[dict[str, Any], ...]
    alternatives: tuple[dict[str, Any], ...]
    was: tuple[dict[str, Any], ...]
    figures: dict[str, Any] | None
    makes: tuple[str, ...]
    because: tuple[str, ...]
    order_number: str | None
    cut: int | None
    policy: int | None
    decided_at: datetime
    answered_at: datetime | None
    answered_by: str | None
    answer: str | None
    last_at: datetime
    last_fact: str


@dataclass(slots=True)
class DecisionWord:
    """What was proposed, said and done about a decision, for ever."""

    domain: str
    shard: int
    position: int
    decision: str
    what: str
    option: int | None
    reason: str | None
    problems: tuple[dict[str, Any], ...]
    actor: str
    at: datetime


@dataclass(slots=True)
class Policy:
    """A policy, by the number of those set before and with it. ``terms`` is all of it as it was told."""

    version: int
    terms: dict[str, Any]
    reason: str | None
    actor: str
    set_at: datetime


@dataclass(slots=True)
class Cut:
    """A point of history at which the planner decided. ``vector`` is how far it had read, by shard."""

    cut: int
    release: str
    policy: int
    clock: datetime
    vector: dict[str, int]
    position: int
    recorded_at: datetime


DECISION: Final = Table(
    "decision", Decision, key=1,
    indexes=(
        ("status", "kind", "decision"), ("part", "decision"), ("subject",), ("order_number", "decision"),
        ("cut", "decision"),
    ),
)
WORD: Final = Table("decision_word", DecisionWord, key=3, indexes=(("decision",),), append_only=True)
POLICY: Final = Table("policy", Policy, key=1)
CUT: Final = Table("cut", Cut, key=1)
_WORDS: Final = {
    f.DecisionApproved: "approved", f.DecisionRefused: "refused", f.DecisionOverridden: "overridden",
}


def fold(rows: Rows, fact: f.PlanningFact, at: Recorded) -> None:
    """Follow every decision from its making to the last word on it."""
    match fact:
        case f.CutTaken():
            vector = {f"{place.domain}/{place.shard}": place.position for place in fact.vector}
            rows.add(CUT, Cut(fact.cut, fact.release, fact.policy, fact.clock, vector, at.position, at.recorded_at))
        case f.PolicySet():
            terms = plain_of(fact)
            rows.add(POLICY, Policy(fact.version, terms, fact.reason, at.actor, at.recorded_at))
        case f.RequirementRouted():
            _route(rows, fact, at)
        case f.ReorderDecided():
            _reorder(rows, fact, at)
        case f.TransferPlanned():
            _transfer(rows, fact, at)
        case f.RunPlanned():
            row = _row(rows, fact.decision, "build", f"run/{fact.run}", fact.part, fact.site, fact.unit, at)
            row.amount = fact.amount if row.amount is None else row.amount
            if row.kind == "build":
                _stand(row, fact.status.value)
            _makes(row, f"run/{fact.run}")
        case f.DecisionProposed():
            _propose(rows, fact, at)
        case f.DecisionFact():
            _say(rows, fact, at)
        case _:
            raise TypeError(f"{type(fact).__name__} isn't folded here")


def _row(
    rows: Rows, decision: str, kind: str, subject: str, part: str, site: str, unit: str, at: Recorded
) -> Decision:
    row = rows.get(DECISION, decision)
    if row is None:
        cut = int(at.cause) if at.source == PLANNER and at.cause.isdecimal() else None
        row = Decision(
            decision, kind, subject, part, site, unit, None, None, None, "decided", None, None, None, None, (), (), (),
            None, (), (), _order_of(subject), cut, None, at.recorded_at, None, None, None, at.recorded_at, at.id,
        )
        rows.add(DECISION, row)
    row.last_at, row.last_fact = at.recorded_at, at.id
    return row


def _order_of(subject: str) -> str | None:
    """The order's number, where a decision is for a customer's finished goods: ``order/NUMBER/line/schedule``."""
    parts = subject.split("/")
    return "/".join(parts[1:-2]) if parts[0] == "order" and len(parts) >= 4 else None


def _makes(row: Decision, made: str) -> None:
    if made not in row.makes:
        row.makes = (*row.makes, made)


def _route(rows: Rows, fact: f.RequirementRouted, at: Recorded) -> None:
    again = isinstance(fact, f.RequirementRerouted)
    row = _row(
        rows, fact.decision, "reroute" if again else "route", fact.requirement, fact.part, fact.site, fact.unit, at
    )
    substitute = any(way.kind is OptionKind.SUBSTITUTE for way in fact.chosen)
    row.kind = "substitute" if substitute else "reroute" if again else "route"
    row.subject, row.part, row.site, row.unit = fact.requirement, fact.part, fact.site, fact.unit
    row.order_number = _order_of(fact.requirement)
    row.amount, row.short, row.needed_by = fact.amount, fact.short, fact.needed_by
    row.chosen, row.alternatives = tuple(map(plain_of, fact.chosen)), tuple(map(plain_of, fact.alternatives))
    row.was = tuple(map(plain_of, fact.was)) if isinstance(fact, f.RequirementRerouted) else ()
    row.because, row.policy = fact.because, fact.policy
    costs = [way.cost for way in fact.chosen]
    if row.value is None and costs and None not in costs:
        row.value = sum((cost for cost in costs if cost is not None), Decimal(0))
    _stand(row, fact.status.value)


def _reorder(rows: Rows, fact: f.ReorderDecided, at: Recorded) -> None:
    row = _row(rows, fact.decision, "reorder", f"requisition/{fact.requisition}", fact.part, fact.site, fact.unit, at)
    if row.kind == "reorder":
        row.amount, row.value, row.because, row.policy = fact.amount, fact.value, fact.because, fact.policy
        row.figures = plain_of(fact.figures)
        row.chosen = ({
            "option": 1, "kind": OptionKind.BUY.value, "part": fact.part, "amount": plain(fact.amount),
            "supplier": fact.supplier, "cost": None if fact.value is None else plain(fact.value),
            "due": fact.due.isoformat(), "order_by": fact.order_by.isoformat(),
        },)
        row.alternatives = tuple(
            {"option": number, "kind": OptionKind.BUY.value, "part": fact.part, **plain_of(offer)}
            for number, offer in enumerate(fact.alternatives, start=2)
        )
        _stand(row, fact.status.value)
    _makes(row, f"requisition/{fact.requisition}")


def _transfer(rows: Rows, fact: f.TransferPlanned, at: Recorded) -> None:
    row = _row(rows, fact.decision, "transfer", f"transfer/{fact.transfer}", fact.part, fact.to_site, fact.unit, at)
    row.amount = fact.amount if row.amount is None else row.amount
    row.value = fact.cost if row.value is None else row.value
    if row.kind == "transfer":
        row.because = fact.because
        _stand(row, fact.status.value)
    _makes(row, f"transfer/{fact.transfer}")


def _stand(row: Decision, told: str) -> None:
    """What a person said is more than that it is decided now."""
    if told == "proposed" or row.status == "proposed":
        row.status = told


def _propose(rows: Rows, fact: f.DecisionProposed, at: Recorded) -> None:
    row = _row(rows, fact.decision, fact.kind.value, fact.subject, fact.part, fact.site, fact.unit, at)
    row.kind, row.status, row.why = fact.kind.value, "proposed", fact.why
    row.amount = fact.amount if row.amount is None else row.amount
    row.value = row.value if fact.value is None else fact.value
    row.needed_by = row.needed_by or fact.needed_by
    _word(rows, fact, at, "proposed", None, fact.why)


def _say(rows: Rows, fact: f.DecisionFact, at: Recorded) -> None:
    row = rows.get(DECISION, fact.decision)
    what, reason = _what(fact), getattr(fact, "reason", None)
    option = fact.option if isinstance(fact, f.DecisionOverridden) else None
    _word(rows, fact, at, what, option, reason)
    if row is None or isinstance(fact, f.AnswerRefused):
        return
    row.last_at, row.last_fact = at.recorded_at, at.id
    if isinstance(fact, f.OverrideEnded):
        row.word = None
    elif isinstance(fact, f.DecisionWithdrawn):
        if row.status == "proposed":  # else it was withdrawn because of what a person said of it
            row.status, row.answer = "withdrawn", reason
    else:
        row.status = row.word = what
        row.option, row.answer = option, reason
        row.answered_at, row.answered_by = at.recorded_at, at.actor


def _what(fact: f.DecisionFact) -> str:
    match fact:
        case f.OverrideEnded():
            return "released"
        case f.DecisionWithdrawn():
            return "withdrawn"
        case f.AnswerRefused():
            return "not_followed"
        case _:
            return _WORDS[type(fact)]


def _word(
    rows: Rows, fact: f.DecisionFact, at: Recorded, what: str, option: int | None, reason: str | None
) -> None:
    problems = tuple(map(plain_of, fact.problems)) if isinstance(fact, f.AnswerRefused) else ()
    rows.add(WORD, DecisionWord(
        at.domain, at.shard, at.position, fact.decision, what, option, reason, problems, at.actor, at.recorded_at
    ))


DECISIONS: Final = View(
    name="decisions",
    version=1,
    tables=(DECISION, WORD, POLICY, CUT),
    folds=(
        f.CutTaken, f.PolicySet, f.RequirementRouted, f.RequirementRerouted, f.ReorderDecided, f.TransferPlanned,
        f.RunPlanned, f.DecisionProposed, f.DecisionApproved, f.DecisionRefused, f.DecisionOverridden,
        f.OverrideEnded, f.DecisionWithdrawn, f.AnswerRefused,
    ),
    fold=fold,
)
