"""Whole systems killed at every named point and at random: the end is as if nothing had happened."""

import random
import signal
from pathlib import Path
from typing import Any

import pytest

from benchmarks import load
from infra.faults import POINTS
from tests.integration import lives
from tests.plant import event

pytestmark = pytest.mark.postgres

PARTS = 40
PATIENCE = 60.0


def orders(count: int) -> list[bytes]:
    """Purchase orders, so that receipts have something to follow up in another domain."""
    vendor = event("catalogue.DefineSupplier", "vendor", {"id": "ACME", "name": "Acme"}, load.START, "bench/erp")
    return [vendor] + [
        event(
            "suppliers.PlacePurchaseOrder",
            f"po-{n}",
            {
                "number": f"PO-{n}",
                "supplier": "ACME",
                "site": load.SITE,
                "currency": "EUR",
                "lines": [{"line": 1, "part": load.part(n % PARTS), "quantity": {"amount": "5", "unit": "CT"}}],
            },
            load.START,
            "bench/erp",
        )
        for n in range(count)
    ]


def receipts(count: int) -> list[bytes]:
    """Against these orders, into inspection, told twice."""
    found = [
        event(
            "inventory.Received",
            f"gr-{n}",
            {
                "part": load.part(n % PARTS),
                "site": load.SITE,
                "location": "DOCK",
                "status": "inspection",
                "lot": f"L{n}",
                "quantity": {"amount": "30", "unit": "C62"},
                "line": {"document": f"PO-{n}", "line": 1},
            },
            load.START,
            "bench/wms",
        )
        for n in range(count)
    ]
    return found + found[: count // 2]


HISTORY = [*load.catalogue(PARTS), *orders(60), *receipts(60), *load.movements(900, PARTS), *load.movements(100, PARTS)]


@pytest.fixture(scope="module")
def undisturbed(postgres_server: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The end state of a run that nobody interrupts."""
    folder = tmp_path_factory.mktemp("undisturbed")
    dsn = lives.new_database(postgres_server.dsn, "undisturbed")
    lives.publish(dsn, folder, HISTORY, 500)
    return lives.finish(dsn, folder)


@pytest.mark.parametrize("point", [point for point in POINTS if not point.startswith("planner.")])
def test_a_crash_at_any_named_point_changes_nothing_in_the_end(
    point: str, empty_database: str, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    died = 0
    for nth in (1, 3):
        for work, arguments in ((lives.publish, (HISTORY, 200)), (lives.decide, (100,))):
            life = lives.begin(work, empty_database, tmp_path, *arguments, LOTONE_CRASH_AT=f"{point}:{nth}")
            life.join(PATIENCE)
            assert life.exitcode in (0, -signal.SIGKILL)
            died += life.exitcode != 0
    assert died, f"{point} was never reached"
    lives.publish(empty_database, tmp_path, HISTORY, 500)
    assert lives.difference(lives.finish(empty_database, tmp_path), undisturbed) == []


@pytest.mark.timeout(600)
def test_kills_at_random_change_nothing_in_the_end(
    empty_database: str, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    chance = random.Random(20261122)
    lives.publish(empty_database, tmp_path, HISTORY, 500)
    killed = 0
    while killed < 40:
        life = lives.begin(lives.decide, empty_database, tmp_path, chance.choice((1, 5, 20)))
        life.join(chance.uniform(0.05, 0.9))
        if life.exitcode == 0:
            lives.publish(empty_database, tmp_path, HISTORY, 100)  # all of it again: repeats, and more to be killed in
            continue
        life.kill()
        life.join(PATIENCE)
        killed += life.exitcode == -signal.SIGKILL
    assert lives.difference(lives.finish(empty_database, tmp_path), undisturbed) == []
