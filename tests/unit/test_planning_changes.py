"""What becomes of a plan when the world isn't as it was: no more is decided anew than was hit."""

from datetime import date, timedelta

from events.inventory import messages as i
from events.logistics import messages as l
from events.orders import messages as o
from events.orders.shapes import LineAmendment, ScheduleLine
from events.planning import facts as f
from events.planning import messages as p
from events.planning import moves as g
from events.planning.shapes import UnpegReason
from events.suppliers import messages as s
from tests.bikes import WANTED, at, factory, ordered, purchased, received, reported, shipped, some
from tests.chain import Chain, of
from tests.rules_of_plans import holds

PLENTY = {"WHEEL": 90, "TUBE": 90, "SADDLE": 90, "BOLT": 400, "BELL": 90}


def planned(amount: int = 2, **stock: int) -> Chain:
    """A maker with an order A, planned."""
    chain = factory(**PLENTY | stock).tell(ordered("A", amount))
    chain.plan()
    return chain


def after(chain: Chain) -> list[object]:
    """What the planner decides now; the plan must hold afterwards."""
    facts = chain.plan()
    holds(chain)
    return facts


def reasons(facts: list[object]) -> set[UnpegReason]:
    return {fact.reason for fact in of(f.SupplyUnpegged, facts)}


def test_a_cancelled_order_gives_everything_back() -> None:
    chain = planned(SADDLE=1)
    facts = after(chain.tell(o.CancelOrder(number="A")))
    assert {run.run for run in of(g.RunWithdrawn, facts)} == {"R1-1", "R1-2"}
    assert len(of(f.RequisitionWithdrawn, facts)) == len(of(f.PromiseWithdrawn, facts)) == 1
    assert reasons(facts) == {UnpegReason.DEMAND_GONE}
    assert not chain.planner.state.joins.pegs  # type: ignore[attr-defined]


def test_a_frozen_run_goes_on_and_serves_somebody_else() -> None:
    chain = planned()
    chain.tell(o.FreezeRun(run="R1-1")).plan()
    facts = after(chain.tell(o.CancelOrder(number="A")))
    assert not of(g.RunWithdrawn, facts)
    facts = after(chain.tell(ordered("B", 2)))
    assert [peg.supply.text for peg in of(f.SupplyPegged, facts)] == ["run/R1-1"]


def amended(amount: int, wanted: date = WANTED) -> o.AmendOrder:
    schedule = ScheduleLine(schedule=1, quantity=some(amount), wanted=wanted)
    return o.AmendOrder(number="A", change=(LineAmendment(line=1, schedules=(schedule,)),))


def test_less_is_wanted_the_run_is_made_smaller() -> None:
    facts = after(planned(3).tell(amended(1)))
    assert {(run.run, run.amount) for run in of(g.RunResizePlanned, facts)} == {("R1-1", 1), ("R1-2", 1)}
    assert reasons(facts) == {UnpegReason.DEMAND_LESS}


def test_more_is_wanted_only_what_is_more_is_planned() -> None:
    facts = after(planned(1).tell(amended(3)))
    assert [(run.part, run.amount) for run in of(g.RunPlanned, facts)] == [("BIKE", 2), ("FRAME", 2)]
    assert not of(f.SupplyUnpegged, facts)


def test_another_day_is_wanted_and_promised() -> None:
    later = WANTED + timedelta(days=7)
    facts = after(planned().tell(amended(2, later)))
    assert [(one.was, one.promised) for one in of(f.PromiseChanged, facts)] == [(WANTED, later)]


def due(chain: Chain, run: str) -> date:
    joins = chain.planner.state.joins  # type: ignore[attr-defined]
    joins.settle()
    return joins.runs[run].due.date()  # type: ignore[no-any-return]


def elsewhere(chain: Chain) -> Chain:
    """A cut that has looked at all that was told of what was planned."""
    chain.tell(ordered("Z", 1, part="GEL")).plan()
    chain.tell(o.CancelOrder(number="Z")).plan()
    return chain


SOONER = WANTED - timedelta(days=9)


def test_what_is_wanted_sooner_is_built_sooner() -> None:
    chain = elsewhere(planned())
    facts = after(chain.tell(amended(2, SOONER)))
    assert (due(chain, "R1-1"), due(chain, "R1-2")) == (SOONER, SOONER - timedelta(days=1))
    assert [(one.was, one.promised) for one in of(f.PromiseChanged, facts)] == [(WANTED, SOONER)]


