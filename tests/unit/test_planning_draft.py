"""A cut while it is made: what is looked at again because of what, in which order it goes, and how far."""

from decimal import Decimal
from typing import Any

import pytest

from events.catalogue import messages as c
from events.planning import facts as f
from events.planning import messages as p
from events.planning import moves as g
from events.planning.shapes import AutonomyRule, DecisionKind, UnpegReason
from projections.planning.cut import LOOKED_ENOUGH
from projections.planning.lookups import Plant
from projections.planning.steps.asking import withdraw
from projections.planning.steps.draft import MOST_CAUSES, Draft
from projections.planning.steps.trimming import withdraw_run
from projections.planning.world.state import State
from tests.bikes import factory, ordered, part, sells
from tests.chain import Chain, of

PLENTY = {"WHEEL": 90, "TUBE": 90, "SADDLE": 90, "BOLT": 400, "BELL": 90}


def draft_of(chain: Chain) -> Draft:
    """The next cut, as yet without a fact."""
    state: State = chain.planner.state  # type: ignore[attr-defined]
    plant = Plant(state)
    plant.at(chain.now)
    return Draft(state, plant, state.parts.plan.cut + 1, len(chain.records["planning"]))


# What is looked at again


def test_of_what_less_is_wanted_stock_is_looked_at_where_it_is_and_nowhere_else() -> None:
    draft = draft_of(factory())
    draft.ease("plant", "SADDLE", "BELL")
    draft.ease("store")
    assert list(draft.places) == [("plant", "SADDLE"), ("plant", "BELL")]
    assert not draft.looked
    assert not draft.supplies


def test_a_claim_on_a_substitute_that_ends_eases_both_parts() -> None:
    chain = factory(GEL=5).tell(c.DefineSubstitute(part="SADDLE", substitute="GEL", needs_approval=False))
    chain.tell(sells("ACME", "SADDLE", days=300), sells("BEST", "SADDLE", days=300), ordered("A", part="SADDLE"))
    assert [one.part for one in of(f.SupplyPegged, chain.plan())] == ["GEL"]
    draft = draft_of(chain)
    (peg,) = draft.pegs_of("order/A/1/1")
    draft.unpeg(peg, Decimal(1), UnpegReason.DEMAND_LESS)
    assert set(draft.places) == {("plant", "GEL"), ("plant", "SADDLE")}
    assert (list(draft.looked), list(draft.freed)) == (["order/A/1/1"], ["stock/plant/GEL"])


@pytest.mark.parametrize("asked", [(), (DecisionKind.BUILD,)])
def test_a_run_that_is_not_built_eases_what_it_needed_whether_or_not_it_was_only_proposed(
    asked: tuple[DecisionKind, ...],
) -> None:
    alone = tuple(AutonomyRule(kind=kind) for kind in DecisionKind if kind not in asked)
    chain = factory(**PLENTY).tell(p.SetPolicy(currency="EUR", alone=alone), ordered("A"))
    chain.plan()
    draft = draft_of(chain)
    run = draft.joins.runs["R1-1"]
    assert run.proposed == bool(asked)
    withdraw_run(draft, run, "to see what follows")
    assert {part for site, part in draft.places if site == "plant"} >= {"FRAME", "WHEEL", "SADDLE", "BOLT", "BELL"}


def test_a_proposal_that_is_withdrawn_eases_what_its_run_would_have_needed() -> None:
    alone = tuple(AutonomyRule(kind=kind) for kind in DecisionKind if kind is not DecisionKind.BUILD)
    chain = factory(**PLENTY).tell(p.SetPolicy(currency="EUR", alone=alone), ordered("A"))
    decision = of(f.DecisionProposed, chain.plan())[0].decision
    draft = draft_of(chain)
    withdraw(draft, decision, "to see what follows")
    assert {part for _, part in draft.places} >= {"FRAME", "WHEEL", "SADDLE", "BOLT", "BELL"}


# How far, and in which order


def test_a_fact_names_its_first_causes_and_no_more_than_so_many() -> None:
    draft = draft_of(factory())
    places = [("orders", 0, number) for number in range(3 * MOST_CAUSES, 0, -1)]
    draft.causes["order/A/1/1"] = dict.fromkeys(places)
    assert draft.because("order/A/1/1") == tuple(f"orders/0/{number}" for number in range(1, MOST_CAUSES + 1))


def test_the_more_urgent_goes_first_and_nobody_twice() -> None:
    chain = factory().tell(ordered("B", part="GEL"), ordered("A", part="GEL"), ordered("C", part="GEL", priority=1))
    chain.settle()
    draft = draft_of(chain)
    for number in "BACB":
        draft.want(f"order/{number}/1/1")
    taken = []
    while (found := draft.next()) is not None:
        taken.append(found.id)
    assert taken == ["order/C/1/1", "order/A/1/1", "order/B/1/1"]


def test_the_steps_of_a_cut_follow_each_other() -> None:
    """What people say, what is covered, what is bought, then shortages, promises and deliveries, and last what freezes:
    each sees what was decided before it."""
    alone = tuple(AutonomyRule(kind=kind) for kind in DecisionKind if kind is not DecisionKind.REORDER)
    policy = p.SetPolicy(currency="EUR", alone=alone, freeze_days=90)
    chain = factory(**PLENTY | {"SADDLE": 1, "GEL": 1}).tell(policy, ordered("A", 2), ordered("B", part="GEL"))
    decision = of(f.DecisionProposed, chain.settle().cut())[0].decision
    chain.tell(p.RefuseDecision(decision=decision, reason="they cheat"), ordered("C", 2, part="GEL"))
    facts = chain.tell(ordered("D", part="FRAME")).settle().cut()
    steps: list[type[Any]] = [
        f.CutTaken, f.DecisionWithdrawn, f.RequirementRouted, f.ReorderDecided, f.ShortageStated, f.PromiseGiven,
        g.DeliveryPlanned, g.FreezeDecided,
    ]
    kinds = [type(fact) for fact in facts]
    assert sorted(steps, key=kinds.index) == steps


@pytest.mark.parametrize(("looked", "recorded"), [(LOOKED_ENOUGH - 1, False), (LOOKED_ENOUGH, True)])
def test_a_cut_that_looked_at_much_is_recorded_though_it_decided_nothing(looked: int, recorded: bool) -> None:
    chain = factory().tell(ordered("A", part="GEL"))
    chain.plan()
    assert not chain.planner.stirred()
    chain.tell(*(part(f"NEW-{number}") for number in range(looked)))
    assert [type(fact) for fact in chain.cut()] == ([f.CutTaken] if recorded else [])
    assert chain.planner.stirred() != recorded
