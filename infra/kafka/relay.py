"""From the ledger to the topics of facts: ``python -m infra.kafka.relay``, one process for all domains.

The naive service publishes what it decides, after the commit: a crash in between, and the fact is never published; or
before it, and what was published never was. Here a reader of the ledger publishes what stands there, and keeps its
place with the ledger. It is woken by looking, some times a second, at where the shards stand: one look for however
many appends, and nothing that an append has to wait for. While Kafka is away the ledger fills, and no memory does.

At least once, in the order of the shard: a crash between publishing and keeping the place publishes some facts again,
which readers know by their position. Two relays do no harm but their work twice.

The invariant: behind the place that is kept, everything was acknowledged by Kafka. When the ledger has another hash at
that place, or lacks what the topics hold (``published.py``), it has lost what was published (``Corrupt``): then nothing
goes on from here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import structlog
from prometheus_client.core import GaugeMetricFamily

from infra import metrics
from infra.cursors import PostgresCursors
from infra.ending import when_told_to_end
from infra.engine import Stop
from infra.errors import Misfit, Transient
from infra.faults import reach
from infra.kafka.bound import Seals, seals
from infra.kafka.brokers import Brokers
from infra.kafka.facts import outgoing
from infra.kafka.fetching import Fetcher
from infra.kafka.producing import Publisher
from infra.kafka.published import Published
from infra.kafka.queue import KafkaQueue
from infra.kafka.topics import Topics
from infra.ledger.port import Cursor, Ledger, ShardId
from infra.logs import told
from infra.process import beating, begun
from infra.reactions import Cursors
from infra.settings import read_settings

_log = structlog.get_logger("lotone.relay")
_CHUNK: Final = 1_000
_PATIENCE: Final = 0.02
_LONGEST: Final = 5.0
ROLE: Final = "relay"


class Relay:
    """Publishes the facts of some shards (all, when nothing is said), again and again until told to end."""

    def __init__(
        self, ledger: Ledger, publisher: Publisher, topics: Topics, sealing: Seals, cursors: Cursors,
        own: Sequence[ShardId] | None = None, published: Published | None = None,
    ) -> None:  # fmt: skip
        self._ledger, self._publisher, self._topics = ledger, publisher, topics
        self._seals, self._cursors, self._published = sealing, cursors, published
        self._own = sorted(ledger.heads()) if own is None else own
        self._name = f"relay/{topics.prefix}"
        self._places: dict[ShardId, Cursor] | None = None
        self._lag = 0
        self.stop = Stop()
        self.failure: str | None = None

    def told(self) -> Iterator[GaugeMetricFamily]:
        """How far it was behind when it last looked."""
        yield metrics.gauge(metrics.RELAY_LAG_FACTS, (((), self._lag),))

    def step(self) -> int:
        """Publish up to a chunk of each shard that has news; how many facts."""
        if self._places is None:
            if self._published is not None:
                self._published.check(self._ledger, self._own)
            self._places = dict(self._cursors.load(self._name))
        heads: Mapping[ShardId, Cursor] = self._ledger.heads()
        places = self._places
        self._lag = _behind(heads, places, self._own)
        return sum(
            self._shard(place, places)
            for place in self._own
            if heads[place] != places.get(place, Cursor())
        )

    def _shard(self, place: ShardId, places: dict[ShardId, Cursor]) -> int:
        facts = self._ledger.read(*place, places.get(place, Cursor()), _CHUNK)
        if not facts:
            return 0
        reach("relay.before")
        self._publisher.publish(outgoing(at, self._topics, self._seals) for at in facts)
        reach("relay.between")
        places[place] = cursor = Cursor(facts[-1].position, facts[-1].hash)
        self._cursors.save(self._name, *place, cursor)
        reach("relay.after")
        return len(facts)

    def run(self) -> None:
        """Until told to stop."""
        pause = 0.0
        try:
            while not self.stop.ending.is_set():
                try:
                    self.stop.pace(self.step(), _PATIENCE)
                    pause = 0.0
                except Transient as error:
                    self._places = None
                    pause = min(_LONGEST, pause * 2 or 0.05)
                    _log.warning("publishing again", why=str(error), seconds=pause)
                    self.stop.ending.wait(pause)
        except BaseException as error:
            self.failure = told(error)
            _log.error("stopped", why=self.failure)
            raise


def _behind(heads: Mapping[ShardId, Cursor], places: Mapping[ShardId, Cursor], own: Sequence[ShardId]) -> int:
    """How many facts aren't published yet."""
    return sum(heads[place].position - places.get(place, Cursor()).position for place in own)


def main() -> None:
    """Publish the facts of every domain until told to end."""
    if read_settings().kafka_bootstrap is None:
        raise Misfit("facts are relayed to Kafka: name the brokers in LOTONE_KAFKA_BOOTSTRAP")
    with begun() as base:
        assert isinstance(base.queue, KafkaQueue)
        publisher, cursors = Publisher(Brokers.of(base.settings)), PostgresCursors(base.connections)
        topics, sealing, fetcher = base.queue.places.topics, seals(base.connections), Fetcher(Brokers.of(base.settings))
        relay = Relay(
            base.ledger, publisher, topics, sealing, cursors, published=Published(fetcher, topics, sealing)
        )

        when_told_to_end(relay.stop.end)
        _log.info("relaying", domains=sorted(base.genesis.shards))
        with beating(base, ROLE, [(ROLE, relay)], lambda: [ROLE], relay.told):
            relay.run()
        publisher.close()
        fetcher.close()


if __name__ == "__main__":
    main()
