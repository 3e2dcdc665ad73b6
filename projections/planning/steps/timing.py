"""When runs can be done: material moves runs, runs move what waits for them.

A run begins when its last material is there, not before now, and as late as lets it be done in time. When material
comes later than a run begins, the run is planned forward from it, and whatever claims its output is looked at again: it
may be better served otherwise, or it moves too, up to the customer's promise. When a run is late and needn't be, it is
pulled in, if that makes it a day sooner. A run that is in time isn't touched, however early it is: what is steady costs
nobody anything. A run that moves several times while a cut is made is said to move once, to where it ends.

The naive way plans everything forward again from today. Here a change runs upwards only as far as it is felt. It ends,
because bills have no cycles and each requirement is decided anew at most once in a cut.
"""

from datetime import datetime
from typing import Final

from events.planning import facts as f
from events.planning import moves as g
from events.planning.shapes import SupplyKind, requirement_of
from projections.planning.steps import covering, wishes
from projections.planning.steps.asking import revise
from projections.planning.steps.draft import Draft
from projections.planning.times import backward, build_days, day_by, forward, late_from
from projections.planning.world.alarms import expected, fence_of
from projections.planning.world.notes import Key, Kind
from projections.planning.world.views import Required, RunView

_POLICY: Final = Key(Kind.POLICY, "")
_DAYS: Final = Key(Kind.SITE, "")
_MOST: Final = 8
"""A run is looked at again at most so often in a cut; what is left is looked at in the next one."""


def disruptions(draft: Draft) -> None:
    """Decide again for whatever claims a supply that now comes too late for it; each once in a cut."""
    supplies = list(draft.supplies)
    draft.supplies.clear()
    for id in supplies:
        view = draft.joins.supplies.get(id)
        if view is None or view.on_hand:
            continue
        at = expected(draft.parts, view, draft.now)
        for peg in draft.pegs_on(id):
            if peg.requirement.startswith("transfer/"):
                draft.supplies[peg.requirement] = None
                draft.blame(peg.requirement, id)
            elif not _at_ease(draft, peg.requirement, at):
                _reconsider(draft, peg.requirement, id)
    required = draft.joins.required
    for found in sorted((required[id] for id in draft.again if id in required), key=_urgency):
        if covering.disrupted(draft, found):
            _reconsider(draft, found.id)


def _urgency(found: Required) -> tuple[int, datetime, str]:
    """Who takes first of what has become free."""
    return (-found.priority, found.needed_by, found.id)


def _at_ease(draft: Draft, requirement: str, at: datetime | None) -> bool:
    """Whether a supply still comes in time, for something that is promised in time: then nothing moves."""
    found = draft.joins.required.get(requirement)
    if found is None or at is None or at > found.needed_by:
        return False
    root = requirement
    while root.startswith("run/"):
        planned = draft.plan.runs.get(root.removeprefix("run/").rpartition("/")[0])
        root = planned.requirement if planned is not None else ""
    promised = draft.plan.promises.get(root)
    return not root.startswith("order/") or (promised is not None and promised.promised <= promised.wanted)


def _reconsider(draft: Draft, requirement: str, *because: str) -> None:
    draft.look(requirement, *because)
    found = draft.joins.required.get(requirement)
    if found is None or requirement in draft.rerouted:
        return
    late = covering.disrupted(draft, found)
    if late:
        draft.rerouted[requirement] = None
        covering.cover(draft, found, late)


def retime(draft: Draft, counts: dict[str, int]) -> bool:
    """Move the runs that were looked at to when they can and should be; whether any moved.

    Whatever claims a run's output is looked at too: what blocked the run, or doesn't any more, concerns it as well."""
    moved = False
    while draft.runs:
        id = next(iter(draft.runs))
        del draft.runs[id]
        counts[id] = counts.get(id, 0) + 1
        draft.timed[id] = None
        run = draft.joins.runs.get(id)
        if run is None or counts[id] > _MOST:
            continue
        draft.blame(run.supply, *draft.joins.needs_of_run.get(id, ()))
        for peg in draft.pegs_on(run.supply):
            draft.look(peg.requirement, run.supply)
        if _move(draft, run):
            moved = True
            draft.supplies[run.supply] = None
        _hasten(draft, run)
    return moved


