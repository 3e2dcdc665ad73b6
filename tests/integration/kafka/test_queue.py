"""The queue in Kafka keeps the contract of all queues as far as Kafka can; its places are never taken for others."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from confluent_kafka import Producer
from kafka import KafkaAdminClient, TopicPartition

from infra.clock import system_clock
from infra.edge import Edge
from infra.errors import Corrupt, Misfit
from infra.kafka.bound import Seals, bind, ever, expected, seals
from infra.kafka.fetching import Fetcher
from infra.kafka.kept import KeptQueue
from infra.kafka.queue import KafkaQueue, Places
from infra.kafka.topics import Topics, prepare
from infra.keystore import KeyStore
from infra.postgres import Pool
from infra.queue.port import COMMANDS, INTAKE, Queue
from infra.queue.postgres import PostgresQueue
from tests.contracts.queue_contract import QueueContract, to
from tests.integration.processes import until

SHARDS = {"inventory": 2, "suppliers": 2}


def opened(bootstrap: str, topics: Topics, key: bytes = b"k" * 32) -> KafkaQueue:
    """A queue over topics that are there."""
    bases = {name: [0] * count for name, count in topics.all().items()}
    edge = Edge(topics.shards, KeyStore(None))
    return KafkaQueue(bootstrap, Places(topics, bases), Seals(key), edge, system_clock, dict)


@pytest.fixture
def topics(broker: str, prefix: str) -> Topics:
    made = Topics(SHARDS, prefix)
    prepare(broker, made)
    return made


@pytest.fixture
def queue(broker: str, topics: Topics) -> Iterator[KafkaQueue]:
    with closing(opened(broker, topics)) as made:
        yield made


class TestKafka(QueueContract):
    @pytest.fixture
    def queue(self, broker: str, topics: Topics) -> Iterator[Queue]:
        with closing(opened(broker, topics)) as made:
            yield made


def test_records_that_were_deleted_before_they_were_taken_stop_the_reader(
    broker: str, topics: Topics, queue: KafkaQueue
) -> None:
    queue.put(INTAKE, [to("inventory", 0, id_) for id_ in "abc"])
    admin = KafkaAdminClient(bootstrap_servers=broker)
    admin.delete_records({TopicPartition(topics.name(INTAKE, "inventory"), 0): 2})
    admin.close()
    assert [number for number, _ in queue.read(INTAKE, "inventory", 0, 2, 9)] == [3]
    with pytest.raises(Corrupt, match="2 records were deleted before they were taken"):
        queue.read(INTAKE, "inventory", 0, 0, 9)


def test_an_offset_beyond_the_end_stops_the_reader(queue: KafkaQueue) -> None:
    queue.put(INTAKE, [to("inventory", 0, "a")])
    assert list(queue.read(INTAKE, "inventory", 0, 1, 9)) == []
    with pytest.raises(Corrupt, match="acknowledged records are gone"):
        queue.read(INTAKE, "inventory", 0, 2, 9)


def test_only_what_one_of_us_has_sealed_counts_as_ours(broker: str, topics: Topics, queue: KafkaQueue) -> None:
    with closing(opened(broker, topics, b"x" * 32)) as stranger:
        stranger.put(COMMANDS, [to("inventory", 0, "forged")])
    queue.put(COMMANDS, [to("inventory", 0, "good")])
    (_, forged), (_, good) = queue.read(COMMANDS, "inventory", 0, 0, 9)
    assert good == b"\x00body of good"
    assert not isinstance(forged, bytes)
    assert forged.rejected is not None
    assert forged.rejected.problems[0].field == "lotone_seal"
    assert (forged.rejected.source, forged.rejected.id) == ("urn:erp", "forged")


def test_a_ledger_goes_on_counting_in_topics_that_it_moves_to(broker: str, prefix: str, pool: Pool) -> None:
    topics = Topics({"inventory": 2}, prefix)
    with pool.connection() as connection:
        connection.execute("UPDATE lotone.shard SET intake = 41 WHERE (domain, shard) = ('inventory', 1)")
    bases = bind(pool, topics, prepare(broker, topics).ids)
    edge = Edge(topics.shards, KeyStore(None))
    with closing(KafkaQueue(broker, Places(topics, bases), seals(pool), edge, system_clock, dict)) as moved:
        assert moved.ends(INTAKE) == {("inventory", 0): 0, ("inventory", 1): 41}
        moved.put(INTAKE, [to("inventory", 1, "a")])
        assert list(moved.read(INTAKE, "inventory", 1, 41, 9)) == [(42, b"\x00body of a")]


def test_what_waits_in_the_other_form_is_decided_there_first(broker: str, prefix: str, pool: Pool) -> None:
    topics = Topics({"inventory": 2}, prefix)
    with pool.connection() as connection:
        connection.execute("UPDATE lotone.queue_end SET last = 3 WHERE kind = 'intake' AND domain = 'inventory'")
    ids = prepare(broker, topics).ids
    with pytest.raises(Misfit, match="weren't taken yet"):
        bind(pool, topics, ids)


def test_what_is_put_into_the_other_form_afterwards_is_refused_and_not_lost(
    broker: str, prefix: str, pool: Pool
) -> None:
    topics, before = Topics({"inventory": 2}, prefix), PostgresQueue(pool)
    before.put(INTAKE, [to("inventory", 1, "a")])
    with pool.connection() as connection:
        connection.execute("UPDATE lotone.shard SET intake = 1 WHERE (domain, shard) = ('inventory', 1)")
    bind(pool, topics, prepare(broker, topics).ids)
    with pytest.raises(Misfit, match="set LOTONE_KAFKA_BOOTSTRAP"):
        before.put(INTAKE, [to("inventory", 1, "b")])
    assert before.ends(INTAKE)["inventory", 1] == 1


def test_topics_that_the_ledger_has_left_are_not_gone_back_to(broker: str, prefix: str, pool: Pool) -> None:
    old, new = Topics({"inventory": 2}, f"{prefix}1."), Topics({"inventory": 2}, f"{prefix}2.")
    for topics in (old, old, new, new):
        bind(pool, topics, prepare(broker, topics).ids)
    with pytest.raises(Misfit, match=r"went on to newer topics, like .*2\.inventory\.commands"):
        bind(pool, old, prepare(broker, old).ids)


def test_what_was_taken_from_topics_that_the_ledger_has_left_is_still_read_to_replay_it(
    broker: str, prefix: str, pool: Pool
) -> None:
    old, new = Topics({"inventory": 2}, f"{prefix}1."), Topics({"inventory": 2}, f"{prefix}2.")
    edge = Edge(old.shards, KeyStore(None))

    def on(topics: Topics) -> KafkaQueue:
        bases = bind(pool, topics, prepare(broker, topics).ids)
        return KafkaQueue(broker, Places(topics, bases), seals(pool), edge, system_clock, dict)

    def read(queue: KafkaQueue, after: int, limit: int = 9) -> list[tuple[int, object]]:
        kept = KeptQueue(queue, PostgresQueue(pool), ever(pool), edge, system_clock())
        return list(kept.read(INTAKE, "inventory", 1, after, limit))

    with closing(on(old)) as queue:
        queue.put(INTAKE, [to("inventory", 1, id_) for id_ in "abc"])
    with pool.connection() as connection:  # what became of c was lost
        connection.execute("UPDATE lotone.shard SET intake = 2 WHERE (domain, shard) = ('inventory', 1)")
    a, b, c = ((n, f"\x00body of {id_}".encode()) for n, id_ in enumerate("abc", 1))
    with closing(on(new)) as queue:
        queue.put(INTAKE, [to("inventory", 1, "c")])
        assert (read(queue, 0), read(queue, 0, 1), read(queue, 1), read(queue, 2)) == ([a, b], [a], [b], [c])
        admin = KafkaAdminClient(bootstrap_servers=broker)
        admin.delete_topics([old.name(INTAKE, "inventory")])
        admin.close()
        until(lambda: old.name(INTAKE, "inventory") not in queue.there())
        assert read(queue, 0) == [c], "what isn't there any more is left out"


def test_a_slip_in_the_prefix_does_not_begin_new_topics(broker: str, prefix: str, pool: Pool) -> None:
    own, slip = Topics({"inventory": 2}, f"{prefix}1."), Topics({"inventory": 2}, f"{prefix}l.")
    expected(pool, own, new_epoch=False)  # it has none yet
    bind(pool, own, prepare(broker, own).ids)
    expected(pool, own, new_epoch=False)
    with pytest.raises(Misfit, match=r"never had topics with prefix .*l\.'; it has others, like .*1\."):
        expected(pool, slip, new_epoch=False)
    expected(pool, slip, new_epoch=True)


def test_what_a_transaction_leaves_behind_is_looked_for_once(
    broker: str, topics: Topics, queue: KafkaQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = topics.name(INTAKE, "inventory")
    upstream = Producer({"bootstrap.servers": broker, "transactional.id": name})
    upstream.init_transactions()
    upstream.begin_transaction()
    upstream.produce(name, b"{}", partition=0)
    upstream.commit_transaction()
    until(lambda: [number for number, _ in queue.read(INTAKE, "inventory", 0, 0, 9)] == [1])
    until(lambda: queue.checked(INTAKE, "inventory", 0, 1) == (1, 2))
    assert list(queue.read(INTAKE, "inventory", 0, 1, 9)) == []
    with monkeypatch.context() as patched:
        patched.setattr(Fetcher, "_consume", None)
        assert list(queue.read(INTAKE, "inventory", 0, 1, 9)) == []
    queue.put(INTAKE, [to("inventory", 0, "a")])
    assert [number for number, _ in queue.read(INTAKE, "inventory", 0, 1, 9)] == [3]


def test_a_topic_that_was_made_anew_is_refused(broker: str, prefix: str, pool: Pool) -> None:
    topics = Topics({"inventory": 2}, prefix)
    bind(pool, topics, prepare(broker, topics).ids)
    bind(pool, topics, prepare(broker, topics).ids)
    admin = KafkaAdminClient(bootstrap_servers=broker)
    admin.delete_topics([topics.name(INTAKE, "inventory")])
    admin.close()
    again = prepare(broker, topics).ids
    with pytest.raises(Misfit, match=r"inventory\.intake isn't the one that this ledger's offsets count in"):
        bind(pool, topics, again)


@pytest.mark.parametrize("size", [1, 3000])
def test_many_threads_put_at_once_and_each_hears_of_its_own(queue: KafkaQueue, size: int) -> None:
    def put(writer: int) -> None:
        queue.put(INTAKE, [to("inventory", 0, f"{writer}-{number}") for number in range(size)])

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(put, writer) for writer in range(4)]:
            done.result()
    assert queue.ends(INTAKE)["inventory", 0] == 4 * size
