"""Pegging both ways, supply and demand, decisions, purchases and reasons, of lives that the real planner decided."""

from collections.abc import Callable
from typing import Any

import pytest

from events.orders.messages import CancelOrder
from events.planning import messages as p
from events.suppliers import messages as s
from projections.coverage_queries import coverages
from projections.where_used_queries import above
from projections.working_time import site_times
from tests import bikes as b
from tests import known_chains as lives
from tests.chain import Chain
from tests.integration.chain.conftest import Told

pytestmark = pytest.mark.postgres
IntoPostgres = Callable[[Chain], Told]


def test_pegging_goes_down_to_stock_and_purchase_orders(into_postgres: IntoPostgres) -> None:
    found = into_postgres(lives.planned()).get("/pegging/order/SO-2/1/1")
    levels = [(one["level"], one["requirement"]["part"]) for one in found["levels"]]
    assert levels[0] == (0, "BIKE")
    assert (2, "TUBE") in levels
    ends = {peg["supply"] for one in found["levels"] for peg in one["requirement"]["pegs"]}
    assert {"stock/plant/WHEEL", "purchase/PO-1/1"} <= ends
    assert all(one["requirement"]["short"] == "0" for one in found["levels"])


def test_what_nothing_serves_says_which_ways_there_are_and_why_none_can_be_gone(into_postgres: IntoPostgres) -> None:
    chain = b.factory(TUBE=90, SADDLE=90, BOLT=400, BELL=90).tell(s.SupplierDown(supplier="ACME"), b.ordered("A", 2))
    chain.plan()
    told = into_postgres(chain)
    for asked in ("A", "R1-1"):
        found = next(one for one in told.get(f"/why/{asked}")["reasons"] if one["requirement"] == "run/R1-1/3")
        decided = found["decision"]["decision"]
        assert (decided["part"], decided["short"], decided["chosen"]) == ("WHEEL", "4", [])
        ways = found["decision"]["alternatives"]
        assert [(way["supplier"], way["why"]) for way in ways] == [("ACME", "supplier_down")]
        assert "OrderPlaced" in {step["type"] for step in found["causes"]}
    (short,) = told.get("/requirements", short_only=True)["items"]
    assert (short["required"], short["short"], short["stated_short"]) == ("4", "4", "4")


def test_where_used_goes_up_to_the_customers_orders(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.planned())
    found = told.get("/where-used/purchase/PO-1/1")
    assert found["orders_hit"] == []
    orders = {one["requirement"] for one in found["claims"] if one["requirement"].startswith("order/")}
    assert orders == {"order/SO-1/1/1", "order/SO-2/1/1"}
    direct = [one for one in found["claims"] if len(one["path"]) == 1]
    assert sum(int(one["to_come"]) for one in direct) == 3, "three saddles are in stock, six are wanted"


def test_a_late_supply_hits_those_whose_slack_it_uses_up(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.planned())
    hit = told.get("/where-used/purchase/PO-1/1", expected_at="2026-03-22T00:00:00Z")
    assert hit["orders_hit"] == ["SO-1/1/1"], "the other is wanted five days later"
    both = told.get("/where-used/purchase/PO-1/1", expected_at="2026-04-22T00:00:00Z")
    assert both["orders_hit"] == ["SO-1/1/1", "SO-2/1/1"]
    assert all(one["late_hours"] > 0 for one in both["claims"])


def test_what_is_above_a_supply_and_below_an_order_is_the_same(into_postgres: IntoPostgres, reader: Any) -> None:
    told = into_postgres(lives.planned())
    up = above(reader, site_times(reader), ["purchase/PO-1/1"])
    claimed = {claim.peg for claims in up.claims.values() for claim in claims}
    down = told.get("/pegging/order/SO-2/1/1")["levels"] + told.get("/pegging/order/SO-1/1/1")["levels"]
    assert claimed <= {peg["peg"] for one in down for peg in one["requirement"]["pegs"]}


def test_no_peg_claims_more_than_its_supply_has(into_postgres: IntoPostgres, reader: Any) -> None:
    told = into_postgres(lives.planned())
    claimed: dict[str, int] = {}
    for one in told.get("/requirements", limit=1000)["items"]:
        for peg in one["pegs"]:
            claimed[peg["supply"]] = claimed.get(peg["supply"], 0) + int(peg["to_come"])
    for supply, amount in claimed.items():
        found = told.get(f"/where-used/{supply}")
        assert amount <= int(found["open"] or 0), supply
    assert coverages(reader, site_times(reader), ["run/none/1", "nonsense"]) == {}


