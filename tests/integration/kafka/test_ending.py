"""Told to end in the midst of its work, a process loses nothing and does nothing twice."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.kafka.brokers import Brokers
from infra.kafka.cluster import Cluster
from infra.kafka.fetching import Fetcher
from infra.kafka.records import header
from infra.ledger.postgres import PostgresLedger
from infra.ledger.verify import verify
from infra.postgres import connect
from tests.integration.kafka.workers import Place, place
from tests.plant import SITE, event, part

EVENTS = 3_000


@pytest.fixture
def there(empty_database: str, broker: str, prefix: str, tmp_path: Path) -> Iterator[Place]:
    with place(empty_database, broker, prefix, tmp_path) as made:
        yield made


def site(number: int) -> bytes:
    told = SITE.replace(b'"plant"', f'"plant-{number}"'.encode())
    return told.replace(b'"site"', f'"site-{number}"'.encode())


def found(number: int) -> bytes:
    told = {"part": "P-1", "site": f"plant-{number % 7}", "location": "DOCK"}
    return event("inventory.Found", f"found-{number}", {**told, "quantity": {"amount": "1", "unit": "C62"}})


def published(there: Place) -> list[tuple[int, int]]:
    """Shard and position of each record in inventory's topic of facts."""
    fetcher, topic = Fetcher(Brokers(there.bootstrap)), f"{there.prefix}inventory.facts"
    told: list[tuple[int, int]] = []
    for shard in range(2):
        _, end = fetcher.bounds((topic, shard))
        offset = 0
        while offset < end:
            records = fetcher.read((topic, shard), offset, 5_000, end)
            told += [(shard, int(header(one.headers, "lotone_position") or b"0")) for one in records]
            offset = records[-1].offset + 1
    fetcher.close()
    return told


def head(there: Place, reader: str | None = None) -> int:
    """How many facts inventory has, or a reader has passed on of them."""
    said = "SELECT coalesce(sum(head), 0) FROM lotone.shard WHERE domain = 'inventory'"
    if reader is not None:
        said = "SELECT coalesce(sum(position), 0) FROM lotone.reader_cursor WHERE domain = 'inventory' AND reader = %s"
    with connect(there.dsn) as connection:
        row = connection.execute(said.encode(), [reader] if reader else []).fetchone()
        return int(row[0]) if row else 0


def test_workers_and_relays_that_are_told_to_end_again_and_again_do_each_thing_once(there: Place) -> None:
    there.worker("catalogue")
    there.publish_when_ready("catalogue", [*map(site, range(7)), part("P-1")])
    there.until(lambda: there.outcomes().get("decided") == 8)
    there.publish("inventory", map(found, range(EVENTS)))
    for turn in range(2):
        worker, relay = there.worker("inventory", LOTONE_BATCH="100"), there.relay()
        there.until(lambda: head(there) > (turn + 1) * EVENTS / 6)  # noqa: B023
        there.until(lambda: head(there, f"relay/{there.prefix}") > turn * EVENTS / 6)  # noqa: B023
        for process in (worker, relay):
            process.send_signal(signal.SIGTERM)
        for process in (worker, relay):
            assert process.wait(30) == 0, there.log(process)[-2000:]
        for process in (worker, relay):
            assert "error" not in there.log(process), there.log(process)[-2000:]
        for process in (worker, relay):
            there.running.remove(process)
    there.worker("inventory")
    there.relay()
    there.until(lambda: there.outcomes().get("decided") == EVENTS + 8)
    there.until(lambda: head(there, f"relay/{there.prefix}") == head(there) == EVENTS)
    told = Counter(published(there))
    assert len(told) == EVENTS
    assert max(told.values()) == 1, "published twice"
    with PostgresLedger(there.dsn) as ledger:
        assert verify(ledger).ok
        assert ledger.rejected() == []


def test_who_is_told_to_end_while_no_broker_is_there_does(empty_database: str, prefix: str, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "kafka")
    try:
        cluster.up()
        with place(empty_database, cluster.bootstrap, prefix, tmp_path) as there:
            worker, relay = there.worker("catalogue"), there.relay()
            there.until(lambda: "owning" in there.log(worker) and "relaying" in there.log(relay))
            (node,) = cluster.nodes()
            assert node.pid is not None
            os.kill(node.pid, signal.SIGKILL)
            there.until(lambda: "Failed fetch messages" in there.log(worker))
            for process in (worker, relay):
                process.send_signal(signal.SIGTERM)
            for process in (worker, relay):
                assert process.wait(30) == 0, there.log(process)[-2000:]
    finally:
        cluster.down()
