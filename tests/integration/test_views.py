"""Views in PostgreSQL: owned by one engine, whole after every crash, and equal to their rebuild."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from events.decision import Recorded
from events.inventory import facts as f
from infra.errors import Corrupt, Fenced, Transient
from infra.ledger.postgres import PostgresLedger
from projections.engine import ViewEngine
from projections.ownership import standing
from projections.rebuild import rebuild_views
from projections.stock_movements import STOCK_MOVEMENTS
from projections.stock_position import BUCKET, STOCK_POSITION
from projections.view import Rows, Table, View
from tests.folding import START, Told, about, bucket, issued, received

VIEWS = (STOCK_POSITION, STOCK_MOVEMENTS)
pytestmark = pytest.mark.postgres


@pytest.fixture
def told(postgres_ledger: PostgresLedger) -> Told:
    return Told(postgres_ledger)


@pytest.fixture
def engine(database: str, postgres_ledger: PostgresLedger) -> Iterator[ViewEngine]:
    made = ViewEngine(database, postgres_ledger, VIEWS, owner="first", batch=7)
    yield made
    made.close()


def parts(count: int) -> list[str]:
    return [f"PART-{number}" for number in range(count)]


def history(told: Told, times: int = 5) -> None:
    """Receipts and issues of some parts, over both shards."""
    for number in range(times):
        told.append(*(received(10, part) for part in parts(6)))
        told.append(*(issued(number + 1, part) for part in parts(6)))


def rows(dsn: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode(), values).fetchall()


def on_hand(dsn: str) -> dict[str, Decimal]:
    return dict(rows(dsn, "SELECT part, sum(on_hand) FROM lotone.stock_bucket GROUP BY part ORDER BY part"))


def everything(dsn: str) -> list[Any]:
    tables = [table.name for view in VIEWS for table in view.tables]
    return [rows(dsn, f"SELECT * FROM lotone.{name} ORDER BY 1, 2, 3, 4, 5") for name in tables]


def test_a_view_follows_the_ledger(database: str, told: Told, engine: ViewEngine) -> None:
    history(told)
    engine.drain()
    assert on_hand(database) == dict.fromkeys(parts(6), Decimal(50 - 15))
    told.append(issued(5, "PART-0"))
    engine.drain()
    assert on_hand(database)["PART-0"] == Decimal(30)
    assert [(lag.facts, lag.seconds, lag.failed) for lag in engine.lags(START)] == [(0, 0.0, None)] * 2


def test_live_equals_rebuild(database: str, told: Told, engine: ViewEngine, postgres_ledger: PostgresLedger) -> None:
    history(told)
    engine.drain()
    live = everything(database)
    found = rebuild_views(database, postgres_ledger, VIEWS, prove=True)
    assert [(each.view, each.facts, each.equal, each.difference, each.swapped) for each in found] == [
        ("stock_position", 60, True, None, True),
        ("stock_movements", 60, True, None, True),
    ]
    assert everything(database) == live
    told.append(issued(5, "PART-0"))
    engine.drain()
    assert on_hand(database)["PART-0"] == Decimal(30), "the engine goes on with the new tables"
