"""The simulated world reads facts and answers as upstream systems do, the same for the same seed."""

from datetime import datetime, timedelta
from random import Random

from events.inventory import facts as i
from events.logistics import facts as lo
from events.logistics.shapes import Purpose
from events.orders import facts as o
from events.orders.shapes import OrderRef
from events.planning import facts as p
from events.planning.shapes import DecisionKind, DecisionStatus, SupplyKey
from infra.sample.life import script
from infra.sample.life.chance import Chance
from tests.unit.life_words import (
    MONDAY,
    ORDER,
    ZERO,
    Evenings,
    order_placed,
    pegged,
    requisition,
    reserved,
    run_scheduled,
    shipment_planned,
    stocked,
)


def test_chance_is_about_something_and_not_about_when_it_is_asked() -> None:
    chance = Chance(7)
    asked = [(f"run-{n}", kind) for n in range(50) for kind in ("late", "scrap")]
    first = {about: chance.between(0, 999, *about) for about in asked}
    Random(1).shuffle(asked)
    assert {about: chance.between(0, 999, *about) for about in asked} == first
    assert {about: Chance(8).between(0, 999, *about) for about in asked} != first


def test_chance_is_fair_enough() -> None:
    assert 150 < sum(Chance(1).happens(0.2, n) for n in range(1000)) < 250


def test_a_decided_requisition_is_ordered_the_next_day_and_named() -> None:
    world = Evenings()
    world.evening(requisition())
    assert world.days() == ["PlacePurchaseOrder"]
    (line,) = world.told[0]["data"]["lines"]
    assert (line["requisition"], line["part"]) == ("Q1-1", "SADDLE")
    assert datetime.fromisoformat(world.told[0]["time"]) > MONDAY


def test_what_was_read_on_one_evening_is_one_order() -> None:
    world = Evenings()
    world.evening(requisition("Q1-2"), requisition("Q1-1"))
    assert world.days(3) == ["PlacePurchaseOrder"]
    assert [line["requisition"] for line in world.told[0]["data"]["lines"]] == ["Q1-1", "Q1-2"]


def test_what_is_only_proposed_or_was_withdrawn_is_not_ordered() -> None:
    world = Evenings()
    gone = p.RequisitionWithdrawn(requisition="Q1-2", supplier="ACME", part="SADDLE", site="plant", unit="C62",
                                  amount=requisition().amount, reason="not needed")
    world.evening(requisition("Q1-1", DecisionStatus.PROPOSED), requisition("Q1-2"), gone)
    assert world.days(5) == []


def test_a_supplier_confirms_sends_and_delivers() -> None:
    world = Evenings()
    world.evening(order_placed())
    told = world.days(20)
    assert told[:4] == ["Confirmed", "Announced", "Arrived", "Received"]
    received = next(event for event in world.told if event["type"].endswith("Received.v1"))
    assert received["data"]["line"] == {"document": "PO-Q1-1", "line": 1}
    assert received["data"]["quantity"] == {"amount": "10", "unit": "C62"}


def test_who_is_down_neither_confirms_nor_sends_until_it_is_back() -> None:
    world = Evenings([script.CloseSupplier(day=0, supplier="ACME", days=10)])
    world.evening(order_placed())
    assert world.days(9) == ["SupplierDown"]
    assert world.days(15)[:3] == ["SupplierBack", "Confirmed", "Announced"]


def test_goods_do_not_pass_a_closed_lane() -> None:
    world = Evenings()
    world.evening(order_placed())
    while "Announced" not in world.days():
        pass
    world.evening(lo.LaneClosed(lane="IN", from_node="supplier/ACME", to_node="site/plant", since=world.now))
    assert set(world.days(6)) == {"Delayed"}
    world.evening(lo.LaneReopened(lane="IN", from_node="supplier/ACME", to_node="site/plant", since=world.now))
    assert "Arrived" in world.days(4)


def test_a_run_waits_for_its_material_and_then_is_built() -> None:
    world = Evenings()
    world.evening(run_scheduled(), pegged("P1-1", "run/R1-1/1"), stocked("SADDLE", 5))
    assert world.days(3) == []
    world.evening(reserved("P1-1", "R1-1"))
    told = world.days(2)
    assert [kind for kind in told if kind != "Issued"] == ["Started", "OutputReported", "Completed"]
    output = next(event for event in world.told if "OutputReported" in event["type"])["data"]
    assert output["good"] == {"amount": "1", "unit": "C62"}
    assert output["backflush"] is ("Issued" not in told)
    assert output["to_location"] == "OUT"


