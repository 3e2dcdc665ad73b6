"""Ending what doesn't hold: claims that broke, claims beyond what is open, claims for what isn't wanted any more.

Of a supply that can't serve all its claims, the least urgent lose theirs: lowest priority, latest needed, made last.
Of a requirement with more than it wants, what comes last is given back first, and what lies ready for it last.
"""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from events.planning import facts as f
from events.planning.shapes import SupplyKind, UnpegReason
from projections.planning.shapes import serves
from projections.planning.steps.asking import withdraw
from projections.planning.steps.draft import Draft, made
from projections.planning.world import wants
from projections.planning.world.alarms import expected
from projections.planning.world.claims import ONE
from projections.planning.world.planned import Peg
from projections.planning.world.views import Required, RunView

ZERO: Final = Decimal(0)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


def mend(draft: Draft) -> None:
    """Until all claims that were looked at hold."""
    requirements, supplies = list(draft.looked), list(draft.supplies)
    while requirements or supplies:
        looked, found = set(draft.looked), set(draft.supplies)
        for id in requirements:
            lost(draft, id)
            misfits(draft, id)
        for id in supplies:
            over(draft, id)
        for id in requirements:
            beyond(draft, id)
        requirements = [id for id in draft.looked if id not in looked]
        supplies = [id for id in {**draft.supplies, **draft.shrunk} if id not in found or id in draft.shrunk]
        draft.shrunk.clear()


def lost(draft: Draft, requirement: str) -> None:
    """Claims of which inventory has nothing (more)."""
    for peg in draft.pegs_of(requirement):
        view = draft.joins.pegs[peg.id]
        if view.lost:
            reason = UnpegReason.RESERVATION_REFUSED if view.refused else UnpegReason.ALLOCATION_BROKEN
            draft.unpeg(peg, view.lost, reason)


def misfits(draft: Draft, requirement: str) -> None:
    """Claims that don't serve an order any more because it was amended: another site, another configuration."""
    found = draft.joins.required.get(requirement)
    schedule = wants.schedule_of(draft.parts, found.order) if found is not None and found.order is not None else None
    if found is None or schedule is None:
        return
    line = schedule[1]
    for peg in draft.pegs_of(requirement):
        run = draft.joins.runs.get(peg.supply.id) if peg.supply.kind is SupplyKind.RUN else None
        own = run is not None and run.order == found.order
        as_ordered = run is None or not own or (run.options, run.revision) == (line.options, line.revision)
        if peg.site == found.site and as_ordered and (own or _serves(draft, found, peg, run)):
            continue
        if run is None or not run.fixed or peg.site != found.site:
            draft.unpeg(peg, draft.joins.pegs[peg.id].cover, UnpegReason.REROUTED)


def _serves(draft: Draft, found: Required, peg: Peg, run: RunView | None) -> bool:
    """Whether what is claimed is what this order is to have: what a run builds for somebody else, or what was built and
    lies in stock, or is on its way from there."""
    if run is not None:
        return serves(found.configuration, found.custom, run.configuration, bool(run.options))
    transfer = peg.supply.kind is SupplyKind.TRANSFER
    built = draft.plan.transfers[peg.supply.id].configuration if transfer else peg.supply.configuration
    return serves(found.configuration, found.custom, built, built is not None)


def over(draft: Draft, supply: str) -> None:
    """Claims beyond what is open of a supply."""
    view = draft.joins.supplies.get(supply)
    open_ = view.open if view is not None else ZERO
    pegged = view.pegged if view is not None else ZERO
    if view is None:
        pegged = sum((draft.joins.pegs[id].pending for id in draft.joins.pegs_on.get(supply, ())), ZERO)
    reason = UnpegReason.SUPPLY_LESS if open_ else UnpegReason.SUPPLY_GONE
    for peg in sorted(draft.pegs_on(supply), key=lambda peg: urgency(draft, peg), reverse=True):
        if pegged <= open_:
            break
        amount = min(draft.joins.pegs[peg.id].pending, pegged - open_)
        draft.unpeg(peg, amount, reason)
        pegged -= amount


def urgency(draft: Draft, peg: Peg) -> tuple[int, datetime, tuple[int, int, str]]:
    """Who is served first of those who claim a supply: by the priority and date of now, not of when it was claimed."""
    found = draft.joins.required.get(peg.requirement) or peg
    return (-found.priority, found.needed_by, made(peg.id))


def beyond(draft: Draft, requirement: str) -> None:
    """Claims beyond what is wanted, or of what isn't wanted at all any more."""
    found = draft.joins.required.get(requirement)
    need = found.need if found is not None else ZERO
    excess = draft.joins.covered(requirement) - need
    reason = UnpegReason.DEMAND_LESS if found is not None else UnpegReason.DEMAND_GONE
    for peg in _last_first(draft, requirement) if excess > 0 else ():
        view = draft.joins.pegs[peg.id]
        amount = view.cover if excess >= view.needed else _of_peg(excess, peg)
        if amount > 0:
            excess -= min(excess, view.needed)
            draft.unpeg(peg, min(amount, view.cover), reason)
        if excess <= 0:
            break
    if found is None:
        _not_wanted(draft, requirement)


def _of_peg(excess: Decimal, peg: Peg) -> Decimal:
    """So much of a requirement in the peg's own unit; of a substitute whole units only."""
    return excess if peg.factor == ONE else Decimal(int(Fraction(excess) * peg.factor))


def _last_first(draft: Draft, requirement: str) -> list[Peg]:
    def comes(peg: Peg) -> tuple[bool, datetime, tuple[int, int, str]]:
        view = draft.joins.pegs[peg.id]
        supply = draft.joins.supplies.get(peg.supply_id)
        at = expected(draft.parts, supply, draft.now) if supply is not None else None
        return (bool(view.pending), at or _NEVER, made(peg.id))

    return sorted(draft.pegs_of(requirement), key=comes, reverse=True)


def _not_wanted(draft: Draft, requirement: str) -> None:
    """Nothing is short of it, nobody need answer what was proposed for it, and what was refused for it may be had."""
    end_shortage(draft, requirement)
    for said in draft.plan.spoken.get(requirement, ()):
        for other in hindered(draft, said):
            draft.look(other, requirement)
    decision = draft.plan.latest.get(requirement)
    known = draft.plan.decisions.get(decision) if decision is not None else None
    if known is not None and known.proposed:
        withdraw(draft, known.decision, "it isn't required any more")


def hindered(draft: Draft, decision: str) -> list[str]:
    """Who is short of what a decision was to buy, or has it late: a refusal of it may have hindered them too."""
    plan, parts = draft.plan, sorted({part for _, part in draft.plan.bought_by(decision)})
    return [one for part in parts for one in sorted({**plan.short_of.get(part, {}), **plan.late.get(part, {})})]


def end_shortage(draft: Draft, requirement: str) -> None:
    """Say that nothing is short of it any more, if anything was."""
    stated = draft.plan.shortages.get(requirement)
    if stated is not None:
        draft.add(f"requirement/{requirement}", f.ShortageEnded.trusted(
            requirement=requirement, part=stated.part, site=stated.site, unit=stated.unit, needed_by=stated.needed_by,
        ))
