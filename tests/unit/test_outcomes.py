"""What a publisher hears: every refusal says which field, what was wrong and what would be right."""

from typing import Any

import pytest

from events.planning.facts import DecisionRefused
from events.refusing import Refusing
from events.register import FACTS, REFUSING
from infra.edge import LARGEST, Refused
from projections.api.outcomes import Outcome, outcome
from tests.plant import SITE, Plant, event, part, received

PIECES, TWO = {"amount": "1", "unit": "C62"}, {"amount": "2", "unit": "C62"}
MADE = event("catalogue.DefinePart", "part-BIKE", {"id": "BIKE", "name": "BIKE", "unit": "C62", "make_or_buy": "make"})
BILL = event(
    "catalogue.DefineBill", "bill-BIKE",
    {"part": "BIKE", "lines": [{"line": 1, "component": "SADDLE", "quantity": PIECES}]},
)
LANE = {"lane": "L1", "from_node": "site/plant", "to_node": "zone/NORTH", "mode": "road",
        "transit": {"least": 1, "usual": 2, "most": 3}}


def schedule(amount: str = "1", unit: str = "C62", number: int = 1, wanted: str = "2026-04-01") -> dict[str, Any]:
    return {"schedule": number, "quantity": {"amount": amount, "unit": unit}, "wanted": wanted}


def line(number: int = 1, part: str = "BIKE", schedules: Any = None, **more: Any) -> dict[str, Any]:
    return {"line": number, "part": part, "site": "plant", "schedules": schedules or [schedule()], **more}


def order(number: str = "O-2", *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"number": number, "lines": list(lines) or [line()], **more}


def run(run: str = "R-2", **more: Any) -> dict[str, Any]:
    told = {"start": "2026-03-10T06:00:00Z", "due": "2026-03-11T06:00:00Z"}
    return {"run": run, "part": "BIKE", "quantity": PIECES, "site": "plant", **told, **more}


def shipment(shipment: str = "S-2", **more: Any) -> dict[str, Any]:
    told = {"depart_at": "2026-03-10T06:00:00Z", "arrive_at": "2026-03-11T06:00:00Z"}
    goods = [{"line": 1, "part": "BIKE", "quantity": PIECES}]
    return {"shipment": shipment, "purpose": "delivery", "from_node": "site/plant", "to_node": "zone/NORTH",
            "lanes": ["L1"], "lines": goods, **told, **more}


def reservation(amount: str) -> dict[str, Any]:
    told = {"part": "SADDLE", "site": "plant", "reservation": "V", "purpose": "X"}
    return {**told, "quantity": {"amount": amount, "unit": "C62"}}


def factory() -> Plant:
    """An order O-1 for a bicycle whose run R-1 has started, and a shipment S-1 that has left."""
    plant = Plant()
    plant.tell(SITE, part("SADDLE"), MADE, BILL, event("logistics.DefineLane", "lane", LANE), received("r"))
    plant.tell(event("orders.PlaceOrder", "O-1", order("O-1")))
    made_for = {"number": "O-1", "line": 1, "schedule": 1}
    plant.tell(event("orders.ScheduleRun", "R-1", run("R-1", order=made_for)))
    plant.tell(event("orders.Started", "s", {"run": "R-1"}))
    plant.tell(event("logistics.PlanShipment", "S-1", shipment("S-1")))
    plant.tell(event("logistics.Departed", "d", {"shipment": "S-1"}))
    plant.tell(event("inventory.ReserveStock", "V", reservation("1")))
    return plant


