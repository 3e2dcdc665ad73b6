"""What we rest on in Faust, against a real broker: the one file that touches its internals, and this holds it."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

import pytest
from confluent_kafka import Producer
from kafka import KafkaAdminClient

from infra.kafka.topics import administering
from tests.integration.forking import Forked
from tests.integration.processes import forked, until

WORKER = "tests.integration.kafka.would_be_worker"


class Bench:
    """A topic of one partition, and workers that read it."""

    def __init__(self, bootstrap: str, topic: str, folder: Path, stack: ExitStack) -> None:
        self.bootstrap, self.topic, self.folder, self._stack = bootstrap, topic, folder, stack
        self.said: dict[int, list[str]] = {}

    def publish(self, *values: bytes) -> None:
        producer = Producer({"bootstrap.servers": self.bootstrap})
        for value in values:
            producer.produce(self.topic, value, partition=0)
        assert producer.flush(20) == 0

    def worker(self, offset: int = 0, poll: int = 300, claiming: float = 0) -> Forked:
        folder = self.folder / str(len(self.said))
        numbers = str(offset), str(folder), str(poll), str(claiming)
        arguments = self.bootstrap, f"group-{self.topic}", self.topic, *numbers
        started = self._stack.enter_context(forked(WORKER, *arguments))
        self.said[started.pid] = []
        return started

    def hear(self, worker: Forked, line: Callable[[str], bool]) -> list[str]:
        """All it has said, up to such a line."""
        assert worker.stdout is not None
        said = self.said[worker.pid]
        for told in worker.stdout:
            said.append(told.strip())
            if line(told):
                return said
        raise AssertionError(f"it ended with {worker.wait()} and said {said}")


@pytest.fixture
def bench(broker: str, prefix: str, tmp_path: Path) -> Iterator[Bench]:
    with administering(broker) as admin:
        admin.create_topics({f"{prefix}t": {"num_partitions": 1}}, wait_for_metadata=True)
    with ExitStack() as stack:
        yield Bench(broker, f"{prefix}t", tmp_path, stack)


def test_this_is_the_faust_that_was_looked_into() -> None:
    assert version("faust-streaming") == "0.15.3"


def test_an_agent_is_given_what_a_fetch_gave_at_once_from_where_its_owner_says(bench: Bench) -> None:
    bench.publish(*[b"x"] * 500)
    said = bench.hear(bench.worker(40), lambda line: line.startswith("slice"))
    assert said[-2:] == ["begin [0]", "slice 0 40 460"]


def test_nothing_is_ever_committed(bench: Bench) -> None:
    bench.publish(b"x")
    worker = bench.worker()
    bench.hear(worker, lambda line: line.startswith("slice"))
    worker.terminate()
    assert worker.wait(30) == 0
    admin = KafkaAdminClient(bootstrap_servers=bench.bootstrap)
    try:
        told = admin.list_group_offsets([f"group-{bench.topic}"])
    finally:
        admin.close()
    assert not any(told.values()), told


def test_an_agent_that_fails_ends_its_worker_with_an_error_and_what_it_failed_at_comes_again(bench: Bench) -> None:
    bench.publish(b"x", b"fail", b"x")
    for _ in range(2):
        worker = bench.worker()
        said = bench.hear(worker, lambda line: line.startswith("slice"))
        assert said[-1] == "slice 0 0 3"
        worker.communicate(timeout=30)
        assert worker.returncode not in (0, None)


@pytest.mark.parametrize("offset", [7, 1_000_000])
def test_an_offset_that_is_not_there_ends_the_worker(bench: Bench, offset: int) -> None:
    bench.publish(b"x", b"y")
    worker = bench.worker(offset)
    told, _ = worker.communicate(timeout=30)
    assert worker.returncode not in (0, None)
    assert "OffsetOutOfRange" in told
    assert "slice 0" not in told


def test_what_was_aborted_upstream_is_not_read(bench: Bench) -> None:
    producer = Producer({"bootstrap.servers": bench.bootstrap, "transactional.id": bench.topic})
    producer.init_transactions(20)
    for value, ended in ((b"fail", producer.abort_transaction), (b"good", producer.commit_transaction)):
        producer.begin_transaction()
        producer.produce(bench.topic, value, partition=0)
        producer.flush()
        ended()
    said = bench.hear(bench.worker(), lambda line: line.startswith("slice"))
    assert said[-1] == "slice 0 2 1", "the aborted one and its marker come first"


def test_an_idle_worker_stays_a_member_and_takes_over(bench: Bench) -> None:
    first = bench.worker(poll=2)
    bench.hear(first, lambda line: line.startswith("begin"))
    second = bench.worker(poll=2)
    began = time.monotonic()
    until(lambda: time.monotonic() > began + 6)  # three times the longest silence that is let pass
    first.kill()
    second_said = bench.hear(second, lambda line: line.startswith("begin")) if second.poll() is None else []
    assert second_said[-1:] == ["begin [0]"]


def test_who_leaves_gives_up_first(bench: Bench) -> None:
    worker = bench.worker()
    bench.hear(worker, lambda line: line.startswith("begin"))
    worker.terminate()
    assert bench.hear(worker, lambda line: line.startswith("end"))[-1] == "end"
    assert worker.wait(30) == 0


def test_who_is_told_to_end_while_it_takes_a_shard_over_ends_well(bench: Bench) -> None:
    bench.publish(b"x")
    worker = bench.worker(claiming=2)
    bench.hear(worker, lambda line: line.startswith("slice"))
    bench.worker()  # shards change hands
    bench.hear(worker, lambda line: line.startswith("begin"))
    worker.terminate()
    told, _ = worker.communicate(timeout=30)
    assert worker.returncode == 0, told


def test_who_takes_long_to_take_a_shard_over_stays_a_member(bench: Bench) -> None:
    bench.publish(b"x")
    said = bench.hear(bench.worker(poll=2, claiming=5), lambda line: line.startswith("slice"))
    assert [line for line in said if line.startswith(("begin", "slice"))] == ["begin [0]", "slice 0 0 1"]
