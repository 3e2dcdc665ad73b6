"""What there is, or is on order, isn't ordered again; and what stock lacks is asked for as soon as it lacks it."""

from decimal import Decimal

from events.orders import messages as o
from events.planning import facts as f
from events.planning import messages as p
from events.planning import moves as g
from events.planning.shapes import AutonomyRule, DecisionKind
from events.suppliers import messages as s
from tests.bikes import WANTED, factory, ordered, part, purchased, some
from tests.chain import Chain, of
from tests.rules_of_plans import holds, watched

PLENTY = {"WHEEL": 90, "TUBE": 90, "SADDLE": 90, "BOLT": 400, "BELL": 90}
KEPT = part("SADDLE", reorder_point=Decimal(5), order_up_to=Decimal(10))


def seen(chain: Chain) -> Chain:
    """The planner has decided something: what was told so far isn't new to it any more."""
    planned(chain.tell(ordered("Z", 1, part="FRAME")))
    return chain


def planned(chain: Chain) -> list[object]:
    facts = chain.plan()
    holds(chain)
    return facts


def saddles(facts: list[object]) -> list[tuple[Decimal, Decimal]]:
    return [(one.amount, one.for_stock) for one in of(f.ReorderDecided, facts) if one.part == "SADDLE"]


def test_what_an_order_takes_from_stock_is_asked_for_though_nobody_reserved_it_yet() -> None:
    chain = seen(watched(factory(**PLENTY | {"SADDLE": 10})).tell(KEPT))
    rules = tuple(AutonomyRule(kind=kind) for kind in DecisionKind if kind is not DecisionKind.BUILD)
    chain.tell(p.SetPolicy(currency="EUR", alone=rules), ordered("A", 6))
    assert saddles(planned(chain)) == [(6, 6)]


def test_an_order_that_is_cancelled_is_missed_by_stock_that_counted_on_it() -> None:
    chain = seen(watched(factory(**PLENTY | {"SADDLE": 2})).tell(KEPT, purchased("4500", "SADDLE", 8, WANTED)))
    assert saddles(planned(chain.tell(s.CancelPurchaseOrder(number="4500")))) == [(8, 8)]


def test_stock_is_asked_of_a_supplier_who_is_back() -> None:
    down = (s.SupplierDown(supplier="ACME"), s.SupplierDown(supplier="BEST"))
    chain = seen(watched(factory(**PLENTY | {"SADDLE": 2})).tell(KEPT, *down))
    assert not saddles(planned(chain))
    assert saddles(planned(chain.tell(s.SupplierBack(supplier="ACME")))) == [(8, 8)]


def test_what_is_split_off_a_run_is_not_built_a_second_time() -> None:
    """It is as urgent as what it was split off: what it needs is decided before who waits for it looks elsewhere."""
    chain = watched(factory(WHEEL=90, TUBE=90, BOLT=400, BELL=90)).tell(ordered("A", 4, priority=3))
    (run, _) = of(g.RunPlanned, planned(chain))
    facts = planned(chain.tell(o.SplitRun(run=run.run, into="X", quantity=some(1))))
    assert not of(g.RunPlanned, facts)
    assert [peg.supply.id for peg in of(f.SupplyPegged, facts) if peg.requirement == "order/A/1/1"] == ["X"]
