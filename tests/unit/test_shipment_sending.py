"""What was sent: by a supplier's notice, by our own warehouse, or by nobody's word but the departure's."""

from decimal import Decimal

import pytest

from events.logistics import facts as f
from events.logistics.shapes import Discrepancy, Moved, Purpose
from events.suppliers.messages import FollowNotice
from events.values import Line as DocumentLine
from events.values import Quantity, Some
from tests import scenario as s
from tests.shipping import (
    ARRIVED,
    BOUGHT,
    CANCEL,
    DEPART,
    Shipping,
    announced,
    arrived,
    delivery,
    of,
    plan,
    sent,
    so,
    unsent,
)

INBOUND = {"purpose": Purpose.INBOUND, "from_node": "supplier/ACME", "to_node": "site/plant"}
UNPLANNED = 900000001

# -- a supplier's notice ---------------------------------------------------------------------------------------


def test_a_notice_makes_a_shipment_known() -> None:
    moved = Moved(
        line=1, part="BOLT", unit="C62", amount=Decimal(24), told=Quantity.of(2, "CT"), sent=Decimal(24),
        purchase=BOUGHT, lot="A",
    )
    line = of(1, 2, unit="CT", purchase=BOUGHT, lot="A")
    told = Shipping()
    told.when(announced(line, expected=s.day(4), carrier="FAST", tracking="T-1")).then(
        f.ShipmentAnnounced(
            shipment="S", **INBOUND, expected=s.day(4), lines=(moved,), supplier="ACME", site="plant", carrier="FAST",
            tracking="T-1", arrives_at=s.day(4), arrives_on=s.day(4).date(), told_at=s.START,
        )
    )
    assert told.account() == {"sent": 24, "in_transit": 24}


def test_a_notice_waits_for_its_supplier_site_parts_and_conversions() -> None:
    Shipping().when(announced(of(1, 1, "NEW"))).parked_on("part/NEW")
    Shipping().when(announced(of(1, 1, "NUT", unit="CT"))).parked_on("conversion/NUT/CT")
    Shipping().when(announced().model_copy(update={"supplier": "X", "site": "y"})).parked_on("site/y", "supplier/X")


def test_a_notice_of_a_planned_shipment_says_what_was_sent_and_what_differs_is_said() -> None:
    told = Shipping().given(plan(of(1, 10), of(2, 5, "NUT"), **INBOUND))
    told.given(announced(of(1, 12)))
    assert (told.account(1), told.account(2)) == ({"sent": 12, "in_transit": 12}, {})
    assert told.discrepancies() == [Discrepancy.SENT_MORE, Discrepancy.SENT_LESS]
    assert [fact.amount for fact in told.facts if isinstance(fact, f.ShipmentDiscrepancyFound)] == [2, 5]


def test_a_notice_means_the_line_that_holds_its_part() -> None:
    told = Shipping().given(plan(of(10, 6, "BOLT"), of(20, 5, "NUT"), **INBOUND))
    told.given(announced(of(1, 5, "NUT"), of(2, 4, "BOLT"), of(10, 2, "BOLT"), of(20, 1, "BOLT")))
    sent_on = {number: (line.part, line.sent) for number, line in told.shipment.lines.items()}
    assert sent_on == {10: ("BOLT", 2), 20: ("NUT", 5), 2: ("BOLT", 4), UNPLANNED: ("BOLT", 1)}
    before = len(told.facts)
    told.given(announced(of(1, 5, "NUT"), of(2, 4, "BOLT"), of(10, 2, "BOLT"), of(20, 1, "BOLT")))
    assert len(told.facts) == before


def test_the_same_notice_again_is_a_repeat() -> None:
    told = Shipping().given(announced(expected=s.day(4)))
    assert told.when(announced(expected=s.day(4))).facts == []


