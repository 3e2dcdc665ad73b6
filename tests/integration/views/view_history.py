"""What the tests of views share: a small history over both shards, and looks into the views' tables."""

from decimal import Decimal
from typing import Any, Final

import psycopg

from events.decision import Recorded
from projections.stock_movements import STOCK_MOVEMENTS
from projections.stock_position import BUCKET, STOCK_POSITION
from projections.view import Rows
from tests.folding import Told, issued, received

VIEWS: Final = (STOCK_POSITION, STOCK_MOVEMENTS)


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


POISON: Final = "POISON"
"""A part that ``picky`` can't fold."""


def picky(rows: Rows, fact: Any, at: Recorded) -> None:
    """Stock position's fold, but for one part: that it half does, and then can't."""
    if fact.part == POISON:
        held = rows.get(BUCKET, "PART-0", "plant", "A1", "available", None, None, None, None)
        if held is not None:
            held.on_hand += 1000  # half done
        raise ValueError("what is this?")
    STOCK_POSITION.fold(rows, fact, at)
