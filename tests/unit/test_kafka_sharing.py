"""Shards are dealt out fairly, each to one worker, and stay where they were."""

from types import SimpleNamespace

from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from hypothesis import given
from hypothesis import strategies as st

from infra.kafka.sharing import ShardAssignor, shared

HAD = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.lists(st.integers(0, 12), max_size=8), min_size=1)


@given(st.integers(1, 12), HAD)
def test_each_shard_has_one_owner_and_nobody_two_more_than_another(shards: int, had: dict[str, list[int]]) -> None:
    dealt = shared(shards, had)
    assert sorted(shard for own in dealt.values() for shard in own) == list(range(shards))
    assert dealt.keys() == had.keys()
    sizes = [len(own) for own in dealt.values()]
    assert max(sizes) - min(sizes) <= 1


@given(st.integers(1, 12), st.integers(1, 6))
def test_dealing_again_moves_nothing(shards: int, members: int) -> None:
    dealt = shared(shards, {str(number): [] for number in range(members)})
    assert shared(shards, dealt) == dealt


def test_whoever_joins_gets_only_what_the_others_have_too_much_of() -> None:
    assert shared(5, {"a": [0, 1, 2, 3, 4], "b": []}) == {"a": [0, 1, 2], "b": [3, 4]}


def test_whoever_leaves_leaves_the_others_what_they_had() -> None:
    assert shared(4, {"a": [0, 2], "b": []}) == {"a": [0, 2], "b": [1, 3]}


def test_a_shard_that_two_say_they_had_stays_with_one() -> None:
    assert shared(2, {"a": [0, 1], "b": [0, 1]}) == {"a": [0], "b": [1]}


def test_a_worker_gets_both_queues_of_a_shard_also_of_brokers_that_have_just_come_back_and_name_no_partition() -> None:
    cluster = SimpleNamespace(partitions_for_topic=lambda topic: None)
    first, second = ShardAssignor(2), ShardAssignor(2)
    first.on_assignment(ConsumerProtocolMemberAssignment(0, [("x.commands", [1]), ("x.intake", [1])], b""))
    members = {"one": first.metadata(["x.intake", "x.commands"]), "two": second.metadata(["x.intake", "x.commands"])}
    dealt = first.assign(cluster, members)
    assert dealt["one"].assignment == [("x.commands", [1]), ("x.intake", [1])]
    assert dealt["two"].assignment == [("x.commands", [0]), ("x.intake", [0])]
