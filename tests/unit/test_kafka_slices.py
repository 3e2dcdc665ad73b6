"""What waits to be taken follows on what was taken, whatever Kafka brings, and in whatever order it is asked for."""

import threading
from collections.abc import Sequence
from typing import Any, cast

import pytest

from infra.kafka.queue import KafkaQueue, Places
from infra.kafka.records import Record
from infra.kafka.slices import MOST, Part, Slices
from infra.kafka.topics import Topics
from infra.queue.port import INTAKE

PART: Part = (INTAKE, "inventory", 1)


class Through:
    """A door that everything passes."""

    def take(self, kind: str, domain: str, shard: int, records: Sequence[Record]) -> list[bytes]:
        return [record.value for record in records]


class Bare:
    """As much of the queue as slices ask for."""

    door = Through()

    def __init__(self, base: int) -> None:
        topics = Topics({"inventory": 2})
        self.places = Places(topics, {topics.name(INTAKE, "inventory"): [0, base]})


def slices(offset: int = 0, base: int = 0) -> Slices:
    made = Slices(cast(KafkaQueue, Bare(base)), threading.Event())
    made.open(PART, offset)
    return made


def records(*offsets: int) -> list[Record]:
    return [Record(offset, (), str(offset).encode()) for offset in offsets]


def read(of: Slices, after: int, limit: int = 99) -> list[tuple[int, Any]]:
    return list(of.read(INTAKE, "inventory", 1, after, limit))


def test_what_has_come_is_read_behind_an_offset_and_again_until_it_was_taken() -> None:
    made = slices()
    assert made.add(PART, records(0, 1, 2)) is None
    assert made.ends(INTAKE) == {("inventory", 1): 3}
    assert read(made, 0, 2) == read(made, 0, 2) == [(1, b"0"), (2, b"1")]
    assert read(made, 2) == [(3, b"2")]
    assert read(made, 3) == []


def test_offsets_go_on_where_the_ledger_had_come_before_the_topic() -> None:
    made = slices(offset=2, base=40)
    made.add(PART, records(2, 3))
    assert made.ends(INTAKE) == {("inventory", 1): 44}
    assert read(made, 42) == [(43, b"2"), (44, b"3")]


def test_what_comes_twice_is_here_once() -> None:
    made = slices(5)
    made.add(PART, records(3, 4, 5, 6))
    made.add(PART, records(5, 6, 7))
    assert [value for _, value in read(made, 5)] == [b"5", b"6", b"7"]


def test_a_slice_that_was_dropped_on_the_way_is_asked_for_again() -> None:
    made = slices()
    made.add(PART, records(0, 1))
    assert made.add(PART, records(4, 5)) == 2
    assert read(made, 2) == []
    assert made.add(PART, records(2, 3, 4, 5)) is None
    assert [value for _, value in read(made, 2)] == [b"2", b"3", b"4", b"5"]


def test_the_same_gap_twice_is_a_transaction_s_marker() -> None:
    made = slices()
    made.add(PART, records(0, 2))
    assert made.add(PART, records(4)) == 3
    assert made.add(PART, records(4)) is None
    assert read(made, 0) == [(1, b"0"), (3, b"2"), (5, b"4")]


def test_what_the_database_has_forgotten_is_not_passed_over() -> None:
    made = slices()
    made.add(PART, records(0, 1, 2))
    read(made, 2)
    with pytest.raises(RuntimeError, match="the database has lost what it had committed"):
        read(made, 1)


def test_there_is_room_until_there_is_too_much_and_again_when_it_was_taken() -> None:
    made = slices()
    assert made.room(PART)
    made.add(PART, [Record(0, (), bytes(MOST))])
    assert not made.room(PART)
    read(made, 1)
    assert made.room(PART)


def test_what_is_not_ours_has_no_room_and_is_not_kept() -> None:
    made = slices()
    other = (INTAKE, "inventory", 0)
    assert not made.room(other)
    assert made.add(other, records(0)) is None
    assert made.ends(INTAKE) == {("inventory", 1): 0}


def test_records_without_a_word_in_them_need_room_too() -> None:
    made = slices()
    made.add(PART, [Record(offset, (), b"") for offset in range(30_000)])
    assert not made.room(PART)
    read(made, 30_000)
    assert made.room(PART)