def test_requirements_are_paged_and_filtered(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.planned())
    whole = told.get("/requirements", limit=1000)["items"]
    paged, after = [], None
    while True:
        page = told.get("/requirements", limit=4, **({"after": after} if after else {}))
        paged += page["items"]
        after = page["next"]
        if after is None:
            break
    assert paged == whole
    assert told.get("/requirements", part="SADDLE")["items"] == [one for one in whole if one["part"] == "SADDLE"]
    assert told.get("/requirements", short_only=True)["items"] == []


def test_supply_and_demand_run_by_date_to_a_balance(into_postgres: IntoPostgres) -> None:
    found = into_postgres(lives.planned()).get("/parts/SADDLE/supply-demand", site="plant")
    assert (found["on_hand"], found["planner"]) == ("3", "lotone")
    assert [(flow["kind"], flow["amount"], flow["balance"]) for flow in found["flows"]] == [
        ("purchase", "10", "13"), ("run", "-2", "11"), ("run", "-4", "7"),
    ]
    assert [one["what"] for one in found["flows"][0]["messages"]] == ["defer", "decrease"]


def test_a_delayed_supply_is_to_be_expedited_or_not_needed_any_more(into_postgres: IntoPostgres) -> None:
    found = into_postgres(lives.troubled()).get("/parts/SADDLE/supply-demand", site="plant")
    told = {flow["id"]: [one["what"] for one in flow["messages"]] for flow in found["flows"]}
    assert told["purchase/PO-1/1"] == ["cancel"], "another one takes its place"


def test_available_to_promise_is_told_by_date(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.planned())
    found = told.get("/parts/SADDLE/available-to-promise", site="plant")
    assert [(one["start"], one["supply"], one["committed"], one["available"]) for one in found["periods"]] == [
        (told.chain.now.isoformat().replace("+00:00", "Z"), "3", "0", "3"), ("2026-03-09T23:00:00Z", "10", "6", "7"),
    ]


def test_what_is_committed_and_built_for_it_takes_nothing_from_stock(into_postgres: IntoPostgres) -> None:
    """Runs that aren't frozen count like the orders that they are for: else two bicycles in stock promise nothing."""
    chain = lives.planned()
    chain.tell(b.received("BIKE", 2))
    found = into_postgres(chain).get("/parts/BIKE/available-to-promise", site="plant")["periods"]
    assert sum(int(one["committed"]) for one in found) == 6
    assert len(found) > 1, "each run begins a period, on the day on which it is done"
    assert [int(one["firm"]) for one in found] == [2] + [0] * (len(found) - 1)
    assert {one["available"] for one in found} == {"2"}


def test_a_reroute_tells_what_was_before_what_lost_and_because_of_what(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.troubled())
    first = told.get("/decisions", kind="reroute")["items"][0]
    found = told.get(f"/decisions/{first['decision']}")
    assert [way["supply"] for way in found["was"]] == ["purchase/PO-1/1"]
    assert {way["why"] for way in found["alternatives"]} >= {"later"}
    delayed = next(at.id for at in told.chain.records["suppliers"] if at.type == "PurchaseOrderDelayed")
    assert delayed in found["because"]
    why = told.get(f"/why/{first['decision']}")
    upstream = next(step for step in why["causes"] if step["type"] == "PurchaseOrderDelayed")
    assert (upstream["event"], upstream["what"]["expected"]) == (True, "2026-04-20")
    assert found["taken"]["vector"]["suppliers/0"] == 2


def test_decisions_of_an_order_are_all_that_why_tells_sub_assemblies_too(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.troubled())
    for number in ("SO-1", "SO-2"):
        reasons = {one["decision"]["decision"]["decision"] for one in told.get(f"/why/{number}")["reasons"]}
        levels = {one["level"] for one in told.get(f"/why/{number}")["reasons"]}
        found = {one["decision"]: one for one in told.get("/decisions", order=number, limit=1000)["items"]}
        assert reasons <= found.keys()
        assert max(levels) >= 2, "a part of a part that we build"
        assert any(one["part"] == "TUBE" for one in found.values())
        again = told.get("/decisions", order=number, limit=1)
        assert again["next"] is not None
    assert told.get("/decisions", order="SO-9")["items"] == []


