"""What a customer chose is built for them, unless just that is being built already and nobody wants it any more."""

from typing import Any

from events.catalogue import messages as c
from events.catalogue.options import OptionChoice, Replacement
from events.orders import messages as o
from events.orders.shapes import Choice, OrderLine, ScheduleLine
from events.planning import facts as f
from events.planning import moves as g
from events.planning.shapes import OptionKind, WhyNot
from tests.bikes import WANTED, factory, ordered, received, reported, some
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


def test_stock_that_does_not_say_how_it_was_built_is_listed_for_a_choice_with_its_figures_and_never_taken() -> None:
    chain = watched(factory(**PLENTY, BIKE=2)).tell(SEAT, chosen("A", "soft"))
    facts = planned(chain)
    assert ways(facts, "A") == ([OptionKind.BUILD], [(OptionKind.STOCK, WhyNot.OTHER_CONFIGURATION)])
    told = next(one for one in of(f.RequirementRouted, facts) if one.requirement == "order/A/1/1")
    (other,) = told.alternatives
    assert (other.amount, other.cost, other.late_hours) == (1, 10, 0)
