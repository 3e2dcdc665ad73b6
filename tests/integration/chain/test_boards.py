"""Orders, runs, shipments and genealogy as the API tells them, of lives that the real rules decided."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from events.logistics.messages import Delivered
from events.logistics.shapes import Amounts
from projections.rebuild import rebuild_views
from projections.views import VIEWS
from tests import known_chains as lives
from tests.chain import Chain
from tests.integration.chain.conftest import Told
from tests.integration.chain.serving import get

pytestmark = pytest.mark.postgres
IntoPostgres = Callable[[Chain], Told]


def run_of(told: Told, order: str) -> Any:
    return told.get("/runs", order=order)["items"][0]


@pytest.mark.parametrize("life", [lives.troubled, lives.built, lives.asking, lives.sent])
def test_every_view_rebuilt_equals_the_live_one(into_postgres: IntoPostgres, life: Callable[[], Chain]) -> None:
    told = into_postgres(life())
    found = rebuild_views(told.dsn, told.ledger, VIEWS, prove=True)
    assert [(each.view, each.difference, each.failed) for each in found if not each.equal] == []


def test_the_order_board_tells_wanted_promised_and_runs_by_day(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.planned())
    first, second = items = told.get("/orders/lines")["items"]
    names = ("number", "wanted", "promised", "late_by", "state")
    assert [tuple(one[name] for name in names) for one in items] == [
        ("SO-1", "2026-03-20", "2026-03-20", 0, "planned"), ("SO-2", "2026-03-25", "2026-03-25", 0, "planned"),
    ]
    assert [run["state"] for run in first["runs"]] == ["scheduled"]
    assert told.get("/orders/lines", limit=1)["items"] == [first]
    after = told.get("/orders/lines", limit=1)["next"]
    assert told.get("/orders/lines", limit=1, after=after)["items"] == [second]
    assert told.get("/orders/lines", late_only=True)["items"] == []
    assert told.get("/orders/lines", wanted_until="2026-03-20")["items"] == [first]


def test_an_order_has_its_bill_and_every_word_its_customer_was_given(into_postgres: IntoPostgres) -> None:
    found = into_postgres(lives.planned()).get("/orders/SO-1")
    assert [(one["part"], one["level"], one["phantom"]) for one in found["lines"][0]["bill"]][:3] == [
        ("FRAME", 1, False), ("TUBE", 2, False), ("WHEEL", 1, False),
    ]
    assert [(word["what"], word["promised"]) for word in found["promises"]] == [("given", "2026-03-20")]
    assert found["promises"][0]["because"]


def test_a_delivered_part_of_an_order_is_told(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.built())
    one, = told.get("/orders/SO-1")["schedules"]
    assert (one["amount"], one["delivered"], one["open"]) == ("2", "1", "1")
    assert told.get("/orders", state="accepted")["items"][0]["number"] == "SO-1"
    assert told.get("/orders", state="cancelled")["items"] == []


def test_each_requirement_of_a_run_adds_up_and_says_what_it_waits_for(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.planned())
    run = told.get(f"/runs/{run_of(told, 'SO-2')['run']}")
    for need in run["requirements"]:
        cover = need["cover"]
        total = sum(int(cover[name]) for name in ("done", "on_hand", "to_come", "short"))
        assert total == int(cover["required"]) == int(need["required"]), need["part"]
    frame = next(need["cover"] for need in run["requirements"] if need["part"] == "FRAME")
    assert {peg["supply"].partition("/")[0] for peg in frame["pegs"]} == {"stock", "run"}
    assert (frame["on_hand"], frame["to_come"]) == ("1", "3"), "the one frame there is goes to the more urgent order"


def test_as_ordered_against_as_built_with_lots(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.built())
    run = told.get(f"/runs/{run_of(told, 'SO-1')['run']}")
    assert run["run"]["state"] == "completed"
    assert [(one["part"], one["as_ordered"], one["as_built"]) for one in run["built"]] == [
        ("FRAME", "2", "2"), ("WHEEL", "4", "4"), ("SADDLE", "2", "2"), ("BOLT", "8", "8"), ("BELL", "2", "2"),
    ]
    assert next(one["lots"] for one in run["built"] if one["part"] == "WHEEL") == ["W-7"]
    assert [one["serial"] for one in run["stored"]] == ["B-1", "B-2"]


def links(found: Any, way: str) -> set[tuple[str, str, str]]:
    return {(one["source"], one["target"], one["part"]) for one in found[way]}


def test_genealogy_goes_from_a_bought_lot_to_the_customer_and_back(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.built())
    run = f"run/{run_of(told, 'SO-1')['run']}"
    shipment = f"shipment/{told.get('/shipments')['items'][0]['shipment']}"
    up = links(told.get("/genealogy", part="WHEEL", lot="W-7"), "up")
    assert up == {("stock", run, "WHEEL"), (run, "stock", "BIKE"), ("stock", shipment, "BIKE")}
    down = links(told.get("/genealogy", part="BIKE", serial="B-1"), "down")
    assert {(run, "stock", "BIKE"), ("stock", run, "WHEEL"), ("purchase/PO-7/1", "stock", "WHEEL")} <= down
    assert get(told.app, "/genealogy", part="BIKE").status_code == 422


def test_a_shipment_s_lines_add_up(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.built())
    head, = told.get("/shipments", order="SO-1")["items"]
    line, = head["lines"]
    assert (line["sent"], line["in_transit"], line["arrived"], line["lost"]) == ("2", "1", "1", "0")
    assert (head["state"], line["order"]) == ("delivered", "SO-1/1/1")
    assert told.get(f"/shipments/{head['shipment']}")["shipment"] == head
    assert told.get("/shipments", in_transit_only=True, purpose="delivery")["items"] == [head]
    assert told.get("/shipments", state="planned")["items"] == []


def test_the_network_tells_what_is_not_as_usual(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.built())
    north = told.get("/lanes", to_node="zone/NORTH")["items"][0]
    assert (north["standing"], north["closures"]) == ("open", 1)
    assert told.get("/network")["lanes"] == []


def test_a_run_is_clear_to_build_in_its_shift_or_says_what_it_waits_for(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.planned())
    found = told.get("/sites/plant/clear-to-build", first="2026-03-02", days=30)
    runs = [run for shift in found["shifts"] for run in shift["runs"]]
    assert len(runs) == len(told.get("/runs")["items"])
    frames = [run for run in runs if run["part"] == "FRAME"]
    assert {run["verdict"] for run in frames} == {"clear"}, "all tubes are there"
    bike = next(run for run in runs if run["order_number"] == "SO-2")
    assert bike["verdict"] == "in_time"
    assert {supply for one in bike["lacks"] for supply in one["waits_for"]} == {"purchase/PO-1/1", "run/R1-2"}
    for shift in found["shifts"]:
        assert shift["clear"] + shift["not_clear"] == len(shift["runs"])


def test_a_line_delivered_late_says_on_which_day_and_how_late(into_postgres: IntoPostgres) -> None:
    chain = lives.built()
    told = into_postgres(chain)
    names = ("state", "delivered_on", "after_wanted", "after_promised", "late_by")

    def line() -> tuple[Any, ...]:
        return tuple(told.get("/orders/lines", number="SO-1")["items"][0][name] for name in names)

    assert line() == ("on_its_way", "2026-03-20", 0, 0, 0), "one of two is there"
    assert told.get("/orders/lines", delivered_late_only=True)["items"] == []
    shipment = told.get("/shipments", order="SO-1")["items"][0]["shipment"]
    chain.live(4)
    chain.tell(Delivered(shipment=shipment, lines=(Amounts(line=1, amount=Decimal(1)),))).plan()
    told.catch_up()
    state, came, wanted, promised, late = line()
    assert (state, came, wanted, late) == ("delivered", "2026-03-24", 4, 4), "whatever had been promised"
    assert promised == (date.fromisoformat(came) - date.fromisoformat(
        told.get("/orders/lines", number="SO-1")["items"][0]["promised"]
    )).days
    assert len(told.get("/orders/lines", delivered_late_only=True)["items"]) == 1


def test_what_is_not_known_is_told_where_to_look(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.planned())
    for path in ("/orders/SO-9", "/runs/R9", "/shipments/S9", "/pegging/run/R9/1", "/decisions/D9-9", "/why/X"):
        answer = get(told.app, path)
        assert (answer.status_code, bool(answer.json()["detail"])) == (404, True), path
    assert get(told.app, "/stock", as_of="2026-03-02T06:00:00Z").status_code == 422
