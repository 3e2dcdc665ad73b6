"""Ways through the network: when lanes leave, which way is taken, what room and closures do."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from events.catalogue.facts import CalendarDefined, RateDefined
from events.catalogue.places import WORKWEEK
from projections.planning.shapes import Journey, Load
from projections.routing import journey, leaving, usual_transit
from tests.known import Known, closed, kept_part, known, lane, slowed
from tests.scenario import day, site

TRUCK = lane("truck", "site/store", "site/plant", 48, "50")
PLANE = lane("plane", "site/store", "site/plant", 6, "400")
THURSDAY, MONDAY = day(0), day(4)  # 1 and 5 January 2026


def a_world(*lanes: object) -> Known:
    world = known(
        kept_part("saddle", kg="2"), site("plant", zone="UTC"), site("store", zone="Europe/Berlin"),
        CalendarDefined(id="weekdays", days=WORKWEEK),
    )
    return world.with_lanes(*lanes)  # type: ignore[arg-type]


def go(world: Known, by: datetime | None, earliest: datetime = THURSDAY, amount: int = 10) -> Journey | None:
    return journey(world, "saddle", Decimal(amount), "site/store", "site/plant", earliest, by, world.now)


def taken(world: Known, by: datetime | None, **more: object) -> str | None:
    found = go(world, by, **more)  # type: ignore[arg-type]
    return None if found is None else "+".join(found.lanes)


def arrives(world: Known, **more: object) -> datetime:
    found = go(world, None, **more)  # type: ignore[arg-type]
    assert found is not None
    return found.arrive_at


def leaves_on(world: Known, amount: int) -> date:
    found = go(world, None, amount=amount)
    assert found is not None
    return leaving(world, found.lanes, found.depart_at)[0][1]


def test_the_cheapest_way_in_time_is_taken() -> None:
    assert taken(a_world(TRUCK, PLANE), day(2)) == "truck"


def test_when_the_cheapest_is_too_late_the_next_is_taken() -> None:
    assert taken(a_world(TRUCK, PLANE), day(1)) == "plane"


def test_when_nothing_is_in_time_the_fastest_is_taken() -> None:
    assert taken(a_world(TRUCK, PLANE), day(0.1)) == "plane"


def test_without_a_time_the_fastest_is_taken() -> None:
    assert taken(a_world(TRUCK, PLANE), None) == "plane"


def test_what_goes_decides_what_is_cheap() -> None:
    heavy = lane("heavy", "site/store", "site/plant", 48, "0", per_kg="5")
    assert taken(a_world(TRUCK, heavy), day(9), amount=1) == "heavy"
    assert taken(a_world(TRUCK, heavy), day(9), amount=10) == "truck"


def test_the_cost_is_a_fixed_sum_and_so_much_for_each_kilogram_and_unit() -> None:
    found = go(a_world(lane("l", "site/store", "site/plant", 1, "50", per_kg="2", per_unit="0.5")), day(9))
    assert found is not None
    assert found.cost == 50 + 10 * 2 * 2 + 10 * Decimal("0.5")


def test_a_lane_in_another_currency_costs_what_its_rate_says() -> None:
    world = known(
        site("plant"), site("store"),
        RateDefined(base="USD", quote="EUR", rate=Decimal("0.9"), valid_from=day(-1)),
    ).with_lanes(lane("l", "site/store", "site/plant", 1, "50", currency="USD"))
    found = go(world, day(9))
    assert found is not None
    assert found.cost == 45


def test_what_a_lane_costs_that_nobody_priced_is_unknown_not_nothing() -> None:
    free = lane("free", "site/store", "site/plant", 48, currency=None)
    found = go(a_world(free), day(9))
    assert found is not None
    assert found.cost is None
    assert taken(a_world(free, TRUCK), day(9)) == "truck"


def test_a_way_may_change_lanes_at_sites_and_hubs_but_not_at_suppliers() -> None:
    by_hub = (lane("a", "site/store", "hub/port", 5), lane("b", "hub/port", "site/plant", 5))
    by_supplier = (lane("a", "site/store", "supplier/acme", 5), lane("b", "supplier/acme", "site/plant", 5))
    assert taken(a_world(*by_hub), None) == "a+b"
    assert taken(a_world(*by_supplier), None) is None
    assert usual_transit(a_world(*by_supplier), "site/store", "site/plant") is None
    assert usual_transit(a_world(*by_hub), "site/store", "site/plant") == timedelta(hours=10)


def test_a_closed_lane_is_not_taken_and_one_closed_for_a_while_waits() -> None:
    assert taken(a_world(closed(TRUCK), PLANE), day(9)) == "plane"
    assert taken(a_world(closed(TRUCK)), day(9)) is None
    assert arrives(a_world(closed(TRUCK, day(3)))) == day(5)


def test_a_slowed_lane_takes_longer_unless_waiting_is_faster() -> None:
    assert arrives(a_world(slowed(TRUCK, 24))) == day(3)
    assert arrives(a_world(slowed(TRUCK, 24, day(2)))) == day(3)
    assert arrives(a_world(slowed(TRUCK, 72, day(2)))) == day(4)


def test_how_a_lane_stands_is_no_matter_for_what_is_usual() -> None:
    assert usual_transit(a_world(closed(TRUCK)), "site/store", "site/plant") == timedelta(hours=48)
    inactive = lane("truck", "site/store", "site/plant", 48, active=False)
    assert usual_transit(a_world(inactive), "site/store", "site/plant") is None


def test_a_lane_leaves_on_the_days_of_its_calendar_by_the_clock_of_where_it_starts() -> None:
    world = a_world(lane("l", "site/store", "site/plant", 10, calendar="weekdays"))
    saturday = datetime(2026, 1, 3, 12, tzinfo=UTC)
    found = go(world, None, earliest=saturday)
    assert found is not None
    assert found.depart_at == datetime(2026, 1, 4, 23, tzinfo=UTC)  # Monday begins in Berlin
    assert leaving(world, found.lanes, found.depart_at) == (("l", MONDAY.date()),)


def test_what_is_ready_after_the_cut_off_goes_on_the_next_day() -> None:
    world = a_world(lane("l", "site/store", "site/plant", 10, cutoff=time(14)))
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)  # one o'clock in Berlin
    assert arrives(world, earliest=noon) == noon + timedelta(hours=1 + 10)
    assert arrives(world, earliest=noon + timedelta(hours=2)) == noon + timedelta(hours=25 + 10)


def test_it_leaves_as_late_as_allows_to_be_in_time_even_when_all_takes_longest() -> None:
    found = go(a_world(lane("l", "site/store", "site/plant", 24, most=48)), day(10))
    assert found is not None
    assert (found.depart_at, found.arrive_at) == (day(8), day(9))


def test_a_connection_that_a_slow_lane_would_miss_is_not_relied_on_when_there_is_time() -> None:
    world = a_world(
        lane("a", "site/store", "hub/port", 24, most=30), lane("b", "hub/port", "site/plant", 10, cutoff=time(10)),
    )
    found = go(world, day(10))
    assert found is not None
    assert found.depart_at == datetime(2026, 1, 8, 8, tzinfo=UTC)  # a day later would do, were "a" never slow


def test_with_no_time_to_spare_it_leaves_at_once() -> None:
    found = go(a_world(lane("l", "site/store", "site/plant", 24, most=48)), day(1.5))
    assert found is not None
    assert (found.depart_at, found.arrive_at) == (day(0), day(1))


@pytest.mark.parametrize(("taken_already", "leaves"), [(0, 0), (30, 0), (31, 1)])
def test_a_full_day_is_left_out(taken_already: int, leaves: int) -> None:
    world = a_world(lane("l", "site/store", "site/plant", 24, capacity=80, capacity_unit="KGM"))
    world.all_loads["l", THURSDAY.date()] = [Load("saddle", Decimal(taken_already))]  # of 2 kg
    assert leaves_on(world, amount=10) == day(leaves).date()


def test_what_is_more_than_a_day_takes_goes_over_several() -> None:
    world = a_world(lane("l", "site/store", "site/plant", 24, capacity=80, capacity_unit="KGM"))
    assert leaves_on(world, amount=100) == day(2).date()


def test_a_full_lane_makes_another_the_cheapest_in_time() -> None:
    small = lane("small", "site/store", "site/plant", 24, "10", capacity=10, capacity_unit="EA")
    world = a_world(small, PLANE)
    assert taken(world, day(1.5)) == "small"
    world.all_loads["small", THURSDAY.date()] = [Load("saddle", Decimal(1))]
    assert taken(world, day(1.5)) == "plane"


def test_ways_are_found_anew_when_the_network_changed() -> None:
    world = a_world(TRUCK)
    assert taken(world, None) == "truck"
    assert taken(world.with_lanes(PLANE), None) == "plane"
    assert taken(world.with_lanes(closed(PLANE)), None) == "truck"
    assert taken(world.with_lanes(PLANE, closed(TRUCK)), None) == "plane"


def test_from_a_place_to_itself_there_is_nothing_to_go() -> None:
    found = journey(a_world(), "saddle", Decimal(1), "site/plant", "site/plant", day(1), day(2), THURSDAY)
    assert found == Journey((), day(1), day(1), Decimal(0))
