"""Why: of an order, a run or a decision, what was chosen and what else was possible, with figures and why each lost;
the promises given; and what caused it all, back to the events that were published."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from pydantic import Field

from infra.ledger.port import Ledger
from projections.causes import Step, causes
from projections.decisions_queries import DecisionAnswer, decision
from projections.order_board_queries import READ, OrderAnswer, PromiseWord, ScheduleLine, amended, order, requirement_of
from projections.plans import PLANS
from projections.queries import Answer, Connection, fetch, reading
from projections.run_board_queries import RunAnswer, run
from projections.run_states import OVER
from projections.why_tree import Branch, Wood, wood

MOST: Final = 60
"""Decisions that are told, unless more are asked for."""


_Told = tuple[Branch, str | None]
"""A row of the tree, and how it ended if it did."""


class Link(Answer):
    """A promise or a plan that changed, and what caused that."""

    what: str
    at: datetime
    causes: list[Step]


class Reason(Answer):
    """A decision on a requirement, and what caused it. ``level``: how far below what was asked about it stands.
    ``ended`` says what came of it, where it covers nothing any more; null while it counts."""

    level: int
    requirement: str
    ended: str | None
    decision: DecisionAnswer
    causes: list[Step]


class Why(Answer):
    """All of it. One of ``order``, ``run`` and ``decision`` says what was asked about."""

    id: str
    order: OrderAnswer | None = None
    run: RunAnswer | None = None
    decision: DecisionAnswer | None = None
    ended: str | None = Field(default=None, description="how it ended: delivered or called off, and when")
    tree: list[Branch] = Field(default=[], description="how it is covered, claim by claim, from the top down")
    reasons: list[Reason] = Field(description="the decisions behind it, from the top down")
    left_out: int = Field(default=0, description="how many more decisions there are; `limit` asks for more")
    changes: list[Link] = Field(description="the words its customer was given, and what the customer changed, in time")
    causes: list[Step] = Field(description="of the decision or of the run's plan")


def why(connection: Connection, ledger: Ledger, id_: str, limit: int = MOST) -> Why | None:
    """Of a decision, an order or a run of this number, in this order; None when nothing has it."""
    return (
        _decision(connection, ledger, id_) or _order(connection, ledger, id_, limit)
        or _run(connection, ledger, id_, limit)
    )


def _decision(connection: Connection, ledger: Ledger, id_: str) -> Why | None:
    found = decision(connection, id_)
    if found is None:
        return None
    return Why(id=id_, decision=found, reasons=[], changes=[], causes=causes(ledger, _behind(found)))


def _behind(found: DecisionAnswer) -> Sequence[str]:
    """What the planner named as the cause; where it named nothing, the fact itself is all there is."""
    return found.because or [found.last_fact]


def _order(connection: Connection, ledger: Ledger, number: str, limit: int) -> Why | None:
    found = order(connection, number)
    if found is None:
        return None
    found = amended(found, ledger)
    with reading(connection, *READ):
        stand = wood(connection, [requirement_of(line) for line in found.schedules])
    branches: list[_Told] = []
    for line in found.schedules:
        over = ended(line, found.order.reason)
        branches += ((one, over or _done(stand, one)) for one in stand.tree(requirement_of(line)))
    overs = [ended(line, found.order.reason) for line in found.schedules]
    reasons, left_out = _reasons(connection, ledger, stand, branches, limit)
    return Why(
        id=number, order=found, tree=[one for one, _ in branches], reasons=reasons, left_out=left_out,
        changes=_changes(ledger, found), causes=[],
        ended="; ".join(dict.fromkeys(over for over in overs if over)) if overs and all(overs) else None,
    )


def _changes(ledger: Ledger, found: OrderAnswer) -> list[Link]:
    """What the customer was told and what they changed, in time."""
    links = [Link(what=one.told, at=one.at, causes=causes(ledger, [one.fact])) for one in found.amendments]
    links += [Link(what=promise(word), at=word.told_at, causes=causes(ledger, word.because)) for word in found.promises]
    return sorted(links, key=lambda link: link.at)


def ended(line: ScheduleLine, reason: str | None) -> str | None:
    """How a schedule line ended; None while anything is open."""
    if line.open:
        return None
    if line.delivered_on is not None:
        return f"delivered on {line.delivered_on}"
    when = "" if line.called_off_on is None else f" on {line.called_off_on}"
    return f"cancelled{when}" + (f": {reason}" if reason else "")


def _done(stand: Wood, branch: Branch) -> str | None:
    one = stand.covered[branch.requirement]
    if one.done < one.required:
        return None
    return "all of it was used" if one.done else "nothing of it is needed any more"


def promise(word: PromiseWord) -> str:
    """A word that the customer was given."""
    which = f"line {word.line} schedule {word.schedule}"
    match word.what:
        case "given":
            return f"{which}: promised for {word.promised}"
        case "changed":
            return f"{which}: promised for {word.promised} instead of {word.was}"
        case _:
            return f"{which}: not promised for {word.was} any more" + (f": {word.reason}" if word.reason else "")


def _reasons(
    connection: Connection, ledger: Ledger, stand: Wood, branches: Sequence[_Told], limit: int
) -> tuple[list[Reason], int]:
    """The first decisions behind these rows, each once, and how many more there are: those that made the claims, and
    the last on each requirement."""
    firsts: dict[str, _Told] = {}
    for one, over in branches:
        for id_ in (one.decision, stand.covered[one.requirement].decision):
            if id_ is not None:
                firsts.setdefault(id_, (one, over))
    found = []
    for id_, (one, over) in islice(firsts.items(), limit):
        told = decision(connection, id_)
        if told is not None:
            found.append(Reason(
                level=one.level, requirement=one.requirement, ended=over, decision=told,
                causes=causes(ledger, told.because),
            ))
    return found, max(0, len(firsts) - limit)


def _run(connection: Connection, ledger: Ledger, id_: str, limit: int) -> Why | None:
    found = run(connection, id_)
    if found is None:
        return None
    over, branches = _over(found), list[_Told]()
    needs = [f"run/{id_}/{need.n}" for need in found.requirements]
    with reading(connection, *READ, PLANS):
        stand = wood(connection, needs)
        rows = fetch(
            connection, "SELECT because, last_fact FROM lotone.plan WHERE kind = 'run' AND id = %(id)s", {"id": id_}
        )
    for need in needs:
        branches += ((one, over or _done(stand, one)) for one in stand.tree(need))
    reasons, left_out = _reasons(connection, ledger, stand, branches, limit)
    own = None if found.planned_by is None else decision(connection, found.planned_by)
    if own is not None:
        first = Reason(
            level=0, requirement=own.decision.subject, ended=over, decision=own, causes=causes(ledger, own.because)
        )
        reasons = [first, *(one for one in reasons if one.decision.decision.decision != found.planned_by)]
    behind = [] if own is None else own.because
    because = [id_ for row in rows for id_ in (row[0] or behind or [row[1]])] or [found.run.last_fact]
    return Why(
        id=id_, run=found, ended=over, tree=[one for one, _ in branches], reasons=reasons, left_out=left_out,
        changes=[], causes=causes(ledger, because),
    )


def _over(found: RunAnswer) -> str | None:
    """How a run ended; None while it goes on."""
    if found.run.state not in OVER:
        return None
    when = "" if found.ended_at is None else f" on {found.ended_at.date()}"
    return f"{found.run.state}{when}" + (f": {found.run.reason}" if found.run.reason else "")
