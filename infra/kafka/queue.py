"""Queues in Kafka: a shard's intake is a partition of ``<domain>.intake``, its commands one of ``<domain>.commands``.

The idea: a record's offset in its partition is the number that the port asks for. The port counts from 1 where Kafka
counts from 0, and goes on counting where a ledger had come before its topic was there (``infra/kafka/bound.py``).

The invariant: the offset that is read from is in the topic, or its very next. Else nothing is read at all
(``Corrupt``): what was deleted before it was taken can't be told from what never was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from infra.clock import Clock
from infra.edge import Edge
from infra.errors import Corrupt, Misfit
from infra.faults import reach
from infra.kafka.bound import Bases, Seals
from infra.kafka.brokers import Brokers
from infra.kafka.door import Door
from infra.kafka.fetching import Fetcher
from infra.kafka.producing import Outgoing, Publisher
from infra.kafka.records import Record, identity, ours
from infra.kafka.topics import Topics
from infra.ledger.port import ShardId
from infra.queue.port import INTAKE, Aside, Queued

Offsets = Callable[[], Mapping[ShardId, Mapping[str, int]]]
"""What each shard's owner has taken of each queue."""
_CHUNK: Final = 2_000


@dataclass(frozen=True, slots=True)
class Places:
    """Where a queue's offsets lie in Kafka."""

    topics: Topics
    bases: Bases

    def of(self, kind: str, domain: str, shard: int) -> tuple[str, int]:
        """The topic and partition. ``Misfit`` when this ledger has no such shard."""
        if not 0 <= shard < self.topics.shards.get(domain, 0):
            raise Misfit(f"there is no queue {kind} for {domain} shard {shard}: the ledger's first record says which")
        return self.topics.name(kind, domain), shard

    def base(self, kind: str, domain: str, shard: int) -> int:
        """How many were taken before the topic was there."""
        return self.bases[self.topics.name(kind, domain)][shard]

    def position(self, kind: str, domain: str, shard: int, after: int) -> int:
        """Kafka's offset of what stands behind an offset of the port."""
        return max(0, after - self.base(kind, domain, shard)) if after == 0 else after - self.base(kind, domain, shard)


class KafkaQueue:
    """The queues of one ledger. Close it when done."""

    def __init__(
        self, brokers: str | Brokers, places: Places, seals: Seals, edge: Edge, clock: Clock, offsets: Offsets,
        warnings: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """``warnings`` is what isn't wrong with its topics, but shouldn't be so in earnest."""
        self.places, self.seals, self._offsets, self.warnings = places, seals, offsets, warnings
        self._publisher, self._fetcher = Publisher(brokers), Fetcher(brokers)
        self.door = Door(edge, seals, places.topics.shards, clock, self.put)

    def close(self) -> None:
        self._publisher.close()
        self._fetcher.close()

    def put(self, kind: str, messages: Sequence[Queued]) -> None:
        if not messages:
            return
        reach("queue.put.before")
        records = [self._outgoing(kind, message) for message in messages]
        reach("queue.put.in")
        self._publisher.publish(records)
        reach("queue.put.after")

    def _outgoing(self, kind: str, message: Queued) -> Outgoing:
        seal = self.seals.sign(kind, message.domain, message.shard, message.body)
        return Outgoing(*self.places.of(kind, message.domain, message.shard), ours(message, seal), message.body)

    def read(
        self, kind: str, domain: str, shard: int, after: int, limit: int
    ) -> Sequence[tuple[int, bytes | Aside]]:
        offset, end = self.checked(kind, domain, shard, after)
        records = self._fetcher.read(self.places.of(kind, domain, shard), offset, limit, end)
        base = self.places.base(kind, domain, shard)
        told = self.door.take(kind, domain, shard, records)
        return [(base + record.offset + 1, one) for record, one in zip(records, told, strict=True)]

    def kept(self, topic: str, shard: int, offset: int, limit: int) -> Sequence[Record]:
        """Records of any topic as they are, from an offset of Kafka's on, or from the first that is still there."""
        low, high = self._fetcher.bounds((topic, shard))
        return self._fetcher.read((topic, shard), max(low, offset), limit, high)

    def there(self) -> frozenset[str]:
        """The topics that there are, ours or not."""
        return self._fetcher.topics()

    def checked(self, kind: str, domain: str, shard: int, after: int) -> tuple[int, int]:
        """Kafka's offset of what stands behind an offset of the port, which is there or the very next; and the end."""
        place, offset = self.places.of(kind, domain, shard), self.places.position(kind, domain, shard, after)
        low, high = self._fetcher.bounds(place)
        if offset < low:
            raise Corrupt(
                domain, shard, after,
                f"topic {place[0]} begins at offset {low} and was taken up to {offset}: {low - offset} records were "
                "deleted before they were taken. Publish those events again from their sources, then move the shard on",
            )
        if offset > high:
            raise Corrupt(
                domain, shard, after,
                f"topic {place[0]} ends at offset {high} and was taken up to {offset}: acknowledged records are gone, "
                "and new ones would be passed over. Begin a new epoch with another LOTONE_KAFKA_PREFIX",
            )
        return offset, high

    def ends(self, kind: str) -> Mapping[ShardId, int]:
        topics = self.places.topics.of(kind)
        asked = [(name, shard) for name, domain in topics.items() for shard in range(self.places.topics.shards[domain])]
        return {
            (topics[name], shard): end + self.places.base(kind, topics[name], shard)
            for (name, shard), end in self._fetcher.ends(asked).items()
        }

    def pending(self, source: str, id: str) -> Sequence[tuple[ShardId, int]]:
        taken = self._offsets()
        return [
            (place, number)
            for place, end in sorted(self.ends(INTAKE).items())
            for number in self._find(place, taken.get(place, {}).get(INTAKE, 0), end, (source, id))
        ]

    def _find(self, place: ShardId, after: int, end: int, wanted: tuple[str, str]) -> list[int]:
        """Where it stands between what was taken and the end. There is no index, and seldom much to look through."""
        found: list[int] = []
        base = self.places.base(INTAKE, *place)
        while after < end:
            offset = self.places.position(INTAKE, *place, after)
            records = self._fetcher.read(self.places.of(INTAKE, *place), offset, _CHUNK, end - base)
            if not records:
                break
            after = base + records[-1].offset + 1
            found += [
                base + record.offset + 1 for record in records if identity(record.headers, record.value) == wanted
            ]
        return found
