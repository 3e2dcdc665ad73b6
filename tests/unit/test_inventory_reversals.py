"""Reversals: an event that didn't happen as told is undone, posting by posting, once."""

from decimal import Decimal

import pytest

from events.decision import Decided
from events.inventory import messages as m
from events.inventory.accounts import Discrepancy, EventRef, stream_of
from events.suppliers.messages import FollowInspectionReversal, FollowReturnReversal, FollowReversal
from events.values import Status
from services.inventory.book import RETENTION
from tests.scenario import day
from tests.unit.inventory_words import (
    ABOUT,
    LINE,
    account,
    at,
    counted,
    issued,
    level,
    lost,
    moved,
    on_hand,
    pieces,
    received,
    reverse,
    warehouse,
)

FORGETFUL = 70
"""As many movements of a bucket make it drop those that are too old."""
EVENTS: list[m.StockObservation] = [
    received(3),
    m.Inspected(**ABOUT, location="A", accepted=level(2), rejected=level(1)),
    m.Found(**ABOUT, location="A", quantity=pieces(3)),
    lost(3),
    m.Scrapped(**ABOUT, location="A", quantity=pieces(3), reason="bent"),
    m.Held(**ABOUT, location="A", quantity=pieces(3)),
    m.Unheld(**ABOUT, location="A", quantity=pieces(3)),
    moved(3, "A", "B"),
    m.TransferSent(**ABOUT, location="A", quantity=pieces(3), to_site="T", transfer="t-1"),
    m.TransferArrived(**ABOUT, location="A", quantity=level(3), transfer="t-2"),
    issued(3),
    m.ReturnedFromRun(**ABOUT, location="A", quantity=pieces(3), run="run-1"),
    m.Produced(**ABOUT, location="A", quantity=pieces(3), run="run-1"),
    m.ReturnedToVendor(**ABOUT, location="A", quantity=pieces(3), supplier="V", status=Status.AVAILABLE),
    m.Shipped(**ABOUT, location="A", quantity=pieces(3), shipment="s-1"),
    counted(3, day(2)),
    m.OpeningStock(**ABOUT, location="A", quantity=level(3), cut_off=day(2)),
    m.StockSnapshot(**ABOUT, lines=(), cut_off=day(2), complete=True),
]


@pytest.mark.parametrize("body", EVENTS, ids=lambda body: type(body).__name__)
def test_a_reversal_leaves_every_bucket_as_if_the_event_had_not_been(body: m.StockObservation) -> None:
    stock = warehouse().given(received(10), m.Held(**ABOUT, location="A", quantity=pieces(5)), at=day(1))
    before = {key: shelf.on_hand for key, shelf in stock.state(stream_of("P", "S")).shelves.items()}
    stock.when(body, at=day(3), id="wrong")
    fact = stock.when(reverse("wrong")).facts[0]
    after = {key: shelf.on_hand for key, shelf in stock.state(stream_of("P", "S")).shelves.items()}
    assert {key: amount for key, amount in after.items() if amount} == before
    assert fact.of == EventRef(source="test", id="wrong")


def test_a_reversal_waits_for_what_it_reverses() -> None:
    warehouse().when(reverse("later")).parked_on("event/test@later")


def test_a_second_reversal_changes_nothing() -> None:
    stock = warehouse()
    stock.when(received(10), id="wrong")
    stock.given(reverse("wrong"))
    assert stock.decide(reverse("wrong")) == Decided(())


def test_a_reversal_cannot_be_reversed_and_that_is_stated() -> None:
    stock = warehouse()
    stock.when(received(10), id="wrong")
    stock.when(reverse("wrong"), id="reversal")
    then = stock.when(reverse("reversal"))
    assert [(fact.kind, fact.of.id) for fact in then.facts] == [(Discrepancy.REVERSAL, "reversal")]


def test_a_reversed_receipt_is_told_to_its_order_line() -> None:
    stock = warehouse()
    stock.when(received(10, line=LINE, status=Status.INSPECTION), id="wrong")
    assert stock.when(reverse("wrong")).commands == [
        FollowReversal(
            purchase_order="PO-1", line=1, part="P", site="S", receipt="inventory/0/1", quantity=pieces(10),
            status=Status.INSPECTION,
        )
    ]


def test_a_reversed_inspection_and_a_reversed_return_are_told_to_the_order_line_of_the_receipt() -> None:
    stock = warehouse()
    receipt = EventRef(source="test", id="receipt")
    about = {"purchase_order": "PO-1", "line": 1, "part": "P", "site": "S", "receipt": "inventory/0/1"}
    stock.when(received(10, line=LINE, status=Status.INSPECTION), id="receipt")
    found = m.Inspected(**ABOUT, location="A", accepted=level(7), rejected=level(3), receipt=receipt)
    stock.when(found, id="inspected")
    back = m.ReturnedToVendor(**ABOUT, location="A", quantity=pieces(3), supplier="V", receipt=receipt)
    stock.when(back, id="returned")
    assert stock.when(reverse("returned")).commands == [FollowReturnReversal(**about, quantity=pieces(3))]
    assert stock.when(reverse("inspected")).commands == [
        FollowInspectionReversal(**about, accepted=level(7), rejected=level(3))
    ]


