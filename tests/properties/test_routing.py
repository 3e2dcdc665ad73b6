"""What holds of routing whatever the network and the supplies are."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import combinations, pairwise

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue.facts import CalendarDefined
from events.catalogue.places import WORKWEEK
from events.planning.shapes import OptionKind, PolicyShape
from projections.planning.shapes import Choice, Held, LaneRecord, Need, Standing, Supply
from projections.routing import journey, route
from projections.routing.cover import Plan, cover, lateness
from projections.routing.desk import desk_of
from projections.routing.money import WIDE
from projections.routing.ways import Way
from tests.known import Known, agreement, kept_part, known, lane, ordered, running, stock
from tests.scenario import START, day, site, supplier

NODES = ("site/a", "site/b", "hub/c", "hub/d", "supplier/e", "zone/f")
hours = st.integers(0, 90)
money = st.integers(0, 40)


@st.composite
def lanes(draw: st.DrawFn) -> list[LaneRecord]:
    found = []
    for place in range(draw(st.integers(0, 9))):
        start, end = draw(st.permutations(NODES))[:2]
        made = lane(
            f"l{place}", start, end, draw(hours), str(draw(money)), per_kg=draw(money), per_unit=draw(money),
            calendar=draw(st.sampled_from([None, "weekdays"])),
            cutoff=draw(st.sampled_from([None, None, time(9), time(17)])), active=draw(st.integers(0, 9)) > 0,
        )
        until = draw(st.sampled_from([None, day(1), day(4)]))
        standing = draw(st.sampled_from([Standing.OPEN, Standing.OPEN, Standing.SLOWED, Standing.CLOSED]))
        found.append(replace(made, standing=standing, extra_hours=draw(hours), until=until))
    return found


def a_network(records: list[LaneRecord]) -> Known:
    calendar = CalendarDefined(id="weekdays", days=WORKWEEK)
    world = known(kept_part("saddle", kg="2"), site("a", zone="America/Los_Angeles"), site("b"), calendar)
    return world.with_lanes(*records)


def every_way(records: list[LaneRecord], start: str, end: str) -> list[tuple[str, ...]]:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(NODES)
    for one in records:
        if one.active:
            graph.add_edge(one.from_node, one.to_node, key=one.lane)
    found = []
    for path in nx.all_simple_edge_paths(graph, start, end):
        between = [node for node, _, _ in path[1:]]
        if not any(node.startswith(("supplier/", "zone/")) for node in between):
            found.append(tuple(lane for _, _, lane in path))
    return found


@settings(max_examples=150, deadline=None)
@given(lanes(), st.sampled_from([None, day(1), day(3), day(7)]), st.integers(1, 9))
def test_the_way_taken_is_the_best_of_all(records: list[LaneRecord], by: datetime | None, amount: int) -> None:
    world, start, end = a_network(records), "site/a", "site/b"
    network = desk_of(world, START).network
    told = {one.lane: one for one in records}
    ways = []
    for way in every_way(records, start, end):
        went = network.along(way, START)
        if went is not None:
            cost = sum(told[one].fixed + (2 * told[one].per_kg + told[one].per_unit) * amount for one in way)
            ways.append((went[1], Decimal(cost)))
    found = journey(world, "saddle", Decimal(amount), start, end, START, by, START)
    if not ways:
        assert found is None
        return
    timely = [way for way in ways if by is not None and way[0] <= by]
    wanted = min(cost for _, cost in timely) if timely else min(ways)[1]
    assert found is not None
    assert found.cost == wanted
    assert found.arrive_at <= by if timely and by is not None else found.arrive_at == min(ways)[0]
    assert found.depart_at >= START


@settings(max_examples=150, deadline=None)
@given(lanes(), st.lists(st.integers(0, 300), min_size=2, max_size=6))
def test_a_later_start_never_arrives_earlier(records: list[LaneRecord], starts: list[int]) -> None:
    network = desk_of(a_network(records), START).network
    for one in records:
        leg = network.leg(one.lane)
        went = [leg.go(START + timedelta(hours=start)) for start in sorted(starts)] if leg is not None else []
        assert all(
            first is not None and then is not None and first[1] <= then[1]
            for first, then in pairwise(went) if (first, then) != (None, None)
        )


@settings(max_examples=100, deadline=None)
@given(lanes(), lanes())
def test_lanes_taken_in_one_by_one_are_a_network_made_at_once(
    before: list[LaneRecord], after: list[LaneRecord]
) -> None:
    world = a_network(before)
    journey(world, "saddle", Decimal(1), "site/a", "site/b", START, None, START)
    for one in after:
        world.with_lanes(one)
        grown = journey(world, "saddle", Decimal(1), "site/a", "site/b", START, day(3), START)
        anew = replace(world, memo={})
        assert grown == journey(anew, "saddle", Decimal(1), "site/a", "site/b", START, day(3), START)


# Covers


@st.composite
def some_ways(draw: st.DrawFn) -> list[Way]:
    found = []
    for place in range(draw(st.integers(0, 5))):
        way = Way(
            draw(st.sampled_from([OptionKind.STOCK, OptionKind.PURCHASE, OptionKind.BUY])), "saddle", str(place),
            Decimal(draw(st.integers(1, 9))), day(0), Decimal(draw(st.sampled_from([0, 0, 5, 20, 40]))),
            Decimal(draw(st.integers(1, 9))),
        )
        way.rate, way.late = way.each, timedelta(days=draw(st.sampled_from([0, 0, 1, 3])))
        found.append(way)
    return found


def by_hand(ways: list[Way], amount: Decimal, per_day: Decimal) -> tuple[Decimal, Decimal]:
    """The least that can be left open, and then the least cost, over all sets of ways, each filled cheapest first."""
    best = (amount, Decimal(0))
    for size in range(1, len(ways) + 1):
        for chosen in combinations(ways, size):
            left, cost = amount, sum((way.fixed for way in chosen), Decimal(0))
            for way in sorted(chosen, key=lambda way: way.rate):
                taken = min(left, way.amount)
                left, cost = left - taken, cost + way.rate * taken
            best = min(best, (left, cost + lateness(max(way.late for way in chosen), per_day)))
    return best


@settings(max_examples=300, deadline=None)
@given(some_ways(), st.integers(1, 25), st.sampled_from([0, 3, 100]))
def test_a_cover_is_the_cheapest_there_is(ways: list[Way], amount: int, per_day: int) -> None:
    found = cover(ways, Decimal(amount), Decimal(per_day))
    short, total = by_hand(ways, Decimal(amount), Decimal(per_day))
    assert found.short == short
    assert WIDE.quantize(found.total, Decimal("1e-20")) == total
    _sound(found, Decimal(amount))


def _sound(plan: Plan, amount: Decimal) -> None:
    assert sum((taken for _, taken in plan.picks), plan.short) == amount
    assert all(0 < taken <= way.amount for way, taken in plan.picks)
    assert len({id(way) for way, _ in plan.picks}) == len(plan.picks)


# Choices


@st.composite
def supplies(draw: st.DrawFn) -> list[Supply]:
    found: list[Supply] = []
    for place in range(draw(st.integers(0, 6))):
        amount, days = draw(st.integers(1, 15)), draw(st.integers(0, 20))
        where = draw(st.sampled_from(["plant", "store"]))
        found.append(draw(st.sampled_from([
            ordered("saddle", amount, days, f"PO-{place}", where), running("saddle", amount, days, f"R-{place}", where),
        ])))
    if draw(st.booleans()):
        found.append(stock("saddle", draw(st.integers(1, 15)), draw(st.sampled_from(["plant", "store"]))))
    return found


def a_world(told: list[Supply], per_day: int = 100, sold: bool = True) -> Known:
    facts = [supplier("acme"), agreement("acme", "saddle", "21", 8)] if sold else []
    world = known(
        kept_part("saddle", cost="20"), site("plant", zone="UTC"), site("store", zone="UTC"), *facts,
        policy=PolicyShape(currency="EUR", lateness_cost_per_day=per_day, switch_threshold=50), all_supplies=told,
    )
    return world.with_lanes(lane("truck", "site/store", "site/plant", 24, "30"))


def chosen_of(world: Known, amount: int, held: tuple[Held, ...] = ()) -> Choice:
    return route(world, Need("r", "saddle", "plant", Decimal(amount), day(5), held=held), START)


def last(choice: Choice) -> datetime:
    """When the need is covered; never, if it isn't."""
    at = [one.candidate.available_at or day(9999) for one in choice.chosen]
    return max([*at, day(9999)] if choice.short else [*at, day(5)])


