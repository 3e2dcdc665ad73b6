"""How orders are planned: what is there is used, the rest is built and bought, and the customer is told a day."""

from datetime import date, timedelta
from decimal import Decimal

from events.inventory import messages as i
from events.orders import messages as o
from events.orders.shapes import LineAmendment, OrderLine, ScheduleLine
from events.planning import facts as f
from events.planning import moves as g
from events.planning.shapes import OptionKind
from tests.bikes import WANTED, factory, issued, ordered, purchased, received, some
from tests.chain import Chain, of

PLENTY = {"WHEEL": 90, "TUBE": 90, "SADDLE": 90, "BOLT": 400, "BELL": 90}


def supplies(facts: list[object], requirement: str) -> list[tuple[str, int]]:
    """What a requirement claims, and how much of it."""
    return [(peg.supply.text, int(peg.amount)) for peg in of(f.SupplyPegged, facts) if peg.requirement == requirement]


def test_a_bike_on_stock_is_claimed_and_nothing_is_built() -> None:
    facts = factory(BIKE=1).tell(ordered("A")).plan()
    assert supplies(facts, "order/A/1/1") == [("stock/plant/BIKE", 1)]
    assert not of(g.RunPlanned, facts)


def test_only_what_stock_lacks_is_built_and_only_that_is_exploded() -> None:
    facts = factory(**PLENTY | {"BIKE": 1, "FRAME": 1}).tell(ordered("A", 3)).plan()
    assert supplies(facts, "order/A/1/1") == [("stock/plant/BIKE", 1), ("run/R1-1", 2)]
    bike, frame = of(g.RunPlanned, facts)
    assert (bike.part, bike.amount, frame.part, frame.amount) == ("BIKE", 2, "FRAME", 1)
    assert supplies(facts, "run/R1-1/1") == [("stock/plant/FRAME", 1), ("run/R1-2", 1)]
    assert [(one.part, one.amount) for one in frame.requirements] == [("TUBE", Decimal(3))]


def test_a_run_nobody_claims_serves_the_next_order() -> None:
    chain = factory(**PLENTY)
    chain.tell(o.ScheduleRun(run="F1", part="BIKE", quantity=received("BIKE", 2).quantity, site="plant",
                             start=chain.now, due=chain.now + timedelta(days=1)))
    facts = chain.plan() + chain.tell(ordered("A", 3)).plan()
    assert ("run/F1", 2) in supplies(facts, "order/A/1/1")


def test_what_is_left_of_a_phantom_is_used_before_what_it_is_made_of() -> None:
    facts = factory(**PLENTY | {"KIT": 1}).tell(ordered("A", 3)).plan()
    needs = {one.part: one.amount for one in of(g.RunPlanned, facts)[0].requirements}
    assert (needs["KIT"], needs["BOLT"], needs["BELL"]) == (1, 8, 2)
    assert ("stock/plant/KIT", 1) in [(peg.supply.text, peg.amount) for peg in of(f.SupplyPegged, facts)]


def test_a_phantom_is_never_built_while_its_parts_can_be_had() -> None:
    facts = factory(**PLENTY).tell(ordered("A")).plan()
    assert {run.part for run in of(g.RunPlanned, facts)} == {"BIKE", "FRAME"}


def test_runs_are_dated_back_over_days_that_work() -> None:
    monday = date(2026, 3, 23)
    bike, frame = of(g.RunPlanned, factory(**PLENTY).tell(ordered("A", 1, monday)).plan())
    midnight = "23:00:00+00:00"
    assert str(bike.due) == f"2026-03-23 {midnight}"
    assert str(bike.start) == f"2026-03-22 {midnight}"
    assert str(frame.start) == f"2026-03-19 {midnight}", "on Friday, not on Sunday"


def test_a_run_never_starts_before_now_and_the_customer_is_told_so() -> None:
    chain = factory(**PLENTY)
    facts = chain.tell(ordered("A", 1, chain.now.date())).plan()
    assert all(run.start >= chain.now for run in of(g.RunPlanned, facts))
    promise = of(f.PromiseGiven, facts)[0]
    assert promise.wanted == chain.now.date() < promise.promised


def test_what_comes_in_time_is_promised_for_the_day_it_is_wanted() -> None:
    promise = of(f.PromiseGiven, factory(**PLENTY).tell(ordered("A")).plan())[0]
    assert (promise.promised, [key.text for key in promise.backing]) == (WANTED, ["run/R1-1"])


def test_the_way_to_the_customer_takes_its_time() -> None:
    facts = factory(**PLENTY).tell(ordered("A", destination="zone/NORTH")).plan()
    assert of(f.RequirementRouted, facts)[0].needed_by.date() == WANTED - timedelta(days=1)
    assert of(f.PromiseGiven, facts)[0].promised == WANTED


def test_what_is_missing_is_bought_and_claimed_before_it_is_ordered() -> None:
    facts = factory(**PLENTY | {"SADDLE": 1}).tell(ordered("A", 3)).plan()
    (reorder,) = of(f.ReorderDecided, facts)
    assert (reorder.part, reorder.amount, reorder.supplier) == ("SADDLE", 2, "ACME")
    assert ("requisition/Q1-1", 2) in supplies(facts, "run/R1-1/4")


def test_needs_of_several_orders_are_bought_at_once() -> None:
    facts = factory(**PLENTY | {"SADDLE": 1}).tell(ordered("A", 2), ordered("B", 2)).plan()
    (reorder,) = of(f.ReorderDecided, facts)
    assert (reorder.amount, len(reorder.pegged)) == (3, 2)


