"""What people said about decisions since the last cut, followed.

An approved proposal is recorded again as decided. A refused or overridden decision gives its claims back, and its
requirement is decided anew: not that way, or the way that was chosen, until the word is released. Words are kept by
planning's own part (``PlanPart.words``); here they only take effect. A word that can't be followed is answered.
"""

from decimal import Decimal
from typing import Final

from events.planning import facts as f
from events.planning import moves as g
from events.planning.shapes import DecisionStatus, Trouble, UnpegReason
from projections.planning.steps.buying import withdraw_unanswered
from projections.planning.steps.draft import Draft, by_number
from projections.planning.steps.mending import hindered
from projections.planning.steps.trimming import withdraw_run, withdraw_transfer
from projections.planning.world.notes import Key, Kind
from projections.planning.world.planned import Decision, Fate, Word
from projections.planning.world.state import Place

ZERO: Final = Decimal(0)


def listen(draft: Draft) -> None:
    """Every decision that somebody said something about."""
    ids = [key.id for key in draft.state.touched if key.kind is Kind.DECISION]
    for id in by_number(ids):
        _hear(draft, id, draft.state.touched[Key(Kind.DECISION, id)])


def _hear(draft: Draft, id: str, places: dict[Place, None]) -> None:
    known, word = draft.plan.decisions.get(id), draft.plan.words.get(id)
    for requirement in known.requirements if known is not None else ():
        draft.causes.setdefault(requirement, {}).update(places)
    if known is None:
        _unknown(draft, id, word)
    elif known.approved and known.proposed:
        approve(draft, known)
    elif word is None:
        for requirement in (*known.requirements, *hindered(draft, id)):
            draft.look(requirement, *known.requirements)
            draft.again[requirement] = None
            _place(draft, requirement)
    elif word.option is not None and word.pinned is None:
        _answer(draft, id, "OverrideDecision", "option", f"the decision has no option {word.option}",
                "name the number of one of the ways that it lists")
    elif word.option is None:
        undo(draft, known, UnpegReason.REFUSED, "a person refused it")
    else:
        undo(draft, known, UnpegReason.OVERRIDDEN, "a person chose another way")


def _unknown(draft: Draft, id: str, word: Word | None) -> None:
    if word is not None:
        asked = "OverrideDecision" if word.option is not None else "RefuseDecision"
        _answer(draft, id, asked, "decision", "no such decision stands, or another has taken its place",
                "look at the requirement's latest decision")


def _answer(draft: Draft, id: str, asked: str, field: str, problem: str, remedy: str) -> None:
    draft.add(f"decision/{id}", f.AnswerRefused.trusted(
        decision=id, asked=asked, problems=(Trouble.trusted(field=field, problem=problem, remedy=remedy),),
    ))
    draft.add(f"decision/{id}", f.OverrideEnded.trusted(decision=id, reason=problem))


def approve(draft: Draft, known: Decision) -> None:
    """Record again, as decided, all that was only proposed."""
    for stream, fact in list(known.facts):
        decided = fact.model_copy(update={"status": DecisionStatus.DECIDED})
        if isinstance(decided, g.RunPlanned):
            draft.plan_run(decided)
        else:
            draft.add(stream, decided)
    known = draft.plan.decisions.get(known.decision, known)
    planned = draft.plan.by_decision.get(known.decision, ())
    needs = [one for id in planned for one in draft.joins.needs_of_run.get(id, ())]
    for requirement in (*known.requirements, *needs):
        draft.look(requirement, *known.requirements)


def undo(draft: Draft, known: Decision, reason: UnpegReason, said: str) -> None:
    """Give back what the decision claims, and what was planned for it."""
    pegs = [peg for requirement in known.requirements for peg in draft.pegs_of(requirement)]
    for requisition in _requisitions(draft, known.decision):
        pegs += draft.pegs_on(f"requisition/{requisition}")
    for peg in pegs:
        mine = peg.decision == known.decision or peg.supply_id in _supplies(draft, known.decision)
        view = draft.joins.pegs.get(peg.id)
        if mine and view is not None and view.cover:
            draft.unpeg(peg, view.cover, reason)
    _withdraw(draft, known.decision, said)
    for requirement in known.requirements:
        draft.look(requirement)
        _place(draft, requirement)


def _requisitions(draft: Draft, decision: str) -> list[str]:
    return [id for id in draft.plan.by_decision.get(decision, ()) if id in draft.plan.requisitions]


def _supplies(draft: Draft, decision: str) -> set[str]:
    return {f"requisition/{id}" for id in _requisitions(draft, decision)}


def _withdraw(draft: Draft, decision: str, said: str) -> None:
    for id in draft.plan.by_decision.get(decision, ()):
        run, transfer = draft.joins.runs.get(id), draft.plan.transfers.get(id)
        requisition = draft.plan.requisitions.get(id)
        if run is not None and not run.fixed and not run.over:
            withdraw_run(draft, run, said)
        elif transfer is not None and not transfer.withdrawn:
            withdraw_transfer(draft, id, said)
        elif requisition is not None and requisition.fate is Fate.OPEN:
            withdraw_unanswered(draft, id, said)
            draft.places[requisition.site, requisition.part] = None


def _place(draft: Draft, requirement: str) -> None:
    place = draft.joins.stock_ids.get(requirement)
    if place is not None:
        draft.places[place] = None
