"""What had to wait comes back once it can: what is late is judged by the customer's wish, not by where it was moved."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from events.inventory import messages as i
from events.orders import messages as o
from events.orders.shapes import LineAmendment, ScheduleLine
from events.planning import facts as f
from events.planning import messages as p
from events.planning import moves as g
from events.planning.shapes import OptionKind
from events.suppliers import messages as s
from tests.bikes import bill, factory, ordered, part, purchased, received, sells, some
from tests.chain import Chain, of
from tests.rules_of_plans import holds

WISHED = date(2026, 3, 9)
"""A Monday: the bike is built then, its frame on Friday; tubes are to be there on Thursday, saddles on Sunday."""
SOON = date(2026, 3, 5)
LATE = date(2026, 3, 17)
STOCK = {"WHEEL": 90, "TUBE": 90, "SADDLE": 90, "BOLT": 400, "BELL": 90}
BARE = {part: amount for part, amount in STOCK.items() if part != "SADDLE"}
NEEDS = {"TUBE": "run/R1-2/2", "SADDLE": "run/R1-1/4"}


def planned(chain: Chain) -> list[Any]:
    facts = chain.plan()
    holds(chain)
    return facts


def without(missing: str) -> Chain:
    """A factory that lacks one part, of which one supplier has some in time and another much later."""
    chain = factory(**{part: amount for part, amount in STOCK.items() if part != missing})
    return chain.tell(sells("BEST", missing, days=2, price=12), sells("ACME", missing, days=12))


def runs(chain: Chain) -> dict[str, date]:
    """When each run is done."""
    joins = chain.planner.state.joins  # type: ignore[attr-defined]
    joins.settle()
    return {run: view.due.date() for run, view in joins.runs.items()}


def promised(chain: Chain) -> date:
    (given,) = chain.planner.state.parts.plan.promises.values()  # type: ignore[attr-defined]
    return given.promised  # type: ignore[no-any-return]


def later(missing: str, *before: Any) -> tuple[Chain, str, dict[str, date]]:
    """A person chose the late supplier, and the runs moved; the decision, and when they had been due before."""
    chain = without(missing).tell(*before, ordered("A", 1, WISHED))
    routed = {one.requirement: one for one in of(f.RequirementRouted, planned(chain))}[NEEDS[missing]]
    first = runs(chain)
    assert ([way.supplier for way in routed.chosen], promised(chain)) == (["BEST"], WISHED)
    (other,) = [way for way in routed.alternatives if way.kind is OptionKind.BUY]
    planned(chain.tell(p.OverrideDecision(decision=routed.decision, option=other.option, reason="old friends")))
    assert promised(chain) > WISHED
    return chain, routed.decision, first


@pytest.mark.parametrize("missing", NEEDS)
def test_when_a_persons_later_way_is_released_the_plan_comes_back(missing: str) -> None:
    chain, decision, first = later(missing)
    facts = planned(chain.tell(p.ReleaseOverride(decision=decision)))
    assert [one.supplier for one in of(f.ReorderDecided, facts)] == ["BEST"]
    assert (runs(chain), promised(chain)) == (first, WISHED)
    assert [one.reason for one in of(f.RequisitionWithdrawn, facts)] == ["nothing needs it any more"]
    (again,) = of(f.RequirementRerouted, facts)
    assert ([way.late_hours for way in again.chosen], again.was[0].late_hours > 0) == ([0], True)


def test_a_released_way_is_kept_where_another_is_not_better_by_the_threshold() -> None:
    chain, decision, _ = later("SADDLE", p.SetPolicy(currency="EUR", switch_threshold=Decimal(10_000)))
    facts = planned(chain.tell(p.ReleaseOverride(decision=decision)))
    assert not of(f.RequirementRerouted, facts)
    assert promised(chain) > WISHED


@pytest.mark.parametrize("missing", ["TUBE", "WHEEL"])
def test_runs_on_all_levels_come_back_when_what_was_late_is_said_to_come_sooner(missing: str) -> None:
    chain = factory(**{part: amount for part, amount in STOCK.items() if part != missing})
    chain.tell(purchased("4500", missing, 3, SOON), ordered("A", 1, WISHED))
    planned(chain)
    first = runs(chain)
    planned(chain.tell(s.Delayed(number="4500", expected=LATE)))
    assert promised(chain) > LATE
    planned(chain.tell(s.Delayed(number="4500", expected=SOON)))
    assert (runs(chain), promised(chain)) == (first, WISHED)


def test_a_run_is_not_pulled_in_before_what_it_is_for_can_begin() -> None:
    stock = {"SADDLE": 90, "BOLT": 400, "BELL": 90}
    chain = factory(**stock).tell(purchased("4500", "TUBE", 3, SOON), purchased("4600", "WHEEL", 2, SOON))
    planned(chain.tell(ordered("A", 1, WISHED)))
    later = date(2026, 3, 24)
    planned(chain.tell(s.Delayed(number="4600", expected=later), s.Delayed(number="4500", expected=LATE)))
    both = runs(chain)
    assert not of(g.RunReplanned, planned(chain.tell(s.Delayed(number="4500", expected=SOON))))
    assert runs(chain) == both, "the bike waits for its wheels, so its frame may wait too"
    planned(chain.tell(s.Delayed(number="4600", expected=SOON)))
    assert promised(chain) == WISHED


def test_two_branches_that_wait_for_each_other_come_back_together() -> None:
    chain = factory(**STOCK | {"TUBE": 1}).tell(part("FORK", made=True), bill("FORK", SADDLE=1, GEL=2))
    chain.tell(bill("BIKE", FRAME=1, WHEEL=2, FORK=1))
    chain.tell(purchased("4500", "TUBE", 3, SOON), purchased("4600", "GEL", 2, SOON))
    planned(chain.tell(ordered("A", 1, WISHED)))
    first = runs(chain)
    assert len(first) == 3
    planned(chain.tell(s.Delayed(number="4600", expected=LATE), s.Delayed(number="4500", expected=LATE)))
    seen = chain.tell(s.Delayed(number="4500", expected=SOON), ordered("Z", 1, part="BELL"))
    assert not of(g.RunReplanned, planned(seen)), "the other branch is late still"
    facts = planned(chain.tell(s.Delayed(number="4600", expected=SOON)))
    assert len(of(g.RunReplanned, facts)) == 3
    assert runs(chain) == first


def test_no_more_is_paid_for_one_piece_to_come_sooner_than_the_others_of_its_kind() -> None:
    chain = without("SADDLE").tell(purchased("4500", "SADDLE", 1, SOON), received("SADDLE", 1))
    planned(chain.tell(p.SetPolicy(currency="EUR", switch_threshold=Decimal(10_000)), ordered("A", 2, WISHED)))
    planned(chain.tell(s.Delayed(number="4500", expected=LATE)))
    late = promised(chain)
    assert late > LATE
    lost = i.Lost(part="SADDLE", site="plant", location="RACK", quantity=some(1))
    facts = planned(chain.tell(lost))
    assert [one.supplier for one in of(f.ReorderDecided, facts)] == ["ACME"], "it costs 10 and not 12, and is in time"
    assert promised(chain) == late


def test_what_a_moved_run_has_to_look_for_anew_is_sought_by_the_customers_wish() -> None:
    chain = without("SADDLE").tell(purchased("4500", "SADDLE", 1, SOON), ordered("A", 1, WISHED))
    planned(chain)
    chain.tell(p.SetPolicy(currency="EUR", switch_threshold=Decimal(10_000)), s.Delayed(number="4500", expected=LATE))
    planned(chain)
    assert promised(chain) > LATE
    facts = planned(chain.tell(s.CancelPurchaseOrder(number="4500")))
    assert [one.supplier for one in of(f.ReorderDecided, facts)] == ["BEST"], "though the other comes when it is built"
    assert promised(chain) == WISHED


def test_an_order_wanted_sooner_pulls_its_runs_in_on_all_levels() -> None:
    chain = factory(**STOCK).tell(ordered("A", 1, date(2026, 3, 20)))
    planned(chain)
    sooner = ScheduleLine(schedule=1, quantity=some(1), wanted=WISHED)
    planned(chain.tell(o.AmendOrder(number="A", change=(LineAmendment(line=1, schedules=(sooner,)),))))
    assert promised(chain) == WISHED
    assert set(runs(chain).values()) == {date(2026, 3, 9), date(2026, 3, 6)}


# Kept on what is late, with nothing decided anew


def waiting(*late: Any) -> Chain:
    """A saddle's purchase, kept for want of a better way though it comes late; and a cut that looked at all of that."""
    chain = factory(**BARE).tell(s.SupplierDown(supplier="BEST"))
    chain.tell(purchased("4500", "SADDLE", 1, date(2026, 3, 6)), ordered("A", 1, WISHED))
    planned(chain)
    facts = planned(chain.tell(*late))
    if not late:
        facts = [*facts, *chain.live(10)]
    assert not of(f.RequirementRouted, facts)
    assert promised(chain) > WISHED
    planned(chain.tell(ordered("B", 1, part="GEL")))
    planned(chain.tell(o.CancelOrder(number="B")))
    return chain


