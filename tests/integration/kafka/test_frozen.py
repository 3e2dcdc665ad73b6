"""Brokers that are frozen take connections and say nothing: who asks for readiness is told so, and soon."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.errors import Transient
from infra.kafka.cluster import Cluster
from infra.kafka.topics import Topics, prepare
from infra.queue.port import INTAKE
from projections.api.readiness import _backlog
from tests.contracts.queue_contract import to
from tests.integration.kafka.test_queue import opened


@contextmanager
def frozen(cluster: Cluster) -> Iterator[None]:
    pids = [node.pid for node in cluster.nodes() if node.pid is not None]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_brokers_that_do_not_answer_are_told_of_within_seconds_and_heard_again_when_they_do(tmp_path: Path) -> None:
    cluster, topics = Cluster(tmp_path), Topics({"inventory": 1}, "any.")
    try:
        cluster.up()
        prepare(cluster.bootstrap, topics)
        with closing(opened(cluster.bootstrap, topics)) as queue:
            queue.put(INTAKE, [to("inventory", 0, "a")])
            told = SimpleNamespace(kafka_bootstrap=cluster.bootstrap)
            base: Any = SimpleNamespace(settings=told, queue=queue, ledger=SimpleNamespace(offsets=dict))
            assert _backlog(base) == {"inventory/0": 1}
            with frozen(cluster):
                began = time.monotonic()
                with pytest.raises(Transient, match="doesn't answer within 5 s"):
                    _backlog(base)
                assert time.monotonic() - began < 7
            assert _backlog(base) == {"inventory/0": 1}
    finally:
        cluster.down()
