"""Material of a run: issued, returned, thrown away, backflushed, replaced; and what of it doesn't fit."""

from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from events.inventory.commands import BackflushStock
from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import RunState
from services.order.state import State
from tests.scenario import Scenario
from tests.unit.order_words import flushed, kinds, moved, need, orders, output, pieces, run, runs, sealed, the_run

STARTED = m.Started(run="R")


def racks(amount: int = 4, *more: Any) -> Scenario[State]:
    """A run of racks: three bars for two of them."""
    return orders().given(run(amount, part="RACK"), STARTED, *more)


def issued(amount: int | str, part: str = "BAR", movement: str = "inventory/0/1", **more: Any) -> m.FollowIssue:
    body: m.FollowIssue = moved(m.FollowIssue, part, amount, movement, **more)
    return body


def returned(amount: int | str, part: str = "BAR", movement: str = "inventory/0/2") -> m.FollowReturn:
    body: m.FollowReturn = moved(m.FollowReturn, part, amount, movement)
    return body


def undone(body: m.MaterialCommand, kind: str) -> m.FollowReversal:
    return m.FollowReversal(
        run="R", part=body.part, site=body.site, quantity=body.quantity, movement=body.movement, undone=kind
    )


def swap(part: str, amount: int | str, n: int = 1, unit: str = "C62", **more: Any) -> m.Substituted:
    quantity = pieces(amount).model_copy(update={"unit": unit})
    return m.Substituted(run="R", requirement=n, part=part, quantity=quantity, **more)


def test_an_issue_fills_the_requirements_of_its_part_in_turn() -> None:
    shop = orders().given(run(requirements=(need(1, "BELL", 2), need(2, "BAR", 2), need(3, "BELL", 3))))
    assert [(one.n, one.amount) for one in shop.when(issued(4, "BELL")).facts] == [(1, 2), (3, 2)]
    assert [(one.n, one.amount) for one in shop.when(issued(1, "BELL", "inventory/0/2")).facts] == [(3, 1)]


def test_what_the_run_doesnt_need_or_more_than_it_needs_is_taken_and_said() -> None:
    shop = racks()
    strange = shop.when(issued(1, "BELL"))
    assert (strange.facts[0].n, kinds(strange)) == (None, ["not_required"])
    assert kinds(shop.when(issued(6, movement="inventory/0/2"))) == []
    over = shop.when(issued(2, movement="inventory/0/3"))
    assert (kinds(over), over.facts[-1].amount) == (["issued_more_than_required"], 2)


def test_what_was_thrown_away_may_be_issued_again() -> None:
    shop = racks(4, issued(6), m.ComponentScrapped(run="R", part="BAR", quantity=pieces(2)))
    assert kinds(shop.when(issued(2, movement="inventory/0/3"))) == []
    assert runs(shop).materials["BAR"].net == 6


def test_more_back_or_away_than_it_had_is_said() -> None:
    assert kinds(racks(4, issued(2)).when(returned(3))) == ["returned_more_than_issued"]
    away = m.ComponentScrapped(run="R", part="BAR", quantity=pieces(3), reason="bent")
    then = racks(4, issued(2)).when(away)
    assert (then.facts[0].reason, kinds(then)) == ("bent", ["scrapped_more_than_issued"])


def test_stock_that_is_scrapped_in_the_run_counts_as_issued_too() -> None:
    shop = racks()
    (fact,) = shop.when(moved(m.FollowScrap, "BAR", 2)).facts
    assert fact.drawn
    material = runs(shop).materials["BAR"]
    assert (material.issued, material.scrapped, material.net) == (2, 2, 0)


@pytest.mark.parametrize(
    ("kind", "fact"),
    [(m.FollowIssue, "StockIssued"), (m.FollowReturn, "StockReturned"), (m.FollowScrap, "StockScrapped")],
)
def test_a_reversal_takes_a_movement_back_once(kind: Any, fact: str) -> None:
    shop = racks(4, issued(6))
    before = deepcopy(runs(shop).materials["BAR"])
    body = moved(kind, "BAR", 2, "inventory/0/7")
    shop.when(body)
    assert "RunMaterialReversed" in shop.when(undone(body, fact)).names
    assert runs(shop).materials["BAR"] == before
    assert kinds(shop.when(undone(body, fact))) == ["unknown_movement"]


