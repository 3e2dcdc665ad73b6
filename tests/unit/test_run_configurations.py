"""A run that builds what a customer chose says as what it builds, and inventory hears of it before any output."""

from events.decision import Decided
from events.inventory.commands import ExpectOutput
from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import unlike
from services.order.state import State, dump, load
from tests.scenario import Scenario
from tests.unit.order_words import chosen, line, need, orders, pieces, place, run, the_run

RED = "red-bike"


def told(shop: Scenario[State], body: object) -> list[ExpectOutput]:
    """What inventory hears."""
    return [one for one in shop.when(body).commands if isinstance(one, ExpectOutput)]  # type: ignore[arg-type]


def test_inventory_hears_as_what_a_run_builds() -> None:
    (heard,) = told(orders(), run(configuration=RED))
    assert (heard.run, heard.part, heard.site, heard.configuration) == ("R", "BIKE", "plant", RED)


def test_a_run_that_builds_what_nobody_chose_is_like_any_other() -> None:
    assert told(orders(), run()) == []


def test_a_run_with_options_is_built_as_the_line_that_was_ordered_with_the_same() -> None:
    shop = orders()
    (_, accepted) = shop.when(place(line(options=chosen(frame="race")))).facts
    assert isinstance(accepted, f.OrderAccepted)
    (heard,) = told(shop, run(options=chosen(frame="race")))
    assert heard.configuration == accepted.lines[0].configuration


def test_a_run_with_options_and_requirements_of_its_own_is_like_no_other() -> None:
    (heard,) = told(orders(), run(options=chosen(frame="race"), requirements=(need(1, "BAR", 1),)))
    assert heard.configuration == unlike("BIKE", "R")


def test_what_is_split_off_is_built_the_same() -> None:
    shop = orders().given(run(configuration=RED))
    (command,) = shop.when(m.SplitRun(run="R", into="R2", quantity=pieces(1))).commands
    (heard,) = told(shop, command)
    assert (heard.run, heard.configuration) == ("R2", RED)


def test_from_a_deviation_on_a_chosen_run_is_like_no_other_and_a_plain_one_stays_plain() -> None:
    deviation = m.Substituted(run="R", requirement=1, part="RACER", quantity=pieces(1), approver=None)
    (heard,) = told(orders().given(run(configuration=RED)), deviation)
    assert (heard.part, heard.configuration) == ("BIKE", unlike(RED, "R"))
    assert told(orders().given(run()), deviation) == []


def test_a_deviation_of_what_a_run_does_not_require_leaves_what_it_builds_as_it_was_chosen() -> None:
    deviation = m.Substituted(run="R", requirement=99, part="RACER", quantity=pieces(1), approver=None)
    assert told(orders().given(run(configuration=RED)), deviation) == []


def test_the_same_run_with_another_configuration_is_another_run() -> None:
    shop = orders().given(run(configuration=RED))
    assert shop.decide(run(configuration=RED)) == Decided(())
    assert shop.when(run(configuration="blue-bike")).names == ["RunRefused"]


def test_a_snapshot_keeps_as_what_a_run_builds() -> None:
    shop = orders().given(run(configuration=RED))
    state = shop.state("run/R")
    assert the_run(shop).configuration == RED
    assert load(dump(state)) == state
