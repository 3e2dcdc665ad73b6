"""Everything that was decided can be decided again, from the ledger and the queues alone, and that writes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
import pytest

from events.decision import Decided, Message, Outcome
from events.service import Service
from infra.cursors import PostgresCursors
from infra.edge import Admitted
from infra.importing import read_directory
from infra.ledger.port import Ledger
from infra.ledger.postgres import PostgresLedger
from infra.lived import Life
from infra.migrate import migrate
from infra.postgres import Pool, open_pool
from infra.proving import Proof, prove_cut, prove_cuts
from infra.queue.port import INTAKE
from infra.queue.postgres import PostgresQueue
from infra.replay import Replayed, replay
from infra.runtime import Limits
from infra.sample import DIRECTORY, fortnight
from projections.api.system import services
from tests.plant import SHARDS, Plant
from tests.tiny_planner import Tiny, tiny

pytestmark = pytest.mark.postgres

LIMITS = Limits(batch=13, snapshot=5, states=20)


@pytest.fixture(scope="module")
def lived(postgres_server: Any) -> Iterator[Plant]:
    """The sample factory's fortnight on PostgreSQL: told in an odd order, so that much was parked; with a planner."""
    dsn = postgres_server.dsn_of("replay")
    with open_pool(postgres_server.dsn) as admin, admin.connection() as connection:
        connection.execute("CREATE DATABASE replay")
    migrate(dsn, SHARDS)
    with open_pool(dsn) as pool, PostgresLedger(dsn, pool) as ledger:
        yield _live(ledger, pool)


def _live(ledger: PostgresLedger, pool: Pool) -> Plant:
    cursors = PostgresCursors(pool)
    plant = Plant(
        ledger, PostgresQueue(pool), limits=LIMITS, services=services(), cursors=cursors, planning=tiny(), patience=0.0
    )
    events = [*fortnight()[:40], *read_directory(DIRECTORY).events, *fortnight()[40:]]
    checked = [plant.edge.admit(orjson.dumps(event), plant.now) for event in [*events, *events[::7]]]
    domains = {service.domain for service in services()}
    messages = [found.queued for found in checked if isinstance(found, Admitted) and found.queued.domain in domains]
    for at in range(0, len(messages), 12):
        plant.queue.put(INTAKE, messages[at : at + 12])
        plant.later(minutes=47)
        plant.settle()
    plant.later(days=8)
    plant.settle()
    return plant


def heads(plant: Plant) -> object:
    """All that a replay must not move."""
    ledger = plant.ledger
    return ledger.heads(), ledger.offsets(), plant.queue.ends(INTAKE), len(ledger.rejected(limit=9999))


def again(plant: Plant, ours: Sequence[Service[Any]]) -> list[Replayed]:
    return list(replay(plant.ledger, plant.queue, ours))


def test_every_message_is_decided_again_alike(lived: Plant) -> None:
    before, told = heads(lived), []
    found = list(replay(lived.ledger, lived.queue, services(), lambda *step: told.append(step)))
    assert [one.told for one in found if one.different] == []
    assert sum(one.unkept for one in found) == 0
    assert sum(one.facts for one in found) == sum(
        head.position for (domain, _), head in lived.ledger.heads().items() if domain != "planning"
    )
    assert sum(one.messages for one in found) > 500
    assert heads(lived) == before
    assert told


def test_peoples_requests_to_the_planner_are_decided_again_too(lived: Plant) -> None:
    (found,) = again(lived, [tiny().service])
    assert (found.facts, found.different, found.unkept) == (0, 0, 0), "the sample has none, and cuts are left out"


def changed(service: Service[Any], every: int) -> Service[Any]:
    """The same service, but for some decisions in which the first fact is left out."""
    count = 0

    def decide(state: Any, reference: Any, told: Message[Any], now: datetime) -> Outcome:
        nonlocal count
        outcome = service.decide(state, reference, told, now)
        if isinstance(outcome, Decided) and outcome.facts:
            count += 1
            return Decided(list(outcome.facts)[1:]) if count % every == 0 else outcome
        return outcome

    return replace(service, decide=decide)


