"""Receipts that are taken back, and what takes their place."""

import pytest

from events.suppliers import facts as f
from events.suppliers.shapes import Contradiction
from events.values import Status
from tests.purchasing import Purchasing, cancel, day, inspect, of, place, receive, report, reverse, to

DUE = place(of(1, 10, due=day("01-20")))


def test_a_reversed_receipt_never_came_and_is_open_again() -> None:
    told = Purchasing().given(DUE, receive(4))
    (fact,) = told.when(reverse(4)).facts
    assert (fact.opened, fact.open, fact.whole, fact.accepted) == (4, 10, True, 4)
    assert (fact.received_at, fact.received_on) == (told.now, day("01-01"))
    assert told.numbers() == {"ordered": 10, "open": 10}


def test_a_part_of_a_receipt_can_be_reversed() -> None:
    told = Purchasing().given(DUE, receive(4), reverse(1))
    assert told.numbers() == {"ordered": 10, "open": 7, "received": 3, "accepted": 3}
    assert told.when(reverse(3)).facts[0].whole


def test_what_the_receipt_itself_brought_over_goes_first() -> None:
    told = Purchasing().given(DUE, receive(13))
    (fact,) = told.when(reverse(5)).facts
    assert (fact.amount, fact.over, fact.opened) == (5, 3, 2)
    assert told.numbers() == {"ordered": 10, "open": 2, "received": 8, "accepted": 8}


def test_what_other_receipts_brought_over_takes_the_free_place() -> None:
    told = Purchasing().given(DUE, receive(10)).wait(3).given(receive(4, "R2")).wait(1)
    (fact,) = told.when(reverse(6)).facts
    assert isinstance(fact, f.ReceiptReversed)
    assert [(part.receipt, int(part.amount), part.received_on, part.promised) for part in fact.covered] == [
        ("R2", 4, day("01-04"), day("01-20"))
    ]
    assert (int(fact.over), int(fact.opened)) == (4, 2)
    assert told.numbers() == {"ordered": 10, "open": 2, "received": 8, "accepted": 8}


def test_a_reversal_after_a_cancellation_opens_what_was_not_cancelled() -> None:
    told = Purchasing().given(DUE, receive(4), cancel(), reverse(4))
    assert told.numbers() == {"ordered": 10, "open": 4, "cancelled": 6}


@pytest.mark.parametrize(
    ("status", "left"),
    [
        (Status.AVAILABLE, {"accepted": 2, "rejected": 2, "in_inspection": 3}),
        (Status.INSPECTION, {"accepted": 5, "rejected": 2}),
        (Status.HOLD, {"accepted": 5, "rejected": 2}),
    ],
)
def test_it_is_taken_from_where_it_was(status: Status, left: dict[str, int]) -> None:
    told = Purchasing().given(DUE, receive(10, status=Status.INSPECTION), inspect(5, 2), reverse(3, status=status))
    assert told.numbers() == {"ordered": 10, "open": 3, "received": 7} | left
    assert told.contradictions() == []


def test_a_status_that_has_not_so_much_is_said_and_the_others_give_the_rest() -> None:
    told = Purchasing().given(DUE, receive(10, status=Status.INSPECTION), inspect(5, 2))
    found = told.when(reverse(10, status=Status.REJECTED)).facts[-1]
    assert (found.kind, found.amount) == (Contradiction.QUANTITIES, 8)
    assert told.numbers() == {"ordered": 10, "open": 10}


def test_more_reversed_than_came_is_said_and_takes_what_there_is() -> None:
    told = Purchasing().given(DUE, receive(4))
    found = told.when(reverse(6)).facts[-1]
    assert (found.kind, found.amount) == (Contradiction.QUANTITIES, 2)
    assert told.numbers() == {"ordered": 10, "open": 10}


def test_what_never_came_cannot_be_reversed() -> None:
    told = Purchasing().given(DUE, receive(4, part="NUT"), reverse(4, part="NUT"), reverse(1, "R7"), reverse(1, line=9))
    assert told.contradictions()[1:] == [
        Contradiction.WRONG_PART, Contradiction.UNKNOWN_RECEIPT, Contradiction.UNKNOWN_LINE,
    ]
    assert told.numbers() == {"ordered": 10, "open": 10}


def test_a_receipt_reversed_twice_counts_once() -> None:
    told = Purchasing().given(DUE, receive(4), reverse(4), reverse(4))
    assert told.contradictions() == [Contradiction.UNKNOWN_RECEIPT]
    assert told.numbers() == {"ordered": 10, "open": 10}


def test_each_receipt_keeps_its_own_portions_through_it_all() -> None:
    told = Purchasing().given(DUE, receive(6), report(6, receipt="R2"), to(9), reverse(6), to(11))
    line = told.line()
    assert {key: (int(kept.amount), int(kept.over)) for key, kept in line.receipts.items()} == {"R2": (6, 0)}
    assert told.numbers() == {"ordered": 11, "open": 5, "received": 6, "in_inspection": 6}