def test_an_open_order_line_is_used_before_more_is_bought() -> None:
    chain = factory(**PLENTY | {"SADDLE": 1})
    chain.tell(purchased("4500", "SADDLE", 5, date(2026, 3, 12)))
    facts = chain.tell(ordered("A", 3)).plan()
    assert ("purchase/4500/1", 2) in supplies(facts, "run/R1-1/4")
    assert not of(f.ReorderDecided, facts)


def test_what_nobody_sells_is_stated_as_short_and_nothing_is_promised() -> None:
    chain = factory(GEL=1)
    facts = chain.tell(ordered("A", 3, part="GEL")).plan()
    (short,) = of(f.ShortageStated, facts)
    assert (short.requirement, short.amount) == ("order/A/1/1", 2)
    assert supplies(facts, "order/A/1/1") == [("stock/plant/GEL", 1)]
    assert not of(f.PromiseGiven, facts)


def test_a_shortage_ends_when_something_comes() -> None:
    chain = factory(GEL=1)
    chain.tell(ordered("A", 3, part="GEL")).plan()
    facts = chain.tell(received("GEL", 2)).plan()
    assert len(of(f.ShortageEnded, facts)) == len(of(f.PromiseGiven, facts)) == 1


def test_the_more_urgent_order_is_served_first() -> None:
    late, soon = WANTED + timedelta(days=3), WANTED
    facts = factory(BIKE=1).tell(ordered("A", 1, late), ordered("B", 1, soon)).plan()
    assert supplies(facts, "order/B/1/1") == [("stock/plant/BIKE", 1)]
    facts = factory(BIKE=1).tell(ordered("A", 1, late, priority=5), ordered("B", 1, soon)).plan()
    assert supplies(facts, "order/A/1/1") == [("stock/plant/BIKE", 1)]


def test_what_an_order_was_given_stays_when_a_more_urgent_one_comes() -> None:
    chain = factory(**PLENTY | {"BIKE": 1}).tell(ordered("A"))
    chain.plan()
    facts = chain.tell(ordered("B", priority=9)).plan()
    assert not of(f.SupplyUnpegged, facts)


def test_a_held_order_is_not_planned_until_it_is_released() -> None:
    chain = factory(**PLENTY).tell(ordered("A", hold="unpaid"))
    assert not of(g.RunPlanned, chain.plan())
    assert of(g.RunPlanned, chain.tell(o.ReleaseOrder(number="A")).plan())


def test_a_held_order_keeps_what_it_has() -> None:
    chain = factory(BIKE=1).tell(ordered("A"))
    chain.plan()
    facts = chain.tell(o.HoldOrder(number="A", reason="unpaid")).plan()
    assert not of(f.SupplyUnpegged, facts)
    assert len(of(g.DeliveryWithdrawn, facts)) == 1


def test_every_decision_names_what_caused_it_and_how_else_it_could_have_gone() -> None:
    chain = factory(**PLENTY | {"SADDLE": 1}).tell(ordered("A", 2))
    routed = {one.requirement: one for one in of(f.RequirementRouted, chain.plan())}
    decided = routed["run/R1-1/4"]
    placed = [record.id for record in chain.records["orders"] if record.type == "OrderAccepted"]
    assert set(placed) <= set(decided.because)
    ways = {(way.kind, way.supplier) for way in (*decided.chosen, *decided.alternatives)}
    assert {(OptionKind.STOCK, None), (OptionKind.BUY, "ACME"), (OptionKind.BUY, "BEST")} <= ways


def causes(chain: Chain, told: f.RequirementRouted) -> set[str]:
    """The types of the facts that a decision names."""
    return {record.type for records in chain.records.values() for record in records if record.id in told.because}


def test_a_decision_does_not_name_what_befell_another_component_of_its_run() -> None:
    chain = factory(**PLENTY | {"WHEEL": 2}).tell(ordered("A"))
    chain.plan()
    lost = i.Lost(part="WHEEL", site="plant", location="RACK", quantity=some(2))
    facts = chain.tell(o.Started(run="R1-1"), issued("SADDLE", 1, "R1-1"), lost).plan()
    (told,) = (one for one in of(f.RequirementRouted, facts) if one.part == "WHEEL")
    assert {"StockLost", "AllocationBroken"} <= causes(chain, told)
    assert not {"StockIssued", "RunMaterialIssued"} & causes(chain, told)


def test_a_decision_does_not_name_what_befell_another_line_of_its_order() -> None:
    def line(number: int, amount: int) -> OrderLine:
        schedule = ScheduleLine(schedule=1, quantity=some(amount), wanted=WANTED)
        return OrderLine(line=number, part="GEL", site="plant", schedules=(schedule,))

    chain = factory(GEL=9).tell(o.PlaceOrder(number="A", lines=(line(1, 1), line(2, 1))))
    chain.plan()
    more = LineAmendment(line=2, schedules=line(2, 3).schedules)
    facts = chain.tell(o.CancelOrder(number="A", lines=(1,)), o.AmendOrder(number="A", change=(more,))).plan()
    (told,) = of(f.RequirementRouted, facts)
    assert told.requirement == "order/A/2/1"
    assert "OrderAmended" in causes(chain, told)
    assert "OrderLineCancelled" not in causes(chain, told)


def test_the_same_told_in_another_order_is_planned_the_same() -> None:
    def planned(chain: Chain) -> list[object]:
        return [fact for fact in chain.plan() if type(fact) in (g.RunPlanned, f.SupplyPegged)]

    one = factory(**PLENTY).tell(ordered("A", 2), ordered("B", 1))
    other = factory(**dict(reversed(PLENTY.items()))).tell(ordered("B", 1), ordered("A", 2))
    assert planned(one) == planned(other)
