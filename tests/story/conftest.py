"""The bicycle maker's files and catalogue, made once for all stories about them."""

import pytest

from events.catalogue.reference import Reference
from tests.adventureworks.memory import folded, imported
from tests.adventureworks.rows import ABSENT, Files


@pytest.fixture(scope="session")
def bicycle_maker() -> Files:
    """The files; the test is skipped, and says why, where they are absent."""
    if ABSENT:
        pytest.skip(ABSENT)
    return Files()


@pytest.fixture(scope="session")
def catalogue(bicycle_maker: Files, tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """The catalogue as importing those files leaves it."""
    return folded(imported(bicycle_maker, tmp_path_factory.mktemp("adventureworks") / "import"))
