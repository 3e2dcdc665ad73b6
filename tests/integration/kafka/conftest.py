"""One broker for all tests of a run; each test has topics of its own, by their prefix."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from infra.errors import NoKafka
from infra.kafka.cluster import Cluster


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """The address of a running broker; tests that need it are skipped, with the reason, where none can run."""
    folder = Path(tempfile.mkdtemp(prefix="lotone-kafka-"))
    cluster = Cluster(folder)
    try:
        cluster.up()
        yield cluster.bootstrap
    except NoKafka as error:
        pytest.skip(f"no Kafka: {error}")
    finally:
        cluster.down()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def prefix() -> str:
    """What the test's topics begin with."""
    return f"{uuid4().hex[:8]}."