def test_a_later_notice_replaces_an_earlier_one_and_the_difference_is_said() -> None:
    told = Shipping().given(announced(of(1, 10), of(2, 5, "NUT"))).wait(1)
    then = told.when(announced(of(1, 8)))
    assert [(moved.line, moved.amount, moved.sent) for moved in then.facts[0].lines] == [(1, 8, -2), (2, 0, -5)]
    assert then.facts[0].current
    assert told.discrepancies() == [Discrepancy.TOLD_TWICE, Discrepancy.TOLD_TWICE]
    assert told.account(1) == {"sent": 8, "in_transit": 8}
    assert list(told.shipment.lines) == [1]


def test_an_earlier_notice_told_late_is_recorded_and_changes_nothing() -> None:
    told = Shipping().given(announced(of(1, 8), expected=s.day(4)), at=s.day(2))
    then = told.when(announced(of(1, 10, purchase=BOUGHT), of(2, 1, "NUT"), expected=s.day(9)), at=s.day(1))
    assert (then.facts[0].current, then.facts[0].expected, then.commands) == (False, s.day(4), [])
    assert {moved.sent for moved in then.facts[0].lines} == {0}
    assert list(told.shipment.lines) == [1]
    assert told.account() == {"sent": 8, "in_transit": 8}


def test_a_notice_from_or_to_another_place_is_said() -> None:
    told = Shipping().given(plan(of(1, 10)), announced())
    assert told.discrepancies() == [Discrepancy.WRONG_PLACE, Discrepancy.WRONG_PLACE]


def test_a_notice_less_than_what_arrived_leaves_what_arrived() -> None:
    told = Shipping().given(announced(of(1, 10)), ARRIVED).wait(1).given(announced(of(1, 4)))
    assert told.account() == {"sent": 10, "arrived": 10}


def test_the_supplier_hears_of_each_order_line_once_and_of_the_day_at_the_site() -> None:
    other = DocumentLine(document="PO-1", line=2)
    lines = (of(1, 10, purchase=BOUGHT, lot="A"), of(2, 2, purchase=BOUGHT, lot="B"), of(3, 1, "NUT", purchase=other))
    then = Shipping().when(announced(*lines, of(4, 1), expected=s.day(4.98)))  # at the plant it is the next day
    common = {"purchase_order": "PO-1", "shipment": "S", "expected": s.day(5).date()}
    assert then.commands == [
        FollowNotice(**common, line=1, quantity=Some.of(12, "C62")),
        FollowNotice(**common, line=2, quantity=Some.of(1, "C62")),
    ]


# -- our own warehouse -----------------------------------------------------------------------------------------


def test_what_left_our_stock_is_sent() -> None:
    told = Shipping().given(plan(of(1, 10)))
    (fact,) = told.when(sent(4)).facts
    moved = Moved(line=1, part="BOLT", unit="C62", amount=Decimal(4), sent=Decimal(4))
    assert (fact.lines, fact.movement, fact.site, fact.presumed) == ((moved,), "inventory/0/7", "plant", False)
    told.given(sent(6))
    assert told.account() == {"sent": 10, "in_transit": 10}


def test_it_fills_the_lines_of_its_part_in_order_and_what_is_too_much_goes_on_the_last() -> None:
    told = Shipping().given(plan(of(1, 3), of(2, 5, "NUT"), of(3, 4)))
    told.given(sent(5), sent(4))
    assert [told.account(number).get("sent", 0) for number in (1, 2, 3)] == [3, 0, 6]
    assert told.discrepancies() == [Discrepancy.SENT_MORE]
    assert [fact.amount for fact in told.facts if isinstance(fact, f.ShipmentDiscrepancyFound)] == [2]


def test_a_part_that_is_not_planned_gets_a_line_of_its_own() -> None:
    told = Shipping().given(plan(), sent(2, "NUT"), sent(1, "NUT"))
    assert told.discrepancies()[0] is Discrepancy.WRONG_PART
    assert told.account(UNPLANNED) == {"sent": 3, "in_transit": 3}


