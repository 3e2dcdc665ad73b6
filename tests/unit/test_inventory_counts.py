"""Counts: what is on hand is what the latest count saw, plus the movements that happened later."""

import itertools
from decimal import Decimal

import pytest
from pydantic import ValidationError

from events.inventory import messages as m
from events.inventory.accounts import Account, Basis
from events.sealed import Sealed
from events.values import Status
from tests.scenario import day
from tests.unit.inventory_words import (
    ABOUT,
    account,
    at,
    counted,
    issued,
    level,
    moved,
    on_hand,
    opened,
    pieces,
    received,
    reserve,
    reverse,
    warehouse,
)


def test_a_variance_is_what_was_counted_less_what_the_book_expected_at_the_cut_off() -> None:
    stock = warehouse().given(received(10), at=day(1)).given(issued(3), at=day(3))
    count = stock.when(counted(8, day(2))).facts[0]
    assert (count.expected, count.variance) == (10, -2)
    assert (on_hand(stock), account(stock, "lost")) == (5, 2)


def test_more_than_expected_is_found() -> None:
    stock = warehouse().given(received(10), at=day(1)).given(counted(11, day(2)))
    assert (on_hand(stock), account(stock, "found")) == (11, 1)


def test_a_movement_at_the_cut_off_was_seen_by_the_count() -> None:
    stock = warehouse().given(received(10), at=day(2))
    assert stock.when(counted(10, day(2))).facts[0].variance == 0


def test_a_movement_told_late_that_the_count_had_seen_changes_the_variance_not_the_stock() -> None:
    stock = warehouse().given(received(10), at=day(1)).given(counted(7, day(2)))
    then = stock.when(issued(3), at=day(1.5))
    assert then.names == ["StockIssued", "VarianceReclassified"]
    assert then.facts[1].amount == 3
    assert (on_hand(stock), account(stock, "lost"), account(stock, "issued")) == (7, 0, 3)


def test_a_movement_told_late_of_which_the_count_saw_nothing_is_found_or_lost() -> None:
    stock = warehouse().given(received(10), at=day(1)).given(counted(10, day(2))).given(issued(3), at=day(1.5))
    assert (on_hand(stock), account(stock, "found"), account(stock, "issued")) == (10, 3, 3)


def test_a_movement_after_the_cut_off_moves_the_stock() -> None:
    stock = warehouse().given(received(10), at=day(1)).given(counted(10, day(2))).given(issued(3), at=day(2.5))
    assert (on_hand(stock), account(stock, "found")) == (7, 0)


def test_an_older_count_told_late_posts_nothing_and_says_so() -> None:
    stock = warehouse().given(received(10), at=day(1)).given(counted(9, day(3)))
    older = stock.when(counted(4, day(2))).facts[0]
    assert (older.superseded, older.variance, older.expected, on_hand(stock)) == (True, 0, None, 9)


def test_of_two_counts_with_one_cut_off_the_one_told_later_stands() -> None:
    stock = warehouse().given(counted(9, day(3)), counted(4, day(3)))
    assert on_hand(stock) == 4


def test_a_count_keeps_who_counted_sealed() -> None:
    who = Sealed[str](person="worker-7", box="sealed")
    assert warehouse().when(counted(9, day(3), counted_by=who)).facts[0].counted_by == who


def test_only_the_counted_bucket_is_counted() -> None:
    stock = warehouse().given(received(10, "A"), received(10, "B"), at=day(1)).given(counted(1, day(2), "A"))
    assert (on_hand(stock, at("A")), on_hand(stock, at("B"))) == (1, 10)


def test_a_move_told_late_between_a_counted_and_an_uncounted_location_reaches_only_the_uncounted() -> None:
    stock = warehouse().given(received(10, "A"), at=day(1)).given(counted(6, day(2), "A"))
    stock.given(moved(4, "A", "B"), at=day(1.5))
    assert (on_hand(stock, at("A")), on_hand(stock, at("B"))) == (6, 4)
    assert account(stock, "lost", at("A")) == 0


def test_the_opening_posts_all_of_it_and_contains_what_was_told_before() -> None:
    stock = warehouse().given(received(4), at=day(1)).given(opened(10, day(2)))
    assert (on_hand(stock), account(stock, "opening"), account(stock, "lost")) == (10, 10, 4)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_opening_receipt_issue_and_count_give_the_same_stock_in_any_order(order: tuple[int, ...]) -> None:
    told = [
        (opened(10, day(2)), day(2)), (received(5), day(1)), (issued(3), day(3)), (counted(6, day(4)), day(4)),
    ]
    stock = warehouse()
    for number in order:
        body, moment = told[number]
        stock.given(body, at=moment)
    assert on_hand(stock) == 6
    assert [account(stock, name) for name in ("opening", "received", "issued")] == [10, 5, 3]


def test_a_second_opening_is_as_good_as_a_count() -> None:
    stock = warehouse().given(opened(10, day(1)))
    count = stock.when(opened(12, day(2))).facts[0]
    assert (count.basis, count.variance, on_hand(stock)) == (Basis.OPENING, 2, 12)


