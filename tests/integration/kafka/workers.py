"""Workers of services as tests run them: real processes on a real broker and a real database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import Producer

from infra.postgres import connect
from tests.integration.forking import Forked
from tests.integration.processes import ROOT

PATIENCE = 90.0
Worker = subprocess.Popen[bytes] | Forked


@dataclass
class Place:
    """A ledger, its topics, and the processes that a test has started there: forked ones, where how they start and end
    isn't what it is about."""

    dsn: str
    bootstrap: str
    prefix: str
    folder: Path
    running: list[Worker] = field(default_factory=list)
    forked: bool = False

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LOTONE_POSTGRES_DSN": self.dsn,
            "LOTONE_DATA": str(self.folder),
            "LOTONE_SHARDS": "2",
            "LOTONE_KAFKA_BOOTSTRAP": self.bootstrap,
            "LOTONE_KAFKA_PREFIX": self.prefix,
            "LOTONE_KAFKA_SESSION": "6",
        }

    def worker(self, service: str, **variables: str) -> Worker:
        """One more worker. What it says is in a file of the folder."""
        return self._start(service, [f"services.{service}", "worker"], variables)

    def _start(self, name: str, module: Sequence[str], variables: Mapping[str, str]) -> Worker:
        told, started = os.environ | self.environment | variables, None
        with (self.folder / f"{name}-{len(self.running)}.log").open("wb") as log:
            if not self.forked:
                started = subprocess.Popen(
                    [sys.executable, "-m", *module], cwd=ROOT, env=told, stdout=log, stderr=subprocess.STDOUT
                )
        self.running.append(started or Forked(module, told, log.name))
        return self.running[-1]

    def relay(self, **variables: str) -> Worker:
        """The relay of all facts."""
        return self._start("relay", ["infra.kafka.relay"], variables)

    def log(self, worker: Worker) -> str:
        """What a worker has said."""
        number = self.running.index(worker)
        return next(self.folder.glob(f"*-{number}.log")).read_text(errors="replace")

    def publish(self, domain: str, events: Iterable[bytes], compression: str = "none") -> None:
        """As an upstream system does: CloudEvents in structured mode, on whatever partition its client likes."""
        settings = {"bootstrap.servers": self.bootstrap, "acks": "all", "linger.ms": 5, "log_level": 2}
        producer = Producer({**settings, "compression.type": compression})
        headers = [("content-type", b"application/cloudevents+json")]
        for number, event in enumerate(events):
            producer.produce(f"{self.prefix}{domain}.intake", event, str(number).encode(), headers=headers)
            producer.poll(0)
        assert producer.flush(30) == 0

    def publish_when_ready(self, domain: str, events: Iterable[bytes]) -> None:
        """Once the first worker has made the topics."""
        self.until(lambda: "owning" in self.log(self.running[0]))
        self.publish(domain, events)

    def owners(self, domain: str) -> Mapping[int, int]:
        """The database session that owns each shard."""
        with connect(self.dsn) as connection:
            return dict(
                connection.execute(
                    """
                    SELECT shard, owner_pid FROM lotone.shard
                    JOIN pg_stat_activity ON pid = owner_pid AND backend_start = owner_start
                    WHERE domain = %s
                    """,
                    [domain],
                ).fetchall()
            )

    def outcomes(self, source: str = "test") -> dict[str, int]:
        """How many events of a source ended how."""
        with connect(self.dsn) as connection:
            return dict(
                connection.execute(
                    "SELECT outcome, count(*) FROM lotone.taken WHERE source = %s GROUP BY outcome", [source]
                ).fetchall()
            )

    def facts(self, type_: str) -> int:
        with connect(self.dsn) as connection:
            found = connection.execute("SELECT count(*) FROM lotone.fact WHERE type = %s", [type_]).fetchone()
            return found[0] if found else 0

    def until(self, condition: Callable[[], object], patience: float = PATIENCE) -> None:
        """Wait until something is so; a worker that ends meanwhile is told of."""
        deadline = time.monotonic() + patience
        while not condition():
            for worker in self.running:
                assert worker.poll() in (None, -signal.SIGKILL), f"{worker.returncode}: {self.log(worker)[-3000:]}"
            assert time.monotonic() < deadline, "\n".join(self.log(worker)[-1000:] for worker in self.running)
            time.sleep(0.05)


@contextmanager
def place(dsn: str, bootstrap: str, prefix: str, folder: Path, forked: bool = False) -> Iterator[Place]:
    """What was started here ends here, whatever its state."""
    there = Place(dsn, bootstrap, prefix, folder, forked=forked)
    try:
        yield there
    finally:
        for worker in there.running:
            if worker.poll() is None:
                worker.send_signal(signal.SIGCONT)
                worker.kill()
            worker.wait()
