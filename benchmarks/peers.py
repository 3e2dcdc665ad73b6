"""Peers that consume, decide, keep state and produce, beside one worker of Lotone: the same records, one broker.

quixstreams (``holding.py``) comes by pip into a virtualenv that is made here and thrown away; Kafka Streams
(``Holding.java``) by Maven, checked against ``holding.lock`` before it runs. Each has a topic of the records that
``kafka.py`` makes and publishes, and the same clock as Lotone's worker: from the first record published to a process
that waits for it until every fact is in its topic. What a peer produced is then read, and must be what ``decided``
says of the same records. As they come they commit so seldom that a run may end before; so each also runs committing
about as often as Lotone's worker does. All take turns, some rounds. It writes what it saw to ``benchmarks/peers.md``.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import orjson
from confluent_kafka import Consumer, ConsumerGroupState, TopicPartition
from confluent_kafka.admin import AdminClient
from kafka import KafkaAdminClient

from benchmarks import kafka
from benchmarks.holding import decided
from benchmarks.kafka import _PATIENCE, SHARDS, Bench, Took
from infra.embedded import EmbeddedPostgres
from infra.errors import NoKafka
from infra.kafka import jars
from infra.kafka.cluster import Cluster
from tests.integration.kafka.workers import Place, place
from tests.integration.processes import ROOT

REPORT: Final = Path(__file__).with_name("peers.md")
ROUNDS: Final = 3
LOTONE, QUIX, STREAMS = "Lotone, one worker", "quixstreams 3.28.1", "Kafka Streams 4.3.1"
RECORDS, MILLISECONDS = 1_000, 100
"""Lotone's worker commits with every batch, of a thousand at most."""
Records = Sequence[tuple[bytes, bytes, int]]
Command = Sequence[str]
_HERE: Final = Path(__file__).parent
_CAVEAT: Final = """
What the peers don't do, and Lotone's worker does in the same time: check each event against its schema; convert by
the catalogue (they know one carton, of twelve) and keep each location, lot and status (they keep one whole number a
stream); tell a repeated event by its id; write each fact into a ledger in PostgreSQL, committed together with the
offset it came from; chain facts by hash; relay them from that ledger. The peers keep state in RocksDB with a changelog
in Kafka, at least once: what isn't committed is decided again after a crash, and its facts are produced twice. So
the ratio isn't one of equal work, and which of these duties costs how much of it wasn't measured. Kafka Streams' clock
includes what a JVM that has just started compiles.
""".strip()


def run(events: int) -> None:
    """Measure, print and write."""
    folder = Path(tempfile.mkdtemp(prefix="lotone-bench-peers-"))
    cluster = Cluster(folder / "kafka")
    try:
        quix, streams = _quix(folder), _streams(folder)
        commands = {
            f"{QUIX}, as it comes": [*quix, "0"], f"{QUIX}, committing each {RECORDS:,} records": [*quix, str(RECORDS)],
            f"{STREAMS}, as it comes": [*streams, "0"],
            f"{STREAMS}, committing each {MILLISECONDS} ms": [*streams, str(MILLISECONDS)],
        }
        with EmbeddedPostgres(folder / "postgres") as server:
            cluster.up()
            rows = [f"# Peers on Kafka ({datetime.now(UTC):%Y-%m-%d %H:%M} UTC)", "", kafka._machine(events), ""]
            rows += _compared(Peers(server, cluster, folder), commands, events)
            rows += ["", _CAVEAT, "", f"Load of the machine at the end: {os.getloadavg()[0]:.1f}"]
    finally:
        cluster.down()
        shutil.rmtree(folder, ignore_errors=True)
    REPORT.write_text("\n".join(rows) + "\n")
    print("\n".join(rows))


def _compared(bench: "Peers", commands: Mapping[str, Command], events: int) -> list[str]:
    runs: dict[str, list[Took]] = {name: [] for name in (LOTONE, *commands)}
    for _ in range(ROUNDS):
        runs[LOTONE].append(bench.worker(events))
        for name, command in commands.items():
            runs[name].append(bench.peer(command, events))
    ours = statistics.median(took.seconds for took in runs[LOTONE])
    rows = [f"Of {ROUNDS} rounds, one after another, the median; the slowest and the fastest in brackets.", ""]
    rows += ["| what | events/s | to Lotone | committed by then | CPU, µs an event: its process | all processes |"]
    rows += ["|" + " --- |" * 6]
    rows += [_row(name, tooks, events, ours) for name, tooks in runs.items()]
    told = f"Each peer's {events:,} facts were read and are those expected, {bench.refused:,} of them refusals."
    return [*rows, "", told]


def _row(name: str, tooks: Sequence[Took], events: int, ours: float) -> str:
    seconds = [took.seconds for took in tooks]
    median, fastest, slowest = statistics.median(seconds), min(seconds), max(seconds)
    own = 1e6 * statistics.median(took.cpu["workers"] for took in tooks) / events
    every = 1e6 * statistics.median(sum(took.cpu.values()) for took in tooks) / events
    rates = f"{events / median:,.0f} ({events / slowest:,.0f}–{events / fastest:,.0f})"
    committed = statistics.median(took.committed if isinstance(took, Seen) else events for took in tooks) / events
    return f"| {name} | {rates} | {ours / median:.2f} | {100 * committed:.0f} % | {own:.0f} | {every:.0f} |"


class Seen(Took):
    """Of a peer's run, also: how many records it had committed when its clock stopped."""

    committed = 0


