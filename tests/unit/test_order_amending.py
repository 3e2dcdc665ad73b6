"""Orders are amended whole or not at all, and what runs fix stays."""

from decimal import Decimal
from typing import Any

import pytest

from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import Called, LineAmendment
from services.order import accepting
from services.order.state import State
from tests.scenario import Scenario, Then, site
from tests.unit.order_words import (
    amend,
    book,
    chosen,
    delivered,
    frozen,
    line,
    orders,
    place,
    refused,
    schedule,
    sealed,
    wanted,
)


def placed(*lines: Any, **more: Any) -> Scenario[State]:
    """An order of four bikes on two schedules, or of these lines."""
    return orders(site("annex")).given(
        place(*(lines or (line(1, "BIKE", schedule(1, 4), schedule(2, 2, 30), site="plant"),)), **more)
    )


def amended(then: Then) -> f.OrderAmended:
    found = then.facts[-1]
    assert isinstance(found, f.OrderAmended), then.facts
    return found


def amounts(shop: Scenario[State], number: int = 1) -> dict[int, Decimal]:
    """What is ordered of a line, by schedule."""
    order = book(shop).order
    assert order is not None
    return {schedule: one.amount for schedule, one in order.lines[number].schedules.items() if one.amount}


def wrong(then: Then) -> list[str]:
    return refused(then, f.AmendmentRefused)


def test_a_changed_line_is_told_whole_and_schedules_that_arent_named_stay() -> None:
    shop = placed()
    fact = amended(shop.when(amend(LineAmendment(line=1, schedules=(schedule(1, 6, 25), schedule(3, 1, 40))))))
    (found,) = fact.lines
    assert [(one.schedule, one.amount, one.wanted) for one in found.schedules] == [
        (1, Decimal(6), wanted(25)), (2, Decimal(2), wanted(30)), (3, Decimal(1), wanted(40)),
    ]
    assert len(found.components) == 8
    assert amounts(shop) == {1: 6, 2: 2, 3: 1}


def test_dates_and_quantities_leave_the_bill_as_it_was_ordered_whatever_the_catalogue_says_now() -> None:
    shop = placed()
    before = book(shop).order.lines[1].configuration  # type: ignore[union-attr]
    shop.known = orders().known
    shop.known._bills.clear()
    fact = amended(shop.when(amend(LineAmendment(line=1, schedules=(schedule(1, 6),)))))
    assert fact.lines[0].configuration == before


def test_other_options_or_another_plant_take_the_bill_anew() -> None:
    shop = placed()
    before = book(shop).order.lines[1].configuration  # type: ignore[union-attr]
    (found,) = amended(shop.when(amend(LineAmendment(line=1, options=chosen(frame="race"))))).lines
    assert found.configuration != before
    assert "RACER" in {one.part for one in found.components}
    (moved,) = amended(shop.when(amend(LineAmendment(line=1, site="annex")))).lines
    assert (moved.site, moved.configuration) == ("annex", found.configuration)


def test_lines_may_be_added_and_called_off_in_one_amendment() -> None:
    shop = placed(line(1, site="plant"), line(2, site="plant"))
    then = shop.when(amend(add=(line(3, site="plant"),), cancel=(2,)))
    assert then.names == ["OrderLineCancelled", "OrderAmended"]
    assert then.facts[0].schedules == (Called(schedule=1, amount=Decimal(4)),)
    assert ([one.line for one in then.facts[1].lines], then.facts[1].cancelled) == ([3], (2,))
    assert (amounts(shop, 2), amounts(shop, 3)) == ({}, {1: Decimal(4)})


def test_a_schedule_may_be_withdrawn_and_what_came_of_it_stays() -> None:
    shop = placed().given(delivered(1, schedule=2))
    then = shop.when(amend(LineAmendment(line=1, withdraw=(2,))))
    assert then.facts[0].schedules == (Called(schedule=2, amount=Decimal(1)),)
    assert [(one.schedule, one.amount) for one in then.facts[1].lines[0].schedules] == [(1, 4), (2, 1)]


def test_the_orders_priority_is_followed_by_lines_without_their_own() -> None:
    shop = placed(line(1, site="plant"), line(2, site="plant", priority=3), priority=1)
    fact = amended(shop.when(amend(priority=7)))
    assert [(one.line, one.priority) for one in fact.lines] == [(1, 7)]
    fact = amended(shop.when(amend(LineAmendment(line=1, priority=2))))
    assert [one.priority for one in fact.lines] == [2]
    assert amended(shop.when(amend(priority=8))).lines == ()


