"""The bicycle maker's files and catalogue, made once for all stories about them."""

import pytest

from events.catalogue.reference import Reference
from infra.importing import read_directory
from tests.adventureworks.chain import write_chain
from tests.adventureworks.memory import Event, folded, imported
from tests.adventureworks.rows import ABSENT, Files


@pytest.fixture(scope="session")
def bicycle_maker() -> Files:
    """The files; the test is skipped, and says why, where they are absent."""
    if ABSENT:
        pytest.skip(ABSENT)
    return Files()


@pytest.fixture(scope="session")
def import_events(bicycle_maker: Files, tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    """The events of those files' import directory."""
    return imported(bicycle_maker, tmp_path_factory.mktemp("adventureworks") / "import")


@pytest.fixture(scope="session")
def catalogue(import_events: list[Event]) -> Reference:
    """The catalogue as importing those files leaves it."""
    return folded(import_events)


@pytest.fixture(scope="session")
def chain_events(bicycle_maker: Files, tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    """The events of the import directory that the story of the whole chain begins with, when it is told with a few
    orders."""
    folder = tmp_path_factory.mktemp("chain")
    write_chain(bicycle_maker, folder, orders=60)
    found = read_directory(folder)
    assert not found.errors, [str(fault) for fault in found.errors]
    return list(found.events)
