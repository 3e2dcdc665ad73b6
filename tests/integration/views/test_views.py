"""Views in PostgreSQL: owned by one engine, whole after every crash, and stopped where a fact can't be folded."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from events.codec import decode
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
from tests.folding import START, Told, about, issued, received
from tests.integration.views.view_history import POISON, VIEWS, history, on_hand, parts, picky, rows

pytestmark = pytest.mark.postgres


def test_a_view_follows_the_ledger(database: str, told: Told, engine: ViewEngine) -> None:
    history(told)
    engine.drain()
    assert on_hand(database) == dict.fromkeys(parts(6), Decimal(50 - 15))
    told.append(issued(5, "PART-0"))
    engine.drain()
    assert on_hand(database)["PART-0"] == Decimal(30)
    assert [(lag.facts, lag.seconds, lag.failed) for lag in engine.lags(START)] == [(0, 0.0, None)] * 2


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


def test_a_server_that_only_reads_is_waited_for_as_a_standby_is_that_takes_over(
    database: str, told: Told, engine: ViewEngine
) -> None:
    told.append(received("5"))
    with psycopg.connect(database, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'.encode())
        try:
            with pytest.raises(Transient, match="read-only"):
                engine.step()
        finally:
            connection.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'.encode())
    assert engine.drain() > 0


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
