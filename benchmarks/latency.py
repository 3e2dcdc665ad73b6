"""Publish to readable in the API, over the distributed form: every role a process of its own, Kafka and PostgreSQL.

Records are published to the intake topic of inventory at a steady pace, keyed by their stream, as in ``kafka.py``. All
the while ``GET /stock`` is asked for one part; each answer tells the position of every shard that it reflects. So an
event is readable when the first answer came that reflects its last fact: its latency holds what waiting for the next
answer takes, which is told too. All events are counted but those of the first seconds, and those that came to no fact.

First it finds the highest sustained rate: as many as are worked off a second when very many wait, if at that pace
the last is still readable soon after it was published; else a little less. Then it measures a tenth, half and nine
tenths of that, all on the same ledger. It writes what it saw to ``benchmarks/latency.md``.
"""

import os
import shutil
import tempfile
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx
import orjson
from confluent_kafka import Producer

from benchmarks import kafka, load
from benchmarks.kafka import PARTS, SHARDS
from infra.embedded import EmbeddedPostgres
from infra.kafka.cluster import Cluster
from infra.postgres import connect
from infra.sharding import murmur2
from tests.integration.kafka.forms import SERVICES, Whole, whole
from tests.integration.lives import new_database

REPORT: Final = Path(__file__).with_name("latency.md")
SHARES: Final = (0.1, 0.5, 0.9)
SECONDS: Final = 30.0
"""How long each pace is held."""
_WARM: Final = 5.0
"""Seconds at each pace that aren't counted."""
_EACH: Final = 0.01
"""Seconds from an answer of the API to the next question."""
_STEP: Final = 0.005
"""Seconds between two handfuls of a publisher."""
_SOON: Final = 2.0
"""A pace is sustained when the last event is readable so soon after it was published."""
_LESS: Final = 0.85
_PATIENCE: Final = 600.0
_VIEW: Final = "stock_position"
_HEADERS: Final = [("content-type", b"application/cloudevents+json")]


@dataclass(slots=True)
class Took:
    """One pace, held for a while. ``seconds`` are of the events that are counted, sorted."""

    wanted: float
    told: float
    seconds: list[float]
    last: float
    """Seconds after which the last event was readable."""

    def at(self, share: float) -> float:
        """Milliseconds."""
        return 1000 * self.seconds[min(len(self.seconds) - 1, int(len(self.seconds) * share))]


