"""Ready is who has everything done that should be: what nobody does, or does badly, is told by its name."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.postgres import connect
from infra.presence import Heart, Said
from infra.process import beating
from infra.store import Store, store
from projections.api.readiness import readiness
from projections.api.system import fronting
from projections.sharing import SharedViews
from projections.views import BY_NAME, VIEWS
from tests.integration.lives import begin, settings
from tests.integration.processes import PATIENCE, until

pytestmark = pytest.mark.postgres


@pytest.fixture
def base(empty_database: str, tmp_path: Path) -> Iterator[Store]:
    """A ledger of the distributed form, whose brokers nobody has started."""
    with store(settings(empty_database, tmp_path)) as opened:
        yield replace(opened, settings=settings(empty_database, tmp_path, kafka_bootstrap="127.0.0.1:1"))


def test_where_nothing_runs_each_thing_that_nobody_does_is_told_with_what_to_start(base: Store) -> None:
    found = readiness(base)
    told = "\n".join(found.failures)
    assert not found.ready
    assert "nobody listens at 127.0.0.1:1" in told
    assert "orders/0, orders/1: nobody decides there; start python -m services.order worker" in told
    assert "catalogue/0: nobody decides there; start python -m services.catalogue worker" in told
    assert "planning/0: nobody plans; start python -m projections.planning" in told
    assert "relay: nobody publishes facts" in told
    assert "nobody folds them; start python -m projections" in told


def test_what_is_in_somebody_s_charge_is_not_told_and_what_troubles_them_is(base: Store) -> None:
    shards = [f"{domain}/{shard}" for domain, count in base.genesis.shards.items() for shard in range(count)]
    held = [*shards, "planning/0", "relay", *BY_NAME]
    views = SharedViews(base.dsn, base.ledger, VIEWS)
    views.hold(BY_NAME)
    views.drain()
    heart = Heart(base.dsn, "all", lambda: Said(held, ["engine: Fenced: somebody else came"]), 3600)
    heart.beat()
    listens, trouble = readiness(base).failures
    assert "nobody listens" in listens
    assert trouble.startswith("all on ")
    assert trouble.endswith("engine: Fenced: somebody else came")
    views.close()
    assert "nobody folds them" in readiness(base).failures[-1], "it says that it does, and its session is gone"
    heart._leave()


def test_a_part_that_has_stopped_is_in_what_its_process_says(base: Store) -> None:
    views = SharedViews(base.dsn, base.ledger, VIEWS)
    views.failure = "Corrupt: the record contradicts itself"
    with beating(base, "projections", [("views", views)], lambda: ()):
        while not (found := readiness(base)).processes:
            pass
    assert list(found.processes[0].troubles) == ["views: Corrupt: the record contradicts itself"]


def _unheard(dsn: str, folder: Path) -> None:
    with store(settings(dsn, folder, planner_lease=0.4)) as base, fronting(base) as front, connect(dsn) as hand:
        assert front.failures() == []
        hand.execute("ALTER TABLE lotone.process RENAME TO elsewhere")
        until(front.failures)
        hand.execute("ALTER TABLE lotone.elsewhere RENAME TO process")
        assert "UndefinedTable" in front.failures()[0]


def test_an_api_alone_whose_heart_beats_no_more_can_t_go_on(empty_database: str, tmp_path: Path) -> None:
    life = begin(_unheard, empty_database, tmp_path)
    life.join(PATIENCE)
    assert life.exitcode == 0
