"""A database fits this release, is made to, or is refused with what to do."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from infra.errors import Misfit, Transient
from infra.ledger.postgres import PostgresLedger
from infra.migrate import migrate, releases
from infra.postgres import Connection

pytestmark = pytest.mark.postgres

SHARDS = {"catalogue": 1, "inventory": 3}


@pytest.fixture
def connection(empty_database: str) -> Iterator[Connection]:
    with psycopg.connect(empty_database, autocommit=True) as opened:
        yield opened


def test_migrating_twice_changes_nothing(empty_database: str) -> None:
    first = migrate(empty_database, SHARDS)
    assert migrate(empty_database, dict(reversed(SHARDS.items()))) == first
    with PostgresLedger(empty_database) as ledger:
        assert ledger.genesis() == first
        assert sorted(ledger.heads()) == [("catalogue", 0), ("inventory", 0), ("inventory", 1), ("inventory", 2)]


def test_many_may_start_at_once(empty_database: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: migrate(empty_database, SHARDS), range(4)))
    assert len({genesis.ledger_id for genesis in found}) == 1


def test_every_migration_is_remembered_with_its_text(empty_database: str, connection: Connection) -> None:
    migrate(empty_database, SHARDS)
    rows = connection.execute("SELECT name FROM lotone.migration ORDER BY name").fetchall()
    assert [name for (name,) in rows] == list(releases())


def test_an_edited_migration_is_refused(empty_database: str, connection: Connection) -> None:
    migrate(empty_database, SHARDS)
    connection.execute("UPDATE lotone.migration SET sha256 = sha256('another text') WHERE name = '0001_ledger.sql'")
    with pytest.raises(Misfit, match=r"0001_ledger\.sql.*new migration"):
        migrate(empty_database, SHARDS)


def test_a_database_of_a_newer_release_is_refused(empty_database: str, connection: Connection) -> None:
    migrate(empty_database, SHARDS)
    connection.execute("INSERT INTO lotone.migration (name, sha256) VALUES ('9999_future.sql', '')")
    with pytest.raises(Misfit, match=r"9999_future\.sql"):
        migrate(empty_database, SHARDS)


@pytest.mark.parametrize("asked", [{"catalogue": 1, "inventory": 4}, {"catalogue": 1}, SHARDS | {"catalogue": 2}])
def test_other_shard_counts_are_refused(empty_database: str, asked: dict[str, int]) -> None:
    migrate(empty_database, SHARDS)
    with pytest.raises(Misfit, match="catalogue=1, inventory=3"):
        migrate(empty_database, asked)


@pytest.mark.parametrize("asked", [{}, {"inventory": 0}])
def test_a_ledger_without_shards_is_refused_and_nothing_is_made(
    empty_database: str, connection: Connection, asked: dict[str, int]
) -> None:
    with pytest.raises(Misfit):
        migrate(empty_database, asked)
    assert connection.execute("SELECT FROM pg_namespace WHERE nspname = 'lotone'").rowcount == 0


def test_another_format_is_refused(empty_database: str, connection: Connection) -> None:
    migrate(empty_database, SHARDS)
    connection.execute("UPDATE lotone.genesis SET format = 2")
    with pytest.raises(Misfit, match="format 2"):
        migrate(empty_database, SHARDS)


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with pytest.raises(Transient):
        migrate("host=127.0.0.1 port=1 dbname=nothing connect_timeout=2", SHARDS)


def test_a_database_without_a_ledger_says_so(empty_database: str, connection: Connection) -> None:
    connection.execute("CREATE SCHEMA lotone")
    connection.execute("CREATE TABLE lotone.genesis (ledger_id uuid, shards jsonb)")
    with PostgresLedger(empty_database) as ledger, pytest.raises(Misfit, match="no ledger"):
        ledger.genesis()
