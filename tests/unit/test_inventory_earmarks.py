"""Claims on what is still to come: when it comes, it is born allocated to them."""

from datetime import date
from decimal import Decimal

from events.decision import Decided
from events.inventory import commands as c
from events.inventory import facts as f
from events.inventory import messages as m
from events.inventory.accounts import Allocated, EventRef, Refusal, stream_of
from events.values import Line, Status
from services.inventory.book import State
from services.inventory.state import dump, load
from tests.scenario import Scenario, day
from tests.unit.inventory_words import (
    ABOUT,
    FACT,
    LINE,
    at,
    counted,
    earmark,
    issued,
    level,
    lost,
    pieces,
    received,
    release,
    reserve,
    reverse,
    unearmark,
    warehouse,
)

SUPPLY = "purchase/PO-1/1"
HERE = stream_of("P", "S")


def came(amount: int, location: str = "A", **more: object) -> m.Received:
    return received(amount, location, line=LINE, **more)


def produced(amount: int, **more: object) -> m.Produced:
    return m.Produced(**ABOUT, location="A", quantity=pieces(amount), run="R1-1", **more)


def arrived(amount: int, **more: object) -> m.TransferArrived:
    return m.TransferArrived(**ABOUT, location="A", quantity=level(amount), transfer="T1-1", **more)


def claims(stock: Scenario[State]) -> dict[str, Decimal]:
    """What each reservation holds."""
    held = {name: found.open for name, found in stock.state(HERE).reservations.items()}
    return {name: amount for name, amount in held.items() if amount}


def still_to_come(stock: Scenario[State]) -> dict[str, Decimal]:
    """What is earmarked, by reservation."""
    state = load(dump(stock.state(HERE)))
    return {name: claim.open for claims in state.earmarks.values() for name, claim in claims.items()}


def test_what_comes_for_an_order_line_is_born_allocated_to_who_claimed_it() -> None:
    stock = warehouse().given(earmark("R", 8, priority=3, needed_by=day(20)))
    _, reserved = stock.when(came(10)).facts
    assert reserved == f.StockReserved(
        **FACT, reservation="R", amount=Decimal(8), purpose="run-1", priority=3, needed_by=day(20), supply=SUPPLY,
        allocations=(Allocated(bucket=at(), amount=Decimal(8)),),
    )
    assert (claims(stock), still_to_come(stock)) == ({"R": 8}, {})
    assert stock.when(reserve("Q", 3)).names == ["ReservationRefused"]
    assert stock.when(reserve("Q", 2)).names == ["StockReserved"]


def test_the_claim_is_recorded_with_all_that_it_claims_of_that_supply() -> None:
    stock = warehouse().given(earmark("R", 8))
    stock.when(earmark("R", 2, priority=1)).then(
        f.SupplyEarmarked(
            **FACT, supply=SUPPLY, reservation="R", purpose="run-1", amount=Decimal(2), open=Decimal(10), priority=1
        )
    )


def test_another_line_another_order_and_goods_without_a_line_are_nobodys() -> None:
    stock = warehouse().given(earmark("R", 8))
    for other in (Line(document="PO-1", line=2), Line(document="PO-2", line=1), None):
        assert stock.when(received(5, line=other)).names == ["StockReceived"]
    assert still_to_come(stock) == {"R": 8}


def test_the_higher_priority_is_served_first_then_the_earlier_needed_then_the_earlier_earmarked() -> None:
    stock = warehouse().given(
        earmark("none", 1), earmark("late", 1, needed_by=day(30)), earmark("soon", 1, needed_by=day(20)),
        earmark("soon too", 1, needed_by=day(20)), earmark("first", 1, priority=1),
        earmark("late", 1, needed_by=day(30)),
    )
    reserved = stock.when(came(20)).facts[1:]
    assert [fact.reservation for fact in reserved] == ["first", "soon", "soon too", "late", "none"]
    assert [fact.amount for fact in reserved] == [1, 1, 1, 2, 1]


def test_when_too_little_comes_the_rest_stays_earmarked_and_is_served_by_the_next_delivery() -> None:
    stock = warehouse().given(earmark("R", 5, priority=1), earmark("Q", 5), came(7))
    assert (claims(stock), still_to_come(stock)) == ({"R": 5, "Q": 2}, {"Q": 3})
    stock.given(came(7))
    assert (claims(stock), still_to_come(stock)) == ({"R": 5, "Q": 5}, {})


def test_what_came_before_the_claim_was_made_is_not_claimed_by_it() -> None:
    stock = warehouse().given(came(10)).given(earmark("R", 4))
    assert (claims(stock), still_to_come(stock)) == ({}, {"R": 4})


