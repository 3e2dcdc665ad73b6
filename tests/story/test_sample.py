"""The sample factory's fortnight through the real services, in memory: every kind of trouble gets its answer."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from events.codec import decode
from events.inventory import facts as i
from events.register import BY_WIRE
from events.suppliers import facts as s
from infra.edge import Refused
from infra.importing import read_directory
from infra.sample import DIRECTORY, days, fortnight
from tests.plant import Plant


@pytest.fixture(scope="module")
def plant() -> Plant:
    """After the import and the whole fortnight, told day by day."""
    plant = Plant()
    plant.tell(*map(orjson.dumps, read_directory(DIRECTORY).events))
    plant.now = datetime(2026, 1, 19, tzinfo=UTC)
    for day in days():
        plant.publish(*map(orjson.dumps, day))
        plant.settle()
    return plant


def told(kind: str) -> list[dict[str, Any]]:
    return [event for event in fortnight() if BY_WIRE[event["type"]].name == kind]


def recorded(plant: Plant, kind: type[Any]) -> list[Any]:
    return [fact for at in plant.facts(kind.DOMAIN) if isinstance(fact := decode(at), kind)]


def test_the_same_seed_and_base_give_the_same_events() -> None:
    assert fortnight() == fortnight()
    assert fortnight(seed=2) != fortnight()


def test_another_base_moves_the_whole_fortnight() -> None:
    later = fortnight(base=datetime(2026, 2, 2, tzinfo=UTC))
    assert len(later) == len(fortnight())
    assert min(event["time"] for event in later) >= "2026-02-02"


@pytest.mark.parametrize("seed", range(20))
def test_any_seed_tells_some_hundreds_of_events(seed: int) -> None:
    assert 400 < len(fortnight(seed=seed)) < 1500


def test_master_data_has_three_levels_two_sites_and_packs() -> None:
    events = read_directory(DIRECTORY).events
    count = Counter(BY_WIRE[event["type"]].name for event in events)
    assert (count["DefineSite"], count["DefineSupplier"]) == (2, 8)
    assert count["DefinePart"] >= 30
    parents = {event["data"]["part"]: event["data"]["lines"] for event in events if event["type"].endswith("Bill.v1")}
    below = [line["component"] for line in parents["LONG-1"]]
    assert any(line["component"] in parents for part in below for line in parents.get(part, ()))


def test_every_event_is_decided_but_the_nonsense(plant: Plant) -> None:
    outcomes = Counter(plant.outcome(event["id"], event["source"]) for event in fortnight())
    assert outcomes == {"decided": len(fortnight()) - 1, None: 1}


def test_nonsense_is_refused_with_every_field_and_a_contradiction_with_both_contents(plant: Plant) -> None:
    nonsense, contradiction = plant.ledger.rejected(0, 10)
    assert {found.field for found in nonsense.problems} == {
        "data.location", "data.quantity.amount", "data.quantity.unit",
    }
    assert "was taken before with other content" in contradiction.problems[0].problem


def test_what_is_told_again_is_recorded_once(plant: Plant) -> None:
    bells = [at for at in plant.facts("inventory") if at.type == "StockCounted" and at.stream == "stock/BELL@kassel"]
    assert len([event for event in told("Counted") if event["data"]["part"] == "BELL"]) == 3
    assert len(bells) == 1


def test_what_waits_for_an_unknown_part_is_decided_once_it_is_defined(plant: Plant) -> None:
    (spacer,) = [fact for fact in recorded(plant, i.StockReceived) if fact.part == "SPACER-9"]
    assert spacer.amount == 40


def test_shortage_refuses_and_a_lost_claim_breaks(plant: Plant) -> None:
    assert recorded(plant, i.ReservationRefused)
    (broken,) = recorded(plant, i.AllocationBroken)
    assert (broken.reservation, broken.amount) == ("FAIR-2", 4)


def test_a_movement_told_after_a_count_explains_its_variance(plant: Plant) -> None:
    (explained,) = recorded(plant, i.VarianceReclassified)
    assert explained.part == "SPOKE"


def test_a_reversal_undoes_the_scrapping(plant: Plant) -> None:
    (undone,) = recorded(plant, i.MovementReversed)
    assert (undone.undone, undone.amount) == ("StockScrapped", 20)


def test_a_delivery_told_late_keeps_its_day(plant: Plant) -> None:
    late, newest = [], ""
    for event in fortnight():
        if event["time"] < newest and BY_WIRE[event["type"]].name == "Received":
            late.append(event)
        newest = max(newest, event["time"])
    assert {event["data"]["supplier"] for event in late} == {"KLEINTEIL"}
    cause = {event["id"]: datetime.fromisoformat(event["time"]) for event in late}
    receipts = [at for at in plant.facts("inventory") if at.type == "StockReceived" and at.cause in cause]
    assert {at.cause: at.occurred_at for at in receipts} == cause


def test_nothing_else_is_odd(plant: Plant) -> None:
    assert recorded(plant, i.DiscrepancyFound) == []
    assert {found.kind for found in recorded(plant, s.PurchaseOrderDiscrepancyFound)} == {
        "confirmed_less_than_ordered",
    }


def test_everything_a_purchase_order_can_go_through_happens(plant: Plant) -> None:
    happened = set(plant.types("suppliers"))
    assert happened >= {
        "PurchaseOrderPlaced", "PurchaseOrderLineChanged", "PurchaseOrderConfirmed", "PurchaseOrderDelayed",
        "PurchaseOrderShipped", "PurchaseOrderReceived", "PurchaseOrderInspected", "PurchaseOrderReturned",
        "PurchaseOrderShortClosed", "PurchaseOrderCancelled", "SupplierWentDown", "SupplierCameBack",
        "AgreementChangeRecorded",
    }


def test_the_whole_fortnight_told_again_changes_nothing(plant: Plant) -> None:
    before = {domain: len(plant.facts(domain)) for domain in ("catalogue", "inventory", "suppliers")}
    good = [event for event in fortnight() if event["id"] != "wms-broken-1"]
    verdicts = plant.publish(*map(orjson.dumps, good))
    plant.settle()
    assert not [found for found in verdicts if isinstance(found, Refused)]
    assert {domain: len(plant.facts(domain)) for domain in before} == before
