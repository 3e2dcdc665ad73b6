"""A whole history decided once more by another runtime: another ledger, queues of another form, the same messages.

The idea. ``lotone replay`` asks the services' rules again, on the states that were recorded. Here everything runs: the
messages are put into the queues of a ledger with nothing in it, its own workers take them from there, decide, chain and
append, and its own planner lives on what they have appended. What one form left to chance is told to the other: which
messages were decided together and when, how far the catalogue was read by then, and where each cut was taken. Facts say
all that (DESIGN, invariant 6), so two ledgers can be compared fact by fact.

The naive way runs the other form freely on the same intake. It gives another history, as right as the first one: which
of two messages a shard takes first, and what a planner has read when it decides, is nobody's promise.

Shard by shard, the catalogue first and planning last: a shard's decisions rest on nothing but its own past, its
messages, the catalogue up to a position, and the time. Commands come from the first form's queues; that the second
form's facts ask for the very same ones is looked at in the end (``unasked``).

What isn't run: messages that came to no fact, and what waited is told when it was decided at last.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from events.codec import decode
from events.decision import Recorded
from events.planning.facts import CutTaken
from events.service import Service
from infra.edge import OURS
from infra.errors import Misfit
from infra.keystore import KeyStore
from infra.ledger.port import Batch, Cursor, Ledger, ShardId
from infra.lived import HOME, Life
from infra.planner import Figures, PlanningWorker
from infra.planning import PLANNER, Planning
from infra.queue.port import Aside, Queue, Queued
from infra.queue.wire import Wire, pack, unpack
from infra.reactions import queued
from infra.reference import CATALOGUE, ReferenceReader
from infra.replay import Messages, Replayed, barely
from infra.runtime import Limits, Worker

_TOGETHER: Final = 500
_DERIVED: Final = re.compile(r"\d+\.\d+")
"""Ids of commands that follow from facts."""
Key = tuple[str, str]


@dataclass(slots=True)
class Moment:
    """What a shard decided at one time on one state of the catalogue: messages of one queue, or a cut (no ``kind``)."""

    kind: str | None
    facts: list[Recorded]
    wires: list[Wire] = field(default_factory=list)

    def takes(self, other: "Moment") -> bool:
        """Whether the other one may be decided in the same batch."""
        mine, its = self.facts[0], other.facts[0]
        return (
            self.kind == other.kind is not None
            and mine.recorded_at == its.recorded_at
            and (mine.reference == its.reference or mine.domain == CATALOGUE)
            and len(self.wires) < _TOGETHER
        )


class _Unkept(Exception):
    """A message that no queue holds any more."""


class Rerun:
    """From one ledger and what its queues ``kept``, into another and its queue. ``keys`` are of the second one."""

    def __init__(
        self, was: Ledger, kept: Queue, now: Ledger, queue: Queue, keys: KeyStore, services: Sequence[Service[Any]],
        planning: Planning,
    ) -> None:  # fmt: skip
        self._was, self._kept, self._now, self._queue, self._keys = was, kept, now, queue, keys
        self._services, self._planning = sorted(services, key=lambda one: one.domain != CATALOGUE), planning
        self._asked: dict[Key, bytes] = {}
        self._follows: dict[Key, bytes] = {}
        self._time: datetime | None = None
        if was.genesis().shards != now.genesis().shards or any(head.position for head in now.heads().values()):
            raise Misfit("a history is decided once more in a ledger of as many shards that has no fact yet")

    def run(self) -> Iterator[Replayed]:
        """Every shard, one after the other; one that differs is left where it does."""
        shards = self._was.genesis().shards
        for service in self._services:
            for shard in range(shards[service.domain]):
                yield self._shard(service, shard, Worker(service, shard, **self._given()))
        life = Life(self._planning.planner, self._now)
        worker = PlanningWorker(life, Figures(), service=self._planning.service, **self._given())
        yield self._shard(self._planning.service, 0, worker)

    def unasked(self) -> list[str]:
        """Commands that the first form's services were asked, and that don't follow from the second form's facts."""
        return [
            f"{source} {id_}"
            for (source, id_), digest in sorted(self._asked.items())
            if self._follows.get((source, id_)) != digest
        ]

    def _given(self) -> dict[str, Any]:
        return {
            "ledger": self._now, "queue": _Paced(self._queue), "catalogue": _Catalogue(self._now), "keys": self._keys,
            "clock": self._clock, "owner": "rerun", "limits": Limits(batch=_TOGETHER),
        }  # fmt: skip

    def _clock(self) -> datetime:
        assert self._time is not None
        return self._time

    def _shard(self, service: Service[Any], shard: int, worker: Worker) -> Replayed:
        place, found = (service.domain, shard), Replayed(service.domain, shard)
        try:
            moments = list(_moments(self._was, self._kept, place))
        except _Unkept as error:
            found.unkept = self._was.heads()[place].position
            found.differs(str(error))
            return found
        self._put(place, moments)
        worker.claim()
        run = _Run(worker, service, self._now, self._follows, found)
        for moment in moments:
            self._time = moment.facts[0].recorded_at
            if not run.one(moment):
                return found
        return found

    def _put(self, place: ShardId, moments: Sequence[Moment]) -> None:
        """Each message into the queue that it was in, in the order in which they were decided."""
        for kind, group in groupby((one for one in moments if one.kind is not None), key=lambda one: str(one.kind)):
            wires = [wire for moment in group for wire in moment.wires]
            messages = [Queued(*place, wire.source, wire.id, pack(wire)) for wire in wires]
            for first in range(0, len(messages), _TOGETHER):
                self._queue.put(kind, messages[first : first + _TOGETHER])
            self._asked |= {
                (wire.source, wire.id): wire.digest
                for wire in wires
                if wire.source.startswith(OURS) and _DERIVED.fullmatch(wire.id)
            }