def test_a_reversal_of_what_the_run_never_heard_of_changes_nothing() -> None:
    shop = racks(4, issued(6))
    assert kinds(shop.when(undone(issued(6), "StockReturned"))) == ["unknown_movement"]
    assert kinds(shop.when(undone(issued(6, "BELL"), "StockIssued"))) == ["unknown_movement"]
    assert runs(shop).materials["BAR"].net == 6


def test_an_issue_to_what_was_called_off_is_said_and_a_return_isnt() -> None:
    shop = orders().given(run(part="RACK"), issued(2), m.CancelRun(run="R"))
    assert kinds(shop.when(returned(2))) == []
    assert kinds(shop.when(issued(1, movement="inventory/0/3"))) == ["after_cancellation"]


def test_a_backflush_takes_what_the_output_used_exactly_good_and_scrapped() -> None:
    then = orders().given(run(4), STARTED).when(output(1, 1, backflush=True, location="line"))
    assert flushed(then) == {"FRAME": 2, "WHEEL": 4, "BOLT": 8, "BELL": 2, "PAINT": Decimal("0.2")}
    commands: list[Any] = then.commands
    assert [(one.part, one.quantity.amount, one.n, one.location) for one in commands][:2] == [
        ("FRAME", 2, 1, "line"), ("WHEEL", 4, 2, "line"),
    ]
    assert all(isinstance(one, BackflushStock) for one in commands)


def test_a_backflush_takes_from_the_runs_own_location_unless_another_is_said() -> None:
    shop = orders().given(run(4, location="line"), STARTED)
    assert {one.location for one in shop.when(output(1, backflush=True)).commands} == {"line"}  # type: ignore[attr-defined]
    then = shop.when(output(1, backflush=True, location="dock"))
    assert {one.location for one in then.commands} == {"dock"}  # type: ignore[attr-defined]


def test_without_a_backflush_nothing_is_taken() -> None:
    assert orders().given(run(4), STARTED).when(output(1)).commands == []


def test_roundings_of_many_reports_never_add_up_to_more_than_the_requirement() -> None:
    shop = racks(4)
    taken = [flushed(shop.when(output(1, backflush=True))).get("BAR", 0) for _ in range(4)]
    assert (taken, sum(taken)) == ([2, 1, 2, 1], 6)


def test_what_was_scrapped_used_up_as_much_as_what_is_good() -> None:
    shop = racks(4)
    taken = [flushed(shop.when(body)) for body in (output(1, 1, backflush=True), output(2, backflush=True))]
    assert taken == [{"BAR": 3}, {"BAR": 3}]


def test_what_was_issued_by_hand_isnt_taken_again() -> None:
    shop = racks(4, issued(4))
    assert [flushed(shop.when(output(2, backflush=True))) for _ in range(2)] == [{}, {"BAR": 2}]


def test_what_was_issued_by_hand_counts_once_for_all_requirements_of_its_part() -> None:
    shop = orders().given(run(4, requirements=(need(1, "BELL", 4), need(2, "BELL", 8, (2, 1)))), issued(5, "BELL"))
    (fact,) = shop.given(STARTED).when(output(4, backflush=True)).facts
    assert [(one.n, one.amount) for one in fact.backflushed] == [(2, 7)]


def test_what_came_from_a_backflush_isnt_taken_for_issued_by_hand() -> None:
    shop = racks(4)
    shop.when(output(2, backflush=True))
    shop.when(issued(3, requirement=1))
    assert flushed(shop.when(output(2, backflush=True))) == {"BAR": 3}


def test_what_was_thrown_away_or_given_back_of_what_was_issued_is_taken_after_all() -> None:
    away = m.ComponentScrapped(run="R", part="BAR", quantity=pieces(2))
    shop = racks(4, issued(6), away, returned(1), moved(m.FollowScrap, "BAR", 3, "inventory/0/3"))
    assert flushed(shop.when(output(4, backflush=True))) == {"BAR": 3}


def test_what_output_without_a_backflush_used_is_left_to_it() -> None:
    shop = racks(4, issued(3))
    shop.when(output(2))
    assert flushed(shop.when(output(2, backflush=True))) == {"BAR": 3}


