"""Every queue keeps the queue's contract."""

import pytest

from infra.postgres import Pool
from infra.queue.memory import MemoryQueue
from infra.queue.port import Queue
from infra.queue.postgres import PostgresQueue
from tests.conftest import SHARDS
from tests.contracts.queue_contract import QueueContract


class TestMemory(QueueContract):
    @pytest.fixture
    def queue(self) -> Queue:
        return MemoryQueue(SHARDS)


@pytest.mark.postgres
class TestPostgres(QueueContract):
    @pytest.fixture
    def queue(self, pool: Pool) -> Queue:
        return PostgresQueue(pool)