class Peers(Bench):
    """Runs each peer on topics of its own, and looks at all it produced."""

    refused = 0

    def peer(self, command: Command, events: int) -> Seen:
        """From intake topic to facts topic."""
        prefix, folder = f"{uuid4().hex[:8]}.", self._folder / uuid4().hex
        origin, target = f"{prefix}inventory.intake", f"{prefix}out"
        folder.mkdir()
        self._make(origin, target)
        records = kafka._records(events)
        with place("", self._cluster.bootstrap, prefix, folder) as there:
            started = _start(there, [*command, there.bootstrap, origin, target, str(folder / "state")])
            admin = AdminClient({"bootstrap.servers": there.bootstrap})
            there.until(lambda: _joined(admin, origin), _PATIENCE)
            before, began = self._used(started), time.perf_counter()
            kafka._publish(there, records)
            there.until(lambda: self._end(target) >= events, _PATIENCE)
            seconds = time.perf_counter() - began
            committed = self._committed(origin)
            cpu = {name: used - before[name] for name, used in self._used(started).items()}
        self._check(records, self._produced(target))
        seen = Seen(seconds, cpu)
        seen.committed = committed
        return seen

    def _make(self, *topics: str) -> None:
        admin = KafkaAdminClient(bootstrap_servers=self._cluster.bootstrap)
        admin.create_topics({topic: {"num_partitions": SHARDS, "replication_factor": 1} for topic in topics})
        admin.close()

    def _committed(self, group: str) -> int:
        """Records of the intake topic that the group won't read again."""
        consumer = Consumer({"bootstrap.servers": self._cluster.bootstrap, "group.id": group, "log_level": 2})
        told = consumer.committed([TopicPartition(group, shard) for shard in range(SHARDS)], 30)
        consumer.close()
        return sum(max(found.offset, 0) for found in told)

    def _cpu(self, there: Place) -> dict[str, float]:
        """As before; when a session of the database ends while it is looked at, once more."""
        try:
            return super()._cpu(there)
        except ProcessLookupError:
            return super()._cpu(there)

    def _used(self, started: subprocess.Popen[bytes]) -> dict[str, float]:
        broker = sum(kafka._spent(node.pid) for node in self._cluster.nodes() if node.pid)
        return {"workers": kafka._spent(started.pid), "broker": broker}

    def _produced(self, topic: str) -> list[dict[str, Any]]:
        """All that is in a topic."""
        consumer = Consumer({"bootstrap.servers": self._cluster.bootstrap, "group.id": "look", "log_level": 2})
        consumer.assign([TopicPartition(topic, shard, 0) for shard in range(SHARDS)])
        found: list[dict[str, Any]] = []
        while len(found) < self._end(topic):
            for message in consumer.consume(10_000, 5.0):
                assert message.error() is None, message.error()
                found.append(orjson.loads(message.value() or b""))
        consumer.close()
        return found

    def _check(self, records: Records, produced: Sequence[dict[str, Any]]) -> None:
        """One fact a record, and the right one."""
        held: dict[bytes, int] = {}
        expected = {}
        for value, key, _ in records:
            fact = decided(orjson.loads(value), held.get(key, 0))
            held[key], expected[fact["cause"]] = fact["held"], fact
        assert len(produced) == len(expected), f"{len(produced)} facts of {len(expected)} records"
        for fact in produced:
            wanted = expected[fact["cause"]]
            assert fact == wanted, f"a peer decided {fact}, and it should be {wanted}"
        self.refused = sum(fact["type"] == "Refused" for fact in produced)


def _start(there: Place, command: Command) -> subprocess.Popen[bytes]:
    with (there.folder / f"peer-{len(there.running)}.log").open("wb") as log:
        started = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    there.running.append(started)
    return started


def _joined(admin: AdminClient, group: str) -> bool:
    """Whether a member has all of the intake topic, which its group is named for."""
    told = admin.describe_consumer_groups([group])[group].result()
    having = [found for member in told.members for found in member.assignment.topic_partitions if found.topic == group]
    return told.state == ConsumerGroupState.STABLE and len(having) == SHARDS


def _quix(folder: Path) -> Command:
    """A virtualenv with quixstreams, by the machine's own pip and its settings."""
    python = str(folder / "venv" / "bin" / "python")
    _do([sys.executable, "-m", "venv", str(folder / "venv")])
    _do([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", str(_HERE / "holding.txt")])
    return [python, "-m", "benchmarks.holding"]


def _streams(folder: Path) -> Command:
    """Kafka Streams by the machine's own Maven, held against the lock; and the topology compiled."""
    libs, classes = folder / "libs", folder / "classes"
    copy = ["mvn", "-q", "-B", "-f", str(_HERE / "holding.xml"), "dependency:copy-dependencies"]
    _do([*copy, "-DincludeScope=runtime", f"-DoutputDirectory={libs}"])
    lines = (_HERE / "holding.lock").read_text().splitlines()[1:]
    pinned = {name: digest for digest, name in map(str.split, lines)}
    assert jars.sums(libs) == pinned, "Maven fetched other files than holding.lock pins: don't run them"
    _do(["javac", "-cp", f"{libs}/*", "-d", str(classes), str(_HERE / "Holding.java")])
    return [jars.java(), "-Xmx512m", f"-Djava.io.tmpdir={folder}", "-cp", f"{classes}:{libs}/*", "Holding"]


def _do(command: Command) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    if done.returncode:
        raise NoKafka(f"{command[0]} failed, and a peer needs it:\n{(done.stdout + done.stderr)[-2000:]}")
