"""What the views answer: amounts, pages, both balances at a past time, and the point in history they reflect."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from events.inventory import facts as f
from events.inventory.accounts import Allocated
from events.suppliers import facts as s
from infra.errors import Transient
from infra.ledger.postgres import PostgresLedger
from projections import purchase_order_lines_queries as orders
from projections import stock_movements_queries as movements
from projections import stock_position_queries as stock
from projections import supplier_record_queries as record
from projections.engine import ViewEngine
from projections.queries import NotACursor
from projections.views import VIEWS
from tests.folding import (
    DAY,
    START,
    Told,
    about,
    arrived,
    bucket,
    issued,
    on_line,
    order,
    placed_line,
    portion,
    received,
)

pytestmark = pytest.mark.postgres


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database, autocommit=True) as opened:
        yield opened


@pytest.fixture
def told(database: str, postgres_ledger: PostgresLedger) -> Iterator["Folding"]:
    made = Folding(database, postgres_ledger)
    yield made
    made.engine.close()


class Folding(Told):
    """Told facts, folded at once."""

    def __init__(self, dsn: str, ledger: PostgresLedger) -> None:
        super().__init__(ledger)
        self.engine = ViewEngine(dsn, ledger, VIEWS)
        self.engine.attach()

    def fold(self, *facts: Any) -> None:
        self.append(*facts)
        self.engine.drain()


def test_a_position_adds_up_status_claims_orders_and_transfers(
    connection: psycopg.Connection[Any], told: Folding
) -> None:
    claim = (Allocated(bucket=bucket(), amount=4),)
    told.fold(
        received(10), received(5, bucket=bucket(status="inspection")), received(3, bucket=bucket(owner="ACME")),
        f.StockReserved(**about(), reservation="r", amount=4, purpose="run-1", allocations=claim),
        f.TransferExpected(**about(), from_site="hub", transfer="t", amount=7),
        order(placed_line(1), placed_line(2, "NUT", 30)), arrived(60, 40),
    )
    found = stock.positions(connection)
    bolt, nut = found.items
    assert (bolt.part, bolt.site, bolt.on_hand, bolt.allocated, bolt.available, bolt.short) == (
        "BOLT", "plant", Decimal(18), Decimal(4), Decimal(6), Decimal(0),
    )
    assert (bolt.by_status.available, bolt.by_status.inspection, bolt.consigned) == (13, 5, 3)
    assert (bolt.on_order, bolt.in_transit) == (Decimal(40), Decimal(7))
    assert (nut.part, nut.unit, nut.on_hand, nut.on_order) == ("NUT", "C62", Decimal(0), Decimal(30))
    assert sum(found.at["stock_position"].values()) == 5
    assert sum(found.at["purchase_order_lines"].values()) == 2
    assert bolt.model_dump(mode="json")["on_hand"] == "18"


def test_what_is_missing_for_claims_is_short_and_never_available_below_zero(
    connection: psycopg.Connection[Any], told: Folding
) -> None:
    claim = (Allocated(bucket=bucket(), amount=4),)
    told.fold(
        received(4),
        f.StockReserved(**about(), reservation="r", amount=4, purpose="run-1", allocations=claim),
        issued(3),
    )
    found, = stock.positions(connection, part="BOLT").items
    assert (found.available, found.short) == (Decimal(0), Decimal(3))


def test_pages_follow_one_another_without_a_gap(connection: psycopg.Connection[Any], told: Folding) -> None:
    told.fold(*(received(1, f"PART-{number:02}", site) for number in range(7) for site in ("a", "b")))
    seen: list[tuple[str, str]] = []
    after = None
    while True:
        page = stock.positions(connection, after=after, limit=3)
        seen += [(item.part, item.site) for item in page.items]
        if page.next is None:
            break
        after = page.next
    assert seen == [(f"PART-{number:02}", site) for number in range(7) for site in ("a", "b")]
    assert [item.site for item in stock.positions(connection, part="PART-03", site="b").items] == ["b"]
    with pytest.raises(NotACursor, match="leave it out to begin"):
        stock.positions(connection, after="nonsense")


def test_buckets_and_allocations_are_listed_with_what_they_lack(
    connection: psycopg.Connection[Any], told: Folding
) -> None:
    claim = (Allocated(bucket=bucket(lot="L1"), amount=4),)
    told.fold(
        received(10, bucket=bucket(lot="L1")), received(5),
        f.StockReserved(**about(), reservation="r", amount=4, purpose="run-1", priority=3, allocations=claim),
    )
    first = stock.buckets(connection, limit=1)
    second = stock.buckets(connection, after=first.next)
    assert [(item.lot, item.on_hand, item.allocated) for item in (*first.items, *second.items)] == [
        (None, Decimal(5), Decimal(0)), ("L1", Decimal(10), Decimal(4)),
    ]
    held, = stock.allocations(connection, purpose="run-1").items
    assert (held.reservation, held.lot, held.amount, held.priority) == ("r", "L1", Decimal(4), 3)
    assert stock.allocations(connection, reservation="other").items == []
    whole = stock.part_stock(connection, "BOLT")
    assert whole is not None
    assert (len(whole.buckets), len(whole.allocations), whole.sites[0].on_hand) == (2, 1, Decimal(15))
    assert stock.part_stock(connection, "UNKNOWN") is None


def test_the_book_at_a_past_time_as_known_then_and_as_corrected_since(
    connection: psycopg.Connection[Any], told: Folding
) -> None:
    """Facts of ``Told`` occur a second apart and are recorded an hour later; the count looks back at its cut-off."""
    counted = f.StockCounted(
        **about(), bucket=bucket(), counted=8, expected=10, variance=-2, cut_off=START + timedelta(seconds=1)
    )
    told.fold(received(10), issued(1), counted)

    def held(**bounds: Any) -> Decimal:
        return sum((each.on_hand for each in movements.balance(connection, "BOLT", **bounds).buckets), Decimal(0))

    assert held() == Decimal(7)
    assert held(recorded_until=START + timedelta(hours=1, seconds=1)) == Decimal(10), "as known then"
    assert held(occurred_until=START + timedelta(seconds=1)) == Decimal(8), "as corrected since"
    both = {"occurred_until": START + timedelta(seconds=2), "recorded_until": START + timedelta(hours=1, seconds=2)}
    assert held(**both) == Decimal(9), "what was known then of what had occurred"
    accounts = {each.account: each.amount for each in movements.balance(connection, "BOLT").accounts}
    assert accounts == {"received": Decimal(10), "issued": Decimal(-1), "lost": Decimal(-2)}


def test_movements_are_paged_both_ways_and_filtered(connection: psycopg.Connection[Any], told: Folding) -> None:
    told.fold(received(10), *(issued(number, run=f"run-{number}") for number in range(1, 6)))
    first = movements.movements(connection, "BOLT", limit=4)
    rest = movements.movements(connection, "BOLT", limit=4, after=first.next)
    amounts = [item.amount for item in (*first.items, *rest.items)]
    assert amounts == [Decimal(10), *(Decimal(-number) for number in range(1, 6))]
    newest = movements.movements(connection, "BOLT", newest=True, limit=2)
    older = movements.movements(connection, "BOLT", newest=True, limit=2, after=newest.next)
    assert [item.amount for item in (*newest.items, *older.items)] == amounts[:1:-1]
    one, = movements.movements(connection, "BOLT", run="run-3").items
    assert (one.amount, one.lot, one.fact) == (Decimal(-3), None, "StockIssued")


def test_order_lines_are_late_by_the_day_that_is_asked_about(
    connection: psycopg.Connection[Any], told: Folding
) -> None:
    told.fold(order(placed_line(1, due=10), placed_line(2, "NUT", due=None)), arrived(60, 40))
    today = DAY + timedelta(days=13)
    late, never = orders.order_lines(connection, today).items
    assert (late.late, late.days_late, late.open, never.late) == (True, 3, Decimal(40), False)
    assert [item.line for item in orders.order_lines(connection, today, late_only=True).items] == [1]
    assert orders.order_lines(connection, DAY, late_only=True).items == []
    assert [item.part for item in orders.order_lines(connection, today, part="NUT").items] == ["NUT"]
    first = orders.order_lines(connection, today, limit=1)
    assert [item.line for item in orders.order_lines(connection, today, after=first.next).items] == [2]
    whole = orders.purchase_order(connection, "PO-1", today)
    assert whole is not None
    assert (whole.supplier, len(whole.lines), whole.approval) == ("ACME", 2, "approved")
    assert orders.purchase_order(connection, "PO-2", today) is None


def test_a_supplier_record_is_added_up_over_all_shards(connection: psycopg.Connection[Any], told: Folding) -> None:
    for number, days in enumerate((9, 9, 12, 30)):
        name = f"PO-{number}"
        came = arrived(100, days=days, receipt=f"r-{number}", number=name, rejected=Decimal(1), accepted=Decimal(99))
        told.fold(order(number=name), came)
    found = record.supplier(connection, "ACME")
    assert found is not None
    lead = found.record.days.ordered_to_received
    assert (lead.count, lead.mean, lead.p50, lead.p90, lead.earliest, lead.latest) == (
        4, Decimal("15.00"), 9, 30, 9, 30,
    )
    part, = found.parts
    assert (part.part, part.lines, part.receipts, part.fill_rate, part.reject_rate) == (
        "BOLT", 4, 4, Decimal("0.5000"), Decimal("0.0100"),
    )
    assert found.record.rates[0].timely == Decimal(200)
    assert (found.record.days.lateness.p90, found.record.days.confirmed_to_received.count) == (20, 0)
    assert record.supplier(connection, "NOBODY") is None


def test_suppliers_and_their_receipts_are_paged(connection: psycopg.Connection[Any], told: Folding) -> None:
    for name in ("ACME", "BETA", "CURE"):
        told.fold(order(number=f"PO-{name}", supplier=name), arrived(
            100, number=f"PO-{name}", supplier=name, portions=(portion(100),)
        ))
    told.fold(s.SupplierWentDown(supplier="DOWN", since=START))
    first = record.suppliers(connection, limit=3)
    rest = record.suppliers(connection, limit=3, after=first.next)
    assert [item.supplier for item in (*first.items, *rest.items)] == ["ACME", "BETA", "CURE", "DOWN"]
    assert rest.items[0].down_since == START
    came, = record.receipts(connection, "BETA", since=date(2026, 1, 1)).items
    assert (came.number, came.lead_days, came.confirmed_days) == ("PO-BETA", 8, None)


def test_a_short_close_shows_in_the_record(connection: psycopg.Connection[Any], told: Folding) -> None:
    told.fold(order(), s.PurchaseOrderShortClosed(**on_line(0), amount=Decimal(100)))
    found = record.supplier(connection, "ACME")
    assert found is not None
    assert (found.parts[0].short_closed, found.parts[0].fill_rate) == (Decimal(100), Decimal(0))


def test_views_that_are_not_there_yet_say_what_to_do(connection: psycopg.Connection[Any]) -> None:
    with pytest.raises(Transient, match="lotone up"):
        stock.positions(connection)
