"""What every process of ours stands on: the migrated database, the ledger, the queues, the keys and the door."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from events.register import DOMAINS
from infra.clock import Clock, clock_of
from infra.edge import Edge
from infra.embedded import EmbeddedPostgres
from infra.keystore import KeyStore
from infra.ledger.port import Genesis
from infra.ledger.postgres import PostgresLedger
from infra.migrate import migrate
from infra.postgres import Pool, open_pool
from infra.queue.port import Queue
from infra.queue.postgres import PostgresQueue
from infra.settings import Settings


@dataclass(frozen=True, slots=True)
class Store:
    """Open and ready; nothing runs."""

    settings: Settings
    dsn: str
    genesis: Genesis
    connections: Pool
    ledger: PostgresLedger
    queue: Queue
    keys: KeyStore
    edge: Edge
    clock: Clock


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The DSN of a migrated database: yours, or the embedded one of the data folder."""
    with ExitStack() as stack:
        if settings.postgres_dsn is not None:
            dsn = settings.postgres_dsn.get_secret_value()
        else:
            dsn = stack.enter_context(EmbeddedPostgres(settings.data)).dsn
        migrate(dsn, settings.shards_of(DOMAINS))
        yield dsn


@contextmanager
def store(settings: Settings) -> Iterator[Store]:
    """The ledger, the queues and the keys, until the block ends."""
    with ExitStack() as stack:
        dsn = stack.enter_context(database(settings))
        connections = stack.enter_context(open_pool(dsn))
        ledger = PostgresLedger(dsn, connections)
        stack.callback(ledger.close)
        keys = KeyStore(settings.key_file)
        stack.callback(keys.close)
        genesis = ledger.genesis()
        edge, clock = Edge(genesis.shards, keys), clock_of(settings.clock_file)
        clock()
        queue: Queue = PostgresQueue(connections)
        if settings.kafka_bootstrap is not None:
            from infra.kafka.opening import kafka_queue

            queue = stack.enter_context(kafka_queue(settings, connections, ledger, edge, clock))
        yield Store(settings, dsn, genesis, connections, ledger, queue, keys, edge, clock)
