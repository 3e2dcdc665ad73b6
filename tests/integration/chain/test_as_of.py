"""What is told as of a point of history is what was told live, when the views stood there: whatever befell."""

import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
import psycopg
import pytest

from infra.ledger.postgres import PostgresLedger
from projections.as_of import history
from projections.chain_as_of import order_as_of, run_as_of
from projections.order_board_queries import order
from projections.run_board_queries import run
from projections.stock_as_of import stock_as_of
from projections.stock_position_queries import part_stock
from tests import known_chains as lives
from tests.chain import Chain
from tests.integration.chain.conftest import Told
from tests.integration.chain.serving import get
from tests.mischief import ALL, maker

pytestmark = pytest.mark.postgres
IntoPostgres = Callable[[Chain], Told]
PARTS = ("BIKE", "FRAME", "WHEEL", "SADDLE", "BOLT", "GEL")
Answers = dict[tuple[str, str], Any]


def whatever(seed: int) -> Chain:
    """A life in which anything may befall."""
    chance = random.Random(seed)
    chain = maker()
    chain.plan()
    for _ in range(24):
        chance.choice(ALL)(chain, chance.randrange(1000))
        chain.plan()
    return chain


def live(connection: Any, names: Mapping[str, list[str]]) -> Answers:
    asked = {"order": order, "run": run, "part": part_stock}
    return {(kind, id_): told(asked[kind](connection, id_)) for kind, ids in names.items() for id_ in ids}


def told(answer: Any) -> Any:
    return None if answer is None else answer.model_dump(mode="json", exclude={"at"})


def as_of(connection: Any, ledger: PostgresLedger, names: Mapping[str, list[str]], point: str, now: Any) -> Answers:
    then = history(ledger, point, now)
    asked = {"order": order_as_of, "run": run_as_of, "part": stock_as_of}
    return {(kind, id_): told(asked[kind](connection, then, id_)) for kind, ids in names.items() for id_ in ids}


def names_of(chain: Chain) -> dict[str, list[str]]:
    facts = chain.facts["orders"]
    return {
        "order": sorted({fact.number for fact in facts if hasattr(fact, "number")}),
        "run": sorted({fact.run for fact in facts if hasattr(fact, "run")}), "part": list(PARTS),
    }


LIVES = [lives.built, lives.sent, lives.troubled, *(partial(whatever, seed) for seed in range(4))]


