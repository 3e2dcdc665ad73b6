"""A rebuild equals the live view, says so, and takes its place without anybody seeing half."""

import threading
import time
from dataclasses import replace
from decimal import Decimal

import psycopg
import pytest

from infra.errors import Conflict, Corrupt, Transient
from infra.ledger.postgres import PostgresLedger
from projections.engine import ViewEngine
from projections.queries import reading
from projections.rebuild import rebuild_views
from projections.stock_movements import STOCK_MOVEMENTS
from projections.stock_position import STOCK_POSITION
from tests.folding import Told, issued, received
from tests.integration.views.view_history import POISON, VIEWS, everything, history, on_hand, parts, picky, rows

pytestmark = pytest.mark.postgres


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
    changed = tuple(replace(view, version=view.version + 1) for view in VIEWS)
    newer = ViewEngine(database, postgres_ledger, changed)
    assert newer.drain() == 0, "rows of another version are never reinterpreted"
    found = rebuild_views(database, postgres_ledger, changed, prove=True)
    assert [(each.equal, each.swapped) for each in found] == [(None, True)] * 2
    assert f"version {VIEWS[0].version}" in str(found[0].difference)
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


def test_a_reader_sees_the_old_tables_or_the_new_and_a_swap_waits_for_it(
    database: str, told: Told, engine: ViewEngine, postgres_ledger: PostgresLedger
) -> None:
    history(told, 2)
    engine.drain()
    with psycopg.connect(database, autocommit=True) as connection, reading(connection, STOCK_POSITION) as at:
        swapping = threading.Thread(target=rebuild_views, args=(database, postgres_ledger, (STOCK_POSITION,)))
        swapping.start()
        deadline = time.monotonic() + 30
        while not rows(database, "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'EXCLUSIVE'"):
            assert time.monotonic() < deadline, "the swap never waited"
        found = connection.execute("SELECT sum(on_hand) FROM lotone.stock_bucket").fetchone()
        assert found == (Decimal(6 * 17),)
        assert sum(at["stock_position"].values()) == 24
    swapping.join(30)
    assert on_hand(database) == dict.fromkeys(parts(6), Decimal(17))
    assert rows(database, "SELECT generation FROM lotone.view WHERE name = 'stock_position'") == [(2,)]


def test_views_that_stand_at_different_places_are_proved_where_each_stands(
    database: str, told: Told, postgres_ledger: PostgresLedger
) -> None:
    history(told, 2)
    for views in ((STOCK_POSITION,), (STOCK_MOVEMENTS,)):
        engine = ViewEngine(database, postgres_ledger, views)
        engine.drain()
        engine.close()
        history(told, 1)
    found = rebuild_views(database, postgres_ledger, VIEWS, prove=True)
    assert [(each.facts, each.equal) for each in found] == [(24, True), (36, True)]


def test_nobody_sees_time_go_back_at_a_swap(
    database: str, told: Told, engine: ViewEngine, postgres_ledger: PostgresLedger
) -> None:
    history(told, 1)
    engine.drain()

    def meanwhile(_: int) -> None:
        told.append(received(1, "LATE"))
        engine.drain()

    assert all(found.swapped for found in rebuild_views(database, postgres_ledger, VIEWS, progress=meanwhile))
    assert on_hand(database)["LATE"] >= Decimal(1), "what readers had seen is there after the swap"


def test_an_engine_of_an_older_release_writes_nothing_more_after_a_newer_one_has_rebuilt(
    database: str, told: Told, engine: ViewEngine, postgres_ledger: PostgresLedger
) -> None:
    history(told, 1)
    engine.drain()
    newer = tuple(replace(view, version=view.version + 1) for view in VIEWS)
    assert all(found.swapped for found in rebuild_views(database, postgres_ledger, newer))
    before = everything(database)
    history(told, 1)
    engine.drain()
    assert everything(database) == before