def test_a_runs_output_is_born_allocated() -> None:
    stock = warehouse().given(earmark("R", 4, supply="run/R1-1"))
    assert stock.when(produced(3)).names == ["StockProduced", "StockReserved"]
    assert stock.when(c.StockOutput(**ABOUT, run="R1-1", quantity=pieces(3), location="B")).names == [
        "StockProduced", "StockReserved"
    ]
    assert claims(stock) == {"R": 4}


def test_what_arrives_from_another_site_is_born_allocated() -> None:
    expected = c.ExpectTransfer(**ABOUT, from_site="T", transfer="T1-1", quantity=pieces(5))
    stock = warehouse().given(expected, earmark("R", 4, supply="transfer/T1-1"))
    assert stock.when(arrived(5)).names == ["TransferReceived", "StockReserved"]
    assert claims(stock) == {"R": 4}
    assert stock.when(arrived(0)).names == ["TransferReceived"]


def test_goods_in_inspection_are_allocated_once_they_are_accepted() -> None:
    for arrival, supply in (
        (came(5, status=Status.INSPECTION), SUPPLY),
        (produced(5, status=Status.INSPECTION), "run/R1-1"),
        (arrived(5, status=Status.INSPECTION), "transfer/T1-1"),
    ):
        stock = warehouse().given(earmark("R", 9, supply=supply))
        names = stock.when(arrival, id="it came").names
        assert "StockReserved" not in names
        inspected = m.Inspected(
            **ABOUT, location="A", accepted=level(3), rejected=level(2), receipt=EventRef(source="test", id="it came")
        )
        assert stock.when(inspected).names == ["StockInspected", "StockReserved"]
        assert (claims(stock), still_to_come(stock)) == ({"R": 3}, {"R": 6})


def test_held_goods_and_other_peoples_goods_are_not_allocated() -> None:
    stock = warehouse().given(earmark("R", 5, supply="run/R1-1"), earmark("R", 5))
    assert stock.when(produced(5, status=Status.HOLD)).names == ["StockProduced"]
    assert stock.when(came(5, owner="V")).names == ["StockReceived"]


def test_goods_that_will_have_expired_are_not_allocated() -> None:
    stock = warehouse().given(earmark("R", 5, needed_by=day(31)))
    assert stock.when(came(5, lot="L1", expiry=date(2026, 1, 31))).names == ["StockReceived"]
    assert stock.when(came(5, lot="L2", expiry=date(2026, 2, 1))).names == ["StockReceived", "StockReserved"]


def test_a_count_that_had_seen_the_goods_already_leaves_only_what_is_free() -> None:
    stock = warehouse().given(counted(6, day(9)), reserve("Q", 4)).given(earmark("R", 5))
    assert stock.when(came(5), at=day(8)).names == ["StockReceived", "VarianceReclassified", "StockReserved"]
    assert (claims(stock), still_to_come(stock)) == ({"Q": 4, "R": 2}, {"R": 3})


def test_goods_that_fill_a_hole_in_the_book_are_not_allocated() -> None:
    stock = warehouse().given(lost(3), earmark("R", 5), came(5))
    assert (claims(stock), still_to_come(stock)) == ({"R": 2}, {"R": 3})


def test_a_reservation_grows_by_what_comes_for_it_and_keeps_its_terms() -> None:
    stock = warehouse().given(received(4, "B"), reserve("R", 4, location="B", priority=2))
    stock.given(earmark("R", 3, priority=7))
    assert stock.when(came(1, "A")).names == ["StockReceived"], "its terms say B"
    (_, grown) = stock.when(came(3, "B")).facts
    assert (grown.amount, grown.location, grown.priority) == (3, "B", 2)
    assert claims(stock) == {"R": 7}
    assert stock.when(reserve("R", 4, location="B", priority=2)).facts == [], "asked again, nothing changes"
    assert stock.when(release("R")).facts[0].amount == 7


def test_a_fulfilled_reservation_opens_again_when_more_comes_for_it() -> None:
    stock = warehouse().given(earmark("R", 5), came(3), issued(3))
    assert claims(stock) == {}
    stock.given(came(3))
    assert claims(stock) == {"R": 2}


def test_a_reservation_is_for_one_purpose() -> None:
    stock = warehouse().given(earmark("R", 5))
    (refused,) = stock.when(earmark("R", 5, purpose="run-2")).facts
    assert (refused.reason, refused.wanted, refused.available) == (Refusal.CONTRADICTION, 5, 0)
    stock.given(came(5), issued(5))
    assert stock.when(earmark("R", 5, supply="run/R1-1", purpose="run-2")).names == ["ReservationRefused"]


