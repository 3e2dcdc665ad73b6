"""Why: of an order, a run or a decision, what was chosen and what else was possible, with figures and why each lost;
the promises given; and what caused it all, back to the events that were published."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pydantic import Field

from infra.ledger.port import Ledger
from projections.causes import Step, causes
from projections.decisions import DECISIONS
from projections.decisions_queries import DecisionAnswer, decision
from projections.order_board_queries import OrderAnswer, order
from projections.pegging import PEGGING
from projections.pegging_queries import Pegged, pegging
from projections.plans import PLANS
from projections.promises import PROMISES
from projections.queries import Answer, Connection, fetch, reading
from projections.run_board_queries import RunAnswer, run

_MOST: Final = 60


class Link(Answer):
    """A promise or a plan that changed, and what caused that."""

    what: str
    at: datetime
    causes: list[Step]


class Reason(Answer):
    """A decision that still counts, and what caused it. ``level``: how far below what was asked about it stands."""

    level: int
    requirement: str
    decision: DecisionAnswer
    causes: list[Step]


class Why(Answer):
    """All of it. One of ``order``, ``run`` and ``decision`` says what was asked about."""

    id: str
    order: OrderAnswer | None = None
    run: RunAnswer | None = None
    decision: DecisionAnswer | None = None
    reasons: list[Reason] = Field(description="the decisions behind it, from the top down")
    changes: list[Link] = Field(description="the words its customer was given, or how its plan changed")
    causes: list[Step] = Field(description="of the decision or of the run's plan")


def why(connection: Connection, ledger: Ledger, id_: str) -> Why | None:
    """Of a decision, an order or a run of this number, in this order; None when nothing has it."""
    return _decision(connection, ledger, id_) or _order(connection, ledger, id_) or _run(connection, ledger, id_)


def _decision(connection: Connection, ledger: Ledger, id_: str) -> Why | None:
    found = decision(connection, id_)
    if found is None:
        return None
    return Why(id=id_, decision=found, reasons=[], changes=[], causes=causes(ledger, _behind(found)))


def _behind(found: DecisionAnswer) -> Sequence[str]:
    """What the planner named as the cause; where it named nothing, the fact itself is all there is."""
    return found.because or [found.last_fact]


def _order(connection: Connection, ledger: Ledger, number: str) -> Why | None:
    found = order(connection, number)
    if found is None:
        return None
    levels = []
    for line in found.schedules:
        below = pegging(connection, f"order/{number}/{line.line}/{line.schedule}")
        levels += below.levels if below is not None else []
    changes = [
        Link(what=_promise(word.what, word.was, word.promised), at=word.told_at, causes=causes(ledger, word.because))
        for word in found.promises
    ]
    return Why(id=number, order=found, reasons=_reasons(connection, ledger, levels), changes=changes, causes=[])


def _promise(what: str, was: object, promised: object) -> str:
    match what:
        case "given":
            return f"promised for {promised}"
        case "changed":
            return f"promised for {promised} instead of {was}"
        case _:
            return f"not promised for {was} any more"


def _reasons(connection: Connection, ledger: Ledger, levels: Sequence[Pegged]) -> list[Reason]:
    found, seen = [], set()
    for one in levels[:_MOST]:
        id_ = one.requirement.decision
        if id_ is None or id_ in seen:
            continue
        seen.add(id_)
        told = decision(connection, id_)
        if told is not None:
            found.append(Reason(
                level=one.level, requirement=one.requirement.requirement, decision=told,
                causes=causes(ledger, told.because),
            ))
    return found


def _run(connection: Connection, ledger: Ledger, id_: str) -> Why | None:
    found = run(connection, id_)
    if found is None:
        return None
    levels: list[Pegged] = []
    for need in found.requirements:
        below = pegging(connection, f"run/{id_}/{need.n}")
        levels += below.levels if below is not None else []
    with reading(connection, PLANS, DECISIONS, PEGGING, PROMISES):
        rows = fetch(
            connection, "SELECT because, last_fact FROM lotone.plan WHERE kind = 'run' AND id = %(id)s", {"id": id_}
        )
    reasons = _reasons(connection, ledger, levels)
    if found.planned_by is not None and (own := decision(connection, found.planned_by)) is not None:
        first = Reason(level=0, requirement=own.decision.subject, decision=own, causes=causes(ledger, own.because))
        reasons = [first, *(one for one in reasons if one.decision.decision.decision != found.planned_by)]
    because = [id_ for row in rows for id_ in (row[0] or [row[1]])] or [found.run.last_fact]
    return Why(id=id_, run=found, reasons=reasons, changes=[], causes=causes(ledger, because))
