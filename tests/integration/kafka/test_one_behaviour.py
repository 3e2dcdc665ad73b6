"""What the embedded form has decided, the distributed form decides alike from the same messages and cuts."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from infra.cursors import PostgresCursors
from infra.ledger.postgres import PostgresLedger
from infra.ledger.verify import verify
from infra.migrate import migrate
from infra.postgres import open_pool
from infra.queue.postgres import PostgresQueue
from infra.rerun import Rerun
from infra.runtime import Limits
from infra.sample.life.story import Play
from infra.sample.weeks import weeks
from infra.settings import Settings
from infra.store import store
from projections.api.system import planning, services
from tests.plant import SHARDS, Plant
from tests.story.stages import InMemory

pytestmark = pytest.mark.postgres


def test_topics_that_are_told_what_postgresql_s_queues_held_give_the_same_bytes(
    empty_database: str, other_database: str, broker: str, prefix: str, tmp_path: Path
) -> None:
    migrate(empty_database, SHARDS)
    with open_pool(empty_database) as pool, PostgresLedger(empty_database, pool) as ledger:
        plant = Plant(
            ledger, PostgresQueue(pool), limits=Limits(batch=50, snapshot=5, states=50), services=services(),
            cursors=PostgresCursors(pool), planning=planning(),
        )  # fmt: skip
        play = Play(weeks(count=3), InMemory(plant))
        play.begin()
        while play.step < 12:
            play.day()
        chosen = Settings(
            data=tmp_path, postgres_dsn=SecretStr(other_database), shards=2, kafka_bootstrap=broker, kafka_prefix=prefix
        )
        with store(chosen) as base:
            again = Rerun(ledger, plant.queue, base.ledger, base.queue, base.keys, services(), planning())
            found = list(again.run())
            assert [told for one in found for told in one.told] == []
            assert again.unasked() == []
            assert sum(one.resealed + one.unkept for one in found) == 0
            for place in sorted(ledger.heads()):
                ours, theirs = (list(each.scan(*place)) for each in (ledger, base.ledger))
                assert [at.decided for at in ours] == [at.decided for at in theirs], place
            assert verify(base.ledger).ok
            assert plant.types("planning").count("CutTaken") > 5
