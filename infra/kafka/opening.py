"""The queues in Kafka, opened: topics made and checked, bound to the ledger, the door behind them."""

from collections.abc import Iterator
from contextlib import contextmanager

from infra.clock import Clock
from infra.edge import Edge
from infra.kafka.bound import bind, expected, seals
from infra.kafka.brokers import Brokers
from infra.kafka.queue import KafkaQueue, Places
from infra.kafka.topics import Topics, prepare
from infra.ledger.port import Ledger
from infra.postgres import Pool
from infra.settings import Settings


@contextmanager
def kafka_queue(
    settings: Settings, connections: Pool, ledger: Ledger, edge: Edge, clock: Clock
) -> Iterator[KafkaQueue]:
    """The queues of this ledger, until the block ends. ``Misfit`` and ``Transient`` say what is in the way."""
    topics = Topics(ledger.genesis().shards, settings.kafka_prefix)
    brokers = Brokers.of(settings)
    expected(connections, topics, settings.kafka_new_epoch)
    checked = prepare(brokers, topics, settings.kafka_principal or brokers.principal, settings.kafka_intake_days)
    places = Places(topics, bind(connections, topics, checked.ids))
    queue = KafkaQueue(brokers, places, seals(connections), edge, clock, ledger.offsets, checked.warnings)
    try:
        yield queue
    finally:
        queue.close()
