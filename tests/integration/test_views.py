"""Views in PostgreSQL: owned by one engine, whole after every crash, and equal to their rebuild."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from events.decision import Recorded
from events.inventory import facts as f
from infra.errors import Conflict, Corrupt, Fenced, Transient
from infra.ledger.postgres import PostgresLedger
from projections.engine import ViewEngine
from projections.ownership import standing
from projections.rebuild import rebuild_views
from projections.stock_movements import STOCK_MOVEMENTS
from projections.stock_position import BUCKET, STOCK_POSITION
from projections.view import Rows, Table, View
from tests.folding import START, Told, about, issued, received

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


def test_reads_nothing_twice_after_a_new_engine(database: str, told: Told, postgres_ledger: PostgresLedger) -> None:
    history(told)
    for _ in range(3):
        engine = ViewEngine(database, postgres_ledger, VIEWS, batch=11)
        engine.step()
        engine.close()
    engine = ViewEngine(database, postgres_ledger, VIEWS)
    engine.drain()
    engine.close()
    assert on_hand(database) == dict.fromkeys(parts(6), Decimal(35))
    assert rows(database, "SELECT count(*) FROM lotone.stock_movement") == [(60,)]


POISON = "POISON"


def picky(rows: Rows, fact: Any, at: Recorded) -> None:
    if fact.part == POISON:
        held = rows.get(BUCKET, "PART-0", "plant", "A1", "available", None, None, None, None)
        if held is not None:
            held.on_hand += 1000  # half done
        raise ValueError("what is this?")
    STOCK_POSITION.fold(rows, fact, at)


def twin(name: str, fold: Any = picky, **changes: Any) -> View:
    """A view like stock position, with a table of its own."""
    table = Table(f"{name}_bucket", BUCKET.row, key=8)

    class Renamed:
        """Puts what is meant for one table into the other, and forgets the rest."""

        def __init__(self, rows: Rows) -> None:
            self.rows = rows

        def get(self, of: Table[Any], *key: Any) -> Any:
            return self.rows.get(table, *key) if of is BUCKET else None

        def add(self, of: Table[Any], row: Any) -> None:
            if of is BUCKET:
                self.rows.add(table, row)

        def remove(self, of: Table[Any], *key: Any) -> None:
            if of is BUCKET:
                self.rows.remove(table, *key)

    view = View(name, 1, (table,), STOCK_POSITION.folds, lambda rows, fact, at: fold(Renamed(rows), fact, at))
    return replace(view, **changes)


def test_a_fact_that_cannot_be_folded_stops_one_view_exactly_before_it(
    database: str, told: Told, postgres_ledger: PostgresLedger
) -> None:
    history(told, 2)
    told.append(issued(1, "PART-0"), received(1, POISON), issued(1, "PART-0"), issued(1, POISON))
    view = twin("picky")
    engine = ViewEngine(database, postgres_ledger, (view, *VIEWS))
    engine.drain()
    assert on_hand(database)["PART-0"] == Decimal(15), "the others go on"
    shown = {lag.view: lag for lag in engine.lags(START + timedelta(days=1))}
    lag = shown["picky"]
    assert lag.failed is not None
    assert "ValueError: what is this?" in lag.failed
    assert lag.facts >= 1
    assert shown["stock_position"].failed is None
    with psycopg.connect(database) as connection:
        found = standing(connection, "picky")
        assert found is not None
        assert found.failure is not None
        place = found.failure
        behind = connection.execute(
            "SELECT position FROM lotone.view_cursor WHERE view = 'picky' AND domain = %s AND shard = %s",
            [place.domain, place.shard],
        ).fetchone()
    assert behind == (place.position - 1,)
    poison = next(iter(postgres_ledger.scan(place.domain, place.shard, place.position - 1, place.position)))
    assert POISON in poison.stream
    halfdone = rows(database, "SELECT max(on_hand) FROM lotone.picky_bucket")
    assert halfdone < [(Decimal(1000),)], "what the fold had half done is not kept"
    engine.close()


def test_a_stopped_view_goes_on_when_a_release_that_can_fold_it_starts(
    database: str, told: Told, postgres_ledger: PostgresLedger
) -> None:
    told.append(received(1, POISON), received(2, "PART-0"))
    engine = ViewEngine(database, postgres_ledger, (twin("picky"),))
    engine.drain()
    engine.close()
    better = ViewEngine(database, postgres_ledger, (twin("picky", STOCK_POSITION.fold),))
    better.drain()
    assert [lag.failed for lag in better.lags(START)] == [None]
    assert rows(database, "SELECT sum(on_hand) FROM lotone.picky_bucket") == [(Decimal(3),)]
    better.close()


def test_a_fact_that_cannot_be_read_stops_only_views_that_want_it(
    database: str, told: Told, postgres_ledger: PostgresLedger
) -> None:
    from events.codec import decode

    def choosy(recorded: Recorded) -> Any:
        if recorded.type == "StockReserved":
            raise KeyError(recorded.type)
        return decode(recorded)

    told.append(received(5, "PART-0"))
    told.append(f.StockReserved(**about("PART-0"), reservation="r", amount=1, purpose="run", allocations=()))
    engine = ViewEngine(database, postgres_ledger, VIEWS, choosy)
    engine.drain()
    failed = {lag.view: lag.failed for lag in engine.lags(START)}
    assert "KeyError: 'StockReserved'" in str(failed["stock_position"])
    assert failed["stock_movements"] is None, "it doesn't fold reservations"
    engine.close()


def test_a_row_that_postgres_refuses_stops_the_view_at_its_fact(
    database: str, told: Told, postgres_ledger: PostgresLedger
) -> None:
    table = Table("doubled", STOCK_MOVEMENTS.tables[0].row, key=4, append_only=True)

    def doubled(rows: Rows, fact: Any, at: Recorded) -> None:
        class Twice:
            def add(self, of: Table[Any], row: Any) -> None:
                rows.add(table, row)
                if fact.part == POISON:
                    rows.add(table, row)

        STOCK_MOVEMENTS.fold(Twice(), fact, at)  # type: ignore[arg-type]

    told.append(received(1, "A"), received(1, POISON), received(1, "B"))
    engine = ViewEngine(database, postgres_ledger, (View("doubled", 1, (table,), STOCK_MOVEMENTS.folds, doubled),))
    engine.drain()
    assert "UniqueViolation" in str(engine.lags(START)[0].failed)
    (count,), = rows(database, "SELECT count(*) FROM lotone.doubled")
    (moved,), = rows(database, "SELECT sum(position)::int FROM lotone.view_cursor WHERE view = 'doubled'")
    assert count == moved
    engine.close()


def test_a_large_table_is_looked_up_instead_of_held(
    database: str, told: Told, postgres_ledger: PostgresLedger
) -> None:
    history(told)
    small = ViewEngine(database, postgres_ledger, VIEWS, batch=3, held=2)
    small.drain()
    told.append(*(issued(1, part) for part in parts(6)))
    small.drain()
    small.close()
    assert on_hand(database) == dict.fromkeys(parts(6), Decimal(34))
    assert all(found.equal for found in rebuild_views(database, postgres_ledger, VIEWS, prove=True))


def test_a_second_engine_takes_over_and_the_first_stops(
    database: str, told: Told, engine: ViewEngine, postgres_ledger: PostgresLedger
) -> None:
    history(told, 2)
    engine.step()
    second = ViewEngine(database, postgres_ledger, VIEWS, owner="second")
    second.step()
    history(told, 1)
    with pytest.raises(Transient):
        engine.step()  # its session was ended
    with pytest.raises(Fenced, match="second"):
        engine.step()
    second.drain()
    second.close()
    assert all(found.equal for found in rebuild_views(database, postgres_ledger, VIEWS, prove=True))


def test_an_engine_whose_session_is_lost_goes_on_with_a_new_one(
    database: str, told: Told, engine: ViewEngine
) -> None:
    history(told, 2)
    engine.step()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(owner_pid, 5000) FROM lotone.view LIMIT 1")
    with pytest.raises(Transient):
        engine.step()
    engine.drain()
    assert on_hand(database) == dict.fromkeys(parts(6), Decimal(17))


CRASHES = {
    "before the cursors move": "BEFORE UPDATE ON lotone.view_cursor",
    "after the cursors have moved": "AFTER UPDATE ON lotone.view_cursor",
    "before rows are written": "BEFORE INSERT ON lotone.stock_bucket",
    "after rows are written": "AFTER INSERT ON lotone.stock_bucket",
    "before a movement": "BEFORE INSERT ON lotone.stock_movement",
}


@pytest.mark.parametrize("where", CRASHES.values(), ids=CRASHES)
def test_a_crash_leaves_rows_and_cursors_together(
    database: str, told: Told, engine: ViewEngine, postgres_ledger: PostgresLedger, where: str
) -> None:
    history(told, 1)
    engine.drain()
    history(told, 1)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION lotone.die() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$"
        )
        connection.execute(f"CREATE TRIGGER die {where} FOR EACH STATEMENT EXECUTE FUNCTION lotone.die()".encode())
    with pytest.raises(Transient):
        engine.drain()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP FUNCTION lotone.die CASCADE")
    engine.drain()
    assert on_hand(database) == dict.fromkeys(parts(6), Decimal(18))
    assert all(found.equal for found in rebuild_views(database, postgres_ledger, VIEWS, prove=True))


def test_prove_names_the_row_and_the_columns_that_differ(
    database: str, told: Told, engine: ViewEngine, postgres_ledger: PostgresLedger
) -> None:
    history(told)
    engine.drain()
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE lotone.stock_bucket SET on_hand = 36 WHERE part = 'PART-3'")
        connection.execute("DELETE FROM lotone.stock_movement WHERE part = 'PART-2' AND entry = 0 AND amount = -3")
    position, movements = rebuild_views(database, postgres_ledger, VIEWS, prove=True)
    assert (position.equal, position.swapped) == (False, False)
    assert "part=PART-3" in str(position.difference)
    assert "on_hand is 36 live and 35 rebuilt" in str(position.difference)
    assert movements.equal is False
    assert "is only in the rebuilt view" in str(movements.difference)
    assert on_hand(database)["PART-3"] == Decimal(36), "the evidence stays"
    rebuild_views(database, postgres_ledger, VIEWS)
    assert on_hand(database)["PART-3"] == Decimal(35)
    assert all(found.equal for found in rebuild_views(database, postgres_ledger, VIEWS, prove=True))


def test_a_view_is_rebuilt_while_it_is_folded(
    database: str, told: Told, postgres_ledger: PostgresLedger
) -> None:
    history(told, 20)
    engine = ViewEngine(database, postgres_ledger, VIEWS, batch=50)
    engine.drain()
    history(told, 20)

    def meanwhile(_: int) -> None:
        engine.step()
        told.append(received(1, "LATE"))

    found = rebuild_views(database, postgres_ledger, VIEWS, prove=True, progress=meanwhile)
    assert [each.equal for each in found] == [True, True]
    engine.drain()
    engine.close()
    assert on_hand(database)["LATE"] > 0
    assert all(each.equal for each in rebuild_views(database, postgres_ledger, VIEWS, prove=True))


def test_a_view_of_another_version_waits_for_its_rebuild(
    database: str, told: Told, engine: ViewEngine, postgres_ledger: PostgresLedger
) -> None:
    history(told, 2)
    engine.drain()
    engine.close()
    changed = tuple(replace(view, version=2) for view in VIEWS)
    newer = ViewEngine(database, postgres_ledger, changed)
    assert newer.drain() == 0, "rows of another version are never reinterpreted"
    found = rebuild_views(database, postgres_ledger, changed, prove=True)
    assert [(each.equal, each.swapped) for each in found] == [(None, True)] * 2
    assert "version 1" in str(found[0].difference)
    newer.attach()
    history(told, 1)
    assert newer.drain() > 0
    newer.close()


def test_a_rebuild_that_meets_poison_leaves_the_live_view_alone(
    database: str, told: Told, engine: ViewEngine, postgres_ledger: PostgresLedger
) -> None:
    history(told, 1)
    engine.drain()
    told.append(received(1, POISON))
    engine.drain()
    bad = replace(STOCK_POSITION, fold=picky)
    found, = rebuild_views(database, postgres_ledger, (bad,))
    assert (found.swapped, "what is this?" in str(found.failed)) == (False, True)
    assert on_hand(database)[POISON] == Decimal(1)
    left = rows(database, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE %s", "%\\_\\_g2")
    assert left == [], "nothing is left behind"


def test_a_fact_of_another_hash_is_told_loudly(
    database: str, told: Told, engine: ViewEngine, postgres_ledger: PostgresLedger
) -> None:
    history(told, 1)
    engine.drain()
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE lotone.view_cursor SET hash = decode(repeat('ab', 32), 'hex') WHERE shard = 0")
    history(told, 1)
    second = ViewEngine(database, postgres_ledger, VIEWS)
    with pytest.raises(Corrupt):
        second.drain()
    second.close()


def test_processes_that_share_out_the_shards_rebuild_the_same(
    database: str, told: Told, engine: ViewEngine, postgres_ledger: PostgresLedger
) -> None:
    history(told, 20)
    engine.drain()
    read: list[int] = []
    found = rebuild_views(database, postgres_ledger, VIEWS, prove=True, workers=2, progress=read.append)
    assert [(each.facts, each.equal, each.swapped) for each in found] == [(240, True, True)] * 2
    assert sum(read) == 240


def test_what_a_process_of_the_rebuild_cannot_fold_or_read_is_told(
    database: str, told: Told, engine: ViewEngine, postgres_ledger: PostgresLedger
) -> None:
    history(told, 2)
    engine.drain()
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE lotone.fact SET data = '{}' WHERE position = 3 AND shard = 1")
    found = rebuild_views(database, postgres_ledger, VIEWS, workers=2)
    assert [(each.swapped, str(each.failed)[:29]) for each in found] == [(False, "inventory shard 1 position 3:")] * 2
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM lotone.fact WHERE position = 2 AND shard = 0")
    with pytest.raises(Corrupt, match="inventory shard 0 position 2"):
        rebuild_views(database, postgres_ledger, VIEWS, workers=2)
    assert on_hand(database) == dict.fromkeys(parts(6), Decimal(17))


def test_a_view_is_rebuilt_once_at_a_time(
    database: str, told: Told, postgres_ledger: PostgresLedger
) -> None:
    history(told, 1)

    def meanwhile(_: int) -> None:
        with pytest.raises(Conflict, match="stock_position"):
            rebuild_views(database, postgres_ledger, (STOCK_POSITION,))

    assert all(each.swapped for each in rebuild_views(database, postgres_ledger, VIEWS, progress=meanwhile))


def test_an_owner_stopped_in_mid_transaction_does_not_hold_up_a_swap(
    database: str, told: Told, engine: ViewEngine, postgres_ledger: PostgresLedger
) -> None:
    history(told, 1)
    engine.drain()
    history(told, 1)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION lotone.hang() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$"
        )
        connection.execute(
            "CREATE TRIGGER hang AFTER INSERT ON lotone.stock_bucket FOR EACH STATEMENT EXECUTE FUNCTION lotone.hang()"
        )
    outcome: list[Exception] = []

    def stuck() -> None:
        try:
            engine.step()
        except Transient as error:
            outcome.append(error)

    thread = threading.Thread(target=stuck)
    thread.start()
    assert rebuild_views(database, postgres_ledger, (STOCK_POSITION,))[0].swapped
    thread.join(30)
    assert len(outcome) == 1, "its session was ended"
    engine.drain()
    assert on_hand(database) == dict.fromkeys(parts(6), Decimal(18))
