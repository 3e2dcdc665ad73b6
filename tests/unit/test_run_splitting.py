"""A run is split without losing quantity or requirements, also when its new id turns out to be taken."""

from decimal import Decimal
from typing import Any

import pytest

from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import RunState
from services.order.state import State
from tests.scenario import Scenario
from tests.unit.order_words import REF, kinds, need, orders, output, pieces, refused, run, runs, the_run


def split(amount: int | str = 1, into: str = "R2") -> m.SplitRun:
    return m.SplitRun(run="R", into=into, quantity=pieces(amount))


def follow(shop: Scenario[State], body: Any) -> Scenario[State]:
    """Tell it, and all commands that follow from it."""
    waiting = [body]
    while waiting:
        waiting += [one for one in shop.when(waiting.pop(0)).commands if one.stream.startswith("run/")]
    return shop


def amounts(shop: Scenario[State], *ids: str) -> dict[str, Decimal]:
    """What these runs need together, by part."""
    found: dict[str, Decimal] = {}
    for id in ids:
        for one in the_run(shop, id).needs.values():
            found[one.part] = found.get(one.part, Decimal(0)) + one.amount
    return found


def test_what_stays_and_what_goes_are_what_was_there_quantity_and_requirements() -> None:
    shop = orders().given(run(7, part="RACK"))
    before = amounts(shop, "R")
    follow(shop, split(2))
    assert (the_run(shop).amount, the_run(shop, "R2").amount) == (5, 2)
    assert amounts(shop, "R", "R2") == before == {"BAR": 11}


def test_a_requirement_that_rounding_covers_for_both_stays_whole() -> None:
    shop = follow(orders().given(run(2, requirements=(need(1, "BELL", 1, (1, 3)), need(2, "BAR", 2)))), split(1))
    assert (the_run(shop).needs[1].amount, sorted(the_run(shop, "R2").needs)) == (1, [2])


def test_the_new_run_is_for_the_same_order_at_the_same_time_and_says_where_it_comes_from() -> None:
    shop = follow(orders().given(run(order=REF, location="line")), split())
    old, made = (fact for fact in shop.facts if isinstance(fact, f.RunScheduled))
    assert (made.run, made.origin) == ("R2", "R")
    for name in ("order", "site", "start", "due", "location", "options", "revision", "part", "unit"):
        assert getattr(made, name) == getattr(old, name)


def test_the_new_run_is_frozen_if_the_old_one_was() -> None:
    for bodies, wanted in (
        ((), RunState.SCHEDULED), ((m.FreezeRun(run="R"),), RunState.FROZEN), ((m.Started(run="R"),), RunState.FROZEN),
    ):
        shop = follow(orders().given(run(), *bodies), split())
        assert the_run(shop, "R2").state is wanted


def test_only_what_isnt_built_yet_is_split_off_and_something_stays() -> None:
    shop = orders().given(run(4), m.Started(run="R"), output(2, 1))
    assert refused(shop.when(split(2)), f.RunRefused) == ["quantity"]
    assert shop.when(split(1)).names == ["RunSplit"]
    assert the_run(shop).left == 0
    assert refused(orders().given(run(4)).when(split(4)), f.RunRefused) == ["quantity"]


def test_a_run_isnt_split_into_itself_nor_after_its_end_nor_in_parts_of_pieces() -> None:
    assert refused(orders().given(run()).when(split(1, "R")), f.RunRefused) == ["into"]
    assert refused(orders().given(run()).when(split("0.5")), f.RunRefused) == ["quantity"]
    assert refused(orders().given(run(), m.Completed(run="R")).when(split()), f.RunRefused) == ["run"]
    assert refused(orders().given(run(), m.CancelRun(run="R")).when(split()), f.RunRefused) == ["run"]


def test_the_same_split_again_is_nothing_new_and_another_under_the_id_is_refused() -> None:
    shop = follow(orders().given(run()), split(1))
    assert shop.when(split(1)).facts == []
    assert refused(shop.when(split(2)), f.RunRefused) == ["into"]


def test_a_command_that_comes_twice_makes_one_run() -> None:
    shop = orders().given(run())
    (command,) = shop.when(split()).commands
    assert shop.when(command).names == ["RunScheduled"]
    assert shop.when(command).facts == []


@pytest.mark.parametrize("end", [(), (m.Completed(run="R"),)])
def test_when_the_id_is_taken_what_was_split_off_comes_back(end: tuple[Any, ...]) -> None:
    shop = orders().given(run(7, part="RACK"), run(1, run="R2"))
    before = amounts(shop, "R")
    (command,) = shop.when(split(2)).commands
    shop.given(*end)
    then = shop.when(command)
    assert then.names == ["RunSplitRefused"]
    (undo,) = then.commands
    after = shop.when(undo)
    assert after.names[0] == "RunSplitUndone"
    assert (the_run(shop).amount, amounts(shop, "R")) == (7, before)
    assert the_run(shop, "R2").amount == 1
    if end:
        assert kinds(after) == ["split_too_late"]
        assert after.facts[-1].short == 7
    assert shop.when(undo).facts == []


def test_material_stays_with_the_old_run() -> None:
    shop = orders().given(run(4), m.FreezeRun(run="R"))
    issue = m.FollowIssue(run="R", part="FRAME", site="plant", quantity=pieces(4), movement="inventory/0/1")
    follow(shop.given(issue), split(1))
    assert (runs(shop).materials["FRAME"].net, runs(shop, "R2").materials) == (4, {})


def test_the_order_hears_how_much_each_run_fixes() -> None:
    shop = orders().given(run(order=REF), m.FreezeRun(run="R"))
    heard = shop.when(split(1)).commands
    assert [(one.run, one.quantity.amount) for one in heard if isinstance(one, m.FollowRun)] == [("R", 3)]
