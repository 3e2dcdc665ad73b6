"""What a queue is, whoever carries it: one numbered sequence for each shard of ``intake`` and of ``commands``.

Offsets count from 1 with no gap, in the order of commits, so that "after offset n" never misses one.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from infra.ledger.port import ShardId

INTAKE, COMMANDS = "intake", "commands"


class Queued(NamedTuple):
    """A message as a queue keeps it; ``body`` is ``infra/queue/wire.py``'s form of it."""

    domain: str
    shard: int
    source: str
    id: str
    body: bytes


class Queue(Protocol):
    """Every method may raise ``Transient``."""

    def put(self, kind: str, messages: Sequence[Queued]) -> None:
        """Durable once this returns; all or nothing."""
        ...

    def read(self, kind: str, domain: str, shard: int, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        """``(offset, body)`` behind an offset, in order."""
        ...

    def ends(self, kind: str) -> Mapping[ShardId, int]:
        """The last offset of each shard."""
        ...

    def pending(self, source: str, id: str) -> Sequence[tuple[ShardId, int]]:
        """Where an event stands in the intake, taken or not."""
        ...
