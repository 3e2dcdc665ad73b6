"""From the keys that facts touched to what a cut looks at: requirements, runs, supplies, and places to keep stocked.

This is what makes a cut cost as much as was touched, and no more. A key leads to what refers to it by the joins'
indexes alone, as they are at the cut: so a planner that folded the same facts in another order looks at the same.
"""

from events.planning.shapes import SupplyKind
from projections.planning.steps.draft import ZERO, Draft
from projections.planning.world import bearing
from projections.planning.world.notes import Key, Kind
from projections.planning.world.state import Place


def gather(draft: Draft) -> None:
    """Everything that facts since the last cut bear on."""
    draft.state.joins.settle()
    for key in sorted(draft.state.touched):
        _spread(draft, key, draft.state.touched[key])
    _try_again(draft)


def _spread(draft: Draft, key: Key, places: dict[Place, None]) -> None:
    id = key.id
    match key.kind:
        case Kind.SUPPLY:
            _supply(draft, id, places)
        case Kind.PEG:
            peg = draft.plan.pegs.get(id)
            if peg is not None:
                _if_off(draft, peg.requirement, places)
                _supply(draft, peg.supply_id, places)
        case Kind.RUN:
            _run(draft, id, places)
        case Kind.ORDER:
            order = draft.parts.orders.orders.get(id)
            for line, schedule in order.known if order is not None else ():
                causes = _bear(draft, places, bearing.line(line))
                _requirement(draft, f"order/{id}/{line}/{schedule}", causes)
                _sooner(draft, f"order/{id}/{line}/{schedule}", causes)
        case Kind.REQUIREMENT:
            _requirement(draft, id, places)
        case Kind.TRANSFER | Kind.SHIPMENT:
            _shipment(draft, id, places)
        case Kind.REQUISITION:
            _supply(draft, f"requisition/{id}", places)
        case Kind.SUPPLIER:
            _supplier(draft, id, places)
        case Kind.LANE:
            _lane(draft, id, places)
        case Kind.PART:
            _retry(draft, id, places)
            _kept(draft, id)
        case Kind.SITE:
            for part in sorted(draft.plan.short_of):
                _retry(draft, part, places)
        case Kind.POLICY:
            for part in sorted({*draft.plan.short_of, *draft.plan.late}):
                _retry(draft, part, places)
        case _:
            pass


def _note(draft: Draft, id: str, places: dict[Place, None]) -> None:
    draft.causes.setdefault(id, {}).update(places)


def _requirement(draft: Draft, id: str, places: dict[Place, None]) -> None:
    _note(draft, id, places)
    draft.look(id)


def _sooner(draft: Draft, id: str, causes: dict[Place, None]) -> None:
    """A customer wants it sooner than when it was claimed, and than it comes: so does all that it is built of, which
    was bought and built as late as was in time."""
    found = draft.joins.required.get(id)
    if found is None or found.needed_by >= max((peg.needed_by for peg in draft.pegs_of(id)), default=found.needed_by):
        return
    waiting = [id]
    while waiting:
        one = waiting.pop()
        _note(draft, one, causes)
        draft.again[one] = None
        for peg in draft.pegs_of(one):
            supply = draft.joins.supplies.get(peg.supply_id)
            late = supply is None or supply.at is None or supply.at > found.needed_by
            if peg.supply.kind is SupplyKind.RUN and draft.joins.pegs[peg.id].pending and late:
                draft.runs[peg.supply.id] = None
                waiting += draft.joins.needs_of_run.get(peg.supply.id, ())


def _if_off(draft: Draft, id: str, places: dict[Place, None]) -> None:
    """Most of what inventory and the order service tell of claims and runs is what was expected of them."""
    joins = draft.joins
    found = joins.required.get(id)
    held = [joins.pegs[peg] for peg in joins.pegs_of.get(id, ())]
    if found is None or found.run is None:
        if held or id in draft.plan.shortages or not id.startswith("run/"):
            _requirement(draft, id, places)
    elif any(peg.lost for peg in held) or sum((peg.needed for peg in held), ZERO) != found.need:
        _requirement(draft, id, places)


def _supply(draft: Draft, id: str, places: dict[Place, None], causes: dict[Place, None] | None = None) -> None:
    _note(draft, id, places if causes is None else causes)
    draft.supplies[id] = None
    view = draft.joins.supplies.get(id)
    if view is not None:
        draft.places[view.site, view.part] = None
        if view.free:
            _retry(draft, view.part, places)
    elif (place := _place_of(draft, id)) is not None:
        draft.places[place] = None


def _place_of(draft: Draft, id: str) -> tuple[str, str] | None:
    """Where a supply was that there is nothing of any more: what stock counted on is gone."""
    kind, _, rest = id.partition("/")
    if kind == "purchase":
        number, _, line = rest.rpartition("/")
        found = draft.parts.purchases.lines.get((number, int(line)))
        return None if found is None else (found.site, found.part)
    if kind == "requisition":
        asked = draft.plan.requisitions.get(rest)
        return None if asked is None else (asked.site, asked.part)
    if kind == "run":
        run = draft.parts.orders.runs.get(rest)
        return None if run is None else (run.site, run.part)
    return draft.joins.stock_ids.get(id)