def test_a_service_that_decides_otherwise_is_found_out_where_it_does(lived: Plant) -> None:
    inventory = next(service for service in services() if service.domain == "inventory")
    found = again(lived, [changed(inventory, 100)])
    sound = sum(one.messages for one in again(lived, [inventory]))
    assert sum(one.different for one in found) >= sound // 100 - len(found)
    assert all(told.startswith("inventory/") for one in found for told in one.told)
    assert all(len(one.told) <= 5 for one in found)


def test_time_and_catalogue_are_those_of_the_decision(lived: Plant) -> None:
    """A service that writes down what it was decided on differs unless both are given as they were."""
    seen: list[tuple[datetime, int]] = []
    inventory = next(service for service in services() if service.domain == "inventory")

    def decide(state: Any, reference: Any, told: Message[Any], now: datetime) -> Outcome:
        seen.append((now, reference.position))
        return inventory.decide(state, reference, told, now)

    again(lived, [replace(inventory, decide=decide)])
    facts = lived.facts("inventory")
    assert set(seen) == {(at.recorded_at, at.reference) for at in facts}


# -- cuts --------------------------------------------------------------------------------------------------------------


def cuts(ledger: Ledger) -> int:
    return sum(at.type == "CutTaken" for at in ledger.scan("planning", 0))


def test_every_cut_is_decided_again_alike_one_by_one_and_in_a_row(lived: Plant) -> None:
    before, count = heads(lived), cuts(lived.ledger)
    assert count > 20
    in_a_row = list(prove_cuts(lived.ledger, tiny()))
    assert [proof.cut for proof in in_a_row] == list(range(1, count + 1))
    assert [proof.difference for proof in in_a_row if not proof.equal] == []
    assert [prove_cut(lived.ledger, tiny(), cut) for cut in (1, count // 2, count)] == [
        in_a_row[0], in_a_row[count // 2 - 1], in_a_row[-1],
    ]  # fmt: skip
    assert sum(proof.facts for proof in in_a_row) == lived.ledger.heads()["planning", 0].position
    assert prove_cut(lived.ledger, tiny(), count + 1) is None
    assert prove_cut(lived.ledger, tiny(), 0) is None
    assert heads(lived) == before


def test_another_release_says_so_instead_of_pretending(lived: Plant) -> None:
    proof = prove_cut(lived.ledger, tiny("tiny-2"), 3)
    assert isinstance(proof, Proof)
    assert proof.equal is None
    told = "release tiny-1 of the planner decided it, and this is tiny-2: run that one to decide it again"
    assert proof.difference == told
    assert {proof.equal for proof in prove_cuts(lived.ledger, tiny("tiny-2", more=1))} == {None}


def test_one_that_decides_otherwise_under_the_same_release_is_found_out(lived: Plant) -> None:
    proof = prove_cut(lived.ledger, tiny(more=1), 3)
    assert isinstance(proof, Proof)
    assert proof.equal is False
    assert proof.difference is not None
    assert proof.difference.startswith(f"planning/0/{proof.position + 1}: ShortageStated on stock/")
    found = list(prove_cuts(lived.ledger, tiny(more=1), most=3))
    assert [proof.equal for proof in found if not proof.equal] == [False] * 3
    assert found[-1].equal is False, "it ends after so many"


def test_who_lives_through_the_ledger_is_as_who_decided_it(lived: Plant) -> None:
    head = lived.ledger.heads()
    follower = Life(tiny().planner, lived.ledger)
    follower.follow(head["planning", 0].position)
    follower.catch_up(head)
    assert lived.planner is not None
    live = lived.planner.life.planner
    assert isinstance(live, Tiny)
    assert isinstance(follower.planner, Tiny)
    assert follower.planner.state() == live.state()
    assert follower.places == lived.planner.life.places
