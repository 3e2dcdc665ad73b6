"""What comes is taken; what doesn't fit is said beside it."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from events.decision import Decided
from events.suppliers import messages as m
from events.suppliers.shapes import Contradiction
from events.values import Status
from services.supplier.app import build
from tests import scenario as s
from tests.purchasing import (
    Purchasing,
    cancel,
    day,
    inspect,
    of,
    place,
    receive,
    report,
    send_back,
    short_close,
    some,
    to,
    uninspect,
    unsend,
)


@pytest.mark.parametrize(
    ("status", "where"),
    [
        (Status.AVAILABLE, "accepted"),
        (Status.INSPECTION, "in_inspection"),
        (Status.HOLD, "in_inspection"),
        (Status.REJECTED, "rejected"),
    ],
)
def test_a_receipt_counts_by_the_status_it_came_in(status: Status, where: str) -> None:
    told = Purchasing().given(place(), receive(4, status=status))
    assert told.numbers() == {"ordered": 10, "open": 6, "received": 4, where: 4}


def test_the_day_of_a_receipt_is_the_sites_unless_only_the_day_is_known() -> None:
    told = Purchasing().given(place())
    midnight = s.message(receive(1), at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    dateless = msgspec.structs.replace(midnight, precision="day")
    elsewhere = msgspec.structs.replace(dateless, zone="America/New_York", time=datetime(2026, 3, 1, 5, tzinfo=UTC))
    for message, expected in ((midnight, "03-02"), (dateless, "03-01"), (elsewhere, "03-01")):
        outcome = build().decide(told.state("purchase-order/1"), told.known, message, message.time)
        assert isinstance(outcome, Decided)
        assert outcome.facts[0].received_on == day(expected)  # type: ignore[attr-defined]


def test_what_comes_beyond_what_is_open_is_over() -> None:
    told = Purchasing().given(place())
    fact, found = told.when(receive(13)).facts
    assert (fact.amount, fact.over, fact.opened, fact.open) == (13, 3, -10, 0)
    assert (found.kind, found.amount, found.receipt) == (Contradiction.OVER, 3, "R1")
    assert told.numbers() == {"ordered": 10, "over": 3, "received": 13, "accepted": 13}


def test_goods_for_a_cancelled_or_short_closed_line_are_over_and_reopen_nothing() -> None:
    cancelled = Purchasing().given(place(), cancel(), receive(4))
    assert cancelled.contradictions() == [Contradiction.CANCELLED]
    assert cancelled.numbers() == {"ordered": 10, "over": 4, "received": 4, "accepted": 4, "cancelled": 10}
    assert Purchasing().given(place(), short_close(), receive(4)).contradictions() == [Contradiction.SHORT_CLOSED]


def test_goods_for_a_line_nobody_ordered_make_one_with_nothing_ordered() -> None:
    told = Purchasing().given(place())
    then = told.when(receive(4, line=7))
    assert then.names == ["PurchaseOrderLineAdded", "PurchaseOrderDiscrepancyFound", "PurchaseOrderReceived"]
    assert told.numbers(7) == {"over": 4, "received": 4, "accepted": 4}
    told.given(m.ChangePurchaseOrder(number="1", add=(of(7, 6, due=day("02-01")),)))
    assert told.numbers(7) == {"ordered": 6, "open": 2, "received": 4, "accepted": 4}
    assert told.refused(m.ChangePurchaseOrder(number="1", add=(of(7, 9),))) == ("add.0.line",)


def test_a_due_date_alone_orders_nothing() -> None:
    told = Purchasing().given(place(), receive(4, line=7))
    later = m.ChangePurchaseOrder(number="1", change=(m.LineChange(line=7, due=day("02-01")),))
    assert told.refused(later) == ("change.0.quantity",)


def test_another_part_fulfils_nothing() -> None:
    told = Purchasing().given(place(), receive(4, part="NUT"), inspect(4, part="NUT"))
    assert told.contradictions() == [Contradiction.WRONG_PART, Contradiction.WRONG_PART]
    assert told.numbers() == {"ordered": 10, "open": 10}


def test_goods_at_another_site_count_and_are_said() -> None:
    told = Purchasing().given(place())
    fact, _ = told.when(receive(4, site="depot")).facts
    assert (fact.at_site, fact.site) == ("depot", "plant")
    assert told.contradictions() == [Contradiction.WRONG_SITE]


def test_goods_of_an_order_that_is_not_approved_are_taken_and_said() -> None:
    told = Purchasing().given(place(approval="pending"), receive(4))
    assert (told.contradictions(), told.numbers()["received"]) == ([Contradiction.NOT_APPROVED], 4)
    told.given(m.Reviewed(number="1", approval="approved"), receive(4, "R2"))
    assert told.contradictions() == [Contradiction.NOT_APPROVED]


def test_goods_from_before_the_order_are_taken_and_said() -> None:
    told = Purchasing().wait(5).given(place()).given(receive(4), at=s.day(1))
    assert (told.contradictions(), told.numbers()["received"]) == ([Contradiction.BEFORE_ORDERED], 4)


def test_an_unknown_part_waits() -> None:
    told = Purchasing().given(place())
    told.when(receive(1, line=2, part="NEW")).parked_on("part/NEW")


def test_a_reported_receipt_says_how_it_was_found() -> None:
    told = Purchasing().given(place())
    then = told.when(report(8, accepted=5, rejected=2, reason="bent"))
    assert then.names == ["PurchaseOrderReceived", "PurchaseOrderInspected"]
    assert then.facts[1].reason == "bent"
    assert told.numbers() == {
        "ordered": 10, "open": 2, "received": 8, "accepted": 5, "rejected": 2, "in_inspection": 1,
    }


def test_a_reported_receipt_in_cartons_counts_pieces() -> None:
    told = Purchasing().given(place(of(1, 2, unit="CT")))
    body = m.ReceiptReported(number="1", line=1, received=some(2, "CT"), accepted=Decimal("1.5"), rejected=Decimal(0))
    received = told.when(body).facts[0]
    assert (received.told.amount, received.told.unit) == (2, "CT")
    assert told.numbers() == {"ordered": 24, "received": 24, "accepted": 18, "in_inspection": 6}


def test_quantities_that_contradict_each_other_count_as_far_as_they_can() -> None:
    told = Purchasing().given(place())
    found = told.when(report(8, accepted=8, rejected=2)).facts[-1]
    assert (found.kind, found.amount) == (Contradiction.QUANTITIES, 2)
    assert told.numbers() == {"ordered": 10, "open": 2, "received": 8, "accepted": 6, "rejected": 2}


def test_receipts_without_a_number_get_one_and_one_told_twice_counts_once() -> None:
    told = Purchasing().given(place(), report(1), report(1), report(3, receipt="GR-1"))
    assert list(told.line().receipts) == ["line-1/receipt-1", "line-1/receipt-2", "GR-1"]
    assert told.when(report(3, receipt="GR-1")).facts == []
    assert told.when(report(4, receipt="GR-1")).facts[0].kind is Contradiction.TOLD_TWICE
    assert told.numbers()["received"] == 5


def test_a_reported_receipt_of_an_unknown_line_counts_only_if_its_part_is_told() -> None:
    told = Purchasing().given(place(), report(2, line=5))
    assert told.contradictions() == [Contradiction.UNKNOWN_LINE]
    told.given(report(2, line=5, part="BOLT"))
    assert told.numbers(5) == {"over": 2, "received": 2, "in_inspection": 2}


def test_an_inspection_moves_what_was_in_inspection() -> None:
    told = Purchasing().given(place(), receive(8, status=Status.INSPECTION), inspect(5, 1))
    assert told.numbers() == {
        "ordered": 10, "open": 2, "received": 8, "accepted": 5, "rejected": 1, "in_inspection": 2,
    }


def test_what_is_found_bad_later_was_accepted_before() -> None:
    told = Purchasing().given(place(), report(8, accepted=6))
    body = m.RejectionReported(number="1", line=1, quantity=some(5), reason="cracks")
    (fact,) = told.when(body).facts
    assert (fact.rejected, fact.revoked, fact.from_inspection) == (5, 3, 2)
    assert told.numbers() == {"ordered": 10, "open": 2, "received": 8, "accepted": 3, "rejected": 5}


def test_more_found_than_there_was_is_said() -> None:
    told = Purchasing().given(place(), receive(4, status=Status.INSPECTION))
    found = told.when(inspect(3, 3)).facts[-1]
    assert (found.kind, found.amount) == (Contradiction.QUANTITIES, 2)
    assert told.numbers() == {"ordered": 10, "open": 6, "received": 4, "accepted": 1, "rejected": 3}


def test_findings_about_unknown_receipts_or_lines_are_said() -> None:
    told = Purchasing().given(place(), inspect(1, receipt="R9"), inspect(1, line=9))
    told.given(m.RejectionReported(number="1", line=9, quantity=some(1)))
    told.given(m.RejectionReported(number="1", line=1, quantity=some(1), receipt="R9"))
    receipt, line = Contradiction.UNKNOWN_RECEIPT, Contradiction.UNKNOWN_LINE
    assert told.contradictions() == [receipt, line, line, receipt]


def test_a_finding_taken_back_is_in_inspection_again() -> None:
    told = Purchasing().given(place(), receive(8, status=Status.INSPECTION), inspect(5, 1), uninspect(5, 1))
    assert told.numbers() == {"ordered": 10, "open": 2, "received": 8, "in_inspection": 8}
    assert told.when(uninspect(1, 0)).facts[0].kind is Contradiction.QUANTITIES


def test_what_went_back_stays_received() -> None:
    told = Purchasing().given(place(), receive(8), send_back(3))
    assert told.numbers() == {"ordered": 10, "open": 2, "received": 8, "accepted": 8, "returned": 3}
    told.given(unsend(1))
    assert told.numbers()["returned"] == 2


def test_what_went_back_counts_whatever_receipt_it_came_by() -> None:
    told = Purchasing().given(place(), receive(8), send_back(3, "R9"), unsend(1, "R9"))
    assert (told.contradictions(), told.numbers()["returned"]) == ([], 2)


def test_more_gone_back_than_came_or_come_back_than_went_is_said() -> None:
    told = Purchasing().given(place(), receive(2), send_back(5), unsend(6))
    found = [fact for fact in told.facts if getattr(fact, "kind", None) is Contradiction.QUANTITIES]
    assert [fact.amount for fact in found] == [3, 1]  # type: ignore[attr-defined]


def test_an_order_changed_meanwhile_takes_what_is_open_now() -> None:
    told = Purchasing().given(place(), to(3), receive(5))
    assert told.numbers() == {"ordered": 3, "over": 2, "received": 5, "accepted": 5}
