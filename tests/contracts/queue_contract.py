"""What every queue promises. ``test_queue.py`` runs it against each implementation."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.errors import Misfit
from infra.queue.port import COMMANDS, INTAKE, Queue, Queued


def to(domain: str, shard: int, id_: str) -> Queued:
    return Queued(domain, shard, "urn:erp", id_, b"\x00body of " + id_.encode())


class QueueContract:
    """Needs the fixture ``queue``: empty, with two shards of inventory and two of suppliers."""

    @pytest.mark.parametrize("kind", [INTAKE, COMMANDS])
    def test_each_shard_counts_from_one_with_no_gap(self, queue: Queue, kind: str) -> None:
        queue.put(kind, [to("inventory", 1, "a"), to("inventory", 0, "b"), to("inventory", 1, "c")])
        queue.put(kind, [to("inventory", 1, "d")])
        assert list(queue.read(kind, "inventory", 1, 0, 9)) == [
            (1, b"\x00body of a"),
            (2, b"\x00body of c"),
            (3, b"\x00body of d"),
        ]
        assert list(queue.read(kind, "inventory", 0, 0, 9)) == [(1, b"\x00body of b")]
        ends = queue.ends(kind)
        assert (ends["inventory", 1], ends["inventory", 0], ends["suppliers", 0]) == (3, 1, 0)

    def test_the_kinds_are_apart(self, queue: Queue) -> None:
        queue.put(INTAKE, [to("inventory", 0, "a")])
        assert list(queue.read(COMMANDS, "inventory", 0, 0, 9)) == []
        assert queue.ends(COMMANDS)["inventory", 0] == 0

    def test_a_reader_goes_on_behind_its_offset(self, queue: Queue) -> None:
        queue.put(INTAKE, [to("inventory", 0, id_) for id_ in "abcde"])
        assert [number for number, _ in queue.read(INTAKE, "inventory", 0, 1, 3)] == [2, 3, 4]
        assert list(queue.read(INTAKE, "inventory", 0, 5, 3)) == []

    def test_an_event_is_found_wherever_it_stands(self, queue: Queue) -> None:
        queue.put(INTAKE, [to("inventory", 0, "a"), to("suppliers", 1, "a"), to("inventory", 0, "a")])
        queue.put(COMMANDS, [to("inventory", 0, "b")])
        found = [(("inventory", 0), 1), (("inventory", 0), 2), (("suppliers", 1), 1)]
        assert sorted(queue.pending("urn:erp", "a")) == found
        assert list(queue.pending("urn:erp", "b")) == []
        assert list(queue.pending("urn:other", "a")) == []

    def test_all_or_nothing_is_queued(self, queue: Queue) -> None:
        with pytest.raises(Misfit):
            queue.put(INTAKE, [to("inventory", 0, "a"), to("inventory", 99, "b")])
        assert queue.ends(INTAKE)["inventory", 0] == 0
        queue.put(INTAKE, [])
        queue.put(INTAKE, [to("inventory", 0, "c")])
        assert list(queue.read(INTAKE, "inventory", 0, 0, 9)) == [(1, b"\x00body of c")]

    def test_writers_in_any_order_leave_no_gap_and_never_wait_for_each_other(self, queue: Queue) -> None:
        places = [("inventory", 0), ("inventory", 1), ("suppliers", 0)]

        def write(writer: int) -> None:
            for turn in range(20):
                order = places if (writer + turn) % 2 else places[::-1]
                queue.put(INTAKE, [to(*place, f"{writer}-{turn}-{place}") for place in order])

        with ThreadPoolExecutor(4) as threads:
            for done in [threads.submit(write, writer) for writer in range(4)]:
                done.result()
        for domain, shard in places:
            rows = queue.read(INTAKE, domain, shard, 0, 1000)
            assert [number for number, _ in rows] == list(range(1, 81))
            assert len({body for _, body in rows}) == 80

    def test_a_reader_beside_writers_misses_nothing(self, queue: Queue) -> None:
        def write(writer: int) -> None:
            for turn in range(40):
                queue.put(INTAKE, [to("inventory", 0, f"{writer}-{turn}")])

        seen: list[bytes] = []
        with ThreadPoolExecutor(3) as threads:
            writers = [threads.submit(write, writer) for writer in range(3)]
            while len(seen) < 120:
                for number, body in queue.read(INTAKE, "inventory", 0, len(seen), 1000):
                    seen.append(body)
                    assert number == len(seen)
                if all(writer.done() for writer in writers) and queue.ends(INTAKE)["inventory", 0] == len(seen):
                    break
        assert len(set(seen)) == 120
