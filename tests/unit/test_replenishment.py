"""What stock asks for, and how it and what routing buys become requisitions."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from events.catalogue.facts import SubstituteDefined
from events.catalogue.parts import MakeOrBuy, Planner, Stocking
from events.catalogue.places import WorkingTime
from events.planning.shapes import OptionKind, PolicyShape, WhyNot
from events.values import Some
from projections.planning.shapes import Buy, Demand, Need, Outage, Position, Requisition, Signature, Words
from projections.replenishment import overstocked, purchase, reorder_needs, still_needed
from projections.routing import route
from tests.known import Known, agreement, kept_part, known, lane, need, ordered
from tests.scenario import START, day, site, supplier

AT = ("saddle", "plant")


def a_world(*facts: Any, on_hand: int = 0, required: int = 0, on_order: int = 0, **levels: Any) -> Known:
    """A saddle kept by these levels, with so much of it; acme and best sell it."""
    told = {name: Decimal(figure) if isinstance(figure, int) else figure for name, figure in levels.items()}
    world = known(
        kept_part("saddle", **told), site("plant", zone="UTC"), supplier("acme"), supplier("best"),
        agreement("acme", "saddle", "2", 5), *facts,
    )
    world.positions[AT] = Position(Decimal(on_hand), Decimal(0), Decimal(on_order), Decimal(required))
    return world


def lacks(world: Known, place: tuple[str, str] = AT) -> list[Decimal]:
    return [one.amount for one in reorder_needs(world, [place], world.now)]


def asked(world: Known, *buys: Buy) -> list[Requisition]:
    return purchase(world, buys, reorder_needs(world, [AT], world.now), world.now)


def buying(world: Known, amount: int, days: float = 30, requirement: str = "run/R1/1") -> Buy:
    """What routing buys for a need that nothing else covers."""
    wanted = need(amount=amount, days=days, requirement=requirement)
    return [Buy(wanted, one.amount, one.candidate) for one in route(world, wanted, world.now).chosen][-1]


# When stock asks, and for how much


@pytest.mark.parametrize(("on_hand", "wanted"), [(21, []), (20, [80]), (5, [95]), (0, [100])])
def test_at_or_below_the_reorder_point_it_is_filled_up_to_the_level(on_hand: int, wanted: list[int]) -> None:
    assert lacks(a_world(on_hand=on_hand, reorder_point=20, order_up_to=100)) == wanted


def test_what_is_on_order_counts_as_if_it_were_there() -> None:
    assert lacks(a_world(on_hand=5, on_order=95, reorder_point=20, order_up_to=100)) == []


def test_what_is_required_and_what_others_reserved_counts_as_gone() -> None:
    world = a_world(on_hand=50, required=40, reorder_point=20, order_up_to=100)
    assert lacks(world) == [90]
    world.positions[AT] = Position(Decimal(50), Decimal(30), Decimal(0), Decimal(0))
    assert lacks(world) == [80]


@pytest.mark.parametrize(
    ("on_hand", "coming", "needed"),
    [(97, 3, 3), (21, 80, 0), (20, 81, 80), (50, 50, 50), (50, 51, 0), (0, 130, 100)],
    ids=["at the level", "above the point without", "at the point without", "up to the level", "above it", "lots"],
)
def test_of_what_is_to_come_for_stock_so_much_is_still_needed(on_hand: int, coming: int, needed: int) -> None:
    world = a_world(on_hand=on_hand, on_order=coming, reorder_point=20, order_up_to=100)
    assert still_needed(world, *AT, Decimal(coming), world.now) == needed
    assert overstocked(world, [AT], world.now) == ([AT] if on_hand + coming > 100 else [])


def test_a_safety_stock_alone_is_the_reorder_point() -> None:
    assert lacks(a_world(on_hand=11, safety_stock=10, order_up_to=50)) == []
    assert lacks(a_world(on_hand=10, safety_stock=10, order_up_to=50)) == [40]


def test_without_a_level_it_is_the_reorder_point_and_one_lot() -> None:
    assert lacks(a_world(on_hand=10, reorder_point=10)) == [1]
    sold_by_the_dozen = agreement("acme", "saddle", lead=5, unit="DZN", minimum=2)
    assert lacks(a_world(sold_by_the_dozen, on_hand=10, reorder_point=10)) == [24]
    asked_first = agreement("best", "saddle", lead=5, minimum=30, preferred=True)
    assert lacks(a_world(asked_first, on_hand=10, reorder_point=10)) == [30]


def test_of_a_part_that_is_made_the_lot_is_its_pack() -> None:
    world = known(kept_part("wheel", make=True, reorder_point=Decimal(4), pack=Some.of(6, "C62")), site("plant"))
    assert lacks(world, ("wheel", "plant")) == [10]


def test_a_level_alone_replaces_what_is_used() -> None:
    assert lacks(a_world(on_hand=50, order_up_to=50)) == []
    assert lacks(a_world(on_hand=49, order_up_to=50)) == [1]


def test_without_figures_stock_asks_for_nothing() -> None:
    assert lacks(a_world(on_hand=0, required=50)) == []


def test_a_site_may_have_figures_of_its_own() -> None:
    own = Stocking(site="plant", reorder_point=Decimal(3), order_up_to=Decimal(9))
    assert lacks(a_world(on_hand=5, reorder_point=20, order_up_to=100, stocking=(own,))) == []


def test_what_the_erp_plans_is_left_to_it() -> None:
    erp = Stocking(site="plant", planner=Planner.ERP)
    world = a_world(reorder_point=20, order_up_to=100, stocking=(erp,))
    assert lacks(world) == []
    assert purchase(world, [], [Need("stock/plant/saddle", *AT, Decimal(100), day(30))], START) == []


def test_what_is_only_made_is_ours_to_build_whoever_purchases() -> None:
    world = known(kept_part("wheel", make=True, erp=True, reorder_point=Decimal(4), order_up_to=Decimal(9)), site("x"))
    assert lacks(world, ("wheel", "x")) == [9]


def when(world: Known) -> datetime:
    return reorder_needs(world, [AT], world.now)[0].needed_by


def test_stock_is_needed_when_it_falls_below_the_safety_stock() -> None:
    world = a_world(on_hand=15, required=10, safety_stock=10, reorder_point=20, order_up_to=100)
    assert when(world) == day(30)
    world.wanted[AT] = [Demand("r1", day(3), Decimal(5), Decimal(5)), Demand("r2", day(8), Decimal(1), Decimal(1))]
    assert when(world) == day(8)
    world.all_supplies = [ordered("saddle", 1, 8)]
    assert when(world) == day(30)
    world.positions[AT] = Position(Decimal(9), Decimal(0), Decimal(0), Decimal(0))
    assert when(world) == START


def test_what_requirements_lack_is_bought_for_them_and_hastens_nothing() -> None:
    world = a_world(on_hand=15, reorder_point=20, order_up_to=100)
    world.wanted[AT] = [Demand("r1", day(3), Decimal(50), Decimal(0))]
    assert when(world) == day(30)


# Requisitions


def test_needs_of_one_part_from_one_supplier_are_one_requisition() -> None:
    world = a_world()
    [told] = asked(world, buying(world, 3, 40, "r2"), buying(world, 4, 20, "r1"), buying(world, 5, 30, "r3"))
    assert (told.amount, told.quantity, told.for_stock) == (12, Some.of(12, "C62"), 0)
    assert told.pegged == (("r1", Decimal(4)), ("r3", Decimal(5)), ("r2", Decimal(3)))
    assert told.value == 24


def test_the_first_need_says_when_it_is_due_and_when_to_order() -> None:
    world = a_world()
    [told] = asked(world, buying(world, 3, 40, "r2"), buying(world, 4, 20, "r1"))
    assert told.due == date(2026, 1, 20)
    assert told.order_by == date(2026, 1, 15)
    assert told.available_at == datetime(2026, 1, 21, tzinfo=told.available_at.tzinfo)


def test_it_is_due_on_a_working_day_of_the_site() -> None:
    world = a_world(site("plant", zone="UTC").model_copy(update={"working": WorkingTime()}))
    [told] = asked(world, buying(world, 4, days=17))  # until the midnight before Sunday 18 January
    assert told.due == date(2026, 1, 16)


def test_what_cannot_be_in_time_is_due_when_it_can_be_there() -> None:
    world = a_world()
    [told] = asked(world, buying(world, 4, days=2))
    assert (told.due, told.order_by) == (date(2026, 1, 6), date(2026, 1, 1))


def test_lanes_from_the_supplier_take_their_time() -> None:
    world = a_world().with_lanes(lane("road", "supplier/acme", "site/plant", 48, most=72))
    [told] = asked(world, buying(world, 4, days=20))
    assert (told.due, told.order_by) == (date(2026, 1, 20), date(2026, 1, 12))


def test_below_the_minimum_the_surplus_is_stock() -> None:
    world = a_world(agreement("acme", "saddle", minimum=100))
    [told] = asked(world, buying(world, 3, 40, "r2"), buying(world, 4, 20, "r1"))
    assert (told.amount, told.for_stock) == (100, 93)


def test_beyond_the_maximum_there_are_several_each_of_them_at_least_the_minimum() -> None:
    world = a_world(agreement("acme", "saddle", minimum=30, maximum=100))
    found = asked(world, buying(world, 60, 10, "r1"), buying(world, 50, 20, "r2"))
    assert [(one.amount, one.pegged) for one in found] == [
        (80, (("r1", Decimal(60)), ("r2", Decimal(20)))), (30, (("r2", Decimal(30)),)),
    ]
    assert [one.due for one in found] == [date(2026, 1, 10), date(2026, 1, 20)]


def test_it_is_ordered_in_the_purchase_unit_rounded_up() -> None:
    world = a_world(agreement("acme", "saddle", "18", unit="DZN"))
    [told] = asked(world, buying(world, 13))
    assert (told.quantity, told.amount, told.for_stock, told.value) == (Some.of(2, "DZN"), 24, 11, 36)


def test_what_lots_add_is_not_ordered_for_stock_again() -> None:
    world = a_world(agreement("acme", "saddle", minimum=100), required=7, reorder_point=20, order_up_to=60)
    [told] = asked(world, buying(world, 7))
    assert (told.amount, told.for_stock) == (100, 93)


def test_what_stock_lacks_beyond_what_is_bought_comes_on_top() -> None:
    world = a_world(required=7, reorder_point=20, order_up_to=60)
    assert lacks(world) == [67]
    [told] = asked(world, buying(world, 7))
    assert (told.amount, told.for_stock) == (67, 60)


def test_what_one_suppliers_lots_add_is_not_bought_from_another() -> None:
    dear = agreement("best", "saddle", "9", 2, minimum=50)
    world = a_world(dear, required=7, reorder_point=20, order_up_to=60)
    hurried = buying(world, 7, days=4)
    assert hurried.candidate.supplier == "best"
    found = asked(world, hurried)
    assert [(one.supplier, one.amount, one.for_stock) for one in found] == [("best", 50, 43)]


def test_stock_is_bought_where_it_is_cheapest_and_in_time() -> None:
    world = a_world(agreement("best", "saddle", "3", 1), on_hand=19, reorder_point=20, order_up_to=40)
    assert [one.supplier for one in asked(world)] == ["acme"]
    world.wanted[AT] = [Demand("r1", day(2.5), Decimal(20), Decimal(20))]
    assert [(one.supplier, one.due) for one in asked(world)] == [("best", date(2026, 1, 2))]


def test_stock_that_is_not_running_low_is_due_when_it_can_come() -> None:
    [told] = asked(a_world(on_hand=19, reorder_point=20, order_up_to=40))
    assert (told.due, told.order_by) == (date(2026, 1, 6), date(2026, 1, 1))


def test_stock_is_not_bought_from_one_that_is_down_or_was_refused() -> None:
    world = a_world(agreement("best", "saddle", "3", 9), reorder_point=20, order_up_to=40)
    world.outages["acme"] = Outage(START, None)
    assert [one.supplier for one in asked(world)] == ["best"]
    world = a_world(agreement("best", "saddle", "3", 9), reorder_point=20, order_up_to=40)
    world.said["stock/plant/saddle"] = Words(frozenset([Signature(OptionKind.BUY, "saddle", "", "acme", "")]))
    assert [one.supplier for one in asked(world)] == ["best"]


def test_among_equals_the_preferred_supplier_is_asked() -> None:
    preferred = agreement("best", "saddle", "2", 5, preferred=True)
    assert [one.supplier for one in asked(a_world(preferred, reorder_point=20, order_up_to=40))] == ["best"]


def test_the_other_suppliers_are_told_with_figures() -> None:
    world = a_world(agreement("best", "saddle", "3", 9))
    world.outages["none"] = Outage(START, None)
    [told] = asked(world, buying(world, 10))
    assert [(one.supplier, one.cost, one.why, one.by) for one in told.alternatives] == [
        ("best", 30, WhyNot.DEARER, 10)
    ]


def test_what_it_was_decided_on_is_told() -> None:
    terms = agreement("acme", "saddle", unit="DZN", minimum=2, multiple=2, maximum=20)
    [told] = asked(a_world(terms, on_hand=3, on_order=4, required=5, reorder_point=20, order_up_to=40))
    figures = told.figures
    assert (figures.on_hand, figures.on_order, figures.required, figures.position) == (3, 4, 5, 2)
    assert (figures.reorder_point, figures.order_up_to) == (20, 40)
    assert (figures.minimum, figures.multiple, figures.maximum) == (24, 24, 240)


def test_a_substitute_is_bought_in_its_own_unit_and_amount() -> None:
    world = known(
        kept_part("saddle"), kept_part("seat"), site("plant", zone="UTC"), supplier("acme"),
        agreement("acme", "seat", "6"), SubstituteDefined(part="saddle", substitute="seat", numerator=3, denominator=2),
    )
    [told] = purchase(world, [buying(world, 5)], [], START)
    assert (told.part, told.amount, told.pegged) == ("seat", 8, (("run/R1/1", Decimal(8)),))


def test_a_part_that_may_be_made_or_bought_is_bought_here() -> None:
    world = a_world(kept_part("saddle", make_or_buy=MakeOrBuy.BOTH, reorder_point=Decimal(2), order_up_to=Decimal(9)))
    assert [one.amount for one in asked(world)] == [9]


def test_a_policys_review_days_say_how_far_ahead_stock_is_looked_at() -> None:
    world = replace(
        a_world(on_hand=5, reorder_point=20, order_up_to=100), policy=PolicyShape(currency="EUR", review_days=7)
    )
    world.wanted[AT] = [Demand("r1", day(9), Decimal(9), Decimal(9))]
    assert when(world) == day(7)
