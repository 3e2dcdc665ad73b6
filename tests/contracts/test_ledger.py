"""Every ledger keeps the ledger's contract."""

from collections.abc import Iterator

import pytest

from infra.ledger.memory import MemoryLedger
from infra.ledger.port import Ledger
from infra.ledger.postgres import PostgresLedger
from infra.postgres import Pool
from tests.conftest import SHARDS
from tests.contracts.ledger_contract import LedgerContract


class TestMemory(LedgerContract):
    @pytest.fixture
    def ledger(self) -> Ledger:
        return MemoryLedger(SHARDS)

    @pytest.fixture
    def another(self, ledger: Ledger) -> Ledger:
        return ledger


@pytest.mark.postgres
class TestPostgres(LedgerContract):
    @pytest.fixture
    def ledger(self, postgres_ledger: PostgresLedger) -> Ledger:
        return postgres_ledger

    @pytest.fixture
    def another(self, database: str, pool: Pool) -> Iterator[Ledger]:
        with PostgresLedger(database, pool) as opened:
            yield opened
