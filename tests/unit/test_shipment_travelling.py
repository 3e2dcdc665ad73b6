"""A shipment on its way: who carries it, where it is, and when it will be there."""

from typing import Any

import pytest
from pydantic import ValidationError

from events.logistics import facts as f
from events.logistics import messages as m
from events.logistics.shapes import Discrepancy
from tests import scenario as s
from tests.shipping import ARRIVED, DEPART, Shipping, announced, plan, replan

ABOUT = {"shipment": "S"}
TENDERED = m.Tendered(shipment="S", carrier="FAST", tracking="T-1")


def reach(node: str) -> m.LegArrived:
    return m.LegArrived(shipment="S", node=node)


def estimate(days: float) -> m.Estimated:
    return m.Estimated(shipment="S", expected=s.day(days))


def by(hours: int) -> m.Delayed:
    return m.Delayed(shipment="S", hours=hours, reason="snow")


def until(days: float) -> m.Delayed:
    return m.Delayed(shipment="S", expected=s.day(days))


@pytest.mark.parametrize(
    "body",
    [
        TENDERED, DEPART, reach("hub/x"), estimate(4), by(3), m.Held(shipment="S"), m.Cleared(shipment="S"),
        m.Lost(shipment="S"), ARRIVED, m.Delivered(shipment="S"),
    ],
)
def test_what_is_told_of_a_shipment_that_is_not_known_waits(body: Any) -> None:
    Shipping().when(body).parked_on("shipment/S")


def test_the_latest_tender_counts() -> None:
    told = Shipping().given(plan()).given(TENDERED, at=s.day(2))
    assert told.when(TENDERED, at=s.day(2)).facts == []
    (fact,) = told.when(m.Tendered(shipment="S", carrier="SLOW"), at=s.day(1)).facts
    assert (fact.current, told.shipment.carrier) == (False, "FAST")
    told.given(m.Tendered(shipment="S", carrier="SLOW"), at=s.day(3))
    assert (told.shipment.carrier, told.shipment.tracking) == ("SLOW", None)


def test_it_departs_once() -> None:
    told = Shipping().given(plan()).given(DEPART, at=s.day(1))
    assert told.when(DEPART, at=s.day(1)).facts == []
    assert told.when(DEPART, at=s.day(2)).names == ["ShipmentDiscrepancyFound"]
    assert (told.discrepancies(), told.shipment.departed_at) == ([Discrepancy.TOLD_TWICE], s.day(1))


def test_its_departure_may_be_told_after_it_has_arrived() -> None:
    told = Shipping().given(plan()).given(ARRIVED, at=s.day(3))
    assert told.discrepancies() == [Discrepancy.BEFORE_DEPARTURE]
    assert told.when(DEPART, at=s.day(1)).names == ["ShipmentDeparted"]
    assert told.account() == {"sent": 10, "arrived": 10}


def test_a_place_on_the_route_is_recorded_and_one_off_it_is_said() -> None:
    told = Shipping().given(plan(lanes=("A", "B"), via=("hub/x",))).given(DEPART)
    assert told.when(reach("hub/x"), at=s.day(1)).names == ["ShipmentLegArrived"]
    told.given(reach("hub/y"), at=s.day(2)).given(reach("site/store"), at=s.day(3))
    assert told.discrepancies() == [Discrepancy.OFF_ROUTE]
    assert [fact.node for fact in told.facts if isinstance(fact, f.ShipmentDiscrepancyFound)] == ["hub/y"]


def test_one_lane_has_no_places_between() -> None:
    told = Shipping().given(plan(lanes=("A",)), DEPART, reach("hub/x"))
    assert told.discrepancies() == [Discrepancy.OFF_ROUTE]


def test_where_nobody_told_the_places_between_none_is_off_the_route() -> None:
    told = Shipping().given(plan(lanes=("A", "B")), DEPART, reach("hub/x"))
    assert told.discrepancies() == []


def test_the_same_place_again_is_a_repeat_unless_it_was_elsewhere_between() -> None:
    told = Shipping().given(plan(via=("hub/x",)), DEPART).given(reach("hub/x"), at=s.day(1))
    assert told.when(reach("hub/x"), at=s.day(2)).facts == []
    (late,) = told.when(reach("site/plant"), at=s.day(0.5)).facts
    assert late.current is False
    told.given(reach("site/store"), at=s.day(3))
    (back,) = told.when(reach("hub/x"), at=s.day(4)).facts
    assert back.current is True


