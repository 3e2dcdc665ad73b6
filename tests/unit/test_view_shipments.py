"""Shipments and lanes: of every line sent = in transit + arrived + lost, and the latest word stands."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from events.logistics import facts as f
from events.logistics.shapes import CarriedLine, LaneCost, Mode, Moved, Purpose, Transit
from events.orders.shapes import OrderRef
from projections.network import LANE, NETWORK
from projections.shipments import LINE, SHIPMENT, SHIPMENTS, Shipment
from projections.shipments_queries import lateness
from tests.folding import START, folded

DAY = timedelta(days=1)
ABOUT: dict[str, Any] = {
    "shipment": "S1", "purpose": Purpose.DELIVERY, "from_node": "site/plant", "to_node": "zone/NORTH",
    "expected": START + DAY,
}


def planned(**more: Any) -> f.ShipmentPlanned:
    line = CarriedLine(
        line=1, part="BIKE", unit="C62", amount=Decimal(5), order=OrderRef(number="SO-1", line=1, schedule=1), **more
    )
    return f.ShipmentPlanned(
        **ABOUT, lanes=("north",), lines=(line,), depart_at=START, arrive_at=START + DAY, told_at=START
    )


def moved(kind: type[Any], amount: int, line: int = 1, **deltas: int) -> Any:
    changes: dict[str, Any] = {name: Decimal(delta) for name, delta in deltas.items()}
    told = Moved(line=line, part="BIKE", unit="C62", amount=Decimal(amount), **changes)
    return kind(**ABOUT, lines=(told,))


def test_what_was_sent_is_in_transit_arrived_or_lost() -> None:
    rows = folded(
        SHIPMENTS, planned(), moved(f.ShipmentSent, 5, sent=5), moved(f.ShipmentLost, 1, lost=1),
        moved(f.ShipmentDelivered, 3, arrived=3, damaged=1),
    )
    line, = rows.rows(LINE)
    assert line.sent == line.in_transit + line.arrived + line.lost
    assert (line.planned, line.sent, line.in_transit, line.delivered, line.damaged) == (5, 5, 1, 3, 1)
    assert (line.order_number, rows.rows(SHIPMENT)[0].state) == ("SO-1", "delivered")


def test_goods_found_before_they_were_planned_get_the_planned_line_s_number() -> None:
    rows = folded(SHIPMENTS, moved(f.ShipmentSent, 5, 900_000_000, sent=5), planned(was=900_000_000))
    assert [(line.line, line.sent, line.in_transit) for line in rows.rows(LINE)] == [(1, 5, 5)]


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ((), "planned"),
        ((f.ShipmentTendered(**ABOUT, carrier="DHL", told_at=START),), "tendered"),
        ((f.ShipmentDeparted(**ABOUT, departed_at=START),), "under_way"),
        ((f.ShipmentDeparted(**ABOUT, departed_at=START), moved(f.ShipmentArrived, 5, arrived=5)), "arrived"),
        ((f.ShipmentCancelled(**ABOUT),), "cancelled"),
    ],
)
def test_how_far_a_shipment_is(facts: tuple[Any, ...], state: str) -> None:
    assert folded(SHIPMENTS, planned(), *facts).rows(SHIPMENT)[0].state == state


def test_what_is_held_at_customs_is_held_until_it_is_cleared_and_older_words_change_nothing() -> None:
    held = f.ShipmentHeld(**ABOUT, node="hub/port", since=START, reason="papers")
    cleared = f.ShipmentCleared(**ABOUT, since=START)
    old = f.ShipmentHeld(**ABOUT, since=START, current=False)
    found = folded(SHIPMENTS, planned(), held).rows(SHIPMENT)[0]
    assert (found.held, found.node, found.reason) == (True, "hub/port", "papers")
    assert not folded(SHIPMENTS, planned(), held, cleared, old).rows(SHIPMENT)[0].held


def shipment(**changes: Any) -> Shipment:
    row = folded(SHIPMENTS, planned()).rows(SHIPMENT)[0]
    for name, value in changes.items():
        setattr(row, name, value)
    return row


def test_late_is_held_against_the_first_plan() -> None:
    assert lateness(shipment(), START) == timedelta(0)
    assert lateness(shipment(expected=START + 3 * DAY), START) == 2 * DAY
    assert lateness(shipment(), START + 4 * DAY) == 3 * DAY, "what should have come and hasn't is late by now"
    assert lateness(shipment(ended_at=START + 2 * DAY), START + 9 * DAY) == DAY
    assert lateness(shipment(state="cancelled"), START + 9 * DAY) == timedelta(0)


def lane(**more: Any) -> f.LaneDefined:
    return f.LaneDefined(
        lane="north", from_node="site/plant", to_node="zone/NORTH", mode=Mode.ROAD,
        transit=Transit(least=1, usual=2, most=3), cost=LaneCost(currency="EUR", fixed=Decimal(5)), **more,
    )


def word(kind: type[Any], **more: Any) -> Any:
    return kind(lane="north", from_node="site/plant", to_node="zone/NORTH", since=START, **more)


def test_a_lane_is_closed_slowed_or_open_and_new_terms_do_not_open_it() -> None:
    closed = word(f.LaneClosed, until=START + DAY, reason="snow")
    row = folded(NETWORK, lane(), closed, lane(active=False)).rows(LANE)[0]
    assert (row.standing, row.until, row.reason, row.active) == ("closed", START + DAY, "snow", False)
    slowed = folded(NETWORK, lane(), closed, word(f.LaneSlowed, extra_hours=5)).rows(LANE)[0]
    assert (slowed.standing, slowed.extra_hours, slowed.until, slowed.closures) == ("slowed", 5, None, 1)
    opened = folded(NETWORK, lane(), closed, word(f.LaneReopened)).rows(LANE)[0]
    assert (opened.standing, opened.until) == ("open", None)


def test_an_older_word_about_a_lane_is_counted_and_changes_nothing() -> None:
    row = folded(NETWORK, lane(), word(f.LaneClosed, current=False)).rows(LANE)[0]
    assert (row.standing, row.closures, row.usual, row.fixed) == ("open", 1, 2, 5)
