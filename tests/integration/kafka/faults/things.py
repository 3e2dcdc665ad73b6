"""What is not ours and can be away all the same: three brokers, and PostgreSQL."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from infra.embedded import EmbeddedPostgres
from infra.kafka.cluster import Cluster


class Brokers:
    """A cluster whose brokers are killed one at a time, or stopped all together."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.stopped = False
        self._admin = AdminClient({"bootstrap.servers": cluster.bootstrap, "log_level": 0})

    def whole(self) -> bool:
        """Whether each broker runs, and each has every partition that it must have."""
        nodes = self.cluster.nodes()
        if self.stopped or not all(node.alive for node in nodes):
            return False
        try:
            told = self._admin.list_topics(timeout=5)
        except KafkaException:
            return False
        parts = [part for topic in told.topics.values() for part in topic.partitions.values()]
        return len(told.brokers) == len(nodes) and all(len(part.isrs) == len(part.replicas) for part in parts)

    def kill(self, number: int) -> None:
        """One of them, at once."""
        node = next(node for node in self.cluster.nodes() if node.id == number)
        assert node.alive
        assert node.pid is not None
        os.kill(node.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(node.pid, 0)

    def revive(self) -> int:
        """Start who doesn't run, as a restart policy does; how many those were."""
        gone = [] if self.stopped else [node.id for node in self.cluster.nodes() if not node.alive]
        for number in gone:
            self.cluster.start(number)
        return len(gone)

    def stop(self) -> None:
        """All of them."""
        self.stopped = True
        self.cluster.down()

    def go_on(self) -> None:
        """They are started; nobody waits for them here."""
        for node in self.cluster.nodes():
            self.cluster.start(node.id)
        self.stopped = False


class Database:
    """A server that is frozen with all its sessions, or that ends without a word to them."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self.away = False

    @property
    def _data(self) -> Path:
        return self._server.folder / "postgres"

    def freeze(self) -> None:
        self.away = True
        self._tell(signal.SIGSTOP)

    def thaw(self) -> None:
        self._tell(signal.SIGCONT)
        self.away = False

    def _tell(self, number: signal.Signals) -> None:
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _processes(self) -> Iterator[int]:
        first = int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
        yield first
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(FileNotFoundError, ProcessLookupError):
                if int(stat.read_text().rpartition(")")[2].split()[1]) == first:
                    yield int(stat.parent.name)

    def stop(self) -> None:
        """Immediately: what it had in memory is read from its log at the next start."""
        self.away = True
        self._server._pg_ctl("stop", "-m", "immediate", "-w")

    def start(self) -> None:
        """At the same address; who started it knows that it is still its own."""
        self._server._pg_ctl("start", "-w", "-t", "90", "-l", str(self._data / "server.log"))
        told = self._server.folder / "run.json"
        pid = int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
        told.write_text(json.dumps({**json.loads(told.read_text()), "pid": pid}))
        self.away = False
