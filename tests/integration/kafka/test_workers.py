"""Workers share a service's shards, take them over from each other, and every event is taken once."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition

from infra.kafka.cluster import Cluster
from infra.ledger.postgres import PostgresLedger
from infra.ledger.verify import verify
from infra.postgres import connect
from infra.queue.port import INTAKE
from tests.integration.kafka.workers import Place, place
from tests.plant import SITE, event, part

PARTS = [f"P-{number}" for number in range(20)]


def found(number: int) -> bytes:
    """Stock turned up."""
    told = {"part": PARTS[number % 20], "site": "plant", "location": "DOCK"}
    return event("inventory.Found", f"found-{number}", {**told, "quantity": {"amount": "1", "unit": "C62"}})


@pytest.fixture
def there(empty_database: str, broker: str, prefix: str, tmp_path: Path) -> Iterator[Place]:
    with place(empty_database, broker, prefix, tmp_path, forked=True) as made:
        yield made


@pytest.fixture
def known(there: Place) -> Place:
    """The catalogue has its worker, and knows the parts."""
    there.worker("catalogue")
    there.publish_when_ready("catalogue", [SITE, *map(part, PARTS)])
    there.until(lambda: there.outcomes().get("decided") == 21)
    return there


def whole(there: Place) -> None:
    """The chains are whole, and each event has one fact."""
    with PostgresLedger(there.dsn) as ledger:
        report = verify(ledger)
        assert report.ok, report.wrong
    with connect(there.dsn) as connection:
        causes = connection.execute("SELECT cause, count(*) FROM lotone.fact GROUP BY cause HAVING count(*) > 1")
        assert causes.fetchall() == []


def test_two_workers_share_the_shards_and_one_takes_over_from_one_that_was_killed(known: Place) -> None:
    first = known.worker("inventory")
    known.until(lambda: len(known.owners("inventory")) == 2)
    known.publish("inventory", map(found, range(500)))
    known.worker("inventory")
    known.until(lambda: len(set(known.owners("inventory").values())) == 2)
    known.publish("inventory", map(found, range(500, 1500)))
    first.kill()
    known.publish("inventory", map(found, range(1500, 2000)))
    known.until(lambda: known.outcomes().get("decided") == 2021)
    known.until(lambda: len(set(known.owners("inventory").values())) == 1)
    assert known.facts("StockFound") == 2000
    whole(known)


def test_a_worker_that_is_told_to_end_leaves_at_once_and_without_an_error(known: Place) -> None:
    first, second = known.worker("inventory"), known.worker("inventory")
    known.until(lambda: len(set(known.owners("inventory").values())) == 2)
    known.publish("inventory", map(found, range(200)))
    first.send_signal(signal.SIGTERM)
    assert first.wait(30) == 0, known.log(first)
    known.running.remove(first)
    known.until(lambda: known.outcomes().get("decided") == 221, patience=5)
    assert second.poll() is None
    whole(known)


def test_a_worker_that_was_frozen_wakes_up_and_takes_nothing_that_is_not_its_own_any_more(known: Place) -> None:
    first = known.worker("inventory")
    known.until(lambda: len(known.owners("inventory")) == 2)
    before = known.owners("inventory")
    first.send_signal(signal.SIGSTOP)
    known.worker("inventory")
    known.until(lambda: len(known.owners("inventory")) == 2 and known.owners("inventory") != before)
    known.publish("inventory", map(found, range(100)))
    known.until(lambda: known.outcomes().get("decided") == 121)
    first.send_signal(signal.SIGCONT)
    known.running.remove(first)
    known.publish("inventory", map(found, range(100, 200)))
    known.until(lambda: known.outcomes().get("decided") == 221)
    assert known.facts("StockFound") == 200
    whole(known)
    first.kill()
    first.wait()


@pytest.mark.parametrize("point", ["append.before", "append.in", "append.after", "queue.put.before", "queue.put.after"])
def test_a_worker_that_dies_at_any_point_leaves_all_to_the_next(known: Place, point: str) -> None:
    """``queue.put`` is reached where what lay on a wrong partition is sent on."""
    first = known.worker("inventory", LOTONE_CRASH_AT=f"{point}:2")
    known.until(lambda: len(known.owners("inventory")) == 2)
    for chunk in range(5):
        known.publish("inventory", map(found, range(chunk * 100, chunk * 100 + 100)))
        known.until(lambda: first.poll() is not None or known.outcomes().get("decided") == 21 + 100 * (chunk + 1))  # noqa: B023
    assert first.wait(30) == -signal.SIGKILL
    known.worker("inventory")
    known.until(lambda: known.outcomes().get("decided") == 521)
    assert known.facts("StockFound") == 500
    whole(known)


def test_brokers_that_are_away_for_a_while_are_waited_for(
    empty_database: str, prefix: str, tmp_path: Path
) -> None:
    cluster = Cluster(tmp_path / "kafka")
    cluster.up()
    try:
        with place(empty_database, cluster.bootstrap, prefix, tmp_path, forked=True) as there:
            there.worker("catalogue")
            there.publish_when_ready("catalogue", [SITE, *map(part, PARTS)])
            there.until(lambda: there.outcomes().get("decided") == 21)
            there.worker("inventory")
            there.relay()
            there.until(lambda: len(there.owners("inventory")) == 2)
            there.publish("inventory", map(found, range(100)))
            cluster.down()
            cluster.up()
            there.publish("inventory", map(found, range(100, 200)))
            there.until(lambda: there.outcomes().get("decided") == 221)
            there.until(lambda: relayed(there) == 221)
            whole(there)
    finally:
        cluster.down()


def test_a_database_that_ends_every_session_for_a_while_is_waited_for(known: Place) -> None:
    worker = known.worker("inventory")
    known.until(lambda: len(known.owners("inventory")) == 2)
    known.publish("inventory", map(found, range(3000)))
    with connect(known.dsn) as connection:

        def ended() -> bool:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return time.monotonic() > began + 3

        began = time.monotonic()
        known.until(ended)
    known.until(lambda: known.outcomes().get("decided") == 3021)
    assert worker.poll() is None
    whole(known)


def relayed(there: Place) -> int:
    """How many facts the relay has published."""
    with connect(there.dsn) as connection:
        return sum(
            position
            for (position,) in connection.execute(
                "SELECT position FROM lotone.reader_cursor WHERE reader LIKE 'relay/%'"
            ).fetchall()
        )


def test_more_workers_than_shards_stand_by(known: Place) -> None:
    standby = known.worker("catalogue")
    known.until(lambda: len(known.owners("catalogue")) == 1)
    first = known.running[0]
    first.kill()
    known.publish("catalogue", [part("P-NEW")])
    known.until(lambda: known.outcomes().get("decided") == 22)
    assert standby.poll() is None


def test_every_mode_and_every_client_gives_the_same_and_what_is_not_fit_is_kept(known: Place) -> None:
    """Headers or one JSON, kafka-python or librdkafka, on the right partition or a wrong one: each is taken once."""
    told = orjson.loads(found(1))
    data = orjson.dumps(told.pop("data"))
    headers = [(f"ce_{name}", str(value).encode()) for name, value in told.items()]
    topic = f"{known.prefix}inventory.intake"
    producer = KafkaProducer(bootstrap_servers=known.bootstrap)
    for partition in (0, 1):
        producer.send(topic, data, b"key", [*headers, ("content-type", b"application/json")], partition=partition)
        producer.send(topic, b'{"no": "event"}', partition=partition)
    producer.send(f"{known.prefix}suppliers.intake", found(2), partition=0)
    producer.flush()
    producer.close()
    for compression in ("none", "gzip", "snappy", "lz4", "zstd"):
        known.publish("inventory", [found(1)], compression)
    known.worker("inventory")
    known.worker("supplier")
    known.until(lambda: known.outcomes().get("decided") == 23)
    known.until(lambda: refused(known) == 2)
    known.until(lambda: repeats(known) == 6)
    assert known.facts("StockFound") == 2


def refused(there: Place) -> int:
    with PostgresLedger(there.dsn) as ledger:
        return len(ledger.rejected())


def repeats(there: Place) -> int:
    with connect(there.dsn) as connection:
        found = connection.execute("SELECT repeats FROM lotone.taken WHERE id = 'found-1'").fetchone()
        return found[0] if found else 0


def test_a_worker_whose_records_were_deleted_does_not_begin(known: Place) -> None:
    known.publish("inventory", map(found, range(50)))
    admin = KafkaAdminClient(bootstrap_servers=known.bootstrap)
    admin.delete_records({TopicPartition(f"{known.prefix}inventory.{INTAKE}", 0): 5})
    admin.close()
    worker = known.worker("inventory")
    assert worker.wait(60) not in (0, None)
    assert "5 records were deleted before they were taken" in known.log(worker)
    known.running.remove(worker)
