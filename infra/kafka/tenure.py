"""The time in which some shards of a service are this worker's: claimed, decided and given up together.

All in it is made for it and ends with it: the ledger's session, which is what owns the shards, the cached states, the
records that were fetched. So nothing of an earlier time can be mistaken for something of this one.

Threads of its own decide and react: an append may take long, and the event loop must go on saying that we are alive.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from events.service import Service
from infra.cursors import PostgresCursors
from infra.engine import Engine, Stop
from infra.errors import Transient
from infra.kafka.published import unlost
from infra.kafka.queue import KafkaQueue
from infra.kafka.slices import Part, Slices
from infra.ledger.postgres import PostgresLedger
from infra.process import limits
from infra.queue.port import COMMANDS, INTAKE
from infra.reactions import Reactions, Reactor
from infra.reference import ReferenceReader
from infra.runtime import Worker
from infra.store import Store

_log = structlog.get_logger("lotone.worker")
_PAUSE: Final = 0.2

Failed = Callable[[BaseException], None]


@dataclass(slots=True)
class Tenure:
    """Of these shards. ``begin`` in a thread, then ``run``; ``end`` in a thread too, whatever had come of it."""

    base: Store
    queue: KafkaQueue
    service: Service[Any]
    catalogue: ReferenceReader
    shards: Sequence[int]
    slices: Slices = field(init=False)
    ledger: PostgresLedger = field(init=False)
    engine: Engine = field(init=False)
    reactions: Reactions = field(init=False)
    _threads: list[threading.Thread] = field(default_factory=list, init=False)
    _ending: threading.Event = field(default_factory=threading.Event, init=False)

    def __post_init__(self) -> None:
        base, domain = self.base, self.service.domain
        stop = Stop()
        self.ledger = PostgresLedger(base.dsn, base.connections)
        self.slices = Slices(self.queue, stop.news)
        workers = [
            Worker(
                self.service, shard, ledger=self.ledger, queue=self.slices, catalogue=self.catalogue, keys=base.keys,
                clock=base.clock, owner=f"services.{domain} worker", limits=limits(base.settings),
            )
            for shard in self.shards
        ]  # fmt: skip
        self.engine = Engine(workers, self.ledger, self.slices, self.catalogue)
        self.engine.stop = stop
        cursors = PostgresCursors(base.connections)
        decode = self.engine.handing().decode
        reactor = Reactor(self.service, base.ledger, self.queue, cursors, self.shards, decode)
        self.reactions = Reactions([reactor], base.ledger)
        self.engine.followers.append(self.reactions.stop.news)

    def begin(self) -> Mapping[Part, int]:
        """Claim the shards; where each queue of them is read from, in Kafka's offsets."""
        while True:
            try:
                unlost(self.base, self.service.domain, self.shards)
                self.engine.claim()
                self.engine.owned = True
                return {
                    (kind, worker.domain, worker.shard): self._position(kind, worker)
                    for worker in self.engine.workers
                    for kind in (COMMANDS, INTAKE)
                }
            except Transient as error:
                if self._ending.is_set():
                    raise
                _log.warning("claiming again", why=str(error))
                self._ending.wait(_PAUSE)

    def _position(self, kind: str, worker: Worker) -> int:
        offset, _ = self.queue.checked(kind, worker.domain, worker.shard, worker.offsets.get(kind, 0))
        self.slices.open((kind, worker.domain, worker.shard), offset)
        return offset

    def run(self, failed: Failed) -> None:
        """Decide and react from now on. ``failed`` hears, in another thread, what can't be gone on from."""
        for name, work in (("engine", self.engine.run), ("reactions", self.reactions.run)):
            thread = threading.Thread(target=self._guarded, args=(work, failed), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _guarded(self, work: Callable[[], None], failed: Failed) -> None:
        try:
            work()
        except BaseException as error:
            failed(error)
            raise

    def end(self) -> None:
        """Finish what is being appended, and give the shards up."""
        self._ending.set()
        for stop in (self.engine.stop, self.reactions.stop):
            stop.end()
        for thread in self._threads:
            thread.join()
        self.ledger.close()
