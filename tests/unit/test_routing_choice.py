"""How a need is covered: what is cheapest in time, what people said, what it holds; and why each other way lost."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from events.catalogue.facts import RateDefined, SubstituteDefined, SupplierDefined
from events.catalogue.parts import MakeOrBuy
from events.planning.shapes import OptionKind, PolicyShape, WhyNot
from projections.planning.shapes import Candidate, Choice, Held, Load, Need, Outage, Signature, Words
from projections.routing import route
from tests.known import Known, agreement, closed, kept_part, known, lane, need, ordered, running, stock
from tests.scenario import day, site, supplier

NEED = need(amount=10, days=30)


def a_world(*facts: Any, **told: Any) -> Known:
    """A saddle worth 20 EUR, two suppliers of it, a plant and a store a lane apart."""
    return known(
        kept_part("saddle", cost="20"), site("plant", zone="UTC"), site("store", zone="UTC"),
        supplier("acme"), supplier("best"), agreement("acme", "saddle", "21", 10), agreement("best", "saddle", "25", 5),
        *facts, **told,
    ).with_lanes(lane("truck", "site/store", "site/plant", 24, "30"))


def decided(world: Known, wanted: Need = NEED) -> Choice:
    return route(world, wanted, world.now)


def chosen(world: Known, wanted: Need = NEED) -> list[tuple[str, int]]:
    return [(_name(one.candidate), int(one.amount)) for one in decided(world, wanted).chosen]


def lost(world: Known, wanted: Need = NEED) -> dict[str, tuple[WhyNot, Decimal | None]]:
    return {_name(one.candidate): (one.why, one.by) for one in decided(world, wanted).alternatives}


def _name(way: Candidate) -> str:
    told = way.supplier if way.supply is None else way.supply.text
    return f"{way.kind} {told or way.part}"


PLANT, STORE, PO = "stock stock/plant/saddle", "elsewhere stock/store/saddle", "purchase purchase/PO-1/1"
ACME, BEST = "buy acme", "buy best"


# Landed cost and lateness


def test_stock_at_the_plant_goes_first() -> None:
    world = a_world(all_supplies=[stock("saddle", 50, "store"), ordered("saddle", 50, 3), stock("saddle", 50)])
    assert chosen(world) == [(PLANT, 10)]
    assert lost(world) == {
        STORE: (WhyNot.DEARER, Decimal(30)), PO: (WhyNot.DEARER, Decimal(0)), ACME: (WhyNot.DEARER, Decimal(10)),
        BEST: (WhyNot.DEARER, Decimal(50)),
    }


def test_ties_go_by_kind_then_time_then_id() -> None:
    world = a_world(all_supplies=[
        ordered("saddle", 3, 2, "PO-2"), ordered("saddle", 3, 1, "PO-3"), ordered("saddle", 3, 1, "PO-1"),
        running("saddle", 3, 9), stock("saddle", 1),
    ])
    assert [name.split(" ")[1] for name, _ in chosen(world)] == [
        "stock/plant/saddle", "run/R-1", "purchase/PO-1/1", "purchase/PO-3/1",
    ]


def test_a_need_may_be_split_over_several() -> None:
    world = a_world(all_supplies=[stock("saddle", 4), ordered("saddle", 3, 3)])
    assert chosen(world) == [(PLANT, 4), (PO, 3), (ACME, 3)]


def test_a_fixed_cost_is_not_paid_for_little() -> None:
    world = a_world(all_supplies=[stock("saddle", 9, "store")])
    assert chosen(world) == [(ACME, 10)]


def test_one_way_is_taken_where_two_would_pay_two_fixed_costs() -> None:
    other = lane("other", "site/depot", "site/plant", 24, "25")
    world = known(kept_part("saddle", cost="20"), site("plant"), site("store"), site("depot")).with_lanes(
        lane("truck", "site/store", "site/plant", 24, "30"), other,
    )
    world.all_supplies = [stock("saddle", 9, "depot"), stock("saddle", 10, "store")]
    assert chosen(world) == [(STORE, 10)]


def test_what_is_late_counts_by_the_day() -> None:
    late = need(amount=10, days=10)  # acme comes at the end of day 10, a day late; best in time, for 40 more
    assert chosen(a_world(policy=PolicyShape(currency="EUR", lateness_cost_per_day=39)), late) == [(ACME, 10)]
    world = a_world(policy=PolicyShape(currency="EUR", lateness_cost_per_day=41))
    assert chosen(world, late) == [(BEST, 10)]
    assert lost(world, late)[ACME] == (WhyNot.LATER, Decimal(24))


def test_lateness_counts_once_for_the_last_to_come() -> None:
    policy = PolicyShape(currency="EUR", lateness_cost_per_day=10)
    world = a_world(policy=policy, all_supplies=[ordered("saddle", 4, 11), stock("saddle", 3)])
    assert chosen(world, need(amount=10, days=10)) == [(PLANT, 3), (PO, 4), (ACME, 3)]


def test_what_we_have_never_counts_as_dearer_than_what_we_could_get() -> None:
    world = a_world(agreement("acme", "saddle", "1", 10), all_supplies=[stock("saddle", 10)])
    assert chosen(world) == [(PLANT, 10)]


def test_a_price_in_another_currency_and_unit_is_converted() -> None:
    world = known(
        kept_part("saddle", conversions=()), site("plant"), supplier("acme"), supplier("best"),
        agreement("acme", "saddle", "24", unit="DZN", currency="USD"), agreement("best", "saddle", "1.90"),
        RateDefined(base="EUR", quote="USD", rate=Decimal("1.25"), valid_from=day(-1)),
    )
    assert [one.cost for one in decided(world).chosen] == [Decimal("16.0000")]


def test_a_way_without_a_price_is_gone_only_when_it_saves_time() -> None:
    world = known(
        kept_part("saddle"), site("plant"), supplier("acme"), supplier("best"), agreement("acme", "saddle", None, 3),
        agreement("best", "saddle", "25", 9),
    )
    assert chosen(world) == [(BEST, 10)]
    assert lost(world) == {ACME: (WhyNot.NO_PRICE, None)}
    assert chosen(world, need(days=5)) == [(ACME, 10)]
    assert decided(world, need(days=5)).chosen[0].cost is None


def test_when_nothing_has_a_price_what_is_there_already_is_taken() -> None:
    world = known(kept_part("saddle"), site("plant"), supplier("acme"), agreement("acme", "saddle", None, 3))
    world.all_supplies = [stock("saddle", 10)]
    assert chosen(world) == [(PLANT, 10)]


def test_when_nothing_serves_the_shortage_is_stated() -> None:
    world = known(kept_part("saddle"), site("plant"))
    world.all_supplies = [stock("saddle", 4)]
    assert chosen(world) == [(PLANT, 4)]
    assert decided(world).short == 6


def test_what_comes_nobody_knows_when_covers_nothing() -> None:
    world = known(kept_part("saddle"), site("plant"))
    world.all_supplies = [ordered("saddle", 10, None)]
    assert decided(world).short == 10
    assert lost(world) == {PO: (WhyNot.LATER, None)}


# Ways


def test_stock_elsewhere_leaves_in_time_over_its_lanes() -> None:
    world = known(kept_part("saddle"), site("plant"), site("store")).with_lanes(
        lane("truck", "site/store", "site/plant", 24, "30", most=48)
    )
    world.all_supplies = [stock("saddle", 50, "store")]
    way = decided(world).chosen[0].candidate
    assert (way.lanes, way.depart_at, way.available_at, way.from_site) == (("truck",), day(28), day(29), "store")


def test_without_a_lane_stock_elsewhere_cannot_come() -> None:
    world = known(kept_part("saddle"), site("plant"), site("store"))
    world.all_supplies = [stock("saddle", 50, "store")]
    assert lost(world) == {STORE: (WhyNot.NO_LANE, None)}


def test_over_a_closed_lane_nothing_comes() -> None:
    world = a_world(all_supplies=[stock("saddle", 50, "store")])
    world.with_lanes(closed(world.all_lanes["truck"]))
    assert lost(world)[STORE] == (WhyNot.LANE_CLOSED, None)
    world.with_lanes(closed(world.all_lanes["truck"], day(40)))
    why = {_name(one.candidate): (one.why, one.until) for one in decided(world).alternatives}
    assert why[STORE] == (WhyNot.LANE_CLOSED, day(40))


def test_a_way_that_is_late_because_a_lane_is_full_says_so() -> None:
    truck = lane("truck", "site/store", "site/plant", 24, "5", capacity=20, capacity_unit="C62")
    world = a_world(all_supplies=[stock("saddle", 20, "store"), ordered("saddle", 20, 1)]).with_lanes(truck)
    assert chosen(world, need(days=1)) == [(PO, 10)]
    world.all_loads["truck", day(0).date()] = [Load("saddle", Decimal(11))]
    assert lost(world, need(days=1))[STORE] == (WhyNot.LANE_FULL, Decimal(24))


def test_what_is_only_planned_elsewhere_is_not_moved() -> None:
    world = a_world(all_supplies=[running("saddle", 50, 1, site="store", firm=False)])
    assert not [name for name in lost(world) if "R-1" in name]


def test_an_order_for_another_site_may_come_on_from_there() -> None:
    world = known(kept_part("saddle"), site("plant"), site("store")).with_lanes(
        lane("truck", "site/store", "site/plant", 24)
    )
    world.all_supplies = [ordered("saddle", 50, 3, site="store")]
    way = decided(world, need(days=2)).chosen[0].candidate
    assert (way.kind, way.available_at) == (OptionKind.ELSEWHERE, day(4))


def test_a_lead_time_ends_with_a_day_of_the_site() -> None:
    world = known(kept_part("saddle"), site("plant", zone="UTC"), supplier("acme"), agreement("acme", "saddle", lead=5))
    assert decided(world).chosen[0].candidate.available_at == day(6)


def test_lanes_from_a_supplier_come_on_top_of_its_lead_time() -> None:
    world = a_world().with_lanes(lane("road", "supplier/acme", "site/plant", 48, "7"))
    way = decided(world).chosen[0].candidate
    assert (way.available_at, way.cost, way.lanes) == (day(13), Decimal(217), ("road",))


def test_a_purchase_says_when_to_order_at_the_latest() -> None:
    world = a_world().with_lanes(lane("road", "supplier/acme", "site/plant", 48, "7", most=72))
    assert decided(world).chosen[0].candidate.order_by == day(30 - 3 - 10 - 1).date()
    assert decided(world, need(days=10, requirement="x")).chosen[0].candidate.order_by == day(0 + 4).date()
    late = replace(world, policy=PolicyShape(currency="EUR", lateness_cost_per_day=0), memo={})
    assert decided(late, need(days=10)).chosen[0].candidate.order_by == day(0).date()


def test_over_a_suppliers_closed_lanes_nothing_comes() -> None:
    world = a_world().with_lanes(closed(lane("road", "supplier/acme", "site/plant", 48)))
    assert chosen(world) == [(BEST, 10)]
    assert lost(world)[ACME] == (WhyNot.LANE_CLOSED, None)


def test_a_supplier_that_is_down_or_inactive_sells_nothing() -> None:
    world = a_world(outages={"acme": Outage(day(-1), None)})
    assert lost(world)[ACME] == (WhyNot.SUPPLIER_DOWN, None)
    inactive = a_world(SupplierDefined(id="acme", name="acme", active=False))
    assert lost(inactive)[ACME] == (WhyNot.SUPPLIER_INACTIVE, None)


def test_what_the_erp_plans_is_not_bought_by_us() -> None:
    world = a_world(kept_part("saddle", cost="20", erp=True))
    assert decided(world).short == 10
    assert lost(world) == {ACME: (WhyNot.NOT_OURS, None), BEST: (WhyNot.NOT_OURS, None)}


def test_a_part_that_is_made_is_built_when_nothing_is_there() -> None:
    world = known(kept_part("wheel", make=True, cost="40"), site("plant"), builds={"wheel": (4, Decimal(30))})
    way = decided(world, need("wheel")).chosen[0].candidate
    assert (way.kind, way.available_at, way.cost) == (OptionKind.BUILD, day(4), Decimal(300))
    world.all_supplies = [stock("wheel", 4)]
    assert [one.candidate.kind for one in decided(world, need("wheel")).chosen] == [OptionKind.STOCK, OptionKind.BUILD]


def test_a_part_may_be_built_or_bought_whichever_is_cheaper() -> None:
    world = known(
        kept_part("wheel", make_or_buy=MakeOrBuy.BOTH), site("plant"), supplier("acme"),
        agreement("acme", "wheel", "31"), builds={"wheel": (4, Decimal(30))},
    )
    assert chosen(world, need("wheel")) == [("build wheel", 10)]
    assert lost(world, need("wheel")) == {ACME: (WhyNot.DEARER, Decimal(10))}


def test_for_a_customers_own_build_only_a_run_serves() -> None:
    world = known(kept_part("bike", make=True), site("plant"), builds={"bike": (4, Decimal(30))})
    world.all_supplies = [stock("bike", 10), running("bike", 10, 2)]
    custom = need("bike", custom=True)
    assert chosen(world, custom) == [("build bike", 10)]
    assert chosen(world, replace(custom, held=(Held("run/R-1", Decimal(10)),))) == [("run run/R-1", 10)]


def test_another_revision_does_not_serve() -> None:
    world = known(kept_part("saddle"), site("plant"))
    world.all_supplies = [ordered("saddle", 10, 1, revision="A"), ordered("saddle", 10, 1, "PO-2", revision="B")]
    assert chosen(world, need(revision="B")) == [("purchase purchase/PO-2/1", 10)]


# Substitutes


def a_substitute(n: int = 1, d: int = 1, **more: Any) -> SubstituteDefined:
    return SubstituteDefined(part="saddle", substitute="seat", numerator=n, denominator=d, **more)


def with_seats(*facts: Any, **told: Any) -> Known:
    world = known(kept_part("saddle"), kept_part("seat", cost="5"), site("plant"), *facts, **told)
    world.all_supplies = [stock("seat", 7)]
    return world


SEAT = "substitute stock/plant/seat"


def test_a_substitute_serves_by_its_factor() -> None:
    assert chosen(with_seats(a_substitute())) == [(SEAT, 7)]
    two_for_one = decided(with_seats(a_substitute(2))).chosen[0]
    assert (two_for_one.amount, two_for_one.cost, two_for_one.candidate.factor) == (3, 30, 2)
    assert chosen(with_seats(a_substitute(2, 3))) == [(SEAT, 10)]


def test_one_that_needs_approval_is_taken_only_where_the_need_would_be_late_or_short() -> None:
    world = with_seats(a_substitute(needs_approval=True), supplier("acme"), agreement("acme", "saddle", "99", 5))
    assert chosen(world) == [(ACME, 10)]
    assert lost(world)[SEAT] == (WhyNot.NEEDS_APPROVAL, None)
    late = need(amount=5, days=2)
    assert chosen(world, late) == [(SEAT, 5)]
    assert decided(world, late).chosen[0].candidate.needs_approval


def test_a_frozen_run_takes_none_that_needs_approval() -> None:
    frozen = need(amount=5, frozen=True)
    assert chosen(with_seats(a_substitute()), frozen) == [(SEAT, 5)]
    world = with_seats(a_substitute(needs_approval=True))
    assert decided(world, frozen).short == 5
    assert lost(world, frozen) == {SEAT: (WhyNot.FROZEN, None)}


def test_policy_may_allow_no_substitutes() -> None:
    world = with_seats(a_substitute(), policy=PolicyShape(currency="EUR", substitutes_allowed=False))
    assert decided(world) == Choice((), (), Decimal(10))


def test_a_substitute_may_be_bought() -> None:
    world = with_seats(a_substitute(2), supplier("acme"), agreement("acme", "seat", "6"))
    way = decided(world).chosen[-1]
    assert (way.candidate.kind, way.candidate.part, way.candidate.supplier) == (OptionKind.SUBSTITUTE, "seat", "acme")
    assert (way.amount, way.cost) == (7, 84)


# What people say


def acme() -> Signature:
    return Signature(OptionKind.BUY, "saddle", "", "acme", "")


def test_a_refused_way_is_not_gone() -> None:
    world = a_world(said={NEED.requirement: Words(frozenset([acme()]))})
    assert chosen(world) == [(BEST, 10)]
    assert lost(world)[ACME] == (WhyNot.REFUSED, None)


def test_a_pinned_way_is_gone_whatever_it_costs() -> None:
    world = a_world(said={NEED.requirement: Words(pinned=acme())}, all_supplies=[stock("saddle", 50)])
    assert chosen(world) == [(ACME, 10)]
    assert lost(world) == {PLANT: (WhyNot.OVERRIDDEN, None), BEST: (WhyNot.OVERRIDDEN, None)}


def test_what_a_pinned_way_leaves_open_is_covered_freely() -> None:
    pinned = Signature(OptionKind.PURCHASE, "saddle", "purchase/PO-1/1", "", "")
    world = a_world(said={NEED.requirement: Words(pinned=pinned)}, all_supplies=[ordered("saddle", 4, 1)])
    assert chosen(world) == [(PO, 4), (ACME, 6)]


def test_a_pinned_way_that_is_gone_binds_nobody() -> None:
    pinned = Signature(OptionKind.PURCHASE, "saddle", "purchase/PO-9/1", "", "")
    assert chosen(a_world(said={NEED.requirement: Words(pinned=pinned)})) == [(ACME, 10)]


def test_a_person_may_give_a_frozen_run_a_substitute() -> None:
    pinned = Signature(OptionKind.SUBSTITUTE, "seat", "stock/plant/seat", "", "")
    world = with_seats(a_substitute(needs_approval=True), said={NEED.requirement: Words(pinned=pinned)})
    assert chosen(world, need(amount=5, frozen=True)) == [(SEAT, 5)]


# Steadiness


def holding(*held: tuple[str, int]) -> Need:
    return replace(NEED, held=tuple(Held(supply, Decimal(amount)) for supply, amount in held))


def test_what_a_need_holds_is_kept_when_another_is_not_better_by_the_threshold() -> None:
    policy = PolicyShape(currency="EUR", switch_threshold=31)
    supplies = [stock("saddle", 10, "store"), stock("saddle", 50)]
    elsewhere = holding(("stock/store/saddle", 10))
    steady = a_world(policy=policy, all_supplies=supplies)
    assert chosen(steady, elsewhere) == [(STORE, 10)]
    assert lost(steady, elsewhere)[PLANT] == (WhyNot.STEADY, Decimal(30))
    assert lost(steady, elsewhere)[ACME] == (WhyNot.STEADY, Decimal(20)), "cheaper too: never 'dearer by nothing'"
    policy = PolicyShape(currency="EUR", switch_threshold=30)
    assert chosen(a_world(policy=policy, all_supplies=supplies), elsewhere) == [(PLANT, 10)]


def test_among_equals_what_is_held_is_kept() -> None:
    world = a_world(all_supplies=[ordered("saddle", 10, 3), stock("saddle", 50)])
    assert chosen(world, holding(("purchase/PO-1/1", 10))) == [(PO, 10)]


def test_what_is_held_is_left_when_that_covers_more() -> None:
    world = known(kept_part("saddle"), site("plant"))
    world.all_supplies = [ordered("saddle", 4, 3), stock("saddle", 6)]
    assert chosen(world, holding(("purchase/PO-1/1", 4))) == [(PO, 4), (PLANT, 6)]


def test_more_of_what_is_held_is_one_way() -> None:
    world = a_world(all_supplies=[ordered("saddle", 50, 3)])
    assert chosen(world, holding(("purchase/PO-1/1", 4))) == [(PO, 10)]


def test_what_was_held_and_is_no_more_binds_nobody() -> None:
    world = a_world(all_supplies=[stock("saddle", 50)])
    assert chosen(world, holding(("purchase/PO-1/1", 4))) == [(PLANT, 10)]


def test_what_is_late_anyway_is_filled_by_what_is_cheapest_and_no_later() -> None:
    policy = PolicyShape(currency="EUR", lateness_cost_per_day=4, switch_threshold=60)
    supplies = [ordered("saddle", 1, 25), ordered("saddle", 9, 1, "PO-2", "store")]
    world = a_world(policy=policy, all_supplies=supplies)
    late = replace(holding(("purchase/PO-1/1", 1)), needed_by=day(5))
    assert chosen(world, late) == [(PO, 1), (ACME, 9)]