def test_destination_and_address_may_change_at_any_time() -> None:
    shop = placed().given(frozen())
    fact = amended(shop.when(amend(destination="zone/SOUTH", ship_to=sealed("2 Low St"))))
    assert (fact.lines, fact.destination, fact.ship_to) == ((), "zone/SOUTH", sealed("2 Low St"))


def test_what_is_as_wanted_already_changes_nothing() -> None:
    same = LineAmendment(line=1, schedules=(schedule(1, 4),), options=(), site="plant", priority=None)
    assert placed().when(amend(same, priority=0)).facts == []


def test_a_date_that_has_passed_isnt_wrong_when_it_stays() -> None:
    shop = placed().wait(25)
    assert amended(shop.when(amend(LineAmendment(line=1, schedules=(schedule(1, 5),)))))
    assert wrong(shop.when(amend(LineAmendment(line=1, schedules=(schedule(1, 5, 21),))))) == [
        "change.0.schedules.0.wanted"
    ]


def test_it_is_done_whole_or_not_at_all_and_all_that_is_wrong_is_said() -> None:
    shop = placed()
    then = shop.when(amend(
        LineAmendment(line=1, schedules=(schedule(1, 9),)), LineAmendment(line=7, priority=2),
        add=(line(1, site="plant"), line(4, "KIT", site="plant")), cancel=(9,),
    ))
    assert sorted(wrong(then)) == ["add.0.line", "add.1.part", "cancel.0", "change.1.line"]
    assert amounts(shop) == {1: 4, 2: 2}


def test_an_unknown_part_makes_the_whole_amendment_wait() -> None:
    placed().when(amend(LineAmendment(line=1, priority=2), add=(line(2, "TRIKE", site="plant"),))).parked_on(
        "part/TRIKE"
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (LineAmendment(line=1, options=chosen(frame="race")), "change.0.options"),
        (LineAmendment(line=1, site="annex"), "change.0.site"),
        (LineAmendment(line=1, personalisation=sealed("for Bob")), "change.0.personalisation"),
        (LineAmendment(line=1, schedules=(schedule(1, 2),)), "change.0.schedules.0.quantity"),
        (LineAmendment(line=1, withdraw=(1,)), "change.0.withdraw.0"),
    ],
)
def test_after_the_freeze_what_is_built_stays(change: LineAmendment, field: str) -> None:
    shop = placed().given(frozen(3))
    assert wrong(shop.when(amend(change))) == [field]


def test_after_the_freeze_more_and_later_and_sooner_may_be_wanted_and_what_isnt_frozen_may_go() -> None:
    shop = placed().given(frozen(3))
    assert amended(shop.when(amend(LineAmendment(line=1, schedules=(schedule(1, 3, 50), schedule(2, 8, 5))))))
    assert amounts(shop) == {1: 3, 2: 8}
    assert amended(shop.when(amend(LineAmendment(line=1, withdraw=(2,)))))
    assert amounts(shop) == {1: 3}


def test_a_frozen_line_isnt_called_off_by_an_amendment_and_the_refusal_says_which_run() -> None:
    then = placed().given(frozen(3, "R7")).when(amend(cancel=(1,)))
    assert wrong(then) == ["cancel.0"]
    assert "R7" in then.facts[0].problems[0].problem


def test_when_the_run_ended_without_output_everything_may_change_again() -> None:
    shop = placed().given(frozen(3), frozen(0, state="completed"))
    assert amended(shop.when(amend(LineAmendment(line=1, options=chosen(frame="race"), schedules=(schedule(1, 1),)))))


def test_less_than_was_delivered_cant_be_ordered() -> None:
    shop = placed().given(delivered(3))
    assert wrong(shop.when(amend(LineAmendment(line=1, schedules=(schedule(1, 2),))))) == [
        "change.0.schedules.0.quantity"
    ]
    assert wrong(shop.when(amend(LineAmendment(line=1, options=chosen(frame="race"))))) == ["change.0.options"]


