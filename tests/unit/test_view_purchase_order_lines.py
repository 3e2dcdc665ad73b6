"""Purchase order lines: the numbers of a line always agree, whatever happened to it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from events.model import Fact
from events.suppliers import facts as s
from events.suppliers.messages import Approval
from events.suppliers.shapes import Contradiction, Covered, Promised
from projections.purchase_order_lines import LINE, ORDER, PURCHASE_ORDER_LINES, PurchaseOrderLine
from tests.folding import DAY, START, arrived, folded, on_line, order, placed_line, portion, reversed_receipt


def line(*facts: Fact) -> PurchaseOrderLine:
    found = folded(PURCHASE_ORDER_LINES, order(), *facts).get(LINE, "PO-1", 1)
    assert found is not None
    assert found.ordered + found.over == found.open + found.received + found.cancelled + found.short_closed
    assert found.received == found.accepted + found.rejected + found.in_inspection
    return found


def test_all_of_a_new_line_is_open_and_promised_for_when_it_is_due() -> None:
    rows = folded(PURCHASE_ORDER_LINES, order(placed_line(1), placed_line(2, "NUT", 5)))
    first, second = rows.rows(LINE)
    assert (first.open, first.promised, first.part) == (Decimal(100), DAY + timedelta(days=10), "BOLT")
    assert (second.open, second.part) == (Decimal(5), "NUT")
    head, = rows.rows(ORDER)
    assert (head.lines, head.approval, head.closed_at) == (2, "approved", None)


def test_what_comes_is_accepted_rejected_or_in_inspection() -> None:
    came = arrived(60, 40, accepted=Decimal(0), in_inspection=Decimal(60))
    inspected = s.PurchaseOrderInspected(**on_line(40), accepted=Decimal(50), rejected=Decimal(4))
    found = line(came, inspected)
    assert (found.received, found.accepted, found.rejected, found.in_inspection, found.open) == (60, 50, 4, 6, 40)
    revoked = s.PurchaseOrderInspected(**on_line(40), rejected=Decimal(5), revoked=Decimal(5))
    found = line(came, inspected, revoked)
    assert (found.accepted, found.rejected, found.in_inspection) == (45, 9, 6)
    again = s.PurchaseOrderInspectionReversed(**on_line(40), rejected=Decimal(9))
    found = line(came, inspected, revoked, again)
    assert (found.accepted, found.rejected, found.in_inspection) == (45, 0, 15)


def test_more_than_is_open_comes_over_and_a_higher_quantity_covers_it() -> None:
    came = arrived(120, 0, over=20)
    assert (line(came).over, line(came).open) == (Decimal(20), Decimal(0))
    cover = Covered(
        amount=Decimal(20), promised=DAY, confirmed=False, receipt="r-1", received_on=DAY + timedelta(days=8)
    )
    changed = s.PurchaseOrderLineChanged(**on_line(10), ordered=Decimal(130), was=Decimal(100), covered=(cover,))
    found = line(came, changed)
    assert (found.ordered, found.over, found.open) == (Decimal(130), Decimal(0), Decimal(10))


def test_a_receipt_that_is_reversed_is_open_again() -> None:
    found = line(arrived(60, 40), reversed_receipt(60, 100))
    assert (found.received, found.open, found.accepted) == (Decimal(0), Decimal(100), Decimal(0))


def test_what_is_cancelled_or_short_closed_is_open_no_more() -> None:
    found = line(
        s.PurchaseOrderCancelled(**on_line(70), amount=Decimal(30)),
        s.PurchaseOrderShortClosed(**on_line(0), amount=Decimal(70)),
    )
    assert (found.cancelled, found.short_closed, found.open) == (Decimal(30), Decimal(70), Decimal(0))


def test_what_goes_back_was_received_all_the_same() -> None:
    back = s.PurchaseOrderReturned(**on_line(0), amount=Decimal(7))
    found = line(arrived(100), back)
    assert (found.returned, found.received) == (Decimal(7), Decimal(100))
    undone = s.PurchaseOrderReturnReversed(**on_line(0), amount=Decimal(7))
    assert line(arrived(100), back, undone).returned == Decimal(0)


def test_a_confirmation_is_kept_unless_a_later_one_had_been_told() -> None:
    days = (Promised(amount=Decimal(60), promised=DAY), Promised(amount=Decimal(40), promised=DAY + timedelta(days=9)))
    told = {"confirmed": Decimal(100), "wanted": Decimal(100), "told_at": START, "told_on": DAY, "schedule": days}
    found = line(s.PurchaseOrderConfirmed(**on_line(100, promised=DAY, confirmed_on=DAY), **told))
    assert found.schedule == (("2026-01-10", "60"), ("2026-01-19", "40"))
    assert (found.promised, found.confirmed, found.confirmed_on) == (DAY, Decimal(100), DAY)
    late = s.PurchaseOrderConfirmed(**on_line(100), **told, current=False)
    assert line(late).schedule == ()


def test_a_delay_changes_what_is_expected_and_not_the_promise() -> None:
    until = DAY + timedelta(days=30)
    found = line(s.PurchaseOrderDelayed(**on_line(100, expected=until), told_at=START, until=until))
    assert (found.expected, found.promised) == (until, DAY + timedelta(days=10))


def test_shipped_is_all_that_ever_left() -> None:
    def left(amount: int, total: int, name: str) -> s.PurchaseOrderShipped:
        return s.PurchaseOrderShipped(
            **on_line(100), amount=Decimal(amount), shipped=Decimal(total), shipped_at=START, shipped_on=DAY,
            despatch=name, arrives=DAY + timedelta(days=2),
        )

    assert line(left(30, 30, "d-1"), left(20, 50, "d-2")).shipped == Decimal(50)


def test_what_did_not_fit_is_counted() -> None:
    odd = s.PurchaseOrderDiscrepancyFound(
        number="PO-1", supplier="ACME", site="plant", kind=Contradiction.OVER, line=1, detail="20 too many"
    )
    assert line(odd, odd).oddities == 2


def test_an_order_is_reviewed_closed_and_open_again_when_a_line_is() -> None:
    review = s.PurchaseOrderReviewed(
        number="PO-1", supplier="ACME", site="plant", approval=Approval.PENDING, was=Approval.APPROVED
    )
    closed = s.PurchaseOrderClosed(number="PO-1", supplier="ACME", site="plant")
    head = folded(PURCHASE_ORDER_LINES, order(), review, closed).get(ORDER, "PO-1")
    assert head is not None
    assert (head.approval, head.closed_at is not None) == ("pending", True)
    again = folded(PURCHASE_ORDER_LINES, order(), arrived(100), closed, reversed_receipt(100, 100)).get(ORDER, "PO-1")
    assert again is not None
    assert again.closed_at is None


def test_a_line_added_later_belongs_to_the_order() -> None:
    added = s.PurchaseOrderLineAdded(**on_line(5, line=2), ordered=Decimal(5))
    rows = folded(PURCHASE_ORDER_LINES, order(), added)
    assert [(row.line, row.ordered, row.currency) for row in rows.rows(LINE)] == [
        (1, Decimal(100), "EUR"), (2, Decimal(5), "EUR"),
    ]


def test_a_fact_about_a_line_that_is_not_known_cannot_be_folded() -> None:
    with pytest.raises(LookupError, match="line 1 of order PO-1"):
        folded(PURCHASE_ORDER_LINES, arrived(1, portions=(portion(1),)))
