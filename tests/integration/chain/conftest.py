"""A small bicycle maker's life, decided by the real services and the real planner in memory, and then put into a ledger
in PostgreSQL, every fact at its place: what the views fold, and what queries, the API and commands read."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from infra.ledger.port import Batch, Ledger
from infra.ledger.postgres import PostgresLedger
from infra.migrate import migrate
from infra.postgres import Pool, open_pool
from projections.engine import ViewEngine
from projections.views import VIEWS
from tests.chain import Chain
from tests.history import Owner, chained
from tests.integration.chain.serving import get, serving

ONE_SHARD = dict.fromkeys(("catalogue", "orders", "inventory", "suppliers", "logistics", "planning"), 1)


class Told:
    """A chain's facts in a ledger of PostgreSQL; ``catch_up`` adds those since."""

    def __init__(self, chain: Chain, dsn: str, ledger: PostgresLedger, pool: Pool) -> None:
        self.chain, self.dsn, self.ledger = chain, dsn, ledger
        self.app = serving(ledger, pool, chain.now)
        self.engine = ViewEngine(dsn, ledger, VIEWS)
        self._done = dict.fromkeys(chain.records, 0)
        self.catch_up()

    def get(self, path: str, **params: Any) -> Any:
        """What the API answers."""
        found = get(self.app, path, **params)
        assert found.status_code == 200, found.text
        return found.json()

    def catch_up(self) -> None:
        """Append what isn't there yet, and fold it."""
        for domain, records in self.chain.records.items():
            new = records[self._done[domain]:]
            if new:
                append(self.ledger, domain, new)
                self._done[domain] = len(records)
        self.engine.drain()
        failed = [lag.failed for lag in self.engine.lags(self.chain.now) if lag.failed]
        assert not failed, failed


def append(ledger: Ledger, domain: str, records: list[Any]) -> None:
    """Facts as they were recorded, chained."""
    owner = Owner(ledger, domain, 0)
    ledger.append([Batch(owner.claim, owner.head, facts=chained(owner.ledger_id, owner.head, records))])


@pytest.fixture
def into_postgres(empty_database: str) -> Iterator[Callable[[Chain], Told]]:
    """Puts a chain's facts into an empty ledger and folds all views."""
    migrate(empty_database, ONE_SHARD)
    with open_pool(empty_database) as pool, PostgresLedger(empty_database, pool) as ledger:
        made: list[Told] = []

        def told(chain: Chain) -> Told:
            made.append(Told(chain, empty_database, ledger, pool))
            return made[0]

        yield told
        for one in made:
            one.engine.close()


@pytest.fixture
def reader(empty_database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to read with."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        yield connection
