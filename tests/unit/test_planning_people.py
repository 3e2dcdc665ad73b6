"""What people decide, what comes from another site, what goes to the customer, and what time alone brings."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from events.catalogue import messages as c
from events.catalogue.places import Weekday
from events.inventory import messages as i
from events.logistics import messages as l
from events.orders import messages as o
from events.orders.shapes import OrderLine, ScheduleLine
from events.planning import facts as f
from events.planning import messages as p
from events.planning import moves as g
from events.planning.shapes import AutonomyRule, DecisionKind, DecisionStatus, OptionKind
from events.suppliers import messages as s
from events.values import Quantity
from tests.bikes import UNIT, WANTED, factory, lane, ordered, part, purchased, received, shipped, some
from tests.chain import Chain, of
from tests.rules_of_plans import holds

PLENTY = {"WHEEL": 90, "TUBE": 90, "SADDLE": 90, "BOLT": 400, "BELL": 90}


def asking(*kinds: DecisionKind, **more: object) -> p.SetPolicy:
    """A policy that asks a person before these."""
    alone = tuple(AutonomyRule(kind=kind) for kind in DecisionKind if kind not in kinds)
    return p.SetPolicy(currency="EUR", alone=alone, **more)


def after(chain: Chain) -> list[object]:
    facts = chain.plan()
    holds(chain)
    return facts


# Proposals and words


def test_what_policy_does_not_leave_to_us_is_proposed_and_not_ordered() -> None:
    chain = factory(**PLENTY | {"SADDLE": 1}).tell(asking(DecisionKind.REORDER), ordered("A", 2))
    facts = after(chain)
    (reorder,) = of(f.ReorderDecided, facts)
    (proposed,) = of(f.DecisionProposed, facts)
    assert reorder.status is DecisionStatus.PROPOSED
    assert (proposed.decision, proposed.kind) == (reorder.decision, DecisionKind.REORDER)


def test_a_proposal_holds_its_claims_so_nothing_is_proposed_twice() -> None:
    chain = factory(**PLENTY | {"SADDLE": 1}).tell(asking(DecisionKind.REORDER), ordered("A", 2))
    after(chain)
    assert not after(chain.tell(received("BELL", 1)))


def test_what_stock_needs_is_asked_for_with_what_an_order_needs_though_nobody_told_of_that_stock() -> None:
    kept = part("SADDLE", reorder_point=Decimal(5), order_up_to=Decimal(10))
    chain = factory(WHEEL=90, TUBE=90, BOLT=400, BELL=90).tell(kept, asking(DecisionKind.REORDER), ordered("A", 4))
    (reorder,) = of(f.ReorderDecided, after(chain))
    assert (reorder.amount, reorder.for_stock) == (14, 10)
    (withdrawn,) = of(f.DecisionWithdrawn, after(chain.tell(o.CancelOrder(number="A"))))
    assert withdrawn.decision == reorder.decision


def test_an_approved_proposal_is_decided() -> None:
    chain = factory(**PLENTY | {"SADDLE": 1}).tell(asking(DecisionKind.REORDER), ordered("A", 2))
    decision = of(f.DecisionProposed, after(chain))[0].decision
    facts = after(chain.tell(p.ApproveDecision(decision=decision)))
    assert [one.status for one in of(f.ReorderDecided, facts)] == [DecisionStatus.DECIDED]


def test_a_refused_proposal_is_withdrawn_and_decided_otherwise() -> None:
    chain = factory(**PLENTY | {"SADDLE": 1}).tell(asking(DecisionKind.REORDER), ordered("A", 2))
    decision = of(f.DecisionProposed, after(chain))[0].decision
    facts = after(chain.tell(p.RefuseDecision(decision=decision, reason="they cheat")))
    assert [one.supplier for one in of(f.ReorderDecided, facts)] == ["BEST"]
    assert [one.decision for one in of(f.DecisionWithdrawn, facts)] == [decision]


def test_a_refused_word_stands_for_later_decisions_until_it_is_released() -> None:
    chain = factory(**PLENTY | {"SADDLE": 1}).tell(ordered("A", 2))
    (reorder,) = of(f.ReorderDecided, after(chain))
    after(chain.tell(p.RefuseDecision(decision=reorder.decision, reason="they cheat")))
    again = after(chain.tell(p.Declined(requisition="Q2-1")))
    assert not of(f.ReorderDecided, again), "both are refused"
    assert len(of(f.ShortageStated, again)) == 1
    facts = after(chain.tell(p.ReleaseOverride(decision=reorder.decision)))
    assert [one.supplier for one in of(f.ReorderDecided, facts)] == ["ACME"]


def refused() -> tuple[Chain, str]:
    """Order A needs a saddle, and a person refused to buy it from ACME."""
    chain = factory(**PLENTY | {"SADDLE": 1}).tell(asking(DecisionKind.REORDER), ordered("A", 2))
    decision = of(f.DecisionProposed, after(chain))[0].decision
    after(chain.tell(p.RefuseDecision(decision=decision, reason="they cheat")))
    return chain, decision


def asked(chain: Chain, number: str) -> list[str]:
    """Whom another order for a bike has asked for its saddle."""
    return [one.supplier for one in of(f.ReorderDecided, after(chain.tell(ordered(number, 1)))) if one.part == "SADDLE"]


def test_a_refused_purchase_is_not_asked_for_again_by_somebody_else_until_it_is_released() -> None:
    chain, decision = refused()
    assert asked(chain, "B") == ["BEST"]
    after(chain.tell(p.ReleaseOverride(decision=decision)))
    assert asked(chain, "C") == ["ACME"]


def test_a_refused_purchase_may_be_asked_for_when_what_it_was_refused_for_is_not_wanted_any_more() -> None:
    chain, _ = refused()
    after(chain.tell(o.CancelOrder(number="A")))
    assert asked(chain, "B") == [], "A's saddle is free"
    assert asked(chain, "C") == ["ACME"]


def test_who_was_short_because_another_ones_purchase_was_refused_is_served_when_it_is_released() -> None:
    chain = factory().tell(asking(DecisionKind.REORDER), ordered("A", 2, part="TUBE"))
    decision = of(f.DecisionProposed, after(chain))[0].decision
    facts = after(chain.tell(p.RefuseDecision(decision=decision, reason="not from them"), ordered("B", 3, part="TUBE")))
    assert {one.requirement for one in of(f.ShortageStated, facts)} == {"order/A/1/1", "order/B/1/1"}
    facts = after(chain.tell(p.ReleaseOverride(decision=decision)))
    assert [(one.supplier, one.amount) for one in of(f.ReorderDecided, facts)] == [("ACME", 5)]


def test_who_was_short_because_of_an_order_that_is_cancelled_is_served_then() -> None:
    chain = factory().tell(asking(DecisionKind.REORDER), ordered("A", 2, part="TUBE"))
    decision = of(f.DecisionProposed, after(chain))[0].decision
    after(chain.tell(p.RefuseDecision(decision=decision, reason="not from them"), ordered("B", 3, part="TUBE")))
    facts = after(chain.tell(o.CancelOrder(number="A")))
    assert [(one.supplier, one.amount) for one in of(f.ReorderDecided, facts)] == [("ACME", 3)]


def test_a_proposed_run_asks_for_no_material_before_it_is_approved() -> None:
    chain = factory(**PLENTY | {"SADDLE": 1}).tell(asking(DecisionKind.BUILD), ordered("A", 2))
    facts = after(chain)
    assert [run.status for run in of(g.RunPlanned, facts)] == [DecisionStatus.PROPOSED]
    assert not of(f.ReorderDecided, facts)
    assert not chain.facts["orders"][2:], "nothing is scheduled"
    facts = after(chain.tell(p.ApproveDecision(decision="D1-1")))
    assert "FRAME" in {run.part for run in of(g.RunPlanned, facts)}


def test_an_overridden_decision_goes_the_way_that_was_chosen() -> None:
    chain = factory(**PLENTY | {"SADDLE": 1}).tell(ordered("A", 1))
    routed = {one.requirement: one for one in of(f.RequirementRouted, after(chain))}["run/R1-1/4"]
    other = next(way for way in routed.alternatives if way.kind is OptionKind.BUY and way.supplier == "BEST")
    word = p.OverrideDecision(decision=routed.decision, option=other.option, reason="try them")
    facts = after(chain.tell(word))
    assert [one.supplier for one in of(f.ReorderDecided, facts)] == ["BEST"]
    assert not after(chain.tell(received("SADDLE", 5))), "it stands"


def test_an_option_that_is_not_there_is_answered() -> None:
    chain = factory(**PLENTY).tell(ordered("A"))
    after(chain)
    facts = after(chain.tell(p.OverrideDecision(decision="D1-1", option=99, reason="x")))
    assert [one.problems[0].field for one in of(f.AnswerRefused, facts)] == ["option"]


def test_a_decision_that_is_not_proposed_cannot_be_approved() -> None:
    chain = factory(**PLENTY).tell(ordered("A"))
    after(chain)
    chain.tell(p.ApproveDecision(decision="D1-1"))
    assert type(chain.facts["planning"][-1]) is f.AnswerRefused


# From another site, to the customer


def test_stock_of_another_site_is_brought_and_claimed_at_both_ends() -> None:
    chain = factory().tell(received("GEL", 1, "store"), ordered("A", part="GEL"))
    facts = after(chain)
    (transfer,) = of(g.TransferPlanned, facts)
    claims = {(peg.requirement, peg.supply.text, peg.purpose) for peg in of(f.SupplyPegged, facts)}
    assert claims == {
        ("transfer/T1-1", "stock/store/GEL", "T1-1"), ("order/A/1/1", "transfer/T1-1", "A"),
    }
    assert (transfer.from_site, transfer.lanes) == ("store", ("between",))
    sent = i.TransferSent(
        part="GEL", site="store", location="RACK", quantity=some(1), to_site="plant", transfer="T1-1"
    )
    assert not after(chain.tell(sent))
    arrived = i.TransferArrived(
        part="GEL", site="plant", location="RACK", transfer="T1-1", quantity=Quantity.of(1, UNIT)
    )
    assert len(of(g.DeliveryPlanned, after(chain.tell(arrived)))) == 1


def test_a_transfer_that_nobody_needs_is_taken_back_at_both_ends() -> None:
    chain = factory().tell(received("GEL", 1, "store"), ordered("A", part="GEL"))
    after(chain)
    facts = after(chain.tell(o.CancelOrder(number="A")))
    assert len(of(g.TransferWithdrawn, facts)) == 1
    assert len(of(f.SupplyUnpegged, facts)) == 2


def test_a_closed_lane_sends_for_what_waits_behind_it_elsewhere() -> None:
    chain = factory().tell(received("SADDLE", 1, "store"))
    after(chain.tell(ordered("A", 1, chain.now.date() + timedelta(days=2), part="SADDLE")))
    facts = after(chain.tell(l.Closed(lane="between")))
    assert [one.requirement for one in of(f.RequirementRerouted, facts)] == ["order/A/1/1"]
    assert [one.supplier for one in of(f.ReorderDecided, facts)] == ["BEST"]
    assert len(of(g.TransferWithdrawn, facts)) == 1


def test_goods_go_once_all_of_them_lie_there_and_arrive_on_the_day() -> None:
    chain = factory(GEL=1).tell(ordered("A", 2, part="GEL", destination="zone/NORTH"))
    assert not of(g.DeliveryPlanned, after(chain))
    (delivery,) = of(g.DeliveryPlanned, after(chain.tell(received("GEL", 1))))
    assert (delivery.amount, delivery.lanes, delivery.arrive_at.date()) == (2, ("north",), WANTED)


def test_what_went_out_is_not_planned_again_and_what_got_lost_is() -> None:
    chain = factory(BIKE=2).tell(ordered("A", 1))
    (delivery,) = of(g.DeliveryPlanned, after(chain))
    assert not after(chain.tell(shipped("BIKE", 1, delivery.delivery, "A"), l.Departed(shipment=delivery.delivery)))
    facts = after(chain.tell(l.Lost(shipment=delivery.delivery)))
    assert [peg.supply.text for peg in of(f.SupplyPegged, facts)] == ["stock/plant/BIKE"]
    assert len(of(g.DeliveryPlanned, facts)) == 1


def test_a_delivered_order_asks_for_nothing_more() -> None:
    chain = factory(BIKE=2).tell(ordered("A", 1))
    (delivery,) = of(g.DeliveryPlanned, after(chain))
    chain.tell(shipped("BIKE", 1, delivery.delivery, "A"), l.Departed(shipment=delivery.delivery))
    assert not after(chain.tell(l.Delivered(shipment=delivery.delivery)))


# Time


def test_an_order_line_that_does_not_come_is_expected_with_the_next_working_day() -> None:
    chain = factory(**PLENTY | {"WHEEL": 1}).tell(purchased("4500", "WHEEL", 1, date(2026, 3, 19)), ordered("A", 1))
    after(chain)
    facts = chain.live(20)
    assert len(of(f.TimePassed, facts)) > 1
    promised = [one.promised for one in of(f.PromiseChanged, facts)]
    assert promised == sorted(promised)
    assert promised[-1] > WANTED


def test_a_requisition_that_is_not_answered_falls_due() -> None:
    chain = factory(**PLENTY | {"SADDLE": 1})
    chain.tell(ordered("A", 2))
    after(chain)
    due = [id for one in of(f.TimePassed, chain.live(8)) for id in one.due]
    assert "requisition/Q1-1" in due


def test_a_run_is_frozen_when_it_comes_too_close_and_all_is_there() -> None:
    chain = factory(**PLENTY).tell(asking(freeze_days=2), ordered("A", 1))
    after(chain)
    assert chain.planner.due() == datetime(2026, 3, 16, 23, tzinfo=UTC)
    assert not of(g.FreezeDecided, chain.live(13))
    assert {one.run for one in of(g.FreezeDecided, chain.live(5))} == {"R1-1", "R1-2"}


def test_a_policy_that_never_freezes_is_kept_and_leaves_it_to_the_shop_floor() -> None:
    """None isn't stored, and would come back as the day that is usual."""
    for never in ("never", None):
        chain = factory(**PLENTY).tell(asking(freeze_days=never), ordered("A", 1))
        after(chain)
        assert chain.planner.state.parts.plan.policy.freeze_days == "never"  # type: ignore[attr-defined]
        assert not of(g.FreezeDecided, chain.live(20))