def test_what_was_kept_on_a_delayed_purchase_is_served_by_stock_that_comes_sooner() -> None:
    chain = waiting(s.Delayed(number="4500", expected=date(2026, 4, 9)))
    (told,) = of(f.RequirementRerouted, planned(chain.tell(received("SADDLE", 1))))
    assert [way.kind for way in told.chosen] == [OptionKind.STOCK]
    assert promised(chain) == WISHED


def test_what_was_kept_on_a_purchase_nobody_heard_of_is_served_by_stock_that_comes_sooner() -> None:
    chain = waiting()
    (told,) = of(f.RequirementRerouted, planned(chain.tell(received("SADDLE", 1))))
    assert [way.kind for way in told.chosen] == [OptionKind.STOCK]


def test_what_is_kept_in_time_is_not_moved_by_what_becomes_free() -> None:
    chain = factory(**BARE).tell(purchased("4500", "SADDLE", 1, date(2026, 3, 3)))
    planned(chain.tell(ordered("A", 1, WISHED)))
    planned(chain.tell(s.Delayed(number="4500", expected=date(2026, 3, 5)), ordered("B", 1, part="GEL")))
    assert not of(f.RequirementRouted, planned(chain.tell(received("SADDLE", 1))))


def test_of_those_kept_on_what_is_late_the_most_urgent_takes_what_becomes_free() -> None:
    chain = factory(**BARE).tell(s.SupplierDown(supplier="BEST"))
    chain.tell(purchased("4500", "SADDLE", 2, date(2026, 3, 6)))
    chain.tell(ordered("A", 1, WISHED), ordered("B", 1, WISHED, priority=5))
    planned(chain)
    planned(chain.tell(s.Delayed(number="4500", expected=date(2026, 4, 9))))
    facts = planned(chain.tell(received("SADDLE", 1)))
    (told,) = of(f.RequirementRerouted, facts)
    (bike,) = (run for run in chain.planner.state.parts.plan.runs.values() if run.run == told.requirement.split("/")[1])  # type: ignore[attr-defined]
    assert bike.requirement == "order/B/1/1"