def test_what_is_wanted_sooner_is_asked_for_sooner_while_nobody_has_ordered_it() -> None:
    chain = elsewhere(planned(SADDLE=1))
    facts = after(chain.tell(amended(2, SOONER)))
    assert [one.requisition for one in of(f.RequisitionWithdrawn, facts)] == ["Q1-1"]
    assert [one.due < SOONER for one in of(f.ReorderDecided, facts)] == [True]
    assert [(one.was, one.promised) for one in of(f.PromiseChanged, facts)] == [(WANTED, SOONER)]
    later = after(chain.tell(amended(2, WANTED)))
    assert not [one for one in later if isinstance(one, f.PegFact | g.RunFact)], "it is in time"


def test_what_is_ordered_already_is_not_bought_again_because_it_is_wanted_sooner() -> None:
    chain = planned(SADDLE=1)
    chain.tell(purchased("4500", "SADDLE", 1, WANTED - timedelta(days=1), requisition="Q1-1"), s.SupplierDown(
        supplier="BEST"
    )).plan()
    facts = after(elsewhere(chain).tell(amended(2, SOONER)))
    assert not [*of(f.ReorderDecided, facts), *of(f.SupplyUnpegged, facts)]
    assert not of(g.RunReplanned, facts)


def test_who_wants_it_later_now_is_served_after_who_wanted_it_then() -> None:
    chain = factory().tell(purchased("4500", "GEL", 2, date(2026, 3, 6)))
    chain.tell(ordered("A", 1, SOONER, part="GEL"), ordered("B", 1, part="GEL")).plan()
    chain.tell(amended(1, WANTED + timedelta(days=9))).plan()
    less = s.ChangePurchaseOrder(number="4500", change=(s.LineChange(line=1, quantity=some(1)),))
    assert [one.requirement for one in of(f.SupplyUnpegged, after(chain.tell(less)))] == ["order/A/1/1"]


def test_what_is_late_on_its_way_is_promised_anew_and_again_when_it_comes_sooner() -> None:
    chain = factory(BIKE=1).tell(ordered("A", destination="zone/NORTH"))
    (delivery,) = of(g.DeliveryPlanned, [*chain.plan(), *chain.plan()])
    left = l.Departed(shipment=delivery.delivery)
    assert not after(chain.tell(shipped("BIKE", 1, delivery.delivery, "A"), left))
    late = chain.tell(l.Delayed(shipment=delivery.delivery, expected=at(WANTED + timedelta(days=7), 12)))
    slack = late.planner.state.parts.plan.policy.promise_slack_days  # type: ignore[attr-defined]
    told = WANTED + timedelta(days=7 + slack)
    assert [(one.was, one.promised) for one in of(f.PromiseChanged, after(late))] == [(WANTED, told)]
    sooner = chain.tell(l.Estimated(shipment=delivery.delivery, expected=at(WANTED, 12)), at=chain.now + timedelta(1))
    assert [(one.was, one.promised) for one in of(f.PromiseChanged, after(sooner))] == [(told, WANTED)]
    assert not after(chain.tell(l.Delivered(shipment=delivery.delivery)))


def test_lost_stock_is_mourned_and_replaced() -> None:
    chain = planned(SADDLE=2)
    facts = after(chain.tell(i.Lost(part="SADDLE", site="plant", location="RACK", quantity=some(1))))
    assert reasons(facts) == {UnpegReason.ALLOCATION_BROKEN}
    assert [(one.part, one.amount) for one in of(f.ReorderDecided, facts)] == [("SADDLE", 1)]


def test_a_reservation_that_lost_the_race_is_decided_again_once_the_refusal_is_read() -> None:
    chain = factory(**PLENTY | {"SADDLE": 2}).tell(ordered("A", 2))
    chain.settle()
    other = i.ReserveStock(part="SADDLE", site="plant", reservation="X", quantity=some(2), purpose="other")
    chain.tell(other, at=chain.now)
    chain.planner = _before(chain)
    facts = after(chain)
    assert UnpegReason.RESERVATION_REFUSED in reasons(facts)
    assert [(one.part, one.amount) for one in of(f.ReorderDecided, facts)] == [("SADDLE", 2)]


def _before(chain: Chain) -> object:
    """A planner that hasn't read inventory's last fact, and decides on that."""
    from events.codec import decode

    planner = chain.planning.planner()
    for domain, records in chain.records.items():
        for record in records[:-1] if domain == "inventory" else records:
            planner.fold(decode(record), record)
    vector = dict(chain.vector)
    vector["inventory", 0] -= 1
    taken = planner.cut(vector, chain.now)
    for stream, fact in taken:
        chain._record(fact, stream, "lotone:planner", "1", chain.now, fold=False)
    last = chain.records["inventory"][vector["inventory", 0]]
    planner.fold(decode(last), last)
    chain.cuts.append(taken)
    return planner


