"""``lotone demo`` is what a newcomer sees first: it runs, and its proofs hold."""

from pathlib import Path

import pytest

from projections.views import VIEWS
from tests.integration.commands import Place


@pytest.mark.slow
def test_the_demo_tells_its_story_and_proves_what_it_says(tmp_path: Path) -> None:
    done = Place(tmp_path).lotone("demo", patience=200)
    assert done.code == 0, done.out + done.err
    assert "Traceback" not in done.err
    assert "verify: whole" in done.out
    assert done.out.count("equal, row by row") == len(VIEWS)
    assert "decided again, all alike" in done.out
    assert "NOT" not in done.out
    forged = next(line for line in done.out.splitlines() if line.startswith("forged: "))
    assert "somebody else" in forged
    assert "inventory shard" in forged
    assert "position" in forged
    assert "undone: verify says whole" in done.out

    for heading in ("1. Master data", "2. Six weeks", "3. What went wrong", "4. What operations", "5. Why the planner"):
        assert heading in done.out
    assert "24 orders accepted" in done.out
    assert "supplier closes" in done.out
    assert "Not chosen" in done.out
    assert "was taken before with other content" in done.out