def test_what_is_still_to_come_can_be_given_back() -> None:
    stock = warehouse().given(earmark("R", 8))
    stock.when(unearmark("R", 3)).then(
        f.SupplyUnearmarked(
            **FACT, supply=SUPPLY, reservation="R", purpose="run-1", amount=Decimal(3), open=Decimal(5)
        )
    )
    stock.given(unearmark("R"), came(8))
    assert (claims(stock), still_to_come(stock)) == ({}, {})


def test_what_came_before_it_could_be_given_back_is_released_instead() -> None:
    stock = warehouse().given(earmark("R", 8), came(6))
    unearmarked, released = stock.when(unearmark("R", 5)).facts
    assert (unearmarked.amount, unearmarked.open, released.amount, released.open) == (2, 0, 3, 3)
    assert claims(stock) == {"R": 3}
    assert stock.when(unearmark("R")).names == ["ReservationReleased"]
    assert claims(stock) == {}


def test_giving_back_a_supply_leaves_what_the_reservation_holds_by_other_ways() -> None:
    stock = warehouse().given(received(4), reserve("R", 4), earmark("R", 2), came(2))
    stock.given(unearmark("R", 9))
    assert claims(stock) == {"R": 4}


def test_giving_back_what_is_not_claimed_changes_nothing() -> None:
    outcome = warehouse().when(unearmark("R", 3)).outcome
    assert isinstance(outcome, Decided)
    assert list(outcome.facts) == []


def test_a_receipt_that_is_taken_back_breaks_the_claims_born_of_it_by_the_usual_rule() -> None:
    stock = warehouse().given(earmark("R", 8), received(5, "B"))
    stock.when(came(8), id="it came")
    assert stock.when(reverse("it came")).names == ["MovementReversed", "AllocationMoved", "AllocationBroken"]
    assert (claims(stock), still_to_come(stock)) == ({"R": 5}, {})


def test_the_claims_of_several_reservations_for_a_run_are_fulfilled_by_what_is_handed_to_it() -> None:
    stock = warehouse().given(earmark("R", 3), earmark("Q", 3), earmark("X", 3, purpose="run-2"), came(9))
    (fact,) = stock.when(issued(5)).facts
    assert fact.reservation is None
    assert [(each.reservation, each.amount) for each in fact.consumed] == [("R", 3), ("Q", 2)]
    assert claims(stock) == {"Q": 1, "X": 3}


def test_claims_on_the_very_bucket_are_fulfilled_before_claims_elsewhere() -> None:
    stock = warehouse().given(earmark("R", 3), came(3, "A"), earmark("Q", 3), came(3, "B"))
    (fact,) = stock.when(issued(4, "B")).facts[:1]
    assert [(each.reservation, each.bucket.location, each.amount) for each in fact.consumed] == [
        ("Q", "B", 3), ("R", "A", 1)
    ]


def test_the_reservation_named_comes_before_the_purpose() -> None:
    stock = warehouse().given(earmark("R", 3), earmark("Q", 3, purpose="run-2"), came(6))
    stock.given(issued(3, reservation="Q"))
    assert claims(stock) == {"R": 3}


def test_what_is_shipped_for_an_order_fulfils_the_orders_claims() -> None:
    stock = warehouse().given(earmark("R", 3, purpose="SO-1"), came(5))
    shipped = m.Shipped(**ABOUT, location="A", quantity=pieces(2), shipment="S1-1", order="SO-1")
    (fact,) = stock.when(shipped).facts
    assert fact.order == "SO-1"
    assert claims(stock) == {"R": 1}
    stock.given(shipped.model_copy(update={"order": None}))
    assert claims(stock) == {"R": 1}


def test_what_is_sent_with_a_transfer_fulfils_the_transfers_claims() -> None:
    stock = warehouse().given(received(5), reserve("R", 3, purpose="T1-2"))
    stock.given(m.TransferSent(**ABOUT, location="A", quantity=pieces(3), to_site="T", transfer="T1-2"))
    assert claims(stock) == {}


def test_a_reservation_born_of_a_supply_cannot_be_asked_for_as_if_it_were_new() -> None:
    stock = warehouse().given(earmark("R", 3), came(3))
    (refused,) = stock.when(reserve("R", 3)).facts
    assert refused.reason == Refusal.CONTRADICTION


def test_a_reservation_that_grew_twice_is_fulfilled_once() -> None:
    stock = warehouse().given(earmark("R", 6), came(3), came(3), issued(6))
    assert stock.when(issued(3)).facts[0].consumed == ()
    assert stock.state(HERE).open_for == {}
