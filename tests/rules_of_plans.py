"""What must hold of a plan after every cut, whatever was said before it."""

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

from events.codec import decode
from events.decision import Recorded
from events.planning.shapes import SupplyKind
from projections.planning.planner import LotonePlanner
from projections.planning.world.joins import Joins
from projections.planning.world.state import State, anew
from tests.chain import Chain
from tests.rules_of_ordering import nothing_twice, ordered_once

ZERO = Decimal(0)
COMPARED = ("runs", "pegs", "required", "supplies", "pegs_of", "pegs_on", "of_place", "coming", "free_of", "demands",
            "totals", "ours", "pending", "needs_of_run", "ready", "over_lane", "requisitions_of", "of_order")


def holds(chain: Chain) -> None:
    """Everything that must hold once services and planner have nothing more to say to each other."""
    state = chain.planner.state  # type: ignore[attr-defined]
    state.joins.settle()
    never_more_than_open(state)
    covered_or_stated(state)
    same_joins(state.joins, anew(state.parts))
    nothing_for_nobody(chain, state)
    nobody_forgotten(chain, state)
    nothing_twice(state, chain.now)
    as_chosen(state)


def watched(chain: Chain) -> Chain:
    """The same chain, each of whose cuts is looked at by itself."""
    chain.checks.append(lambda one, facts: ordered_once(one.planner.state, one.now, facts))  # type: ignore[attr-defined]
    return chain


def never_more_than_open(state: State) -> None:
    for supply, view in state.joins.supplies.items():
        assert view.pegged <= view.open, f"{supply}: {view.pegged} is claimed of {view.open}"
    for supply in state.joins.pegs_on:
        assert supply in state.joins.supplies, f"{supply} is claimed and isn't there"


def as_chosen(state: State) -> None:
    """Of what lies in stock, each order has what was built as it chose, or what is like any other."""
    for id, view in state.joins.pegs.items():
        peg = state.parts.plan.pegs[id]
        found = state.joins.required.get(peg.requirement) if view.cover else None
        if found is None or found.order is None or peg.supply.kind is not SupplyKind.STOCK:
            continue
        built = peg.supply.configuration
        assert built == found.configuration if found.custom else built in (None, found.configuration), f"{peg.id}"


def covered_or_stated(state: State) -> None:
    for id, found in state.joins.required.items():
        stated = state.parts.plan.shortages.get(id)
        lack = ZERO if found.waiting else state.joins.uncovered(id)
        assert (stated.amount if stated else ZERO) == lack, f"{id}: {lack} lacks, {stated and stated.amount} is stated"
        assert state.joins.covered(id) <= found.need or any(
            state.parts.plan.pegs[peg].factor != 1 for peg in state.joins.pegs_of[id]
        ), f"{id} holds more than it needs"
    for id, stated in state.parts.plan.shortages.items():
        assert id in state.joins.required, f"{id} is stated as short and isn't required"
        told = state.parts.plan.unserved.get(id)
        assert told is not None, f"{id} lacks {stated.amount}, and no decision says why"
        assert told.short == stated.amount, f"{id} lacks {stated.amount}, and {told.short} by the decision on it"


def same_joins(kept: Joins, fresh: Joins) -> None:
    for name in COMPARED:
        assert getattr(kept, name) == getattr(fresh, name), f"{name} isn't what it would be from nothing"
    assert (kept.outward.by_errand, kept.outward.leaves) == (fresh.outward.by_errand, fresh.outward.leaves)
    assert kept.loads.taken == fresh.loads.taken
    assert kept.alarms.moments == fresh.alarms.moments
    assert kept.alarms.slides == fresh.alarms.slides
    assert kept.delays.by_part == fresh.delays.by_part
    assert kept.alarms.next() == fresh.alarms.next()


def nothing_for_nobody(chain: Chain, state: State) -> None:
    """What the planner planned for somebody, and can take back, is claimed by somebody."""
    for id, planned in state.parts.plan.runs.items():
        run = state.joins.runs.get(id)
        if run is None or run.over or run.fixed or planned.requirement.startswith("stock/"):
            continue
        view = state.joins.supplies.get(f"run/{id}")
        assert view is None or not view.free, f"run {id} builds {view.free} for nobody"
    for id, transfer in state.parts.plan.transfers.items():
        view = state.joins.supplies.get(f"transfer/{id}")
        assert transfer.withdrawn or view is None or view.firm or view.pegged, f"transfer {id} is for nobody"


def nobody_forgotten(chain: Chain, state: State) -> None:
    """Every reservation of ours stands for a live peg, and every earmark too."""
    for stream, stock in chain.states["inventory"].items():
        for id, reservation in stock.reservations.items():
            if reservation.open and id in state.parts.plan.pegs:
                view = state.joins.pegs.get(id)
                held = view.held if view is not None else ZERO
                assert view is not None, f"{stream}: reservation {id} holds {reservation.open} for nobody"
                assert held <= view.cover, f"{stream}: reservation {id} holds {held} of {view.cover}"
    claims = state.parts.plan.pegs
    for id, view in state.joins.pegs.items():
        if claims[id].supply.kind is SupplyKind.STOCK:
            assert not view.pending, f"{id} was never reserved"


def twin(chain: Chain, seed: int) -> LotonePlanner:
    """Another planner that folds the same ledger: between two cuts the shards in any order."""
    planner, random = LotonePlanner(), Random(seed)
    for recorded in _mixed(chain, random):
        planner.fold(decode(recorded), recorded)
    return planner


def _mixed(chain: Chain, random: Random) -> Iterator[Recorded]:
    """Up to each cut's vector all shards are shuffled together; then the cut's own facts follow."""
    places: dict[str, int] = dict.fromkeys(chain.records, 0)
    for cut in chain.cuts:
        taken: Any = cut[0][1]
        until = {place.domain: place.position for place in taken.vector}
        yield from _until(chain, places, until, random)
        first = places["planning"]
        yield from chain.records["planning"][first : first + len(cut)]
        places["planning"] += len(cut)
    yield from _until(chain, places, {domain: len(found) for domain, found in chain.records.items()}, random)


def _until(chain: Chain, places: dict[str, int], until: dict[str, int], random: Random) -> Iterator[Recorded]:
    while left := sorted(domain for domain in places if places[domain] < until.get(domain, 0)):
        domain = random.choice(left)
        yield chain.records[domain][places[domain]]
        places[domain] += 1


def same_planner(one: LotonePlanner, other: LotonePlanner) -> None:
    """Two planners know the same, and have the same before them."""
    one.state.joins.settle()
    other.state.joins.settle()
    for part in ("stock", "purchases", "orders", "transport", "plan"):
        assert getattr(one.state.parts, part) == getattr(other.state.parts, part), f"{part} differs"
    same_joins(one.state.joins, other.state.joins)
    mine, theirs = one.state.touched, other.state.touched
    assert {key: sorted(found) for key, found in mine.items()} == {key: sorted(found) for key, found in theirs.items()}
    assert one.due() == other.due()
