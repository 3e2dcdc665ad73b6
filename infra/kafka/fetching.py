"""Reading a partition from an offset, by nobody's group: for whoever knows where to go on.

The naive consumer resets to the earliest or the latest offset when the one it asks for isn't there, and says nothing:
some records are never read, or all are read again. Here nothing is reset; whoever reads asks for the bounds first.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from infra.errors import Transient
from infra.kafka.brokers import Brokers, brokers_of
from infra.kafka.records import Record

_SETTINGS: Final[dict[str, Any]] = {
    "client.id": "lotone-reader",
    "group.id": "lotone.reader",  # asked for by librdkafka, and never joined; brokers with an authorizer look at it
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",
    "isolation.level": "read_committed",
    "enable.partition.eof": True,
    "fetch.wait.max.ms": 10,
    "queued.max.messages.kbytes": 16 * 1024,
    "socket.keepalive.enable": True,
    "log_level": 2,
}
_FORBIDDEN: Final = (KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.TOPIC_AUTHORIZATION_FAILED)
_PATIENCE: Final = 20.0
"""Seconds that brokers may take to answer."""
_SILENCES: Final = 40
"""Half seconds without a record nor an end, after which nobody answers."""

Place = tuple[str, int]
"""A topic and a partition."""


class Fetcher:
    """Reads from any partition. One caller at a time; going on where the last read ended is quick."""

    def __init__(self, brokers: str | Brokers) -> None:
        self._brokers = brokers_of(brokers).librdkafka()
        self._settings = {**_SETTINGS, **self._brokers}
        self._lock = threading.Lock()
        self._consumer: Consumer | None = None
        self._admin: AdminClient | None = None
        self._next: tuple[Place, int] | None = None
        self._hollow: dict[Place, tuple[int, int]] = {}

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        """A client that failed isn't asked again: of a leader that was elected anew it may keep an epoch that is over,
        and would be told so for ever (FENCED_LEADER_EPOCH; seen when brokers were killed one after the other)."""
        consumer, self._consumer, self._admin, self._next = self._consumer, None, None, None
        if consumer is not None:
            consumer.close()

    def bounds(self, place: Place) -> tuple[int, int]:
        """The first offset that is there, and the one that the next record will have."""
        with self._lock:
            try:
                return self._ready().get_watermark_offsets(TopicPartition(*place), timeout=_PATIENCE)
            except KafkaException as error:
                self._drop()
                raise _transient(error) from error

    def topics(self) -> frozenset[str]:
        """The names of all topics that we may see."""
        with self._lock:
            try:
                return frozenset(self._ready().list_topics(timeout=_PATIENCE).topics)
            except KafkaException as error:
                self._drop()
                raise _transient(error) from error

    def ends(self, places: Iterable[Place]) -> Mapping[Place, int]:
        """Up to where each partition can be read, as ``bounds`` has it: what stands in a transaction that is open isn't
        there yet. In one request to each broker."""
        with self._lock:
            if self._admin is None:
                self._admin = AdminClient({**self._brokers, "log_level": 2})
            admin = self._admin
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        asked = {TopicPartition(*place): latest for place in places}
        try:
            told = admin.list_offsets(asked, isolation_level=IsolationLevel.READ_COMMITTED, request_timeout=_PATIENCE)
            return {(at.topic, at.partition): found.result().offset for at, found in told.items()}
        except KafkaException as error:
            with self._lock:
                self._drop()
            raise _transient(error) from error

    def read(self, place: Place, offset: int, limit: int, until: int) -> Sequence[Record]:
        """Records from an offset on, which is there: as many as are wanted, or up to ``until``, an offset that the end
        has reached."""
        if offset >= until or self._hollow.get(place) == (offset, until):
            return ()
        with self._lock:
            consumer = self._ready()
            try:
                if self._next != (place, offset):
                    consumer.assign([TopicPartition(*place, offset)])
                found = self._consume(consumer, place, offset, limit, until)
            except KafkaException as error:
                self._drop()
                raise _transient(error) from error
            self._next = (place, found[-1].offset + 1 if found else offset)
            return found

    def _consume(self, consumer: Consumer, place: Place, offset: int, limit: int, until: int) -> list[Record]:
        """The end is told once, so whoever goes on where it was told may wait for it in vain, and asks anew; which
        takes a second, so what holds nothing to be read is remembered."""
        found: list[Record] = []
        silences = 0
        while len(found) < limit and (not found or found[-1].offset + 1 < until):
            told = consumer.consume(limit - len(found), timeout=0.5)
            silences = 0 if told else silences + 1
            if silences == 1:
                consumer.assign([TopicPartition(*place, found[-1].offset + 1 if found else offset)])
            ended = False
            for message in told:  # all of them: records may follow on the end that was told before they came
                error = message.error()
                if error is None:
                    value = message.value()
                    headers = cast("Sequence[tuple[str, bytes]] | None", message.headers())
                    found.append(Record(cast(int, message.offset()), headers or (), value or b""))
                    ended = False
                elif error.code() == KafkaError._PARTITION_EOF:
                    if not found and cast(int, message.offset()) >= until:  # only markers of transactions
                        self._hollow[place] = (offset, until)
                    ended = True
                else:
                    raise KafkaException(error)
            if ended:
                return found
            if silences >= _SILENCES:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "no broker gives records nor an end"))
        return found

    def _ready(self) -> Consumer:
        if self._consumer is None:
            self._consumer = Consumer(self._settings)
        return self._consumer


def _transient(error: KafkaException) -> Transient:
    what = error.args[0]
    granted = "; grant our user what docs/operations.md lists" if what.code() in _FORBIDDEN else ""
    return Transient(f"Kafka failed while reading: {what}{granted}")
