"""What a customer chose is built for them, unless just that is being built already and nobody wants it any more."""

from datetime import timedelta
from typing import Any

from events.catalogue import messages as c
from events.catalogue.options import OptionChoice, Replacement
from events.inventory import messages as i
from events.orders import messages as o
from events.orders.shapes import Choice, LineAmendment, OrderLine, ScheduleLine
from events.planning import facts as f
from events.planning import messages as p
from events.planning import moves as g
from events.planning.shapes import OptionKind, SupplyKind, WhyNot
from events.values import Quantity
from tests.bikes import WANTED, at, factory, ordered, received, reported, shipped, some
from tests.chain import Chain, of
from tests.rules_of_plans import holds, watched

PLENTY = {"WHEEL": 90, "TUBE": 90, "SADDLE": 90, "BOLT": 400, "BELL": 90, "GEL": 9}
SEAT = c.DefineOption(part="BIKE", option="seat", choices=(
    OptionChoice(choice="soft", replace=(Replacement(component="SADDLE", by="GEL"),)),
    OptionChoice(choice="hard"),
))


def chosen(number: str, seat: str) -> o.PlaceOrder:
    line = OrderLine(
        line=1, part="BIKE", site="plant", options=(Choice(option="seat", choice=seat),),
        schedules=(ScheduleLine(schedule=1, quantity=some(1), wanted=WANTED),),
    )
    return o.PlaceOrder(number=number, lines=(line,))


def planned(chain: Chain) -> list[Any]:
    facts = chain.plan()
    holds(chain)
    return facts


def left(seat: str = "soft") -> tuple[Chain, str]:
    """A run that is frozen, and whose order was cancelled then."""
    chain = watched(factory(**PLENTY)).tell(SEAT, chosen("A", seat))
    assert not chain.rejected
    run = next(one.run for one in of(g.RunPlanned, planned(chain)) if one.order is not None)
    planned(chain.tell(o.FreezeRun(run=run)))
    planned(chain.tell(o.CancelOrder(number="A")))
    return chain, run


def ways(facts: list[Any], number: str) -> tuple[list[OptionKind], list[tuple[OptionKind, WhyNot]]]:
    (told,) = [one for one in of(f.RequirementRouted, facts) if one.requirement == f"order/{number}/1/1"]
    return [one.kind for one in told.chosen], [(one.kind, one.why) for one in told.alternatives]


def test_a_run_of_a_cancelled_order_serves_another_of_the_same_configuration() -> None:
    chain, run = left()
    facts = planned(chain.tell(chosen("B", "soft")))
    assert ways(facts, "B")[0] == [OptionKind.RUN]
    (peg,) = [one for one in of(f.SupplyPegged, facts) if one.requirement == "order/B/1/1"]
    assert peg.supply.id == run
    assert not planned(chain.tell(received("BELL", 1)))
    planned(chain.tell(o.Started(run=run), reported(run, 1), o.Completed(run=run)))
    claims = chain.planner.state.joins  # type: ignore[attr-defined]
    claims.settle()
    assert claims.covered("order/B/1/1") == 1


def test_a_run_of_another_configuration_is_listed_and_never_taken() -> None:
    chain, _ = left()
    facts = planned(chain.tell(chosen("B", "hard"), ordered("C")))
    lost = [(OptionKind.RUN, WhyNot.OTHER_CONFIGURATION)]
    assert ways(facts, "B") == ([OptionKind.BUILD], lost)
    assert ways(facts, "C") == ([OptionKind.BUILD], lost)


def test_stock_that_is_like_any_other_is_listed_for_a_choice_with_its_figures_and_never_taken() -> None:
    chain = watched(factory(**PLENTY, BIKE=2)).tell(SEAT, chosen("A", "soft"))
    facts = planned(chain)
    assert ways(facts, "A") == ([OptionKind.BUILD], [(OptionKind.STOCK, WhyNot.OTHER_CONFIGURATION)])
    told = next(one for one in of(f.RequirementRouted, facts) if one.requirement == "order/A/1/1")
    (other,) = told.alternatives
    assert (other.amount, other.cost, other.late_hours) == (1, 10, 0)


def stored() -> tuple[Chain, str]:
    """What was built for an order that was cancelled lies in stock."""
    chain, run = left()
    planned(chain.tell(o.Started(run=run), reported(run, 1), o.Completed(run=run)))
    return chain, run


