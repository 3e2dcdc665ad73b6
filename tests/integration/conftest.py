"""What the tests of the outside share: one ``lotone up`` with the sample factory's fortnight behind it."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from infra.embedded import EmbeddedPostgres
from infra.importing import read_directory
from infra.sample import DIRECTORY, days
from tests.integration.asking import define, found, lines
from tests.integration.commands import Place, Served
from tests.integration.lives import new_database
from tests.plant import SITE


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
        for day in days():
            served.publish(*map(orjson.dumps, day))
            served.settled()
        yield served


@pytest.fixture(scope="session")
def api(factory: Served) -> Served:
    """The factory, and a part that these tests may use."""
    factory.publish(define("API-1"))
    assert factory.outcome("api", "define API-1")["status"] == "decided"
    return factory


@pytest.fixture
def told(place: Place) -> Place:
    """A ledger that knows a site and a part, with one stock of it; nobody runs."""
    kassel = SITE.replace(b'"plant"', b'"kassel"')
    done = place.lotone("publish", "-", stdin=lines(kassel, define("API-1"), found("first")))
    assert done.code == 0, done.out + done.err
    return place
