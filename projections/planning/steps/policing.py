"""What a new policy says of the proposals that wait for a person.

A proposal waits because the policy of its time asked a person. When another policy is set, each is judged again: what
is left to the planner now is approved on the spot; a substitute that may not be used any more is decided otherwise;
what a person is still to be asked stays as it is, under the number that is on the worklist. What was decided alone
before is done, and isn't asked after.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

from events.catalogue.records import SubstituteRecord
from events.model import Fact
from events.planning import facts as f
from events.planning import moves as g
from events.planning.shapes import DecisionKind, DecisionStatus, OptionKind, UnpegReason
from events.units import round_up
from projections.planning.steps.asking import status_of
from projections.planning.steps.draft import Draft, by_number
from projections.planning.steps.speaking import approve, undo
from projections.planning.world.notes import Key, Kind
from projections.planning.world.planned import Decision

_POLICY = Key(Kind.POLICY, "")


def judge(draft: Draft) -> None:
    """Look at all open proposals again, if a policy was set."""
    places = draft.state.touched.get(_POLICY)
    if places is None:
        return
    for id in by_number(one for one, known in draft.plan.decisions.items() if known.proposed):
        known = draft.plan.decisions[id]
        for requirement in known.requirements:
            draft.causes.setdefault(requirement, {}).update(places)
        _judge(draft, known)


def _judge(draft: Draft, known: Decision) -> None:
    told = [fact for _, fact in known.facts]
    kinds = _kinds(told)
    if _forbidden(draft, told):
        undo(draft, known, UnpegReason.REROUTED, "policy doesn't allow substitutes any more")
    elif status_of(draft, kinds, _value(draft, known), approval=_asks(draft, told)) is DecisionStatus.DECIDED:
        version = draft.plan.policy_version
        draft.add(f"decision/{known.decision}", f.DecisionApproved.trusted(
            decision=known.decision, reason=f"policy {version} leaves it to the planner",
        ))
        approve(draft, known)


def _kinds(told: Sequence[Fact]) -> list[DecisionKind]:
    """What policy distinguishes in it, as it did when it was proposed."""
    if any(isinstance(fact, f.ReorderDecided) for fact in told):
        return [DecisionKind.REORDER]
    kinds = []
    if _substitutes(told):
        kinds.append(DecisionKind.SUBSTITUTE)
    if any(isinstance(fact, g.TransferPlanned) for fact in told):
        kinds.append(DecisionKind.TRANSFER)
    if any(isinstance(fact, g.RunPlanned) for fact in told):
        kinds.append(DecisionKind.BUILD)
    if any(isinstance(fact, f.RequirementRerouted) for fact in told):
        kinds.append(DecisionKind.REROUTE)
    return kinds or [DecisionKind.ROUTE]


def _substitutes(told: Sequence[Fact]) -> list[tuple[str, str]]:
    """For which requirement which other part is to be used."""
    routed = [fact for fact in told if isinstance(fact, f.RequirementRouted)]
    return [(one.requirement, way.part) for one in routed for way in one.chosen if way.kind is OptionKind.SUBSTITUTE]


def _forbidden(draft: Draft, told: Sequence[Fact]) -> bool:
    """Whether policy allows no substitutes, and one is used that hasn't taken the part's place for good."""
    return not draft.plan.policy.substitutes_allowed and not all(
        _known(draft, requirement, part, lambda one: one.takes_over) for requirement, part in _substitutes(told)
    )


def _asks(draft: Draft, told: Sequence[Fact]) -> bool:
    """Whether a substitute in it needs somebody's approval whatever policy says."""
    return not all(
        _known(draft, requirement, part, lambda one: not one.needs_approval) for requirement, part in _substitutes(told)
    )


def _known(draft: Draft, requirement: str, part: str, rule: Callable[[SubstituteRecord], bool]) -> bool:
    """Whether a part is a substitute of what is required, and is such a one."""
    found = draft.joins.required.get(requirement)
    if found is None:
        return False
    known = draft.parts.reference.substitutes(found.part, draft.now, found.site, found.parent)
    return any(one.substitute == part and rule(one) for one in known)


def _value(draft: Draft, known: Decision) -> Decimal | None:
    """What it is worth in the currency of now; None: nobody knows."""
    currency = draft.plan.policy.currency
    if known.value is None or known.currency == currency:
        return known.value
    rate = draft.parts.reference.rate(known.currency, currency, draft.now)
    return None if rate is None else round_up(Fraction(known.value) * rate)
