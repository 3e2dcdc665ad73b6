"""Whatever befalls a bicycle maker: the plan holds after every cut, and is the same for whoever reads the ledger."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.chain import Chain
from tests.mischief import (
    ALL,
    Mischief,
    amend,
    foreign_run,
    maker,
    order,
    order_trouble,
    stock_trouble,
    wait,
    work,
)
from tests.rules_of_plans import holds, same_planner, twin

befall = st.tuples(st.sampled_from(ALL), st.integers(0, 999))
lives = st.lists(befall, max_size=8) | st.lists(befall, min_size=12, max_size=35)
"""Short ones, and such as are long enough for one thing to follow from another; left alone, lists are short."""
Life = list[tuple[Mischief, int]]


def lived(life: Life) -> Chain:
    chain = maker()
    chain.plan()
    for mischief, number in life:
        mischief(chain, number)
        chain.plan()
    return chain


@settings(max_examples=120, deadline=None)
@given(lives)
def test_after_every_cut_the_plan_holds(life: Life) -> None:
    chain = maker()
    chain.plan()
    holds(chain)
    for mischief, number in life:
        mischief(chain, number)
        chain.plan()
        holds(chain)


@settings(max_examples=30, deadline=None)
@given(lives, st.integers(0, 99), st.integers(0, 99))
def test_the_order_in_which_shards_are_read_makes_no_difference(life: Life, one: int, other: int) -> None:
    chain = lived(life)
    same_planner(twin(chain, one), twin(chain, other))


@settings(max_examples=30, deadline=None)
@given(lives, st.integers(0, 99))
def test_whoever_reads_the_ledger_decides_the_same_as_who_lived_it(life: Life, seed: int) -> None:
    chain = lived(life[:-1])
    for mischief, number in life[-1:]:
        mischief(chain, number)
    chain.settle()
    same_planner(chain.planner, other := twin(chain, seed))  # type: ignore[arg-type]
    assert list(chain.planner.cut(chain.vector, chain.now)) == list(other.cut(chain.vector, chain.now))


@settings(max_examples=30, deadline=None)
@given(lives)
def test_a_cut_that_decides_nothing_leaves_no_trace(life: Life) -> None:
    chain = lived(life)
    before = twin(chain, 1)
    assert not chain.planner.cut(chain.vector, chain.now)
    same_planner(chain.planner, before)  # type: ignore[arg-type]


@settings(max_examples=30, deadline=None)
@given(lives, st.integers(1, 5))
@example([(order, 0)] * 7 + [(foreign_run, 1)], 2)
@example([(foreign_run, 0), (order, 541)], 3)
@example([(order, 841), (foreign_run, 807), (foreign_run, 0)], 5)
def test_however_much_is_said_between_two_cuts_the_plan_holds(life: Life, each: int) -> None:
    chain = maker()
    for first in range(0, len(life), each):
        for mischief, number in life[first : first + each]:
            mischief(chain, number)
        chain.plan()
        holds(chain)


@settings(max_examples=60, deadline=None)
@given(lives)
@example([
    (order, 0), (order, 1), (amend, 0), (order_trouble, 151), (order, 51), (work, 0), *[(order, 0)] * 4, (amend, 0),
    (order, 0), (work, 435), (work, 0), (wait, 0), (wait, 3), (stock_trouble, 0),
])
def test_whatever_befalls_between_a_decision_and_its_commands_the_plan_holds(life: Life) -> None:
    """Inventory and order service refuse some of them then."""
    chain = maker()
    for mischief, number in life:
        mischief(chain, number)
        chain.settle()
        chain.cut()
    chain.plan()
    holds(chain)
