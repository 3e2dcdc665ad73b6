"""A part that was superseded: what is left of it is used, nothing more of it is had, and its successor serves."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from events.catalogue import messages as c
from events.catalogue.facts import PartSuperseded
from events.planning import facts as f
from events.planning import messages as p
from events.planning import moves as g
from events.planning.shapes import AutonomyRule, DecisionKind, OptionKind, PolicyShape, WhyNot
from projections.planning.shapes import Choice, Position
from projections.replenishment import overstocked, reorder_needs, still_needed
from projections.routing import route
from tests.bikes import bill, factory, ordered, part, sells
from tests.chain import Chain, of
from tests.known import Known, agreement, kept_part, known, need, stock
from tests.rules_of_plans import holds
from tests.scenario import START, day, site, supplier

GONE = PartSuperseded(part="saddle", by="gel", effective_from=START)


def a_world(*facts: Any, **told: Any) -> Known:
    """Saddles for 20 EUR, and gel ones for 15; both are sold."""
    return known(
        kept_part("saddle", cost="20"), kept_part("gel", cost="15"), site("plant", zone="UTC"), supplier("acme"),
        agreement("acme", "saddle", "20", 5), agreement("acme", "gel", "15", 5), *facts, **told,
    )


def decided(world: Known, **more: Any) -> Choice:
    return route(world, need(amount=10, days=30, **{"parent": "bike"} | more), world.now)


def chosen(choice: Choice) -> list[tuple[OptionKind, str, int]]:
    return [(one.candidate.kind, one.candidate.part, int(one.amount)) for one in choice.chosen]


def why(choice: Choice) -> dict[tuple[OptionKind, str], WhyNot]:
    return {(one.candidate.kind, one.candidate.part): one.why for one in choice.alternatives}


def test_nothing_of_it_is_bought_any_more_and_its_successor_serves() -> None:
    choice = decided(a_world(GONE))
    assert chosen(choice) == [(OptionKind.SUBSTITUTE, "gel", 10)]
    assert why(choice) == {(OptionKind.BUY, "saddle"): WhyNot.SUPERSEDED}


def test_what_is_left_of_it_is_used_up_first_though_its_successor_is_cheaper() -> None:
    choice = decided(a_world(GONE, all_supplies=[stock("saddle", 4), stock("gel", 50)]))
    assert chosen(choice) == [(OptionKind.STOCK, "saddle", 4), (OptionKind.SUBSTITUTE, "gel", 6)]


def test_until_then_it_is_had_like_any_other() -> None:
    choice = decided(a_world(GONE.model_copy(update={"effective_from": day(1)})))
    assert chosen(choice) == [(OptionKind.BUY, "saddle", 10)]


def test_its_successor_serves_though_policy_allows_no_substitutes() -> None:
    policy = PolicyShape(currency="EUR", substitutes_allowed=False)
    assert chosen(decided(a_world(GONE, policy=policy))) == [(OptionKind.SUBSTITUTE, "gel", 10)]


def test_who_asked_for_it_by_its_name_is_given_another_only_with_somebodys_approval() -> None:
    (picked,) = decided(a_world(GONE), parent=None).chosen
    assert (picked.candidate.part, picked.candidate.needs_approval) == ("gel", True)
    assert decided(a_world(GONE), custom=True).short == 10, "what a customer chose is nothing else"


def test_the_whole_line_of_successors_serves_the_last_is_bought() -> None:
    facts = (GONE, kept_part("air", cost="15"), agreement("acme", "air", "15", 5),
             PartSuperseded(part="gel", by="air", effective_from=START))
    choice = decided(a_world(*facts, all_supplies=[stock("gel", 3)]))
    assert chosen(choice) == [(OptionKind.SUBSTITUTE, "gel", 3), (OptionKind.SUBSTITUTE, "air", 7)]


def test_stock_of_it_asks_for_nothing_and_what_was_to_come_for_it_is_not_needed() -> None:
    levels = {"reorder_point": Decimal(4), "order_up_to": Decimal(9)}
    kept = a_world(kept_part("saddle", cost="20", **levels))
    gone = a_world(kept_part("saddle", cost="20", **levels), GONE)
    at = ("saddle", "plant")
    assert [len(reorder_needs(world, [at], START)) for world in (kept, gone)] == [1, 0]
    gone.positions[at] = Position(Decimal(0), Decimal(0), Decimal(9), Decimal(0))
    assert overstocked(gone, [at], START) == [at]
    assert still_needed(gone, *at, Decimal(9), START) == 0


# In a whole life

STOCK = {"WHEEL": 90, "TUBE": 90, "SADDLE": 1, "BOLT": 400, "BELL": 90}


def after(chain: Chain) -> list[Any]:
    facts = chain.plan()
    holds(chain)
    return facts


def test_a_run_uses_up_the_old_part_and_then_the_new() -> None:
    chain = factory(**STOCK).tell(
        sells("BEST", "GEL", days=2), c.SupersedePart(part="SADDLE", by="GEL", effective_from=START - timedelta(1)),
    )
    facts = after(chain.tell(ordered("A", 3)))
    assert [(one.part, one.amount) for one in of(f.ReorderDecided, facts)] == [("GEL", 2)]
    pegs = [(one.part, one.amount) for one in of(f.SupplyPegged, facts) if one.requirement == "run/R1-1/4"]
    assert sorted(pegs) == [("GEL", 2), ("SADDLE", 1)]


def test_what_is_asked_for_for_stock_of_it_is_taken_back_once_it_is_superseded() -> None:
    chain = factory(**STOCK).tell(part("SADDLE", reorder_point=Decimal(4), order_up_to=Decimal(9)))
    (asked,) = of(f.ReorderDecided, after(chain))
    assert (asked.part, asked.for_stock) == ("SADDLE", 8)
    after(chain.tell(ordered("Z", 1, part="BELL")))
    facts = after(chain.tell(c.SupersedePart(part="SADDLE", by="GEL", effective_from=START - timedelta(1))))
    assert [one.requisition for one in of(f.RequisitionWithdrawn, facts)] == [asked.requisition]


def test_a_superseded_bike_that_was_ordered_is_still_built_but_a_component_is_not() -> None:
    def superseded(id: str, by: str) -> Chain:
        chain = factory(**STOCK | {"SADDLE": 9}).tell(
            part(by, made=True), bill(by, TUBE=2), c.SupersedePart(part=id, by=by, effective_from=START - timedelta(1)),
        )
        return chain.tell(ordered("A", 1))

    assert {run.part for run in of(g.RunPlanned, after(superseded("BIKE", "TRIKE")))} == {"BIKE", "FRAME"}
    assert {run.part for run in of(g.RunPlanned, after(superseded("FRAME", "FORK")))} == {"BIKE", "FORK"}


def test_a_proposal_to_use_a_successor_stands_where_policy_allows_no_substitutes() -> None:
    def policy(*asked: DecisionKind, **more: Any) -> p.SetPolicy:
        alone = tuple(AutonomyRule(kind=kind) for kind in DecisionKind if kind not in asked)
        return p.SetPolicy(currency="EUR", alone=alone, **more)

    chain = factory(**STOCK).tell(
        policy(DecisionKind.SUBSTITUTE), sells("BEST", "GEL", days=2), ordered("A", 3),
        c.SupersedePart(part="SADDLE", by="GEL", effective_from=START - timedelta(1)),
    )
    (asked,) = of(f.DecisionProposed, after(chain))
    assert asked.kind is DecisionKind.SUBSTITUTE
    facts = after(chain.tell(policy(DecisionKind.SUBSTITUTE, substitutes_allowed=False)))
    assert not [*of(f.DecisionWithdrawn, facts), *of(f.SupplyUnpegged, facts)]
    (approved,) = of(f.DecisionApproved, after(chain.tell(policy(substitutes_allowed=False))))
    assert approved.decision == asked.decision


def test_an_order_for_what_cannot_be_had_any_more_waits_for_a_persons_word_on_its_successor() -> None:
    chain = factory(GEL=5).tell(c.SupersedePart(part="SADDLE", by="GEL", effective_from=START - timedelta(1)))
    facts = after(chain.tell(ordered("A", 2, part="SADDLE")))
    (asked,) = of(f.DecisionProposed, facts)
    assert asked.kind is DecisionKind.SUBSTITUTE
    (claim,) = of(f.SupplyPegged, facts)
    assert (claim.requirement, claim.part) == ("order/A/1/1", "GEL")
