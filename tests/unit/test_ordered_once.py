"""What there is, or is on order, isn't ordered again; and what stock lacks is asked for as soon as it lacks it."""

from datetime import timedelta
from decimal import Decimal

from events.inventory import messages as i
from events.orders import messages as o
from events.orders.shapes import LineAmendment, ScheduleLine
from events.planning import facts as f
from events.planning import messages as p
from events.planning import moves as g
from events.planning.shapes import AutonomyRule, DecisionKind
from events.suppliers import messages as s
from tests.bikes import WANTED, factory, ordered, part, purchased, some
from tests.chain import START, Chain, of
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


def test_a_proposed_run_that_is_made_smaller_takes_less_of_what_stock_counts_on_in_the_same_cut() -> None:
    rules = tuple(AutonomyRule(kind=kind) for kind in DecisionKind if kind is not DecisionKind.BUILD)
    chain = watched(factory(**PLENTY | {"SADDLE": 10})).tell(KEPT, p.SetPolicy(currency="EUR", alone=rules))
    assert saddles(planned(chain.tell(ordered("A", 6)))) == [(6, 6)]
    lost = i.Lost(part="SADDLE", site="plant", location="RACK", quantity=some(5))
    assert saddles(planned(chain.tell(smaller("A", 3), lost))) == [], "5 are there, 6 are to come, and 3 are wanted"
    assert saddles(planned(chain.tell(smaller("A", 2), lost))) == [(6, 6)], "now 6 are to come, and 2 are wanted"


def test_a_run_that_is_made_smaller_in_the_cut_that_buys_for_it_buys_for_the_smaller_one() -> None:
    chain = watched(factory(**PLENTY | {"SADDLE": 6})).tell(ordered("A", 6))
    planned(chain)
    lost = i.Lost(part="SADDLE", site="plant", location="RACK", quantity=some(6))
    assert saddles(planned(chain.tell(smaller("A", 4), lost))) == [(4, 0)]


def smaller(number: str, amount: int) -> o.AmendOrder:
    schedule = ScheduleLine(schedule=1, quantity=some(amount), wanted=WANTED)
    return o.AmendOrder(number=number, change=(LineAmendment(line=1, schedules=(schedule,)),))


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


def foreign(run: str, id: str, days: int = 0) -> o.ScheduleRun:
    """Somebody else has it built, for nobody that we know."""
    start = START + timedelta(days=days)
    return o.ScheduleRun(run=run, part=id, quantity=some(1), site="plant", start=start, due=start + timedelta(days=1))


def test_who_waits_for_what_is_being_bought_is_served_though_something_else_is_taken_back_meanwhile() -> None:
    chain = watched(factory(WHEEL=90, TUBE=90, BOLT=400, BELL=90)).tell(ordered("Z", part="FRAME"))
    planned(chain)
    facts = planned(chain.tell(foreign("F", "BIKE", 10), ordered("A"), o.CancelOrder(number="Z")))
    assert [one.run for one in of(g.RunWithdrawn, facts)] == ["R1-1"]
    assert [peg.supply.id for peg in of(f.SupplyPegged, facts) if peg.requirement == "order/A/1/1"] == ["F"]
    assert not of(f.ShortageStated, facts)


def test_what_somebody_had_scheduled_is_not_built_again_while_its_material_is_being_bought() -> None:
    """Not even where it waits for a run of ours, which is what waits for the material."""
    chain = seen(watched(factory(SADDLE=9, BOLT=90, BELL=9)))
    facts = planned(chain.tell(foreign("X", "BIKE"), ordered("A")))
    assert [run.part for run in of(g.RunPlanned, facts)] == ["FRAME"]
    assert [peg.supply.id for peg in of(f.SupplyPegged, facts) if peg.requirement == "order/A/1/1"] == ["X"]


def test_what_somebody_had_scheduled_is_not_built_again_for_an_order_that_is_more_urgent() -> None:
    """Its material is decided first then, on all levels, and as urgently."""
    chain = seen(watched(factory(**PLENTY)))
    facts = planned(chain.tell(foreign("X", "BIKE", 3), foreign("Y", "FRAME"), ordered("A", priority=1)))
    assert not of(g.RunPlanned, facts)
    claims = {peg.requirement: peg.supply.id for peg in of(f.SupplyPegged, facts)}
    assert (claims["order/A/1/1"], claims["run/X/1"]) == ("X", "Y")


def test_who_is_late_anyway_awaits_what_was_scheduled_as_long_as_another_could_not_come_sooner() -> None:
    for days, built in ((0, ["FRAME"]), (3, ["BIKE", "FRAME", "FRAME"])):
        chain = seen(watched(factory(**PLENTY)))
        facts = planned(chain.tell(foreign("X", "BIKE", days), ordered("A", 1, START.date(), priority=1)))
        assert [run.part for run in of(g.RunPlanned, facts)] == built


FRAMES = part("FRAME", made=True, reorder_point=Decimal(2), order_up_to=Decimal(6))
TUBES = part("TUBE", safety_stock=Decimal(2))


def tubes(facts: list[object]) -> tuple[Decimal, Decimal]:
    """How many are bought in all, and how many of these for stock."""
    bought = [one for one in of(f.ReorderDecided, facts) if one.part == "TUBE"]
    return sum((one.amount for one in bought), Decimal(0)), sum((one.for_stock for one in bought), Decimal(0))


def test_what_is_built_for_stock_gets_its_material_once() -> None:
    """It is decided before stock of the material asks for what it takes."""
    chain = watched(factory(**PLENTY | {"TUBE": 10}))
    planned(chain.tell(TUBES))
    facts = planned(chain.tell(FRAMES, ordered("A", 3, part="FRAME")))
    needed, there, kept = (3 + 6) * 3, 10, 3
    assert tubes(facts) == (needed + kept - there, kept)


def test_what_stock_asked_for_because_of_a_run_is_taken_back_with_the_run() -> None:
    """Also where the run claims what inventory knows nothing of: what is asked for, and isn't ordered yet."""
    kept = part("TUBE", reorder_point=Decimal(2), order_up_to=Decimal(9))
    chain = watched(factory(**PLENTY | {"TUBE": 1})).tell(kept)
    planned(chain.tell(i.Lost(part="TUBE", site="plant", location="RACK", quantity=some(1))))
    (asked,) = [one for one in of(f.ReorderDecided, planned(chain.tell(ordered("A", 3)))) if one.for_stock]
    assert (asked.part, asked.pegged) == ("TUBE", ())
    gone = planned(chain.tell(o.CancelOrder(number="A")))
    assert [one.requisition for one in of(f.RequisitionWithdrawn, gone)] == [asked.requisition]


def test_what_a_person_says_of_a_purchase_that_was_declined_takes_the_place_of_that() -> None:
    """And once it is taken back, that it was declined stands again."""
    chain = watched(factory(**PLENTY | {"SADDLE": 2})).tell(KEPT)
    (asked,) = [one for one in of(f.ReorderDecided, planned(chain)) if one.part == "SADDLE"]
    declined = p.Declined(requisition=asked.requisition, reason="no budget")
    again = planned(chain.tell(declined))
    assert [one.supplier for one in of(f.ReorderDecided, again)] == ["BEST"]
    override = p.OverrideDecision(decision=asked.decision, option=99, reason="that one")
    facts = planned(chain.tell(override))
    assert of(f.OverrideEnded, facts)
    assert not of(f.ReorderDecided, facts)
    assert "ACME" not in [one.supplier for one in of(f.ReorderDecided, planned(chain.tell(ordered("B", 9))))]
