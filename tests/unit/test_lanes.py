"""Lanes: what they are, and whether they are open."""

from datetime import time
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from events.logistics import facts as f
from events.logistics import messages as m
from events.logistics.shapes import Capacity, LaneCost, Transit
from events.values import Some
from services.logistics.shipment import Condition, Lane
from services.logistics.state import dump, load
from tests import scenario as s
from tests.shipping import Shipping, lane

CLOSED = m.Closed(lane="L", until=s.day(9), reason="snow")
SLOWED = m.Slowed(lane="L", extra_hours=12)
REOPENED = m.Reopened(lane="L")
ENDS = {"lane": "L", "from_node": "supplier/ACME", "to_node": "site/plant"}
FULL: dict[str, Any] = {
    "distance_km": Decimal("812.5"),
    "cost": LaneCost(currency="EUR", fixed=Decimal(80), per_kg=Decimal("0.2")),
    "capacity": Capacity(quantity=Some.of(9000, "KGM")),
    "calendar": "weekdays",
    "cutoff": time(14),
}


def state(told: Shipping) -> Lane:
    found = told.state("lane/L").lane
    assert found is not None
    assert load(dump(told.state("lane/L"))).lane == found
    return found


def test_a_lane_is_recorded_as_it_was_told() -> None:
    (fact,) = Shipping().when(lane(**FULL)).facts
    assert isinstance(fact, f.LaneDefined)
    assert {name: getattr(fact, name) for name in f.LaneDefined.model_fields} == {
        name: getattr(lane(**FULL), name) for name in m.DefineLane.model_fields
    }


def test_a_lane_defined_again_is_replaced_and_the_same_again_is_no_fact() -> None:
    told = Shipping().given(lane(**FULL))
    assert told.when(lane(**FULL)).facts == []
    (fact,) = told.when(lane()).facts
    assert (fact.cost, fact.calendar) == (None, None)
    assert told.when(lane()).facts == []


def test_a_lane_waits_for_its_places_and_its_calendar() -> None:
    Shipping().when(lane(from_node="supplier/NEW", to_node="site/new")).parked_on("supplier/NEW", "site/new")
    Shipping().when(lane(calendar="new")).parked_on("calendar/new")
    assert Shipping().when(lane(from_node="hub/port", to_node="zone/NORTH")).names == ["LaneDefined"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"from_node": "plant"}, {"from_node": "sites/plant"}, {"to_node": "supplier/ACME"},
        {"transit": {"least": 9, "usual": 8, "most": 9}}, {"cutoff": "14:00+01:00"}, {"distance_km": "-1"},
    ],
)
def test_a_lane_that_cannot_be_is_refused_at_the_door(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        m.DefineLane.model_validate({**lane().model_dump(), **wrong})


def test_a_lane_is_closed_slowed_and_reopened() -> None:
    told = Shipping().given(lane())
    told.when(CLOSED).then(f.LaneClosed(**ENDS, since=s.START, until=s.day(9), reason="snow"))
    told.wait(1).when(SLOWED).then(f.LaneSlowed(**ENDS, since=s.day(1), extra_hours=12))
    told.wait(1).when(REOPENED).then(f.LaneReopened(**ENDS, since=s.day(2)))
    assert state(told).condition is Condition.OPEN


def test_the_same_word_of_the_same_time_is_a_repeat_and_with_another_end_it_is_not() -> None:
    told = Shipping().given(lane(), CLOSED)
    assert told.when(CLOSED).facts == []
    (fact,) = told.when(m.Closed(lane="L", until=s.day(20))).facts
    assert (fact.until, state(told).until) == (s.day(20), s.day(20))


@pytest.mark.parametrize("late", [CLOSED, SLOWED, REOPENED])
def test_a_word_older_than_the_newest_is_recorded_and_changes_nothing(late: m.LaneObservation) -> None:
    told = Shipping().given(lane()).given(m.Slowed(lane="L", extra_hours=3), at=s.day(5))
    (fact,) = told.when(late, at=s.day(4)).facts
    assert fact.current is False
    assert (state(told).condition, state(told).extra_hours, state(told).said_at) == (Condition.SLOWED, 3, s.day(5))


def test_a_word_said_again_later_holds_from_then() -> None:
    told = Shipping().given(lane()).given(CLOSED, at=s.day(1)).given(CLOSED, at=s.day(6))
    assert told.when(REOPENED, at=s.day(4)).facts[0].current is False
    assert state(told).condition is Condition.CLOSED


def test_a_definition_leaves_a_closed_lane_closed() -> None:
    told = Shipping().given(lane(), CLOSED, lane(transit=Transit(least=1, usual=2, most=3), to_node="site/store"))
    assert (state(told).condition, state(told).to_node) == (Condition.CLOSED, "site/store")
    assert told.when(REOPENED).facts[0].to_node == "site/store"


@pytest.mark.parametrize("body", [CLOSED, SLOWED, REOPENED])
def test_what_is_told_of_a_lane_that_is_not_known_waits(body: m.LaneObservation) -> None:
    Shipping().when(body).parked_on("lane/L")
