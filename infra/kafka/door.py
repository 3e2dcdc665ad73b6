"""The door where upstream publishes to Kafka itself: it stands behind the topic, with the shard's owner.

The naive worker takes what it finds in ``intake`` as a message. But anyone may write there: a command under another
source, a receipt without a part, a record that some client's other partitioner put elsewhere, or a copy of another
topic made by a mirror. Here a record counts as admitted only with our seal for its very place. Any other one goes
through the same checks as an HTTP request; then it is decided here, or sent on, sealed, to where it belongs (it keeps
its source and id, so that a second sending is a repeat), or refused, with its bytes and the place it was found in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from events.decision import Problem
from infra.clock import Clock
from infra.edge import Admitted, Edge, Refused
from infra.errors import Poison
from infra.kafka.bound import Seals
from infra.kafka.records import SEAL, Record, event, header, identity
from infra.queue.port import COMMANDS, Aside, Queued

_FORGED: Final = Problem(
    "lotone_seal", "not sealed by one of this ledger's processes", "publish CloudEvents to a topic that ends in .intake"
)
_LARGE: Final = Problem(
    "data", "it lies on the wrong partition, and is too large to be sent on", "publish it again through POST /events"
)
Put = Callable[[str, Sequence[Queued]], None]


class Door:
    """Turns records into what a shard's owner takes. ``put`` sends on what belongs elsewhere, durably."""

    def __init__(self, edge: Edge, seals: Seals, shards: Mapping[str, int], clock: Clock, put: Put) -> None:
        self._edge, self._seals, self._shards, self._clock, self._put = edge, seals, shards, clock, put

    def take(self, kind: str, domain: str, shard: int, records: Sequence[Record]) -> list[bytes | Aside]:
        """What each record is. Everything is sent on before this returns, so that its offset may then be passed."""
        found: list[bytes | Aside | Queued | None] = [self._sealed(kind, domain, shard, record) for record in records]
        if strange := [number for number, one in enumerate(found) if one is None]:
            checked = self._check(kind, [records[number] for number in strange])
            for number, one in zip(strange, checked, strict=True):
                found[number] = self._own(one, domain, shard)
        if astray := [one for one in found if isinstance(one, Queued)]:
            try:
                self._put(kind, astray)
            except Poison:
                return [self._alone(kind, domain, shard, *both) for both in zip(records, found, strict=True)]
        return [Aside() if one is None or isinstance(one, Queued) else one for one in found]

    def _alone(
        self, kind: str, domain: str, shard: int, record: Record, one: bytes | Aside | Queued | None
    ) -> bytes | Aside:
        """One too large must not stand in the way of all that lies behind it."""
        if not isinstance(one, Queued):
            return one or Aside()
        try:
            self._put(kind, [one])
        except Poison:
            refused = self._edge.refuse(event(record.headers, record.value), (_LARGE,), self._clock())
            return Aside(replace(refused.rejected, domain=domain, shard=shard))
        return Aside()

    def _sealed(self, kind: str, domain: str, shard: int, record: Record) -> bytes | Queued | None:
        """Ours, here or for another shard; None for anybody else's."""
        seal = header(record.headers, SEAL)
        if seal is None:
            return None
        if self._seals.fits(seal, kind, domain, shard, record.value):
            return record.value
        place = self._seals.place(seal, kind, domain, self._shards[domain], record.value)
        if place is None:
            return None
        source, id_ = identity(record.headers, record.value)
        return Queued(domain, place, source or "", id_ or "", record.value)

    def _check(self, kind: str, records: Sequence[Record]) -> Sequence[Admitted | Refused]:
        now, raws = self._clock(), [event(record.headers, record.value) for record in records]
        if kind == COMMANDS:
            return [self._edge.refuse(raw, (_FORGED,), now) for raw in raws]
        return self._edge.admit_all(raws, now)

    def _own(self, one: Admitted | Refused, domain: str, shard: int) -> bytes | Aside | Queued:
        if isinstance(one, Refused):
            return Aside(replace(one.rejected, domain=domain, shard=shard))
        queued = one.queued
        return queued.body if (queued.domain, queued.shard) == (domain, shard) else queued

