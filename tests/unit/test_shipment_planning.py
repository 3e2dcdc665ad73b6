"""Planning a shipment, planning it otherwise, calling it off."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from events.logistics import facts as f
from events.logistics import messages as m
from events.logistics.shapes import CarriedLine, Discrepancy, Purpose
from events.values import Quantity
from services.logistics.state import dump, load
from tests import scenario as s
from tests.shipping import (
    ARRIVED,
    CANCEL,
    DEPART,
    ORDER,
    Shipping,
    announced,
    arrived,
    delivery,
    of,
    plan,
    replan,
    sent,
    so,
)

ABOUT: dict[str, Any] = {
    "shipment": "S", "purpose": Purpose.TRANSFER, "from_node": "site/plant", "to_node": "site/store",
}


def test_a_plan_is_recorded_in_base_units_and_expected_when_it_is_to_arrive() -> None:
    line = CarriedLine(
        line=1, part="BOLT", unit="C62", amount=Decimal(24), told=Quantity.of(2, "CT"), lot="A", order=ORDER
    )
    Shipping().when(plan(of(1, 2, unit="CT", lot="A", order=ORDER), carrier="FAST")).then(
        f.ShipmentPlanned(
            **ABOUT, expected=s.day(3), lanes=("L",), lines=(line,), depart_at=s.day(1), arrive_at=s.day(3),
            carrier="FAST", told_at=s.START,
        )
    )


def test_the_same_plan_again_is_a_repeat_even_when_it_was_changed_since() -> None:
    told = Shipping().given(plan()).wait(1)
    assert told.when(plan()).facts == []
    told.given(replan(arrive_at=s.day(5)))
    assert told.when(plan()).facts == []
    told.given(CANCEL)
    assert told.when(plan()).facts == []


def test_another_plan_under_the_same_number_is_refused() -> None:
    told = Shipping().given(plan())
    assert told.refused(plan(of(1, 11))) == ("shipment",)
    assert told.refused(plan(purpose=Purpose.DELIVERY)) == ("shipment",)
    assert told.account() == {}


def test_a_plan_waits_for_its_places_parts_and_conversions() -> None:
    Shipping().when(plan(from_node="site/new")).parked_on("site/new")
    Shipping().when(plan(of(1, 1, "NEW"), to_node="supplier/NEW")).parked_on("supplier/NEW", "part/NEW")
    Shipping().when(plan(of(1, 1, "NUT", unit="CT"))).parked_on("conversion/NUT/CT")
    Shipping().given(plan()).when(replan(lines=(of(1, 1, "NEW"),))).parked_on("part/NEW")


def test_lanes_are_taken_as_they_are_named() -> None:
    assert Shipping().when(plan(lanes=("nobody-defined-it",))).names == ["ShipmentPlanned"]


def test_a_plan_that_cannot_be_is_refused_with_reasons() -> None:
    told = Shipping()
    assert told.refused(plan(to_node="site/plant", arrive_at=s.day(0))) == ("to_node", "arrive_at")
    assert told.state("shipment/S").shipment is None
    assert told.when(plan()).names == ["ShipmentPlanned"]


@pytest.mark.parametrize("wrong", [{"lines": []}, {"lines": [of(1, 1).model_dump()] * 2}])
def test_a_line_is_told_once_and_there_is_one(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        m.PlanShipment.model_validate({**plan().model_dump(), **wrong})


def test_a_request_for_a_shipment_that_is_not_known_waits() -> None:
    for body in (replan(arrive_at=s.day(9)), CANCEL):
        Shipping().when(body).parked_on("shipment/S")


def test_before_it_leaves_everything_can_be_planned_otherwise() -> None:
    told = Shipping().given(plan(of(1, 10), of(2, 5)))
    lines = (of(1, 6, "NUT"), of(3, 1))
    (fact,) = told.when(replan(lanes=("A", "B"), lines=lines, depart_at=s.day(2), arrive_at=s.day(4))).facts
    assert (fact.lanes, fact.depart_at, fact.arrive_at, fact.expected) == (("A", "B"), s.day(2), s.day(4), s.day(4))
    assert (fact.was_depart_at, fact.was_arrive_at) == (s.day(1), s.day(3))
    planned = {number: (line.part, line.planned) for number, line in told.shipment.lines.items()}
    assert planned == {1: ("NUT", 6), 3: ("BOLT", 1)}


def test_what_is_left_out_stays_and_what_is_so_already_is_a_repeat() -> None:
    told = Shipping().given(plan(of(1, 2, unit="CT"), via=("hub/x",)))
    assert told.when(replan(arrive_at=s.day(3), lanes=("L",), via=("hub/x",), lines=(of(1, 24),))).facts == []
    (fact,) = told.when(replan(arrive_at=s.day(6))).facts
    assert (fact.lanes, fact.via, fact.depart_at) == (("L",), ("hub/x",), s.day(1))
    (fact,) = told.when(replan(lanes=("A",))).facts
    assert fact.via is None
    assert fact.lines[0].amount == 24


def test_a_change_makes_sense_or_is_refused() -> None:
    told = Shipping().given(plan())
    assert told.refused(replan(depart_at=s.day(8))) == ("arrive_at",)
    with pytest.raises(ValidationError):
        m.ReplanShipment(shipment="S")


def test_once_it_has_left_only_the_legs_that_remain_and_the_arrival_change() -> None:
    told = Shipping().given(plan()).given(DEPART)
    assert told.refused(replan(lines=(of(1, 9),), depart_at=s.day(2), arrive_at=s.day(9))) == ("lines", "depart_at")
    (fact,) = told.when(replan(lanes=("M",), via=("hub/y",), arrive_at=s.day(9), lines=(of(1, 10),))).facts
    assert (fact.lanes, fact.via, fact.expected) == (("M",), ("hub/y",), s.day(9))
    assert told.account() == {"sent": 10, "in_transit": 10}


def test_what_is_partly_handed_over_is_not_loaded_otherwise() -> None:
    told = Shipping().given(plan(), sent(1))
    assert told.refused(replan(lines=(of(1, 9),))) == ("lines",)


def test_once_nothing_is_under_way_nothing_changes() -> None:
    told = Shipping().given(plan()).given(DEPART, ARRIVED)
    assert told.refused(replan(arrive_at=s.day(9))) == ("shipment",)


def test_what_has_not_left_can_be_called_off_and_then_is_expected_no_more() -> None:
    told = Shipping().given(plan())
    told.when(CANCEL).then(f.ShipmentCancelled(**ABOUT, reason="not needed"))
    assert told.when(CANCEL).facts == []
    assert told.refused(replan(arrive_at=s.day(9))) == ("shipment",)
    assert told.refused(plan(of(1, 3))) == ("shipment",)


@pytest.mark.parametrize("gone", [DEPART, sent(1), arrived(so(1)), m.LegArrived(shipment="S", node="site/store")])
def test_what_has_left_cannot_be_called_off(gone: Any) -> None:
    assert Shipping().given(plan()).given(gone).refused(CANCEL) == ("shipment",)


def test_a_notice_is_neither_called_off_nor_planned_otherwise() -> None:
    told = Shipping().given(announced())
    assert told.refused(CANCEL) == ("shipment",)
    assert told.refused(replan(arrive_at=s.day(9))) == ("shipment",)


@pytest.mark.parametrize("at", [s.day(0), s.day(2)])
def test_what_is_called_off_and_leaves_all_the_same_goes_on(at: datetime) -> None:
    told = Shipping().given(plan(), CANCEL)
    then = told.when(DEPART, at=at)
    assert then.names == ["ShipmentDiscrepancyFound", "ShipmentDeparted", "ShipmentSent"]
    assert [fact.expected for fact in then.facts] == [None, s.day(3), s.day(3)]
    assert told.discrepancies() == [Discrepancy.CANCELLED]
    assert (told.shipment.expected, told.account()) == (s.day(3), {"sent": 10, "in_transit": 10})


def test_goods_found_before_they_are_planned_keep_their_account() -> None:
    told = Shipping().given(sent(4), sent(2, "NUT"))
    (fact, noted) = told.when(plan(of(1, 10))).facts
    assert [(line.line, line.was) for line in fact.lines] == [(1, 900000001)]
    assert (noted.kind, noted.line, noted.amount) == (Discrepancy.SENT_MORE, 900000002, 2)
    assert told.account(1) == {"sent": 4, "in_transit": 4}
    assert told.account(900000002) == {"sent": 2, "in_transit": 2}
    told.given(sent(6))
    assert told.account(1) == {"sent": 10, "in_transit": 10}


def test_a_notice_may_be_planned_but_not_with_other_goods() -> None:
    told = Shipping().given(announced())
    about = {"purpose": Purpose.INBOUND, "from_node": "supplier/ACME", "to_node": "site/plant"}
    assert told.refused(plan(of(1, 10, "NUT"), **about)) == ("lines.0.part",)
    assert told.when(plan(of(1, 12), **about)).names == ["ShipmentPlanned"]
    assert told.line().planned == 12


def test_a_plan_for_another_place_than_the_goods_went_to_is_said() -> None:
    told = Shipping().given(announced(), plan(from_node="site/store", to_node="site/plant"))
    assert told.discrepancies() == [Discrepancy.WRONG_PLACE]


def test_a_delivery_needs_no_place_to_go_to() -> None:
    told = Shipping().given(delivery(to_node=None))
    assert told.shipment.to_node is None
    assert told.when(m.LegArrived(shipment="S", node="hub/x")).names[-1] == "ShipmentLegArrived"


def test_a_shipment_reads_back_from_its_snapshot() -> None:
    told = Shipping().given(plan(of(1, 10, order=ORDER, lot="A"), via=("hub/x",)), DEPART)
    told.given(m.LegArrived(shipment="S", node="hub/x"), arrived(so(3)))
    state = told.state("shipment/S")
    assert load(dump(state)) == state
