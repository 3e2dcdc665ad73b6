"""Fixtures of the tests of views: facts told straight to the ledger, and an engine that folds them."""

from collections.abc import Iterator

import pytest

from infra.ledger.postgres import PostgresLedger
from projections.engine import ViewEngine
from tests.folding import Told
from tests.integration.views.view_history import VIEWS


@pytest.fixture
def told(postgres_ledger: PostgresLedger) -> Told:
    """Tells the ledger facts."""
    return Told(postgres_ledger)


@pytest.fixture
def engine(database: str, postgres_ledger: PostgresLedger) -> Iterator[ViewEngine]:
    """Folds two views in small batches; stepped by the test."""
    made = ViewEngine(database, postgres_ledger, VIEWS, owner="first", batch=7)
    yield made
    made.close()
