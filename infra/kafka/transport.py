"""The one file that touches Faust's internals (faust-streaming 0.15.3, pinned; ``test_transport.py`` holds it to this).

Faust does membership and slices here, and nothing else: it joins the group, hears which shards are ours, fetches, and
hands an agent all that one fetch gave of a partition, as one message.

The naive agent takes record by record, which costs 300 µs each whatever is set; a timer commits its offset, also when
the agent raised, so that what it failed at is lost; and a worker without partitions is thrown out of its group after a
while and never comes back. So here

- a slice is one message (``_drain_messages``), and a partition that has no room isn't fetched;
- nothing is committed to Kafka, ever (``commit``). On assignment the ``Owner`` claims the shards and says where each is
  read from (``seek_to_committed``), and gives them up when they are revoked, and when the worker stops;
- an offset that isn't there ends the worker (``auto.offset.reset`` is none), and so does an agent that fails;
- who is told to end while shards change hands ends well (``_drain_messages``: Faust calls it a crash), and who is told
  to while no broker is there ends at once (``on_thread_stop``: it would take a minute);
- shards are dealt out with both their queues (``infra/kafka/sharing.py``), what was aborted upstream isn't read, and an
  idle worker says that it is alive (``_beat``), and so does one that takes long to claim its shards.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, Protocol, cast

import faust
from aiokafka.errors import NoOffsetForPartitionError
from faust.serializers.schemas import Schema
from faust.transport.drivers import TRANSPORTS, aiokafka
from faust.types import TP, AppT, ConsumerMessage
from mode import ServiceT
from mode.supervisors import CrashingSupervisor

from infra.kafka.brokers import Brokers, brokers_of
from infra.kafka.sharing import ShardAssignor

SCHEME: Final = "lotone"
TRANSPORTS.aliases[SCHEME] = f"{__name__}:Transport"
_WAIT_MS: Final = 50
"""A fetch waits so long for company. (Faust's own 1.5 s are waited for whenever a partition joins a fetch late.)"""
_PATIENCE: Final = 0.5
_IDLE: Final = 0.02
_CLAIMING: Final = 0.5
"""Seconds between two signs of life of a worker that claims its shards."""


Take = Callable[[TP, Sequence[Any]], Awaitable[None]]


class Owner(Protocol):
    """Whom the shards belong to while this worker has them. Called in the worker's event loop."""

    async def begin(self, assigned: set[TP]) -> Mapping[TP, int]:
        """Become the owner of these; where each is read from."""
        ...

    async def end(self) -> None:
        """Give up everything. What is under way is finished, or never was."""
        ...

    def room(self, tp: TP) -> bool:
        """Whether more of this partition may come."""
        ...


class Thread(aiokafka.AIOKafkaConsumerThread):
    """Kafka's client, in a thread and a loop of its own, where heartbeats are sent whatever else goes on."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._partition_assignment_strategy = (ShardAssignor(self.app.shards),)  # type: ignore[attr-defined]
        consumer._isolation_level = "read_committed"
        consumer._fetch_max_wait_ms = _WAIT_MS
        return consumer

    async def _fetch_records(self, *arguments: Any, **named: Any) -> Any:
        try:
            return await super()._fetch_records(*arguments, **named)
        except NoOffsetForPartitionError:  # asked before we said from where
            return {}

    async def on_thread_stop(self) -> None:
        """A fetch that waits to be tried again, because no broker is there, is cancelled and then awaited by aiokafka's
        ``close``, which ends by that too; and Mode would wait a minute for a thread that has ended so."""
        try:
            await super().on_thread_stop()
        except asyncio.CancelledError:
            await self._ensure_consumer()._client.close()

    async def beat(self) -> None:
        """Say that we are alive although we fetch nothing."""
        await self.call_thread(self._beat, self._ensure_consumer())

    async def _beat(self, consumer: Any) -> None:
        with consumer._subscription.fetch_context():
            pass


class Consumer(aiokafka.Consumer):
    """Hands slices on, and asks the owner instead of Kafka where to begin."""

    _thread: Thread

    @property
    def owner(self) -> Owner:
        return cast(Owner, self.app.owner)  # type: ignore[attr-defined]

    def _new_consumer_thread(self) -> Thread:
        return Thread(self, loop=self.loop, beacon=self.beacon)

    async def commit(self, *_: Any, **__: Any) -> bool:
        return False

    async def seek_to_committed(self) -> Mapping[TP, int]:
        begun = asyncio.ensure_future(self.owner.begin(self.assignment()))
        try:
            while not (await asyncio.wait([begun], timeout=_CLAIMING))[0]:
                await self._thread.beat()
        finally:
            begun.cancel()
        positions = begun.result()
        await self._thread.seek_wait(positions)
        return positions

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await self.owner.end()
        await super().on_partitions_revoked(revoked)

    async def on_stop(self) -> None:
        await self.owner.end()
        await super().on_stop()

    async def _drain_messages(self, fetcher: ServiceT) -> None:
        try:
            while not (self.should_stop or fetcher.should_stop):
                for tp, records in (await self._slices()).items():
                    message = self._message(tp, records)
                    await self.wait_first(self.callback(message), self.suspend_flow.wait())
        except asyncio.CancelledError:
            if not self.app.should_stop:
                raise
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise

    async def _slices(self) -> Mapping[TP, Sequence[Any]]:
        """What has come. While shards change hands nothing is handed on: reading begins anew after that."""
        if not self.flow_active:
            await self.wait(self.can_resume_flow)  # type: ignore[arg-type]
        wanted = {tp for tp in self._get_active_partitions() if self.owner.room(tp)}
        if not wanted:
            await self._thread.beat()
            await self.sleep(_IDLE)
            return {}
        records = await self._getmany(wanted, timeout=_PATIENCE)
        return records if records and self.flow_active else {}

    def _message(self, tp: TP, records: Sequence[Any]) -> ConsumerMessage:
        last = records[-1]
        tp = TP(tp.topic, tp.partition)
        return ConsumerMessage(
            tp.topic, tp.partition, last.offset, last.timestamp / 1000, last.timestamp_type, None, None,
            cast(Any, records), None, tp=tp, generation_id=self.app.consumer_generation_id,
        )  # fmt: skip


class Transport(aiokafka.Transport):
    """Chosen by a broker's address that begins with ``lotone://``."""

    Consumer: ClassVar[Any] = Consumer


class SliceSchema(Schema[Any, Any]):
    """Leaves the slice as it is."""

    def compile(self, app: AppT, **_: Any) -> Any:
        async def decode(message: Any, **_: Any) -> Any:
            return app.create_event(None, message.value, None, message)

        return decode


class SliceApp(faust.App):
    """A worker of a group that reads some topics by slices."""

    def __init__(
        self, group: str, brokers: str | Brokers, owner: Owner, session: float, folder: str, shards: int
    ) -> None:
        self.owner, self.shards = owner, shards
        at = brokers_of(brokers)
        super().__init__(
            group,
            broker=[f"{SCHEME}://{server}" for server in at.bootstrap.split(",")],
            broker_credentials=at.faust(),
            datadir=folder,
            store="memory://",
            autodiscover=False,
            web_enabled=False,
            topic_allow_declare=False,
            topic_disable_leader=True,
            consumer_auto_offset_reset="none",
            consumer_max_fetch_size=2 * 1024 * 1024,
            broker_session_timeout=session,
            broker_heartbeat_interval=session / 4,
            broker_max_poll_interval=300.0,
            stream_wait_empty=False,
            stream_buffer_maxsize=64,
            broker_commit_interval=3600.0,
            agent_supervisor=CrashingSupervisor,
        )

    def slices(self, topics: Sequence[str], take: Take) -> None:
        """Let ``take(tp, records)`` have each slice of these topics. What it raises ends the worker."""
        channel = self.topic(*topics, schema=SliceSchema(), acks=False)

        async def agent(stream: Any) -> None:
            async for event in stream.events():
                await take(event.message.tp, event.value)

        self.agent(channel, name="slices")(agent)
