"""The same intake with the same cuts gives the same decided bytes, whoever keeps the record."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest

from infra.cursors import PostgresCursors
from infra.edge import Admitted
from infra.importing import read_directory
from infra.ledger.memory import MemoryLedger
from infra.ledger.port import ShardId
from infra.ledger.postgres import PostgresLedger
from infra.ledger.verify import verify
from infra.postgres import Pool
from infra.queue.port import INTAKE, Queued
from infra.queue.postgres import PostgresQueue
from infra.runtime import Limits
from infra.sample import DIRECTORY, fortnight
from tests.conftest import SHARDS
from tests.plant import Plant
from tests.tiny_planner import tiny

pytestmark = pytest.mark.postgres

Event = Mapping[str, Any]
LIMITS = Limits(batch=7, snapshot=3, states=5)
"""Small enough that states are dropped and loaded again from snapshots, and that batches are cut in odd places."""


def intake(plant: Plant) -> list[Queued]:
    """The sample factory's master data and fortnight as the door admits them: shuffled a little, so that much has to
    wait; some of it told again, some told otherwise under the same id, and one supplier never told of."""
    chance = random.Random(20261122)
    events = [*read_directory(DIRECTORY).events, *fortnight()]
    events.remove(next(event for event in events if event["type"] == "lotone.catalogue.DefineSupplier.v1"))
    events = [event for _, event in sorted((n + chance.uniform(0, 60), event) for n, event in enumerate(events))]
    events += chance.sample(events, 40)
    events += [{**event, "data": other["data"]} for event, other in alike(chance.sample(events, 200))]
    checked = [plant.edge.admit(orjson.dumps(event), plant.now) for event in events]
    return [found.queued for found in checked if isinstance(found, Admitted)]


def alike(events: Sequence[Event]) -> list[tuple[Event, Event]]:
    """Pairs of one type."""
    by_type: dict[str, Event] = {}
    return [(event, by_type.setdefault(event["type"], event)) for event in events if event["type"] in by_type]


def decide(plant: Plant, messages: Sequence[Queued]) -> None:
    """In chunks that are the same for everybody, and none the same as another; in the end time runs out for whatever
    still waits."""
    chance, at = random.Random(1), 0
    while at < len(messages):
        size = chance.choice((1, 3, 10, 50))
        plant.queue.put(INTAKE, messages[at : at + size])
        at += size
        plant.later(minutes=20)
        for _ in range(chance.choice((0, 1, 2))):
            plant.engine.step()
            plant.reactions.step()
            assert plant.planner is not None
            plant.planner.step()
    plant.settle()
    plant.later(days=8)
    plant.settle()


def test_memory_and_postgresql_decide_the_same_bytes(postgres_ledger: PostgresLedger, pool: Pool) -> None:
    memory = Plant(MemoryLedger(SHARDS), limits=LIMITS, planning=tiny(), patience=0.0)
    queue, cursors = PostgresQueue(pool), PostgresCursors(pool)
    postgres = Plant(
        postgres_ledger, queue, limits=LIMITS, keys=memory.keys, cursors=cursors, planning=tiny(), patience=0.0
    )
    messages = intake(memory)
    for plant in (memory, postgres):
        decide(plant, messages)
    places: list[ShardId] = sorted(memory.ledger.heads())
    for place in places:
        ours, theirs = (list(plant.ledger.scan(*place)) for plant in (memory, postgres))
        assert [at.decided for at in ours] == [at.decided for at in theirs], place
        assert [at._replace(hash=b"") for at in ours] == [at._replace(hash=b"") for at in theirs], place
    keys = sorted({(message.source, message.id) for message in messages})
    assert memory.ledger.taken(keys) == postgres.ledger.taken(keys)
    assert memory.ledger.offsets() == postgres.ledger.offsets()
    for plant in (memory, postgres):
        assert verify(plant.ledger).ok
        assert "CutTaken" in plant.types("planning")
    refusals = [
        [replace(one, number=0, original=b"") for one in plant.ledger.rejected(limit=10_000)]
        for plant in (memory, postgres)
    ]
    assert refusals[0] == refusals[1]
    assert {refused.other_digest is None for refused in refusals[0]} == {True, False}, "some waited in vain, some lied"
    assert sum(head.position for head in memory.ledger.heads().values()) > 1_000
