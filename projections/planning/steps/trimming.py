"""Taking back what was planned for somebody and is claimed by nobody: runs, transfers, requisitions.

Only what can still be taken back: a run that is frozen goes on and its output is free, stock that has left comes, what
was ordered comes. A run for several that still serves one is made smaller.

What was planned for stock is claimed by nobody from the start. When its place has more than stock is to have, because
an order was cancelled, say, it is taken back as far as stock wouldn't ask for it today: a run is made smaller or
withdrawn, what was asked for last first; a requisition is withdrawn when none of it is needed. It isn't made smaller,
since its lots were made for what was asked: what it brings beyond serves who comes next. The naive way takes back all
that is above the order-up-to level, and orders it again with the next customer: here nothing moves while the position
is at or below that level, or would be at or below the reorder point afterwards (``replenishment.still_needed``).
"""

from decimal import Decimal
from typing import Final

from events.planning import moves as g
from events.planning.shapes import SupplyKind
from projections import replenishment
from projections.planning.steps import building
from projections.planning.steps.asking import revise, withdraw
from projections.planning.steps.buying import withdraw_unanswered
from projections.planning.steps.draft import Draft, by_number
from projections.planning.world.planned import Fate
from projections.planning.world.views import Required, RunView, SupplyView

ZERO: Final = Decimal(0)
_WHY: Final = "nothing needs it any more"
_STOCKED: Final = "stock doesn't need it any more"


def trim(draft: Draft) -> bool:
    """Take back what was freed and not claimed anew; whether anything was.

    What stock and runs are to be given is bought after this: what isn't built any more asks for nothing."""
    freed = list(draft.freed)
    draft.freed.clear()
    before = len(draft.facts)
    for id in freed:
        view = draft.joins.supplies.get(id)
        if view is not None:
            _trim(draft, view)
    return len(draft.facts) > before


def trim_stock(draft: Draft) -> bool:
    """Take back what stock doesn't need any more; whether anything was."""
    before = len(draft.facts)
    places = sorted((part, site) for site, part in draft.eased)
    draft.eased.clear()
    for part, site in replenishment.overstocked(draft.plant, places, draft.now):
        for id in reversed(_for_stock(draft, (site, part))):
            _less_stock(draft, id)
    return len(draft.facts) > before


def _trim(draft: Draft, view: SupplyView) -> None:
    match view.key.kind:
        case SupplyKind.RUN:
            run = draft.joins.runs.get(view.key.id)
            if run is not None:
                _run(draft, run, view)
        case SupplyKind.TRANSFER:
            _transfer(draft, view)
        case SupplyKind.REQUISITION:
            _requisition(draft, view)
        case _:
            pass


def _run(draft: Draft, run: RunView, view: SupplyView) -> None:
    planned = draft.plan.runs.get(run.run)
    if planned is None or run.fixed or run.over or planned.requirement.startswith("stock/") or not view.free:
        return
    if not view.pegged:
        withdraw_run(draft, run, _WHY)
    else:
        _resize(draft, run, view.pegged)


def _for_stock(draft: Draft, place: tuple[str, str]) -> list[str]:
    """The runs and requisitions of a place that are for stock alone and can be taken back, as they were decided."""
    found = {id.partition("/")[2]: id for id in draft.joins.of_place.get(place, ()) if _revocable(draft, id)}
    return [found[one] for one in by_number(found)]


def _revocable(draft: Draft, id: str) -> bool:
    kind, _, one = id.partition("/")
    if kind == "run":
        run, planned = draft.joins.runs.get(one), draft.plan.runs.get(one)
        if run is None or planned is None or run.fixed or run.over or planned.freezing:
            return False
        return planned.requirement.startswith("stock/")
    return kind == "requisition" and _unanswered(draft, one) and not draft.plan.requisitions[one].pegged