def test_what_came_back_isnt_taken_again() -> None:
    shop = racks(4)
    shop.when(output(2, backflush=True))
    shop.given(issued(3, requirement=1), returned(2))
    assert flushed(shop.when(output(2, backflush=True))) == {"BAR": 3}


def test_both_halves_of_a_split_run_take_no_more_than_the_whole_needed() -> None:
    shop = orders().given(run(2, part="RACK"))
    split = m.SplitRun(run="R", into="R2", quantity=pieces(1))
    for command in shop.when(split).commands:
        shop.given(command)
    other = output(1, backflush=True).model_copy(update={"run": "R2"})
    assert [flushed(shop.when(body)) for body in (output(1, backflush=True), other)] == [{"BAR": 2}, {"BAR": 1}]


def test_output_beyond_the_run_takes_what_it_used() -> None:
    shop = racks(4)
    shop.when(output(4, backflush=True))
    assert flushed(shop.when(output(2, backflush=True))) == {"BAR": 3}


def test_a_backflush_waits_for_a_component_that_isnt_known() -> None:
    shop = racks(4)
    shop.known = orders().known
    del shop.known._parts["BAR"]
    shop.when(output(1, backflush=True)).parked_on("part/BAR")


def test_a_substitution_before_the_freeze_needs_nobodys_approval_unless_the_catalogue_says_so() -> None:
    shop = orders().given(run(part="RACK"))
    then = shop.when(swap("BELL", 2))
    assert (then.facts[0].after_freeze, kinds(then)) == (False, ["unapproved_deviation"])
    assert kinds(shop.when(swap("BELL", 2, approver=sealed("Ruth"), reason="no bars"))) == []
    assert kinds(shop.when(swap("CHROME", 1))) == ["unlisted_substitute"]


def test_a_substitution_after_the_freeze_without_an_approver_is_recorded_and_said() -> None:
    shop = racks()
    then = shop.when(swap("CHROME", 1, reason="no bars"))
    assert (then.facts[0].after_freeze, then.facts[0].reason) == (True, "no bars")
    assert kinds(then) == ["unapproved_deviation", "unlisted_substitute"]
    assert then.facts[0].approver is None


def test_a_deviation_carries_who_approved_it_and_how_much_does_the_work_of_one() -> None:
    (fact,) = racks().when(swap("BELL", 4, approver=sealed("Ruth"), reason="no bars")).facts
    assert (fact.required, fact.part, fact.amount, fact.approver) == ("BAR", "BELL", 4, sealed("Ruth"))
    assert Fraction(fact.numerator, fact.denominator) == 2


def test_what_isnt_counted_alike_and_isnt_listed_takes_nobody_knows_whose_place() -> None:
    (fact, *_) = racks().when(swap("PAINT", "0.5", unit="KGM", approver=sealed("Ruth"))).facts
    assert (fact.numerator, fact.denominator) == (None, None)
    shop = racks()
    shop.when(swap("PAINT", "0.5", unit="KGM", approver=sealed("Ruth")))
    assert flushed(shop.when(output(4, backflush=True))) == {"PAINT": Decimal("0.5"), "BAR": 6}


def test_a_substitution_for_no_requirement_or_for_more_than_there_is_is_said() -> None:
    shop = racks()
    assert kinds(shop.when(swap("BELL", 1, n=9, approver=sealed("Ruth")))) == ["unknown_requirement"]
    assert kinds(shop.when(swap("BELL", 13, approver=sealed("Ruth")))) == ["substituted_more_than_required"]


def test_a_substitute_is_backflushed_first_in_the_place_of_the_original() -> None:
    shop = racks(4, swap("BELL", 4, approver=sealed("Ruth")))  # in place of two bars
    assert [flushed(shop.when(output(1, backflush=True))) for _ in range(4)] == [
        {"BELL": 3}, {"BELL": 1, "BAR": 1}, {"BAR": 2}, {"BAR": 1},
    ]


def test_an_issued_substitute_is_for_the_requirement_it_replaces() -> None:
    shop = racks(4, swap("BELL", 4, approver=sealed("Ruth")))
    then = shop.when(issued(4, "BELL"))
    assert ([one.n for one in then.facts], kinds(then)) == ([1], [])
    assert flushed(shop.when(output(4, backflush=True))) == {"BAR": 4}


