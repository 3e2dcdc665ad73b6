"""The bicycle maker's records through everything, on a real PostgreSQL: imported, replayed, read, verified, killed."""

import csv
import random
import signal
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.store import Store, store
from projections.purchase_order_lines_queries import order_lines
from projections.stock_position_queries import positions
from projections.supplier_record_queries import suppliers
from tests.adventureworks.convert import history
from tests.adventureworks.memory import Event
from tests.adventureworks.rows import FOLDER, Files
from tests.integration import lives

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.timeout(900)]
BATCH = 1000


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def imported(import_events: list[Event]) -> list[bytes]:
    """Master data and opening stock."""
    return [orjson.dumps(event) for event in import_events]


@pytest.fixture(scope="module")
def told(bicycle_maker: Files) -> list[bytes]:
    """4,012 purchase orders, and what became of them."""
    return [orjson.dumps(event) for event in history(bicycle_maker)]


def begin(dsn: str, folder: Path, imported: list[bytes], told: list[bytes]) -> None:
    """Import and decide, as the maker would; then take the history in. (What an order is decided on is the catalogue
    as it stands then: were both taken in at once, it would depend on which service is quicker.)"""
    lives.publish(dsn, folder, imported, 5000)
    lives.decide(dsn, folder, BATCH)
    lives.publish(dsn, folder, told, 5000)


@pytest.fixture(scope="module")
def undisturbed(
    imported: list[bytes], told: list[bytes], postgres_server: Any, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The end state of a replay that nobody interrupts, verified and rebuilt; and where it lies."""
    folder = tmp_path_factory.mktemp("replay")
    dsn = lives.new_database(postgres_server.dsn, "adventureworks")
    begin(dsn, folder, imported, told)
    return {"end": lives.finish(dsn, folder, BATCH), "dsn": dsn, "folder": folder}


@pytest.fixture
def replayed(undisturbed: dict[str, Any]) -> Iterator[Store]:
    with store(lives.settings(undisturbed["dsn"], undisturbed["folder"])) as base:
        yield base


def test_everything_is_decided(undisturbed: dict[str, Any], imported: list[bytes], told: list[bytes]) -> None:
    assert len(undisturbed["end"]["outcomes"]) == len(imported) + len(told)
    assert {outcome for _, _, outcome in undisturbed["end"]["outcomes"]} == {"decided"}


def test_the_view_of_order_lines_says_what_the_files_say(replayed: Store) -> None:
    wanted = {
        (row["PurchaseOrderId"], int(row["PurchaseOrderDetailId"])): tuple(
            Decimal(row[column]) / Decimal(row["OrderQty"]) for column in ("ReceivedQty", "RejectedQty", "StockedQty")
        )
        for row in rows("PurchaseOrderDetail")
    }
    found = {}
    after = None
    with replayed.connections.connection() as connection:
        while True:
            page = order_lines(connection, lives.TODAY, after=after, limit=1000)
            for line in page.items:
                assert line.ordered + line.over == line.open + line.received + line.cancelled + line.short_closed
                assert line.received == line.accepted + line.rejected + line.in_inspection
                shares = (line.received / line.ordered, line.rejected / line.ordered, line.accepted / line.ordered)
                found[line.number, line.line] = shares
            after = page.next
            if after is None:
                break
    assert found == wanted


def test_opening_stock_is_what_the_files_say(replayed: Store) -> None:
    wanted: dict[str, Decimal] = defaultdict(Decimal)
    numbers = {row["ProductId"]: row["ProductNumber"] for row in rows("Product")}
    for row in rows("ProductInventory"):
        wanted[numbers[row["ProductId"]]] += Decimal(row["Quantity"])
    with replayed.connections.connection() as connection:
        found = {line.part: line.on_hand for line in positions(connection, limit=1000).items}
    assert {part: amount for part, amount in found.items() if amount} == {p: a for p, a in wanted.items() if a}


def test_every_vendor_that_was_bought_from_has_a_record(replayed: Store) -> None:
    with replayed.connections.connection() as connection:
        found = {line.supplier for line in suppliers(connection, limit=1000).items}
    accounts = {row["BusinessEntityId"]: row["AccountNumber"] for row in rows("Vendor")}
    assert found == {accounts[row["VendorId"]] for row in rows("PurchaseOrderHeader")}


def test_a_hundred_kills_during_the_replay_change_nothing_in_the_end(
    imported: list[bytes], told: list[bytes], undisturbed: dict[str, Any], empty_database: str, tmp_path: Path
) -> None:
    chance = random.Random(20101)
    begin(empty_database, tmp_path, imported, told)
    killed = 0
    while killed < 100:
        life = lives.begin(lives.decide, empty_database, tmp_path, chance.choice((5, 20, 60)))
        life.join(chance.uniform(0.3, 1.1))
        if life.exitcode == 0:
            lives.publish(empty_database, tmp_path, told[:4000], 1000)  # repeats, to be killed in
            continue
        life.kill()
        life.join(60)
        killed += life.exitcode == -signal.SIGKILL
    assert lives.difference(lives.finish(empty_database, tmp_path, BATCH), undisturbed["end"]) == []
