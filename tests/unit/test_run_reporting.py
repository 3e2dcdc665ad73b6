"""What the shop floor tells of a run: in order, out of order, twice, or when all is over."""

from typing import Any

import pytest

from events.inventory.commands import StockOutput
from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import RunState
from services.order.state import State
from tests.scenario import Scenario, day
from tests.unit.order_words import kinds, level, orders, output, pieces, run, runs, the_run

STARTED, PAUSED, RESUMED, COMPLETED = (
    m.Started(run="R"), m.Paused(run="R", reason="lunch"), m.Resumed(run="R"), m.Completed(run="R"),
)


def scheduled(*more: Any, **told: Any) -> Scenario[State]:
    """A run of four bikes."""
    return orders().given(run(**told), *more)


def state(shop: Scenario[State]) -> RunState:
    return the_run(shop).state


def test_a_start_freezes_first_and_is_told_once() -> None:
    shop = scheduled()
    assert shop.when(STARTED).names == ["RunFrozen", "RunStarted"]
    assert shop.when(STARTED).facts == []
    assert scheduled(m.FreezeRun(run="R")).when(STARTED).names == ["RunStarted"]


def test_pause_and_resume() -> None:
    shop = scheduled(STARTED)
    assert shop.when(PAUSED, at=day(10.1)).facts[0].reason == "lunch"
    assert state(shop) is RunState.PAUSED
    assert shop.when(RESUMED, at=day(10.2)).names == ["RunResumed"]
    assert state(shop) is RunState.STARTED


def test_a_start_of_what_is_paused_resumes_it() -> None:
    shop = scheduled(STARTED)
    shop.when(PAUSED, at=day(10.1))
    assert shop.when(STARTED, at=day(10.2)).names == ["RunResumed"]
    assert state(shop) is RunState.STARTED


def test_the_same_pause_told_twice_is_one() -> None:
    shop = scheduled(STARTED)
    shop.when(PAUSED, at=day(10.1))
    assert shop.when(PAUSED, at=day(10.1)).facts == []


def test_what_is_told_late_of_an_earlier_moment_leaves_the_state_as_it_is() -> None:
    shop = scheduled(STARTED)
    shop.when(RESUMED, at=day(10.5))
    assert [fact.current for fact in shop.when(PAUSED, at=day(10.2)).facts] == [False]
    assert state(shop) is RunState.STARTED


def test_work_that_is_told_before_the_start_says_that_it_started() -> None:
    for body in (PAUSED, RESUMED, output(1), COMPLETED):
        shop = scheduled()
        then = shop.when(body, at=day(10))
        assert then.names[:3] == ["RunFrozen", "RunStarted", "RunDiscrepancyFound"]
        assert then.facts[1].concluded
        assert kinds(then) == ["before_start"]
        late = shop.when(STARTED, at=day(9.5))
        assert [(fact.current, fact.concluded) for fact in late.facts] == [(False, False)]
        assert shop.when(STARTED, at=day(9.5)).facts == []


def test_a_pause_before_the_start_was_told_pauses_it() -> None:
    shop = scheduled()
    shop.when(PAUSED, at=day(10))
    shop.when(STARTED, at=day(9.5))
    assert state(shop) is RunState.PAUSED


def test_output_good_and_scrapped_adds_up() -> None:
    shop = scheduled(STARTED)
    (fact,) = shop.when(output(2, 1, scrap_reason="bent", lot="L")).facts
    assert (fact.good, fact.scrapped, fact.scrap_reason, fact.lot) == (2, 1, "bent", "L")
    shop.when(output(1))
    assert (the_run(shop).good, the_run(shop).scrapped, the_run(shop).left) == (3, 1, 0)


def test_output_is_told_in_any_unit_of_the_part_or_waits_for_one() -> None:
    shop = scheduled(STARTED)
    body = output(1).model_copy(update={"good": level(1).model_copy(update={"unit": "CT"})})
    assert shop.when(body).facts[0].good == 2
    strange = output(1).model_copy(update={"good": level(1).model_copy(update={"unit": "BX"})})
    shop.when(strange).parked_on("conversion/BIKE/BX")


def test_no_output_is_nothing() -> None:
    assert scheduled().when(output(0)).facts == []


def test_more_than_was_to_be_built_is_taken_and_said_once() -> None:
    shop = scheduled(STARTED, output(3))
    then = shop.when(output(2, 1))
    assert (kinds(then), then.facts[-1].amount) == (["over_output"], 2)
    again = shop.when(output(1))
    assert (kinds(again), again.facts[-1].amount) == (["over_output"], 1)


def test_a_report_with_a_number_is_one_report_however_often_it_is_told() -> None:
    shop = scheduled(STARTED)
    shop.when(output(2, report="MES-1", backflush=True))
    assert shop.when(output(2, report="MES-1", backflush=True)).facts == []
    other = shop.when(output(3, 1, report="MES-1"))
    assert other.facts[0].amount == 4
    assert (other.names, kinds(other)) == (["RunDiscrepancyFound"], ["told_twice_differently"])
    assert the_run(shop).good == 2


