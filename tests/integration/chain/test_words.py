"""What lotone says of orders, runs and decisions, and how a person answers: by command, and over HTTP."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from events.orders.facts import OrderRefused
from events.orders.messages import CancelOrder
from events.orders.shapes import Choice
from infra.clock import set_clock
from tests import known_chains as lives
from tests.bikes import ordered
from tests.chain import Chain
from tests.integration.chain.conftest import Told
from tests.integration.commands import Done, Place, Served

pytestmark = pytest.mark.postgres
IntoPostgres = Callable[[Chain], Told]


def placed(told: Told, folder: Path) -> Place:
    """Where commands run on this ledger, at the time at which its life ended."""
    clock = folder / "clock"
    set_clock(clock, told.chain.now)
    told.engine.close()
    return Place(folder, told.dsn, {"LOTONE_SHARDS": "1", "LOTONE_CLOCK_FILE": str(clock)})


def said(done: Done, *words: str) -> str:
    assert done.code == 0, done.out + done.err
    for word in words:
        assert word in done.out, done.out
    return done.out


@pytest.fixture
def troubled(into_postgres: IntoPostgres, tmp_path: Path) -> Place:
    """A purchase came late, and two runs were served otherwise."""
    return placed(into_postgres(lives.troubled()), tmp_path)


@pytest.fixture
def asked(into_postgres: IntoPostgres, tmp_path: Path) -> Place:
    """A purchase is proposed, and waits for a person."""
    return placed(into_postgres(lives.asking()), tmp_path)


def test_an_order_is_shown_with_its_promise_its_runs_and_its_bill(troubled: Place) -> None:
    said(
        troubled.lotone("show", "order", "SO-1"), "Order SO-1", "accepted", "promised for 2026-03-20, in time",
        "As ordered, line 1: BIKE", "goes in directly",
    )
    shown = troubled.lotone("show", "order", "SO-1", "--json").json
    assert (shown["order"]["number"], shown["schedules"][0]["wanted"]) == ("SO-1", "2026-03-20")
    said(troubled.lotone("show", "order", "PO-1"), "Purchase order PO-1", "ACME")
    said(troubled.lotone("show", "purchase", "PO-1"), "Purchase order PO-1")
    said(troubled.lotone("show", "part", "SADDLE"), "Part SADDLE")
    missing = troubled.lotone("show", "order", "SO-9")
    assert (missing.code, "lotone history SO-9" in missing.err) == (1, True)


def test_history_finds_orders_runs_and_what_the_planner_decided(troubled: Place) -> None:
    said(troubled.lotone("history", "SO-1"), "orders: order/SO-1", "OrderAccepted")
    said(troubled.lotone("history", "R1-3"), "orders: run/R1-3", "RunScheduled", "planning: run/R1-3", "RunPlanned")


def test_a_run_says_what_it_needs_and_what_it_waits_for(troubled: Place) -> None:
    out = said(troubled.lotone("show", "run", "R1-3"), "Run R1-3", "order SO-1 line 1/1", "planned by", "run R1-4")
    saddle = next(line for line in out.splitlines() if " SADDLE " in line)
    assert "requisition" in saddle
    assert troubled.lotone("show", "run", "R1-3", "--json").json["run"]["run"] == "R1-3"


def test_a_built_run_and_its_shipment_are_shown(into_postgres: IntoPostgres, tmp_path: Path) -> None:
    place = placed(into_postgres(lives.built()), tmp_path)
    said(place.lotone("show", "run", "R1-1"), "As built", "W-7", "Reported", "B-1")
    shipment = place.lotone("show", "order", "SO-1", "--json").json["schedules"]
    assert shipment[0]["delivered"] == "1"
    said(place.lotone("show", "shipment", "S4-1"), "delivery, site/plant to zone/NORTH", "in transit", "SO-1/1/1")


def test_why_tells_what_was_chosen_what_lost_and_the_event_behind_it(troubled: Place) -> None:
    out = said(
        troubled.lotone("why", "SO-1"), "wanted 2026-03-20, promised for 2026-03-20, in time", "How it is covered",
        "buy SADDLE from BEST", "wait for purchase order PO-1 line 1 of ACME",
        "it comes 32 days after the need, what was chosen in time",
        "purchase order delayed", "as event",
    )
    assert "re-routed" in out
    whole = troubled.lotone("why", "SO-1", "--full")
    assert len(said(whole, "build BIKE in a new run")) > len(out)
    assert {"order", "reasons", "changes"} <= set(troubled.lotone("why", "SO-1", "--json").json)
    said(troubled.lotone("why", "R1-4"), "Run R1-4", "Caused by", "build FRAME in a new run")
    nobody = troubled.lotone("why", "X-1")
    assert (nobody.code, "no decision, order or run" in nobody.err) == (1, True)


def test_a_decision_is_proved_by_deciding_it_again(troubled: Place) -> None:
    said(troubled.lotone("why", "D2-1", "--prove"), "Not chosen", "PROVED: cut 2, decided again from the record alone")
    told = troubled.lotone("why", "D2-1", "--prove", "--json").json
    assert told["proof"]["equal"] is True


def test_an_order_and_a_run_are_proved_with_every_decision_behind_them(troubled: Place) -> None:
    said(troubled.lotone("why", "SO-1", "--prove"), "PROVED: cuts 1, 2, decided again from the record alone")
    told = troubled.lotone("why", "SO-1", "--prove", "--json").json["proof"]
    reasons = troubled.lotone("why", "SO-1", "--json").json["reasons"]
    assert told["equal"] is True
    assert {one["decision"]["decision"]["decision"] for one in reasons} <= set(told["decisions"])
    assert {one.split("-")[0] for one in told["decisions"]} == {"D1", "D2"}
    run = troubled.lotone("why", "R1-3", "--prove", "--json")
    assert (run.code, run.json["proof"]["equal"], "R1-3" in run.json["proof"]["decisions"]) == (0, True, True)

def test_a_person_approves_from_the_worklist(asked: Place) -> None:
    out = said(asked.lotone("worklist"), "buy BELL from ACME", "policy asks a person")
    waiting = asked.lotone("worklist", "--json").json["items"][0]["decision"]
    assert waiting in out
    said(asked.lotone("approve", waiting, "--reason", "fine", "--as", "mary"), "recorded", "is now approved")
    said(asked.lotone("why", waiting), "mary", "fine", "approved")
    said(asked.lotone("worklist"), "none")
    again = asked.lotone("approve", waiting)
    assert (again.code, "isn't proposed: it is approved" in again.err) == (1, True)


def test_a_person_refuses_with_a_reason_and_releases_the_word(asked: Place) -> None:
    waiting = asked.lotone("worklist", "--json").json["items"][0]["decision"]
    assert asked.lotone("refuse", waiting).code == 2, "a reason is needed"
    nothing = asked.lotone("release", waiting)
    assert (nothing.code, "nothing to release" in nothing.err) == (1, True)
    for nothing_said in ("  ", "\u200b\u2060"):
        assert asked.lotone("refuse", waiting, "--reason", nothing_said).code == 2, "a blank one isn't one"
    said(asked.lotone("refuse", waiting, "--reason", "bad lots", "--as", "mary"), "is now refused")
    said(asked.lotone("why", "SO-1"), "short: a person refused a way to serve it")
    for another in (("refuse",), ("override", "--option", "1")):
        late = asked.lotone(another[0], waiting, *another[1:], "--reason", "I know better", "--as", "john")
        assert (late.code, "refused by mary: bad lots" in late.err, "release it first" in late.err) == (1, True, True)
    said(asked.lotone("release", waiting, "--reason", "mended"), "recorded", "nobody's word stands on")
    words = asked.lotone("show", "decision", waiting, "--json").json["words"]
    assert [word["what"] for word in words if word["actor"] != "planner"][-2:] == ["refused", "released"]


def test_an_override_names_one_of_the_ways(troubled: Place) -> None:
    wrong = troubled.lotone("override", "D2-1", "--option", "99", "--reason", "why not")
    assert (wrong.code, "has no option 99; it has 1 (buy), 2 (purchase)" in wrong.err) == (1, True), wrong.err
    told = ("--option", "2", "--reason", "they promised me", "--as", "mary")
    said(troubled.lotone("override", "D2-1", *told), "overridden")
    said(troubled.lotone("why", "D2-1"), "mary", "they promised me")
    assert troubled.lotone("override", "D9-9", "--option", "1", "--reason", "x").code == 1


def test_the_policy_is_shown_and_changed_term_by_term(asked: Place, tmp_path: Path) -> None:
    said(asked.lotone("policy", "show"), "Policy 1", "route, reroute, substitute, transfer, build")
    said(asked.lotone("policy", "set", "freeze_days=3", "alone=route,reorder:500", "--reason", "busy"), "recorded")
    held = asked.lotone("policy", "show", "--json").json[0]["terms"]
    assert (held["freeze_days"], held["currency"]) == (3, "EUR")
    assert held["alone"] == [{"kind": "route"}, {"kind": "reorder", "up_to": "500"}]
    assert len(asked.lotone("policy", "show", "--all", "--json").json) == 2
    for nonsense in ("freeze=3", "freeze_days=many", "alone=everything"):
        assert asked.lotone("policy", "set", nonsense).code == 1, nonsense
    file = tmp_path / "policy.json"
    file.write_text('{"currency": "USD"}')
    said(asked.lotone("policy", "set", "--file", str(file)), "recorded")
    assert asked.lotone("policy", "show", "--json").json[0]["terms"]["currency"] == "USD"


@pytest.fixture
def served(asked: Place) -> Iterator[Served]:
    """The same with everything running, and its API."""
    with asked.up() as up:
        yield up


def post(up: Served, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    return up.http.post(path, json=body, headers=headers)


def test_words_over_http_are_answered_with_what_became_of_them(served: Served) -> None:
    waiting = served.get("/decisions/worklist")["items"][0]["decision"]
    path = f"/decisions/{waiting}"
    assert post(served, f"{path}/override", {"actor": "mary", "reason": "x", "option": 99}).status_code == 409
    assert post(served, f"{path}/release", {"actor": "mary"}).status_code == 409
    assert post(served, f"{path}/refuse", {"actor": "mary"}).status_code == 422
    assert post(served, f"{path}/refuse", {"actor": "mary", "reason": "  "}).status_code == 422
    assert post(served, "/decisions/D9-9/approve", {"actor": "mary"}).status_code == 404
    answer = post(served, f"{path}/approve", {"actor": "mary", "reason": "fine"}, **{"Idempotency-Key": "one"})
    assert answer.status_code == 200, answer.text
    fact, = answer.json()["facts"]
    assert (fact["type"], fact["actor"], fact["data"]["reason"]) == ("DecisionApproved.v1", "mary", "fine")
    again = post(served, f"{path}/approve", {"actor": "mary", "reason": "fine"}, **{"Idempotency-Key": "one"})
    assert (again.status_code, again.json()["facts"]) == (200, [fact]), "the same word, said twice"
    assert (answer.json()["repeated"], again.json()["repeated"]) == (False, True)
    served.settled()
    late = post(served, f"{path}/approve", {"actor": "john"})
    assert (late.status_code, "isn't proposed" in late.json()["detail"]) == (409, True)
    assert served.get("/purchase-orders/to-send")["items"][0]["part"] == "BELL"


def test_why_of_a_cancelled_order_says_how_it_was_covered(into_postgres: IntoPostgres, tmp_path: Path) -> None:
    chain = lives.planned()
    chain.live(1)
    chain.tell(CancelOrder(number="SO-1", reason="changed their mind")).plan()
    place = placed(into_postgres(chain), tmp_path)
    out = said(
        place.lotone("why", "SO-1"), "How it was covered, from the top down",
        "cancelled on 2026-03-03: changed their mind",
    )
    assert "How it is covered" not in out


def test_why_of_a_refused_order_says_why_it_was_refused(into_postgres: IntoPostgres, tmp_path: Path) -> None:
    chain = lives.planned()
    told = ordered("SO-3", 1)
    line = told.lines[0].model_copy(update={"options": (Choice(option="NONE", choice="X"),)})
    chain.tell(told.model_copy(update={"lines": (line,)})).plan()
    refused = next(fact for fact in chain.facts["orders"] if isinstance(fact, OrderRefused))
    place = placed(into_postgres(chain), tmp_path)
    out = said(
        place.lotone("why", refused.number), "is refused: nothing is planned for it", refused.problems[0].problem,
    )
    assert "How it is covered" not in out
    proof = place.lotone("why", refused.number, "--prove")
    assert (proof.code, "NOT PROVED: nothing about SO-3 is the planner's own" in proof.out) == (2, True), proof.out