def _hasten(draft: Draft, run: RunView) -> None:
    """What is built for a late run may have waited only because the run did: it is looked at too."""
    if run.over:
        return
    joins = draft.joins
    claims = (peg for requirement in joins.needs_of_run.get(run.run, ()) for peg in draft.pegs_of(requirement))
    below = [peg.supply.id for peg in claims if peg.supply.kind is SupplyKind.RUN and joins.pegs[peg.id].pending]
    deadline = wishes.deadline(draft, run) if below else None
    if deadline is not None and run.due > deadline:
        draft.runs.update(dict.fromkeys(below))


def _move(draft: Draft, run: RunView) -> bool:
    """Plan a run at another time, if it can't stay or is late without need."""
    planned = draft.plan.runs.get(run.run)
    if planned is None or run.over or run.started:
        return False
    ready = _ready(draft, run)
    if ready is None:
        return False
    times = _times(draft, run, ready)
    if times is None or times == (run.start, run.due):
        return False
    _tell(draft, run, *times)
    return True


def _ready(draft: Draft, run: RunView) -> datetime | None:
    """When the last of its material is there; None while something isn't covered, or nobody knows when it comes."""
    if draft.joins.blocked(run.run):
        return None
    ready = datetime.min.replace(tzinfo=run.start.tzinfo)
    for requirement in draft.joins.needs_of_run.get(run.run, ()):
        for peg in draft.pegs_of(requirement):
            supply = draft.joins.supplies.get(peg.supply_id)
            if not draft.joins.pegs[peg.id].pending or supply is None or supply.on_hand:
                continue
            at = expected(draft.parts, supply, draft.now)
            if at is None:
                return None
            ready = max(ready, at)
    return ready


def _times(draft: Draft, run: RunView, ready: datetime) -> tuple[datetime, datetime] | None:
    """When it is to be, if not when it is."""
    reference, days = draft.parts.reference, build_days(draft.parts.reference, run.part)
    passed = late_from(reference, run.site, run.due) <= draft.now
    earliest = max(ready, draft.now)
    if ready > run.start or passed:
        return earliest, forward(reference, run.site, earliest, days)
    deadline = wishes.deadline(draft, run) if run.start > earliest else None
    if deadline is None or run.due <= deadline:
        return None
    start = max(earliest, backward(reference, run.site, deadline, days))
    due = forward(reference, run.site, start, days)
    sooner = start < run.start and day_by(reference, run.site, due) < day_by(reference, run.site, run.due)
    return (start, due) if sooner else None


def _tell(draft: Draft, run: RunView, start: datetime, due: datetime) -> None:
    because = draft.because(run.supply, *draft.joins.needs_of_run.get(run.run, ()))
    if run.proposed:
        revise(draft, run.run, start=start, due=due)
        return
    draft.move_run(g.RunReplanned.trusted(
        run=run.run, part=run.part, site=run.site, unit=run.unit, order=run.order, start=start, due=due,
        was_start=run.start, was_due=run.due, because=because,
    ))


def pass_time(draft: Draft, due: list[str]) -> None:
    """Say what fell due, and look at it."""
    if not due:
        return
    draft.add("plan", f.TimePassed.trusted(until=draft.now, due=tuple(due)))
    place = ("planning", 0, draft.base + len(draft.facts))
    for id in due:
        draft.causes.setdefault(id, {})[place] = None
        draft.supplies[id] = None
        kind, _, one = id.partition("/")
        if kind == "run":
            draft.runs[one] = None
        elif kind == "delivery":
            draft.look(requirement_of(draft.plan.deliveries[one].order), id)


def freeze(draft: Draft, due: list[str]) -> None:
    """Freeze the runs that come too close to their start, if all they need will be there. Under another policy, or by
    other working days, any run may be too close already."""
    close = dict.fromkeys(one.removeprefix("run/") for one in due if one.startswith("run/"))
    moved = any(key in draft.state.touched for key in (_POLICY, _DAYS))
    for id in {**close, **draft.timed, **dict.fromkeys(sorted(draft.joins.runs) if moved else ())}:
        run = draft.joins.runs.get(id)
        planned = draft.plan.runs.get(id)
        if run is None or not run.firm or run.fixed or run.over or (planned is not None and planned.freezing):
            continue
        fence, ready = fence_of(draft.parts, run), _ready(draft, run)
        if fence is None or fence > draft.now or ready is None or ready > run.start:
            continue
        draft.add(f"run/{id}", g.FreezeDecided.trusted(
            run=id, part=run.part, site=run.site, unit=run.unit, order=run.order,
        ))
