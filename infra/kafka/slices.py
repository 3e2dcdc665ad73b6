"""What was fetched for our shards and isn't taken yet: filled by the event loop, read by the thread that decides.

The idea: to an engine this is a queue like any other. It asks for what stands behind the offset in the shard's row;
what stands before that was taken, for good, and is let go.

The naive buffer forgets what it has handed out. Then an append fails, the engine asks again, and those are gone. Here
a record goes only when its reader has asked for what is behind it; and a slice that doesn't follow on what is here is
asked for again: it may be that one was dropped while shards changed hands.

The invariant: what is here follows on the offset that was taken without leaving out a record.
"""

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from infra.kafka.queue import KafkaQueue
from infra.kafka.records import Record
from infra.ledger.port import ShardId
from infra.queue.port import Aside, Queued

MOST: Final = 8 * 1024 * 1024
"""Bytes kept of a partition, beyond which no more of it is fetched."""
_EACH: Final = 400
"""About what Python adds to a record: one without a word in it has a size too."""

Part = tuple[str, str, int]
"""A queue's kind, domain and shard."""


@dataclass(slots=True)
class _Waiting:
    """Kafka's offsets: ``taken`` is the first that isn't taken yet, ``next`` the one that is to come next."""

    taken: int
    next: int
    records: deque[Record] = field(default_factory=deque)
    size: int = 0
    gap: tuple[int, int] | None = None


class Slices:
    """The queues of those shards that are ours just now. ``news`` is set when something has come."""

    def __init__(self, queue: KafkaQueue, news: threading.Event) -> None:
        self._queue, self._news = queue, news
        self._lock = threading.Lock()
        self._parts: dict[Part, _Waiting] = {}

    def open(self, part: Part, offset: int) -> None:
        """This one is ours, and read from an offset of Kafka's."""
        with self._lock:
            self._parts[part] = _Waiting(offset, offset)

    def room(self, part: Part) -> bool:
        """Whether more of it may come."""
        waiting = self._parts.get(part)
        return waiting is not None and waiting.size < MOST

    def add(self, part: Part, records: Iterable[Record]) -> int | None:
        """What has come; what is here already is left out. The offset to fetch from, when it isn't the next one.

        The same gap twice is no slip of ours: markers of somebody's transactions take offsets too.
        """
        with self._lock:
            waiting = self._parts.get(part)
            if waiting is None:
                return None
            fresh = [record for record in records if record.offset >= waiting.next]
            if not fresh:
                return None
            gap = (waiting.next, fresh[0].offset)
            if gap[0] < gap[1] and waiting.gap != gap:
                waiting.gap = gap
                return waiting.next
            waiting.records.extend(fresh)
            waiting.size += sum(map(_size, fresh))
            waiting.next = fresh[-1].offset + 1
        self._news.set()
        return None

    # -- as a queue --------------------------------------------------------------------------------------------

    def put(self, kind: str, messages: Sequence[Queued]) -> None:
        self._queue.put(kind, messages)

    def pending(self, source: str, id: str) -> Sequence[tuple[ShardId, int]]:
        return self._queue.pending(source, id)

    def ends(self, kind: str) -> Mapping[ShardId, int]:
        """The last offset of each shard that is here."""
        with self._lock:
            return {
                (domain, shard): waiting.next + self._queue.places.base(kind, domain, shard)
                for (told, domain, shard), waiting in self._parts.items()
                if told == kind
            }

    def read(
        self, kind: str, domain: str, shard: int, after: int, limit: int
    ) -> Sequence[tuple[int, bytes | Aside]]:
        base = self._queue.places.base(kind, domain, shard)
        records = self._behind((kind, domain, shard), after - base, limit)
        told = self._queue.door.take(kind, domain, shard, records)
        return [(base + record.offset + 1, one) for record, one in zip(records, told, strict=True)]

    def _behind(self, part: Part, offset: int, limit: int) -> Sequence[Record]:
        with self._lock:
            waiting = self._parts[part]
            if offset < waiting.taken:
                raise RuntimeError(
                    f"{part} was taken up to {waiting.taken} and is asked for from {offset} on: the database has lost "
                    "what it had committed; this worker starts again from what is there"
                )
            waiting.taken = offset
            while waiting.records and waiting.records[0].offset < offset:
                waiting.size -= _size(waiting.records.popleft())
            return list(islice(waiting.records, limit))


def _size(record: Record) -> int:
    return _EACH + len(record.value) + sum(len(name) + len(value or b"") for name, value in record.headers)
