"""Covering a requirement: asking routing, and making facts of its choice.

A requirement is decided when something of it isn't covered, or when a supply that it claims comes too late or at a time
nobody knows (``disrupted``). Then what it claims of those supplies counts as free while routing looks, and as held: it
stays with them unless something better by the policy's threshold is found. What it claims of other supplies isn't
looked at, so a disruption moves no more than it hits.

Levels are netted before they are exploded: routing offers stock and free output of a made part beside a new run, and
only what a new run is to build becomes requirements of its own, which then wait for their turn like any other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Final

from events.planning import facts as f
from events.planning import moves as g
from events.planning.shapes import (
    Alternative,
    Chosen,
    DecisionKind,
    DecisionStatus,
    OptionKind,
    SupplyKey,
    SupplyKind,
    UnpegReason,
)
from projections import routing
from projections.planning.shapes import (
    Buy,
    Candidate,
    Choice,
    Held,
    Lost,
    Need,
    Picked,
    Signature,
)
from projections.planning.steps import building
from projections.planning.steps.asking import propose, status_of
from projections.planning.steps.draft import Draft
from projections.planning.steps.wishes import wish
from projections.planning.world.alarms import expected
from projections.planning.world.claims import in_need, in_supply
from projections.planning.world.planned import Peg, Unserved
from projections.planning.world.views import Required, SupplyView

ZERO: Final = Decimal(0)
_HOUR: Final = timedelta(hours=1)
BUILD: Final = OptionKind.BUILD


def cover(draft: Draft, found: Required, disrupted: Sequence[Peg] = ()) -> None:
    """Decide how a requirement is to be covered; nothing, when all stays as it is."""
    if found.waiting:
        return
    held = _held(draft, found, disrupted)
    amount = draft.lack(found.id) + sum((one.amount for one in held), ZERO)
    if amount <= 0:
        return
    need = Need(
        found.id, found.part, found.site, amount, wish(draft, found, disrupted), found.revision, found.priority,
        found.parent, found.frozen, found.custom, held, found.configuration,
    )
    freed = {peg.supply_id: ZERO for peg in disrupted}
    for peg in disrupted:
        freed[peg.supply_id] += draft.joins.pegs[peg.id].pending
    freed.update({one.supply: ZERO for one in held if one.supply not in freed})
    with draft.plant.supposing(freed, found.id, _shut(draft, found, disrupted)):
        choice = routing.route(draft.plant, need, draft.now)
    _follow(draft, found, need, choice, disrupted)


def _held(draft: Draft, found: Required, disrupted: Sequence[Peg]) -> tuple[Held, ...]:
    """What it claims of the supplies in question; and, built for one customer, what is split off from its run."""
    held: dict[str, Decimal] = {}
    for peg in disrupted:
        view = draft.joins.pegs[peg.id]
        held[peg.supply_id] = held.get(peg.supply_id, ZERO) + in_need(min(view.pending, view.cover), peg.factor)
    told = [Held(supply, amount) for supply, amount in sorted(held.items())]
    if found.custom and found.order is not None:
        for run in sorted(draft.joins.free_of.get(found.part, ())):
            split = draft.joins.runs.get(run.removeprefix("run/")) if run.startswith("run/") else None
            if split is not None and split.order == found.order and run not in held:
                told.append(Held(run, ZERO))
    return tuple(told)


def _shut(draft: Draft, found: Required, disrupted: Sequence[Peg]) -> frozenset[Signature]:
    """Another run would wait for the same material as the one that is late; and a supplier who said that it comes
    later doesn't deliver sooner because it is asked a second time. (What was asked for later than it is wanted now, and
    isn't ordered yet, may be asked for sooner.) What left a late run doesn't go back to another
    because its new way is late too: a run looks quick until its material is looked for, and so it would go round in
    circles. Once its way is gone, it may be built again."""
    shut: set[Signature] = set()
    for peg in disrupted:
        supply = draft.joins.supplies.get(peg.supply_id)
        if found.id in draft.plan.built_late and supply is not None and expected(draft.parts, supply, draft.now):
            shut.add(Signature(OptionKind.BUILD, found.part, "", "", ""))
        if peg.supply.kind is SupplyKind.RUN:
            shut.add(Signature(OptionKind.BUILD, peg.part, "", "", ""))
        elif supply is not None and _said_later(draft, peg, supply):
            kind = OptionKind.BUY if peg.part == found.part else OptionKind.SUBSTITUTE
            shut.add(Signature(kind, peg.part, "", supply.supplier or "", ""))
    return frozenset(shut)


def _said_later(draft: Draft, peg: Peg, supply: SupplyView) -> bool:
    """Whether a purchase comes later than when it was claimed, or can't be asked for otherwise any more."""
    if peg.supply.kind is SupplyKind.REQUISITION:
        at = expected(draft.parts, supply, draft.now)
        return at is None or at > peg.available_at or peg.supply.id in draft.parts.purchases.answers
    return peg.supply.kind is SupplyKind.PURCHASE


