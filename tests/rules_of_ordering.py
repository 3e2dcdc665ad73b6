"""Nothing is ordered twice: what must hold of each cut that orders something, and of what is on order after it.

Ordered is what is asked of the purchasing system, planned to be built, or to be brought from another site. To have it
twice is to order for a need that is covered, or that something free could cover in time; or for stock that is there, on
order or asked for already. What was ordered once and isn't wanted any more is another thing: it is there, and is used.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from events.planning import facts as f
from events.planning import moves as g
from events.planning.shapes import SupplyKind, UnpegReason
from projections import replenishment
from projections.planning.lookups import Plant
from projections.planning.world.alarms import open_requisition
from projections.planning.world.state import State
from projections.replenishment.stock import levels_of, total
from projections.routing.desk import desk_of

ZERO = Decimal(0)
Place = tuple[str, str]
"""A part at a site."""


def nothing_twice(state: State, now: datetime) -> None:
    """After any number of cuts: what is asked for is for somebody or for stock, and stock asks for nothing more."""
    never_more_than_needed(state)
    for_somebody(state)
    stock_asks_for_nothing(state, now)


def never_more_than_needed(state: State) -> None:
    """Claims and proposals of a requirement come to no more than it needs; of a substitute, to less than one more."""
    for id, found in state.joins.required.items():
        factors = [state.parts.plan.pegs[peg].factor for peg in state.joins.pegs_of.get(id, ())]
        slack = max((1 / factor for factor in factors if factor != 1), default=Fraction(0))
        excess = Fraction(state.joins.covered(id) - found.need)
        assert excess <= 0 or excess < slack, f"{id} needs {found.need} and holds {excess} more"
    for id in state.joins.pegs_of:
        known = id in state.joins.required
        held = sum((state.joins.pegs[peg].pending for peg in state.joins.pegs_of[id]), ZERO)
        assert known or not held, f"{id} isn't required, and {held} is ordered for it"


def for_somebody(state: State) -> None:
    """A requisition that was asked for requirements, and can be taken back, still serves one of them."""
    for id, found in state.parts.plan.requisitions.items():
        view = state.joins.supplies.get(f"requisition/{id}")
        if found.pegged and view is not None and open_requisition(state.parts, view) and view.open:
            assert view.pegged, f"requisition {id} asks for {view.open} for nobody"


def stock_asks_for_nothing(state: State, now: datetime) -> None:
    """Whatever stock asked for was asked for together with what was bought for requirements."""
    plant = _plant(state, now)
    known = (*state.joins.totals, *state.joins.coming, *state.parts.stock.items)
    places = sorted({(part, site) for site, part in known})
    for need in replenishment.reorder_needs(plant, places, plant.now):
        part = state.parts.reference.part(need.part)
        assert part is not None
        told = replenishment.purchase(plant, (), [need], plant.now) if part.buy else []
        assert not told, f"{need.requirement} would be bought again: {[one.amount for one in told]}"


def _plant(state: State, now: datetime) -> Plant:
    plant = Plant(state)
    plant.at(now)
    return plant


# One cut


def ordered_once(state: State, now: datetime, facts: Sequence[Any]) -> None:
    """Of a cut that was taken just now: what it orders is needed, and couldn't be had from what there is."""
    if not facts:
        return
    state.joins.settle()
    all_for_somebody(facts)
    plant = _plant(state, now)
    nothing_free_was_passed_over(state, plant, facts)
    no_more_for_stock_than_it_lacks(state, plant, facts)


def all_for_somebody(facts: Sequence[Any]) -> None:
    """What is ordered is claimed at once by whom it is for; more of it only as far as lots and stock ask for more: a
    run for stock, say, whose part's stock was asked for first. What was proposed in another cut is told again when it
    is approved, and was claimed then."""
    claims, given_back = _claims(facts)
    cut = facts[0].cut
    for fact in facts:
        match fact:
            case f.ReorderDecided() if fact.requisition.startswith(f"Q{cut}-"):
                id = f"requisition/{fact.requisition}"
                told = [(one.requirement, one.amount) for one in fact.pegged]
                asked = sum((amount for _, amount in told), ZERO)
                assert fact.amount == asked + fact.for_stock, f"{fact.requisition} isn't what it is for"
                assert claims[id][: len(told)] == told, f"{fact.requisition} is claimed otherwise"
                beyond = sum((amount for _, amount in claims[id][len(told) :]), ZERO)
                assert beyond <= fact.for_stock + given_back[id], f"{fact.requisition} is claimed twice"
            case g.TransferPlanned() if fact.transfer.startswith(f"T{cut}-"):
                first = next((amount for _, amount in claims[f"transfer/{fact.transfer}"]), ZERO)
                assert first == fact.amount, f"{fact.transfer} brings more"
            case _:
                pass


