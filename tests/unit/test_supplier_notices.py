"""What logistics was told of an order's goods on their way: a despatch, and a new day if one was told."""

from typing import Any

from events.suppliers import messages as m
from events.suppliers.shapes import Contradiction
from events.values import Quantity
from tests import scenario as s
from tests.purchasing import Purchasing, confirm, day, of, place, receive, ship, some

DUE = place(of(1, 10, due=day("01-20")))


def notice(amount: int, expected: str | None = None, shipment: str = "ASN-1", **more: Any) -> m.FollowNotice:
    told = {"line": 1, "quantity": some(amount)} | more
    return m.FollowNotice(
        purchase_order="1", shipment=shipment, expected=None if expected is None else day(expected), **told
    )


def test_a_notice_is_a_despatch_of_the_shipment() -> None:
    told = Purchasing().given(DUE)
    (fact,) = told.when(notice(2, quantity=some("0.5", "CT"))).facts
    assert (fact.amount, fact.shipped, fact.despatch, fact.arrives) == (6, 6, "ASN-1", None)
    assert fact.told == Quantity.of("0.5", "CT")
    assert told.line().expected is None


def test_the_day_it_tells_is_when_the_line_is_now_expected_and_the_promise_stays() -> None:
    told = Purchasing().given(DUE)
    shipped, delayed = told.when(notice(4, "01-24")).facts
    assert (shipped.arrives, delayed.until, delayed.was) == (day("01-24"), day("01-24"), day("01-20"))
    assert (told.line().expected, told.line().promised) == (day("01-24"), day("01-20"))


def test_the_day_that_is_expected_anyway_is_no_news() -> None:
    told = Purchasing().given(DUE)
    assert told.when(notice(4, "01-20")).names == ["PurchaseOrderShipped"]
    told.given(notice(1, "01-24", "ASN-2"))
    assert told.when(notice(1, "01-24", "ASN-3")).names == ["PurchaseOrderShipped"]


def test_an_earlier_day_is_told_too() -> None:
    assert Purchasing().given(DUE).when(notice(4, "01-12")).names == ["PurchaseOrderShipped", "PurchaseOrderDelayed"]


def test_a_notice_told_again_is_one_despatch_and_may_tell_another_day() -> None:
    told = Purchasing().given(DUE, notice(4, "01-24"))
    assert told.when(notice(4, "01-24")).facts == []
    assert told.when(notice(4, "01-26")).names == ["PurchaseOrderDelayed"]
    assert told.numbers()["shipped"] == 4


def test_the_suppliers_own_notice_of_the_same_shipment_counts_once() -> None:
    told = Purchasing().given(DUE, ship(4, "ASN-1"))
    assert told.when(notice(4)).facts == []
    assert told.when(notice(5)).names == ["PurchaseOrderDiscrepancyFound"]
    assert told.contradictions() == [Contradiction.TOLD_TWICE]


def test_a_later_word_on_the_day_stays() -> None:
    told = Purchasing().given(DUE).given(confirm((10, "01-25")), at=s.day(5))
    _, delayed = told.when(notice(4, "01-22"), at=s.day(4)).facts
    assert not delayed.current
    assert told.line().expected is None


def test_the_day_of_what_has_all_come_is_no_delay() -> None:
    told = Purchasing().given(DUE, receive(10))
    assert "PurchaseOrderDelayed" not in told.when(notice(10, "01-24")).names


def test_a_notice_of_an_unknown_line_is_said_and_of_an_unknown_order_waits() -> None:
    told = Purchasing().given(DUE)
    assert told.when(notice(4, "01-24", line=7)).names == ["PurchaseOrderDiscrepancyFound"]
    Purchasing().when(notice(4)).parked_on("purchase-order/1")
