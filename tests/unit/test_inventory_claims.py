"""Reservations: all or nothing, never twice, and when stock is lost it is said whose claim is lost."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from events.decision import Decided, Reject
from events.inventory import facts as f
from events.inventory import messages as m
from events.inventory.accounts import Allocated, Along, Discrepancy, Refusal, stream_of
from events.values import Status
from services.inventory.book import State
from tests.scenario import Scenario, day
from tests.unit.inventory_words import (
    ABOUT,
    FACT,
    at,
    counted,
    issued,
    lost,
    moved,
    pieces,
    received,
    release,
    reserve,
    reverse,
    warehouse,
)


def held(stock: Scenario[State], reservation: str) -> dict[str, int]:
    """What a reservation holds, by location."""
    found = stock.state(stream_of("P", "S")).reservations[reservation]
    return {key.location: int(amount) for key, amount in found.allocations.items()}


def test_a_reservation_claims_stock() -> None:
    stock = warehouse().given(received(10))
    stock.when(reserve("R", 8)).then(
        f.StockReserved(
            **FACT, reservation="R", amount=Decimal(8), purpose="run-1",
            allocations=(Allocated(bucket=at(), amount=Decimal(8)),),
        )
    )


def test_claimed_stock_is_not_claimed_again() -> None:
    stock = warehouse().given(received(10), reserve("R", 8))
    stock.when(reserve("Q", 3)).then(
        f.ReservationRefused(
            **FACT, reservation="Q", purpose="run-1", wanted=Decimal(3), available=Decimal(2), reason=Refusal.SHORT
        )
    )


def test_the_same_reservation_again_changes_nothing() -> None:
    stock = warehouse().given(received(10), reserve("R", 8))
    assert stock.when(reserve("R", 8)).facts == []


def test_another_reservation_under_a_used_id_is_refused() -> None:
    stock = warehouse().given(received(10), reserve("R", 8))
    assert stock.when(reserve("R", 1)).facts[0].reason == Refusal.CONTRADICTION


def test_a_refused_reservation_may_be_asked_for_again() -> None:
    stock = warehouse().given(reserve("R", 8)).given(received(10))
    assert stock.when(reserve("R", 8)).names == ["StockReserved"]


@pytest.mark.parametrize("status", [Status.INSPECTION, Status.HOLD, Status.REJECTED])
def test_only_available_stock_is_claimed(status: Status) -> None:
    stock = warehouse().given(m.Found(**ABOUT, location="A", quantity=pieces(10), status=status))
    assert stock.when(reserve("R", 1)).names == ["ReservationRefused"]


def test_stock_of_another_owner_is_claimed_only_when_asked_for() -> None:
    stock = warehouse().given(received(10, owner="V"))
    assert stock.when(reserve("R", 1)).names == ["ReservationRefused"]
    assert stock.when(reserve("Q", 1, owner="V")).names == ["StockReserved"]


def test_stock_below_zero_lends_nothing() -> None:
    stock = warehouse().given(issued(5, "A"), received(3, "B"))
    assert stock.when(reserve("R", 4)).facts[0].available == 3


@pytest.mark.parametrize(
    ("terms", "location"),
    [({"location": "B"}, "B"), ({"lot": "L2"}, "B"), ({"revision": "r2"}, "C")],
)
def test_a_reservation_claims_only_what_its_terms_allow(terms: dict[str, Any], location: str) -> None:
    stock = warehouse().given(received(9, "A"), received(9, "B", lot="L2"), received(9, "C", revision="r2"))
    stock.given(reserve("R", 5, **terms))
    assert held(stock, "R") == {location: 5}


def test_what_expires_first_is_taken_first() -> None:
    stock = warehouse().given(
        received(5, "A", lot="L1", expiry=date(2026, 9, 1)), received(5, "B", lot="L2", expiry=date(2026, 6, 1)),
    )
    stock.given(reserve("R", 6))
    assert held(stock, "R") == {"B": 5, "A": 1}


def test_then_what_came_first() -> None:
    stock = warehouse().given(received(5, "A", lot="L1"), at=day(2)).given(received(5, "B", lot="L2"), at=day(1))
    stock.given(reserve("R", 6))
    assert held(stock, "R") == {"B": 5, "A": 1}


def test_then_the_order_of_locations() -> None:
    stock = warehouse().given(received(5, "B"), received(5, "A"))
    stock.given(reserve("R", 6))
    assert held(stock, "R") == {"A": 5, "B": 1}


def test_stock_that_will_have_expired_is_not_offered() -> None:
    stock = warehouse().given(received(5, lot="L1", expiry=day(20).date()))
    assert stock.when(reserve("R", 1, needed_by=day(21))).names == ["ReservationRefused"]
    assert stock.when(reserve("Q", 1, needed_by=day(20))).names == ["StockReserved"]


def test_a_release_gives_back_the_last_claim_first() -> None:
    stock = warehouse().given(received(5, "A"), received(5, "B"), reserve("R", 8), release("R", 4))
    assert held(stock, "R") == {"A": 4}


def test_a_release_gives_back_no_more_than_is_held() -> None:
    stock = warehouse().given(received(10), reserve("R", 8))
    assert stock.when(release("R", 20)).facts[0].amount == 8
    assert stock.when(release("R")).facts == []


def test_the_release_of_an_unknown_reservation_is_rejected() -> None:
    assert isinstance(warehouse().decide(release("R")), Reject)


def test_an_issue_fulfils_its_reservation() -> None:
    stock = warehouse().given(received(10), reserve("R", 8))
    fact = stock.when(issued(5, reservation="R")).facts[0]
    assert fact.consumed == (Allocated(bucket=at(), amount=Decimal(5)),)
    assert held(stock, "R") == {"A": 3}


def test_an_issue_from_elsewhere_fulfils_its_reservation_too() -> None:
    stock = warehouse().given(received(5, "A"), received(5, "B"), reserve("R", 5))
    stock.given(issued(4, "B", reservation="R"))
    assert held(stock, "R") == {"A": 1}


def test_an_issue_without_a_reservation_takes_unclaimed_stock_first() -> None:
    stock = warehouse().given(received(10), reserve("R", 8, purpose="run-9"))
    assert stock.when(issued(2)).names == ["StockIssued"]
    assert stock.when(issued(1)).names == ["StockIssued", "AllocationBroken"]


def test_an_issue_for_an_unknown_reservation_is_recorded_and_stated() -> None:
    then = warehouse().given(received(10)).when(issued(1, reservation="X"))
    assert then.names == ["StockIssued", "DiscrepancyFound"]
    assert then.facts[1].kind == Discrepancy.RESERVATION


def test_a_claim_whose_stock_is_lost_finds_other_stock() -> None:
    stock = warehouse().given(received(10, "A"), reserve("R", 8), received(10, "B"))
    then = stock.when(lost(5, "A"))
    assert then.names == ["StockLost", "AllocationMoved"]
    assert (then.facts[1].bucket, then.facts[1].to, then.facts[1].amount) == (at("A"), at("B"), 3)
    assert held(stock, "R") == {"A": 5, "B": 3}


def test_but_only_stock_within_its_terms() -> None:
    stock = warehouse().given(received(10, "A"), reserve("R", 8, location="A"), received(10, "B"))
    assert stock.when(lost(5, "A")).names == ["StockLost", "AllocationBroken"]


@pytest.mark.parametrize(
    ("keeps", "loses"),
    [
        ({"needed_by": day(20)}, {"needed_by": day(21)}),
        ({"needed_by": day(99)}, {}),
        ({"needed_by": day(20), "priority": 0}, {"needed_by": day(21), "priority": 9}),
        ({"priority": 5}, {"priority": 4}),
        ({}, {}),
    ],
    ids=["needed later", "no time", "needed later although of higher priority", "lower priority", "reserved later"],
)
def test_who_loses_a_claim(keeps: dict[str, Any], loses: dict[str, Any]) -> None:
    stock = warehouse().given(received(10), reserve("keeps", 5, **keeps), reserve("loses", 5, **loses))
    then = stock.when(lost(5))
    assert [(fact.reservation, fact.amount, fact.open) for fact in then.facts[1:]] == [("loses", 5, 0)]


@pytest.mark.parametrize("order", [("first", "second"), ("second", "first")])
def test_who_loses_does_not_depend_on_ids(order: tuple[str, str]) -> None:
    stock = warehouse().given(received(10), reserve(order[0], 5), reserve(order[1], 5))
    assert stock.when(lost(1)).facts[1].reservation == order[1]


def test_unclaimed_stock_moves_first() -> None:
    stock = warehouse().given(received(10, "A"), reserve("R", 6))
    assert stock.when(moved(4, "A", "B")).facts[0].along == ()
    assert held(stock, "R") == {"A": 6}


def test_claims_move_along_when_claimed_stock_is_moved() -> None:
    stock = warehouse().given(received(10, "A"), reserve("R", 6))
    then = stock.when(moved(7, "A", "B"))
    assert then.names == ["StockMoved"]
    assert then.facts[0].along == (Along(reservation="R", amount=Decimal(3)),)
    assert held(stock, "R") == {"A": 3, "B": 3}


def test_a_claim_on_one_location_does_not_move_along_but_breaks() -> None:
    stock = warehouse().given(received(10, "A"), reserve("R", 6, location="A"))
    assert stock.when(moved(7, "A", "B")).names == ["StockMoved", "AllocationBroken"]


def test_no_claim_moves_onto_stock_that_only_fills_a_shortfall() -> None:
    stock = warehouse().given(issued(7, "B"), received(10, "A"), reserve("R", 10))
    then = stock.when(moved(7, "A", "B"))
    assert then.names == ["StockMoved", "AllocationBroken"]
    assert (then.facts[0].along, then.facts[1].amount) == ((), 7)


def test_no_claim_moves_onto_stock_that_a_count_had_seen_and_others_claim() -> None:
    stock = warehouse().given(received(10, "A")).given(counted(10, day(5), "B"))
    stock.given(reserve("Q", 10, location="B"), reserve("R", 10))
    then = stock.when(moved(6, "A", "B"), at=day(3))
    assert then.names == ["StockMoved", "VarianceReclassified", "AllocationBroken"]
    assert (held(stock, "Q"), held(stock, "R")) == ({"B": 10}, {"A": 4})


def test_stock_put_on_hold_breaks_the_claims_on_it() -> None:
    stock = warehouse().given(received(10), reserve("R", 6))
    assert stock.when(m.Held(**ABOUT, location="A", quantity=pieces(10))).names == ["StockHeld", "AllocationBroken"]


def test_a_reversed_receipt_breaks_the_claims_on_it() -> None:
    stock = warehouse()
    stock.when(received(10), id="wrong")
    stock.given(reserve("R", 6))
    assert stock.when(reverse("wrong")).names == ["MovementReversed", "AllocationBroken"]


def test_a_reversed_issue_restores_the_stock_but_not_the_claim() -> None:
    stock = warehouse().given(received(10), reserve("R", 6))
    stock.when(issued(6, reservation="R"), id="wrong")
    stock.given(reverse("wrong"))
    assert held(stock, "R") == {}
    assert stock.when(reserve("Q", 10)).names == ["StockReserved"]


def test_a_reservation_in_cartons_is_kept_in_pieces() -> None:
    stock = warehouse().given(received(30))
    cartons = pieces(2).model_copy(update={"unit": "CT"})
    told = m.ReserveStock(**ABOUT, reservation="R", quantity=cartons, purpose="run-1")
    assert stock.when(told).facts[0].amount == 24


def test_a_shipment_and_a_transfer_fulfil_their_reservations_too() -> None:
    stock = warehouse().given(received(10), reserve("R", 4), reserve("Q", 4))
    stock.given(
        m.Shipped(**ABOUT, location="A", quantity=pieces(4), shipment="s-1", reservation="R"),
        m.TransferSent(**ABOUT, location="A", quantity=pieces(4), to_site="T", transfer="t-1", reservation="Q"),
    )
    assert (held(stock, "R"), held(stock, "Q")) == ({}, {})


def test_a_closed_reservation_is_still_known() -> None:
    stock = warehouse().given(received(10), reserve("R", 4), release("R"))
    assert stock.decide(reserve("R", 4)) == Decided(())
