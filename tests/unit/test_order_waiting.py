"""A change of an order that waits for a part waits behind it, and is decided in the order in which it came."""

from typing import Any

from tests.plant import SITE, Plant, event, part


def order(number: str, kind: str, **data: Any) -> bytes:
    return event(f"orders.{kind}", number, {"number": "O", **data})


def line(n: int = 1, amount: str = "2") -> dict[str, Any]:
    wish = {"schedule": 1, "wanted": "2026-04-01", "quantity": {"amount": amount, "unit": "C62"}}
    return {"line": n, "part": "SADDLE", "site": "plant", "schedules": [wish]}


def types(plant: Plant) -> list[str]:
    return [name for name in plant.types("orders") if name.startswith(("Order", "Amendment", "Cancellation"))]


def test_changes_of_an_order_that_waits_for_a_part_are_decided_after_it() -> None:
    plant = Plant()
    plant.tell(SITE, order("placed", "PlaceOrder", lines=[line()]))
    plant.tell(order("amended", "AmendOrder", change=[{"line": 1, "priority": 7}]))
    plant.tell(order("cancelled", "CancelOrder", reason="too long"))
    assert [one.missing for one in plant.ledger.parked("orders")] == [("part/SADDLE",), ("order/O",), ("order/O",)]
    plant.tell(part("SADDLE"))
    assert plant.ledger.parked("orders") == []
    assert types(plant) == ["OrderPlaced", "OrderAccepted", "OrderAmended", "OrderLineCancelled", "OrderCancelled"]
    assert plant.ledger.rejected() == []


def test_a_change_of_an_order_that_never_comes_is_rejected_when_its_time_is_up() -> None:
    plant = Plant()
    plant.tell(SITE, order("held", "HoldOrder", reason="fraud"))
    plant.later(days=8)
    plant.settle()
    (found,) = plant.ledger.rejected()
    assert "order/O was not known" in found.problems[0].problem