def test_a_run_whose_material_is_missing_is_not_frozen() -> None:
    chain = factory(**PLENTY | {"WHEEL": 1}).tell(asking(freeze_days=1), ordered("A", 1))
    after(chain)
    chain.tell(s.SupplierDown(supplier="ACME"))
    assert "R1-1" not in {one.run for one in of(g.FreezeDecided, chain.live(17))}


def test_nothing_falls_due_without_anything_planned() -> None:
    assert factory(BIKE=1).planner.due() is None


def test_promises_follow_policys_slack() -> None:
    chain = factory(**PLENTY).tell(asking(promise_slack_days=2))
    facts = after(chain.tell(ordered("A", 1, chain.now.date())))
    (promise,) = of(f.PromiseGiven, facts)
    plain = factory(**PLENTY)
    (other,) = of(f.PromiseGiven, after(plain.tell(ordered("A", 1, plain.now.date()))))
    assert promise.promised == other.promised + timedelta(days=2)


def test_a_customer_behind_a_closed_lane_waits_until_it_opens() -> None:
    chain = factory(GEL=1).tell(l.Closed(lane="north"))
    facts = after(chain.tell(ordered("A", part="GEL", destination="zone/NORTH")))
    assert not of(g.DeliveryPlanned, facts)
    assert not of(f.PromiseGiven, facts)
    facts = after(chain.tell(l.Reopened(lane="north")))
    assert len(of(g.DeliveryPlanned, facts)) == len(of(f.PromiseGiven, facts)) == 1


