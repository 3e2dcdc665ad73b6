"""What an event costs, and what the processes hold in memory, with ever more facts behind them: is it flat?

One worker of inventory, the relay and the projections, on a broker and a PostgreSQL of their own, live through it all:
nobody is started again. At each size events are told in handfuls; each is decided, published and folded before the next
is told. CPU is what each kind of process used meanwhile, memory what it holds then. In between the ledger is filled in
the same way.

The load is that of ``load.py``, with as many parts whatever the size, so streams grow with the ledger, and so do what
was taken, movements and stock. What is reserved is released again soon: else open reservations, which are no history,
would grow too. At last a worker and projections begin anew, and it is told how long they take until all is folded and
what they hold. It writes what it saw to ``benchmarks/cost.md``.
"""

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks import kafka, load
from benchmarks.kafka import PARTS, SHARDS
from infra.embedded import EmbeddedPostgres
from infra.kafka.brokers import Brokers
from infra.kafka.cluster import Cluster
from infra.kafka.fetching import Fetcher
from infra.postgres import connect
from infra.sharding import murmur2
from tests.integration.kafka.forms import Whole, whole
from tests.integration.lives import new_database

REPORT: Final = Path(__file__).with_name("cost.md")
HANDFUL: Final = 10_000
_MONTH: Final = 20_000
"""Events of one seed."""
_LATER: Final = 500
"""After so many events what was reserved is released."""
_PATIENCE: Final = 600.0
_WORKERS: Final = ("worker", "relay", "projections")
_BEHIND: Final = """
    SELECT sum(shard.head - view_cursor.position) FROM lotone.view_cursor
    JOIN lotone.view ON view.name = view_cursor.view AND view.state = 'live'
    JOIN lotone.shard ON shard.domain = view_cursor.domain AND shard.shard = view_cursor.shard
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """At one size: microseconds of CPU an event, and MiB held, by process."""

    facts: int
    rate: float
    cpu: dict[str, float]
    held: dict[str, float]


def run(first: int, most: int, events: int) -> None:
    """Measure at both sizes and between them, print and write."""
    folder = Path(tempfile.mkdtemp(prefix="lotone-bench-cost-"))
    cluster = Cluster(folder / "kafka")
    try:
        with EmbeddedPostgres(folder / "postgres") as server:
            cluster.up()
            dsn = new_database(server.dsn, "bench")
            with whole(dsn, cluster.bootstrap, "cost.", folder, LOTONE_LOG_LEVEL="warning") as there:
                rows = _measured(Bench(there, cluster), (first, round((first * most) ** 0.5), most), events)
    finally:
        cluster.down()
        shutil.rmtree(folder, ignore_errors=True)
    REPORT.write_text("\n".join(rows) + "\n")
    print("\n".join(rows))


def lasting() -> Iterator[tuple[bytes, bytes, int]]:
    """The load without end: value, key, partition. What is reserved is released."""
    for seed in count(1):
        waiting: list[tuple[int, bytes]] = []
        for number, raw in enumerate(load.movements(_MONTH, PARTS, seed)):
            told = orjson.loads(raw)
            if told["type"] == "lotone.inventory.ReserveStock.v1":
                waiting.append((number + _LATER, _release(told)))
            yield _record(raw, told)
            while waiting and waiting[0][0] <= number:
                released = waiting.pop(0)[1]
                yield _record(released, orjson.loads(released))
        for _, released in waiting:
            yield _record(released, orjson.loads(released))


def _release(told: dict[str, Any]) -> bytes:
    data = {name: told["data"][name] for name in ("part", "site", "reservation")}
    time_ = datetime.fromisoformat(told["time"])
    return load.event(told["source"], f"{told['id']}-released", "inventory.ReleaseStock", time_, data)


def _record(raw: bytes, told: dict[str, Any]) -> tuple[bytes, bytes, int]:
    key = f"stock/{told['data']['part']}@{load.SITE}".encode()
    return raw, key, (murmur2(key) & 0x7FFFFFFF) % SHARDS


class Bench:
    """The processes, from the first event to the last."""

    def __init__(self, there: Whole, cluster: Cluster) -> None:
        self._there, self._cluster = there, cluster
        self._fetcher = Fetcher(Brokers(cluster.bootstrap))
        self._events, self._told = lasting(), 0
        catalogue = there.worker("catalogue", LOTONE_LOG_LEVEL="info")
        there.publish_when_ready("catalogue", load.catalogue(PARTS))
        there.until(lambda: there.outcomes("bench/erp").get("decided") == PARTS + 1, _PATIENCE)
        self._processes = {"worker": self._worker(), "relay": there.relay(), "projections": there.projections()}
        self._pids = {"catalogue": catalogue.pid}
        there.until(lambda: kafka._shared(there, 1), _PATIENCE)

    def _worker(self) -> Any:
        return self._there.worker("inventory", LOTONE_BATCH="1000")

    @property
    def facts(self) -> int:
        """Of inventory."""
        with connect(self._there.dsn) as connection:
            found = connection.execute("SELECT sum(head)::bigint FROM lotone.shard WHERE domain = 'inventory'")
            return int((found.fetchone() or (0,))[0])

    def tell(self, events: int) -> None:
        """A handful, to its end."""
        kafka._publish(self._there, list(islice(self._events, events)))
        self._told += events
        self._there.until(self._done, _PATIENCE)

    def _done(self) -> bool:
        with connect(self._there.dsn) as connection:
            found = connection.execute(
                "SELECT sum(intake)::bigint, sum(head)::bigint FROM lotone.shard WHERE domain = 'inventory'"
            ).fetchone()
            if found is None or found[0] < self._told:
                return False
            behind = connection.execute(_BEHIND.encode()).fetchone()
        topic = f"{self._there.prefix}inventory.facts"
        ends = self._fetcher.ends([(topic, shard) for shard in range(SHARDS)])
        return sum(ends.values()) >= found[1] and behind is not None and behind[0] == 0

    def measured(self, events: int) -> Seen:
        """So many more, and what they cost."""
        facts, before, began = self.facts, self._cpu(), time.monotonic()
        for _ in range(max(1, events // HANDFUL)):
            self.tell(min(events, HANDFUL))
        told, seconds = max(1, events // HANDFUL) * min(events, HANDFUL), time.monotonic() - began
        after = self._cpu()
        cpu = {name: 1e6 * (after[name] - before[name]) / told for name in after}
        held = {name: _held(self._processes[name].pid) for name in ("worker", "projections")}
        return Seen(facts, told / seconds, cpu, held)

    def _cpu(self) -> dict[str, float]:
        """Seconds that each kind of process has used."""
        spent = Counter({name: kafka._spent(self._processes[name].pid) for name in _WORKERS})
        spent["broker"] = sum(kafka._spent(node.pid) for node in self._cluster.nodes() if node.pid)
        with connect(self._there.dsn) as connection:
            for (pid,) in connection.execute("SELECT pid FROM pg_stat_activity").fetchall():
                spent["PostgreSQL"] += kafka._spent(pid)
        return dict(spent)

    def anew(self) -> tuple[float, dict[str, float]]:
        """Both begin again: seconds until a handful told then is folded, and MiB that they hold."""
        for name in ("worker", "projections"):
            self._there.end(self._processes[name])
        began = time.monotonic()
        self._processes |= {"worker": self._worker(), "projections": self._there.projections()}
        self.tell(HANDFUL)
        return time.monotonic() - began, {name: _held(self._processes[name].pid) for name in ("worker", "projections")}


def _held(pid: int) -> float:
    told = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in told if line.startswith("VmRSS:"))


def _measured(bench: Bench, sizes: tuple[int, ...], events: int) -> list[str]:
    found: list[Seen] = []
    bench.tell(HANDFUL)
    for size in sizes:
        began, before = time.monotonic(), bench.facts
        while (facts := bench.facts) < size:
            bench.tell(HANDFUL)
            pace = (bench.facts - before) / (time.monotonic() - began)
            print(f"{facts:,} facts of {size:,}, {pace:,.0f} facts/s", flush=True)
        found.append(bench.measured(events))
        print(_row(found[-1]), flush=True)
    seconds, held = bench.anew()
    one, last = found[0], found[-1]
    names = [*one.cpu]
    return [
        f"# Cost per event and memory, by what lies behind ({datetime.now(UTC):%Y-%m-%d %H:%M} UTC)", "",
        kafka._machine(events), "", "CPU in µs an event, memory (RSS) in MiB; the same processes all the while.", "",
        "| facts behind | events/s | " + " | ".join(names) + " | all CPU | memory, worker | memory, projections |",
        "| --- |" + " --- |" * (len(names) + 4), *map(_row, found),
        f"| last to first | {last.rate / one.rate:.2f} | " + " | ".join(
            f"{last.cpu[name] / max(0.001, one.cpu[name]):.2f}" for name in names
        ) + f" | {sum(last.cpu.values()) / sum(one.cpu.values()):.2f} | " + " | ".join(
            f"{last.held[name] / one.held[name]:.2f}" for name in one.held) + " |", "",
        f"With {bench.facts:,} facts behind them a worker and projections that begin anew have folded {HANDFUL:,} more "
        f"events after {seconds:.1f} s, and hold {held['worker']:.0f} and {held['projections']:.0f} MiB.", "",
        f"Load of the machine at the end: {os.getloadavg()[0]:.1f}",
    ]  # fmt: skip


def _row(seen: Seen) -> str:
    figures = [*seen.cpu.values(), sum(seen.cpu.values()), *seen.held.values()]
    return f"| {seen.facts:,} | {seen.rate:,.0f} | " + " | ".join(f"{figure:.0f}" for figure in figures) + " |"
