"""Facts as they are published, for readers that keep up: they need not ask the ledger for what they are told.

The ledger stays the record. A reader begins there, and whatever is missing between its place and what it hears (the
feed begins at the topics' ends, and may lose its brokers for a while) it reads there; a repeat it skips, and at another
hash it stops (``projections/reading.py``). So nothing depends on the feed but speed, and it keeps no place.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from events.decision import Recorded
from infra.engine import Stop
from infra.errors import Transient
from infra.kafka.bound import Seals, seals
from infra.kafka.brokers import Brokers, brokers_of
from infra.kafka.facts import incoming
from infra.kafka.fetching import Fetcher
from infra.kafka.queue import KafkaQueue
from infra.kafka.topics import FACTS, Topics
from infra.logs import told
from infra.store import Store

_log = structlog.get_logger("lotone.feed")
_CHUNK: Final = 2_000
_PAUSE: Final = 0.5
_SETTINGS: Final[dict[str, Any]] = {
    "client.id": "lotone-feed",
    "group.id": "lotone.feed",  # asked for by librdkafka, and never joined; brokers with an authorizer look at it
    "enable.auto.commit": False,
    "auto.offset.reset": "latest",
    "fetch.wait.max.ms": 50,
    "log_level": 2,
}

Offer = Callable[[Sequence[Recorded]], None]


class Feed:
    """Tells ``offer`` of each shard's new facts, and sets ``news`` after that. Runs in a thread of its own."""

    def __init__(
        self, brokers: str | Brokers, topics: Topics, seals: Seals, offer: Offer, news: threading.Event
    ) -> None:
        self._settings = {**_SETTINGS, **brokers_of(brokers).librdkafka()}
        self._domains, self._shards = topics.of(FACTS), topics.shards
        self._seals, self._offer, self._news = seals, offer, news
        self._fetcher = Fetcher(brokers)
        self.stop = Stop()
        self.ready = threading.Event()
        self.failure: str | None = None

    def run(self) -> None:
        """Until told to stop."""
        try:
            while not self.stop.ending.is_set():
                consumer = Consumer(self._settings)
                try:
                    self._follow(consumer)
                except (KafkaException, Transient) as error:
                    _log.warning("listening again", why=str(error))
                    self.stop.ending.wait(_PAUSE)
                finally:
                    consumer.close()
        except BaseException as error:
            self.failure = told(error)
            _log.error("stopped", why=self.failure)
            raise

    def _follow(self, consumer: Consumer) -> None:
        ends = self._fetcher.ends(
            (name, shard) for name, domain in self._domains.items() for shard in range(self._shards[domain])
        )
        consumer.assign([TopicPartition(*place, end) for place, end in ends.items()])
        self.ready.set()
        while not self.stop.ending.is_set():
            self.stop.seen = time.monotonic()
            found = consumer.consume(_CHUNK, timeout=0.1)
            if found:
                self._tell(found)

    def _tell(self, found: Sequence[Message]) -> None:
        by_shard: dict[tuple[str, int], list[Recorded]] = {}
        for message in found:
            if (error := message.error()) is not None:
                raise KafkaException(error)
            domain, shard = self._domains[message.topic() or ""], message.partition() or 0
            at = incoming(domain, shard, message.headers() or (), message.value() or b"", self._seals)  # type: ignore[arg-type]
            if at is None:
                _log.warning("a fact that nobody of us published", domain=domain, shard=shard, offset=message.offset())
            else:
                _add(by_shard.setdefault((domain, shard), []), at)
        for facts in by_shard.values():
            self._offer(facts)
        self._news.set()


def feed(base: Store, offer: Offer, news: threading.Event) -> Feed:
    """The feed of a ledger whose facts have topics."""
    assert isinstance(base.queue, KafkaQueue)
    return Feed(Brokers.of(base.settings), base.queue.places.topics, seals(base.connections), offer, news)


def _add(facts: list[Recorded], at: Recorded) -> None:
    """What follows on what is there; a repeat is left out, and after a gap only the rest is told."""
    if facts and at.position <= facts[-1].position:
        return
    if facts and at.position != facts[-1].position + 1:
        facts.clear()
    facts.append(at)
