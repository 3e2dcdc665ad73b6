"""Who owns which shard, among the workers of one service: Kafka's group asks its leader, and the leader asks this.

Shard n is partition n of the intake and of the commands, and one worker must have both: they share a row, a cache and
a place to stand. The naive way takes the assignor that Kafka's clients bring. It deals all partitions out in turn, so
one worker gets the commands of a shard and another its intake, and the two fence each other off for ever.

A worker says what it had, and keeps it as far as its fair share goes: a shard that stays where it was costs nothing.
"""

from collections.abc import Iterable, Mapping, Sequence

from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata


def shared(shards: int, had: Mapping[str, Sequence[int]]) -> Mapping[str, Sequence[int]]:
    """The shards of each member: at most one more for one than for another, and as few moved as can be.

    >>> shared(4, {"a": [0, 1, 2, 3], "b": []}), shared(1, {"a": [], "b": []})
    ({'a': [0, 1], 'b': [2, 3]}, {'a': [0], 'b': []})
    """
    members = sorted(had)
    free = set(range(shards))
    more = shards % len(members)
    given: dict[str, list[int]] = {}
    for member in sorted(members, key=lambda one: (-len(had[one]), one)):
        most = shards // len(members) + (1 if more else 0)
        given[member] = sorted(set(had[member]) & free)[:most]
        more -= bool(more) and len(given[member]) == most
        free -= set(given[member])
    for shard in sorted(free):
        given[min(members, key=lambda one: (len(given[one]), one))].append(shard)
    return {member: sorted(given[member]) for member in members}


class ShardAssignor(AbstractPartitionAssignor):  # type: ignore[misc]
    """Deals out shards, for aiokafka: as many as the ledger says. Who asks the cluster instead may hear of none just
    after a broker came back; then nobody gets any, and nothing ever makes them ask again."""

    name = "lotone-shards"

    def __init__(self, shards: int) -> None:
        self._shards = shards
        self._had: Sequence[int] = ()

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        return ConsumerProtocolMemberMetadata(0, sorted(topics), ",".join(map(str, self._had)).encode())

    def on_assignment(self, assignment: ConsumerProtocolMemberAssignment) -> None:
        self._had = sorted({shard for _, shards in assignment.assignment for shard in shards})

    def assign(
        self, _cluster: object, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        topics = sorted({topic for told in members.values() for topic in told.subscription})
        dealt = shared(self._shards, {member: _had(told.user_data) for member, told in members.items()})
        return {
            member: ConsumerProtocolMemberAssignment(0, [(topic, list(own)) for topic in topics if own], b"")
            for member, own in dealt.items()
        }


def _had(told: bytes | None) -> Sequence[int]:
    return [int(shard) for shard in (told or b"").decode().split(",") if shard]
