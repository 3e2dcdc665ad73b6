"""What is planned for stock alone, and taken back when stock doesn't ask for it any more."""

from decimal import Decimal

from events.orders import messages as o
from events.orders.shapes import LineAmendment, ScheduleLine
from events.planning import facts as f
from events.planning import messages as p
from events.planning import moves as g
from events.planning.shapes import AutonomyRule, DecisionKind
from tests.bikes import WANTED, factory, ordered, part, purchased, received, some
from tests.chain import Chain, of
from tests.rules_of_plans import holds

PLENTY = {"WHEEL": 90, "TUBE": 90, "SADDLE": 90, "BOLT": 400, "BELL": 90}


def after(chain: Chain) -> list[object]:
    """What the planner decides now; the plan must hold afterwards."""
    facts = chain.plan()
    holds(chain)
    return facts


def saddles(lying: int = 12, up_to: int = 20) -> Chain:
    """Saddles are sold, and kept between five and twenty."""
    kept = part("SADDLE", reorder_point=Decimal(5), order_up_to=Decimal(up_to))
    chain = factory(SADDLE=lying).tell(kept)
    assert not after(chain)
    return chain


def frames(lying: int = 12) -> Chain:
    """Frames are built for stock too."""
    kept = part("FRAME", made=True, reorder_point=Decimal(5), order_up_to=Decimal(20))
    chain = factory(**PLENTY | {"FRAME": lying}).tell(kept)
    assert not after(chain)
    return chain


def cancel(number: str) -> o.CancelOrder:
    return o.CancelOrder(number=number)


def test_what_was_asked_for_because_of_an_order_is_taken_back_with_it() -> None:
    chain = saddles().tell(ordered("A", 8, part="SADDLE"))
    (reorder,) = of(f.ReorderDecided, after(chain))
    assert (reorder.amount, reorder.for_stock) == (16, 16)
    facts = after(chain.tell(cancel("A")))
    assert [one.requisition for one in of(f.RequisitionWithdrawn, facts)] == [reorder.requisition]
    assert not of(f.ReorderDecided, facts)
    assert not after(chain.tell(received("BELL", 1))), "it isn't ordered again"


def test_a_proposal_for_stock_is_taken_back_too() -> None:
    alone = tuple(AutonomyRule(kind=kind) for kind in DecisionKind if kind is not DecisionKind.REORDER)
    chain = saddles().tell(p.SetPolicy(currency="EUR", alone=alone), ordered("A", 8, part="SADDLE"))
    (proposed,) = of(f.DecisionProposed, after(chain))
    facts = after(chain.tell(cancel("A")))
    assert [one.decision for one in of(f.DecisionWithdrawn, facts)] == [proposed.decision]


def test_what_is_ordered_comes() -> None:
    chain = saddles().tell(ordered("A", 8, part="SADDLE"))
    after(chain)
    chain.tell(purchased("4500", "SADDLE", 16, WANTED, requisition="Q1-1"))
    after(chain)
    assert not of(f.RequisitionWithdrawn, after(chain.tell(cancel("A"))))


def test_what_stock_would_ask_for_all_the_same_is_kept() -> None:
    chain = saddles(8).tell(ordered("A", 2, part="SADDLE"), ordered("B", 4, part="SADDLE"))
    assert len(of(f.ReorderDecided, after(chain))) == 1
    assert not of(f.RequisitionWithdrawn, after(chain.tell(cancel("A")))), "with four of eight left it is asked for"
    assert len(of(f.RequisitionWithdrawn, after(chain.tell(cancel("B"))))) == 1


def test_a_position_that_wavers_within_its_levels_moves_nothing() -> None:
    chain = saddles(8).tell(ordered("A", 3, part="SADDLE"))
    after(chain)
    after(chain.tell(ordered("B", 4, part="SADDLE"), ordered("C", 3, part="SADDLE")))
    for _ in range(3):
        assert not of(f.RequisitionWithdrawn, after(chain.tell(cancel("C"))))
        chain.tell(ordered("C", 3, part="SADDLE"))
        assert not of(f.ReorderDecided, after(chain))


def test_a_run_for_stock_is_withdrawn_when_stock_does_not_need_it() -> None:
    chain = frames().tell(ordered("A", 8, part="FRAME"))
    (run,) = of(g.RunPlanned, after(chain))
    facts = after(chain.tell(cancel("A")))
    assert [one.run for one in of(g.RunWithdrawn, facts)] == [run.run]
    assert not of(g.RunPlanned, facts)
    assert not after(chain.tell(received("BELL", 1))), "it isn't built again"


def test_a_run_for_stock_is_made_as_small_as_stock_needs() -> None:
    chain = frames(8).tell(ordered("A", 3, part="FRAME"), ordered("B", 4, part="FRAME"))
    (run,) = of(g.RunPlanned, after(chain))
    assert run.amount == 19
    facts = after(chain.tell(cancel("B")))
    assert [(one.was, one.amount) for one in of(g.RunResizePlanned, facts)] == [(19, 15)]
    assert not after(chain.tell(received("BELL", 1)))


def test_a_frozen_run_for_stock_goes_on() -> None:
    chain = frames().tell(ordered("A", 8, part="FRAME"))
    (run,) = of(g.RunPlanned, after(chain))
    chain.tell(o.FreezeRun(run=run.run)).plan()
    facts = after(chain.tell(cancel("A")))
    assert not [*of(g.RunWithdrawn, facts), *of(g.RunResizePlanned, facts)]


def test_less_that_is_ordered_gives_back_as_cancelling_does() -> None:
    chain = saddles().tell(ordered("A", 8, part="SADDLE"))
    after(chain)
    less = ScheduleLine(schedule=1, quantity=some(1), wanted=WANTED)
    facts = after(chain.tell(o.AmendOrder(number="A", change=(LineAmendment(line=1, schedules=(less,)),))))
    assert len(of(f.RequisitionWithdrawn, facts)) == 1