def _less_stock(draft: Draft, id: str) -> None:
    """Ask for less, if stock doesn't need so much any more."""
    view = draft.joins.supplies[id]
    run = draft.joins.runs.get(view.key.id) if view.key.kind is SupplyKind.RUN else None
    if not view.free or (run is None and view.pegged):
        return
    needed = replenishment.still_needed(draft.plant, view.part, view.site, view.free, draft.now)
    if run is not None and needed < view.free:
        if view.pegged + needed:
            _resize(draft, run, view.pegged + needed)
        else:
            withdraw_run(draft, run, _STOCKED)
    elif run is None and not needed:
        withdraw_unanswered(draft, view.key.id, _STOCKED)


def withdraw_run(draft: Draft, run: RunView, reason: str) -> None:
    """Don't build it: what was claimed for it is given back."""
    requirements = draft.joins.needs_of_run.get(run.run, ())
    draft.ease(run.site, *(one.part for one in run.requirements))
    if run.proposed:
        withdraw(draft, draft.plan.runs[run.run].decision, reason)
    else:
        draft.add(f"run/{run.run}", g.RunWithdrawn.trusted(
            **_about(run), reason=reason, because=draft.because(run.supply),
        ))
    for requirement in requirements:
        draft.look(requirement, run.supply)


def _about(run: RunView) -> dict[str, object]:
    return {"run": run.run, "part": run.part, "site": run.site, "unit": run.unit, "order": run.order}


def _resize(draft: Draft, run: RunView, amount: Decimal) -> None:
    """Build only what is still claimed, and what has come out already."""
    done = run.amount - run.output
    found = Required(
        draft.plan.runs[run.run].requirement, run.part, run.site, run.unit, amount, run.due, run.priority, run.run,
        run.revision, order=run.order,
    )
    source = draft.joins.required.get(found.id, found)
    bill = building.bill_for(draft, source, run.part)
    requirements = building.needs(draft, bill, run.site, amount + done)
    if run.proposed:
        revise(draft, run.run, amount=amount, requirements=requirements)
        return
    draft.add(f"run/{run.run}", g.RunResizePlanned.trusted(
        **_about(run), amount=amount + done, was=run.amount, requirements=requirements,
        because=draft.because(run.supply),
    ))
    for requirement in (*draft.joins.needs_of_run.get(run.run, ()), *draft.plan.of_run.get(run.run, ())):
        draft.look(requirement, run.supply)


def _transfer(draft: Draft, view: SupplyView) -> None:
    """Send only what is still claimed; of one that is only proposed, all or nothing."""
    id = view.key.id
    planned = draft.plan.transfers[id]
    if planned.withdrawn or view.firm or (view.pegged and (planned.proposed or view.pegged == planned.amount)):
        return
    if not view.pegged:
        withdraw_transfer(draft, id, _WHY)
        return
    draft.add(f"transfer/{id}", g.TransferReplanned.trusted(
        transfer=id, part=planned.part, unit=planned.unit, from_site=planned.from_site, to_site=planned.to_site,
        amount=view.pegged, lanes=planned.lanes, depart_at=planned.depart_at, arrive_at=planned.arrive_at,
        because=draft.because(view.id),
    ))
    draft.look(f"transfer/{id}", view.id)


def withdraw_transfer(draft: Draft, id: str, reason: str) -> None:
    """Stock that hasn't left needn't leave."""
    planned = draft.plan.transfers[id]
    if planned.proposed:
        withdraw(draft, planned.decision, reason)
    else:
        draft.add(f"transfer/{id}", g.TransferWithdrawn.trusted(
            transfer=id, part=planned.part, unit=planned.unit, from_site=planned.from_site, to_site=planned.to_site,
            reason=reason,
        ))
    draft.look(f"transfer/{id}")


def _requisition(draft: Draft, view: SupplyView) -> None:
    found = draft.plan.requisitions[view.key.id]
    if _unanswered(draft, view.key.id) and found.pegged and not view.pegged:
        withdraw_unanswered(draft, view.key.id, _WHY)
        draft.places[found.site, found.part] = None


def _unanswered(draft: Draft, requisition: str) -> bool:
    found = draft.plan.requisitions[requisition]
    return found.fate is Fate.OPEN and requisition not in draft.parts.purchases.answers
