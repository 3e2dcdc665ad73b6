"""A service as a worker of its group: ``python -m services.order worker``, as many of them as there are shards.

Faust says which shards are ours and brings what was fetched (``infra/kafka/transport.py``); a tenure decides it
(``infra/kafka/tenure.py``). Here the two meet, in the event loop. What can't be gone on from ends the process with an
error, and whoever watches over it starts it again: a worker that was fenced, or whose agent failed, joins anew.
"""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from faust import Worker as FaustWorker
from faust.types import TP

from events.service import Service
from infra.errors import Misfit
from infra.exposing import exposed
from infra.kafka.brokers import Brokers
from infra.kafka.queue import KafkaQueue
from infra.kafka.records import Record
from infra.kafka.slices import Part
from infra.kafka.tenure import Tenure
from infra.kafka.transport import SliceApp
from infra.presence import Heart, Said, troubles
from infra.process import begun, settle_in
from infra.queue.port import COMMANDS, INTAKE
from infra.reference import ReferenceReader
from infra.settings import read_settings
from infra.store import Store

_log = structlog.get_logger("lotone.worker")
_KINDS: Final = (COMMANDS, INTAKE)


class Shards:
    """The owner of whatever shards Kafka's group gives this worker."""

    def __init__(self, base: Store, queue: KafkaQueue, service: Service[Any]) -> None:
        self._base, self._queue, self._service = base, queue, service
        self._catalogue = ReferenceReader(base.ledger)
        self._topics = {queue.places.topics.name(kind, service.domain): kind for kind in _KINDS}
        self._tenure: Tenure | None = None
        self._begun: asyncio.Future[Mapping[Part, int]] | None = None
        self.app: SliceApp | None = None

    @property
    def topics(self) -> Sequence[str]:
        """What this service reads."""
        return tuple(self._topics)

    def said(self) -> Said:
        """What this worker says of itself: it is in charge of what it has claimed."""
        tenure = self._tenure
        if tenure is None or not tenure.engine.owned:
            return Said()
        found = troubles((("engine", tenure.engine), ("reactions", tenure.reactions)))
        return Said([f"{self._service.domain}/{shard}" for shard in tenure.shards], found)

    def _part(self, tp: TP) -> Part:
        return self._topics[tp.topic], self._service.domain, tp.partition

    async def begin(self, assigned: set[TP]) -> Mapping[TP, int]:
        await self.end()
        shards = sorted({tp.partition for tp in assigned})
        tenure = self._tenure = Tenure(self._base, self._queue, self._service, self._catalogue, shards)
        self._begun = asyncio.ensure_future(asyncio.to_thread(tenure.begin))
        positions = await asyncio.shield(self._begun)
        if self._tenure is tenure:
            tenure.run(self._failing(asyncio.get_running_loop(), tenure))
        _log.info("owning", domain=self._service.domain, shards=shards)
        return {tp: positions[self._part(tp)] for tp in assigned}

    async def end(self) -> None:
        tenure, self._tenure = self._tenure, None
        begun, self._begun = self._begun, None
        if tenure is None:
            return
        await asyncio.to_thread(tenure.end)
        if begun is not None:
            await asyncio.wait([begun])
        await asyncio.to_thread(tenure.ledger.close)
        _log.info("given up", domain=self._service.domain, shards=list(tenure.shards))

    def room(self, tp: TP) -> bool:
        return self._tenure is not None and self._tenure.slices.room(self._part(tp))

    async def take(self, tp: TP, records: Sequence[Any]) -> None:
        """A slice has come."""
        if self._tenure is None:
            return
        told = [Record(record.offset, record.headers, record.value or b"") for record in records]
        again = self._tenure.slices.add(self._part(tp), told)
        if again is not None:
            assert self.app is not None
            await self.app.consumer.seek_wait({tp: again})

    def _failing(self, loop: asyncio.AbstractEventLoop, tenure: Tenure) -> Any:
        def failed(error: BaseException) -> None:
            asyncio.run_coroutine_threadsafe(self._crash(error, tenure), loop)

        return failed

    async def _crash(self, error: BaseException, tenure: Tenure) -> None:
        if self._tenure is tenure and self.app is not None:
            await self.app.crash(error)


def worker(service: Service[Any]) -> None:
    """Be one of the workers of a service until told to end."""
    if read_settings().kafka_bootstrap is None:
        raise Misfit(
            f"workers share the shards of {service.domain} by a Kafka group: set LOTONE_KAFKA_BOOTSTRAP, "
            "or run the service alone, without the word worker, or everything with `lotone up`"
        )
    with begun() as base, tempfile.TemporaryDirectory(prefix="lotone-worker-") as folder:
        settings = base.settings
        assert isinstance(base.queue, KafkaQueue)
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        shards = Shards(base, base.queue, service)
        group = f"{settings.kafka_prefix}lotone.{service.domain}"
        app = SliceApp(
            group, Brokers.of(settings), shards, settings.kafka_session, folder, base.genesis.shards[service.domain]
        )
        shards.app = app
        app.slices(shards.topics, shards.take)
        settle_in()
        running = FaustWorker(app, loop=loop, quiet=True, override_logging=False, redirect_stdouts=False)
        running.spinner = None
        heart = Heart(base.dsn, service.domain, shards.said, settings.planner_lease)
        with exposed(settings, lambda: [*shards.said().troubles, *heart.troubles()]), heart.beating():
            running.execute_from_commandline()
