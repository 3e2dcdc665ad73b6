"""The same event, by whatever client and in whichever mode of the CloudEvents binding it is published, is one fact."""

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import orjson
import pytest
from confluent_kafka import Producer
from kafka import KafkaProducer

from infra.postgres import connect
from tests.integration.kafka.workers import Place, place
from tests.plant import SITE, event, part

CLIENTS: Final = ("kafka-python", "confluent-kafka", "kcat")
Headers = Sequence[tuple[str, bytes]]
Send = Callable[[str, str, Headers, bytes], None]


def by_kafka_python(bootstrap: str, topic: str, headers: Headers, value: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    producer.send(topic, value, b"any", list(headers)).get(30)
    producer.close()


def by_confluent(bootstrap: str, topic: str, headers: Headers, value: bytes) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 2})
    producer.produce(topic, value, b"any", headers=list(headers))
    assert producer.flush(30) == 0


def by_kcat(bootstrap: str, topic: str, headers: Headers, value: bytes) -> None:
    told = [word for name, content in headers for word in ("-H", f"{name}={content.decode()}")]
    command = ["kcat", "-P", "-b", bootstrap, "-t", topic, "-k", "any", *told]
    subprocess.run(command, input=value, check=True, timeout=60)


SENDS: Final[dict[str, Send]] = {
    "kafka-python": by_kafka_python, "confluent-kafka": by_confluent, "kcat": by_kcat,
}  # fmt: skip


def found(number: str) -> bytes:
    """Stock turned up, told by somebody whose name no header may change."""
    told = {"part": "P-1", "site": "plant", "location": "DOCK", "quantity": {"amount": "1", "unit": "C62"}}
    return event("inventory.Found", number, told, actor="Zoë 100%41")


def structured(raw: bytes) -> tuple[Headers, bytes]:
    return [("content-type", b"application/cloudevents+json; charset=utf-8")], raw


def binary(raw: bytes) -> tuple[Headers, bytes]:
    told = orjson.loads(raw)
    data = orjson.dumps(told.pop("data"))
    attributes = [(f"ce_{name}", str(text).encode()) for name, text in told.items()]
    return [*attributes, ("content-type", b"application/json")], data


@pytest.fixture
def there(empty_database: str, broker: str, prefix: str, tmp_path: Path) -> Iterator[Place]:
    with place(empty_database, broker, prefix, tmp_path, forked=True) as made:
        made.worker("catalogue")
        made.publish_when_ready("catalogue", [SITE, part("P-1")])
        made.until(lambda: made.outcomes().get("decided") == 2)
        yield made


def facts(there: Place) -> dict[str, tuple[object, ...]]:
    """What was decided, and who is said to have told it, by the id of the event."""
    with connect(there.dsn) as connection:
        rows = connection.execute(
            "SELECT t.id, f.type, f.data, f.actor, f.occurred_at FROM lotone.fact AS f JOIN lotone.taken AS t "
            "ON t.domain = f.domain AND t.shard = f.shard AND f.position BETWEEN t.first AND t.last "
            "WHERE f.domain = 'inventory'"
        ).fetchall()
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("clients", [CLIENTS[:2], CLIENTS], ids=["libraries", "with kcat"])
def test_every_client_in_both_modes_gives_the_same_fact(there: Place, clients: Sequence[str]) -> None:
    if "kcat" in clients and shutil.which("kcat") is None:
        pytest.skip("kcat isn't installed: apt-get install kcat")
    topic, ids = f"{there.prefix}inventory.intake", []
    there.worker("inventory")
    for client in clients:
        for mode in (structured, binary):
            ids.append(f"{client}-{mode.__name__}")
            SENDS[client](there.bootstrap, topic, *mode(found(ids[-1])))
    there.until(lambda: there.outcomes().get("decided") == 2 + len(ids))
    told = facts(there)
    assert sorted(told) == sorted(ids)
    assert len({repr(fact) for fact in told.values()}) == 1, told
    for client in clients:  # told once more by each, in the other mode: nothing new
        SENDS[client](there.bootstrap, topic, *binary(found(ids[0])))
    there.until(lambda: repeats(there, ids[0]) == len(clients))
    assert facts(there) == told


def repeats(there: Place, id_: str) -> int:
    with connect(there.dsn) as connection:
        row = connection.execute("SELECT repeats FROM lotone.taken WHERE id = %s", [id_]).fetchone()
    return row[0] if row else 0
