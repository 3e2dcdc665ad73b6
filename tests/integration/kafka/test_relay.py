"""Facts reach their topics in the order of their shard, at least once, and readers hear them there."""

import random
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import orjson
import pytest
from confluent_kafka import Consumer, TopicPartition

from events.codec import decode
from events.decision import Recorded
from infra.cursors import PostgresCursors
from infra.errors import Corrupt, Transient
from infra.kafka.bound import Seals
from infra.kafka.brokers import Brokers
from infra.kafka.facts import incoming
from infra.kafka.feed import Feed
from infra.kafka.fetching import Fetcher
from infra.kafka.producing import Outgoing, Publisher
from infra.kafka.published import Published
from infra.kafka.relay import Relay
from infra.kafka.topics import FACTS, LARGEST, Topics, prepare
from infra.ledger.port import Cursor
from infra.ledger.postgres import PostgresLedger
from infra.postgres import Pool, connect
from projections.reading import Reader
from tests.conftest import SHARDS
from tests.history import Owner, chained
from tests.integration.processes import until

SEALS = Seals(b"k" * 32)


@pytest.fixture
def topics(broker: str, prefix: str) -> Topics:
    made = Topics(SHARDS, prefix)
    prepare(broker, made)
    return made


@pytest.fixture
def publisher(broker: str) -> Iterator[Publisher]:
    with closing(Publisher(broker)) as made:
        yield made


@pytest.fixture
def relay(postgres_ledger: PostgresLedger, publisher: Publisher, topics: Topics, pool: Pool) -> Relay:
    return Relay(postgres_ledger, publisher, topics, SEALS, PostgresCursors(pool))


def published(broker: str, topics: Topics, domain: str, shard: int) -> list[tuple[dict[str, bytes], Recorded | None]]:
    """All that is in a partition: headers, and the fact that our readers take it for."""
    settings = {"bootstrap.servers": broker, "group.id": "t", "enable.partition.eof": True}
    consumer = Consumer(settings)
    consumer.assign([TopicPartition(topics.name(FACTS, domain), shard, 0)])
    found: list[Any] = []
    try:
        while not found or found[-1].error() is None:
            found += consumer.consume(1000, timeout=1.0)
    finally:
        consumer.close()
    return [
        (dict(one.headers()), incoming(domain, shard, one.headers(), one.value(), SEALS)) for one in found[:-1]
    ]


def test_every_fact_is_published_once_in_order_with_all_that_the_ledger_holds(
    relay: Relay, postgres_ledger: PostgresLedger, topics: Topics, broker: str
) -> None:
    owner = Owner(postgres_ledger, "inventory", 1)
    owner.append(*["stock/A@x", "stock/B@x"] * 5)
    assert relay.step() == 10
    owner.append("stock/A@x")
    assert (relay.step(), relay.step()) == (1, 0)
    told = published(broker, topics, "inventory", 1)
    facts = list(postgres_ledger.scan("inventory", 1))
    assert [at for _, at in told] == facts
    headers, last = told[-1][0], facts[-1]
    assert (headers["lotone_position"], headers["lotone_hash"]) == (b"11", last.hash.hex().encode())
    assert (headers["ce_id"], headers["ce_subject"]) == (b"inventory/1/11", b"stock/A@x")
    assert orjson.loads(last.data)


def test_a_fact_as_large_as_any_event_may_cause_is_published(
    relay: Relay, postgres_ledger: PostgresLedger, topics: Topics, broker: str
) -> None:
    owner = Owner(postgres_ledger, "inventory", 1)
    batch = owner.batch("stock/A@x", "stock/A@x")
    large = batch.facts[0]._replace(data=random.Random(1).randbytes(LARGEST - 100_000))
    batch.facts[:] = chained(owner.ledger_id, owner.head, [large, batch.facts[1]])
    postgres_ledger.append([batch])
    while relay.step():
        pass
    assert [at for _, at in published(broker, topics, "inventory", 1)] == batch.facts


