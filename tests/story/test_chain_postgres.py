"""Stories of the whole chain on PostgreSQL: in this process, and in one of its own that is spoken to over HTTP."""

from pathlib import Path

import pytest

from infra.clock import set_clock
from infra.ledger.verify import verify
from infra.planning import PLANNING
from infra.proving import prove_cuts
from infra.replay import replay
from infra.sample.weeks import weeks
from infra.settings import Settings
from projections.api.hosting import host
from projections.api.staging import Stage
from projections.api.system import planning, services
from projections.rebuild import rebuild_views
from projections.views import VIEWS
from tests.adventureworks.memory import Event, folded
from tests.adventureworks.rows import Files
from tests.adventureworks.story import story
from tests.integration.commands import Place
from tests.story.playing import Told, ToldInMemory
from tests.story.stages import OverHttp

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.timeout(900)]
PATIENT = 3600.0
"""Seconds the planner waits for quiet, so that the same steps give the same cuts."""


def test_the_same_story_gives_the_same_events_over_http_as_in_memory(empty_database: str, tmp_path: Path) -> None:
    tale, clock = weeks(count=12), tmp_path / "clock"
    set_clock(clock, tale.begins)
    settings = {"LOTONE_CLOCK_FILE": str(clock), "LOTONE_PLANNER_PATIENCE": str(PATIENT)}
    place = Place(tmp_path, empty_database, settings)
    with place.up() as served, place.store() as base:
        told = Told(tale, OverHttp(served, base, clock))
        told.play.whole()
    assert told.wrong == []
    assert not told.play.life.selling.open
    assert told.events == ToldInMemory(tale).events


def test_the_bicycle_maker_s_first_orders_are_verified_rebuilt_and_decided_again(
    empty_database: str, tmp_path: Path, bicycle_maker: Files, chain_events: list[Event]
) -> None:
    tale, clock = story(bicycle_maker, chain_events, folded(chain_events), 30), tmp_path / "clock"
    set_clock(clock, tale.begins)
    settings = Settings.model_validate({
        "data": tmp_path, "postgres_dsn": empty_database, "shards": 2, "port": 0, "clock_file": clock,
        "planner_patience": PATIENT, "intake_limit": 1_000_000,
    })
    with host(settings) as system:
        stage = Stage(system, clock)
        told = Told(tale, stage)
        told.play.whole()
        assert (told.wrong, stage.refused) == ([], [])
        assert not told.play.life.selling.open
        assert verify(system.ledger).ok
        rebuilt = rebuild_views(system.dsn, system.ledger, VIEWS, prove=True)
        assert [(found.view, found.difference) for found in rebuilt if not found.equal] == []
        again = list(replay(system.ledger, system.queue, [*services(), planning().service]))
        assert [(one.domain, one.told) for one in again if one.different or one.unkept] == []
        assert {proof.equal for proof in prove_cuts(system.ledger, planning())} == {True}
        assert any(domain == PLANNING for domain, _ in told.tally.facts)