def disrupted(draft: Draft, found: Required) -> list[Peg]:
    """Its claims on supplies that now come after it needs them, later than when they were claimed; or who knows when.

    A run that waits for something of its own comes whenever that does: waiting for it is all there is to do, so it
    counts only once another way is there (``again``). A way that a person chose is kept, however late it is."""
    late: list[Peg] = []
    needed_by = wish(draft, found, draft.pegs_of(found.id)) if found.id in draft.again else found.needed_by
    chosen = draft.plant.words(found.id).pinned is not None
    for peg in draft.pegs_of(found.id):
        if not draft.joins.pegs[peg.id].pending:
            continue
        supply = draft.joins.supplies.get(peg.supply_id)
        at = expected(draft.parts, supply, draft.now) if supply is not None else None
        if at is None:
            if supply is not None and supply.key.kind is SupplyKind.RUN and supply.open:
                continue
            late.append(peg)
        elif not chosen and at > needed_by and (at > peg.available_at or found.id in draft.again):
            late.append(peg)
    return late


# From a choice to facts


def _follow(draft: Draft, found: Required, need: Need, choice: Choice, pegs: Sequence[Peg]) -> None:
    """Keep what stays, give back what doesn't, and claim what is new."""
    kept, new = _apart(need, choice)
    moved = _moved(draft, pegs, kept)
    if not new and not moved:
        if not choice.chosen:
            draft.unserved[found.id] = (need, choice)
        return
    decision = draft.id("D")
    kinds = _kinds(need, choice, rerouted=bool(moved))
    value = _value(new)
    approval = any(picked.candidate.needs_approval for picked in new)
    status = status_of(draft, kinds, value, approval=approval)
    _tell(draft, found, need, choice, decision, status, moved)
    for peg, amount in moved:
        gone = expected(draft.parts, draft.joins.supplies[peg.supply_id], draft.now) is None
        draft.unpeg(peg, amount, UnpegReason.SUPPLY_GONE if gone else UnpegReason.REROUTED)
    for picked in new:
        _go(draft, found, need, picked, decision, status)
    if status is DecisionStatus.PROPOSED:
        propose(draft, decision, kinds[0], found.id, found, need.amount, value, _why(choice, kinds))


def _apart(need: Need, choice: Choice) -> tuple[dict[str, Decimal], list[Picked]]:
    """What of the choice it holds already, by supply; and what is new."""
    had = {one.supply: one.amount for one in need.held}
    kept: dict[str, Decimal] = {}
    new: list[Picked] = []
    for picked in choice.chosen:
        supply = picked.candidate.supply
        id = supply.text if supply is not None else ""
        stays = min(had.get(id, ZERO), picked.amount) if supply is not None else ZERO
        if stays:
            kept[id] = kept.get(id, ZERO) + stays
            had[id] -= stays
        if picked.amount > stays:
            new.append(Picked(picked.candidate, picked.amount - stays, picked.cost))
    return kept, new


def _moved(draft: Draft, pegs: Sequence[Peg], kept: dict[str, Decimal]) -> list[tuple[Peg, Decimal]]:
    """What is given back of the claims in question, in their own unit."""
    left = dict(kept)
    moved: list[tuple[Peg, Decimal]] = []
    for peg in pegs:
        view = draft.joins.pegs[peg.id]
        pending = min(view.pending, view.cover)
        stays = min(left.get(peg.supply_id, ZERO), in_need(pending, peg.factor))
        if stays:
            left[peg.supply_id] -= stays
        gone = pending - in_supply(stays, peg.factor, _places(draft, peg.part))
        if gone > 0:
            moved.append((peg, gone))
    return moved


def _places(draft: Draft, part: str) -> int:
    found = draft.parts.reference.part(part)
    return 0 if found is None else found.places


