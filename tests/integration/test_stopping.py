"""Whoever is told to stop loses nothing of what was taken, and leaves nothing behind that runs."""

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.ledger.verify import verify
from tests.integration import lives
from tests.integration.processes import PATIENCE, process
from tests.plant import SITE, part, received

pytestmark = pytest.mark.postgres

BATCH = {"content-type": "application/cloudevents-batch+json"}


@pytest.fixture
def up(empty_database: str, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """``lotone up`` in a process of its own."""
    variables = {"LOTONE_POSTGRES_DSN": empty_database, "LOTONE_DATA": str(tmp_path), "LOTONE_SHARDS": "2"}
    with process("projections.api.cli", "up", LOTONE_PORT="0", **variables) as running:
        yield running


def address(running: subprocess.Popen[str]) -> str:
    """Where it says that it is ready."""
    assert running.stdout is not None
    for line in running.stdout:
        if found := re.search(r"ready on (http://\S+)", line):
            return found[1]
    raise AssertionError("it ended before it was ready")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_what_was_taken_before_a_stop_is_decided_after_it(
    up: subprocess.Popen[str], how: signal.Signals, empty_database: str, tmp_path: Path
) -> None:
    events = [SITE, part("SADDLE"), *(received(f"r{n}") for n in range(2_000))]
    answer = httpx.post(f"{address(up)}/events", content=b"[" + b",".join(events) + b"]", headers=BATCH)
    assert {told["status"] for told in answer.json()} == {"taken"}
    up.send_signal(how)
    output, _ = up.communicate(timeout=PATIENCE)
    assert (up.returncode, "nothing was lost" in output) == (0, True), output
    lives.decide(empty_database, tmp_path, 500)
    with lives.store(lives.settings(empty_database, tmp_path)) as base:
        taken = base.ledger.taken(("test", f"r{n}") for n in range(2_000))
        assert {one.outcome for one in taken.values()} == {"decided"}
        assert (len(taken), verify(base.ledger).ok) == (2_000, True)
