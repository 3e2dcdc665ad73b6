"""Who publishes while all of that dies: upstream systems that say a thing until they hear that it is durable."""

import math
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any, Final

import httpx
from confluent_kafka import Producer

from tests.integration.kafka.faults.history import Told

_STRUCTURED: Final[list[tuple[str, str | bytes | None]]] = [("content-type", b"application/cloudevents+json")]
_BATCH: Final = {"content-type": "application/cloudevents-batch+json"}
_STEP: Final = 0.1
"""Seconds between two handfuls."""
_LONGEST: Final = 1.0
"""Seconds of which the events come at once, when a handful was late."""
_HTTP: Final = 0.1
"""What part of the handfuls goes over the API."""
_SETTINGS: Final[dict[str, Any]] = {
    "acks": "all", "enable.idempotence": True, "linger.ms": 5, "log_level": 0, "delivery.timeout.ms": 600_000,
    "message.timeout.ms": 600_000, "queue.buffering.max.messages": 1_000_000,
}


@dataclass
class Upstream:
    """Publishes at a rate, in a thread of its own, as far as ``allowed`` says, until ``last``. ``failure`` says why it
    has stopped."""

    bootstrap: str
    prefix: str
    api: str | None
    events: Iterable[Told]
    rate: float
    seed: int
    allowed: int = 0
    """How many it may have told by now."""
    last: int | None = None
    """How many it tells in all, once that is known."""
    told: list[Told] = field(default_factory=list)
    acknowledged: int = 0
    over_http: int = 0
    again: int = 0
    """Handfuls that were sent to the API more than once, because nobody answered."""
    pace: float = 0.0
    """Events a second, while they were allowed to go on."""
    failure: str | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        threading.Thread(target=self._guarded, name="upstream", daemon=True).start()

    def _guarded(self) -> None:
        try:
            self._run()
        except BaseException as error:
            self.failure = f"{type(error).__name__}: {error}"
            raise
        finally:
            self.done.set()

    def _run(self) -> None:
        chance, producer = Random(self.seed), Producer({"bootstrap.servers": self.bootstrap, **_SETTINGS})
        events, busy, last = iter(self.events), 0.0, time.monotonic()
        with httpx.Client(base_url=self.api or "", timeout=30) as http:
            while not self.stop.is_set() and len(self.told) != self.last:
                began = time.monotonic()
                each = max(1, math.ceil(self.rate * min(began - last, _LONGEST)))
                last, since = began, last
                handful = list(islice(events, min(each, self.allowed - len(self.told))))
                if handful:
                    self.told += handful
                    if self.api is not None and chance.random() < _HTTP:
                        threading.Thread(target=self._post, args=(http, handful), daemon=True).start()
                    else:
                        self._produce(producer, handful)
                    busy += (began - since) * len(handful) / each
                    self.pace = len(self.told) / busy
                producer.poll(0)
                self.stop.wait(max(0.0, began + _STEP - time.monotonic()))
            while producer.flush(1) and not self.stop.is_set():
                pass
            while self.acknowledged < len(self.told) and self.failure is None and not self.stop.wait(_STEP):
                pass

    def _produce(self, producer: Producer, handful: list[Told]) -> None:
        for one in handful:
            topic = f"{self.prefix}{one.domain}.intake"
            producer.produce(topic, one.raw, one.id.encode(), headers=_STRUCTURED, on_delivery=self._delivered)

    def _delivered(self, error: Any, _: Any) -> None:
        if error is None:
            self.acknowledged += 1
        else:
            self.failure = str(error)

    def _post(self, http: httpx.Client, handful: list[Told]) -> None:
        body = b"[" + b",".join(one.raw for one in handful) + b"]"
        while not self.stop.is_set():
            try:
                answer = http.post("/events", content=body, headers=_BATCH)
            except httpx.TransportError:
                self.again += 1
                self.stop.wait(0.5)
                continue
            if answer.status_code == 202:
                wrong = [one.id for one, found in zip(handful, answer.json(), strict=True)
                         if (found["status"] == "taken") != one.fits]
                if wrong:
                    self.failure = f"the API answered {answer.text[:300]}"
                self.over_http += len(handful)
                self.acknowledged += len(handful)
                return
            if answer.status_code not in (429, 500, 503):
                self.failure = f"the API answered {answer.status_code}: {answer.text[:300]}"
                return
            self.again += 1
            self.stop.wait(0.5)


def expected(told: Iterable[Told]) -> Iterator[tuple[tuple[str, str], bool]]:
    """Each event once, by source and id, and whether it fits."""
    yield from {(one.source, one.id): one.fits for one in told}.items()