def test_a_run_that_was_cancelled_never_starts_and_one_put_off_starts_later() -> None:
    world = Evenings()
    there = [stocked("SADDLE", 5)]
    for run in ("R1-1", "R1-2"):
        there += [run_scheduled(run), pegged(f"P-{run}", f"run/{run}/1"), reserved(f"P-{run}", run)]
    shape = {"part": "BIKE", "site": "plant", "unit": "C62"}
    later = MONDAY + timedelta(days=4)
    world.evening(
        *there, o.RunCancelled.model_validate({"run": "R1-1", **shape, "amount": "1"}),
        o.RunRescheduled.model_validate({
            "run": "R1-2", **shape, "start": later, "due": later + timedelta(hours=8), "was_start": MONDAY,
            "was_due": MONDAY,
        }),
    )
    assert world.days(3) == []
    assert "Started" in world.days(4)
    assert {event["data"]["run"] for event in world.told} == {"R1-2"}


def test_a_spoiled_piece_is_reported_as_scrap() -> None:
    world = Evenings([script.Scrap(day=0, for_order=True)])
    run = run_scheduled()
    frozen = o.RunFrozen(run="R1-1", part="BIKE", site="plant", unit="C62", order=ORDER, amount=run.amount,
                         requirements=run.requirements)
    world.evening(run, frozen, pegged("P1-1", "run/R1-1/1"), stocked("SADDLE", 5), reserved("P1-1", "R1-1"))
    world.days(2)
    output = next(event for event in world.told if "OutputReported" in event["type"])["data"]
    assert (output["good"]["amount"], output["scrapped"]["amount"]) == ("0", "1")
    assert [struck.whom for struck in world.life.trouble.struck] == ["R1-1"]


def test_a_delivery_leaves_when_its_goods_are_there_and_is_signed_for() -> None:
    world = Evenings()
    world.evening(shipment_planned("S1-1", Purpose.DELIVERY, "BIKE", ORDER),
                  pegged("P1-9", "order/SO-1/1/1", "BIKE", SupplyKey.run("R1-1")))
    assert world.days(3) == []
    world.evening(stocked("BIKE", 1), reserved("P1-9", "SO-1", "BIKE"))
    assert world.days(8) == ["Tendered", "Shipped", "Departed", "Delivered"]
    shipped, delivered = world.told[1]["data"], world.told[3]["data"]
    assert (shipped["order"], shipped["shipment"]) == ("SO-1", "S1-1")
    assert delivered["proof"]["value"]


def test_a_transfer_goes_from_shelf_to_shelf() -> None:
    world = Evenings()
    world.evening(shipment_planned("T1-1", Purpose.TRANSFER, "SADDLE"), stocked("SADDLE", 5, "depot"),
                  reserved("P1-5", "T1-1", "SADDLE", "depot"))
    assert world.days(6) == ["Tendered", "TransferSent", "Departed", "TransferArrived"]
    assert world.told[1]["data"]["to_site"] == "plant"
    assert world.told[3]["data"]["transfer"] == "T1-1"


def proposed(decision: str) -> p.DecisionProposed:
    return p.DecisionProposed(decision=decision, kind=DecisionKind.REORDER, subject="Q1-1", part="SADDLE",
                              site="plant", amount=requisition().amount, unit="C62", why="worth 5000")


def test_what_is_proposed_is_approved_but_for_those_the_script_has_refused() -> None:
    world = Evenings([script.Refuse(day=0)])
    world.evening(proposed("D1-1"))
    assert world.days() == ["RefuseDecision"]
    world.evening(proposed("D2-1"))
    assert world.days() == ["ApproveDecision"]


def test_a_step_that_finds_nobody_tries_again() -> None:
    world = Evenings([script.LoseStock(day=1, site="plant")])
    assert world.days(3) == []
    world.evening(stocked("SADDLE", 5), reserved("P1-1", "R1-1"))
    assert world.days() == ["Lost"]
    assert world.told[0]["data"]["quantity"]["amount"] == "5"


def test_a_lost_claim_is_not_picked() -> None:
    world = Evenings()
    world.evening(run_scheduled(), pegged("P1-1", "run/R1-1/1"), stocked("SADDLE", 5), reserved("P1-1", "R1-1"))
    claim = reserved("P1-1", "R1-1").allocations[0]
    broken = i.AllocationBroken(part="SADDLE", site="plant", unit="C62", reservation="P1-1", purpose="R1-1",
                                amount=claim.amount, bucket=claim.bucket, open=ZERO, because="StockLost")
    world.evening(broken)
    assert world.days(3) == []


def test_the_order_in_which_shards_are_read_does_not_matter() -> None:
    facts = [
        run_scheduled(), run_scheduled("R1-2", OrderRef(number="SO-2", line=1, schedule=1)),
        requisition("Q1-1"), requisition("Q1-2"), order_placed(), pegged("P1-1", "run/R1-1/1"), stocked("SADDLE", 5),
        reserved("P1-1", "R1-1"),
    ]
    told = []
    for seed in range(5):
        words = Evenings()
        Random(seed).shuffle(facts)
        words.evening(*facts)
        words.days(20)
        told.append(words.told)
    assert len(told[0]) == 8
    assert all(one == told[0] for one in told)