def test_an_answered_requisition_hands_its_claims_to_the_order_line() -> None:
    chain = planned(SADDLE=1)
    facts = after(chain.tell(purchased("4500", "SADDLE", 1, date(2026, 3, 7), requisition="Q1-1")))
    assert len(of(f.RequisitionAnswered, facts)) == 1
    assert [peg.supply.text for peg in of(f.SupplyPegged, facts)] == ["purchase/4500/1"]
    assert reasons(facts) == {UnpegReason.ANSWERED}
    assert not of(f.ReorderDecided, facts)


def test_what_an_answer_leaves_open_is_decided_again() -> None:
    chain = planned(3, SADDLE=1)
    facts = after(chain.tell(purchased("4500", "SADDLE", 1, date(2026, 3, 7), requisition="Q1-1")))
    assert [(one.part, one.amount) for one in of(f.ReorderDecided, facts)] == [("SADDLE", 1)]


def test_goods_for_a_claimed_line_are_born_allocated_and_decided_no_more() -> None:
    chain = planned(SADDLE=1)
    chain.tell(purchased("4500", "SADDLE", 1, date(2026, 3, 7), requisition="Q1-1")).plan()
    assert not after(chain.tell(received("SADDLE", 1, line=("4500", 1))))


def test_a_declined_requisition_is_not_asked_for_again() -> None:
    chain = planned(SADDLE=1)
    facts = after(chain.tell(p.Declined(requisition="Q1-1", reason="no budget")))
    assert reasons(facts) == {UnpegReason.DECLINED}
    assert [one.supplier for one in of(f.ReorderDecided, facts)] == ["BEST"]


def test_a_delay_within_its_slack_moves_nothing() -> None:
    chain = planned(SADDLE=1)
    chain.tell(purchased("4500", "SADDLE", 1, date(2026, 3, 7), requisition="Q1-1")).plan()
    assert not after(chain.tell(s.Delayed(number="4500", expected=date(2026, 3, 12))))


def test_a_delay_beyond_its_slack_is_decided_again_for_what_it_hits_alone() -> None:
    chain = planned(SADDLE=1)
    chain.tell(ordered("B", 1)).plan()
    chain.tell(purchased("4500", "SADDLE", 1, date(2026, 3, 7), requisition="Q1-1")).plan()
    facts = after(chain.tell(s.Delayed(number="4500", expected=date(2026, 4, 12))))
    assert [one.requirement for one in of(f.RequirementRerouted, facts)] == ["run/R1-1/4"]
    assert [one.supplier for one in of(f.ReorderDecided, facts)] == ["BEST"], "the late one isn't asked a second time"


def test_what_cannot_be_had_sooner_moves_the_run_and_the_promise() -> None:
    chain = planned(WHEEL=2)
    chain.tell(purchased("4500", "WHEEL", 2, date(2026, 3, 9), requisition="Q1-1")).plan()
    facts = after(chain.tell(s.Delayed(number="4500", expected=date(2026, 4, 9))))
    assert {run.run for run in of(g.RunReplanned, facts)} == {"R1-1"}
    (promise,) = of(f.PromiseChanged, facts)
    assert (promise.was, promise.promised) == (WANTED, date(2026, 4, 10))
    assert not of(f.RequirementRerouted, facts)


def test_a_late_order_is_promised_better_once_it_can_be() -> None:
    chain = planned(WHEEL=2)
    chain.tell(purchased("4500", "WHEEL", 2, date(2026, 3, 9), requisition="Q1-1")).plan()
    chain.tell(s.Delayed(number="4500", expected=date(2026, 4, 9))).plan()
    facts = after(chain.tell(s.Delayed(number="4500", expected=date(2026, 3, 12))))
    assert [one.promised for one in of(f.PromiseChanged, facts)] == [WANTED]


def test_a_supplier_that_is_down_is_left_for_another() -> None:
    chain = planned(SADDLE=1)
    chain.tell(purchased("4500", "SADDLE", 1, date(2026, 3, 7), requisition="Q1-1")).plan()
    facts = after(chain.tell(s.SupplierDown(supplier="ACME")))
    assert [one.supplier for one in of(f.ReorderDecided, facts)] == ["BEST"]
    assert not of(f.ShortageStated, facts)


