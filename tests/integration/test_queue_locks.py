"""Queues are locked in one order, so that writers never wait for each other in a circle."""

import threading
from collections.abc import Iterator

import psycopg
import pytest

from infra.postgres import Connection, Pool
from infra.queue.port import INTAKE, Queued
from infra.queue.postgres import PostgresQueue
from tests.integration.processes import until

pytestmark = pytest.mark.postgres

ROW = "FROM lotone.queue_end WHERE kind = 'intake' AND domain = 'inventory' AND shard = %s FOR UPDATE"


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database) as opened:
        yield opened


def test_a_writer_that_waits_for_a_queue_holds_none_behind_it(pool: Pool, connection: Connection) -> None:
    queue = PostgresQueue(pool)
    both = [Queued("inventory", shard, "urn:erp", "e", b"") for shard in (1, 0)]
    for _ in range(3):  # moves the first shard's row behind the second's, as the table's pages have them
        queue.put(INTAKE, both[1:])
    connection.execute(f"SELECT 1 {ROW}", [0])
    writer = threading.Thread(target=queue.put, args=(INTAKE, both))
    writer.start()
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    until(lambda: connection.execute(waiting).fetchone() == (1,))
    assert connection.execute(f"SELECT 1 {ROW} SKIP LOCKED", [1]).fetchone() == (1,)
    connection.rollback()
    writer.join()
    assert (queue.ends(INTAKE)["inventory", 0], queue.ends(INTAKE)["inventory", 1]) == (4, 1)
