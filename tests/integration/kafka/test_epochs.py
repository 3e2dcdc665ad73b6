"""A ledger that lost facts says so and publishes nothing more; with new topics it goes on, and no event is lost."""

import signal
from collections.abc import Iterator
from pathlib import Path

import orjson
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from infra.ledger.postgres import PostgresLedger
from infra.ledger.verify import verify
from infra.postgres import connect
from tests.integration.commands import Place as Commands
from tests.integration.kafka.workers import Place, place
from tests.plant import SITE, event, part


def copied(dsn: str, name: str) -> str:
    """The database as it is now, under another name: what a backup, or a standby that is behind, would give back."""
    told = conninfo_to_dict(dsn)
    with psycopg.connect(make_conninfo(**{**told, "dbname": "postgres"}), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{told["dbname"]}"'.encode())
    return make_conninfo(**{**told, "dbname": name})


def stopped(there: Place) -> None:
    for process in there.running:
        process.send_signal(signal.SIGTERM)
    for process in there.running:
        assert process.wait(30) == 0, there.log(process)[-2000:]


def relayed(there: Place) -> int:
    with connect(there.dsn) as connection:
        found = connection.execute(
            "SELECT coalesce(sum(position), 0) FROM lotone.reader_cursor WHERE reader = %s", [f"relay/{there.prefix}"]
        ).fetchone()
        return int(found[0]) if found else 0


def followed(there: Place) -> int:
    """How many commands of inventory's the supplier's service has taken: it knows of no such order, so they wait."""
    return sum(there.outcomes(f"lotone/inventory/{shard}").get("parked", 0) for shard in range(2))


def received(number: str) -> bytes:
    told = {"part": "P-1", "site": "plant", "location": "DOCK", "quantity": {"amount": "5", "unit": "C62"}}
    return event("inventory.Received", number, {**told, "line": {"document": "PO-9", "line": 1}})


@pytest.fixture
def restored(empty_database: str, broker: str, prefix: str, tmp_path: Path) -> Iterator[Place]:
    """A ledger of before three events were decided, whose facts were published and followed up."""
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    with place(empty_database, broker, prefix, tmp_path / "first", forked=True) as there:
        there.worker("catalogue")
        there.publish_when_ready("catalogue", [SITE, part("P-1")])
        there.relay()
        there.until(lambda: relayed(there) == 2)
        stopped(there)
    before = copied(empty_database, f"{conninfo_to_dict(empty_database)['dbname']}_before")
    with place(empty_database, broker, prefix, tmp_path / "second", forked=True) as there:
        there.worker("catalogue")
        there.worker("inventory")
        there.relay()
        there.publish("catalogue", [part("P-2")])
        there.publish("inventory", [received("r-1"), received("r-2")])
        there.until(lambda: there.outcomes().get("decided") == 5)
        there.until(lambda: relayed(there) == 5)
        stopped(there)
    with place(before, broker, prefix, tmp_path, forked=True) as there:
        yield there


def test_a_worker_decides_nothing_in_the_places_of_facts_that_were_published_and_lost(restored: Place) -> None:
    before = restored.outcomes()
    for given in (["worker"], []):
        process = restored._start("inventory", ["services.inventory", *given], {})
        assert process.wait(60) not in (0, None)
        assert "it has lost facts" in restored.log(process)
    assert restored.outcomes() == before


def test_facts_that_were_lost_stop_the_relay_and_new_topics_bring_every_event_back(restored: Place) -> None:
    relay = restored.relay()
    assert relay.wait(60) not in (0, None)
    assert "it has lost facts" in restored.log(relay)
    assert "docs/operations.md" in restored.log(relay)
    restored.running.clear()
    old, restored.prefix = restored.prefix, f"{restored.prefix}2."
    command = Commands(restored.folder, restored.dsn, restored.environment)
    done = command.lotone("kafka", "carry", "--from", old, "--json", patience=90)
    assert done.code == 0, done.err
    assert orjson.loads(done.raw) == {"events": 3, "commands": 0, "refused": 0, "orphans": 2}
    for service in ("catalogue", "inventory", "supplier"):
        restored.worker(service)
    restored.relay()
    restored.until(lambda: restored.outcomes().get("decided") == 5)
    restored.until(lambda: followed(restored) == 2)
    restored.until(lambda: relayed(restored) == 5)
    with PostgresLedger(restored.dsn) as ledger:
        assert verify(ledger).ok
        assert ledger.rejected() == []
    again = command.lotone("kafka", "carry", "--from", old, patience=90)
    assert (again.code, "has taken from the new topics already" in again.err) == (1, True), again.err
    replayed = command.lotone("replay", "--json", patience=90)
    assert replayed.code == 0, replayed.err
    shards = orjson.loads(replayed.raw)["shards"]
    assert sum(shard["unkept"] for shard in shards) == 0, "what was taken before lies in the old topics"
    assert sum(shard["messages"] for shard in shards) >= 5