def test_decisions_are_filtered_by_what_they_are_about(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.troubled())
    whole = told.get("/decisions", limit=1000)["items"]
    for name, value in (("kind", "reorder"), ("part", "SADDLE"), ("status", "decided"), ("cut", 2)):
        assert told.get("/decisions", limit=1000, **{name: value})["items"] == [
            one for one in whole if one[name] == value
        ], name
    mine = told.get("/decisions", limit=1000, order="SO-1")["items"]
    assert {one["subject"] for one in mine} >= {"order/SO-1/1/1"}
    assert not {one["subject"] for one in mine} & {"order/SO-2/1/1"}
    assert [cut["cut"] for cut in told.get("/cuts")["items"]] == [2, 1]


def test_what_waits_for_a_person_is_in_the_worklist_until_it_is_answered(into_postgres: IntoPostgres) -> None:
    chain = lives.asking()
    chain.tell(b.ordered("SO-2", 1, part="BELL")).plan()
    told = into_postgres(chain)
    waiting = told.get("/decisions/worklist")["items"]
    assert {one["status"] for one in waiting} == {"proposed"}
    assert [one["needed_by"] for one in waiting] == sorted(one["needed_by"] for one in waiting)
    paged = told.get("/decisions/worklist", limit=1)
    rest = told.get("/decisions/worklist", after=paged["next"])["items"] if paged["next"] else []
    assert paged["items"] + rest == waiting
    dearest = [float(one["value"]) for one in told.get("/decisions/worklist", by="value")["items"]]
    assert dearest == sorted(dearest, reverse=True)
    chain.tell(p.ApproveDecision(decision=waiting[0]["decision"], reason="fine")).plan()
    told.catch_up()
    assert waiting[0]["decision"] not in {one["decision"] for one in told.get("/decisions/worklist")["items"]}
    done = told.get(f"/decisions/{waiting[0]['decision']}")
    assert (done["decision"]["status"], done["decision"]["answered_by"]) == ("approved", "tester")
    assert [word["what"] for word in done["words"]] == ["proposed", "approved"]


def test_a_proposed_purchase_is_sent_only_once_it_is_approved(into_postgres: IntoPostgres) -> None:
    chain = lives.asking()
    told = into_postgres(chain)
    assert told.get("/purchase-orders/to-send")["items"] == []
    proposed, = told.get("/requisitions", state="proposed")["items"]
    chain.tell(p.ApproveDecision(decision=proposed["decision"])).plan()
    told.catch_up()
    sent, = told.get("/purchase-orders/to-send", today="2026-03-30")["items"]
    assert (sent["requisition"], sent["overdue"], sent["quantity"]) == (proposed["requisition"], True, "2")
    chain.tell(b.purchased("PO-9", "BELL", 2, lives.date(2026, 3, 12), requisition=sent["requisition"])).plan()
    told.catch_up()
    assert told.get("/purchase-orders/to-send")["items"] == []
    answered, = told.get("/requisitions", state="answered")["items"]
    assert (answered["number"], answered["line"]) == ("PO-9", 1)


def test_a_late_purchase_is_chased_with_whom_it_hits(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.planned())
    quiet, = told.get("/purchase-orders/to-chase", today="2026-03-05")["items"]
    assert (quiet["why"], quiet["orders_hit"]) == (["unconfirmed"], [])
    late, = told.get("/purchase-orders/to-chase", today="2026-03-21", hitting_only=True)["items"]
    assert (late["why"], late["days_late"]) == (["late", "unconfirmed"], 12)
    assert late["orders_hit"] == ["SO-1/1/1"]
    assert told.get("/purchase-orders/to-chase", today="2026-03-05", hitting_only=True)["items"] == []


