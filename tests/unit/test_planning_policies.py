"""A policy that is set judges again what waits for a person, and tries again what was short or late."""

from decimal import Decimal
from typing import Any

from events.catalogue import messages as c
from events.catalogue.parts import Price
from events.planning import facts as f
from events.planning import messages as p
from events.planning import moves as g
from events.planning.shapes import AutonomyRule, DecisionKind, DecisionStatus
from tests.bikes import factory, ordered, received, sells
from tests.chain import Chain, of
from tests.rules_of_plans import holds

STOCK = {"WHEEL": 90, "TUBE": 90, "BOLT": 400, "BELL": 90}
PLENTY = STOCK | {"SADDLE": 90}


def policy(*asked: DecisionKind, up_to: int | None = None, **more: Any) -> p.SetPolicy:
    """A person is asked before these; before what costs more than ``up_to``, if that is said."""
    limit = None if up_to is None else Decimal(up_to)
    alone = [AutonomyRule(kind=kind, up_to=limit if kind in asked else None) for kind in DecisionKind
             if kind not in asked or limit is not None]
    return p.SetPolicy(**{"currency": "EUR", "alone": tuple(alone)} | more)


def planned(chain: Chain) -> list[Any]:
    facts = chain.plan()
    holds(chain)
    return facts


def proposed(facts: list[Any]) -> dict[DecisionKind, str]:
    return {one.kind: one.decision for one in of(f.DecisionProposed, facts)}


def waiting(chain: Chain) -> list[str]:
    plan = chain.planner.state.parts.plan  # type: ignore[attr-defined]
    return [one.decision for one in plan.decisions.values() if one.proposed]


def test_a_purchase_that_a_new_policy_leaves_to_the_planner_is_asked_for_at_once() -> None:
    chain = factory(**STOCK).tell(policy(DecisionKind.REORDER), ordered("A", 2))
    decision = proposed(planned(chain))[DecisionKind.REORDER]
    facts = planned(chain.tell(policy()))
    assert [(one.decision, one.reason) for one in of(f.DecisionApproved, facts)] == [
        (decision, "policy 2 leaves it to the planner")
    ]
    assert [(one.decision, one.status) for one in of(f.ReorderDecided, facts)] == [(decision, DecisionStatus.DECIDED)]
    assert not waiting(chain)


def test_a_run_that_is_within_the_days_a_new_policy_freezes_is_frozen_at_once() -> None:
    chain = factory(**PLENTY).tell(policy(freeze_days=2), ordered("A", 1))
    later = ordered("B", 1, part="WHEEL")  # a cut of its own, which has looked at A's runs as they were scheduled
    assert not of(g.FreezeDecided, [*planned(chain), *planned(chain.tell(later))])
    assert [one.part for one in of(g.FreezeDecided, planned(chain.tell(policy(freeze_days=90))))] == ["BIKE", "FRAME"]
    assert not of(g.FreezeDecided, planned(chain.tell(policy(freeze_days=91)))), "once"


def test_a_run_that_a_new_policy_leaves_to_the_planner_is_scheduled_and_its_material_is_sought() -> None:
    chain = factory(**PLENTY).tell(policy(DecisionKind.BUILD), ordered("A", 2))
    decision = proposed(planned(chain))[DecisionKind.BUILD]
    facts = planned(chain.tell(policy()))
    assert decision in [one.decision for one in of(f.DecisionApproved, facts)]
    assert {(run.part, run.status) for run in of(g.RunPlanned, facts)} == {
        ("BIKE", DecisionStatus.DECIDED), ("FRAME", DecisionStatus.DECIDED)
    }
    assert not waiting(chain)


def test_only_what_the_new_policy_leaves_to_the_planner_is_approved() -> None:
    stock = {part: amount for part, amount in STOCK.items() if part != "TUBE"}
    chain = factory(**stock).tell(policy(DecisionKind.REORDER), ordered("A", 2))
    values = {one.part: (one.value, one.decision) for one in of(f.DecisionProposed, planned(chain))}
    assert {part: value for part, (value, _) in values.items()} == {"SADDLE": 20, "TUBE": 60}
    facts = planned(chain.tell(policy(DecisionKind.REORDER, up_to=20)))
    assert [one.decision for one in of(f.DecisionApproved, facts)] == [values["SADDLE"][1]]
    assert waiting(chain) == [values["TUBE"][1]]


