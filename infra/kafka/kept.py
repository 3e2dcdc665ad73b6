"""What the queues of a ledger still hold, from the first message on, in whichever form: to be read, and nothing else.

To decide once more what was decided, the queue of a shard's owner won't do: it sends on what lies on a wrong partition,
makes keys for persons it hears of, and refuses to read where something was deleted. Here nothing is sent and no key is
made; what isn't there any more is left out; what the ledger had taken before it had topics is read in PostgreSQL; and
what it had taken in an earlier epoch, in the topics that it had then.

What upstream wrote to a topic itself passes the door again, as it did then. Then it was sealed, each time with other
bytes; here what would be sealed is only marked (``MARK``), which says that boxes are not to be compared.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from infra.edge import Admitted, Edge
from infra.kafka.bound import Bases, ever
from infra.kafka.queue import KafkaQueue
from infra.kafka.records import SEAL, Record, event, header
from infra.keystore import KeyStore
from infra.ledger.port import ShardId
from infra.queue.port import COMMANDS, Aside, Queue, Queued
from infra.queue.postgres import PostgresQueue
from infra.replay import MARK
from infra.store import Store


class Marks(KeyStore):
    """Makes no key and closes no box."""

    def __init__(self) -> None:
        super().__init__(None)

    @contextmanager
    def together(self) -> Iterator[None]:
        yield

    def seal(self, person: str, plain: bytes, mentions: tuple[str, ...] = ()) -> str:  # noqa: ARG002 - the cipher's
        return f"{MARK}{base64.b64encode(plain).decode()}"


class KeptQueue:
    """The queues in Kafka, and before them PostgreSQL's. What upstream wrote itself passes ``edge``."""

    def __init__(self, queue: KafkaQueue, before: Queue, bases: Bases, edge: Edge, now: datetime) -> None:
        """``bases`` are of all topics that the ledger ever had, the oldest first."""
        self._queue, self._before, self._bases, self._edge, self._now = queue, before, bases, edge, now
        self._there = queue.there()

    def put(self, kind: str, messages: Sequence[Queued]) -> None:
        raise RuntimeError(f"{len(messages)} messages for {kind}: what is kept is only read")

    def read(
        self, kind: str, domain: str, shard: int, after: int, limit: int
    ) -> Sequence[tuple[int, bytes | Aside]]:
        """Of the epoch that goes on behind ``after``; where nothing of it is left, of the next one."""
        epochs = self._epochs(kind, domain, shard)
        first = epochs[0][1]
        if after < first and (before := self._before.read(kind, domain, shard, after, min(limit, first - after))):
            return before
        for (topic, base), end in zip(epochs, [*(base for _, base in epochs[1:]), None], strict=True):
            if topic not in self._there or (end is not None and end <= after):
                continue
            records = self._queue.kept(topic, shard, max(0, after - base), limit)
            numbered = ((base + record.offset + 1, record) for record in records)
            found = [
                (number, self._told(kind, domain, shard, record))
                for number, record in numbered if end is None or number <= end
            ]
            if found:
                return found
        return ()

    def _epochs(self, kind: str, domain: str, shard: int) -> list[tuple[str, int]]:
        """The topics in which this queue lay, and how many it had taken before each."""
        name = f"{domain}.{kind}"
        return [(topic, bases[shard]) for topic, bases in self._bases.items() if topic.endswith(name)]

    def _told(self, kind: str, domain: str, shard: int, record: Record) -> bytes | Aside:
        seal = header(record.headers, SEAL)
        if seal is not None and self._queue.seals.fits(seal, kind, domain, shard, record.value):
            return record.value
        if kind == COMMANDS:
            return Aside()
        found = self._edge.admit(event(record.headers, record.value), self._now)
        if isinstance(found, Admitted) and (found.queued.domain, found.queued.shard) == (domain, shard):
            return found.queued.body
        return Aside()

    def ends(self, kind: str) -> Mapping[ShardId, int]:
        return self._queue.ends(kind)

    def pending(self, source: str, id: str) -> Sequence[tuple[ShardId, int]]:
        return self._queue.pending(source, id)


def kept(base: Store, keys: KeyStore | None = None) -> Queue:
    """All that a ledger's queues still hold. Without ``keys`` what upstream wrote itself is marked, not sealed."""
    if not isinstance(base.queue, KafkaQueue):
        return base.queue
    edge = Edge(base.genesis.shards, keys or Marks())
    return KeptQueue(base.queue, PostgresQueue(base.connections), ever(base.connections), edge, base.clock())