def test_an_opening_of_nothing_contains_what_was_told_before_too() -> None:
    stock = warehouse().given(received(4), at=day(1)).given(opened(0, day(2)))
    assert on_hand(stock) == 0


def snapshot(cut_off: float, complete: bool, **levels: int) -> m.StockSnapshot:
    lines = tuple(m.SnapshotLine(location=location, quantity=level(amount)) for location, amount in levels.items())
    return m.StockSnapshot(**ABOUT, lines=lines, cut_off=day(cut_off), complete=complete)


def test_a_snapshot_counts_what_it_lists() -> None:
    stock = warehouse().given(received(10, "A"), received(10, "B"), at=day(1)).given(snapshot(2, False, A=8))
    assert (on_hand(stock, at("A")), on_hand(stock, at("B"))) == (8, 10)


def test_what_a_complete_snapshot_does_not_list_was_not_there() -> None:
    stock = warehouse().given(received(10, "A"), received(10, "B"), at=day(1))
    stock.given(issued(1, "B"), at=day(3)).given(snapshot(2, True, A=8))
    assert (on_hand(stock, at("A")), on_hand(stock, at("B"))) == (8, -1)


def test_a_complete_snapshot_also_saw_nothing_where_nobody_had_been_told_of_anything() -> None:
    stock = warehouse().given(snapshot(2, True, A=8)).given(received(5, "C"), at=day(1))
    assert on_hand(stock, at("C")) == 0
    assert account(stock, "lost", at("C")) == 5


def test_a_snapshot_lists_a_bucket_once() -> None:
    line = m.SnapshotLine(location="A", quantity=level(1))
    with pytest.raises(ValidationError, match="listed twice"):
        m.StockSnapshot(**ABOUT, lines=(line, line), cut_off=day(1))


def test_a_snapshot_of_nothing_says_nothing() -> None:
    assert warehouse().when(snapshot(2, False)).facts == []


def test_a_count_below_what_is_claimed_breaks_claims() -> None:
    stock = warehouse().given(received(10), at=day(1)).given(reserve("R", 8))
    then = stock.when(counted(5, day(2)))
    assert then.names == ["StockCounted", "AllocationBroken"]
    assert (then.facts[1].amount, then.facts[1].open, then.facts[1].because) == (3, 5, "StockCounted")


def test_a_reversed_count_stands_no_more_and_the_one_before_it_does_again() -> None:
    stock = warehouse().given(received(10), at=day(1)).given(counted(9, day(2)))
    stock.when(counted(4, day(3)), id="wrong")
    stock.given(reverse("wrong"))
    assert on_hand(stock) == 9


def test_a_movement_reclassified_by_a_count_counts_again_once_the_count_is_reversed() -> None:
    stock = warehouse().given(received(10), at=day(1))
    stock.when(counted(10, day(2)), id="wrong")
    stock.given(issued(3), at=day(1.5)).given(reverse("wrong"))
    assert (on_hand(stock), account(stock, "found"), account(stock, "lost")) == (7, 0, 0)


def test_a_reversed_snapshot_is_forgotten_in_every_bucket() -> None:
    stock = warehouse().given(received(10, "A"), received(10, "B"), at=day(1))
    stock.when(snapshot(2, True, A=8), id="wrong")
    stock.given(reverse("wrong")).given(received(5, "C"), at=day(1))
    assert [on_hand(stock, at(location)) for location in "ABC"] == [10, 10, 5]


def test_after_a_reversed_opening_the_bucket_can_be_opened_again() -> None:
    stock = warehouse()
    stock.when(opened(10, day(1)), id="wrong")
    stock.given(reverse("wrong"), opened(12, day(1)))
    assert (on_hand(stock), account(stock, "opening")) == (12, 12)


def test_no_account_ends_on_the_wrong_side_of_zero_when_a_reclassified_count_is_reversed() -> None:
    stock = warehouse()
    stock.when(counted(5, day(2)), id="wrong")
    stock.given(received(5), at=day(1)).given(reverse("wrong"))
    assert (on_hand(stock), account(stock, "found"), account(stock, "lost")) == (5, 0, 0)


def test_what_one_count_lost_stays_lost_when_another_reclassified_one_is_reversed() -> None:
    stock = warehouse()
    stock.when(counted(5, day(2)), id="wrong")
    stock.given(received(5), at=day(1)).given(counted(3, day(3)), reverse("wrong"))
    assert (on_hand(stock), account(stock, "found"), account(stock, "lost")) == (3, 0, 2)


def test_a_count_is_of_one_status() -> None:
    stock = warehouse().given(received(10), m.Held(**ABOUT, location="A", quantity=pieces(4)), at=day(1))
    stock.given(counted(3, day(2), status=Status.HOLD))
    assert (on_hand(stock), on_hand(stock, at(status=Status.HOLD))) == (6, 3)


def test_a_variance_is_marked_as_one_in_the_postings() -> None:
    stock = warehouse().given(counted(3, day(2)))
    then = stock.when(received(3), at=day(1))
    posted = then.facts[1].postings[0]
    assert (posted.account, posted.amount, posted.variance) == (Account.FOUND, Decimal(-3), True)
