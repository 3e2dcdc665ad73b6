"""Runs and stock hear of each other: what is built comes in, what is used up goes out, and both books agree."""

from decimal import Decimal
from typing import Any

from events.codec import decode
from events.inventory import facts as s
from events.orders import facts as f
from tests.plant import SITE, Plant, event, part, received

RUN = {"run": "R", "part": "RACK", "site": "plant", "start": "2026-03-03T06:00:00Z", "due": "2026-03-04T06:00:00Z"}
ORDER = {"number": "O", "line": 1, "schedule": 1}


def pieces(amount: int | str) -> dict[str, str]:
    return {"amount": str(amount), "unit": "C62"}


def works() -> Plant:
    """Three bars go into two racks; there are twenty bars, and an order for four racks."""
    made = {"id": "RACK", "name": "RACK", "unit": "C62", "make_or_buy": "make"}
    bill = {"part": "RACK", "lines": [{"line": 1, "component": "BAR", "quantity": pieces(3), "per": "2"}]}
    sold = {"line": 1, "part": "RACK", "schedules": [{"schedule": 1, "quantity": pieces(4), "wanted": "2026-04-01"}]}
    plant = Plant()
    plant.tell(SITE, part("BAR"), event("catalogue.DefinePart", "rack", made))
    plant.tell(event("catalogue.DefineBill", "bill", bill), received("r", "BAR", "20"))
    plant.tell(event("orders.PlaceOrder", "order", {"number": "O", "lines": [sold]}))
    plant.tell(event("orders.ScheduleRun", "run", {**RUN, "quantity": pieces(4), "order": ORDER}))
    return plant


def told(plant: Plant, domain: str, kind: type[Any]) -> list[Any]:
    return [fact for at in plant.facts(domain) if isinstance(fact := decode(at), kind)]


def output(number: str, good: int, **more: Any) -> bytes:
    return event("orders.OutputReported", number, {"run": "R", "good": pieces(good), **more})


def test_a_backflushed_output_takes_its_components_and_is_put_into_stock() -> None:
    plant = works()
    plant.tell(output("1", 3, backflush=True, to_location="RACK"), output("2", 1, backflush=True, to_location="RACK"))
    issues = told(plant, "inventory", s.StockIssued)
    assert sum((one.amount for one in issues), Decimal(0)) == 6
    heard = told(plant, "orders", f.RunMaterialIssued)
    assert [(one.amount, one.n, one.backflush) for one in heard] == [(one.amount, 1, True) for one in issues]
    assert sum((one.amount for one in told(plant, "orders", f.RunOutputStored)), Decimal(0)) == 4
    (frozen,) = told(plant, "orders", f.OrderLineFrozen)
    assert (frozen.run, frozen.amount) == ("R", 4)


def test_material_that_is_picked_is_heard_of_and_what_was_picked_by_mistake_is_taken_back() -> None:
    plant = works()
    picked = {"part": "BAR", "site": "plant", "location": "DOCK", "quantity": pieces(6), "run": "R"}
    wrong = {"part": "BAR", "site": "plant", "of": {"source": "test", "id": "again"}}
    plant.tell(event("inventory.Issued", "pick", picked), event("inventory.Issued", "again", picked))
    plant.tell(event("inventory.Reversed", "undo", wrong))
    (undone,) = told(plant, "orders", f.RunMaterialReversed)
    assert (undone.component, undone.amount, undone.n) == ("BAR", 6, 1)
    plant.tell(output("1", 4, backflush=True, to_location="RACK"))
    assert told(plant, "orders", f.RunOutputReported)[0].backflushed == ()


def test_a_split_run_is_two_runs_of_the_same_order() -> None:
    plant = works()
    plant.tell(event("orders.FreezeRun", "freeze", {"run": "R"}))
    plant.tell(event("orders.SplitRun", "split", {"run": "R", "into": "R2", "quantity": pieces(1)}))
    plant.tell(event("orders.Completed", "end", {"run": "R2"}))
    amounts = {one.run: one.amount for one in told(plant, "orders", f.OrderLineFrozen)}
    assert amounts == {"R": 3, "R2": 0}
    assert sum(need.amount for one in told(plant, "orders", f.RunScheduled)[1:] for need in one.requirements) == 1