def _run(draft: Draft, id: str, places: dict[Place, None]) -> None:
    """What it took of its components concerns what it builds only as far as they concern that themselves."""
    run = draft.joins.runs.get(id)
    draft.runs[id] = None
    _supply(draft, f"run/{id}", places, _bear(draft, places, *(() if run is None else (bearing.component(run.part),))))
    for requirement in draft.joins.needs_of_run.get(id, ()):
        _if_off(draft, requirement, _bear(draft, places, *_parts(draft, requirement)))
    for requirement in _former(draft, id):
        _requirement(draft, requirement, _bear(draft, places, *_parts(draft, requirement)))


def _bear(draft: Draft, places: dict[Place, None], *on: str) -> dict[Place, None]:
    """Of the facts that touched a run or an order, those that aren't about something else of it alone."""
    about = draft.state.about
    return {place: None for place in places if about.get(place) in (None, *on)}


def _parts(draft: Draft, requirement: str) -> list[str]:
    """The part that is required, and those that serve it."""
    found, known = draft.joins.required.get(requirement), draft.plan.parts.get(requirement)
    parts = [found.part] if found is not None else [known] if known is not None else []
    parts += [draft.plan.pegs[peg].part for peg in draft.plan.by_requirement.get(requirement, ())]
    return [bearing.component(part) for part in dict.fromkeys(parts)]


def _former(draft: Draft, run: str) -> list[str]:
    """Requirements of a run of which something stands, though it may not have them any more."""
    known = draft.plan.of_run.get(run, ())
    return [id for id in known if id in draft.joins.pegs_of or id in draft.plan.shortages]


def _shipment(draft: Draft, id: str, places: dict[Place, None]) -> None:
    if id in draft.plan.transfers:
        _supply(draft, f"transfer/{id}", places)
        _requirement(draft, f"transfer/{id}", places)
    delivery = draft.plan.deliveries.get(id)
    if delivery is not None:
        order = delivery.order
        _requirement(draft, f"order/{order.number}/{order.line}/{order.schedule}", places)


def _supplier(draft: Draft, id: str, places: dict[Place, None]) -> None:
    for key in sorted(draft.parts.purchases.by_supplier.get(id, ())):
        _supply(draft, draft.parts.purchases.lines[key].id, places)
    for requisition in sorted(draft.joins.requisitions_of.get(id, ())):
        _supply(draft, f"requisition/{requisition}", places)
    for part in sorted(draft.plan.short_of):
        if draft.parts.reference.agreement(id, part) is not None:
            _retry(draft, part, places)
    known = {*draft.joins.totals, *draft.parts.stock.items}
    for place in sorted(known):
        if draft.parts.reference.agreement(id, place[1]) is not None:
            draft.places[place] = None


def _lane(draft: Draft, id: str, places: dict[Place, None]) -> None:
    for one in sorted(draft.joins.over_lane.get(id, ())):
        _shipment(draft, one.partition("/")[2], places)
    lane = draft.parts.transport.lanes.get(id)
    if lane is not None and lane.from_node.startswith("supplier/"):
        supplier = lane.from_node.removeprefix("supplier/")
        for key in sorted(draft.parts.purchases.by_supplier.get(supplier, ())):
            _supply(draft, draft.parts.purchases.lines[key].id, places)
    for part in sorted(draft.plan.short_of):
        _retry(draft, part, places)
    for requirement in sorted(draft.joins.ready):
        _requirement(draft, requirement, places)


def _retry(draft: Draft, part: str, places: dict[Place, None]) -> None:
    """Something of a part may be had that couldn't be before."""
    draft.retries.setdefault(part, {}).update(places)


def _kept(draft: Draft, part: str) -> None:
    """How much is to be kept of it may be another amount now, or none."""
    joins, known = draft.joins, draft.parts.stock.items
    for site in draft.parts.reference.sites():
        place = (site.id, part)
        if place in joins.totals or place in known or place in joins.of_place:
            draft.places[place] = None


def _try_again(draft: Draft) -> None:
    """There may be a way now for what is short of a part, or of one that it may replace; a better one for the late."""
    delayed = draft.joins.delays.by_part
    for short in sorted({*draft.plan.short_of, *draft.plan.late, *delayed}) if draft.retries else ():
        others = [one.substitute for one in draft.parts.reference.substitutes(short, draft.now)]
        places = {place: None for part in (short, *others) for place in draft.retries.get(part, ())}
        if not places:
            continue
        for requirement in sorted(draft.plan.short_of.get(short, ())):
            _requirement(draft, requirement, places)
        for requirement in sorted(draft.plan.late.get(short, ())):
            _requirement(draft, requirement, places)
            draft.again[requirement] = None
        for requirement in sorted(delayed.get(short, ())):
            _note(draft, requirement, places)
            draft.again[requirement] = None
    for part in sorted(draft.retries):
        for requirement in _overdue(draft, part):
            _note(draft, requirement, draft.retries[part])
            draft.again[requirement] = None


def _overdue(draft: Draft, part: str) -> list[str]:
    """Who waits for a supply of a part that should have come, or been ordered, and of which nobody says more."""
    found: dict[str, None] = {}
    for site in draft.parts.reference.sites():
        for id in draft.joins.of_place.get((site.id, part), ()):
            view = draft.joins.supplies[id]
            moments = [at for at in (view.at, view.slips) if at is not None]
            if view.pegged and not view.on_hand and moments and min(moments) <= draft.now:
                found.update(dict.fromkeys(draft.plan.pegs[peg].requirement for peg in draft.joins.pegs_on.get(id, ())))
    return sorted(found)
