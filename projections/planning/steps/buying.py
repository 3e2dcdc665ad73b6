"""The one purchasing stage: what routing chose to buy and what stock asks for, merged into requisitions.

Buying each need by itself would ask the same supplier many times for less than its minimum. So routing only says
*buy*; when all needs are decided, ``replenishment`` merges them, and each need claims its part of a requisition. What
nobody sells is left uncovered, and stated as short.
"""

from decimal import Decimal
from typing import Final

from events.planning import facts as f
from events.planning.shapes import DecisionKind, DecisionStatus, Pegging, SupplyKey
from events.values import Money
from projections import replenishment
from projections.planning.shapes import Buy, Candidate, Need, Requisition
from projections.planning.steps import building, covering
from projections.planning.steps.asking import propose, status_of, withdraw
from projections.planning.steps.draft import Draft
from projections.planning.world.views import Required

ZERO: Final = Decimal(0)


def build(draft: Draft) -> bool:
    """Plan the runs that stock needs; whether there are any.

    What they need is decided before anything is bought: stock would count it as taken, and buy it for a requirement
    that then buys for itself, sooner."""
    _note_places(draft)
    runs = [_stock_run(draft, need) for need in _stock_needs(draft) if _built(draft, need)]
    return any(runs)


def _note_places(draft: Draft) -> None:
    """What is bought now is asked for together with what its stock needs, though nobody told anything of that stock;
    and what is required now takes from what stock counts on, however it is covered."""
    draft.places.update({(one.need.site, one.candidate.part): None for one, _ in draft.buys})
    required = draft.joins.required
    draft.places.update({(required[id].site, required[id].part): None for id in draft.looked if id in required})


def buy(draft: Draft) -> None:
    """Turn all that is to be bought, and what stock needs, into requisitions and their claims."""
    _note_places(draft)
    buys = draft.bought()
    needs = [need for need in _stock_needs(draft) if not _built(draft, need)]
    draft.eased.update(draft.places)
    draft.places.clear()
    if not buys and not needs:
        return
    decisions = {(one.need.requirement, one.candidate.part): (one, decision) for one, decision in buys}
    for told in replenishment.purchase(draft.plant, [one for one, _ in buys], needs, draft.now):
        _ask(draft, told, decisions)
    for one, _ in buys:
        id = one.need.requirement
        draft.unsold[id] = min(draft.joins.uncovered(id), draft.unsold.get(id, ZERO) + one.amount)


def _stock_needs(draft: Draft) -> list[Need]:
    places = sorted({(part, site) for site, part in draft.places})
    return replenishment.reorder_needs(draft.plant, places, draft.now) if places else []


def _built(draft: Draft, need: Need) -> bool:
    """Whether stock of it is kept up by runs of ours."""
    part = draft.parts.reference.part(need.part)
    return part is not None and not part.buy and draft.plant.build_ready(need.part, need.site, need.amount) is not None


def _stock_run(draft: Draft, need: Need) -> bool:
    """Build for stock, unless a person refused that: nobody claims it yet."""
    part = draft.parts.reference.part(need.part)
    assert part is not None, "it is built"
    found = Required(
        need.requirement, need.part, need.site, part.unit, need.amount, need.needed_by, need.priority, need.requirement
    )
    refused = draft.plant.words(need.requirement).refused
    candidate = Candidate(covering.BUILD, need.part, need.amount)
    if candidate.signature in refused:
        return False
    cost = draft.plant.build_cost(need.part, need.amount)
    status = status_of(draft, [DecisionKind.BUILD], cost)
    decision = draft.id("D")
    covering.tell_build(draft, found, candidate, decision, status, cost)
    building.build(draft, found, candidate, need.amount, decision, status)
    if status is DecisionStatus.PROPOSED:
        propose(draft, decision, DecisionKind.BUILD, found.id, found, need.amount, cost, "policy asks before building")
    return True


def _ask(draft: Draft, told: Requisition, decisions: dict[tuple[str, str], tuple[Buy, str]]) -> None:
    """One requisition, and a claim on it for each need that it was asked for."""
    if told.amount <= 0:
        return
    id, decision = draft.id("Q"), draft.id("D")
    record = draft.parts.reference.part(told.part)
    unit = record.unit if record is not None else told.quantity.unit
    status = status_of(draft, [DecisionKind.REORDER], told.value)
    place = f"stock/{told.site}/{told.part}"
    draft.add(f"requisition/{id}", f.ReorderDecided.trusted(
        requisition=id, supplier=told.supplier, part=told.part, site=told.site, unit=unit, decision=decision,
        amount=told.amount, quantity=told.quantity, price=_money(told.price), value=told.value, order_by=told.order_by,
        due=told.due, pegged=tuple(Pegging.trusted(requirement=one, amount=amount) for one, amount in told.pegged),
        for_stock=told.for_stock, figures=told.figures, alternatives=told.alternatives, status=status,
        policy=draft.plan.policy_version, because=draft.because(place, *(one for one, _ in told.pegged)),
    ))
    for requirement, amount in told.pegged:
        one, routed = decisions[requirement, told.part]
        found = draft.joins.required[requirement]
        covering.peg(draft, found, SupplyKey.requisition(id), one.candidate, amount, routed, told.available_at)
    if status is DecisionStatus.PROPOSED:
        first = [draft.joins.required[one].needed_by for one, _ in told.pegged]
        subject = Required(place, told.part, told.site, unit, told.amount, min(first, default=told.available_at), 0, "")
        propose(draft, decision, DecisionKind.REORDER, f"requisition/{id}", subject, told.amount, told.value,
                f"policy asks a person before buying from {told.supplier}")


def _money(price: Money | None) -> Money | None:
    """A price as plain money, whatever kind of it the terms hold."""
    return None if price is None else Money.trusted(amount=price.amount, currency=price.currency)


def withdraw_unanswered(draft: Draft, id: str, reason: str) -> None:
    """A requisition that nobody has ordered isn't needed any more."""
    found = draft.plan.requisitions[id]
    if found.proposed:
        withdraw(draft, found.decision, reason)
        return
    draft.add(f"requisition/{id}", f.RequisitionWithdrawn.trusted(
        requisition=id, supplier=found.supplier, part=found.part, site=found.site, unit=found.unit,
        amount=found.amount, reason=reason,
    ))
