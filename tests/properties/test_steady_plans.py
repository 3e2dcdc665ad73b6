"""Whatever befalls a bicycle maker: a cut says the date of a run or a promise once, and only a new one; and nothing is
planned for stock that stock doesn't ask for."""

from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from events.planning import facts as f
from events.planning import moves as g
from projections import replenishment
from projections.planning.world.views import SupplyView
from tests.bikes import part
from tests.chain import Chain, of
from tests.mischief import ALL, Mischief, maker, state
from tests.rules_of_plans import holds

befall = st.tuples(st.sampled_from(ALL), st.integers(0, 999))
Life = list[tuple[Mischief, int]]


def said_once(cut: list[Any]) -> None:
    runs = [*of(g.RunReplanned, cut), *of(g.RunPlanned, cut)]
    assert max(Counter(run.run for run in of(g.RunReplanned, cut)).values(), default=1) == 1
    planned = {run.run for run in of(g.RunPlanned, cut)}
    assert not [run for run in of(g.RunReplanned, cut) if run.run in planned], "it is planned there from the start"
    assert not [run for run in runs if isinstance(run, g.RunReplanned)
                and (run.start, run.due) == (run.was_start, run.was_due)]
    promises = [*of(f.PromiseGiven, cut), *of(f.PromiseChanged, cut), *of(f.PromiseWithdrawn, cut)]
    assert max(Counter(str(one.order) for one in promises).values(), default=1) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(befall, max_size=25), st.integers(1, 3))
def test_a_cut_says_a_date_once_and_only_a_new_one(life: Life, each: int) -> None:
    chain = maker()
    for first in range(0, len(life), each):
        for mischief, number in life[first : first + each]:
            mischief(chain, number)
        chain.plan()
    for cut in chain.cuts:
        said_once([fact for _, fact in cut])


KEPT = (
    part("SADDLE", reorder_point=Decimal(4), order_up_to=Decimal(9)),
    part("FRAME", made=True, reorder_point=Decimal(2), order_up_to=Decimal(6)),
)
"""One that is bought, and one that is built of what is kept too."""


def for_stock(chain: Chain) -> list[SupplyView]:
    """What is to come for stock alone, nobody claims, and could still be taken back."""
    plan, joins = state(chain).parts.plan, state(chain).joins
    runs = {f"run/{id}" for id, run in plan.runs.items() if run.requirement.startswith("stock/") and not run.freezing
            and id in joins.runs and not (joins.runs[id].fixed or joins.runs[id].over)}
    asked = {f"requisition/{id}" for id, found in plan.requisitions.items() if not found.pegged}
    views = (joins.supplies[id] for id in sorted(runs | asked) if id in joins.supplies)
    return [view for view in views if view.free and not view.pegged]


@settings(max_examples=60, deadline=None)
@given(st.lists(befall, max_size=25))
def test_nothing_is_planned_for_stock_that_stock_does_not_ask_for(life: Life) -> None:
    chain = maker().tell(*KEPT)
    chain.plan()
    for mischief, number in life:
        mischief(chain, number)
        chain.plan()
        holds(chain)
    for view in for_stock(chain):
        plant = chain.planner.plant  # type: ignore[attr-defined]
        assert replenishment.still_needed(plant, view.part, view.site, view.free, chain.now), f"{view.id} is for nobody"