def test_a_substitution_told_after_the_original_was_backflushed_is_said() -> None:
    shop = racks(4)
    shop.when(output(4, backflush=True))
    then = shop.when(swap("BELL", 4, approver=sealed("Ruth")))
    assert (kinds(then), then.facts[-1].amount) == (["substituted_too_late"], 2)


def test_material_may_move_after_the_end() -> None:
    shop = racks(4, issued(6), output(4), m.Completed(run="R"))
    assert kinds(shop.when(returned(1))) == []
    assert the_run(shop).state is RunState.COMPLETED
    assert isinstance(shop.facts[-1], f.RunMaterialReturned)




@pytest.mark.parametrize("kind", [m.FollowReturn, m.FollowScrap, m.FollowOutput])
def test_whatever_moves_for_a_run_nobody_has_scheduled_that_is_said_once(kind: Any) -> None:
    shop = orders()
    assert kinds(shop.when(moved(kind, "RACK", 1)))[0] == "unknown_run"
    assert "unknown_run" not in kinds(shop.when(issued(5, "RACK", "inventory/0/2")))


def test_what_is_thrown_away_is_told_in_any_unit_of_the_part() -> None:
    quarter = pieces(250).model_copy(update={"unit": "GRM"})
    kilo = issued(1, "PAINT", quantity=pieces(1).model_copy(update={"unit": "KGM"}))
    for before in ((), (kilo,)):
        shop = racks(4, *before)
        (fact, *_) = shop.when(m.ComponentScrapped(run="R", part="PAINT", quantity=quarter)).facts
        assert (fact.amount, fact.unit) == (Decimal("0.25"), "KGM")


def test_what_more_was_built_may_be_issued_for() -> None:
    shop = racks(4, output(6))
    assert kinds(shop.when(issued(9))) == []
    assert kinds(shop.when(issued(1, movement="inventory/0/3"))) == ["issued_more_than_required"]
    assert kinds(shop.when(issued(1, "BELL", movement="inventory/0/4"))) == ["not_required"]


def test_an_issue_goes_on_where_the_ones_before_it_ended() -> None:
    shop = orders().given(run(requirements=tuple(need(n, "BELL", n) for n in (1, 2, 3))), issued(2, "BELL"))
    assert [(one.n, one.amount) for one in shop.when(issued(3, "BELL", "inventory/0/2")).facts] == [(2, 1), (3, 2)]


def test_an_issue_fills_what_is_replaced_by_its_part_as_far_as_it_is() -> None:
    shop = orders().given(run(requirements=(need(1, "BAR", 9), need(2, "BELL", 9))), STARTED)
    shop.given(swap("CHROME", 5), swap("BELL", 2))
    assert [(one.n, one.amount) for one in shop.when(issued(6, "BELL")).facts] == [(1, 2), (2, 4)]


def test_an_issue_that_is_taken_back_after_its_return_leaves_less_than_nothing_and_that_is_said() -> None:
    shop = racks(4, issued(6), returned(2))
    then = shop.when(undone(issued(6), "StockIssued"))
    assert (kinds(then), then.facts[-1].amount) == (["returned_more_than_issued"], 2)


def test_a_backflush_that_is_taken_back_isnt_taken_again_nor_counted_as_issued_by_hand() -> None:
    shop = racks(4)
    shop.when(output(2, backflush=True))
    taken = issued(3, requirement=1)
    (fact,) = shop.given(taken).when(undone(taken, "StockIssued")).facts
    assert fact.backflush
    assert (runs(shop).materials["BAR"].net, runs(shop).materials["BAR"].by_hand) == (0, 0)
    assert flushed(shop.when(output(2, backflush=True))) == {"BAR": 3}


def test_all_of_a_requirement_may_be_replaced() -> None:
    assert kinds(racks().when(swap("BELL", 12, approver=sealed("Ruth")))) == []
    shop = racks(4)
    shop.when(output(2, backflush=True))
    assert kinds(shop.when(swap("BELL", 6, approver=sealed("Ruth")))) == ["substituted_too_late"]
