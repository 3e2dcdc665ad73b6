"""Placing an order, changing it, calling it off, closing it."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from events.catalogue.facts import ConversionDefined
from events.sealed import Sealed
from events.suppliers import facts as f
from events.suppliers import messages as m
from events.suppliers.shapes import Contradiction
from tests import scenario as s
from tests.purchasing import (
    Purchasing,
    cancel,
    change,
    day,
    of,
    place,
    receive,
    report,
    reverse,
    short_close,
    some,
    to,
)


def test_an_order_is_open_in_base_units_and_remembers_what_was_told() -> None:
    told = Purchasing()
    (fact,) = told.when(place(of(1, 2, unit="CT", due=day("02-01")))).facts
    assert isinstance(fact, f.PurchaseOrderPlaced)
    (line,) = fact.lines
    assert (int(line.ordered), line.unit, int(line.told.amount), line.told.unit) == (24, "C62", 2, "CT")
    assert told.numbers() == {"ordered": 24, "open": 24}


def test_the_day_of_an_order_is_the_sites() -> None:
    late = s.START + timedelta(hours=23, minutes=30)
    (fact,) = Purchasing().when(place(), at=late).facts
    assert (fact.ordered_at, fact.ordered_on) == (late, day("01-02"))


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        (place(supplier="NEW"), ("supplier/NEW",)),
        (place(site="new"), ("site/new",)),
        (place(of(1, 1, "NEW"), of(2, 1, "NEWER")), ("part/NEW", "part/NEWER")),
        (place(of(1, 1, "NUT", "CT")), ("conversion/NUT/CT",)),
    ],
)
def test_an_order_waits_for_what_it_names(body: m.PlacePurchaseOrder, missing: tuple[str, ...]) -> None:
    Purchasing().when(body).parked_on(*missing)


def test_what_refers_to_an_order_waits_for_it() -> None:
    for body in (to(5), cancel(), report(1), receive(1), m.Closed(number="1")):
        Purchasing().when(body).parked_on("purchase-order/1")


def test_the_same_order_placed_again_changes_nothing_even_by_another_buyer() -> None:
    ann, bob = (Sealed[str](person=name, box="x") for name in ("ann", "bob"))
    told = Purchasing().given(place(of(1, 10, price="5.00"), buyer=ann)).wait(1)
    assert told.when(place(of(1, "10.0", price="5"), buyer=bob)).facts == []


def test_the_same_number_with_other_words_is_refused_aloud() -> None:
    told = Purchasing().given(place())
    assert told.refused(place(of(1, 11))) == ("number",)
    assert told.numbers() == {"ordered": 10, "open": 10}


def test_an_unknown_revision_is_refused_and_the_number_stays_free() -> None:
    told = Purchasing()
    assert told.refused(place(of(1, 5, "NUT", revision="B"))) == ("lines.0.revision",)
    assert told.when(place(of(1, 5, "NUT", revision="A"))).names == ["PurchaseOrderPlaced"]


def test_quantities_convert_as_they_did_when_the_order_was_placed() -> None:
    larger = ConversionDefined(part="BOLT", unit="CT", numerator=20, valid_from=s.day(5))
    told = Purchasing(larger).given(place(of(1, 2, unit="CT"))).wait(9)
    told.given(change(m.LineChange(line=1, quantity=some(3, "CT"))))
    assert told.numbers()["ordered"] == 36


def test_an_order_at_an_inactive_supplier_stands_and_is_reported() -> None:
    told = Purchasing()
    names = told.when(place(supplier="SLEEPY")).names
    assert names == ["PurchaseOrderPlaced", "PurchaseOrderDiscrepancyFound"]
    assert told.contradictions() == [Contradiction.INACTIVE_SUPPLIER]


def test_a_line_wanted_before_it_was_ordered_is_reported() -> None:
    told = Purchasing().wait(10).given(place(of(1, 10, due=day("01-05"))))
    assert told.contradictions() == [Contradiction.DUE_BEFORE_ORDERED]


def test_a_line_named_twice_is_not_a_message() -> None:
    with pytest.raises(ValidationError, match="line 1 is there twice"):
        place(of(1, 10), of(1, 5))
    with pytest.raises(ValidationError, match="say a new quantity"):
        m.LineChange(line=1)


def test_a_change_is_done_whole_or_not_at_all() -> None:
    told = Purchasing().given(place())
    wrong = change(m.LineChange(line=1, quantity=some(20)), m.LineChange(line=7, quantity=some(1)))
    assert told.refused(wrong) == ("change.1.line",)
    assert told.numbers() == {"ordered": 10, "open": 10}


def test_a_line_cannot_go_under_what_came_or_was_called_off() -> None:
    told = Purchasing().given(place(), receive(4), to(8), cancel(1))
    assert told.numbers() == {"ordered": 8, "received": 4, "accepted": 4, "cancelled": 4}
    assert told.refused(to(7)) == ("change.0.quantity",)


def test_a_changed_line_can_go_down_to_what_came() -> None:
    told = Purchasing().given(place(), receive(4), to(4))
    assert told.numbers() == {"ordered": 4, "received": 4, "accepted": 4}


def test_raising_the_order_first_covers_what_had_come_over() -> None:
    told = Purchasing().given(place(of(1, 10, due=day("01-20"))), receive(13))
    (fact,) = told.when(to(15)).facts
    assert [(part.receipt, part.amount, part.promised) for part in fact.covered] == [("R1", 3, day("01-20"))]
    assert (fact.opened, fact.open) == (2, 2)
    assert told.numbers() == {"ordered": 15, "open": 2, "received": 13, "accepted": 13}


def test_a_change_that_changes_nothing_is_no_fact() -> None:
    told = Purchasing().given(place(of(1, 10, price=5, due=day("02-01"))))
    same = m.LineChange(line=1, quantity=some(10), price="5.0", due=day("02-01"))
    assert told.when(change(same)).facts == []
    assert told.when(m.ChangePurchaseOrder(number="1", add=(of(1, 10, price=5, due=day("02-01")),))).facts == []


def test_a_due_date_or_price_changes_alone() -> None:
    told = Purchasing().given(place(of(1, 10, price=5)))
    (fact,) = told.when(change(m.LineChange(line=1, due=day("03-01")))).facts
    assert (fact.due, fact.promised, fact.price, fact.opened) == (day("03-01"), day("03-01"), 5, 0)


def test_a_line_can_be_added_once() -> None:
    told = Purchasing().given(place(), m.ChangePurchaseOrder(number="1", add=(of(2, 3, "NUT"),)))
    assert told.numbers(2) == {"ordered": 3, "open": 3}
    assert told.refused(m.ChangePurchaseOrder(number="1", add=(of(2, 4, "NUT"),))) == ("add.0.line",)
    told.when(m.ChangePurchaseOrder(number="1", add=(of(3, 4, "NEW"),))).parked_on("part/NEW")
    assert told.refused(m.ChangePurchaseOrder(number="1", add=(of(3, 4, "NUT", revision="B"),))) == (
        "add.0.revision",
    )


def test_cancelling_calls_off_what_is_open_and_nothing_else() -> None:
    told = Purchasing().given(place(of(1, 10), of(2, 5)), receive(4), cancel())
    assert told.numbers(1) == {"ordered": 10, "received": 4, "accepted": 4, "cancelled": 6}
    assert told.numbers(2) == {"ordered": 5, "cancelled": 5}


def test_cancelling_again_changes_nothing() -> None:
    told = Purchasing().given(place(), cancel())
    assert told.when(cancel()).facts == []


def test_cancelling_what_came_whole_is_refused() -> None:
    told = Purchasing().given(place(), receive(10))
    assert told.refused(cancel()) == ("lines",)
    assert told.refused(short_close(1)) == ("lines",)
    assert told.refused(cancel(9)) == ("lines",)


def test_short_closing_gives_up_on_the_rest() -> None:
    told = Purchasing().given(place(), receive(9), short_close(1))
    assert told.numbers() == {"ordered": 10, "received": 9, "accepted": 9, "short_closed": 1}


def test_closing_short_closes_what_is_open_once() -> None:
    told = Purchasing().given(place(), receive(9))
    assert told.when(m.Closed(number="1")).names == ["PurchaseOrderShortClosed", "PurchaseOrderClosed"]
    assert told.when(m.Closed(number="1")).facts == []


def test_a_closed_order_that_opens_again_can_be_closed_again() -> None:
    told = Purchasing().given(place(), receive(10), m.Closed(number="1"), reverse(2))
    assert told.numbers()["open"] == 2
    assert told.when(m.Closed(number="1")).names == ["PurchaseOrderShortClosed", "PurchaseOrderClosed"]


def test_a_closed_order_that_opened_again_and_came_whole_is_not_closed_until_it_is_said() -> None:
    told = Purchasing().given(place(), receive(10), m.Closed(number="1"), reverse(2), receive(2, "R2"))
    assert told.when(m.Closed(number="1")).names == ["PurchaseOrderClosed"]


def test_a_review_is_recorded_when_it_changes_something() -> None:
    told = Purchasing().given(place(approval="pending"))
    (fact,) = told.when(m.Reviewed(number="1", approval="approved")).facts
    assert (fact.was, fact.approval) == (m.Approval.PENDING, m.Approval.APPROVED)
    assert told.when(m.Reviewed(number="1", approval="approved")).facts == []