def test_what_is_not_built_yet_is_promised_by_the_usual_way() -> None:
    chain = factory(**PLENTY).tell(l.Closed(lane="north"))
    facts = after(chain.tell(ordered("A", destination="zone/NORTH")))
    assert [one.promised for one in of(f.PromiseGiven, facts)] == [WANTED]


def test_a_transfer_behind_a_closed_lane_goes_another_way() -> None:
    chain = factory().tell(received("GEL", 1, "store"), lane("around", "site/store", "site/plant", 60))
    after(chain.tell(ordered("A", part="GEL")))
    (moved,) = of(g.TransferReplanned, after(chain.tell(l.Closed(lane="between"))))
    assert (moved.transfer, moved.lanes) == ("T1-1", ("around",))


def test_a_run_planned_close_to_its_start_is_frozen_too() -> None:
    chain = factory(**PLENTY).tell(asking(freeze_days=5), ordered("A", 1, date(2026, 3, 4)))
    assert {one.run for one in of(g.FreezeDecided, after(chain))} == {"R1-1", "R1-2"}


def test_a_proposal_that_was_decided_otherwise_is_withdrawn() -> None:
    chain = factory(**PLENTY | {"SADDLE": 1}).tell(asking(DecisionKind.ROUTE), ordered("A", 1))
    proposed = {one.subject: one.decision for one in of(f.DecisionProposed, after(chain))}
    lost = i.Lost(part="SADDLE", site="plant", location="RACK", quantity=some(1))
    facts = after(chain.tell(lost))
    assert proposed["run/R1-1/4"] in [one.decision for one in of(f.DecisionWithdrawn, facts)]


