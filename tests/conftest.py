"""What tests share: one embedded PostgreSQL a run, and a fresh database for each test that wants one.

Properties try the same examples each time they run, so that no run fails by chance. To look for what nobody thought of,
let them try others: ``pytest tests/properties --hypothesis-profile=wide``, as often as there is time for. What that
finds belongs into an ``@example`` or a test of its own.
"""

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import structlog
from hypothesis import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from infra.embedded import EmbeddedPostgres, NotStarted
from infra.ledger.postgres import PostgresLedger
from infra.migrate import migrate
from infra.postgres import Pool, open_pool

os.environ["TZ"] = "UTC"
time.tzset()
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("wide", derandomize=False, deadline=None, print_blob=True)
settings.load_profile("same")
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
"""As processes do: told of every fact, a story's tests would keep a gigabyte of it."""

SHARDS = {"catalogue": 1, "orders": 1, "inventory": 2, "suppliers": 2, "logistics": 1, "planning": 1}
"""The shard counts of ``database``."""

LONGEST = (
    "integration/kafka/test_workers.py", "integration/kafka/test_faults.py", "story/test_adventureworks_replay.py",
    "integration/chain/test_as_of.py", "integration/kafka/test_whole.py", "story/test_chain_postgres.py",
    "integration/test_kills.py", "integration/kafka/test_transport.py", "integration/test_demo.py",
    "integration/test_planner_failover.py", "integration/kafka/test_epochs.py", "integration/kafka/test_broker.py",
    "properties/test_histories.py", "integration/kafka/test_ending.py", "integration/chain_kills/test_chain_kills.py",
    "integration/kafka/test_operations.py", "integration/kafka/test_security.py", "story/test_chain_maker.py",
)  # fmt: skip
"""They begin first: nobody works alone on one of them when all others have nothing left."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    rank = {here / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """The run's own server; tests that need it are skipped, with the reason, where it can't start."""
    folder = Path(tempfile.mkdtemp(prefix="lotone-test-"))
    try:
        with EmbeddedPostgres(folder) as server:
            _hurried(server)
            yield server
    except NotStarted as error:
        pytest.skip(f"no PostgreSQL: {error}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_template(postgres_server: EmbeddedPostgres) -> str:
    """The name of a database with the schema and ``SHARDS``, to be copied."""
    with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
        connection.execute("CREATE DATABASE migrated")
    migrate(postgres_server.dsn_of("migrated"), SHARDS)
    return "migrated"


@pytest.fixture
def empty_database(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """The address of a database without anything in it."""
    yield from _database(postgres_server.dsn, "template1")


@pytest.fixture
def database(postgres_server: EmbeddedPostgres, migrated_template: str) -> Iterator[str]:
    """The address of a database with the schema, and a ledger of ``SHARDS`` with no fact in it."""
    yield from _database(postgres_server.dsn, migrated_template)


@pytest.fixture
def pool(database: str) -> Iterator[Pool]:
    """Connections to ``database``."""
    with open_pool(database) as opened:
        yield opened


@pytest.fixture
def postgres_ledger(database: str, pool: Pool) -> Iterator[PostgresLedger]:
    """The ledger in ``database``."""
    with PostgresLedger(database, pool) as ledger:
        yield ledger


def _hurried(server: EmbeddedPostgres) -> None:
    """Nothing waits for the disk: tests kill our processes, and never the machine, whose memory keeps what was written.
    (Servers that are killed themselves are ones of their own, and sync.)"""
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        for name in ("fsync", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
        connection.execute("SELECT pg_reload_conf()")


def _database(dsn: str, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        yield make_conninfo(dsn, dbname=name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
