"""After a crash at any point, what was being written is there with all its effects, or not at all."""

import signal

import pytest

from infra.faults import POINTS
from infra.ledger.postgres import PostgresLedger
from infra.ledger.verify import verify
from infra.postgres import Pool
from infra.queue.port import INTAKE
from infra.queue.postgres import PostgresQueue
from tests.history import Owner
from tests.integration.processes import ended, forked

pytestmark = pytest.mark.postgres

OWNER, PUBLISHER = "tests.integration.would_be_owner", "tests.integration.would_be_publisher"


@pytest.mark.parametrize("point", [point for point in POINTS if point.startswith("append.")])
def test_an_append_is_whole_or_absent(database: str, postgres_ledger: PostgresLedger, point: str) -> None:
    with forked(OWNER, database, "first", "5", "100", LOTONE_CRASH_AT=f"{point}:3") as first:
        ended(first)
        assert first.returncode == -signal.SIGKILL
    done = 3 if point == "append.after" else 2
    owner = Owner(postgres_ledger, name="second")
    facts = list(postgres_ledger.scan("inventory", 0))
    assert owner.head.position == len(facts) == done * 100
    assert owner.claim.offsets["intake"] == done
    assert len(postgres_ledger.taken((fact.source, fact.cause) for fact in facts)) == done * 100
    assert len(postgres_ledger.rejected()) == done
    owner.append("second")
    assert verify(postgres_ledger).ok


@pytest.mark.parametrize("point", [point for point in POINTS if point.startswith("queue.put.")])
def test_what_is_queued_is_queued_whole_or_not(database: str, pool: Pool, point: str) -> None:
    with forked(PUBLISHER, database, "3", LOTONE_CRASH_AT=f"{point}:2") as first:
        ended(first)
        assert first.returncode == -signal.SIGKILL
    queue = PostgresQueue(pool)
    done = 2 if point == "queue.put.after" else 1
    assert queue.ends(INTAKE)["inventory", 0] == done
    with forked(PUBLISHER, database, "1") as second:
        assert ended(second) == ["queued", "done"]
    assert [number for number, _ in queue.read(INTAKE, "inventory", 0, 0, 9)] == list(range(1, done + 2))
    assert [number for number, _ in queue.read(INTAKE, "inventory", 1, 0, 9)] == list(range(1, done + 2))