def _claims(facts: Sequence[Any]) -> tuple[dict[str, list[tuple[str, Decimal]]], dict[str, Decimal]]:
    """Of each supply who claims how much, as it was decided; and what was given back of it."""
    claims: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    given_back: dict[str, Decimal] = defaultdict(Decimal)
    seen: set[str] = set()
    for fact in facts:
        if isinstance(fact, f.SupplyPegged) and fact.peg not in seen:
            seen.add(fact.peg)
            claims[fact.supply.text].append((fact.requirement, fact.amount))
        elif isinstance(fact, f.SupplyUnpegged):
            given_back[fact.supply.text] += fact.amount
    return claims, given_back


def nothing_free_was_passed_over(state: State, plant: Plant, facts: Sequence[Any]) -> None:
    """Who gets a new purchase or run leaves nothing free that is at the site, or comes there, in time; but for what
    another gave back in this very cut, after it was decided. A late run that is done sooner so needs it sooner. A
    purchase is new to those it is for: what was asked for stock just before is free like anything else."""
    new, bought_for = _new(facts), _bought_for(facts)
    freed = {fact.supply.text for fact in facts if isinstance(fact, f.SupplyUnpegged)}
    for fact in facts:
        if not isinstance(fact, f.SupplyPegged) or fact.supply.text not in new:
            continue
        if fact.requirement not in bought_for.get(fact.supply.text, (fact.requirement,)):
            continue
        found, view = state.joins.required.get(fact.requirement), state.joins.pegs.get(fact.peg)
        if found is None or view is None or not view.pending or found.custom:
            continue
        words = plant.words(fact.requirement)
        if words.refused or words.pinned:
            continue
        needed_by = min(fact.needed_by, found.needed_by)
        for one in plant.supplies(fact.part, found.site):
            if one.id in freed or one.custom:
                continue
            soon = one.key.kind is SupplyKind.STOCK or (one.available_at or needed_by) <= needed_by
            known = one.key.kind is SupplyKind.STOCK or one.available_at is not None
            assert not (soon and known) or one.id in new, (
                f"{fact.requirement} gets {fact.amount} by {fact.supply.text}, and {one.free} of {one.id} is free"
            )


def _new(facts: Sequence[Any]) -> set[str]:
    """What this cut has ordered anew."""
    bought = {f"requisition/{fact.requisition}" for fact in facts if isinstance(fact, f.ReorderDecided)}
    return bought | {f"run/{fact.run}" for fact in facts if isinstance(fact, g.RunPlanned)}


def _bought_for(facts: Sequence[Any]) -> dict[str, list[str]]:
    """Of each purchase, for whom it is made."""
    bought = [fact for fact in facts if isinstance(fact, f.ReorderDecided)]
    return {f"requisition/{fact.requisition}": [one.requirement for one in fact.pegged] for fact in bought}


def no_more_for_stock_than_it_lacks(state: State, plant: Plant, facts: Sequence[Any]) -> None:
    """With all that is on order, stock comes up to its level at most, and what lots add."""
    bought: dict[Place, list[f.ReorderDecided]] = defaultdict(list)
    for fact in facts:
        mine = isinstance(fact, f.ReorderDecided) and fact.requisition.startswith(f"Q{facts[0].cut}-")
        if mine and state.joins.supplies.get(f"requisition/{fact.requisition}"):
            bought[fact.part, fact.site].append(fact)
    for (part, site), orders in bought.items():
        for_stock = sum((one.for_stock for one in orders), ZERO)
        desk = desk_of(plant, plant.now)
        terms = desk.part(part)
        levels = None if terms is None else levels_of(desk, terms, site)
        position = total(plant.position(part, site)) - for_stock - _given_up(facts, part, site)
        lacking = ZERO if levels is None else levels.lacking(position)
        lots = sum((_lot(one) for one in orders), ZERO)
        assert for_stock <= lacking + lots, (
            f"{part} at {site}: {for_stock} is bought for stock, which lacks {lacking} (lots add {lots} at most)"
        )


def _given_up(facts: Sequence[Any], part: str, site: str) -> Decimal:
    """What this cut wanted first and then didn't, because a run it had planned isn't built: stock counted with it."""
    return sum((
        fact.amount for fact in facts
        if isinstance(fact, f.SupplyUnpegged) and (fact.part, fact.site) == (part, site)
        and fact.reason in (UnpegReason.DEMAND_GONE, UnpegReason.DEMAND_LESS)
    ), ZERO)


def _lot(order: f.ReorderDecided) -> Decimal:
    """What rounding up to a lot may add."""
    figures, unit = order.figures, order.amount / order.quantity.amount
    return max(figures.minimum or ZERO, figures.multiple or ZERO, unit)
