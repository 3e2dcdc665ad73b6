"""Open supplies and when they are expected: the views' idea is the planner's own, whatever befell; and what is told of
them to people: what can be promised, and what should be done about which."""

import random
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import psycopg
import pytest

from events.logistics import messages as lane
from events.orders import messages as o
from events.suppliers import messages as s
from projections.circumstances import circumstances
from projections.coverage_queries import VIEWS as COVERING
from projections.coverage_queries import claims_on, coverages, expected_supplies
from projections.planning.world.alarms import expected
from projections.queries import reading
from projections.working_time import site_times
from tests import bikes as b
from tests import known_chains as lives
from tests.chain import Chain
from tests.integration.chain.conftest import Told
from tests.mischief import ALL, maker, state

pytestmark = pytest.mark.postgres
IntoPostgres = Callable[[Chain], Told]


def whatever(seed: int) -> Chain:
    """A life in which anything may befall."""
    chance = random.Random(seed)
    chain = maker()
    chain.plan()
    for _ in range(40):
        chance.choice(ALL)(chain, chance.randrange(1000))
        chain.plan()
    return chain


def planned(chain: Chain) -> dict[str, Any]:
    """What the planner sees is still to come, and when."""
    found = state(chain)
    return {
        view.id: (view.open, expected(found.parts, view, chain.now))
        for view in found.joins.supplies.values() if view.open and not view.on_hand
    }


@pytest.mark.parametrize(
    "life", [lives.planned, lives.troubled, lives.asking, lives.built, lives.sent,
             *(partial(whatever, seed) for seed in range(12))],
)
def test_what_is_to_come_and_when_is_what_the_planner_sees(
    life: Callable[[], Chain], into_postgres: IntoPostgres, reader: psycopg.Connection[Any]
) -> None:
    chain = life()
    into_postgres(chain)
    with reading(reader, *COVERING):
        found = expected_supplies(reader, site_times(reader, chain.now))
    seen = planned(chain)
    told = {key: (one.open, one.expected_at) for key, one in found.items() if one.kind != "stock"}
    assert told == seen
    assert all(one.why for one in found.values() if one.expected_at is None and one.kind != "stock")


def needing_wheels() -> Chain:
    """Two bicycles, for which there are no wheels; who sells them is down, and nobody knows until when."""
    chain = b.factory(TUBE=90, SADDLE=90, BOLT=400, BELL=90)
    chain.tell(s.SupplierDown(supplier="ACME", reason="flood"), b.ordered("A", 2)).plan()
    return chain


def test_what_is_built_of_something_short_is_ready_nobody_knows_when(
    into_postgres: IntoPostgres, reader: psycopg.Connection[Any]
) -> None:
    told = into_postgres(needing_wheels())
    with reading(reader, *COVERING):
        times = site_times(reader)
        order = coverages(reader, times, ["order/A/1/1"])["order/A/1/1"]
        above = [claim.expected_at for claim in claims_on(reader, times, ["run/R1-1"])]
    assert (order.short, order.to_come, order.ready_at, above) == (0, 2, None, [None])
    assert order.why == "nothing serves 4 C62 of WHEEL that run/R1-1/3 needs"
    runs = [run for shift in told.get("/sites/plant/clear-to-build", days=30)["shifts"] for run in shift["runs"]]
    lacks = {one["part"]: one for run in runs for one in run["lacks"]}
    assert (lacks["WHEEL"]["until"], lacks["WHEEL"]["why"]) == (None, order.why)


def test_what_a_supplier_owes_who_is_down_without_end_comes_nobody_knows_when(
    into_postgres: IntoPostgres, reader: psycopg.Connection[Any]
) -> None:
    chain = lives.planned()
    chain.tell(s.SupplierDown(supplier="ACME", reason="flood"))
    into_postgres(chain)
    with reading(reader, *COVERING):
        found = expected_supplies(reader, site_times(reader), keys=["purchase/PO-1/1"])["purchase/PO-1/1"]
    assert (found.expected_at, found.overdue) == (None, False)
    assert found.why == "ACME is down since 2026-03-02 (flood), and nobody knows until when"


def test_what_comes_over_lanes_that_are_closed_without_end_comes_nobody_knows_when(
    into_postgres: IntoPostgres, reader: psycopg.Connection[Any]
) -> None:
    chain = b.factory(WHEEL=20, TUBE=20, BOLT=50, BELL=6)
    chain.tell(b.lane("in", "supplier/ACME", "site/plant"), b.purchased("PO-1", "SADDLE", 10, date(2026, 3, 9)))
    chain.tell(lane.Closed(lane="in", reason="snow")).plan()
    into_postgres(chain)
    with reading(reader, *COVERING):
        found = expected_supplies(reader, site_times(reader), keys=["purchase/PO-1/1"])["purchase/PO-1/1"]
        stuck = circumstances(reader).stuck
    assert (found.expected_at, found.why) == (None, "in is closed (snow), and nobody knows until when")
    assert stuck == ["ACME@plant"]