def _kinds(need: Need, choice: Choice, *, rerouted: bool) -> list[DecisionKind]:
    """What policy distinguishes in a choice, the weightiest first."""
    ways = {picked.candidate.kind for picked in choice.chosen}
    kinds = []
    if OptionKind.SUBSTITUTE in ways:
        kinds.append(DecisionKind.SUBSTITUTE)
    if any(_moves(need, picked.candidate) for picked in choice.chosen):
        kinds.append(DecisionKind.TRANSFER)
    if any(picked.candidate.supply is None and picked.candidate.supplier is None for picked in choice.chosen):
        kinds.append(DecisionKind.BUILD)
    if rerouted:
        kinds.append(DecisionKind.REROUTE)
    return kinds or [DecisionKind.ROUTE]


def _moves(need: Need, candidate: Candidate) -> bool:
    """Whether it has to be brought from another of our sites first."""
    if candidate.supply is None or candidate.supply.kind is SupplyKind.TRANSFER:
        return False
    return candidate.from_site is not None and candidate.from_site != need.site and bool(candidate.lanes)


def _value(new: Sequence[Picked]) -> Decimal | None:
    costs = [picked.cost for picked in new]
    return None if any(cost is None for cost in costs) else sum((cost for cost in costs if cost is not None), ZERO)


def _why(choice: Choice, kinds: Sequence[DecisionKind]) -> str:
    ways = ", ".join(picked.candidate.kind.value for picked in choice.chosen)
    return f"policy asks a person before {kinds[0].value}: {ways or 'nothing'} is chosen"


def _tell(
    draft: Draft, found: Required, need: Need, choice: Choice, decision: str, status: DecisionStatus,
    moved: Sequence[tuple[Peg, Decimal]],
) -> None:
    """The decision itself: the ways gone, and every other, numbered on from them."""
    chosen = tuple(_chosen(picked, number, need) for number, picked in enumerate(choice.chosen, 1))
    others = tuple(_other(lost, number, need) for number, lost in enumerate(choice.alternatives, len(chosen) + 1))
    told = {
        "requirement": found.id, "part": found.part, "site": found.site, "unit": found.unit,
        "needed_by": need.needed_by, "decision": decision, "amount": need.amount, "chosen": chosen,
        "alternatives": others, "short": choice.short, "status": status, "policy": draft.plan.policy_version,
        "because": draft.because(found.id, *(peg.supply_id for peg, _ in moved)),
    }
    fact = f.RequirementRouted.trusted(**told)
    if moved:
        fact = f.RequirementRerouted.trusted(**told, was=tuple(_was(draft, peg, number, need)
                                                               for number, (peg, _) in enumerate(moved, 1)))
    draft.add(f"requirement/{found.id}", fact)


def tell_unserved(draft: Draft, found: Required, lack: Decimal) -> None:
    """That nothing serves what is short, and why no way does: a decision like any other, told once for as long as it
    would say the same."""
    need, choice = draft.unserved.get(found.id, (None, None))
    if need is None or choice is None or choice.short != lack:
        return
    ways = frozenset((lost.candidate.signature, lost.why, lost.until) for lost in choice.alternatives)
    if draft.plan.unserved.get(found.id) != Unserved(choice.short, need.needed_by, ways):
        _tell(draft, found, need, choice, draft.id("D"), DecisionStatus.DECIDED, ())


def _was(draft: Draft, peg: Peg, number: int, need: Need) -> Chosen:
    """How it had been covered, as it stands now."""
    supply = draft.joins.supplies[peg.supply_id]
    at = expected(draft.parts, supply, draft.now)
    kind = {
        SupplyKind.STOCK: OptionKind.STOCK, SupplyKind.RUN: OptionKind.RUN, SupplyKind.TRANSFER: OptionKind.ELSEWHERE,
    }.get(peg.supply.kind, OptionKind.PURCHASE)
    return Chosen.trusted(
        option=number, kind=kind if peg.part == need.part else OptionKind.SUBSTITUTE, supply=peg.supply,
        part=peg.part, amount=draft.joins.pegs[peg.id].needed, available_at=at,
        late_hours=_late(at, need.needed_by), supplier=supply.supplier, from_site=supply.from_site,
    )


def _chosen(picked: Picked, number: int, need: Need) -> Chosen:
    return Chosen.trusted(**_figures(picked.candidate, number, need, picked.amount, picked.cost))


