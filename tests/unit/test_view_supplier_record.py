"""Supplier record: what was in time, late and bad; and what is reversed leaves every sum again."""

from datetime import timedelta
from decimal import Decimal

from events.model import Fact
from events.suppliers import facts as s
from events.suppliers.shapes import Covered
from projections.memory import MemoryRows
from projections.supplier_record import (
    CONFIRMED_LEAD,
    DAYS,
    LATENESS,
    LEAD,
    RECEIPT,
    RECORD,
    STANDING,
    SUPPLIER_RECORD,
    SupplierRecord,
)
from projections.supplier_record_queries import percentile
from tests.folding import DAY, START, arrived, folded, on_line, order, portion, reversed_receipt


def record(*facts: Fact) -> SupplierRecord:
    found, = folded(SUPPLIER_RECORD, order(), *facts).rows(RECORD)
    return found


def days(rows: MemoryRows, measure: str) -> dict[int, int]:
    return {row.days: row.count for row in rows.rows(DAYS) if row.measure == measure}


def test_a_receipt_in_time_counts_for_the_fill_rate() -> None:
    found = record(arrived(60, 40, days=10))
    assert (found.ordered, found.received, found.timely, found.late) == (100, 60, 60, 0)


def test_each_part_of_a_receipt_is_held_against_its_own_promise() -> None:
    split = (portion(60, 5), portion(40, 15))
    rows = folded(SUPPLIER_RECORD, order(), arrived(100, days=8, portions=split))
    found, = rows.rows(RECORD)
    assert (found.timely, found.late) == (Decimal(40), Decimal(60))
    assert days(rows, LATENESS) == {3: 1, -7: 1}


def test_what_nobody_named_a_day_for_cannot_be_late() -> None:
    rows = folded(SUPPLIER_RECORD, order(), arrived(100, days=500, portions=(portion(100, None),)))
    found, = rows.rows(RECORD)
    assert (found.timely, found.late, days(rows, LATENESS)) == (Decimal(100), Decimal(0), {})


def test_what_came_over_is_neither_in_time_nor_late() -> None:
    found = record(arrived(120, days=8, over=20))
    assert (found.received, found.over, found.timely, found.late) == (120, 20, 100, 0)


def test_lead_times_run_from_the_order_and_from_the_first_confirmation() -> None:
    confirmed = arrived(40, 60, days=9, confirmed_on=DAY + timedelta(days=2))
    rows = folded(SUPPLIER_RECORD, order(), confirmed, arrived(60, days=12, receipt="r-2"))
    assert days(rows, LEAD) == {9: 1, 12: 1}
    assert days(rows, CONFIRMED_LEAD) == {7: 1}


def test_a_receipt_that_is_reversed_leaves_every_sum_again() -> None:
    before = folded(SUPPLIER_RECORD, order(), arrived(40, 60, days=20))
    confirmed_since = reversed_receipt(60, 60, days=3, receipt="r-2")
    after = folded(
        SUPPLIER_RECORD, order(), arrived(40, 60, days=20), arrived(60, days=3, receipt="r-2"), confirmed_since
    )
    for table in SUPPLIER_RECORD.tables:
        assert after.rows(table) == before.rows(table), table.name


def test_a_receipt_reversed_in_part_still_counts_once() -> None:
    part = reversed_receipt(10, 50, days=20, portions=(portion(10),), whole=False)
    rows = folded(SUPPLIER_RECORD, order(), arrived(60, 40, days=20), part)
    assert days(rows, LATENESS) == {10: 1}
    assert days(rows, LEAD) == {20: 1}
    found, = rows.rows(RECORD)
    assert (found.late, found.receipts) == (Decimal(50), 1)
    rest = reversed_receipt(50, 100, days=20, portions=(portion(50),), whole=True)
    rows = folded(SUPPLIER_RECORD, order(), arrived(60, 40, days=20), part, rest)
    assert (days(rows, LATENESS), days(rows, LEAD), rows.rows(RECEIPT)) == ({}, {}, [])


def test_what_had_come_over_fulfils_a_promise_once_more_is_ordered() -> None:
    cover = Covered(
        amount=Decimal(20), promised=DAY + timedelta(days=5), confirmed=False, receipt="r-1",
        received_on=DAY + timedelta(days=8),
    )
    changed = s.PurchaseOrderLineChanged(**on_line(0), ordered=Decimal(120), was=Decimal(100), covered=(cover,))
    rows = folded(SUPPLIER_RECORD, order(), arrived(120, days=8, over=20), changed)
    found, = rows.rows(RECORD)
    assert (found.ordered, found.over, found.timely, found.late) == (120, 0, 100, 20)
    assert days(rows, LATENESS) == {-2: 1, 3: 1}


def test_rejects_are_counted_wherever_they_are_found() -> None:
    came = arrived(60, 40, rejected=Decimal(3), accepted=Decimal(57))
    worse = s.PurchaseOrderInspected(**on_line(40), rejected=Decimal(2), revoked=Decimal(2))
    assert record(came, worse).rejected == Decimal(5)
    assert record(came, worse, s.PurchaseOrderInspectionReversed(**on_line(40), rejected=Decimal(2))).rejected == 3


def test_calling_off_and_short_closing_are_told_apart() -> None:
    found = record(
        s.PurchaseOrderCancelled(**on_line(70), amount=Decimal(30)),
        s.PurchaseOrderShortClosed(**on_line(0), amount=Decimal(70)),
    )
    assert (found.cancelled, found.short_closed) == (Decimal(30), Decimal(70))


def test_a_supplier_that_is_down_stands_so_until_it_is_back() -> None:
    down = s.SupplierWentDown(supplier="ACME", since=START, reason="flood")
    longer = s.SupplierWentDown(supplier="ACME", since=START, until=START + timedelta(days=9), reason="flood")
    back = s.SupplierCameBack(supplier="ACME", since=START + timedelta(days=4), down_since=START)
    standing, = folded(SUPPLIER_RECORD, down, longer).rows(STANDING)
    assert (standing.down_since, standing.down_until, standing.outages) == (START, START + timedelta(days=9), 1)
    standing, = folded(SUPPLIER_RECORD, down, longer, back).rows(STANDING)
    assert (standing.down_since, standing.reason, standing.outages) == (None, None, 1)


def test_percentiles_are_days_that_occurred() -> None:
    histogram = {9: 5, 12: 4, 30: 1}
    assert [percentile(histogram, percent) for percent in (1, 50, 51, 90, 91)] == [9, 9, 12, 12, 30]
