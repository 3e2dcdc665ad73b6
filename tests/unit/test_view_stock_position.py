"""Stock position: buckets, claims, reservations and transfers, as the facts leave them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from events.inventory import facts as f
from events.inventory.accounts import Account, Allocated, Along, EventRef, Posted
from projections.stock_position import BUCKET, CLAIM, RESERVATION, STOCK_POSITION, TRANSIT, StockBucket
from projections.view import Rows
from tests.folding import START, about, bucket, folded, issued, received


def held(rows: Rows, location: str = "A1", status: str = "available", **more: Any) -> StockBucket | None:
    found = {"revision": None, "lot": None, "serial": None, "owner": None, "configuration": None} | more
    return rows.get(BUCKET, "BOLT", "plant", location, status, *found.values())


def reserved(amount: int, reservation: str = "r-1", location: str = "A1") -> f.StockReserved:
    claim = Allocated(bucket=bucket(location), amount=amount)
    return f.StockReserved(**about(), reservation=reservation, amount=amount, purpose="run-1", allocations=(claim,))


def test_postings_change_the_bucket_they_name() -> None:
    rows = folded(STOCK_POSITION, received(10), received(5, bucket=bucket(lot="L")), issued(3))
    plain, lot = held(rows), held(rows, lot="L")
    assert plain is not None
    assert lot is not None
    assert (plain.on_hand, plain.unit, plain.last_fact) == (Decimal(7), "C62", "inventory/0/3")
    assert lot.on_hand == Decimal(5)


def test_the_last_times_are_the_latest_that_occurred_not_the_latest_told() -> None:
    hours = {1: 5, 2: 4, 3: 9, 4: 7}
    rows = folded(STOCK_POSITION, received(10), received(10), issued(1), issued(1), at=lambda number: hours[number])
    found = held(rows)
    assert found is not None
    assert found.last_in_at == START + timedelta(hours=5)
    assert found.last_out_at == START + timedelta(hours=9)


def test_an_empty_bucket_is_gone_and_one_below_zero_stays() -> None:
    assert held(folded(STOCK_POSITION, received(10), issued(10))) is None
    below = held(folded(STOCK_POSITION, received(10), issued(12)))
    assert below is not None
    assert below.on_hand == Decimal(-2)


def test_a_claim_is_on_its_bucket_and_on_its_reservation() -> None:
    rows = folded(STOCK_POSITION, received(10), reserved(4))
    found = held(rows)
    assert found is not None
    assert found.allocated == Decimal(4)
    assert [(row.reservation, row.amount) for row in rows.rows(CLAIM)] == [("r-1", Decimal(4))]
    reservations = [(row.purpose, row.amount, row.open) for row in rows.rows(RESERVATION)]
    assert reservations == [("run-1", Decimal(4), Decimal(4))]


def test_an_issue_fulfils_a_claim_and_a_fulfilled_reservation_is_gone() -> None:
    consumed = (Allocated(bucket=bucket(), amount=3),)
    rows = folded(STOCK_POSITION, received(10), reserved(4), issued(3, reservation="r-1", consumed=consumed))
    assert [row.open for row in rows.rows(RESERVATION)] == [Decimal(1)]
    last = (Allocated(bucket=bucket(), amount=1),)
    rows = folded(
        STOCK_POSITION, received(10), reserved(4), issued(3, reservation="r-1", consumed=consumed),
        issued(1, reservation="r-1", consumed=last),
    )
    assert (rows.rows(RESERVATION), rows.rows(CLAIM)) == ([], [])
    found = held(rows)
    assert found is not None
    assert (found.on_hand, found.allocated) == (Decimal(6), Decimal(0))


def test_a_claim_that_moves_stays_with_its_reservation() -> None:
    moved = f.AllocationMoved(
        **about(), reservation="r-1", purpose="run-1", amount=4, bucket=bucket(), to=bucket("B2"), because="StockLost"
    )
    along = f.StockMoved(
        **about(), bucket=bucket("B2"), to=bucket("C3"), amount=10, along=(Along(reservation="r-1", amount=4),)
    )
    rows = folded(STOCK_POSITION, received(10), received(10, bucket=bucket("B2")), reserved(4), moved, along)
    assert [(row.location, row.amount) for row in rows.rows(CLAIM)] == [("C3", Decimal(4))]
    assert [row.open for row in rows.rows(RESERVATION)] == [Decimal(4)]
    there = held(rows, "C3")
    assert there is not None
    assert (there.on_hand, there.allocated) == (Decimal(10), Decimal(4))
    assert held(rows, "B2") is None


def test_a_broken_claim_leaves_the_stock_and_the_reservation_short() -> None:
    broken = f.AllocationBroken(
        **about(), reservation="r-1", purpose="run-1", amount=3, bucket=bucket(), open=1, because="StockLost"
    )
    rows = folded(STOCK_POSITION, received(10), reserved(4), broken)
    assert [row.open for row in rows.rows(RESERVATION)] == [Decimal(1)]
    found = held(rows)
    assert found is not None
    assert found.allocated == Decimal(1)


def test_inspection_moves_stock_between_statuses() -> None:
    waits = bucket(status="inspection")
    inspected = f.StockInspected(
        **about(), bucket=waits, accepted=8, rejected=2, accepted_to=bucket(), rejected_to=bucket(status="rejected")
    )
    rows = folded(STOCK_POSITION, received(10, bucket=waits), inspected)
    assert {row.status: row.on_hand for row in rows.rows(BUCKET)} == {
        "available": Decimal(8), "rejected": Decimal(2),
    }


def test_a_reversal_undoes_what_was_posted() -> None:
    undone = f.MovementReversed(
        **about(), of=EventRef(source="test", id="event-1"), undone="StockReceived", undone_fact="inventory/0/1",
        happened_at=START, postings=(Posted(bucket=bucket(), account=Account.RECEIVED, amount=-10),),
    )
    assert folded(STOCK_POSITION, received(10), undone).rows(BUCKET) == []


def test_a_transfer_is_under_way_until_it_arrived_or_was_lost() -> None:
    expected = f.TransferExpected(**about(), from_site="hub", transfer="t-1", amount=10)
    came = f.TransferReceived(**about(), bucket=bucket(), transfer="t-1", amount=6, short=1)
    row, = folded(STOCK_POSITION, expected, came).rows(TRANSIT)
    assert (row.from_site, row.sent, row.arrived, row.lost, row.under_way) == (
        "hub", Decimal(10), Decimal(6), Decimal(1), Decimal(3),
    )


def test_a_transfer_that_arrives_before_it_is_expected_comes_out_even() -> None:
    expected = f.TransferExpected(**about(), from_site="hub", transfer="t-1", amount=10)
    came = f.TransferReceived(**about(), bucket=bucket(), transfer="t-1", amount=10, short=0)
    row, = folded(STOCK_POSITION, came, expected).rows(TRANSIT)
    assert (row.under_way, row.from_site) == (Decimal(0), "hub")


def test_a_reservation_grows_by_what_was_born_allocated_to_it() -> None:
    grown = reserved(3, location="B2").model_copy(update={"supply": "purchase/4711/1"})
    rows = folded(STOCK_POSITION, received(10), received(10, bucket=bucket("B2")), reserved(4), grown)
    assert [(row.amount, row.open) for row in rows.rows(RESERVATION)] == [(Decimal(7), Decimal(7))]
    assert [(row.location, row.amount) for row in rows.rows(CLAIM)] == [("A1", Decimal(4)), ("B2", Decimal(3))]


def test_an_issue_fulfils_the_claims_of_all_reservations_for_its_run() -> None:
    consumed = (
        Allocated(bucket=bucket(), amount=4, reservation="r-1"), Allocated(bucket=bucket(), amount=1, reservation="r-2")
    )
    rows = folded(
        STOCK_POSITION, received(10), reserved(4), reserved(4, "r-2"), issued(5, reservation=None, consumed=consumed)
    )
    assert [(row.reservation, row.open) for row in rows.rows(RESERVATION)] == [("r-2", Decimal(3))]
    found = held(rows)
    assert found is not None
    assert (found.on_hand, found.allocated) == (Decimal(5), Decimal(3))
