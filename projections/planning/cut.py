"""A cut: everything the planner decides at one point of history, in a fixed order of steps.

The idea. Facts touched some things since the last cut. First what people, policies and suppliers said takes effect,
then claims that don't hold are ended. What isn't covered then is decided, the most urgent first: by priority, by when
it is needed, by id; what a new run needs waits its turn in the same line, so each order takes what it needs down all
levels before a less urgent one does. What is built for stock joins in last. Purchases are merged once. Material then
moves runs, and runs what waits for them; what is disrupted by that is decided anew, once. Last come what nobody claims
any more, shortages, promises, deliveries.

The naive way explodes all orders, nets all parts, and plans everything from nothing each time: it costs as much as
there is, and moves things that nobody asked to move. Here a cut costs as much as was touched, and what isn't hit stays.

The invariants, after every cut: Σ pegs on a supply ≤ what is open of it; what is required is covered by pegs, or its
lack is stated; nothing is planned for nobody. All is decided from the state and ``now``; ties have a fixed order.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from events.model import Fact
from events.planning import facts as f
from events.planning.shapes import Place
from projections.planning.lookups import Plant
from projections.planning.steps import (
    answering,
    buying,
    covering,
    delivering,
    mending,
    policing,
    promising,
    speaking,
    timing,
    travelling,
)
from projections.planning.steps.asking import drop_stale
from projections.planning.steps.draft import ZERO, Draft
from projections.planning.steps.touching import gather
from projections.planning.steps.trimming import trim, trim_stock
from projections.planning.world.state import State

_ROUNDS: Final = 50
LOOKED_ENOUGH: Final = 200
"""A cut that looked at so much and found nothing to decide is recorded all the same: the next needn't look again."""


def decide(
    state: State, plant: Plant, vector: Mapping[tuple[str, int], int], now: datetime, release: str
) -> Sequence[tuple[str, Fact]]:
    """The facts of a cut, each folded already; none, and nothing changed, when there is nothing to decide."""
    plant.at(now)
    draft = Draft(state, plant, state.parts.plan.cut + 1, vector.get(("planning", 0), 0))
    before = state.parts.plan.clock
    due = _begin(draft, vector, now, release)
    gather(draft)
    timing.pass_time(draft, due)
    speaking.listen(draft)
    policing.judge(draft)
    answering.answer(draft)
    _settle_all(draft)
    drop_stale(draft)
    _state_shortages(draft)
    promising.promise(draft)
    delivering.deliver(draft)
    timing.freeze(draft, due)
    return _end(draft, before)


def _begin(
    draft: Draft, vector: Mapping[tuple[str, int], int], now: datetime, release: str
) -> list[str]:
    """The cut's own fact comes first. It is folded at the end: until then it may turn out that there is no cut."""
    draft.joins.settle()
    due = draft.joins.alarms.due(now)
    places = tuple(
        Place.trusted(domain=domain, shard=shard, position=position)
        for (domain, shard), position in sorted(vector.items())
    )
    draft.facts.append(("plan", f.CutTaken.trusted(
        cut=draft.number, vector=places, release=release, policy=draft.plan.policy_version, clock=now,
    )))
    draft.plan.clock = now
    return due


def _settle_all(draft: Draft) -> None:
    """Round and round until nothing moves any more: mend, cover, trim, and only then buy, retime, trim."""
    counts: dict[str, int] = {}
    postponed = False
    for _ in range(_ROUNDS):
        mending.mend(draft)
        travelling.redirect(draft)
        timing.disruptions(draft)
        postponed |= _cover_all(draft)
        if trim(draft):
            continue
        for _ in range(_ROUNDS):
            if not buying.build(draft):
                break
            postponed |= _cover_all(draft)
        runs = len(draft.runs)
        buying.buy(draft)
        claimed = len(draft.runs) > runs
        moved = timing.retime(draft, counts)
        trimmed = trim(draft) | trim_stock(draft)
        if not (claimed or moved or trimmed or postponed or draft.supplies or draft.buys):
            return
        postponed = False


def _cover_all(draft: Draft) -> bool:
    """Decide all that isn't covered; whether something waits for the next round."""
    for requirement in list(draft.looked):
        draft.want(requirement)
    before = len(draft.postponed)
    while (found := draft.next()) is not None:
        if not draft.postpone(found):
            covering.cover(draft, found)
    return len(draft.postponed) > before


def _state_shortages(draft: Draft) -> None:
    """Say what nothing covers, and what is covered again."""
    for id in list(draft.looked):
        found = draft.joins.required.get(id)
        stated = draft.plan.shortages.get(id)
        lack = draft.joins.uncovered(id) if found is not None and not found.waiting else ZERO
        if found is None or not lack:
            mending.end_shortage(draft, id)
            continue
        covering.tell_unserved(draft, found, lack)
        if stated is None or (stated.amount, stated.needed_by) != (lack, found.needed_by):
            draft.add(f"requirement/{id}", f.ShortageStated.trusted(
                requirement=id, part=found.part, site=found.site, unit=found.unit, needed_by=found.needed_by,
                amount=lack, because=draft.because(id),
            ))


def _end(draft: Draft, before: datetime | None) -> Sequence[tuple[str, Fact]]:
    """Fold the cut itself, or leave no trace of having looked."""
    draft.stay()
    if len(draft.facts) == 1 and len(draft.state.touched) < LOOKED_ENOUGH:
        draft.plan.clock = before
        return ()
    draft.state.close(draft.facts[0][1])
    return draft.facts