def test_a_return_without_a_receipt_is_told_and_taken_back_by_its_own_fact() -> None:
    stock = warehouse()
    back = m.ReturnedToVendor(**ABOUT, location="A", quantity=pieces(3), supplier="V", line=LINE)
    told = stock.when(back, id="returned").commands
    undone = stock.when(reverse("returned")).commands
    assert [command.receipt for command in (*told, *undone)] == ["inventory/0/1", "inventory/0/1"]  # type: ignore[attr-defined]


def test_a_count_since_had_already_seen_that_the_event_did_not_happen() -> None:
    stock = warehouse().given(received(10), at=day(1))
    stock.when(issued(3), at=day(2), id="wrong")
    stock.given(counted(10, day(3)))
    stock.given(reverse("wrong"))
    assert (on_hand(stock), account(stock, "found"), account(stock, "issued")) == (10, 0, 0)


def test_a_movement_told_late_is_undone_with_its_reclassification() -> None:
    stock = warehouse().given(received(10), at=day(1)).given(counted(10, day(3)))
    stock.when(issued(3), at=day(2), id="wrong")
    stock.given(reverse("wrong"))
    assert (on_hand(stock), account(stock, "found"), account(stock, "issued")) == (10, 0, 0)


def test_a_reversal_that_leaves_too_little_states_the_shortfall() -> None:
    stock = warehouse()
    stock.when(received(10), id="wrong")
    stock.given(issued(4))
    then = stock.when(reverse("wrong"))
    assert then.names == ["MovementReversed", "DiscrepancyFound"]
    assert then.facts[1].short == 4


def test_the_reversal_says_what_was_undone() -> None:
    stock = warehouse()
    stock.when(received(10, line=LINE, supplier="V"), at=day(2), id="wrong")
    fact = stock.when(reverse("wrong", reason="typed twice")).facts[0]
    assert (fact.undone, fact.undone_fact, fact.line, fact.supplier) == ("StockReceived", "inventory/0/1", LINE, "V")
    assert (fact.amount, fact.happened_at, fact.reason) == (Decimal(10), day(2), "typed twice")


def test_movements_are_kept_for_as_long_as_they_may_be_reversed_and_then_dropped() -> None:
    stock = warehouse()
    stock.when(received(10), id="old")
    stock.wait(RETENTION.days).given(received(1))
    assert ("test", "old") in stock.state(stream_of("P", "S")).movements
    stock.wait(1).given(received(1))
    assert ("test", "old") not in stock.state(stream_of("P", "S")).movements


def test_a_reversal_that_says_it_is_too_old_is_recorded_as_a_discrepancy() -> None:
    stock = warehouse()
    stock.when(received(10), at=day(1), id="old")
    stock.wait(RETENTION.days + 20).given(received(1))
    then = stock.when(reverse("old", happened_at=day(1)))
    assert [(fact.kind, fact.of.id) for fact in then.facts] == [(Discrepancy.FORGOTTEN, "old")]
    assert on_hand(stock) == 11


def test_an_empty_bucket_is_forgotten_and_stays_empty() -> None:
    stock = warehouse().given(received(10, "B", lot="L1"), issued(10, "B", lot="L1"))
    stock.wait(RETENTION.days + 1).given(received(1))
    state = stock.state(stream_of("P", "S"))
    assert list(state.shelves) == [at().key]
    assert list(state.ages) == [(None, None, None, None, None)]


def test_the_count_that_everything_stands_on_is_never_forgotten() -> None:
    stock = warehouse().given(received(10), at=day(1)).given(counted(8, day(2)))
    stock.wait(RETENTION.days + 1).given(*[received(1)] * FORGETFUL)
    stock.when(counted(5, stock.now), id="wrong")
    stock.given(reverse("wrong"))
    assert on_hand(stock) == 8 + FORGETFUL
    assert len(stock.state(stream_of("P", "S")).shelf(at().key).effects) < 2 * FORGETFUL


def test_a_bucket_keeps_only_the_effects_that_may_still_be_asked_for() -> None:
    stock = warehouse().given(*[received(1)] * FORGETFUL)
    stock.wait(RETENTION.days + 1).given(*[received(1)] * FORGETFUL)
    assert len(stock.state(stream_of("P", "S")).shelf(at().key).effects) <= FORGETFUL + 1
    assert on_hand(stock) == 2 * FORGETFUL