def test_what_is_stuck_is_chased_though_it_is_neither_late_nor_unconfirmed(into_postgres: IntoPostgres) -> None:
    chain = lives.planned()
    nine = s.Promise(promised=date(2026, 3, 9), quantity=b.some(10))
    chain.tell(s.Confirmed(number="PO-1", lines=(s.ConfirmedLine(line=1, schedule=(nine,)),)))
    told = into_postgres(chain)
    assert told.get("/purchase-orders/to-chase", today="2026-03-05")["items"] == []
    chain.tell(s.SupplierDown(supplier="ACME", reason="flood"))
    told.catch_up()
    stuck, = told.get("/purchase-orders/to-chase", today="2026-03-05")["items"]
    assert (stuck["why"], stuck["comes_at"]) == (["stuck"], None)
    assert stuck["unknown"].startswith("ACME is down since 2026-03-02 (flood)")
    assert told.get("/where-used/purchase/PO-1/1")["why"] == stuck["unknown"]
    chain.tell(s.SupplierBack(supplier="ACME"))
    told.catch_up()
    assert told.get("/purchase-orders/to-chase", today="2026-03-05")["items"] == []


def saddles(told: Told, what: str) -> Any:
    return told.get(f"/parts/SADDLE/{what}", site="plant")


def test_what_comes_nobody_knows_when_is_promised_at_no_date_and_told_with_its_reason(
    into_postgres: IntoPostgres
) -> None:
    chain = lives.planned()
    told = into_postgres(chain)
    before = saddles(told, "available-to-promise")
    assert (before["periods"][-1]["supply"], before["unknown"]) == ("10", [])
    chain.tell(s.SupplierDown(supplier="ACME", reason="flood"))
    told.catch_up()
    found = saddles(told, "available-to-promise")
    lost, = found["unknown"]
    assert (lost["id"], lost["amount"], lost["overdue"]) == ("purchase/PO-1/1", "10", False)
    assert lost["why"].startswith("ACME is down since 2026-03-02 (flood)")
    assert [(one["supply"], one["available"]) for one in found["periods"]] == [("3", "0")], "3, of which 6 are wanted"


def test_what_is_late_is_available_when_the_planner_expects_it_and_is_neither_put_off_nor_called_off(
    into_postgres: IntoPostgres
) -> None:
    chain = b.factory(WHEEL=20, TUBE=20, BOLT=50, BELL=6, SADDLE=9)
    chain.tell(b.purchased("PO-1", "SADDLE", 10, date(2026, 3, 4)), b.ordered("SO-1", 2, date(2026, 5, 20))).plan()
    told = into_postgres(chain)
    assert [one["what"] for one in saddles(told, "supply-demand")["flows"][0]["messages"]] == ["cancel"]
    chain.live(10)
    told.catch_up()
    told.app.state.system.clock = lambda: chain.now
    late = next(flow for flow in saddles(told, "supply-demand")["flows"] if flow["kind"] == "purchase")
    assert (late["overdue"], late["messages"]) == (True, [])
    found = saddles(told, "available-to-promise")["periods"]
    expected_at = planned(chain)["purchase/PO-1/1"][1].isoformat().replace("+00:00", "Z")
    assert [(one["start"], one["overdue"]) for one in found if one["supply"] == "10"] == [(expected_at, "10")]
    assert late["at"] == expected_at > found[0]["start"]


@pytest.mark.parametrize(("configuration", "promised"), [(None, "4"), ("red-bike", "0")])
def test_what_is_built_as_a_customer_chose_is_promised_to_nobody_else(
    into_postgres: IntoPostgres, configuration: str | None, promised: str
) -> None:
    chain = b.factory(WHEEL=20, TUBE=20, BOLT=50, BELL=6, SADDLE=9)
    start, due = b.at(date(2026, 3, 12)), b.at(date(2026, 3, 13))
    chain.tell(o.ScheduleRun(
        run="R", part="BIKE", quantity=b.some(4), site="plant", start=start, due=due, configuration=configuration
    )).plan()
    told = into_postgres(chain)
    assert [flow["id"] for flow in told.get("/parts/BIKE/supply-demand", site="plant")["flows"]] == ["run/R"]
    assert told.get("/parts/BIKE/available-to-promise", site="plant")["periods"][-1]["available"] == promised


def test_nobody_is_asked_to_call_off_a_frozen_run(into_postgres: IntoPostgres) -> None:
    chain = b.factory(WHEEL=20, TUBE=20, BOLT=50, BELL=6, SADDLE=9)
    start, due = b.at(date(2026, 3, 12)), b.at(date(2026, 3, 13))
    chain.tell(o.ScheduleRun(run="R", part="BIKE", quantity=b.some(4), site="plant", start=start, due=due)).plan()
    told = into_postgres(chain)
    for asked in (["cancel"], []):
        (flow,) = told.get("/parts/BIKE/supply-demand", site="plant")["flows"]
        assert [one["what"] for one in flow["messages"]] == asked, flow["state"]
        chain.tell(o.FreezeRun(run="R")).plan()
        told.catch_up()