def test_a_proposal_that_nobody_could_override_can_still_be_approved() -> None:
    chain = factory(**PLENTY | {"SADDLE": 1}).tell(asking(DecisionKind.REORDER), ordered("A", 2))
    decision = of(f.DecisionProposed, after(chain))[0].decision
    after(chain.tell(p.OverrideDecision(decision=decision, option=99, reason="x")))
    facts = after(chain.tell(p.ApproveDecision(decision=decision)))
    assert [one.status for one in of(f.ReorderDecided, facts)] == [DecisionStatus.DECIDED]


def test_of_two_lines_of_a_part_the_one_that_leaves_is_the_one_that_was_sent() -> None:
    lines = tuple(
        OrderLine(
            line=n, part="BIKE", site="plant",
            schedules=(ScheduleLine(schedule=1, quantity=some(2), wanted=WANTED + timedelta(days=n)),),
        )
        for n in (1, 2)
    )
    chain = factory(BIKE=4).tell(o.PlaceOrder(number="A", lines=lines, destination="zone/NORTH"))
    deliveries = {one.order.line: one.delivery for one in of(g.DeliveryPlanned, after(chain))}
    facts = after(chain.tell(shipped("BIKE", 2, deliveries[2], "A"), l.Departed(shipment=deliveries[2])))
    assert not of(g.DeliveryWithdrawn, facts)
    assert not of(f.SupplyPegged, facts)
    facts = after(chain.tell(shipped("BIKE", 2, deliveries[1]), l.Departed(shipment=deliveries[1])))
    assert not of(f.SupplyPegged, facts), "both are on their way"


def test_what_lies_there_for_a_sunday_leaves_on_the_friday_before_and_is_not_late() -> None:
    week = tuple(Weekday)[:5]
    sunday = WANTED + timedelta(days=6 - WANTED.weekday())
    chain = factory(BIKE=2).tell(
        c.DefineCalendar(id="week", days=week),
        lane("north", "site/plant", "zone/NORTH").model_copy(update={"calendar": "week", "cutoff": time(16)}),
        ordered("A", 2, wanted=sunday, destination="zone/NORTH"),
    )
    facts = after(chain)
    (peg,) = of(f.SupplyPegged, facts)
    friday = datetime.combine(sunday - timedelta(days=2), time(15), UTC)
    assert peg.needed_by == friday, "four o'clock in Berlin"
    (delivery,), (promise,) = of(g.DeliveryPlanned, facts), of(f.PromiseGiven, facts)
    assert (delivery.depart_at, promise.promised) == (friday, sunday)
