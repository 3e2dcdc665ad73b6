"""Events a second through one worker of a service, from its intake topic to its facts topic, on a broker of its own.

Worker, relay, broker and PostgreSQL share the machine's cores. What stands in the intake topic are CloudEvents as
upstream publishes them, unchecked, in structured mode, keyed by their stream. The clock runs from the first record
published to a worker that waits for it until every fact is in its topic. Stock Faust passes the same records
(``passing.py``); its clock runs only from its first record on, and all are there before, so joining its group and
publishing cost it nothing. Then the same with two workers, and once more with a worker that is looked at
(``sampled.py``), for the share of time of each stage. It writes what it saw to ``benchmarks/kafka.md``.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import orjson
from confluent_kafka import Producer
from kafka import KafkaAdminClient

from benchmarks import load
from infra.embedded import EmbeddedPostgres
from infra.kafka.brokers import Brokers
from infra.kafka.cluster import Cluster
from infra.kafka.fetching import Fetcher
from infra.postgres import connect
from infra.sharding import murmur2
from tests.integration.kafka.workers import Place, place
from tests.integration.lives import new_database
from tests.integration.processes import ROOT

REPORT: Final = Path(__file__).with_name("kafka.md")
PARTS: Final = 500
SHARDS: Final = 2
_PATIENCE: Final = 900.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")
Rows = list[str]


def run(events: int) -> None:
    """Measure, print and write."""
    folder = Path(tempfile.mkdtemp(prefix="lotone-bench-kafka-"))
    cluster = Cluster(folder / "kafka")
    try:
        with EmbeddedPostgres(folder / "postgres") as server:
            cluster.up()
            rows = [f"# One worker on Kafka ({datetime.now(UTC):%Y-%m-%d %H:%M} UTC)", "", _machine(events), ""]
            rows += _compared(Bench(server, cluster, folder), events)
            rows += ["", f"Load of the machine at the end: {os.getloadavg()[0]:.1f}"]
    finally:
        cluster.down()
        shutil.rmtree(folder, ignore_errors=True)
    REPORT.write_text("\n".join(rows) + "\n")
    print("\n".join(rows))


def _compared(bench: "Bench", events: int) -> Rows:
    one, two, stock = bench.worker(events), bench.worker(events, workers=2), bench.stock(events)
    rows = ["| what | events/s | seconds | to stock Faust |", "| --- | --- | --- | --- |"]
    for name, took in (
        ("one worker, decided and published", one), ("two workers, a shard each", two),
        ("stock Faust, passed on only", stock),
    ):
        rate, ratio = events / took.seconds, stock.seconds / took.seconds
        rows.append(f"| {name} | {rate:,.0f} | {took.seconds:.1f} | {ratio:.2f} |")
    rows += ["", f"Two workers to one: {one.seconds / two.seconds:.2f}.", "", "CPU, µs an event:", ""]
    rows += ["| run | " + " | ".join(one.cpu) + " | all |", "| --- |" + " --- |" * (len(one.cpu) + 1)]
    for name, took in (("one worker", one), ("two workers", two)):
        figures = [1e6 * seconds / events for seconds in (*took.cpu.values(), sum(took.cpu.values()))]
        rows.append(f"| {name} | " + " | ".join(f"{figure:.0f}" for figure in figures) + " |")
    return [*rows, "", *_stages(bench.worker(events, sampled=True).looks)]


class Took:
    """Of one run: wall clock; CPU seconds by process; what was seen by looking."""

    def __init__(self, seconds: float, cpu: Mapping[str, float], looks: Path | None = None) -> None:
        self.seconds, self.cpu = seconds, cpu
        self.looks = json.loads(looks.read_text()) if looks else {}


class Bench:
    """Runs each measurement on a ledger and topics of its own."""

    def __init__(self, server: EmbeddedPostgres, cluster: Cluster, folder: Path) -> None:
        self._server, self._cluster, self._folder = server, cluster, folder
        self._fetcher = Fetcher(Brokers(cluster.bootstrap))

    def worker(self, events: int, workers: int = 1, sampled: bool = False) -> Took:
        """From intake topic to facts topic."""
        with self._there() as there:
            records = _records(events)
            there.relay()
            looks = there.folder / "looks.json"
            wrap = ["benchmarks.sampled", str(looks)] if sampled else []
            for _ in range(workers):
                there._start("inventory", [*wrap, "services.inventory", "worker"], {"LOTONE_BATCH": "1000"})
            there.until(lambda: _shared(there, workers), _PATIENCE)
            before, began = self._cpu(there), time.perf_counter()
            _publish(there, records)
            there.until(lambda: self._done(there, events), _PATIENCE)
            seconds = time.perf_counter() - began
            cpu = {name: spent - before.get(name, 0.0) for name, spent in self._cpu(there).items()}
            if sampled:
                there.until(looks.exists)
            return Took(seconds, cpu, looks if sampled else None)

    def stock(self, events: int) -> Took:
        """Faust as it comes, from topic to topic."""
        name, folder = f"{uuid4().hex[:8]}.", self._folder / uuid4().hex
        folder.mkdir()
        there = Place("", self._cluster.bootstrap, name, folder)
        admin = KafkaAdminClient(bootstrap_servers=there.bootstrap)
        made = {"num_partitions": SHARDS, "replication_factor": 1}
        topics = dict.fromkeys((f"{name}inventory.intake", f"{name}out"), made)
        admin.create_topics(topics)
        admin.close()
        _publish(there, _records(events))
        command = ["-m", "benchmarks.passing", there.bootstrap, f"{name}inventory.intake", f"{name}out", str(folder)]
        with (folder / "faust.log").open("wb") as log, subprocess.Popen(
            [sys.executable, *command, "worker"], cwd=ROOT, stdout=log, stderr=log
        ) as process:
            try:
                there.until(lambda: self._end(f"{name}out") or _dead(process, folder), _PATIENCE)
                first, began = self._end(f"{name}out"), time.perf_counter()
                there.until(lambda: self._end(f"{name}out") >= events or _dead(process, folder), _PATIENCE)
                seconds = time.perf_counter() - began
            finally:
                process.kill()
        return Took(seconds * events / (events - first), {})

    @contextmanager
    def _there(self) -> Iterator[Place]:
        name = uuid4().hex[:8]
        folder = self._folder / name
        folder.mkdir()
        dsn = new_database(self._server.dsn, f"bench_{name}")
        with place(dsn, self._cluster.bootstrap, f"{name}.", folder) as there:
            there.worker("catalogue")
            there.publish_when_ready("catalogue", load.catalogue(PARTS))
            there.until(lambda: there.outcomes("bench/erp").get("decided") == PARTS + 1, _PATIENCE)
            yield there

    def _end(self, topic: str) -> int:
        return sum(self._fetcher.ends([(topic, shard) for shard in range(SHARDS)]).values())

    def _done(self, there: Place, events: int) -> bool:
        with connect(there.dsn) as connection:
            found = connection.execute(
                "SELECT sum(intake)::bigint, sum(head)::bigint FROM lotone.shard WHERE domain = 'inventory'"
            ).fetchone()
        return found is not None and found[0] >= events and self._end(f"{there.prefix}inventory.facts") >= found[1]

    def _cpu(self, there: Place) -> dict[str, float]:
        """Seconds that each kind of process has used."""
        pids = {"catalogue": [there.running[0].pid], "relay": [there.running[1].pid]}
        pids["workers"] = [found.pid for found in there.running[2:]]
        pids["broker"] = [node.pid for node in self._cluster.nodes() if node.pid]
        with connect(there.dsn) as connection:
            pids["PostgreSQL"] = [pid for (pid,) in connection.execute("SELECT pid FROM pg_stat_activity")]
        return {name: sum(map(_spent, found)) for name, found in pids.items()}


def _dead(process: subprocess.Popen[bytes], folder: Path) -> bool:
    assert process.poll() is None, (folder / "faust.log").read_text()[-3000:]
    return False


def _spent(pid: int) -> float:
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):  # it ended before it was opened, or before it was read
        return 0.0
    return (int(told[11]) + int(told[12])) / _TICKS


def _shared(there: Place, workers: int) -> bool:
    """Whether every worker has its shards."""
    owners = there.owners("inventory")
    return len(owners) == SHARDS and len(set(owners.values())) == workers


def _records(events: int) -> list[tuple[bytes, bytes, int]]:
    """As of an upstream whose records are keyed by their stream, with Kafka's partitioner: value, key, partition."""
    found = []
    for event in load.movements(events, PARTS):
        key = f"stock/{orjson.loads(event)['data']['part']}@{load.SITE}".encode()
        found.append((event, key, (murmur2(key) & 0x7FFFFFFF) % SHARDS))
    return found