@dataclass
class Seen:
    """What the API has answered so far: when, and how far each shard was folded."""

    address: str
    times: list[float] = field(default_factory=list)
    positions: dict[int, list[int]] = field(default_factory=lambda: {shard: [] for shard in range(SHARDS)})
    asked: list[float] = field(default_factory=list)
    """Seconds that each answer took."""
    failure: str | None = None
    _end: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """In a thread of its own."""
        thread = threading.Thread(target=self._guarded, name="looking", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join(30)

    def _guarded(self) -> None:
        try:
            self._look()
        except BaseException as error:
            self.failure = f"{type(error).__name__}: {error}"
            raise

    def _look(self) -> None:
        with httpx.Client(base_url=self.address, timeout=60) as http:
            while not self._end.wait(_EACH):
                began = time.monotonic()
                answer = http.get("/stock", params={"part": load.part(0), "limit": 1})
                now = time.monotonic()
                at = orjson.loads(answer.raise_for_status().content)["at"][_VIEW]
                for shard, found in self.positions.items():
                    found.append(at[f"inventory/{shard}"])
                self.asked.append(now - began)
                self.times.append(now)

    def readable(self, shard: int, position: int) -> float | None:
        """When the first answer came that reflects it; None when none has."""
        answers = len(self.times)
        found = bisect_left(self.positions[shard], position, 0, answers)
        return self.times[found] if found < answers else None


class Bench:
    """A whole distributed form, at a pace."""

    def __init__(self, there: Whole, seen: Seen) -> None:
        self._there, self._seen = there, seen
        self._producer = Producer({"bootstrap.servers": there.bootstrap, "linger.ms": 1, "log_level": 2})
        self._seeds = count(1)

    def flood(self, events: int) -> float:
        """Events a second that are worked off when all wait at once."""
        records = self._records(events)
        began = time.monotonic()
        told = self._publish(records, float("inf"))
        return events / (self._last(told) - began)

    def pace(self, rate: float, seconds: float) -> Took:
        """Published at this rate for so long."""
        records = self._records(max(1, round(rate * seconds)))
        began = time.monotonic()
        told = self._publish(records, rate)
        over = max(told.values())
        last = self._last(told)
        found = [readable - told[id] for id, readable in self._readable(told) if told[id] > began + _WARM]
        return Took(rate, len(told) / (over - began), sorted(found), last - over)

    def _records(self, events: int) -> list[tuple[str, bytes, bytes, int]]:
        found = []
        for event in load.movements(events, PARTS, next(self._seeds)):
            told = orjson.loads(event)
            key = f"stock/{told['data']['part']}@{load.SITE}".encode()
            found.append((told["id"], event, key, (murmur2(key) & 0x7FFFFFFF) % SHARDS))
        return found

    def _publish(self, records: Sequence[tuple[str, bytes, bytes, int]], rate: float) -> dict[str, float]:
        """When each was given to Kafka's client."""
        told: dict[str, float] = {}
        began, topic = time.monotonic(), f"{self._there.prefix}inventory.intake"
        for number, (id_, value, key, shard) in enumerate(records):
            while time.monotonic() < began + number / rate:
                self._producer.poll(_STEP)
            told[id_] = time.monotonic()
            self._producer.produce(topic, value, key, shard, headers=_HEADERS)
        assert self._producer.flush(120) == 0
        return told

    def _last(self, told: dict[str, float]) -> float:
        """When all of them were readable."""
        self._there.until(lambda: self._taken(told) == len(told), _PATIENCE)
        with connect(self._there.dsn) as connection:
            heads = connection.execute("SELECT shard, head FROM lotone.shard WHERE domain = 'inventory'").fetchall()
        self._there.until(lambda: self._seen.failure or all(self._seen.readable(*head) for head in heads), _PATIENCE)
        assert self._seen.failure is None, self._seen.failure
        return max(self._seen.readable(*head) or 0.0 for head in heads)

    def _taken(self, told: dict[str, float]) -> int:
        month = next(iter(told)).partition("-")[0]
        with connect(self._there.dsn) as connection:
            found = connection.execute(
                "SELECT count(*) FROM lotone.taken WHERE source = 'bench/wms' AND id LIKE %s", [f"{month}-%"]
            ).fetchone()
        return found[0] if found else 0

    def _readable(self, told: dict[str, float]) -> Iterator[tuple[str, float]]:
        """Each event that came to facts, and when its last was readable."""
        month = next(iter(told)).partition("-")[0]
        with connect(self._there.dsn) as connection:
            rows = connection.execute(
                "SELECT id, shard, last FROM lotone.taken "
                "WHERE source = 'bench/wms' AND id LIKE %s AND last IS NOT NULL",
                [f"{month}-%"],
            ).fetchall()
        for id_, shard, last in rows:
            if (readable := self._seen.readable(shard, last)) is not None:
                yield id_, readable


def run(events: int) -> None:
    """Measure, print and write."""
    folder = Path(tempfile.mkdtemp(prefix="lotone-bench-latency-"))
    cluster = Cluster(folder / "kafka")
    try:
        with EmbeddedPostgres(folder / "postgres") as server:
            cluster.up()
            with everything(server, cluster, folder) as (there, api):
                there.publish("catalogue", load.catalogue(PARTS))
                there.until(lambda: there.outcomes("bench/erp").get("decided") == PARTS + 1, 120)
                seen = Seen(api)
                with seen.looking():
                    rows = _measured(Bench(there, seen), seen, events)
    finally:
        cluster.down()
        shutil.rmtree(folder, ignore_errors=True)
    REPORT.write_text("\n".join(rows) + "\n")
    print("\n".join(rows))


@contextmanager
def everything(server: EmbeddedPostgres, cluster: Cluster, folder: Path) -> Iterator[tuple[Whole, str]]:
    """One process of every role; and where the API listens."""
    dsn, prefix = new_database(server.dsn, "bench"), f"{uuid4().hex[:8]}."
    with whole(dsn, cluster.bootstrap, prefix, folder, LOTONE_LOG_LEVEL="warning") as there:
        for service in SERVICES:
            there.worker(service)
        there.relay()
        there.planner()
        there.projections()
        api = there.address(there.api())
        there.until(lambda: all(there.owners(domain) for domain in ("catalogue", "inventory", "orders")), 120)
        there.until(lambda: len(there.owners("inventory")) == SHARDS, 120)
        yield there, api


def _measured(bench: Bench, seen: Seen, events: int) -> list[str]:
    rows = [f"# Publish to readable ({datetime.now(UTC):%Y-%m-%d %H:%M} UTC)", "", kafka._machine(events), ""]
    bench.flood(events // 4)
    flood = highest = bench.flood(events)
    print(f"worked off: {flood:,.0f} events/s", flush=True)
    while (tried := bench.pace(highest, SECONDS / 2)).last > _SOON:
        print(f"{highest:,.0f} events/s isn't sustained: the last was readable after {tried.last:.1f} s", flush=True)
        highest *= _LESS
    rows += [
        f"One process of each role: {', '.join(SERVICES)}, relay, planner, projections, api. When very many events "
        f"wait, {flood:,.0f} a second are worked off until readable. The highest rate that was sustained for "
        f"{SECONDS / 2:.0f} s, the last event readable {tried.last:.1f} s after it was published: "
        f"**{highest:,.0f} events/s**.", "",
        "| of the highest rate | events/s | counted | p50, ms | p99, ms | longest, ms |",
        "| --- | --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for share in SHARES:
        took = bench.pace(share * highest, SECONDS)
        rows.append(
            f"| {share:.1f} | {took.told:,.0f} | {len(took.seconds):,} | {took.at(0.5):,.0f} | {took.at(0.99):,.0f} | "
            f"{took.at(1):,.0f} |"
        )
        print(rows[-1], flush=True)
    asked = sorted(seen.asked)
    steps = sorted(after - before for before, after in zip(seen.times, seen.times[1:], strict=False))
    return [
        *rows, "",
        f"Each pace was held for {SECONDS:.0f} s, of which the first {_WARM:.0f} aren't counted. An answer of the API "
        f"took {_half(asked)} ms, and one came each {_half(steps)} ms; asking uses the same two cores. "
        f"Load of the machine at the end: {os.getloadavg()[0]:.1f}.",
    ]  # fmt: skip


def _half(seconds: Sequence[float]) -> str:
    """Milliseconds, of sorted seconds."""
    return f"{1000 * seconds[len(seconds) // 2]:.0f} (median; p99 {1000 * seconds[int(len(seconds) * 0.99)]:.0f})"
