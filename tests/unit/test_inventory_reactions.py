"""What runs and shipments are told of stock that moved."""

from typing import Any

from events.inventory import messages as m
from events.inventory.commands import BackflushStock, ExpectTransfer, FollowTransferReversal, StockOutput
from events.logistics.messages import FollowArrival, FollowArrivalReversal, FollowSendingReversal, FollowSent
from events.logistics.shapes import Purpose
from events.orders.messages import FollowIssue, FollowOutput, FollowReturn, FollowReversal, FollowScrap
from tests.unit.inventory_words import ABOUT, issued, level, pieces, received, reverse, warehouse

MOVED: dict[str, Any] = {"run": "run-1", "part": "P", "site": "S", "movement": "inventory/0/1"}
PLACE: dict[str, Any] = {**ABOUT, "location": "A"}


def told(body: Any) -> list[Any]:
    """The commands that follow when this comes first."""
    return list(warehouse().when(body).commands)


def test_a_run_hears_of_each_movement_of_its_material_with_what_was_moved() -> None:
    which: dict[str, Any] = {"revision": "B", "lot": "L1", "serial": "7"}
    assert told(issued(1, **which)) == [FollowIssue(**MOVED, quantity=pieces(1), **which)]
    returned = m.ReturnedFromRun(**PLACE, quantity=pieces(2), run="run-1", lot="L1")
    assert told(returned) == [FollowReturn(**MOVED, quantity=pieces(2), lot="L1")]
    scrapped = m.Scrapped(**PLACE, quantity=pieces(3), reason="bent", run="run-1")
    assert told(scrapped) == [FollowScrap(**MOVED, quantity=pieces(3))]
    assert told(scrapped.model_copy(update={"run": None})) == []


def test_a_run_hears_once_of_what_it_put_into_stock_whoever_told() -> None:
    wanted = [FollowOutput(**MOVED, quantity=pieces(2), lot="L1")]
    assert told(m.Produced(**PLACE, quantity=pieces(2), run="run-1", lot="L1")) == wanted
    assert told(StockOutput(**PLACE, quantity=pieces(2), run="run-1", lot="L1")) == wanted


def test_a_run_hears_for_which_requirement_something_was_backflushed() -> None:
    stock = warehouse().given(received(2), received(2, "B"))
    found: list[Any] = list(stock.when(BackflushStock(**ABOUT, run="run-1", quantity=pieces(3), n=4)).commands)
    assert [(each.quantity, each.requirement, each.movement) for each in found] == [
        (pieces(2), 4, "inventory/0/3"), (pieces(1), 4, "inventory/0/4")
    ]


def test_a_shipment_hears_of_what_left_for_it() -> None:
    assert told(m.Shipped(**PLACE, quantity=pieces(2), shipment="S1-1")) == [
        FollowSent(
            shipment="S1-1", part="P", purpose=Purpose.DELIVERY, from_site="S", quantity=pieces(2),
            movement="inventory/0/1",
        )
    ]
    sent = told(m.TransferSent(**PLACE, quantity=pieces(2), to_site="T", transfer="T1-1"))
    assert [type(each) for each in sent] == [ExpectTransfer, FollowSent]
    assert sent[1] == FollowSent(
        shipment="T1-1", part="P", purpose=Purpose.TRANSFER, from_site="S", to_site="T", quantity=pieces(2),
        movement="inventory/0/1",
    )


def test_a_shipment_hears_of_what_came_and_of_what_is_missing() -> None:
    came = m.TransferArrived(**PLACE, quantity=level(2), transfer="T1-1")
    assert told(came) == [FollowArrival(shipment="T1-1", part="P", quantity=level(2))]
    less = came.model_copy(update={"quantity": level(0), "short": level(3)})
    assert told(less) == [FollowArrival(shipment="T1-1", part="P", quantity=level(0), short=level(3))]
    assert told(came.model_copy(update={"quantity": level(0)})) == []


def taken_back(body: Any) -> list[Any]:
    """The commands that follow when this is undone."""
    stock = warehouse()
    stock.when(body, id="wrong")
    return list(stock.when(reverse("wrong")).commands)


def test_what_was_told_of_a_run_is_taken_back() -> None:
    undone: dict[str, Any] = {**MOVED, "quantity": pieces(2)}
    assert taken_back(issued(2)) == [FollowReversal(**undone, undone="StockIssued")]
    returned = m.ReturnedFromRun(**PLACE, quantity=pieces(2), run="run-1")
    assert taken_back(returned) == [FollowReversal(**undone, undone="StockReturned")]
    produced = m.Produced(**PLACE, quantity=pieces(2), run="run-1")
    assert taken_back(produced) == [FollowReversal(**undone, undone="StockProduced")]
    scrapped = m.Scrapped(**PLACE, quantity=pieces(2), reason="bent", run="run-1")
    assert taken_back(scrapped) == [FollowReversal(**undone, undone="StockScrapped")]
    assert taken_back(scrapped.model_copy(update={"run": None})) == []


def test_what_was_told_of_a_shipment_is_taken_back() -> None:
    back: dict[str, Any] = {"part": "P", "quantity": pieces(2), "movement": "inventory/0/1"}
    assert taken_back(m.Shipped(**PLACE, quantity=pieces(2), shipment="S1-1")) == [
        FollowSendingReversal(shipment="S1-1", **back)
    ]
    assert taken_back(m.TransferSent(**PLACE, quantity=pieces(2), to_site="T", transfer="T1-1")) == [
        FollowTransferReversal(part="P", site="T", from_site="S", transfer="T1-1", quantity=pieces(2)),
        FollowSendingReversal(shipment="T1-1", **back),
    ]
    came = m.TransferArrived(**PLACE, quantity=level(2), short=level(1), transfer="T1-1")
    assert taken_back(came) == [FollowArrivalReversal(shipment="T1-1", part="P", quantity=level(2), short=level(1))]
    assert taken_back(came.model_copy(update={"quantity": level(0), "short": None})) == []