def _publish(there: Place, records: Sequence[tuple[bytes, bytes, int]]) -> None:
    producer = Producer({"bootstrap.servers": there.bootstrap, "linger.ms": 20, "log_level": 2})
    headers = [("content-type", b"application/cloudevents+json")]
    for value, key, shard in records:
        while len(producer) > 50_000:
            producer.poll(0.1)
        producer.produce(f"{there.prefix}inventory.intake", value, key, shard, headers=headers)
    assert producer.flush(60) == 0


def _stages(told: Mapping[str, Sequence[Sequence[object]] | Mapping[str, float]]) -> Rows:
    """The thread that decides, by stage; and the functions that it is seen in most."""
    stages, functions = Counter[str](), Counter[str]()
    for thread, stage, function, times in told["looks"]:  # type: ignore[misc]
        if thread == "engine" and stage != "idle":
            stages[str(stage)] += int(str(times))
            functions[str(function)] += int(str(times))
    every = sum(stages.values()) or 1
    rows = ["The thread that decides, share of its busy wall clock by stage:", "", "| stage | % |", "| --- | --- |"]
    rows += [f"| {name} | {100 * count / every:.0f} |" for name, count in stages.most_common()]
    rows += ["", "Functions it is seen in most: "]
    rows[-1] += ", ".join(f"`{name}` {100 * count / every:.0f} %" for name, count in functions.most_common(8))
    cpu = ", ".join(f"{name} {spent:.1f}" for name, spent in sorted(dict(told["cpu"]).items(), key=str))  # type: ignore[arg-type]
    return [*rows, "", f"CPU seconds by thread of the worker: {cpu}."]


def _machine(events: int) -> str:
    told = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in told if "model name" in line), "")
    return (
        f"{events:,} events over {PARTS} parts, {SHARDS} shards; {os.cpu_count()} cores ({model}), load at the start "
        f"{os.getloadavg()[0]:.1f}. Figures vary with what else the machine does: read the ratios."
    )
