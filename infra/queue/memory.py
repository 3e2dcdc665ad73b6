"""Queues in memory: for tests, and for replaying histories."""

from collections.abc import Mapping, Sequence
from threading import Lock

from infra.errors import Misfit
from infra.ledger.port import ShardId
from infra.queue.port import COMMANDS, INTAKE, Queued


class MemoryQueue:
    """One object is one set of queues, for the shards that it's told of."""

    def __init__(self, shards: Mapping[str, int]) -> None:
        places = [(domain, number) for domain in sorted(shards) for number in range(shards[domain])]
        self._queues: dict[str, dict[ShardId, list[Queued]]] = {
            kind: {place: [] for place in places} for kind in (INTAKE, COMMANDS)
        }
        self._lock = Lock()

    def put(self, kind: str, messages: Sequence[Queued]) -> None:
        with self._lock:
            wanted = [self._queue(kind, message.domain, message.shard) for message in messages]
            for queue, message in zip(wanted, messages, strict=True):
                queue.append(message)

    def read(self, kind: str, domain: str, shard: int, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        with self._lock:
            found = self._queue(kind, domain, shard)[after : after + limit]
            return [(number, message.body) for number, message in enumerate(found, after + 1)]

    def ends(self, kind: str) -> Mapping[ShardId, int]:
        with self._lock:
            return {place: len(queue) for place, queue in self._queues[kind].items()}

    def pending(self, source: str, id: str) -> Sequence[tuple[ShardId, int]]:
        with self._lock:
            return [
                (place, number)
                for place, queue in self._queues[INTAKE].items()
                for number, message in enumerate(queue, 1)
                if (message.source, message.id) == (source, id)
            ]

    def _queue(self, kind: str, domain: str, shard: int) -> list[Queued]:
        try:
            return self._queues[kind][domain, shard]
        except KeyError:
            raise Misfit(f"there is no queue {kind} for {domain} shard {shard}") from None