def test_goods_that_left_for_a_shipment_nobody_planned_make_it_known() -> None:
    told = Shipping()
    then = told.when(sent(3, purpose=Purpose.DELIVERY, to_site=None))
    assert then.names == ["ShipmentSent", "ShipmentDiscrepancyFound"]
    assert told.discrepancies() == [Discrepancy.UNPLANNED]
    (about, _) = then.facts
    assert (about.purpose, about.from_node, about.to_node, about.expected) == ("delivery", "site/plant", None, None)
    assert told.when(sent(1, "NUT")).facts[0].lines[0].line == UNPLANNED + 1


def test_a_place_may_have_the_longest_id_there_is() -> None:
    told = Shipping(s.site("x" * 120), s.supplier("y" * 120))
    told.given(sent(1, from_site="x" * 120), announced().model_copy(update={"supplier": "y" * 120}))
    assert told.shipment.from_node == "site/" + "x" * 120


def test_goods_that_left_wait_for_their_part() -> None:
    Shipping().when(sent(1, "NEW")).parked_on("part/NEW")


def test_goods_that_left_from_another_place_than_planned_are_said() -> None:
    told = Shipping().given(plan(), sent(10, from_site="store"))
    assert told.discrepancies() == [Discrepancy.WRONG_PLACE]
    assert Shipping().given(delivery(), sent(10, to_site=None)).discrepancies() == []


def test_the_notice_and_the_warehouse_tell_of_the_same_goods() -> None:
    told = Shipping().given(plan(**INBOUND), announced(of(1, 10)), sent(8))
    assert told.account() == {"sent": 10, "in_transit": 10}


def test_goods_that_did_not_leave_after_all_are_not_sent() -> None:
    told = Shipping().given(plan(of(1, 3), of(2, 4)), sent(7))
    (fact,) = told.when(unsent(5)).facts
    assert [(moved.line, moved.amount, moved.sent) for moved in fact.lines] == [(1, 1, -1), (2, 4, -4)]
    assert (told.account(1), told.account(2)) == ({"sent": 2, "in_transit": 2}, {})
    assert told.when(unsent(3)).names == ["ShipmentSendingReversed", "ShipmentDiscrepancyFound"]
    assert told.discrepancies() == [Discrepancy.REVERSED_MORE]
    assert told.when(CANCEL).names == ["ShipmentCancelled"]


def test_goods_that_arrived_stay_sent_whatever_is_taken_back() -> None:
    told = Shipping().given(plan(), sent(10), arrived(so(6)), unsent(10))
    assert told.account() == {"sent": 6, "arrived": 6}


# -- by its leaving --------------------------------------------------------------------------------------------


def test_what_was_planned_is_taken_to_be_sent_when_it_leaves() -> None:
    told = Shipping().given(plan(of(1, 10), of(2, 5, "NUT")))
    (departed, fact) = told.when(DEPART).facts
    assert departed.departed_at == s.START
    assert fact.presumed
    assert [(moved.line, moved.sent) for moved in fact.lines] == [(1, 10), (2, 5)]


@pytest.mark.parametrize("order", [(DEPART, sent(8)), (sent(8), DEPART)])
def test_what_the_warehouse_told_counts_whether_it_speaks_before_or_after(order: tuple[object, ...]) -> None:
    told = Shipping().given(plan(of(1, 10)), *order)  # type: ignore[arg-type]
    assert told.account() == {"sent": 8, "in_transit": 8}


def test_what_was_left_behind_is_not_taken_to_be_sent() -> None:
    told = Shipping().given(plan(of(1, 10), of(2, 5, "NUT")), sent(10), DEPART)
    assert told.account(2) == {}


def test_called_off_and_handed_over_all_the_same_is_said() -> None:
    told = Shipping().given(plan(), CANCEL, sent(10))
    assert told.discrepancies() == [Discrepancy.CANCELLED]
    assert (told.shipment.cancelled, told.account()) == (False, {"sent": 10, "in_transit": 10})
