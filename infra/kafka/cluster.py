"""Brokers on loopback: one for a laptop and for tests, three where faults are tried.

The folder holds ``cluster.json`` (the cluster's id; each node's ports and process), and for each node its settings, its
log and its data. Ports are found free at the first start and kept; when somebody else has taken one meanwhile, the
next start finds another. A process is only ever ended when the system says that it still is the one we started.

Every node is broker and controller (KRaft). Three nodes keep three copies of everything and write nothing that two
of them don't have (``min.insync.replicas=2``); one node keeps one, and is for work that may be done again.
"""

import base64
import json
import os
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from infra.errors import NoKafka
from infra.kafka.jars import java, ready
from infra.locks import alone

HEAP: Final = "384m"
_PATIENCE: Final = 60.0
"""Seconds in which a cluster is ready, on a busy machine."""
_ENDING: Final = 20.0
"""Seconds in which a broker ends when it is asked to, before it is killed."""
_LOOK: Final = 0.1


@dataclass(slots=True)
class Node:
    """One broker. ``pid`` is none when it doesn't run; ``started`` is when the system started that process, in the
    system's own ticks: a process id alone may be somebody else's by now."""

    id: int
    port: int
    controller: int
    pid: int | None = None
    started: str | None = None

    @property
    def alive(self) -> bool:
        """Whether the process that we started still runs."""
        return self.pid is not None and _started(self.pid) == self.started