def test_whom_a_late_purchase_moved_is_told_though_nothing_is_late_by_it_any_more(into_postgres: IntoPostgres) -> None:
    """The planner has moved the runs, and promised later: against what is planned now, the purchase is in time."""
    chain = lives.planned()
    chain.live(1)
    chain.tell(s.SupplierDown(supplier="BEST"), s.Delayed(number="PO-1", lines=(1,), expected=lives.date(2026, 3, 24)))
    chain.plan()
    told = into_postgres(chain)
    chase, = told.get("/purchase-orders/to-chase", today="2026-03-10", hitting_only=True)["items"]
    used = told.get("/where-used/purchase/PO-1/1")
    for found in (chase, used):
        assert (found["orders_hit"], found["orders_moved"], found["orders_short"]) == ([], ["SO-1/1/1"], [])
    at_the_end = {one["requirement"]: one for one in chase["waits"] if one["requirement"].startswith("order/")}
    assert {one: (line["late_hours"] > 0, line["total_late_hours"] > 0) for one, line in at_the_end.items()} == {
        "order/SO-1/1/1": (False, True), "order/SO-2/1/1": (False, False),
    }
    need = told.get("/pegging/run/R1-3/4")["levels"][0]["requirement"]
    moved = next(peg for peg in need["pegs"] if peg["supply"] == "purchase/PO-1/1")
    assert moved["needed_by"] == need["needed_by"] > moved["needed_by_then"], "the run has moved since it was pegged"
    assert moved["slack_hours"] >= 0
    chain.tell(s.Delayed(number="PO-1", lines=(1,), expected=lives.date(2026, 3, 9))).plan()
    told.catch_up()
    assert told.get("/where-used/purchase/PO-1/1")["orders_moved"] == [], "made good again"


def test_a_purchase_that_does_not_come_tells_whom_it_left_short(into_postgres: IntoPostgres) -> None:
    chain = lives.planned()
    chain.live(1)
    chain.tell(s.SupplierDown(supplier="BEST"), s.SupplierDown(supplier="ACME")).plan()
    told = into_postgres(chain)
    found, = told.get("/purchase-orders/to-chase", today="2026-03-05", hitting_only=True)["items"]
    assert found["waits"] == [], "nothing counts on it any more"
    assert found["orders_moved"] == found["orders_short"] == ["SO-1/1/1", "SO-2/1/1"]


def test_why_an_order_is_as_it_is_goes_down_its_whole_tree(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.troubled())
    found = told.get("/why/SO-1")
    assert [change["what"] for change in found["changes"]] == ["line 1 schedule 1: promised for 2026-03-20"]
    assert {"BIKE", "FRAME", "TUBE", "SADDLE"} <= {one["decision"]["decision"]["part"] for one in found["reasons"]}
    placed = [step for step in found["changes"][0]["causes"] if step["type"] == "OrderPlaced"]
    assert [step["event"] for step in placed] == [True]
    run = told.get("/runs", order="SO-1")["items"][0]["run"]
    own = told.get(f"/why/{run}")
    assert own["run"]["planned_by"] == own["reasons"][0]["decision"]["decision"]["decision"]
    below = told.get("/why/R1-4")
    assert "OrderPlaced" in {step["type"] for step in below["causes"]}, "a frame, for that order"


def test_stock_of_another_site_on_its_way_is_a_supply_here_and_a_demand_there(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.sent())
    here = told.get("/parts/SADDLE/supply-demand", site="plant")
    assert [(flow["kind"], flow["state"], flow["amount"]) for flow in here["flows"]] == [
        ("transfer", "under way", "2"), ("run", "", "-2"),
    ]
    there = told.get("/parts/SADDLE/supply-demand", site="store")
    assert (there["on_hand"], there["flows"]) == ("3", []), "it has left"
    transfer = here["flows"][0]["id"]
    assert {one["order"] for one in told.get(f"/where-used/{transfer}")["claims"]} == {"SO-1/1/1"}


def test_why_of_what_was_called_off_says_that_it_was_covered_and_since_when_not(into_postgres: IntoPostgres) -> None:
    chain = lives.planned()
    told = into_postgres(chain)
    assert told.get("/why/SO-1")["ended"] is None
    assert {one["ended"] for one in told.get("/why/SO-1")["reasons"]} == {None}
    chain.live(1)
    chain.tell(CancelOrder(number="SO-1", reason="changed their mind")).plan()
    told.catch_up()
    why = told.get("/why/SO-1")
    assert why["ended"] == "cancelled on 2026-03-03: changed their mind"
    assert why["reasons"], "what was decided is told still"
    assert {one["ended"] for one in why["reasons"]} == {why["ended"]}


def test_why_says_how_much_it_leaves_out_and_tells_it_when_asked(into_postgres: IntoPostgres) -> None:
    told = into_postgres(lives.planned())
    whole = told.get("/why/SO-2", limit=1000)
    assert (whole["left_out"], len(whole["reasons"]) > 3) == (0, True)
    part = told.get("/why/SO-2", limit=2)
    assert (part["reasons"], part["left_out"]) == (whole["reasons"][:2], len(whole["reasons"]) - 2)
