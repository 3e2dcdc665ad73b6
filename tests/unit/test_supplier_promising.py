"""What suppliers confirm, put off and ship; and which promise a receipt fulfils."""

from events.suppliers import facts as f
from events.suppliers import messages as m
from events.suppliers.shapes import Contradiction
from tests import scenario as s
from tests.purchasing import (
    Purchasing,
    cancel,
    confirm,
    day,
    delay,
    of,
    place,
    receive,
    reverse,
    ship,
    some,
    to,
)

DUE = place(of(1, 10, due=day("01-20")))


def test_until_it_is_confirmed_the_due_date_is_the_promise() -> None:
    told = Purchasing().given(DUE)
    assert told.line().promised == day("01-20")
    told.given(confirm((10, "01-25")))
    assert told.line().promised == day("01-25")


def test_a_split_confirmation_is_kept_by_day_in_base_units() -> None:
    told = Purchasing().given(place(of(1, 2, unit="CT")))
    split = (
        m.Promise(quantity=some(12), promised=day("02-02")),
        m.Promise(quantity=some(6), promised=day("02-01")),
        m.Promise(quantity=some("0.5", "CT"), promised=day("02-01")),
    )
    (fact,) = told.when(m.Confirmed(number="1", lines=(m.ConfirmedLine(line=1, schedule=split),))).facts
    assert [(part.amount, part.promised) for part in fact.schedule] == [(12, day("02-01")), (12, day("02-02"))]
    assert (fact.confirmed, fact.wanted, fact.promised) == (24, 24, day("02-01"))


def test_less_or_more_confirmed_than_wanted_is_said() -> None:
    assert Purchasing().given(place(), confirm((8, "02-01"))).contradictions() == [Contradiction.CONFIRMED_LESS]
    assert Purchasing().given(place(), confirm()).contradictions() == [Contradiction.CONFIRMED_LESS]
    assert Purchasing().given(place(), confirm((12, "02-01"))).contradictions() == [Contradiction.CONFIRMED_MORE]
    wanted = Purchasing().given(place(), receive(2), cancel(), confirm((2, "02-01")))
    assert wanted.contradictions() == []


def test_a_confirmation_of_an_unknown_line_is_said() -> None:
    told = Purchasing().given(place())
    assert told.when(confirm((5, "02-01"), line=4)).names == ["PurchaseOrderDiscrepancyFound"]
    assert told.contradictions() == [Contradiction.UNKNOWN_LINE]


def test_a_confirmation_before_the_order_is_said() -> None:
    told = Purchasing().wait(5).given(place())
    told.given(confirm((10, "02-01")), at=s.day(1))
    assert told.contradictions() == [Contradiction.BEFORE_ORDERED]


def test_an_earlier_confirmation_told_late_does_not_renew_the_promise() -> None:
    told = Purchasing().given(DUE).given(confirm((10, "02-02")), at=s.day(5))
    (fact,) = told.when(confirm((10, "02-01")), at=s.day(3)).facts
    assert not fact.current
    assert (fact.promised, fact.confirmed_at) == (day("02-02"), s.day(3))
    assert told.line().promised == day("02-02")


def test_a_delay_moves_what_is_expected_and_keeps_the_promise() -> None:
    told = Purchasing().given(DUE, confirm((10, "01-25"))).wait(1)
    (fact,) = told.when(delay("02-10")).facts
    assert (fact.was, fact.expected, fact.promised) == (day("01-25"), day("02-10"), day("01-25"))


def test_a_delay_concerns_the_open_lines_unless_it_names_them() -> None:
    told = Purchasing().given(place(of(1, 10), of(2, 5)), receive(10))
    assert [fact.line for fact in told.when(delay("02-10")).facts] == [2]
    assert [fact.line for fact in told.when(delay("02-11", 1)).facts] == [1]
    told.given(delay("02-12", 7), cancel(2), delay("02-13"))
    assert told.contradictions() == [Contradiction.UNKNOWN_LINE, Contradiction.NOTHING_OPEN]


def test_the_latest_word_counts_whichever_comes_last() -> None:
    told = Purchasing().given(DUE).given(delay("02-10"), at=s.day(5))
    stale = told.when(delay("02-01"), at=s.day(4)).facts[0]
    assert isinstance(stale, f.PurchaseOrderDelayed)
    assert (stale.current, stale.expected) == (False, day("02-10"))
    told.given(confirm((10, "02-03")), at=s.day(6))
    assert told.line().expected is None
    assert not told.when(delay("03-01"), at=s.day(5)).facts[0].current


