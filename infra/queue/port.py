"""What a queue is, whoever carries it: one numbered sequence for each shard of ``intake`` and of ``commands``.

Offsets count from 1, in the order of commits, so that "after offset n" never misses one. In memory and in PostgreSQL
they have no gap, ``put`` is all or nothing, ``pending`` finds what was taken too, and only what passed the door is
there. Kafka promises less:

- markers of upstream's own transactions take offsets, so there may be gaps;
- of a ``put`` to many shards some may have theirs, and one the beginning of its own, when it raises ``Transient``;
  whoever hears that puts all of it again, and what was there is a repeat. ``Misfit`` comes before anything is put;
- ``pending`` finds only what isn't taken yet;
- upstream writes to the intake itself, so that what isn't fit is there too: as ``Aside``.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from infra.ledger.port import Rejected, ShardId

INTAKE, COMMANDS = "intake", "commands"


class Queued(NamedTuple):
    """A message as a queue keeps it; ``body`` is ``infra/queue/wire.py``'s form of it."""

    domain: str
    shard: int
    source: str
    id: str
    body: bytes


class Aside(NamedTuple):
    """What stands in a shard's queue and isn't for it to decide: it is refused, or was sent on to where it belongs.
    Whoever reads it records the refusal with the offset."""

    rejected: Rejected | None = None


class Queue(Protocol):
    """Every method may raise ``Transient``."""

    def put(self, kind: str, messages: Sequence[Queued]) -> None:
        """Durable once this returns."""
        ...

    def read(
        self, kind: str, domain: str, shard: int, after: int, limit: int
    ) -> Sequence[tuple[int, bytes | Aside]]:
        """``(offset, body)`` behind an offset, in order."""
        ...

    def ends(self, kind: str) -> Mapping[ShardId, int]:
        """The last offset of each shard."""
        ...

    def pending(self, source: str, id: str) -> Sequence[tuple[ShardId, int]]:
        """Where an event stands in the intake."""
        ...