def test_a_proposal_that_a_person_is_to_be_asked_about_still_stays_on_the_worklist_under_its_number() -> None:
    chain = factory(**STOCK).tell(policy(DecisionKind.REORDER), ordered("A", 2))
    decision = proposed(planned(chain))[DecisionKind.REORDER]
    assert not planned(chain.tell(policy(DecisionKind.REORDER, up_to=19)))
    assert waiting(chain) == [decision]
    assert of(f.DecisionApproved, planned(chain.tell(policy(DecisionKind.REORDER, up_to=20))))


def test_a_value_is_judged_in_the_currency_of_the_new_policy() -> None:
    chain = factory(**STOCK).tell(policy(DecisionKind.REORDER), ordered("A", 2))
    planned(chain)
    dollars = {"currency": "USD", "up_to": 30}
    assert not planned(chain.tell(policy(DecisionKind.REORDER, **dollars))), "nobody knows what that is in dollars"
    rate = c.DefineRate(base="EUR", quote="USD", rate=Decimal(2), valid_from=chain.now)
    assert not planned(chain.tell(rate, policy(DecisionKind.REORDER, **dollars, review_days=20))), "40 is too much"
    assert of(f.DecisionApproved, planned(chain.tell(policy(DecisionKind.REORDER, **dollars | {"up_to": 40}))))


def substitutes(*, needs_approval: bool) -> tuple[Chain, str]:
    """Instead of a saddle, which nobody has, gel is proposed; the decision."""
    chain = factory(**STOCK, GEL=5).tell(
        c.DefineSubstitute(part="SADDLE", substitute="GEL", needs_approval=needs_approval),
        sells("ACME", "SADDLE", days=300), sells("BEST", "SADDLE", days=300), policy(DecisionKind.SUBSTITUTE),
    )
    return chain, proposed(planned(chain.tell(ordered("A", 1))))[DecisionKind.SUBSTITUTE]


def test_a_substitute_that_a_new_policy_leaves_to_the_planner_is_used() -> None:
    chain, decision = substitutes(needs_approval=False)
    assert [one.decision for one in of(f.DecisionApproved, planned(chain.tell(policy())))] == [decision]


def test_a_substitute_that_needs_an_engineer_waits_for_a_person_whatever_policy_says() -> None:
    chain, decision = substitutes(needs_approval=True)
    planned(chain.tell(policy()))
    assert waiting(chain) == [decision]


def test_a_proposed_substitute_is_decided_otherwise_once_policy_allows_none() -> None:
    chain, decision = substitutes(needs_approval=False)
    facts = planned(chain.tell(policy(DecisionKind.SUBSTITUTE, substitutes_allowed=False)))
    assert [one.decision for one in of(f.DecisionWithdrawn, facts)] == [decision]
    assert {one.part for one in of(f.SupplyPegged, facts)} == {"SADDLE"}
    assert not waiting(chain)


def test_what_was_short_is_served_once_policy_allows_it() -> None:
    chain = factory(GEL=5).tell(c.DefineSubstitute(part="BELL", substitute="GEL", needs_approval=False))
    chain.tell(part_of_nobody(), policy(substitutes_allowed=False), ordered("A", 1, part="BELL"))
    assert of(f.ShortageStated, planned(chain))
    assert [one.part for one in of(f.SupplyPegged, planned(chain.tell(policy())))] == ["GEL"]


def part_of_nobody() -> c.DefinePart:
    """A bell that the ERP buys."""
    return c.DefinePart(id="BELL", name="BELL", unit="C62", make_or_buy="buy", planner="erp",
                        standard_cost=Price(amount=Decimal(1), currency="EUR"))


def test_what_was_decided_alone_is_not_asked_after() -> None:
    chain = factory(**STOCK).tell(ordered("A", 2))
    planned(chain)
    assert not planned(chain.tell(policy(*DecisionKind)))
    assert proposed(planned(chain.tell(received("GEL", 1), ordered("B", 1))))
