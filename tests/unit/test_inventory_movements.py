"""Movements of stock: each is recorded as what it was, and never refused."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from events.decision import Decided, Park
from events.inventory import facts as f
from events.inventory import messages as m
from events.inventory.accounts import Account, Discrepancy, EventRef, stream_of
from events.inventory.postings import postings
from events.suppliers.messages import FollowInspection, FollowReceipt, FollowReturn
from events.values import Quantity, Some, Status
from tests.scenario import Scenario, day, message, part, reference, site
from tests.unit.inventory_words import (
    ABOUT,
    FACT,
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
    warehouse,
)


def test_a_receipt_is_on_hand() -> None:
    stock = warehouse()
    stock.when(received(5, supplier="V")).then(f.StockReceived(**FACT, bucket=at(), amount=Decimal(5), supplier="V"))
    assert on_hand(stock) == 5


def test_cartons_are_recorded_in_pieces_and_as_told() -> None:
    cartons = m.Received(**ABOUT, location="A", quantity=Some.of(2, "CT"))
    fact = warehouse().when(cartons).facts[0]
    assert (fact.amount, fact.unit, fact.told) == (24, "C62", Quantity.of(2, "CT"))


def test_a_unit_without_a_conversion_waits_for_one() -> None:
    told = m.Received(**ABOUT, location="A", quantity=Some.of(2, "KGM"))
    warehouse().when(told).parked_on("conversion/P/KGM")


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        (m.Received(part="X", site="S", location="A", quantity=pieces(1)), ("part/X",)),
        (m.Received(part="P", site="Y", location="A", quantity=pieces(1)), ("site/Y",)),
        (received(1, "Z"), ("location/S/Z",)),
        (received(1, supplier="W"), ("supplier/W",)),
        (moved(1, "A", "Z"), ("location/S/Z",)),
        (m.TransferSent(**ABOUT, location="A", quantity=pieces(1), to_site="Y", transfer="t-1"), ("site/Y",)),
    ],
)
def test_what_is_not_known_yet_is_waited_for(body: m.StockObservation, missing: tuple[str, ...]) -> None:
    warehouse().when(body).parked_on(*missing)


def test_goods_are_received_as_available_or_into_inspection_only() -> None:
    with pytest.raises(ValidationError, match="goods don't come in as rejected; available or inspection"):
        received(1, status=Status.REJECTED)


def test_a_receipt_for_an_order_line_is_told_to_the_order() -> None:
    then = warehouse().when(received(5, line=LINE, lot="L1"))
    assert then.commands == [
        FollowReceipt(
            purchase_order="PO-1", line=1, part="P", site="S", receipt="inventory/0/1", quantity=pieces(5),
            status=Status.AVAILABLE, lot="L1",
        )
    ]


def test_a_receipt_without_an_order_line_is_told_to_nobody() -> None:
    assert warehouse().when(received(5)).commands == []


def inspected(accepted: int, rejected: int, receipt: str | None = None) -> m.Inspected:
    told = None if receipt is None else EventRef(source="test", id=receipt)
    return m.Inspected(
        **ABOUT, location="A", accepted=level(accepted), rejected=level(rejected), receipt=told, rejected_to="B"
    )


def test_inspection_splits_goods_into_available_and_rejected_ones() -> None:
    stock = warehouse().given(received(10, status=Status.INSPECTION), inspected(7, 2))
    assert on_hand(stock, at(status=Status.INSPECTION)) == 1
    assert on_hand(stock, at()) == 7
    assert on_hand(stock, at("B", Status.REJECTED)) == 2


def test_an_inspection_is_told_to_the_order_line_of_its_receipt() -> None:
    stock = warehouse()
    stock.when(received(10, status=Status.INSPECTION, line=LINE), id="receipt")
    then = stock.when(inspected(7, 3, "receipt"))
    assert then.commands == [
        FollowInspection(
            purchase_order="PO-1", line=1, part="P", site="S", receipt="inventory/0/1", accepted=level(7),
            rejected=level(3),
        )
    ]


def test_an_inspection_waits_for_its_receipt() -> None:
    warehouse().when(inspected(1, 0, "receipt")).parked_on("event/test@receipt")


def test_a_return_to_the_vendor_is_told_to_the_order_line_of_its_receipt() -> None:
    stock = warehouse()
    stock.when(received(10, line=LINE), id="receipt")
    back = m.ReturnedToVendor(
        **ABOUT, location="A", quantity=pieces(4), supplier="V", status=Status.AVAILABLE,
        receipt=EventRef(source="test", id="receipt"),
    )
    then = stock.when(back)
    assert then.commands == [
        FollowReturn(purchase_order="PO-1", line=1, part="P", site="S", receipt="inventory/0/1", quantity=pieces(4))
    ]
    assert account(stock, "returned_out") == 4


@pytest.mark.parametrize(
    ("body", "name", "left"),
    [
        (m.Found(**ABOUT, location="A", quantity=pieces(3)), "found", 13),
        (lost(3), "lost", 7),
        (m.Scrapped(**ABOUT, location="A", quantity=pieces(3), reason="bent"), "scrapped", 7),
        (issued(3), "issued", 7),
        (m.ReturnedFromRun(**ABOUT, location="A", quantity=pieces(3), run="run-1"), "returned_in", 13),
        (m.Produced(**ABOUT, location="A", quantity=pieces(3), run="run-1"), "produced", 13),
        (m.Shipped(**ABOUT, location="A", quantity=pieces(3), shipment="s-1"), "shipped", 7),
    ],
)
def test_each_movement_posts_to_its_own_account(body: m.StockObservation, name: str, left: int) -> None:
    stock = warehouse().given(received(10), body)
    assert (account(stock, name), on_hand(stock)) == (3, left)


def test_hold_takes_stock_out_of_the_available_and_off_hold_gives_it_back() -> None:
    stock = warehouse().given(received(10), m.Held(**ABOUT, location="A", quantity=pieces(6)))
    assert (on_hand(stock), on_hand(stock, at(status=Status.HOLD))) == (4, 6)
    stock.given(m.Unheld(**ABOUT, location="A", quantity=pieces(5)))
    assert (on_hand(stock), on_hand(stock, at(status=Status.HOLD))) == (9, 1)


def test_more_than_was_there_leaves_all_the_same_and_the_shortfall_is_stated() -> None:
    stock = warehouse().given(received(2))
    then = stock.when(issued(5))
    assert then.names == ["StockIssued", "DiscrepancyFound"]
    assert (then.facts[1].kind, then.facts[1].short, then.facts[1].bucket) == (Discrepancy.BELOW_ZERO, 3, at())


def test_a_late_receipt_heals_a_shortfall() -> None:
    stock = warehouse().given(issued(5)).given(received(8), at=day(1))
    assert on_hand(stock) == 3
    assert stock.when(issued(3)).names == ["StockIssued"]


def test_a_serial_number_of_more_than_one_piece_is_recorded_and_stated() -> None:
    then = warehouse().when(received(2, serial="N1"))
    assert then.names == ["StockReceived", "DiscrepancyFound", "DiscrepancyFound"]
    assert {fact.kind for fact in then.facts[1:]} == {Discrepancy.SERIAL}


def test_one_piece_of_a_serial_number_is_in_order_but_not_a_second() -> None:
    stock = warehouse()
    assert stock.when(received(1, serial="N1")).names == ["StockReceived"]
    assert stock.when(received(1, serial="N1")).names == ["StockReceived", "DiscrepancyFound"]


def test_an_amount_is_never_rounded() -> None:
    stock = warehouse().given(received("100000000000000.123456789"), received("0.000000001"))
    assert on_hand(stock) == Decimal("100000000000000.12345679")
    state = stock.state(stream_of("P", "S"))
    assert state.shelf(at().key).on_hand == Decimal("100000000000000.12345679")


def test_a_sum_of_the_longest_amounts_is_not_rounded_either() -> None:
    most, tiny = "999999999999999.999999999", "0.000000001"
    stock = warehouse().given(*[received(most)] * 12, received(tiny))
    assert stock.state(stream_of("P", "S")).shelf(at().key).on_hand == Decimal("11999999999999999.999999989")
    stated = stock.wait(2).when(counted(0, stock.now)).facts[0]
    assert -stated.variance == Decimal("11999999999999999.999999989")


def test_decide_leaves_the_state_as_it_was() -> None:
    asked = m.ReserveStock(**ABOUT, reservation="R", quantity=pieces(8), purpose="run-1")
    stock = warehouse().given(received(10), asked)
    state = stock.state(stream_of("P", "S"))
    before = stock.service.dump(state)
    for body in (lost(9), moved(9, "A", "B"), issued(9), received(1)):
        stock.service.decide(state, stock.known, message(body), stock.now)
    assert stock.service.dump(state) == before


def test_every_observation_reads_as_postings_that_cancel_within_a_move() -> None:
    fact = warehouse().given(received(5)).when(moved(5, "A", "B")).facts[0]
    assert [(p.bucket.location, p.account, p.amount) for p in postings(fact)] == [
        ("A", Account.TRANSFERRED_OUT, Decimal(-5)), ("B", Account.TRANSFERRED_IN, Decimal(5)),
    ]


def test_a_superseded_or_inactive_part_is_still_received() -> None:
    inactive = part("P").model_copy(update={"active": False})
    stock = Scenario(warehouse().service, reference(inactive, site("S", "A")), day(10))
    assert isinstance(stock.decide(received(1)), Decided)


def test_nothing_is_decided_on_an_unknown_part_even_where_stock_is_claimed() -> None:
    wanted = m.ReserveStock(part="X", site="S", reservation="R", quantity=pieces(1), purpose="run-1")
    assert warehouse().decide(wanted) == Park(("part/X",))