@settings(max_examples=200, deadline=None)
@given(supplies(), st.integers(1, 40), st.booleans(), st.integers(1, 9))
def test_what_is_chosen_and_what_is_short_is_what_is_needed(
    told: list[Supply], amount: int, sold: bool, held: int
) -> None:
    world = a_world(told, sold=sold)
    holds = (Held(told[0].key.text, Decimal(held)),) if told else ()
    found = chosen_of(world, amount, holds)
    assert sum((one.amount for one in found.chosen), found.short) == amount
    assert all(0 < one.amount <= one.candidate.amount for one in found.chosen)
    by_supply: dict[str, Decimal] = {}
    for one in found.chosen:
        if one.candidate.supply is not None:
            text = one.candidate.supply.text
            by_supply[text] = by_supply.get(text, Decimal(0)) + one.amount
    free: dict[str, Decimal] = {}
    for supply in told:
        free[supply.key.text] = free.get(supply.key.text, Decimal(0)) + supply.free
    assert all(amount <= free[text] for text, amount in by_supply.items())


@settings(max_examples=200, deadline=None)
@given(supplies(), supplies(), st.integers(1, 40), st.booleans())
def test_more_supply_never_makes_a_need_later(
    told: list[Supply], more: list[Supply], amount: int, sold: bool
) -> None:
    """A day counts for more than all else here: what is dearer by less isn't worth being later for."""
    added = [replace(one, id=f"{one.id}+", key=one.key.model_copy(update={"id": f"{one.key.id}+"})) for one in more]
    before = chosen_of(a_world(told, 10_000, sold), amount)
    after = chosen_of(a_world([*told, *added], 10_000, sold), amount)
    assert after.short <= before.short
    assert last(after) <= last(before)


@settings(max_examples=100, deadline=None)
@given(supplies(), st.integers(1, 40))
def test_what_was_chosen_is_chosen_again(told: list[Supply], amount: int) -> None:
    """Routed anew with what it holds, a need keeps it."""
    world = a_world(told)
    first = chosen_of(world, amount)
    held = tuple(
        Held(one.candidate.supply.text, one.amount) for one in first.chosen if one.candidate.supply is not None
    )
    again = chosen_of(world, amount, held)
    assert {one.candidate.signature: one.amount for one in again.chosen} == {
        one.candidate.signature: one.amount for one in first.chosen
    }


@settings(max_examples=50, deadline=None)
@given(supplies(), st.integers(1, 40))
def test_every_way_is_chosen_or_has_a_reason(told: list[Supply], amount: int) -> None:
    found = chosen_of(a_world(told), amount)
    ways = [one.candidate.signature for one in found.chosen] + [one.candidate.signature for one in found.alternatives]
    assert len(ways) == len(set(ways)) == len(told) + 1
