"""The HTTP API of a real ``lotone up``: publishing, and what became of it."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from infra.metrics import CATALOGUE, RELAY_LAG_FACTS
from projections.views import VIEWS
from tests.integration.asking import DOOR, define, found, problem
from tests.integration.commands import BATCH, STRUCTURED, Served
from tests.integration.processes import until
from tests.plant import event

# -- publishing --------------------------------------------------------------------------------------------------------


def test_one_event_in_structured_mode_is_taken_and_then_decided_with_its_facts(api: Served) -> None:
    answer = api.http.post("/events", content=found("s-1"), headers=STRUCTURED)
    assert answer.status_code == 202
    assert answer.json() == {"source": "api", "id": "s-1", "status": "taken", "outcome": "/events/api/s-1"}
    outcome = api.outcome("api", "s-1")
    assert outcome["status"] == "decided"
    assert [fact["type"] for fact in outcome["facts"]] == ["StockFound.v1"]
    assert outcome["facts"][0]["cause"] == "s-1"
    assert api.get(answer.json()["outcome"]) == outcome


def test_one_event_in_binary_mode_has_percent_encoded_headers_and_its_data_as_the_body(api: Served) -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": quote("b 1 ü"),
        "ce-source": "api",
        "ce-type": "lotone.inventory.Found.v1",
        "ce-time": "2026-03-02T06:00:00Z",
        "ce-actor": quote("Zoë's scanner"),
        "content-type": "application/json",
    }
    answer = api.http.post("/events", content=orjson.dumps(DOOR), headers=headers)
    assert answer.status_code == 202, answer.text
    outcome = api.outcome("api", "b 1 ü")
    assert outcome["facts"][0]["actor"] == "Zoë's scanner"


def test_a_binary_event_that_is_invalid_is_kept_with_its_headers_and_its_body(api: Served) -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "b-2", "ce-source": "api", "ce-type": "no.such.type", "ce-time": "x"}
    problem(api.http.post("/events", content=b'{"a":\xff}', headers=headers), 400)
    headers["ce-time"] = "2026-03-02T06:00:00Z"
    problem(api.http.post("/events", content=b'{"a":\xff}', headers=headers), 400)
    number = api.outcome("api", "b-2")["rejected"]
    kept = api.http.get(f"/rejected/{number}/original").content
    assert kept.endswith(b'\r\n\r\n{"a":\xff}')
    assert b"ce-type: no.such.type\r\n" in kept


def test_each_event_of_a_mixed_batch_is_answered_in_its_place_with_field_problem_and_remedy(api: Served) -> None:
    bad = found("m-2", amount="a few")
    answers = api.publish(found("m-1"), bad, b"17", found("m-3"), event("inventory.Nothing", "m-4", {}, source="api"))
    assert [answer["status"] for answer in answers] == ["taken", "invalid", "invalid", "taken", "invalid"]
    assert [answer["id"] for answer in answers] == ["m-1", "m-2", None, "m-3", "m-4"]
    assert answers[1]["problems"] == [
        {
            "field": "data.quantity.amount",
            "problem": '"a few" is not a number',
            "remedy": 'write it as text, like "12.5"',
        }
    ]
    assert all(each["problem"] and each["remedy"] for answer in answers for each in answer.get("problems", ()))
    refused = api.outcome("api", "m-2")
    assert (refused["status"], refused["problems"]) == ("rejected", answers[1]["problems"])
    assert api.http.get(f"/rejected/{refused['rejected']}/original").content == bad
    assert api.outcome("api", "m-3")["status"] == "decided"


def test_an_empty_batch_is_no_trouble(api: Served) -> None:
    assert api.publish() == []


@pytest.mark.parametrize("body", [b"{}", b"nothing", b"", b"[1,", b"\xff\xfe[", b"[" * 100_000])
def test_what_is_no_batch_is_a_problem_and_is_kept(api: Served, body: bytes) -> None:
    told = problem(api.http.post("/events", content=body, headers=BATCH), 400)
    assert told["errors"][0]["remedy"] == "send a JSON array of CloudEvents"
    last = api.get("/rejected", limit=1000)[-1]
    assert api.http.get(f"/rejected/{last['number']}/original").content == body


def test_another_content_type_is_told_what_to_send(api: Served) -> None:
    told = problem(api.http.post("/events", content=b"x", headers={"content-type": "text/html"}), 400)
    assert "application/cloudevents+json" in told["errors"][0]["remedy"]
    problem(api.http.post("/events", content=b"x"), 400)


def test_too_large_a_body_is_refused_whole_however_it_is_sent(api: Served) -> None:
    def drip() -> Any:
        for _ in range(17):
            yield b" " * 2**20

    assert "bytes" in problem(api.http.post("/events", content=b" " * (17 * 2**20), headers=STRUCTURED), 413)["detail"]
    problem(api.http.post("/events", content=drip(), headers=STRUCTURED), 413)


def test_too_many_events_in_a_batch_are_refused_whole(api: Served) -> None:
    told = problem(api.http.post("/events", content=b"[" + b",".join([b"1"] * 10_001) + b"]", headers=BATCH), 413)
    assert told["detail"] == "10001 events; send at most 10000 in one batch"


# -- outcomes ----------------------------------------------------------------------------------------------------------

AWKWARD = [
    "with/slash",
    "/",
    "a/",
    "with blank",
    "ünïcödé-部品",
    "50%2F50",
    "%",
    "a#b?c&d=e",
    ".",
    "..",
    "a//b",
    "http://erp.example/x?y#z",
    "+",
    "\\",
    '"',
    "retry#retry-7",
]


@pytest.mark.parametrize("name", AWKWARD)
def test_an_outcome_is_found_at_the_address_it_was_promised_whatever_the_id_and_source(api: Served, name: str) -> None:
    for source, id_ in (("api", name), (name, "x"), (name, name)):
        answer = api.http.post("/events", content=found(id_, source=source), headers=STRUCTURED)
        assert answer.status_code == 202, answer.text
        told = api.get(answer.json()["outcome"])
        assert (told["source"], told["id"]) == (source, id_)
        assert api.get("/events", source=source, id=id_)["id"] == id_


def test_a_repeat_changes_nothing_and_is_counted(api: Served) -> None:
    api.publish(found("r-1"))
    first = api.outcome("api", "r-1")
    assert (first["repeated"], first["repeats"]) == (False, 0)
    api.publish(found("r-1"), found("r-1"))
    until(lambda: api.outcome("api", "r-1")["repeats"] == 2)
    again = api.outcome("api", "r-1")
    assert again["repeated"]
    assert again["facts"] == first["facts"]


def test_another_content_under_the_same_id_is_a_contradiction_and_the_first_stands(api: Served) -> None:
    api.publish(found("c-1"))
    first = api.outcome("api", "c-1")
    api.publish(found("c-1", amount="6"))
    until(lambda: api.outcome("api", "c-1")["contradictions"])
    told = api.outcome("api", "c-1")
    assert told["facts"] == first["facts"]
    number = told["contradictions"][0]["rejected"]
    assert "other content" in api.get(f"/rejected/{number}")["problems"][0]["problem"]


def test_what_refers_to_something_unknown_is_parked_and_decided_once_that_comes(api: Served) -> None:
    api.publish(found("p-1", part="LATE/PART"))
    told = api.outcome("api", "p-1")
    assert (told["status"], told["waits_for"]) == ("parked", ["part/LATE/PART"])
    assert datetime.fromisoformat(told["until"]) > datetime.now(UTC)
    waiting = [line for line in api.get("/parked", domain="inventory") if line["id"] == "p-1"]
    assert waiting[0]["waits_for"] == ["part/LATE/PART"]
    assert api.get("/parked", domain="suppliers") == []
    api.publish(define("LATE/PART"))
    until(lambda: api.outcome("api", "p-1")["status"] == "decided")


def test_a_request_that_a_service_refuses_says_why(api: Served) -> None:
    told = {"part": "API-1", "lines": [{"line": 1, "component": "API-1", "quantity": {"amount": "1", "unit": "C62"}}]}
    api.publish(event("catalogue.DefineBill", "j-1", told, source="api"))
    outcome = api.outcome("api", "j-1")
    assert outcome["status"] == "rejected"
    assert outcome["problems"][0]["remedy"]
    line = api.get(f"/rejected/{outcome['rejected']}")
    assert (line["domain"], line["id"], line["problems"]) == ("catalogue", "j-1", outcome["problems"])
    kept = orjson.loads(line["original"])
    assert (kept["id"], kept["data"]["part"], kept["data"]["lines"][0]["component"]) == ("j-1", "API-1", "API-1")


def test_an_event_that_nobody_published_is_not_found(api: Served) -> None:
    for path in ("/events/api/never", "/events?source=api&id=never", "/events/never", "/events/a%2Fb/c%2F"):
        problem(api.http.get(path), 404)


# -- operations --------------------------------------------------------------------------------------------------------


def metrics(api: Served) -> dict[str, float]:
    lines = api.http.get("/metrics").text.splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[:1] != "#")}


def test_every_metric_of_the_catalogue_is_told(api: Served) -> None:
    told = metrics(api)
    for metric in (metric for metric in CATALOGUE if metric is not RELAY_LAG_FACTS):  # only the relay tells that
        labels = {name for name in told if name.split("{")[0].startswith(metric.name)}
        assert labels, metric.name
        assert all(f'{label}="' in name for label in metric.labels for name in labels), metric.name
    assert sum(value for name, value in told.items() if name.startswith("lotone_ledger_head")) > 500


def test_the_door_counts_what_it_takes_and_what_it_refuses(api: Served) -> None:
    before = metrics(api)
    api.publish(found("count-1"), found("count-2"), b"{}")
    after = metrics(api)
    assert after["lotone_events_taken_total"] - before["lotone_events_taken_total"] == 2
    assert after["lotone_events_invalid_total"] - before["lotone_events_invalid_total"] == 1
    assert after["lotone_intake_seconds_count"] - before["lotone_intake_seconds_count"] == 1
    assert after["lotone_rejected"] > before["lotone_rejected"]


def test_it_is_alive_and_ready(api: Served) -> None:
    api.settled()
    assert api.get("/healthz") == {"status": "alive"}
    told = api.get("/readyz")
    assert (told["ready"], told["failures"], told["backlog"]) == (True, [], {})
    assert {view["view"]: (view["behind_facts"], view["behind_seconds"]) for view in told["views"]} == dict.fromkeys(
        (view.name for view in VIEWS), (0, 0.0)
    )


@pytest.mark.parametrize("path", ["/", "/nowhere", "/stock/nowhere", "/events/"])
def test_an_unknown_address_is_a_problem(api: Served, path: str) -> None:
    assert "docs" in problem(api.http.get(path), 404)["detail"] or path == "/events/"


def test_another_method_is_a_problem_that_names_what_is_taken(api: Served) -> None:
    answer = api.http.put("/events", content=b"{}")
    assert "GET, POST" in problem(answer, 405)["detail"]
    assert answer.headers["allow"] == "GET, POST"
    problem(api.http.post("/stock"), 405)
