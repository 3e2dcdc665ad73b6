"""A story is told to a system that is killed again and again, and to one that nobody disturbs: the end is the same.

The same is: every fact of every stream with its whole envelope, every decision, peg and promise among them; the order
of all that the planner decided, and every cut with its vector; what became of every message; what is parked and
rejected; every row of every view; and what the simulated world told, which answers all that was decided.

What may differ is compared by what it means (``ends.py``). The bytes of what is sealed, because keys and nonces are
made anew. And the order in which one shard hears what several others tell it in the same step (a run of the material
that was issued to it in two shards of inventory, say): a death between the two puts another's commands first. So the
positions and versions of facts of orders, inventory, suppliers and logistics may differ, the ids that are made of them,
and which fact of a stream was the last. Facts are named by what they go back to instead, and their streams compared as
sets. How far the catalogue was read for a fact may differ too, in the step that tells the catalogue itself.
``rejected`` is a set as well: who never heard an answer asks again, and is refused again.

That cuts are the same rests on the driver as well. It goes on only when all is quiet, and the planner waits for quiet
too (a high ``LOTONE_PLANNER_PATIENCE``): so no cut is taken on half of what was said, wherever that was cut in two. And
the driver waits for quiet between moving the time and telling what happened: else it would be a race whether what falls
due is decided before what is told, or with it.

The whole of it, with a hundred kills and each point by itself: ``python -m benchmarks kills``.
"""

from typing import Any

import pytest

from infra.faults import POINTS
from tests.integration.chain_kills.fates import Fate
from tests.integration.chain_kills.stories import beginning
from tests.integration.chain_kills.telling import Told, tell
from tests.integration.lives import difference

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

DAYS = 4
KILLS = 12
SEED = 20261123


@pytest.fixture(scope="module")
def undisturbed(postgres_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The first days, told to a system that lives."""
    return tell(postgres_server, tmp_path_factory.mktemp("undisturbed"), beginning(DAYS))


def test_whoever_is_not_disturbed_lives_once_and_everything_holds(undisturbed: Told) -> None:
    assert (undisturbed.lives, undisturbed.wrong) == (1, [])
    assert undisturbed.cuts > DAYS


def test_who_dies_at_every_named_point_and_at_random_ends_alike(
    postgres_server: Any, tmp_path_factory: pytest.TempPathFactory, undisturbed: Told
) -> None:
    fate = Fate.at_random(SEED, KILLS, undisturbed.steps, POINTS)
    told = tell(postgres_server, tmp_path_factory.mktemp("mortal"), beginning(DAYS), fate)
    assert (fate.left, sorted(fate.crashed), fate.killed) == (0, sorted(POINTS), KILLS)
    assert told.lives == len(POINTS) + KILLS + 1
    assert told.wrong == []
    assert difference(told.end, undisturbed.end) == []
    assert told.events == undisturbed.events
