"""What policy lets the planner do alone, and how it asks a person for the rest."""

from collections.abc import Sequence
from decimal import Decimal

from events.planning import facts as f
from events.planning import moves as g
from events.planning.shapes import DecisionKind, DecisionStatus
from projections.planning.steps.draft import Draft
from projections.planning.world.views import Required


def status_of(
    draft: Draft, kinds: Sequence[DecisionKind], value: Decimal | None, *, approval: bool = False
) -> DecisionStatus:
    """Whether all of these kinds of decision, of this value, are taken alone."""
    limits = {rule.kind: rule.up_to for rule in draft.plan.policy.alone}
    for kind in kinds:
        limit = limits.get(kind)
        if kind not in limits or (limit is not None and (value is None or value > limit)):
            return DecisionStatus.PROPOSED
    return DecisionStatus.PROPOSED if approval else DecisionStatus.DECIDED


def propose(
    draft: Draft, decision: str, kind: DecisionKind, subject: str, found: Required, amount: Decimal,
    value: Decimal | None, why: str,
) -> None:
    """Ask a person."""
    draft.add(f"decision/{decision}", f.DecisionProposed.trusted(
        decision=decision, kind=kind, subject=subject, part=found.part, site=found.site, amount=amount,
        unit=found.unit, value=value, needed_by=found.needed_by, why=why,
    ))


def withdraw(draft: Draft, decision: str, reason: str) -> None:
    """Nobody need answer a proposal any more; what it would have planned comes to nothing."""
    requirements = [
        requirement
        for id in draft.plan.by_decision.get(decision, ())
        for requirement in (*draft.joins.needs_of_run.get(id, ()), f"transfer/{id}")
    ]
    for run in (draft.plan.runs.get(id) for id in draft.plan.by_decision.get(decision, ())):
        if run is not None:
            draft.ease(run.site, *(one.part for one in run.requirements))
    draft.add(f"decision/{decision}", f.DecisionWithdrawn.trusted(decision=decision, reason=reason))
    for requirement in requirements:
        draft.look(requirement)


def revise(draft: Draft, run: str, **changes: object) -> None:
    """A run that is only proposed is proposed otherwise."""
    decision = draft.plan.runs[run].decision
    for stream, fact in list(draft.plan.decisions[decision].facts):
        if isinstance(fact, g.RunPlanned) and fact.run == run:
            draft.add(stream, fact.model_copy(update=changes))


def drop_stale(draft: Draft) -> None:
    """A proposal whose claims have all gone elsewhere needs no answer."""
    for decision in list(draft.dropped):
        known = draft.plan.decisions.get(decision)
        if known is None or not known.proposed or draft.plan.by_decision.get(decision):
            continue
        claims = (peg for requirement in known.requirements for peg in draft.pegs_of(requirement))
        if not any(peg.decision == decision for peg in claims):
            withdraw(draft, decision, "it was decided otherwise")
