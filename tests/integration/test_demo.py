"""``lotone demo`` is what a newcomer sees first: it runs, and its proofs hold."""

from pathlib import Path

import pytest

from tests.integration.commands import Place


@pytest.mark.slow
def test_the_demo_runs_and_proves_what_it_says(tmp_path: Path) -> None:
    done = Place(tmp_path).lotone("demo", patience=100)
    assert done.code == 0, done.out + done.err
    assert "Traceback" not in done.err
    assert "verify: whole" in done.out
    assert done.out.count("equal, row by row") == 4
    assert "NOT" not in done.out
    forged = next(line for line in done.out.splitlines() if line.startswith("forged: "))
    assert "somebody else" in forged
    assert "inventory shard" in forged
    assert "position" in forged
    assert "undone: verify says whole" in done.out
    for heading in ("1. Master data", "2. A fortnight", "3. What operations see", "4. What upstream got wrong"):
        assert heading in done.out
    assert "contradict" in done.out
