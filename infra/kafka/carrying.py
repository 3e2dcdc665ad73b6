"""A new epoch: what stood in the old topics and wasn't taken goes into the new ones.

A ledger that has lost facts (a failover, a restore) can't go on with its old topics: they tell of facts that it doesn't
have. With another prefix it begins new ones. The old ones still hold the events whose facts were lost, and this carries
them over, from the offset that the restored rows hold; they keep their source and id, so carrying twice is a repeat.

Commands are carried only when the ledger still holds the fact that they follow from. The others were caused by facts
that are gone: deciding anew gives new facts, and those send commands of their own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from infra.edge import Refused
from infra.errors import Misfit
from infra.kafka.bound import Seals, ever, seals
from infra.kafka.brokers import Brokers
from infra.kafka.fetching import Fetcher
from infra.kafka.queue import KafkaQueue
from infra.kafka.records import SEAL, Record, event, header
from infra.kafka.topics import Topics
from infra.ledger.port import ShardId
from infra.queue.port import COMMANDS, INTAKE, Queued
from infra.queue.wire import unpack
from infra.store import Store

_CHUNK: Final = 1_000


@dataclass
class Carried:
    """What was found in the old topics: how many events and commands were carried, how many were refused, and how many
    commands followed from facts that are gone."""

    events: int = 0
    commands: int = 0
    refused: int = 0
    orphans: int = 0


def carry(base: Store, old: str) -> Carried:
    """Carry over what stands in the topics with this prefix. Run it before anything runs on the new ones."""
    queue = base.queue
    if not isinstance(queue, KafkaQueue) or queue.places.topics.prefix == old:
        raise Misfit("set LOTONE_KAFKA_BOOTSTRAP, and LOTONE_KAFKA_PREFIX to the new prefix: --from is the old one")
    topics = Topics(base.genesis.shards, old)
    _untouched(base, queue)
    done, sealing, bases = Carried(), seals(base.connections), _bases(base, topics)
    heads = {place: cursor.position for place, cursor in base.ledger.heads().items()}
    fetcher = Fetcher(Brokers.of(base.settings))
    try:
        for kind in (INTAKE, COMMANDS):
            for name, domain in topics.of(kind).items():
                for shard in range(topics.shards[domain]):
                    begin = queue.places.base(kind, domain, shard) - bases[name][shard]
                    for records in _pages(fetcher, (name, shard), begin):
                        _carry(base, kind, (domain, shard), records, sealing, heads, done)
    finally:
        fetcher.close()
    return done


def _untouched(base: Store, queue: KafkaQueue) -> None:
    for (domain, shard), offsets in base.ledger.offsets().items():
        for kind in (INTAKE, COMMANDS):
            if offsets.get(kind, 0) != queue.places.base(kind, domain, shard):
                raise Misfit(
                    f"{domain} shard {shard} has taken from the new topics already: carry before anything else is "
                    "started; now publish what is missing from its sources again"
                )


def _bases(base: Store, topics: Topics) -> Mapping[str, Sequence[int]]:
    found = ever(base.connections)
    if missing := [name for kind in (INTAKE, COMMANDS) for name in topics.of(kind) if name not in found]:
        raise Misfit(f"this ledger never had a topic {missing[0]}: say the prefix that LOTONE_KAFKA_PREFIX had before")
    return found


def _pages(fetcher: Fetcher, place: tuple[str, int], begin: int) -> Iterator[Sequence[Record]]:
    low, end = fetcher.bounds(place)
    if begin < low:
        raise Misfit(f"topic {place[0]} begins at offset {low} and was taken up to {begin}: publish the rest again")
    while begin < end and (found := fetcher.read(place, begin, _CHUNK, end)):
        yield found
        begin = found[-1].offset + 1


def _carry(
    base: Store, kind: str, place: ShardId, records: Sequence[Record], sealing: Seals, heads: Mapping[ShardId, int],
    done: Carried,
) -> None:  # fmt: skip
    ours: list[Queued] = []
    others: list[bytes] = []
    for record in records:
        seal, shards = header(record.headers, SEAL), base.genesis.shards[place[0]]
        home = None if seal is None else sealing.place(seal, kind, place[0], shards, record.value)
        if home is None:
            others += [event(record.headers, record.value)] if kind == INTAKE else []
            done.refused += kind == COMMANDS
            continue
        wire = unpack(record.value)
        if kind == COMMANDS and _gone(wire.causation, heads):
            done.orphans += 1
        else:
            ours.append(Queued(place[0], home, wire.source, wire.id, record.value))
    checked = base.edge.admit_all(others, base.clock()) if others else []
    refused = [one.rejected for one in checked if isinstance(one, Refused)]
    ours += [one.queued for one in checked if not isinstance(one, Refused)]
    base.ledger.reject(refused)
    base.queue.put(kind, ours)
    done.refused += len(refused)
    done.events += len(ours) if kind == INTAKE else 0
    done.commands += len(ours) if kind == COMMANDS else 0


def _gone(cause: str | None, heads: Mapping[ShardId, int]) -> bool:
    """Whether the fact that a command follows from isn't in the ledger any more."""
    domain, shard, position = (cause or "//").split("/")
    return not cause or int(position) > heads.get((domain, int(shard)), 0)
