"""No decision reads what is sealed: another value, or none that can be read any more, and the same is decided."""

from typing import Any

import orjson

from events.codec import decode
from events.register import DOMAINS, FACTS, MESSAGES
from events.sealed import bare
from infra.ledger.verify import verify
from tests.plant import SITE, Plant, event, part, received

ORDER = {
    "number": "PO-1",
    "supplier": "V",
    "site": "plant",
    "currency": "EUR",
    "lines": [{"line": 1, "part": "SADDLE", "quantity": {"amount": "10", "unit": "C62"}}],
}
COUNTED = {
    "part": "SADDLE",
    "site": "plant",
    "location": "DOCK",
    "quantity": {"amount": "7", "unit": "C62"},
    "cut_off": "2026-03-02T05:00:00Z",
}
PERSONAL = ("buyer", "counted_by", "proof", "recipient", "customer", "ship_to")
SOLD = {
    "line": 1,
    "part": "SADDLE",
    "schedules": [{"schedule": 1, "quantity": {"amount": "1", "unit": "C62"}, "wanted": "2026-04-01"}],
}
RUN = {
    "run": "R",
    "part": "BIKE",
    "site": "plant",
    "quantity": {"amount": "1", "unit": "C62"},
    "start": "2026-03-03T06:00:00Z",
    "due": "2026-03-03T14:00:00Z",
    "requirements": [
        {"n": 1, "part": "SADDLE", "amount": "1", "numerator": 1, "denominator": 1, "unit": "C62"},
    ],
}
USED = {"run": "R", "requirement": 1, "part": "BIKE", "quantity": {"amount": "1", "unit": "C62"}}
NOTICE = {"shipment": "S", "supplier": "V", "site": "plant", "lines": ORDER["lines"]}


def history(value: str, person: str) -> list[bytes]:
    """Every personal field there is, with this in it; each statement twice under ids of its own."""
    sealed = {"person": person, "value": value}
    told: list[tuple[str, dict[str, Any]]] = [
        ("catalogue.DefineSupplier", {"id": "V", "name": "V", "contact": sealed}),
        ("suppliers.PlacePurchaseOrder", {**ORDER, "buyer": sealed}),
        ("inventory.Counted", {**COUNTED, "counted_by": sealed}),
        ("logistics.Delivered", {"shipment": "S", "proof": sealed, "recipient": sealed}),
        ("orders.PlaceOrder", {
            "number": "O", "customer": sealed, "ship_to": sealed, "lines": [{**SOLD, "personalisation": sealed}],
        }),
        ("orders.AmendOrder", {
            "number": "O", "priority": 2, "ship_to": sealed, "change": [{"line": 1, "personalisation": sealed}],
        }),
        ("orders.Substituted", {**USED, "approver": sealed}),
    ]
    assert {type_.partition(".")[2] for type_, _ in told} == {found.name for found in MESSAGES if found.personal}
    return [
        received("r"),
        event("logistics.Announced", "notice", NOTICE),
        event("orders.ScheduleRun", "run", RUN),
        *(event(type_, f"{n}-{again}", data) for n, (type_, data) in enumerate(told) for again in (1, 2)),
    ]


def works() -> Plant:
    """A plant that knows its parts, so that an order is placed before it is amended."""
    made = {"id": "BIKE", "name": "BIKE", "unit": "C62", "make_or_buy": "make"}
    plant = Plant()
    plant.tell(SITE, part("SADDLE"), event("catalogue.DefinePart", "part-BIKE", made))
    return plant


def decided(plant: Plant) -> list[tuple[Any, ...]]:
    """Every fact, without what is sealed."""
    facts = [at for domain in DOMAINS for at in plant.facts(domain)]
    assert {at.type for at in facts} >= {found.name for found in FACTS if found.personal}
    return [(at.stream, at.version, at.cause, bare(decode(at))) for at in facts]


def test_another_sealed_value_changes_no_decision() -> None:
    one, other = works(), works()
    one.tell(*history("Ann Lee", "p-7"))
    other.tell(*history("Bob", "p-7"))
    assert decided(one) == decided(other)


def test_with_a_person_or_without_orders_and_counts_are_decided_alike() -> None:
    """But for suppliers: a contact that is told again always counts as new, because it can't be compared."""
    told, untold = works(), works()
    told.tell(*history("Ann Lee", "p-7"))
    for raw in history("Ann Lee", "p-7"):
        whole = orjson.loads(raw)
        data = {name: value for name, value in whole["data"].items() if name not in PERSONAL}
        untold.tell(orjson.dumps({**whole, "data": data}))
    assert told.types("suppliers") == untold.types("suppliers") == ["PurchaseOrderPlaced"]
    assert told.types("logistics") == untold.types("logistics")
    assert told.types("inventory") == untold.types("inventory") == ["StockReceived", "StockCounted", "StockCounted"]


def test_forgetting_a_person_changes_no_decision_and_no_hash() -> None:
    one, other = works(), works()
    for plant in (one, other):
        plant.tell(*history("Ann Lee", "p-7"))
    assert one.keys.forget("p-7")
    assert verify(one.ledger).ok
    again = Plant(one.ledger, one.queue, keys=one.keys, cursors=one.cursors)
    for plant in (again, other):
        plant.tell(*history("Ann Lee", "p-7"), received("later"))
    assert decided(again) == decided(other)
    assert again.ledger.rejected() == []


def test_nothing_personal_is_stored_in_clear() -> None:
    plant = works()
    sealed = {"person": "p-7", "value": "Ann Lee"}
    plant.tell(
        *history("Ann Lee", "p-7"),
        event("inventory.Counted", "waits", {**COUNTED, "part": "UNKNOWN", "counted_by": sealed}),
        event("inventory.Counted", "0-1", {**COUNTED, "counted_by": sealed}),  # contradicts
    )
    waiting, refused = plant.ledger.parked(), plant.ledger.rejected()
    assert (len(waiting), len(refused)) == (1, 1)
    kept = [at.data for domain in DOMAINS for at in plant.facts(domain)]
    kept += [one.message for one in waiting] + [repr(one).encode() for one in refused]
    for kind in ("intake", "commands"):
        for place, end in plant.queue.ends(kind).items():
            kept += [body for _, body in plant.queue.read(kind, *place, 0, end)]
    assert sum(b"p-7" in one for one in kept) > 10
    assert not any(b"Ann Lee" in one for one in kept)