@dataclass(slots=True)
class _Run:
    """One shard under way."""

    worker: Worker
    service: Service[Any]
    ledger: Ledger
    follows: dict[Key, bytes]
    found: Replayed

    def one(self, moment: Moment) -> bool:
        """Decide it and append it; whether it came out alike."""
        batch = self._cut(moment) if moment.kind is None else self._messages(moment)
        facts = [] if batch is None else batch.facts
        self.found.facts += len(facts)
        self.found.messages += len(moment.wires)
        alike = self._alike(moment.facts, facts)
        if batch is not None:
            self.ledger.append([batch])
            self.worker.committed()
            if isinstance(self.worker, PlanningWorker):
                self.worker.life.committed(moment.kind is None)
            self._followed(facts)
        return alike

    def _messages(self, moment: Moment) -> Batch | None:
        assert moment.kind is not None
        paced = self.worker._queue
        assert isinstance(paced, _Paced)
        paced.upto = self.worker.offsets.get(moment.kind, 0) + len(moment.wires)
        if self.service.domain != CATALOGUE:
            catalogue = self.worker._catalogue
            assert isinstance(catalogue, _Catalogue)
            catalogue.go(moment.facts[0].reference)
        return self.worker.prepare({moment.kind: paced.upto})

    def _cut(self, moment: Moment) -> Batch | None:
        worker, first = self.worker, decode(moment.facts[0])
        assert isinstance(worker, PlanningWorker)
        assert isinstance(first, CutTaken)
        read = {(place.domain, place.shard): Cursor(place.position) for place in first.vector}
        worker.life.catch_up({**read, HOME: worker.life.home})
        worker.cutting = True
        try:
            return worker.prepare({})
        finally:
            worker.cutting = False

    def _alike(self, was: Sequence[Recorded], now: Sequence[Recorded]) -> bool:
        for one, other in zip(was, now, strict=False):
            if _same(one) == _same(other):
                continue
            if _same(barely(one)) != _same(barely(other)):
                self.found.differs(f"{one.id}: {_same(one)} was recorded, {_same(other)} is decided")
                return False
            self.found.resealed += 1
        if len(was) != len(now):
            self.found.differs(f"{was[0].id}: {len(was)} facts were recorded, {len(now)} are decided")
        return len(was) == len(now)

    def _followed(self, facts: Sequence[Recorded]) -> None:
        shards = self.ledger.genesis().shards
        for at in facts:
            for number, command in enumerate(self.service.react(decode(at), at)):
                told = queued(command, at, number, shards)
                self.follows[told.source, told.id] = unpack(told.body).digest


def _same(at: Recorded) -> Recorded:
    """All that must be equal: the decided bytes, and where, when and on what it was decided."""
    return at._replace(hash=b"", traceparent=None)


def _moments(ledger: Ledger, kept: Queue, place: ShardId) -> Iterator[Moment]:
    """A shard's history as it was decided."""
    messages, gathered = Messages(ledger, kept, place), None
    for (source, cause), facts in groupby(ledger.scan(*place), key=lambda at: (at.source, at.cause)):
        one = Moment(None, list(facts))
        if source != PLANNER:
            found = messages.find(source, cause)
            if found is None:
                raise _Unkept(f"{one.facts[0].id}: its message {source} {cause} isn't kept: nothing goes on from there")
            one.kind, one.wires = found[0], [found[1]]
        if gathered is not None and gathered.takes(one):
            gathered.facts += one.facts
            gathered.wires += one.wires
            continue
        if gathered is not None:
            yield gathered
        gathered = one
    if gathered is not None:
        yield gathered


class _Paced:
    """A queue that ends where a moment does."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self.upto = 0
        self.put, self.ends, self.pending = queue.put, queue.ends, queue.pending

    def read(
        self, kind: str, domain: str, shard: int, after: int, limit: int
    ) -> Sequence[tuple[int, bytes | Aside]]:
        return self._queue.read(kind, domain, shard, after, min(limit, self.upto - after))


class _Catalogue(ReferenceReader):
    """The catalogue at any position."""

    def go(self, position: int) -> None:
        """As it was there."""
        if position < self._cursor.position:
            self.__init__(self._ledger)  # type: ignore[misc]
        while self._cursor.position < position:
            for at in self._ledger.read(CATALOGUE, 0, self._cursor, min(_TOGETHER, position - self._cursor.position)):
                self.fold(decode(at), at)