def test_a_sole_supplier_that_is_down_leaves_a_shortage_until_it_is_back() -> None:
    chain = planned(WHEEL=2)
    chain.tell(purchased("4500", "WHEEL", 2, date(2026, 3, 9), requisition="Q1-1")).plan()
    facts = after(chain.tell(s.SupplierDown(supplier="ACME")))
    assert [(one.part, one.amount) for one in of(f.ShortageStated, facts)] == [("WHEEL", 2)]
    assert [one.was for one in of(f.PromiseWithdrawn, facts)] == [WANTED]
    facts = after(chain.tell(s.SupplierBack(supplier="ACME")))
    assert [one.promised for one in of(f.PromiseGiven, facts)] == [WANTED]
    assert [peg.supply.text for peg in of(f.SupplyPegged, facts)] == ["purchase/4500/1"]


def test_what_a_run_scraps_is_built_again() -> None:
    chain = planned()
    chain.tell(o.Started(run="R1-1"), reported("R1-1", 1, 1), o.Completed(run="R1-1"))
    facts = after(chain)
    assert [(run.part, run.amount) for run in of(g.RunPlanned, facts) if run.order] == [("BIKE", 1)]
    assert UnpegReason.SUPPLY_GONE in reasons(facts)


def test_a_completed_run_gives_back_what_it_did_not_use() -> None:
    chain = planned()
    chain.tell(o.Started(run="R1-1"), reported("R1-1", 2), o.Completed(run="R1-1"))
    after(chain)
    assert not [peg for peg in chain.planner.state.joins.pegs_of if peg.startswith("run/R1-1/")]  # type: ignore[attr-defined]


def test_a_split_run_serves_its_order_in_two() -> None:
    chain = planned(3)
    facts = after(chain.tell(o.SplitRun(run="R1-1", into="R1-9", quantity=some(1))))
    assert ("order/A/1/1", "run/R1-9") in [(peg.requirement, peg.supply.text) for peg in of(f.SupplyPegged, facts)]
    assert not of(g.RunPlanned, facts)


def test_an_order_that_moves_to_another_plant_takes_nothing_along() -> None:
    chain = factory(BIKE=1).tell(ordered("A"), received("BIKE", 1, "store"))
    chain.plan()
    facts = after(chain.tell(o.AmendOrder(number="A", change=(LineAmendment(line=1, site="store"),))))
    assert [peg.supply.text for peg in of(f.SupplyPegged, facts)] == ["stock/store/BIKE"]
    assert reasons(facts) == {UnpegReason.REROUTED}


# Priority


def of_two(priority: int, other: int) -> Chain:
    """Orders A and B for a bike each, of these priorities; the tubes of both come with one order line."""
    chain = factory(WHEEL=90, SADDLE=90, BOLT=400, BELL=90).tell(purchased("4500", "TUBE", 6, date(2026, 3, 9)))
    after(chain.tell(ordered("A", priority=priority), ordered("B", priority=other)))
    return chain


def who_lost(chain: Chain) -> set[str]:
    """Whose run lost tubes when only three of six are to come."""
    less = s.ChangePurchaseOrder(number="4500", change=(s.LineChange(line=1, quantity=some(3)),))
    lost = {one.requirement for one in of(f.SupplyUnpegged, after(chain.tell(less))) if one.part == "TUBE"}
    plan = chain.planner.state.parts.plan  # type: ignore[attr-defined]
    frames = {plan.runs[id.split("/")[1]].requirement.split("/")[1] for id in lost}
    return {plan.runs[run].requirement for run in frames}


def test_an_order_that_becomes_more_urgent_takes_its_runs_on_all_levels_along() -> None:
    assert who_lost(of_two(0, 1)) == {"order/A/1/1"}
    chain = of_two(0, 1)
    after(chain.tell(o.AmendOrder(number="A", priority=5)))
    joins = chain.planner.state.joins  # type: ignore[attr-defined]
    assert {view.priority for view in joins.runs.values()} == {5, 1}
    assert who_lost(chain) == {"order/B/1/1"}


def test_what_was_split_off_a_run_becomes_as_urgent_as_its_order_too() -> None:
    chain = factory(WHEEL=90, TUBE=90, SADDLE=90, BOLT=400, BELL=90).tell(ordered("A", 4))
    after(chain)
    after(chain.tell(o.SplitRun(run="R1-1", into="X", quantity=some(1))))
    after(chain.tell(o.AmendOrder(number="A", priority=5)))
    assert {view.priority for view in chain.planner.state.joins.runs.values()} == {5}  # type: ignore[attr-defined]