def test_what_another_relay_publishes_while_the_topics_are_compared_is_not_taken_for_lost(
    relay: Relay, postgres_ledger: PostgresLedger, topics: Topics, broker: str
) -> None:
    owner = Owner(postgres_ledger, "inventory", 0)
    owner.append("stock/A@x")
    relay.step()

    class Slow(Fetcher):
        def ends(self, *asked: Any) -> Any:
            owner.append("stock/A@x")
            assert relay.step() == 1
            return super().ends(*asked)

    with closing(Slow(Brokers(broker))) as fetcher:
        Published(fetcher, topics, SEALS).check(postgres_ledger, [("inventory", 0)])


def test_a_crash_after_publishing_publishes_again_and_loses_nothing(
    relay: Relay, postgres_ledger: PostgresLedger, publisher: Publisher, topics: Topics, pool: Pool, broker: str
) -> None:
    Owner(postgres_ledger, "inventory", 0).append(*["stock/A@x"] * 3)

    class Forgetful(PostgresCursors):
        def save(self, reader: str, domain: str, shard: int, cursor: Cursor) -> None:
            raise Transient("the place isn't kept")

    with pytest.raises(Transient):
        Relay(postgres_ledger, publisher, topics, SEALS, Forgetful(pool)).step()
    relay.step()
    positions = [at.position for _, at in published(broker, topics, "inventory", 0) if at]
    assert positions == [1, 2, 3, 1, 2, 3]


def test_a_ledger_that_has_lost_what_was_published_stops_the_relay(
    relay: Relay, postgres_ledger: PostgresLedger, database: str
) -> None:
    Owner(postgres_ledger, "inventory", 0).append("stock/A@x", "stock/A@x")
    relay.step()
    with connect(database) as connection:
        connection.execute("DELETE FROM lotone.fact WHERE domain = 'inventory' AND position = 2")
        connection.execute(
            "UPDATE lotone.shard SET head = 1, hash = (SELECT hash FROM lotone.fact WHERE domain = 'inventory') "
            "WHERE domain = 'inventory' AND shard = 0"
        )
    with pytest.raises(Corrupt, match="gone"):
        relay.step()


class Hearing:
    """What a feed has told."""

    def __init__(self, broker: str, topics: Topics) -> None:
        self.told: list[Recorded] = []
        self.news = threading.Event()
        self.feed = Feed(broker, topics, SEALS, self.told.extend, self.news)
        self._thread = threading.Thread(target=self.feed.run)

    def __enter__(self) -> "Hearing":
        self._thread.start()
        assert self.feed.ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self.feed.stop.ending.set()
        self._thread.join()


def test_a_reader_hears_new_facts_and_no_repeats_and_nothing_that_is_not_ours(
    relay: Relay, postgres_ledger: PostgresLedger, publisher: Publisher, topics: Topics, broker: str
) -> None:
    owner = Owner(postgres_ledger, "inventory", 0)
    owner.append("stock/A@x")
    relay.step()
    with Hearing(broker, topics) as hearing:
        publisher.publish([Outgoing(topics.name(FACTS, "inventory"), 0, [("lotone_fact", b"x")], b"{}")])
        owner.append("stock/A@x", "stock/B@x")
        relay.step()
        until(lambda: len(hearing.told) == 2)
        assert hearing.told == list(postgres_ledger.scan("inventory", 0, after=1))
        assert hearing.news.is_set()


def test_a_view_that_is_offered_what_was_published_equals_one_that_reads_the_ledger(
    relay: Relay, postgres_ledger: PostgresLedger, topics: Topics, broker: str
) -> None:
    """The feed begins in the middle and hears some twice: what is missing is read, what is known is skipped."""
    owner = Owner(postgres_ledger, "inventory", 0)
    owner.append(*["stock/A@x"] * 5)
    reader = Reader(postgres_ledger, decode)
    with Hearing(broker, topics) as hearing:
        owner.append(*["stock/A@x"] * 5)
        relay.step()
        until(lambda: len(hearing.told) == 10)
        cursor, read = Cursor(), list[Recorded]()
        for offered in (hearing.told[7:9], hearing.told[2:6], hearing.told):
            reader.offer(offered)
            piece = reader.piece(("inventory", 0), cursor, 4, frozenset())
            read += piece.read
            cursor = piece.end
    assert read == list(postgres_ledger.scan("inventory", 0))