def test_what_was_called_off_or_refused_isnt_amended() -> None:
    shop = placed().given(m.CancelOrder(number="O"))
    assert wrong(shop.when(amend(priority=3))) == ["number"]
    never = orders()
    never.when(place(line(1, "KIT")))
    assert wrong(never.when(amend(priority=3))) == ["number"]


def test_a_line_that_was_called_off_isnt_changed() -> None:
    shop = placed(line(1, site="plant"), line(2, site="plant")).given(m.CancelOrder(number="O", lines=(1,)))
    assert wrong(shop.when(amend(LineAmendment(line=1, schedules=(schedule(1, 9),))))) == ["change.0.line"]
    assert wrong(shop.when(amend(cancel=(1,)))) == ["cancel.0"]


def test_a_completed_order_opens_again_when_more_is_ordered() -> None:
    shop = placed(line(1, site="plant")).given(delivered(4))
    assert amended(shop.when(amend(LineAmendment(line=1, schedules=(schedule(1, 5),)))))
    assert shop.when(delivered(1)).names == ["OrderLineDelivered", "OrderCompleted"]


def test_calling_off_the_last_open_line_ends_the_order() -> None:
    shop = placed(line(1, site="plant"), line(2, site="plant")).given(delivered(4))
    assert shop.when(amend(cancel=(2,))).names == ["OrderLineCancelled", "OrderAmended", "OrderCompleted"]


def test_a_line_is_changed_or_called_off_not_both_and_a_schedule_too() -> None:
    shop = placed()
    assert wrong(shop.when(amend(LineAmendment(line=1, priority=2), cancel=(1,)))) == ["change.0.line"]
    both = LineAmendment(line=1, schedules=(schedule(2, 5),), withdraw=(2,))
    assert wrong(shop.when(amend(both))) == ["change.0.withdraw.0"]


def test_each_line_is_added_or_changed_once() -> None:
    twice = amend(
        LineAmendment(line=1, priority=1), LineAmendment(line=1, priority=2),
        add=(line(5, site="plant"), line(5, site="plant")),
    )
    assert sorted(wrong(placed().when(twice))) == ["add.1.line", "change.1.line"]


def test_only_what_is_open_is_withdrawn() -> None:
    shop = placed().given(delivered(2, schedule=2))
    assert wrong(shop.when(amend(LineAmendment(line=1, withdraw=(2, 9))))) == [
        "change.0.withdraw.0", "change.0.withdraw.1"
    ]


def test_a_line_that_is_changed_keeps_its_own_priority() -> None:
    shop = placed(line(1, site="plant", priority=3), line(2, site="plant"))
    fact = amended(shop.when(amend(*(LineAmendment(line=n, schedules=(schedule(1, 9),)) for n in (1, 2)), priority=7)))
    assert [(one.line, one.priority, one.own_priority) for one in fact.lines] == [(1, 3, True), (2, 7, False)]


def test_lines_that_are_gone_dont_follow_the_orders_priority() -> None:
    shop = placed(*(line(n, site="plant") for n in (1, 2, 3))).given(m.CancelOrder(number="O", lines=(3,)))
    fact = amended(shop.when(amend(cancel=(2,), priority=7)))
    assert [one.line for one in fact.lines] == [1]


def test_another_plant_that_isnt_known_is_waited_for_and_one_that_is_closed_is_wrong() -> None:
    placed().when(amend(LineAmendment(line=1, site="moon", schedules=(schedule(1, 5),)))).parked_on("site/moon")
    closed = orders(site("annex").model_copy(update={"active": False})).given(place(line(1, site="plant")))
    assert wrong(closed.when(amend(LineAmendment(line=1, site="annex")))) == ["change.0.site"]


def test_why_less_cant_be_ordered_is_said() -> None:
    shop = placed().given(delivered(3))
    (one,) = shop.when(amend(LineAmendment(line=1, schedules=(schedule(1, 2),)))).facts[0].problems
    assert "are delivered" in one.problem
    (one,) = placed().given(frozen(3)).when(amend(LineAmendment(line=1, schedules=(schedule(1, 2),)))).facts[0].problems
    assert "run R" in one.problem


def test_what_is_changed_at_once_must_fit_into_one_fact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "MOST_COMPONENTS", 8)
    assert wrong(placed().when(amend(add=(line(2, site="plant"), line(3, site="plant"))))) == ["add"]
    assert placed().when(amend(add=(line(2, site="plant"),))).names == ["OrderAmended"]
