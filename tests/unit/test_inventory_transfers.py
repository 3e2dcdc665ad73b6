"""Transfers between sites: two steps, and sent = under way + arrived + lost."""

from decimal import Decimal
from typing import Any

from events.inventory import facts as f
from events.inventory import messages as m
from events.inventory.accounts import Discrepancy, stream_of
from events.inventory.commands import ExpectTransfer, FollowTransferReversal
from services.inventory.book import State
from tests.scenario import Scenario
from tests.unit.inventory_words import ABOUT, account, level, on_hand, pieces, received, reverse, warehouse

THERE = stream_of("P", "T")


def sent(amount: int) -> m.TransferSent:
    return m.TransferSent(**ABOUT, location="A", quantity=pieces(amount), to_site="T", transfer="t-1", lot="L1")


def arrived(amount: int, short: int | None = None) -> m.TransferArrived:
    return m.TransferArrived(
        part="P", site="T", location="A", transfer="t-1", quantity=level(amount), lot="L1",
        short=None if short is None else level(short),
    )


EXPECT = ExpectTransfer(part="P", site="T", from_site="S", transfer="t-1", quantity=pieces(10), lot="L1")


def under_way(stock: Scenario[State]) -> Any:
    found = stock.state(THERE).transfers.get("t-1")
    return Decimal(0) if found is None else found.under_way


def test_what_is_sent_leaves_and_the_other_site_is_told_to_expect_it() -> None:
    stock = warehouse().given(received(10, lot="L1"))
    then = stock.when(sent(10))
    assert then.commands[0] == EXPECT
    assert then.names == ["StockTransferred"]


def test_what_is_expected_is_under_way_and_not_on_hand() -> None:
    stock = warehouse()
    stock.when(EXPECT).then(
        f.TransferExpected(
            part="P", site="T", unit="C62", from_site="S", transfer="t-1", amount=Decimal(10), lot="L1"
        )
    )
    assert under_way(stock) == 10
    assert not stock.state(THERE).shelves


def test_what_arrives_is_on_hand_and_the_rest_still_under_way() -> None:
    stock = warehouse().given(EXPECT, arrived(6))
    assert under_way(stock) == 4
    assert [shelf.on_hand for shelf in stock.state(THERE).shelves.values()] == [6]


def test_what_is_short_is_lost_on_the_way() -> None:
    stock = warehouse().given(EXPECT)
    then = stock.when(arrived(7, short=3))
    assert (then.names, then.facts[0].short, under_way(stock)) == (["TransferReceived"], 3, 0)
    assert stock.state(THERE).transfers["t-1"].lost == 3


def test_more_than_was_under_way_is_recorded_and_stated() -> None:
    then = warehouse().given(EXPECT).when(arrived(12))
    assert then.names == ["TransferReceived", "DiscrepancyFound"]
    assert (then.facts[1].kind, then.facts[1].transfer, then.facts[1].short) == (Discrepancy.TRANSFER, "t-1", 2)


def test_an_arrival_told_before_the_sending_is_healed_by_it() -> None:
    stock = warehouse().given(arrived(10), EXPECT)
    assert under_way(stock) == 0


def test_a_reversed_sending_is_not_under_way_any_more() -> None:
    stock = warehouse().given(received(10, lot="L1"), EXPECT)
    stock.when(sent(10), id="wrong")
    command = stock.when(reverse("wrong")).commands[0]
    assert command == FollowTransferReversal(part="P", site="T", from_site="S", transfer="t-1", quantity=pieces(10))
    assert stock.when(command).names == ["TransferWithdrawn"]
    assert under_way(stock) == 0


def test_a_reversed_arrival_is_under_way_again() -> None:
    stock = warehouse().given(EXPECT)
    stock.when(arrived(7, short=1), id="wrong")
    back = m.Reversed(part="P", site="T", of=reverse("wrong").of)
    stock.given(back)
    assert under_way(stock) == 10


def test_a_transfer_of_nothing_arrived_and_all_lost() -> None:
    stock = warehouse().given(EXPECT, arrived(0, short=10))
    assert under_way(stock) == 0
    assert on_hand(stock) == account(stock, "transferred_in") == 0