def heard(plant: Plant, raw: bytes) -> Outcome:
    """What became of an event, as its publisher hears it: at the door, or by its outcome."""
    found, = plant.publish(raw)
    if isinstance(found, Refused):
        assert found.problems
        told = [{"field": one.field, "problem": one.problem, "remedy": one.remedy} for one in found.problems]
        return Outcome.model_validate({"source": "test", "id": str(found.id), "status": "rejected", "problems": told})
    plant.settle()
    answer = outcome(plant.ledger, plant.queue, found.source, found.id)
    assert answer is not None
    return answer


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "a negative quantity": ("orders.PlaceOrder", order("O-2", line(schedules=[schedule("-1")])), "quantity"),
    "no quantity": ("orders.PlaceOrder", order("O-2", line(schedules=[schedule("0")])), "quantity"),
    "a quantity in words": ("orders.PlaceOrder", order("O-2", line(schedules=[schedule("two")])), "quantity"),
    "a unit that is none": ("orders.PlaceOrder", order("O-2", line(schedules=[schedule("1", "pieces!")])), "unit"),
    "the same line twice": ("orders.PlaceOrder", order("O-2", line(), line()), "lines"),
    "the same schedule twice": (
        "orders.PlaceOrder", order("O-2", line(schedules=[schedule(), schedule()])), "schedules"),
    "no lines": ("orders.PlaceOrder", {"number": "O-2", "lines": []}, "lines"),
    "no schedules": ("orders.PlaceOrder", {"number": "O-2", "lines": [{**line(), "schedules": []}]}, "schedules"),
    "no number": ("orders.PlaceOrder", {"lines": [line()]}, "number"),
    "a day that is none": (
        "orders.PlaceOrder", order("O-2", line(schedules=[schedule(wanted="2026-02-30")])), "wanted"),
    "a field that nobody knows": ("orders.PlaceOrder", order("O-2", colour="red"), "colour"),
    "an option that the part hasn't": (
        "orders.PlaceOrder", order("O-2", line(options=[{"option": "bell", "choice": "loud"}])), "options"),
    "too many digits": ("orders.PlaceOrder", order("O-2", line(schedules=[schedule("0.0000000001")])), "quantity"),
    "another unit than the part has": (
        "orders.PlaceOrder", order("O-2", line(schedules=[schedule(unit="KGM")])), "quantity"),
    "a day in the past": ("orders.PlaceOrder", order("O-2", line(schedules=[schedule(wanted="2026-01-01")])), "wanted"),
    "an order placed twice in other words": (
        "orders.PlaceOrder", order("O-1", line(schedules=[schedule("3")])), "number"),
    "other options after the freeze": (
        "orders.AmendOrder",
        {"number": "O-1", "change": [{"line": 1, "options": [{"option": "x", "choice": "y"}]}]}, "options"),
    "another site after the freeze": (
        "orders.AmendOrder", {"number": "O-1", "change": [{"line": 1, "site": "elsewhere"}]}, "site"),
    "an amendment of a line that isn't there": (
        "orders.AmendOrder", {"number": "O-1", "change": [{"line": 7, "priority": 2}]}, "line"),
    "a new line under a number that is taken": ("orders.AmendOrder", {"number": "O-1", "add": [line()]}, "line"),
    "an amendment that changes and cancels a line": (
        "orders.AmendOrder", {"number": "O-1", "change": [{"line": 1, "priority": 2}], "cancel": [1]}, "line"),
    "a line called off that isn't there": ("orders.CancelOrder", {"number": "O-1", "lines": [9]}, "line"),
    "a hold without a reason": ("orders.HoldOrder", {"number": "O-1"}, "reason"),
    "a run that ends before it begins": ("orders.ScheduleRun", run(due="2026-03-09T06:00:00Z"), "due"),
    "a run of a bought part": ("orders.ScheduleRun", run(part="SADDLE"), "part"),
    "a run whose id stands": ("orders.ScheduleRun", run("R-1", quantity=TWO), "run"),
    "a run that nobody knows": ("orders.ResizeRun", {"run": "R-9", "quantity": PIECES}, "run"),
    "a started run resized": ("orders.ResizeRun", {"run": "R-1", "quantity": TWO}, "quantity"),
    "a started run called off": ("orders.CancelRun", {"run": "R-1"}, "run"),
    "a run split off for more than it has": (
        "orders.SplitRun", {"run": "R-1", "into": "R-3", "quantity": TWO}, "quantity"),
    "output of less than nothing": (
        "orders.OutputReported", {"run": "R-1", "good": {"amount": "-1", "unit": "C62"}, "scrapped": PIECES}, "good"),
    "a lane to where it begins": ("logistics.DefineLane", {**LANE, "lane": "L2", "to_node": "site/plant"}, "to_node"),
    "a lane at most quicker than at least": (
        "logistics.DefineLane", {**LANE, "lane": "L2", "transit": {"least": 5, "usual": 2, "most": 3}}, "transit"),
    "a lane by broom": ("logistics.DefineLane", {**LANE, "lane": "L2", "mode": "broom"}, "mode"),
    "a shipment that is there before it leaves": (
        "logistics.PlanShipment", shipment(arrive_at="2026-03-09T06:00:00Z"), "arrive_at"),
    "a shipment without lines": ("logistics.PlanShipment", shipment(lines=[]), "lines"),
    "a shipment of the same line twice": (
        "logistics.PlanShipment", shipment(lines=[{"line": 1, "part": "BIKE", "quantity": PIECES}] * 2), "lines"),
    "a shipment whose id stands": ("logistics.PlanShipment", shipment("S-1", carrier="OTHER"), "shipment"),
    "a departed shipment called off": ("logistics.CancelShipment", {"shipment": "S-1"}, "shipment"),
    "a departed shipment's lines changed": (
        "logistics.ReplanShipment", {"shipment": "S-1", "lines": [{"line": 1, "part": "BIKE", "quantity": TWO}]},
        "lines"),
    "more reserved than there is": (
        "inventory.ReserveStock", {**reservation("99"), "reservation": "W"}, "quantity"),
    "another reservation under the same id": ("inventory.ReserveStock", reservation("2"), "reservation"),
    "a type that nobody knows": ("orders.Nonsense", {}, "type"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_malformed_or_contradicts_is_answered_with_field_problem_and_remedy(name: str) -> None:
    type_, data, field = WRONG[name]
    answer = heard(factory(), event(type_, "wrong", data))
    assert answer.status in ("rejected", "refused"), answer
    assert all(one.field and one.problem and one.remedy for one in answer.problems), answer.problems
    assert any(field in one.field for one in answer.problems), answer.problems


WAITS = {
    "a part": ("orders.PlaceOrder", order("O-2", line(part="TRIKE")), "part/TRIKE"),
    "a site": ("orders.PlaceOrder", order("O-2", line(site="moon")), "site/moon"),
    "an order": ("orders.AmendOrder", {"number": "O-9", "cancel": [1]}, "order/O-9"),
    "a run": ("orders.Completed", {"run": "R-9"}, "run/R-9"),
    "a shipment": ("logistics.CancelShipment", {"shipment": "S-9"}, "shipment/S-9"),
}


@pytest.mark.parametrize("name", WAITS)
def test_what_names_something_unknown_hears_what_it_waits_for_and_until_when(name: str) -> None:
    type_, data, missing = WAITS[name]
    answer = heard(factory(), event(type_, "early", data))
    assert (answer.status, missing in answer.waits_for, answer.until is not None) == ("parked", True, True), answer


def test_a_refused_amendment_is_refused_though_the_record_took_it() -> None:
    plant, (type_, data, _) = factory(), WRONG["another site after the freeze"]
    answer = heard(plant, event(type_, "wrong", data))
    assert (answer.status, [fact.type for fact in answer.facts]) == ("refused", ["AmendmentRefused.v1"])
    assert plant.outcome("wrong") == "decided"


def test_what_makes_no_difference_changed_nothing_and_says_so() -> None:
    plant = factory()
    first = event("orders.HoldOrder", "hold", {"number": "O-1", "reason": "unpaid"})
    assert heard(plant, first).status == "decided"
    same = heard(plant, event("orders.HoldOrder", "again", {"number": "O-1", "reason": "unpaid"}))
    assert (same.status, same.facts) == ("unchanged", [])
    assert same.note is not None
    assert same.note.startswith("changed nothing")
    repeat = heard(plant, first)
    assert (repeat.status, repeat.repeats) == ("decided", 1)
    assert repeat.note is not None
    assert "a repeat changes nothing" in repeat.note


def test_every_fact_that_tells_of_problems_refuses_and_says_which() -> None:
    telling = {(found.domain, found.name) for found in FACTS if "problems" in found.model.model_fields}
    assert telling | {("inventory", "ReservationRefused")} == REFUSING
    assert all(issubclass(found.model, Refusing) for found in FACTS if (found.domain, found.name) in REFUSING)


def test_a_person_s_refusal_of_a_decision_is_no_refusal_of_what_was_asked() -> None:
    assert not issubclass(DecisionRefused, Refusing)


def test_an_event_larger_than_any_may_be_is_refused_with_how_large_it_may_be() -> None:
    parts = [line(number, personalisation={"person": "p", "value": "x" * 1900}) for number in range(1, 2300)]
    answer = heard(factory(), event("orders.PlaceOrder", "large", order("O-2", *parts)))
    assert answer.status == "rejected"
    assert [(one.field, one.remedy) for one in answer.problems] == [
        ("data", f"{LARGEST} at most: say it in several events")
    ]
