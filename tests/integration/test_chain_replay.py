"""The whole chain on PostgreSQL, its own planner deciding: everything can be decided again from what is stored."""

from collections.abc import Iterator
from typing import Any

import pytest

from events.codec import decode
from events.planning.facts import RequirementRouted
from infra.cursors import PostgresCursors
from infra.ledger.postgres import PostgresLedger
from infra.ledger.verify import verify
from infra.lived import Life
from infra.migrate import migrate
from infra.postgres import open_pool
from infra.proving import prove_cut, prove_cuts
from infra.queue.postgres import PostgresQueue
from infra.replay import replay
from infra.runtime import Limits
from infra.sample.life.story import Play
from infra.sample.weeks import weeks
from projections.api.system import planning, services
from projections.planning.prove import cut_of, cuts_of, prove
from tests.integration.lives import new_database
from tests.plant import SHARDS, Plant
from tests.story.stages import InMemory

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def chain(postgres_server: Any) -> Iterator[Plant]:
    """A few of the sample's orders and troubles, stepped by hand; states are dropped and loaded again all the time."""
    dsn = new_database(postgres_server.dsn, "chain_replay")
    migrate(dsn, SHARDS)
    with open_pool(dsn) as pool, PostgresLedger(dsn, pool) as ledger:
        plant = Plant(
            ledger,
            PostgresQueue(pool),
            limits=Limits(batch=50, snapshot=5, states=50),
            services=services(),
            cursors=PostgresCursors(pool),
            planning=planning(),
        )
        story = weeks(count=6)
        Play(story, InMemory(plant)).whole()
        yield plant


def test_the_record_is_whole(chain: Plant) -> None:
    assert verify(chain.ledger).ok
    assert chain.types("planning").count("CutTaken") > 20


def test_every_message_is_decided_again_alike(chain: Plant) -> None:
    found = list(replay(chain.ledger, chain.queue, [*services(), planning().service]))
    assert [told for one in found for told in one.told] == []
    assert {one.domain for one in found if one.messages} == {
        "catalogue", "orders", "inventory", "suppliers", "logistics", "planning",
    }  # fmt: skip
    cut = sum(at.source == "lotone:planner" for at in chain.facts("planning"))
    assert sum(one.facts for one in found) + cut == sum(head.position for head in chain.ledger.heads().values())
    assert sum(one.unkept for one in found) == 0


def test_every_cut_is_decided_again_alike_by_who_decided_and_by_who_only_read(chain: Plant) -> None:
    proofs = list(prove_cuts(chain.ledger, planning()))
    assert [proof.difference for proof in proofs if not proof.equal] == []
    assert sum(proof.facts for proof in proofs) == sum(at.source == "lotone:planner" for at in chain.facts("planning"))
    for proof in proofs[:: max(1, len(proofs) // 8)]:
        assert prove_cut(chain.ledger, planning(), proof.cut) == proof


def test_decisions_are_proved_by_their_ids_each_cut_once_and_in_one_life(chain: Plant) -> None:
    routed = [fact for fact in map(decode, chain.facts("planning")) if isinstance(fact, RequirementRouted)]
    ids = dict.fromkeys(one.decision for one in (routed[0], routed[len(routed) // 2], routed[-1], routed[-1]))
    cuts = cuts_of(ids)
    proofs = prove(chain.ledger, planning(), cuts)
    assert [proof.cut for proof in proofs] == sorted({cut_of(id_) for id_ in ids}) == list(cuts)
    assert [proof.difference for proof in proofs if not proof.equal] == []
    assert proofs == [prove_cut(chain.ledger, planning(), cut) for cut in cuts]
    assert cuts_of(["4711"]) == {}
    assert prove(chain.ledger, planning(), [999999]) == []


def test_a_planner_that_starts_again_at_any_cut_goes_on_as_the_first_would(chain: Plant) -> None:
    """Restarts don't change what is decided: each begins where another cut ended, by folding alone."""
    ledger, head = chain.ledger, chain.ledger.heads()["planning", 0].position
    ends = [at.position for at in ledger.scan("planning", 0) if at.type == "CutTaken"]
    for end in ends[1 :: max(1, len(ends) // 5)]:
        life = Life(planning().planner, ledger)
        life.follow(end - 1)
        found = life.to_cut(head)
        assert found is not None
        cut, at = found
        vector = {(place.domain, place.shard): place.position for place in cut.vector}
        decided = life.planner.cut(vector, cut.clock)
        was = [one for one in ledger.scan("planning", 0, at.position - 1) if one.cause == at.cause]
        assert [(stream, type(fact).__name__) for stream, fact in decided] == [(one.stream, one.type) for one in was]
