"""What follows from a service's facts: commands to other domains, each exactly once however often this runs.

A reactor reads its domain's shards behind a cursor, asks the service's pure ``react``, and puts the commands onto
their queues before it moves the cursor. A crash in between puts them again: their ids derive from the fact, so the
second ones are repeats. (The naive way sends from within ``decide``: then a replay sends everything anew.)
"""

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

import structlog

from events.codec import decode, encode
from events.decision import Recorded
from events.model import Fact, Payload
from events.register import entry
from events.service import Service
from infra import metrics
from infra.edge import OURS
from infra.engine import Stop
from infra.errors import Transient
from infra.faults import reach
from infra.ledger.port import Cursor, Ledger, ShardId
from infra.logs import told
from infra.queue.port import COMMANDS, Queue, Queued
from infra.queue.wire import Wire, pack
from infra.sharding import shard_of

_log = structlog.get_logger("lotone.reactions")
_CHUNK: Final = 1_000
_PATIENCE: Final = 0.05
_LONGEST: Final = 5.0


class Cursors(Protocol):
    """Where readers that keep no rows remember their place."""

    def load(self, reader: str) -> Mapping[tuple[str, int], Cursor]: ...

    def save(self, reader: str, domain: str, shard: int, cursor: Cursor) -> None: ...


class Reactor:
    """Turns one service's facts into commands."""

    def __init__(
        self,
        service: Service[Any],
        ledger: Ledger,
        queue: Queue,
        cursors: Cursors,
        own: Sequence[int] | None = None,
        decode: Callable[[Recorded], Fact] = decode,
    ) -> None:
        """``own`` are the shards that are followed; all, when nothing is said. ``decode`` may know facts that were just
        decided here."""
        self._service, self._ledger, self._queue, self._cursors = service, ledger, queue, cursors
        self._decode = decode
        self._name = f"reactions/{service.domain}"
        self._shards = ledger.genesis().shards
        self._own = range(self._shards[service.domain]) if own is None else own
        self._places: dict[tuple[str, int], Cursor] | None = None

    def step(self, heads: Mapping[ShardId, Cursor]) -> int:
        """Follow up to a chunk of facts on each shard that has news; how many were read."""
        if self._places is None:
            self._places = dict(self._cursors.load(self._name))
        domain, places = self._service.domain, self._places
        return sum(
            self._shard(shard, places)
            for shard in self._own
            if heads[domain, shard].position > places.get((domain, shard), Cursor()).position
        )

    def forget(self) -> None:
        """Read the cursors again before the next step."""
        self._places = None

    def _shard(self, shard: int, places: dict[tuple[str, int], Cursor]) -> int:
        domain = self._service.domain
        facts = self._ledger.read(domain, shard, places.get((domain, shard), Cursor()), _CHUNK)
        if not facts:
            return 0
        commands = [found for at in facts for found in self._commands(at)]
        reach("reactions.before")
        if commands:
            self._queue.put(COMMANDS, commands)
            metrics.commands_sent.labels(domain).inc(len(commands))
            reach("reactions.between")
        places[domain, shard] = cursor = Cursor(facts[-1].position, facts[-1].hash)
        self._cursors.save(self._name, domain, shard, cursor)
        reach("reactions.after")
        return len(facts)

    def _commands(self, at: Recorded) -> Sequence[Queued]:
        return [
            queued(command, at, number, self._shards)
            for number, command in enumerate(self._service.react(self._decode(at), at))
        ]


def queued(command: Payload, at: Recorded, number: int, shards: Mapping[str, int]) -> Queued:
    """The ``number``-th command that follows from a fact: all its identity derives from its cause."""
    found = entry(type(command))
    data = encode(command)
    wire = Wire(
        source=f"{OURS}{at.domain}/{at.shard}",
        id=f"{at.position}.{number}",
        type=found.wire,
        time=at.occurred_at,
        actor=at.actor,
        correlation=at.correlation,
        causation=at.id,
        precision=at.precision,
        zone=at.zone,
        traceparent=at.traceparent,
        digest=hashlib.sha256(found.wire.encode() + data).digest(),
        data=data,
    )
    shard = shard_of(command.stream, shards[found.domain])
    return Queued(found.domain, shard, wire.source, wire.id, pack(wire))


class Reactions:
    """All reactors of a process, in a thread of their own. While ``ours`` says no, somebody else follows those facts:
    that both do would do no harm but the work twice."""

    def __init__(
        self, reactors: Sequence[Reactor], ledger: Ledger, ours: Callable[[], bool] = lambda: True
    ) -> None:
        self._reactors, self._ledger, self._ours = tuple(reactors), ledger, ours
        self.stop = Stop()
        self.followers: list[threading.Event] = []
        self.failure: str | None = None

    def step(self) -> int:
        """One step of each; how many facts were read."""
        if not self._ours():
            self._forget()
            return 0
        heads = self._ledger.heads()
        read = sum(reactor.step(heads) for reactor in self._reactors)
        if read:
            for follower in self.followers:
                follower.set()
        return read

    def _forget(self) -> None:
        for reactor in self._reactors:
            reactor.forget()

    def run(self) -> None:
        """Until told to stop."""
        pause = 0.0
        try:
            while not self.stop.ending.is_set():
                try:
                    self.stop.pace(self.step(), _PATIENCE)
                    pause = 0.0
                except Transient as error:
                    self._forget()
                    pause = min(_LONGEST, pause * 2 or 0.05)
                    _log.warning("reading again", why=str(error), seconds=pause)
                    self.stop.ending.wait(pause)
        except BaseException as error:
            self.failure = told(error)
            _log.error("stopped", why=self.failure)
            raise