def test_an_earlier_confirmation_leaves_a_later_delay() -> None:
    told = Purchasing().given(DUE).given(delay("02-10"), at=s.day(5)).given(confirm((10, "02-03")), at=s.day(4))
    assert told.line().expected == day("02-10")


def test_what_is_shipped_adds_up_and_a_despatch_counts_once() -> None:
    told = Purchasing().given(place(), ship(4), ship(3, "D2"))
    assert told.numbers()["shipped"] == 7
    assert told.when(ship(4)).facts == []
    assert told.when(ship(5)).names == ["PurchaseOrderDiscrepancyFound"]
    assert (told.contradictions(), told.numbers()["shipped"]) == ([Contradiction.TOLD_TWICE], 7)


def test_more_shipped_than_wanted_is_said_with_the_excess() -> None:
    told = Purchasing().given(place(), ship(8))
    _, found = told.when(ship(5, "D2")).facts
    assert (found.kind, found.amount) == (Contradiction.SHIPPED_MORE, 3)


def test_shipped_before_it_was_ordered_or_on_an_unknown_line_is_said() -> None:
    told = Purchasing().wait(5).given(place()).given(ship(1), at=s.day(1)).given(ship(1, "D2", line=9))
    assert told.contradictions() == [Contradiction.BEFORE_ORDERED, Contradiction.UNKNOWN_LINE]


def test_received_before_shipped_is_said_whichever_is_told_first() -> None:
    first = Purchasing().given(place()).given(ship(10), at=s.day(5)).given(receive(10), at=s.day(3))
    assert first.contradictions() == [Contradiction.BEFORE_SHIPPED]
    second = Purchasing().given(place()).given(receive(10), at=s.day(3)).given(ship(10), at=s.day(5))
    assert second.contradictions() == [Contradiction.BEFORE_SHIPPED]


def test_a_partial_receipt_before_a_second_despatch_is_in_order() -> None:
    told = Purchasing().given(place()).given(ship(4), at=s.day(1)).given(receive(4), at=s.day(3))
    told.given(ship(6, "D2"), at=s.day(5)).given(receive(6, "R2"), at=s.day(7))
    assert told.contradictions() == []


def test_a_second_despatch_told_after_its_own_receipt_is_in_order() -> None:
    told = Purchasing().given(place()).given(ship(4), at=s.day(1)).given(receive(4), at=s.day(3))
    told.given(receive(6, "R2"), at=s.day(7)).given(ship(6, "D2"), at=s.day(5))
    assert told.contradictions() == []


def test_of_receipts_only_what_came_before_the_despatch_can_have_come_too_early() -> None:
    told = Purchasing().given(place()).given(ship(4), at=s.day(1)).given(receive(5), at=s.day(3))
    told.given(receive(5, "R2"), at=s.day(7))
    (found,) = told.when(ship(6, "D2"), at=s.day(5)).facts[1:]
    assert (found.kind, found.amount) == (Contradiction.BEFORE_SHIPPED, 1)


def portions(fact: f.PurchaseOrderReceived | f.ReceiptReversed) -> list[tuple[int, object, bool]]:
    return [(int(part.amount), part.promised, part.confirmed) for part in fact.portions]


def test_receipts_fulfil_the_earliest_open_promises() -> None:
    told = Purchasing().given(DUE, confirm((3, "01-10"), (4, "01-15")))
    assert portions(told.when(receive(5)).facts[0]) == [(3, day("01-10"), True), (2, day("01-15"), True)]
    assert told.line().promised == day("01-15")
    second = told.when(receive(6, "R2")).facts[0]
    assert portions(second) == [(2, day("01-15"), True), (3, day("01-20"), False)]
    assert (second.over, second.promised) == (1, day("01-15"))


def test_a_receipt_taken_back_gives_its_latest_promises_back() -> None:
    told = Purchasing().given(DUE, confirm((3, "01-10"), (7, "01-15")), receive(5))
    (fact,) = told.when(reverse(3)).facts
    assert portions(fact) == [(1, day("01-10"), True), (2, day("01-15"), True)]
    assert told.line().promised == day("01-10")


def test_a_promise_is_kept_through_a_change_of_quantity() -> None:
    told = Purchasing().given(DUE, confirm((10, "01-25")), to(14), receive(12))
    (received,) = [fact for fact in told.facts if isinstance(fact, f.PurchaseOrderReceived)]
    assert portions(received) == [(10, day("01-25"), True), (2, day("01-20"), False)]