def _other(lost: Lost, number: int, need: Need) -> Alternative:
    candidate = lost.candidate
    figures = _figures(candidate, number, need, candidate.amount, candidate.cost)
    return Alternative.trusted(**figures, why=lost.why, by=lost.by, until=lost.until)


def _figures(
    candidate: Candidate, number: int, need: Need, amount: Decimal, cost: Decimal | None
) -> dict[str, object]:
    return {
        "option": number, "kind": candidate.kind, "supply": candidate.supply, "part": candidate.part, "amount": amount,
        "available_at": candidate.available_at, "cost": cost,
        "late_hours": _late(candidate.available_at, need.needed_by), "lanes": candidate.lanes,
        "supplier": candidate.supplier, "from_site": candidate.from_site,
    }


def _late(at: datetime | None, needed_by: datetime) -> int:
    return 0 if at is None or at <= needed_by else ceil((at - needed_by) / _HOUR)


def tell_build(
    draft: Draft, found: Required, candidate: Candidate, decision: str, status: DecisionStatus, cost: Decimal | None
) -> None:
    """That stock is to be built: the decision behind a run that nobody claims."""
    need = Need(found.id, found.part, found.site, found.need, found.needed_by)
    choice = Choice((Picked(candidate, found.need, cost),), (), ZERO)
    _tell(draft, found, need, choice, decision, status, ())


# From a way to what is done


def _go(
    draft: Draft, found: Required, need: Need, picked: Picked, decision: str, status: DecisionStatus
) -> None:
    """Claim a supply, or see to one: a transfer, a run, a purchase."""
    candidate = picked.candidate
    amount = in_supply(picked.amount, candidate.factor, _places(draft, candidate.part))
    if candidate.supply is None and candidate.supplier is not None:
        draft.buy(Buy(need, picked.amount, candidate), decision)
        return
    if candidate.supply is None:
        supply, at = building.build(draft, found, candidate, amount, decision, status)
    elif _moves(need, candidate):
        supply, at = _transfer(draft, found, picked, amount, decision, status)
    else:
        supply, at = candidate.supply, candidate.available_at or draft.now
    peg(draft, found, supply, candidate, amount, decision, at)


def peg(
    draft: Draft, found: Required, supply: SupplyKey, candidate: Candidate, amount: Decimal, decision: str,
    at: datetime,
) -> None:
    """Claim so much of a supply for a requirement."""
    part = draft.parts.reference.part(candidate.part)
    draft.add(f"requirement/{found.id}", f.SupplyPegged.trusted(
        peg=draft.id("P"), requirement=found.id, supply=supply, part=candidate.part, site=_site(draft, supply, found),
        unit=part.unit if part is not None else found.unit, amount=amount, decision=decision, purpose=found.purpose,
        priority=found.priority, needed_by=found.needed_by, available_at=at,
        numerator=candidate.factor.numerator, denominator=candidate.factor.denominator,
    ))
    draft.look(found.id)


def _site(draft: Draft, supply: SupplyKey, found: Required) -> str:
    view = draft.joins.supplies.get(supply.text)
    return found.site if view is None else view.site


def _transfer(
    draft: Draft, found: Required, picked: Picked, amount: Decimal, decision: str, status: DecisionStatus
) -> tuple[SupplyKey, datetime]:
    """Have it brought from another of our sites, where it is claimed for that."""
    candidate = picked.candidate
    assert candidate.supply is not None
    source = draft.joins.supplies[candidate.supply.text]
    transfer, leaves = draft.id("T"), candidate.depart_at or draft.now
    arrives = candidate.available_at or leaves
    draft.add(f"transfer/{transfer}", g.TransferPlanned.trusted(
        transfer=transfer, part=candidate.part, unit=source.unit, from_site=source.site, to_site=found.site,
        decision=decision, priority=found.priority, amount=amount, lanes=candidate.lanes, depart_at=leaves,
        arrive_at=arrives, cost=picked.cost, status=status, because=draft.because(found.id),
        configuration=candidate.supply.configuration,
    ))
    needs = draft.joins.required[f"transfer/{transfer}"]
    draft.blame(needs.id, found.id)
    at = expected(draft.parts, source, draft.now) or leaves
    peg(draft, needs, candidate.supply, Candidate(candidate.kind, candidate.part, amount), amount, decision, at)
    return SupplyKey.transfer(transfer), arrives