def test_what_was_built_for_a_cancelled_order_serves_from_stock_who_wants_the_same_and_nobody_else() -> None:
    chain, _ = stored()
    facts = planned(chain.tell(ordered("C"), chosen("B", "hard")))
    lost = [(OptionKind.STOCK, WhyNot.OTHER_CONFIGURATION)]
    assert ways(facts, "B") == ([OptionKind.BUILD], lost)
    assert ways(facts, "C") == ([OptionKind.BUILD], lost)
    facts = planned(chain.tell(chosen("D", "soft")))
    assert ways(facts, "D")[0] == [OptionKind.STOCK]
    (peg,) = [one for one in of(f.SupplyPegged, facts) if one.requirement == "order/D/1/1"]
    assert peg.supply.configuration is not None
    assert chain.planner.state.parts.stock.claim(peg.peg).held == 1  # type: ignore[attr-defined]


def test_a_run_that_the_shop_floor_scheduled_by_itself_serves_who_chooses_what_it_builds() -> None:
    chain = watched(factory(**PLENTY)).tell(SEAT, o.ScheduleRun(
        run="MES-1", part="BIKE", site="plant", quantity=some(1), options=(Choice(option="seat", choice="soft"),),
        start=at(WANTED - timedelta(days=9), 8), due=at(WANTED - timedelta(days=8), 8),
    ), o.FreezeRun(run="MES-1"))
    facts = planned(chain.tell(chosen("A", "hard"), chosen("B", "soft")))
    assert ways(facts, "A")[0] == [OptionKind.BUILD]
    assert ways(facts, "B")[0] == [OptionKind.RUN]


def test_what_was_built_for_a_customer_and_claimed_goes_out_to_them_without_anybody_naming_it() -> None:
    chain, _ = stored()
    planned(chain.tell(chosen("D", "soft")))
    planned(chain.tell(shipped("BIKE", 1, "S-1", order="D")))
    state = chain.planner.state  # type: ignore[attr-defined]
    assert state.parts.stock.built == {}
    assert not state.joins.covered("order/D/1/1")


def test_what_lies_there_as_somebody_chose_is_no_stock_for_replenishment_unless_it_is_claimed() -> None:
    chain, _ = stored()
    position = chain.planner.state.parts.stock.position  # type: ignore[attr-defined]
    assert position("plant", "BIKE") == (0, 0)
    planned(chain.tell(chosen("D", "soft")))
    assert position("plant", "BIKE") == (1, 1)


def test_an_order_that_is_amended_to_another_choice_gives_back_what_it_claimed_in_stock() -> None:
    chain, _ = stored()
    planned(chain.tell(chosen("D", "soft")))
    change = LineAmendment(line=1, options=(Choice(option="seat", choice="hard"),))
    facts = planned(chain.tell(o.AmendOrder(number="D", change=(change,))))
    assert [one.supply.kind for one in of(f.SupplyUnpegged, facts)] == [SupplyKind.STOCK]
    assert [one.part for one in of(g.RunPlanned, facts) if one.order is not None] == ["BIKE"]


def test_what_lies_at_another_site_as_somebody_chose_is_brought_to_who_wants_the_same() -> None:
    chain, _ = stored()
    built = next(iter(chain.planner.state.parts.stock.built_as.values()))[2]  # type: ignore[attr-defined]
    moved = i.TransferSent(
        part="BIKE", site="plant", location="RACK", quantity=some(1), to_site="store", transfer="TX",
    )
    planned(chain.tell(moved, i.TransferArrived(
        part="BIKE", site="store", location="RACK", quantity=Quantity.of(1, "C62"), transfer="TX",
    )))
    facts = planned(chain.tell(chosen("D", "soft")))
    assert ways(facts, "D") == ([OptionKind.BUILD], [(OptionKind.ELSEWHERE, WhyNot.DEARER)])
    (told,) = [one for one in of(f.RequirementRouted, facts) if one.requirement == "order/D/1/1"]
    word = p.OverrideDecision(decision=told.decision, option=2, reason="it lies there")
    facts = planned(chain.tell(word))
    (transfer,) = of(g.TransferPlanned, facts)
    assert transfer.configuration == built
    sent = i.TransferSent(
        part="BIKE", site="store", location="RACK", quantity=some(1), to_site="plant", transfer=transfer.transfer,
    )
    planned(chain.tell(sent))
    planned(chain.tell(i.TransferArrived(
        part="BIKE", site="plant", location="RACK", quantity=Quantity.of(1, "C62"), transfer=transfer.transfer,
    )))
    assert chain.planner.state.parts.stock.position("plant", "BIKE") == (1, 1)  # type: ignore[attr-defined]
