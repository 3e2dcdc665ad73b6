"""One broker for all tests of a run; each test has topics of its own, by their prefix."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from infra.embedded import EmbeddedPostgres
from infra.errors import NoKafka
from infra.kafka.cluster import Cluster
from infra.kafka.jars import java, ready
from tests.integration.lives import new_database


@pytest.fixture(scope="session", autouse=True)
def runnable() -> None:
    """Every test here is skipped, with the reason, where no broker can run."""
    try:
        java()
        ready()
    except NoKafka as error:
        pytest.skip(f"no Kafka: {error}")


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """The address of a running broker."""
    folder = Path(tempfile.mkdtemp(prefix="lotone-kafka-"))
    cluster = Cluster(folder)
    try:
        cluster.up()
        yield cluster.bootstrap
    finally:
        cluster.down()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def other_database(postgres_server: EmbeddedPostgres) -> str:
    """The address of one more database without anything in it."""
    return new_database(postgres_server.dsn, f"other_{uuid4().hex}")


@pytest.fixture
def prefix() -> str:
    """What the test's topics begin with."""
    return f"{uuid4().hex[:8]}."
