"""A real broker on this machine's Java: started, joined, ended, and never another file than was pinned."""

import os
import shutil
import signal
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from infra.errors import NoKafka
from infra.kafka import jars
from infra.kafka.cluster import Cluster
from tests.integration.processes import until

pytestmark = pytest.mark.skipif(
    shutil.which("java") is None or shutil.which("mvn") is None, reason="Java and Maven aren't installed"
)


def brokers(cluster: Cluster) -> int:
    admin = KafkaAdminClient(bootstrap_servers=cluster.bootstrap.split(","))
    try:
        return len(admin.describe_cluster()["brokers"])
    finally:
        admin.close()


def test_a_broker_starts_is_joined_and_ends_and_keeps_its_ports(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path)
    cluster.up()
    try:
        first = cluster.nodes()[0]
        assert brokers(cluster) == 1
        Cluster(tmp_path).up()
        assert cluster.nodes()[0] == first, "it was joined, not started twice"
    finally:
        cluster.down()
    assert not cluster.nodes()[0].alive
    cluster.up()
    try:
        assert cluster.nodes()[0].port == first.port
        assert cluster.nodes()[0].pid != first.pid
    finally:
        cluster.down()


def test_a_cluster_of_three_goes_on_without_one_and_takes_it_back(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path)
    cluster.up(3)
    try:
        victim = cluster.nodes()[2]
        assert victim.pid is not None
        os.kill(victim.pid, signal.SIGKILL)
        until(lambda: not victim.alive)  # a process with many threads takes a moment to end
        with pytest.raises(NoKafka, match="cluster of 3"):
            cluster.up(1)
        cluster.up(3)
        until(lambda: brokers(cluster) == 3)
    finally:
        cluster.down()


def test_a_file_that_was_changed_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    libs = jars.ready()
    folder = tmp_path / "lotone" / jars.cache().name / "libs"
    shutil.copytree(libs, folder)
    name = sorted(jars.pinned())[0]
    (folder / name).write_bytes(b"something else")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(NoKafka, match=rf"{name} isn't what jars.lock pins"):
        jars.ready()


def test_a_file_too_many_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "lotone" / jars.cache().name / "libs"
    shutil.copytree(jars.ready(), folder)
    (folder / "zz-extra.jar").write_bytes(b"more")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(NoKafka, match="pinned nothing"):
        jars.ready()


def test_a_process_id_given_to_somebody_else_is_left_alone(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path)
    cluster.up()
    node = cluster.nodes()[0]
    try:
        stranger = type(node)(node.id, node.port, node.controller, os.getpid(), "1")
        assert not stranger.alive
    finally:
        cluster.down()
