"""What the tests of the outside share: one ``lotone up`` with the sample factory's fortnight behind it."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from infra.embedded import EmbeddedPostgres
from infra.importing import read_directory
from infra.sample import DIRECTORY, fortnight
from tests.integration.commands import Place, Served
from tests.integration.lives import new_database


@pytest.fixture
def place(empty_database: str, tmp_path: Path) -> Place:
    """An empty ledger of the test's own."""
    return Place(tmp_path, empty_database)


@pytest.fixture(scope="session")
def factory(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The sample factory after its fortnight. Tests may add events of sources of their own."""
    there = Place(tmp_path_factory.mktemp("factory"), new_database(postgres_server.dsn, "factory"))
    with there.up() as served:
        served.publish(*map(orjson.dumps, read_directory(DIRECTORY).events))
        served.settled()
        served.publish(*map(orjson.dumps, fortnight()))
        served.settled()
        yield served