class Cluster:
    """The brokers of one folder."""

    def __init__(
        self, folder: Path, properties: Mapping[str, str] | None = None, client: Mapping[str, Any] | None = None
    ) -> None:
        """``properties`` join or replace what every node is told; ``client`` is what lets kafka-python in."""
        self.folder, self._properties = folder.expanduser().resolve(), dict(properties or {})
        self._client = {} if client is None else dict(client)
        self._file = self.folder / "cluster.json"

    @property
    def bootstrap(self) -> str:
        """Where clients begin: every node's address."""
        return ",".join(f"127.0.0.1:{node.port}" for node in self.nodes())

    def nodes(self) -> Sequence[Node]:
        """The nodes there are, running or not; none before the first start."""
        if not self._file.exists():
            return ()
        return [Node(**node) for node in json.loads(self._file.read_text())["nodes"]]

    def up(self, count: int = 1) -> None:
        """Start what doesn't run, and wait until the cluster answers. A folder keeps the number of nodes it began
        with. ``NoKafka`` says what is in the way."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with alone(self.folder / "lock"):
            nodes = list(self.nodes())
            if nodes and len(nodes) != count:
                raise NoKafka(
                    f"{self.folder} holds a cluster of {len(nodes)}, not {count}: start it with that number, or choose "
                    "another folder"
                )
            cluster = json.loads(self._file.read_text())["id"] if nodes else _new_id()
            nodes = nodes or [Node(number, 0, 0) for number in range(1, count + 1)]
            if not any(node.alive for node in nodes):
                _settle(nodes)
            self._keep(cluster, nodes)
            for node in nodes:
                self._configure(cluster, node, nodes)
            for node in nodes:
                if not node.alive:
                    self._start(node)
                    self._keep(cluster, nodes)
            self._await(nodes)

    def down(self) -> None:
        """End every node, gently; kill what doesn't end."""
        if not self._file.exists():
            return
        with alone(self.folder / "lock"):
            told = json.loads(self._file.read_text())
            nodes = [Node(**node) for node in told["nodes"]]
            for node in nodes:
                _signal(node, signal.SIGTERM)
            for node in nodes:
                _ended(node)
                node.pid = node.started = None
            self._keep(told["id"], nodes)

    def start(self, number: int) -> None:
        """Start one node again, with the ports it had. It is ready when it answers, which isn't waited for."""
        with alone(self.folder / "lock"):
            told = json.loads(self._file.read_text())
            nodes = [Node(**node) for node in told["nodes"]]
            node = next(node for node in nodes if node.id == number)
            if not node.alive:
                self._start(node)
                self._keep(told["id"], nodes)

    def _keep(self, cluster: str, nodes: Sequence[Node]) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps({"id": cluster, "nodes": [asdict(node) for node in nodes]}, indent=1))
        new.replace(self._file)

    def _of(self, node: Node) -> Path:
        return self.folder / f"node-{node.id}"

    def _configure(self, cluster: str, node: Node, nodes: Sequence[Node]) -> None:
        home = self._of(node)
        home.mkdir(exist_ok=True)
        told = {**_properties(node, nodes, home / "data"), **self._properties}
        lines = [f"{name}={value}" for name, value in told.items()]
        (home / "server.properties").write_text("\n".join([*lines, ""]))
        if not (home / "data" / "meta.properties").exists():
            identity = f"--cluster-id={cluster}"  # in one word: an id may begin with a dash
            format_ = ["kafka.tools.StorageTool", "format", identity, "-c", str(home / "server.properties")]
            done = subprocess.run(self._java(*format_), capture_output=True, text=True, timeout=_PATIENCE, check=False)
            if done.returncode:
                raise NoKafka(f"node {node.id}'s storage couldn't be prepared: {(done.stdout + done.stderr)[-500:]}")

    def _java(self, *arguments: str) -> list[str]:
        libs, logging = ready(), Path(__file__).with_name("log4j2.properties")
        options = (
            f"-Xmx{HEAP}", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:ActiveProcessorCount=2",
            "-Djava.awt.headless=true", f"-Dlog4j2.configurationFile={logging}",
        )
        return [java(), *options, "-cp", f"{libs}/*", *arguments]

    def _start(self, node: Node) -> None:
        """A process of its own, which outlives us."""
        home = self._of(node)
        command = self._java("kafka.Kafka", str(home / "server.properties"))
        log = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        node.pid = os.posix_spawn(
            command[0], command, os.environ, setsid=True, file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(home / "server.log"), log, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
        )
        node.started = _started(node.pid)

    def _await(self, nodes: Sequence[Node]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            for node in nodes:
                if not node.alive:
                    raise NoKafka(f"node {node.id} ended at once; the end of its log:\n{self._log(node)}")
            if all(_listens(node.port) for node in nodes) and self._answers(len(nodes)):
                return
            time.sleep(_LOOK)
        raise NoKafka(f"the cluster wasn't ready in {_PATIENCE:.0f} s; the end of a log:\n{self._log(nodes[0])}")

    def _log(self, node: Node) -> str:
        return (self._of(node) / "server.log").read_text(errors="replace")[-1500:]

    def _answers(self, count: int) -> bool:
        """Whether all nodes know of each other."""
        try:
            admin = KafkaAdminClient(
                **{**self._client, "bootstrap_servers": self.bootstrap.split(","), "request_timeout_ms": 5000}
            )
        except KafkaError:
            return False
        try:
            return len(admin.describe_cluster()["brokers"]) == count
        except KafkaError:
            return False
        finally:
            admin.close()


def _properties(node: Node, nodes: Sequence[Node], data: Path) -> Mapping[str, str | int]:
    copies = min(3, len(nodes))
    surely = 2 if copies == 3 else 1
    return {
        "process.roles": "broker,controller",
        "node.id": node.id,
        "listeners": f"BROKER://127.0.0.1:{node.port},CONTROLLER://127.0.0.1:{node.controller}",
        "advertised.listeners": f"BROKER://127.0.0.1:{node.port}",
        "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "BROKER",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": ",".join(f"{one.id}@127.0.0.1:{one.controller}" for one in nodes),
        "log.dirs": str(data),
        "num.network.threads": 2,
        "num.io.threads": 2,
        "auto.create.topics.enable": "false",
        "unclean.leader.election.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": surely,
        "offsets.topic.num.partitions": 4,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.num.partitions": 4,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": surely,
        "share.coordinator.state.topic.num.partitions": 1,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": surely,
        "group.initial.rebalance.delay.ms": 0,
        "log.segment.bytes": 64 * 1024 * 1024,
    }


def _new_id() -> str:
    """A cluster's id: 16 random bytes, as Kafka writes them."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def _settle(nodes: Sequence[Node]) -> None:
    """Give every node the ports it had, if they are free, else free ones. Nobody runs, so all may move."""
    held: list[socket.socket] = []
    try:
        for node in nodes:
            node.port, node.controller = _bound(held, node.port), _bound(held, node.controller)
    finally:
        for one in held:
            one.close()


def _bound(held: list[socket.socket], wish: int) -> int:
    for port in (wish, 0):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.append(one)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            continue
        return int(one.getsockname()[1])
    raise NoKafka("no port is free on loopback")


def _listens(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(1.0)
        return one.connect_ex(("127.0.0.1", port)) == 0


def _started(pid: int) -> str | None:
    """When the system started a process; none when there is none, or it has ended and waits to be fetched."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in ("Z", "X") else fields[19]


def _signal(node: Node, number: int) -> None:
    if node.alive and node.pid is not None:
        os.kill(node.pid, number)


def _ended(node: Node) -> None:
    deadline = time.monotonic() + _ENDING
    while node.alive:
        if time.monotonic() > deadline:
            _signal(node, signal.SIGKILL)
        time.sleep(_LOOK)
    if node.pid is not None:
        with suppress(ChildProcessError):  # another process of ours had started it
            os.waitpid(node.pid, os.WNOHANG)