@pytest.mark.parametrize("life", LIVES)
def test_as_of_a_vector_is_what_was_told_when_the_views_stood_there(
    life: Callable[[], Chain], empty_database: str, into_postgres: IntoPostgres, reader: psycopg.Connection[Any]
) -> None:
    chain = life()
    names, chance = names_of(chain), random.Random(1)
    kept, chain.records = chain.records, {domain: [] for domain in chain.records}
    there = into_postgres(chain)
    heard: list[tuple[str, Answers]] = []
    done = dict.fromkeys(kept, 0)
    while any(done[domain] < len(kept[domain]) for domain in kept):
        for domain in kept:
            done[domain] += chance.randrange(len(kept[domain]) // 3 + 2)
            chain.records[domain] = kept[domain][: done[domain]]
            done[domain] = len(chain.records[domain])
        there.catch_up()
        vector = ",".join(f"{domain}/0:{position}" for domain, position in done.items())
        heard.append((vector, live(reader, names)))
    for vector, answers in heard:
        found = as_of(reader, there.ledger, names, vector, chain.now)
        for key, answer in answers.items():
            assert found[key] == answer, (key, vector)
    assert any(answer for _, answers in heard for answer in answers.values())


def vector(told_: Told, **positions: int) -> str:
    """Every shard at its head, but for those that are given."""
    heads = {domain: len(records) for domain, records in told_.chain.records.items()} | positions
    return ",".join(f"{domain}/0:{position}" for domain, position in heads.items())


def test_as_of_now_is_what_is_told_now(into_postgres: IntoPostgres) -> None:
    there = into_postgres(lives.built())
    now, run_ = there.chain.now.isoformat(), there.get("/runs", order="SO-1")["items"][0]["run"]
    paths = ["/orders/SO-1", f"/runs/{run_}", *(f"/parts/{part}/stock" for part in ("WHEEL", "SADDLE"))]
    for path in paths:
        now_told, then = there.get(path), there.get(path, as_of=now)
        assert {**then, "at": None} == {**now_told, "at": None}, path
        assert there.get(path, as_of=orjson.dumps(now_told["at"]).decode()) == then, "what `at` says may be given back"
    assert there.get("/stock", part="WHEEL", as_of=now)["items"] == there.get("/stock", part="WHEEL")["items"]
    assert there.get("/orders/SO-1", as_of=now)["at"] == {"as_of": {
        f"{domain}/0": len(there.chain.records[domain])
        for domain in ("catalogue", "orders", "inventory", "suppliers", "logistics", "planning")
    }}


def test_as_of_a_vector_is_exactly_what_had_been_read(into_postgres: IntoPostgres) -> None:
    there = into_postgres(lives.built())
    placed = there.get("/orders/SO-1", as_of=vector(there, orders=1))
    assert (placed["order"]["state"], placed["schedules"]) == ("placed", [])
    accepted = there.get("/orders/SO-1", as_of=vector(there, orders=2))
    assert (accepted["order"]["state"], accepted["schedules"][0]["runs"]) == ("accepted", [])
    assert accepted["schedules"][0]["promised"] == "2026-03-20"
    assert get(there.app, "/orders/SO-1", as_of=vector(there, orders=0)).status_code == 404
    first = there.get("/stock", part="WHEEL", as_of=vector(there, suppliers=0))["items"][0]
    assert (first["on_hand"], first["on_order"]) == ("8", "0"), "nothing of the suppliers was meant"


def test_as_of_a_time_is_what_had_been_recorded_by_then(into_postgres: IntoPostgres) -> None:
    there = into_postgres(lives.built())
    day = there.chain.records["orders"][0].recorded_at
    run_ = there.get("/runs", order="SO-1")["items"][0]["run"]
    assert there.get(f"/runs/{run_}", as_of=day.isoformat())["run"]["state"] == "scheduled"
    before = (day - timedelta(seconds=1)).isoformat()
    assert get(there.app, f"/runs/{run_}", as_of=before).status_code == 404


@pytest.mark.parametrize("point", ["yesterday", "orders/9:1", "orders/0:many", "nowhere/0:1", "{broken/", "2026-03-01"])
def test_what_is_no_point_in_history_is_told_what_would_be_one(into_postgres: IntoPostgres, point: str) -> None:
    there = into_postgres(lives.planned())
    answer = get(there.app, "/orders/SO-1", as_of=point)
    assert (answer.status_code, "inventory/0:1204" in answer.json()["detail"]) == (422, True), answer.text
    assert answer.json()["errors"][0]["field"] == "query.as_of"


def test_a_time_still_to_come_is_no_point_in_history(into_postgres: IntoPostgres) -> None:
    there = into_postgres(lives.planned())
    later = (there.chain.now + timedelta(seconds=1)).isoformat()
    newest = max(at.recorded_at for records in there.chain.records.values() for at in records)
    for path in ("/orders/SO-1", "/runs/R1-1", "/parts/WHEEL/stock"):
        answer = get(there.app, path, as_of=later)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "query.as_of"), path
        assert newest.isoformat() in answer.json()["detail"], "it says how far history goes"


def test_a_vector_beyond_the_heads_or_without_a_shard_is_refused(into_postgres: IntoPostgres) -> None:
    there = into_postgres(lives.planned())
    head = len(there.chain.records["orders"])
    beyond = get(there.app, "/orders/SO-1", as_of=vector(there, orders=head + 1))
    assert (beyond.status_code, f"orders/0 has {head} facts" in beyond.json()["detail"]) == (422, True), beyond.text
    without = get(there.app, "/orders/SO-1", as_of="catalogue/0:1,inventory/0:1")
    assert without.status_code == 422, "else it would read as an order that nobody had placed"
    assert "leaves out orders/0, suppliers/0, logistics/0, planning/0" in without.json()["detail"]
    assert get(there.app, "/parts/WHEEL/stock", as_of="inventory/0:1").status_code == 422
    assert get(there.app, "/parts/WHEEL/stock", as_of="inventory/0:1,suppliers/0:0").status_code == 200
    twice = get(there.app, "/orders/SO-1", as_of='{"a": {"orders/0": 1}, "b": {"orders/0": 2}}')
    assert (twice.status_code, "said twice" in twice.json()["detail"]) == (422, True)