def test_output_with_a_location_goes_into_stock_and_without_one_the_warehouse_tells() -> None:
    shop = scheduled(STARTED)
    assert shop.when(output(1)).commands == []
    (command,) = shop.when(output(2, 1, to_location="dock", lot="L")).commands
    assert isinstance(command, StockOutput)
    assert (command.quantity.amount, command.location, command.lot) == (2, "dock", "L")


def test_scrap_alone_puts_nothing_into_stock() -> None:
    assert scheduled(STARTED).when(output(0, 1, to_location="dock")).commands == []


def test_each_serial_number_goes_into_stock_by_itself() -> None:
    commands: list[Any] = scheduled(STARTED).when(output(3, to_location="dock", serials=("a", "b"))).commands
    assert [(one.serial, one.quantity.amount) for one in commands] == [("a", 1), ("b", 1), (None, 1)]


def test_serial_numbers_that_are_there_twice_or_arent_as_many_are_said() -> None:
    shop = scheduled(STARTED)
    assert kinds(shop.when(output(2, serials=("a", "b")))) == []
    assert kinds(shop.when(output(1, serials=("b",)))) == ["serials"]
    many = shop.when(output(1, serials=("c", "d", "e")))
    assert (kinds(many), many.facts[0].amount, many.facts[0].part) == (["serials"], 2, "BIKE")


def test_a_run_is_completed_with_what_is_short_and_once() -> None:
    shop = scheduled(STARTED, output(2, 1))
    (fact,) = shop.when(COMPLETED).facts
    assert (fact.good, fact.scrapped, fact.short) == (2, 1, 1)
    assert shop.when(COMPLETED).facts == []


def test_output_after_the_end_is_taken_said_and_summed_anew() -> None:
    shop = scheduled(STARTED, output(2), COMPLETED)
    then = shop.when(output(1))
    assert then.names == ["RunOutputReported", "RunDiscrepancyFound", "RunCompleted"]
    assert kinds(then) == ["after_completion"]
    assert (then.facts[2].good, then.facts[2].short) == (3, 1)
    assert state(shop) is RunState.COMPLETED


def test_output_after_the_end_doesnt_make_the_end_later() -> None:
    shop = scheduled()
    shop.when(COMPLETED, at=day(11))
    shop.when(output(1), at=day(12))
    assert kinds(shop.when(PAUSED, at=day(11.5))) == ["after_completion"]


def test_what_is_told_is_said_in_words() -> None:
    for body, word in ((PAUSED, "paused"), (RESUMED, "resumed"), (STARTED, "started")):
        assert scheduled(m.CancelRun(run="R")).when(body).facts[-1].detail.startswith(word)
    assert scheduled().when(PAUSED).facts[2].detail.startswith("paused")
    assert scheduled().when(RESUMED).facts[2].detail.startswith("resumed")


@pytest.mark.parametrize("body", [STARTED, PAUSED, RESUMED])
def test_work_after_the_end_is_said_unless_it_was_earlier(body: Any) -> None:
    over = scheduled()
    over.when(COMPLETED, at=day(11))
    early, late = over.when(body, at=day(10.5)), over.when(body, at=day(11.5))
    assert [fact.current for fact in early.facts] == [False]
    expected = [] if body is STARTED else ["after_completion"]  # the start was told by then
    assert (kinds(early), kinds(late)) == ([], expected)
    assert state(over) is RunState.COMPLETED


@pytest.mark.parametrize("body", [STARTED, PAUSED, RESUMED, COMPLETED, output(1)])
def test_work_on_what_was_called_off_is_taken_and_said(body: Any) -> None:
    shop = scheduled(m.CancelRun(run="R"))
    assert kinds(shop.when(body)) == ["after_cancellation"]
    assert state(shop) is RunState.CANCELLED


def test_output_in_stock_is_heard_of_and_taken_back() -> None:
    shop = scheduled(STARTED, output(2))
    stored = m.FollowOutput(run="R", part="BIKE", site="plant", quantity=pieces(2), movement="inventory/0/9")
    assert shop.when(stored).names == ["RunOutputStored"]
    undo = m.FollowReversal(
        run="R", part="BIKE", site="plant", quantity=pieces(2), movement="inventory/0/9", undone="StockProduced"
    )
    assert shop.when(undo).names == ["RunOutputUnstored"]
    assert runs(shop).stored == 0
    assert kinds(shop.when(undo)) == ["unknown_movement"]


def test_output_of_another_part_or_at_another_site_is_said() -> None:
    told: dict[str, Any] = {"run": "R", "quantity": pieces(1), "movement": "inventory/0/9"}
    other = scheduled().when(m.FollowOutput(part="BELL", site="plant", **told))
    assert (other.names, kinds(other)) == (["RunDiscrepancyFound"], ["wrong_part"])
    away = scheduled().when(m.FollowOutput(part="BIKE", site="annex", **told))
    assert (away.names[0], kinds(away)) == ("RunOutputStored", ["wrong_site"])


def test_nothing_that_is_observed_is_ever_refused() -> None:
    shop = scheduled()
    for body in (PAUSED, COMPLETED, RESUMED, output(9, 9), STARTED, output("0.5"), COMPLETED):
        assert not any(isinstance(fact, f.RunRefused) for fact in shop.when(body).facts)