def test_two_places_at_one_time_are_both_kept_and_each_told_once() -> None:
    told = Shipping().given(plan(via=("hub/x", "hub/y")), DEPART).given(reach("hub/y"), reach("hub/x"), at=s.day(1))
    assert told.when(reach("hub/y"), at=s.day(1)).facts == []
    assert [node for _, node in told.shipment.legs] == ["hub/y", "hub/x"]


def test_a_leg_before_any_departure_is_said_and_what_was_planned_is_under_way() -> None:
    told = Shipping().given(plan(lanes=("A", "B")))
    names = ["ShipmentDiscrepancyFound", "ShipmentSent", "ShipmentLegArrived"]
    assert told.when(reach("hub/x")).names == names
    assert told.discrepancies() == [Discrepancy.BEFORE_DEPARTURE]
    assert told.account() == {"sent": 10, "in_transit": 10}


def test_the_latest_word_says_when_it_is_expected() -> None:
    told = Shipping().given(plan())
    (fact,) = told.when(estimate(5), at=s.day(2)).facts
    assert (fact.was, fact.estimate, fact.expected, fact.current) == (s.day(3), s.day(5), s.day(5), True)
    (late,) = told.when(estimate(4), at=s.day(1)).facts
    assert (late.estimate, late.expected, late.current) == (s.day(4), s.day(5), False)
    assert told.when(estimate(5), at=s.day(2)).facts == []
    assert told.when(until(7), at=s.day(3)).facts[0].expected == s.day(7)
    assert told.when(DEPART, at=s.day(3)).facts[0].expected == s.day(7)


def test_a_plan_older_than_an_estimate_does_not_override_it() -> None:
    told = Shipping().given(plan()).given(estimate(5), at=s.day(2))
    (fact,) = told.when(replan(arrive_at=s.day(4)), at=s.day(1)).facts
    assert (fact.arrive_at, fact.expected) == (s.day(4), s.day(5))
    (fact,) = told.when(replan(arrive_at=s.day(6)), at=s.day(3)).facts
    assert fact.expected == s.day(6)


def test_a_delay_in_hours_counts_from_what_was_expected() -> None:
    told = Shipping().given(plan())
    (fact,) = told.when(by(12), at=s.day(1)).facts
    assert (fact.was, fact.until, fact.expected, fact.hours) == (s.day(3), s.day(3.5), s.day(3.5), 12)
    assert told.when(by(12), at=s.day(2)).facts[0].expected == s.day(4)


def test_a_delay_in_hours_told_late_or_of_what_nobody_knew_leads_nowhere() -> None:
    told = Shipping().given(plan()).given(estimate(5), at=s.day(2))
    (fact,) = told.when(by(12), at=s.day(1)).facts
    assert (fact.until, fact.expected, fact.current) == (None, s.day(5), False)
    (fact,) = Shipping().given(announced()).when(by(12)).facts
    assert (fact.until, fact.expected, fact.current) == (None, None, True)


def test_a_delay_says_a_time_or_hours() -> None:
    for wrong in ({}, {"expected": s.day(4), "hours": 3}, {"hours": 0}):
        with pytest.raises(ValidationError):
            m.Delayed(shipment="S", **wrong)  # type: ignore[arg-type]


def test_it_is_held_at_customs_and_cleared_by_the_latest_word() -> None:
    held, cleared = m.Held(shipment="S", node="hub/x", reason="papers"), m.Cleared(shipment="S", node="hub/x")
    told = Shipping().given(plan(), DEPART)
    (fact,) = told.when(held, at=s.day(2)).facts
    assert (fact.node, fact.since, fact.reason, told.shipment.held) == ("hub/x", s.day(2), "papers", True)
    assert told.when(held, at=s.day(2)).facts == []
    assert told.when(cleared, at=s.day(1)).facts[0].current is False
    assert told.shipment.held
    told.given(cleared, at=s.day(3))
    assert not told.shipment.held
    assert told.when(cleared, at=s.day(3)).facts == []
    assert told.when(held, at=s.day(2.5)).facts[0].current is False
    assert not told.shipment.held


def test_a_shipments_way_causes_no_commands() -> None:
    told = Shipping().given(plan())
    assert [told.when(body).commands for body in (TENDERED, DEPART, ARRIVED)] == [[], [], []]
