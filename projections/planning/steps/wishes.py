"""By when things ought to be there for the customer to be served as wished, whatever they have been moved to since.

A run that had to wait was moved, and what it needs is needed later now. Judged by that alone, the supply that made the
run late is in time, and nothing would ever come back. So what is late is judged by the wish above it: the order's day,
dated back, level by level, over the runs that are to be done by then; but no sooner than the run could begin if this
were there, by whatever else it waits for. What is in time is judged as it is planned.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from events.planning.shapes import SupplyKind
from projections.planning.steps.draft import Draft
from projections.planning.times import backward, build_days, forward
from projections.planning.world.alarms import expected
from projections.planning.world.planned import Peg
from projections.planning.world.views import Required, RunView


def wish(draft: Draft, found: Required, asked: Sequence[Peg] = ()) -> datetime:
    """By when a requirement ought to be covered, as far as it isn't, or is by the claims that are ``asked`` about.
    Never later than it is needed as planned."""
    run = draft.joins.runs.get(found.run) if found.run is not None else None
    if run is None or not _movable(draft, run):
        return found.needed_by
    due = deadline(draft, run)
    if due is None or run.due <= due:
        return found.needed_by
    others = _others(draft, run, {peg.id for peg in asked})
    if others is None:
        return found.needed_by
    reference = draft.parts.reference
    start = backward(reference, run.site, due, build_days(reference, run.part))
    return min(found.needed_by, max(start, others))


def deadline(draft: Draft, run: RunView) -> datetime | None:
    """By when the first of those who claim its output ought to have it; None: nobody does."""
    required = draft.joins.required
    pegs = [draft.plan.pegs[id] for id in draft.joins.pegs_on.get(run.supply, ())]
    return min((wish(draft, required[peg.requirement], pegs) for peg in pegs if peg.requirement in required),
               default=None)


def _movable(draft: Draft, run: RunView) -> bool:
    return run.run in draft.plan.runs and not (run.over or run.started)


def _others(draft: Draft, run: RunView, but: Collection[str] = ()) -> datetime | None:
    """When a run's material can be there, at the soonest, but for some claims; None: nobody knows."""
    soonest, joins, pegs = draft.now, draft.joins, draft.plan.pegs
    for requirement in joins.needs_of_run.get(run.run, ()):
        for id in joins.pegs_of.get(requirement, ()):
            at = _soonest(draft, pegs[id]) if id not in but else soonest
            if at is None:
                return None
            soonest = max(soonest, at)
    return soonest


def _soonest(draft: Draft, peg: Peg) -> datetime | None:
    """When a claim can be served: what a run of ours builds, as soon as its own material is there."""
    joins = draft.joins
    supply = joins.supplies.get(peg.supply_id)
    if not joins.pegs[peg.id].pending or supply is None or supply.on_hand:
        return draft.now
    at = expected(draft.parts, supply, draft.now)
    run = joins.runs.get(peg.supply.id) if peg.supply.kind is SupplyKind.RUN else None
    if at is None or run is None or at <= draft.now or not _movable(draft, run):
        return at
    material = _others(draft, run)
    if material is None:
        return at
    reference = draft.parts.reference
    return min(at, forward(reference, run.site, material, build_days(reference, run.part)))
