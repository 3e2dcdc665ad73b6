"""The HTTP API of a real ``lotone up`` when something fails: killed, full, behind, a view stopped, no PostgreSQL."""

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from infra.embedded import EmbeddedPostgres
from projections.api.hosting import hosted
from tests.integration.asking import define, found, problem
from tests.integration.commands import BATCH, STRUCTURED, Place, Served
from tests.integration.lives import new_database
from tests.integration.processes import until
from tests.plant import SITE


@pytest.fixture(scope="module")
def troubled(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that each test leaves as it found it: ready."""
    there = Place(tmp_path_factory.mktemp("troubled"), new_database(postgres_server.dsn, "troubled"))
    with there.up(LOTONE_INTAKE_LIMIT="5") as served:
        prepared(served)
        yield served


def prepared(served: Served) -> None:
    served.publish(SITE.replace(b'"plant"', b'"kassel"'), define("API-1"))
    until(lambda: served.outcome("api", "define API-1")["status"] == "decided")


def taken(served: Served, *events: bytes) -> None:
    """Publish, once there is room."""
    body = b"[" + b",".join(events) + b"]"
    until(lambda: served.http.post("/events", content=body, headers=BATCH).status_code == 202)


def ready(served: Served) -> dict[str, Any]:
    told: dict[str, Any] = served.http.get("/readyz").json()
    return told


@contextmanager
def locked(served: Served, statement: str) -> Iterator[None]:
    """Hold a lock that somebody else needs."""
    assert served.place.dsn is not None
    with psycopg.connect(served.place.dsn) as holder, holder.transaction():
        holder.execute(statement.encode())
        yield


def test_what_was_taken_survives_a_kill_right_after_the_answer(place: Place) -> None:
    with place.up() as served:
        prepared(served)
        answers = served.publish(*(found(f"k-{number}") for number in range(50)))
        served.command.send(signal.SIGKILL)
        assert {answer["status"] for answer in answers} == {"taken"}
    with place.up() as served:
        for answer in answers:
            assert served.outcome("api", answer["id"])["status"] == "decided"


def test_a_full_intake_asks_to_come_again_and_takes_more_once_there_is_room(troubled: Served) -> None:
    with locked(troubled, "SELECT FROM lotone.shard FOR UPDATE"):
        taken(troubled, *(found(f"f-{number}") for number in range(5)))
        answer = troubled.http.post("/events", content=found("f-6"), headers=STRUCTURED)
        assert "wait to be decided" in problem(answer, 429)["detail"]
        assert int(answer.headers["retry-after"]) >= 1
        assert troubled.http.get("/events?source=api&id=f-6").status_code == 404
        assert troubled.get("/events?source=api&id=f-1")["status"] == "pending"
        assert sum(ready(troubled)["backlog"].values()) == 5
    until(lambda: ready(troubled)["backlog"] == {})
    taken(troubled, found("f-6"))
    assert troubled.outcome("api", "f-6")["status"] == "decided"


def test_the_lag_is_told_in_facts_and_in_seconds_of_the_oldest_one(troubled: Served) -> None:
    until(lambda: not any(view["behind_facts"] for view in ready(troubled)["views"]))
    with locked(troubled, "LOCK TABLE lotone.view_cursor IN SHARE MODE"):
        taken(troubled, found("l-1"), found("l-2"), found("l-3"))
        until(lambda: troubled.outcome("api", "l-3")["status"] == "decided")
        first = {view["view"]: view for view in ready(troubled)["views"]}
        assert first["stock_position"]["behind_facts"] == 3
        assert first["supplier_record"]["behind_facts"] == 0
        assert first["supplier_record"]["behind_seconds"] == 0
        until(lambda: ready(troubled)["views"][0]["behind_seconds"] > first["stock_position"]["behind_seconds"] + 0.05)
    until(lambda: not any(view["behind_facts"] for view in ready(troubled)["views"]))


def test_a_view_that_has_stopped_is_told_with_its_reason_and_the_others_go_on(troubled: Served) -> None:
    assert troubled.place.dsn is not None
    with psycopg.connect(troubled.place.dsn, autocommit=True) as hand:
        hand.execute("ALTER TABLE lotone.stock_bucket ADD CONSTRAINT poison CHECK (location <> 'RACK')")
        taken(troubled, found("v-1").replace(b"DOCK", b"RACK"), found("v-2"))
        until(lambda: not ready(troubled)["ready"])
        answer = troubled.http.get("/readyz")
        assert answer.status_code == 503
        assert "stock_position" in answer.json()["failures"][0]
        assert "poison" in answer.json()["failures"][0]
        assert 'lotone_view_failed{view="stock_position"} 1.0' in troubled.http.get("/metrics").text
        until(lambda: any(row["cause"] == "v-2" for row in troubled.get("/parts/API-1/movements")["items"]))
        hand.execute("ALTER TABLE lotone.stock_bucket DROP CONSTRAINT poison")
    assert troubled.place.lotone("rebuild", "stock_position").code == 0
    until(lambda: ready(troubled)["ready"])
    assert troubled.get("/stock/buckets", part="API-1", location="RACK")["items"]


def test_a_publisher_hears_within_seconds_that_postgresql_is_away(troubled: Served) -> None:
    with cut_off(troubled):
        for event in (found("p-1"), b"{}", found("p-2")):  # between two, the intake looks at its backlog
            began = time.monotonic()
            told = troubled.http.post("/events", content=event, headers=STRUCTURED)
            assert problem(told, 503)["status"] == 503
            assert time.monotonic() - began < 6, "the pool itself would wait for ten"
    until(lambda: ready(troubled)["ready"])


def test_a_reader_hears_within_seconds_that_postgresql_is_away_and_what_to_do(troubled: Served) -> None:
    asked = (
        "/stock", "/purchase-orders/to-chase", "/parts/API-1/available-to-promise?site=kassel", "/orders", "/rejected",
        "/parked", "/events?source=api&id=p-0", "/streams/catalogue/part/API-1",
    )
    with cut_off(troubled), ThreadPoolExecutor(len(asked)) as readers:
        began = time.monotonic()
        for path, told in zip(asked, readers.map(troubled.http.get, asked), strict=True):
            detail = problem(told, 503)["detail"]
            assert "PostgreSQL" in detail, (path, detail)
            assert "ask again" in detail, (path, detail)
            assert told.headers["retry-after"], path
        assert time.monotonic() - began < 6, "the pool itself would wait for ten"
    until(lambda: ready(troubled)["ready"])


def test_without_postgresql_it_says_so_and_goes_on_once_that_is_back_and_still_hosts(troubled: Served) -> None:
    with ThreadPoolExecutor(1) as publishers, cut_off(troubled):
        answer = troubled.http.get("/readyz")
        assert answer.status_code == 503
        assert "PostgreSQL" in answer.json()["failures"][-1]
        assert troubled.http.get("/healthz").status_code == 200
        assert "lotone_events_taken_total" in troubled.http.get("/metrics").text
        publishing = publishers.submit(troubled.http.post, "/events", content=found("g-1"), headers=STRUCTURED)
    until(lambda: ready(troubled)["ready"])
    told = publishing.result()
    if told.status_code != 202:  # it was told to come again, and nothing was taken
        assert told.headers["retry-after"] == "1"
        problem(told, 503)
        taken(troubled, found("g-1"))
    assert troubled.outcome("api", "g-1")["status"] == "decided"
    with troubled.place.store() as base:
        until(lambda: hosted(base))
    assert troubled.place.lotone("publish", "-", stdin=found("g-2")).code == 0
    assert ready(troubled)["ready"]


@contextmanager
def cut_off(served: Served) -> Iterator[None]:
    """Nobody can connect to the database any more, and whoever was connected is thrown out."""
    assert served.place.dsn is not None
    name = str(conninfo_to_dict(served.place.dsn)["dbname"])
    with psycopg.connect(make_conninfo(served.place.dsn, dbname="postgres"), autocommit=True) as hand:
        hand.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        hand.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            hand.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())


def test_many_publishers_at_once_are_each_answered_in_full(api: Served) -> None:
    answers: list[list[dict[str, Any]]] = []

    def publish(number: int) -> None:
        answers.append(api.publish(*(found(f"many-{number}-{at}") for at in range(20)), b'"bad"'))

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(answer) for answer in answers) == [21] * 8
    told = [each["id"] for answer in answers for each in answer if each["status"] == "taken"]
    assert len(set(told)) == 160


def test_keys_and_ledger_that_do_not_belong_together_are_told(place: Place, tmp_path: Path) -> None:
    with place.up() as served:
        served.publish(b'"not an event"')
    with place.up(LOTONE_KEYS=str(tmp_path / "other.db")) as served:
        assert "LOTONE_KEYS" in problem(served.http.get("/rejected/1"), 500)["detail"]
