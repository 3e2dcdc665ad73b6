"""Stock movements: one row for each posting, with the time it counts from and what caused it."""

from datetime import timedelta
from decimal import Decimal

from events.inventory import facts as f
from events.inventory.accounts import Account, EventRef, Posted
from events.values import Line
from projections.stock_movements import MOVEMENT, STOCK_MOVEMENTS
from tests.folding import START, about, bucket, folded, issued, received

CUT_OFF = START - timedelta(days=3)


def test_each_posting_is_a_row_with_its_cause_and_documents() -> None:
    came = received(10, line=Line(document="PO-1", line=2), supplier="ACME")
    first, second = folded(STOCK_MOVEMENTS, came, issued(3, run="run-7")).rows(MOVEMENT)
    assert (first.account, first.amount, first.order, first.line, first.supplier) == (
        "received", Decimal(10), "PO-1", 2, "ACME",
    )
    assert (first.source, first.cause, first.fact) == ("test", "event-1", "StockReceived")
    assert (second.account, second.amount, second.run, second.order) == ("issued", Decimal(-3), "run-7", None)


def test_a_move_is_two_rows_that_cancel_out() -> None:
    moved = f.StockMoved(**about(), bucket=bucket(), to=bucket("B2"), amount=4)
    rows = folded(STOCK_MOVEMENTS, moved).rows(MOVEMENT)
    assert [(row.entry, row.location, row.amount) for row in rows] == [(0, "A1", Decimal(-4)), (1, "B2", Decimal(4))]


def test_movements_count_from_when_they_occurred() -> None:
    row, = folded(STOCK_MOVEMENTS, received(1), at=lambda _: 5).rows(MOVEMENT)
    assert (row.occurred_at, row.recorded_at) == (START + timedelta(hours=5), START + timedelta(hours=6))


def test_counts_and_openings_count_from_their_cut_off() -> None:
    opened = f.StockOpened(**about(), bucket=bucket(), amount=10, cut_off=CUT_OFF)
    counted = f.StockCounted(
        **about(), bucket=bucket(), counted=8, expected=10, variance=-2, cut_off=CUT_OFF + timedelta(days=1)
    )
    rows = folded(STOCK_MOVEMENTS, opened, counted).rows(MOVEMENT)
    assert [(row.occurred_at, row.amount, row.account, row.variance) for row in rows] == [
        (CUT_OFF, Decimal(10), "opening", False),
        (CUT_OFF + timedelta(days=1), Decimal(-2), "lost", True),
    ]


def test_a_reversal_counts_from_what_it_undoes_and_a_reclassified_variance_from_its_count() -> None:
    undone = f.MovementReversed(
        **about(), of=EventRef(source="test", id="event-1"), undone="StockReceived", undone_fact="inventory/0/1",
        happened_at=CUT_OFF, postings=(Posted(bucket=bucket(), account=Account.RECEIVED, amount=-10),),
    )
    seen = f.VarianceReclassified(
        **about(), bucket=bucket(), amount=10, cut_off=CUT_OFF + timedelta(days=1),
        postings=(Posted(bucket=bucket(), account=Account.FOUND, amount=10, variance=True),),
    )
    rows = folded(STOCK_MOVEMENTS, undone, seen).rows(MOVEMENT)
    assert [row.occurred_at for row in rows] == [CUT_OFF, CUT_OFF + timedelta(days=1)]


def test_a_count_that_found_what_the_book_said_posts_nothing() -> None:
    counted = f.StockCounted(**about(), bucket=bucket(), counted=10, expected=10, variance=0, cut_off=CUT_OFF)
    assert folded(STOCK_MOVEMENTS, counted).rows(MOVEMENT) == []
