"""What lies on a wrong partition is sent on; what can't be doesn't stand in the way of what lies behind it."""

from collections.abc import Sequence

from infra.clock import system_clock
from infra.edge import Edge
from infra.errors import Poison
from infra.kafka.bound import Seals
from infra.kafka.door import Door
from infra.kafka.records import Record, ours
from infra.keystore import KeyStore
from infra.queue.port import INTAKE, Aside, Queued
from tests.contracts.queue_contract import to

SEALS, SHARDS = Seals(b"k" * 32), {"inventory": 2}


def record(offset: int, queued: Queued) -> Record:
    """As one of us has sealed it for its own place."""
    seal = SEALS.sign(INTAKE, queued.domain, queued.shard, queued.body)
    return Record(offset, ours(queued, seal), queued.body)


def test_one_that_is_too_large_to_be_sent_on_is_refused_with_its_bytes_and_the_others_go_their_way() -> None:
    sent: list[str] = []

    def put(_: str, messages: Sequence[Queued]) -> None:
        if any(message.id == "large" for message in messages):
            raise Poison("larger than its topic takes")
        sent.extend(message.id for message in messages)

    door = Door(Edge(SHARDS, KeyStore(None)), SEALS, SHARDS, system_clock, put)
    told = [to("inventory", 0, "here"), to("inventory", 1, "large"), to("inventory", 1, "astray")]
    here, large, astray = door.take(INTAKE, "inventory", 0, [record(*found) for found in enumerate(told)])
    assert here == told[0].body
    assert (sent, astray) == (["astray"], Aside())
    assert isinstance(large, Aside)
    assert large.rejected is not None
    assert (large.rejected.domain, large.rejected.shard) == ("inventory", 0)
    assert "too large to be sent on" in large.rejected.problems[0].problem
