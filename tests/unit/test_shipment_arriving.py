"""What became of the goods: there, handed over, taken in, or lost."""

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from events.logistics import facts as f
from events.logistics import messages as m
from events.logistics.shapes import Damage, Damaged, Discrepancy
from events.orders.messages import FollowDelivery
from events.sealed import Sealed
from events.values import Quantity, Some
from tests import scenario as s
from tests.shipping import (
    ARRIVED,
    CANCEL,
    DELIVERED,
    DEPART,
    LOST,
    ORDER,
    Shipping,
    arrived,
    delivered,
    delivery,
    lost,
    of,
    plan,
    sent,
    so,
    taken_back,
    taken_in,
)


def under_way(*lines: Any) -> Shipping:
    """Ten bolts on their way."""
    return Shipping().given(plan(*lines), DEPART)


def amounts(told: Shipping) -> list[Any]:
    return [fact.amount for fact in told.facts if isinstance(fact, f.ShipmentDiscrepancyFound)]


# -- arrived and delivered -------------------------------------------------------------------------------------


def test_all_that_is_under_way_arrives_and_each_line_says_so() -> None:
    told = under_way(of(1, 10), of(2, 5, "NUT"))
    (fact,) = told.when(ARRIVED).facts
    assert [(moved.line, moved.amount, moved.arrived, moved.in_transit) for moved in fact.lines] == [
        (1, 10, 10, -10), (2, 5, 5, -5),
    ]
    assert told.account() == {"sent": 10, "arrived": 10}


def test_some_of_a_line_arrives_in_whatever_unit() -> None:
    told = Shipping().given(plan(of(1, 36)), DEPART, arrived(so(1, unit="CT")), arrived(so(3, unit="C62")))
    assert told.account() == {"sent": 36, "in_transit": 21, "arrived": 15}
    told.given(ARRIVED)
    assert told.account() == {"sent": 36, "arrived": 36}


def test_an_amount_that_cannot_be_converted_waits() -> None:
    under_way(of(1, 5, "NUT")).when(arrived(so(1, unit="CT"))).parked_on("conversion/NUT/CT")


def test_what_is_delivered_has_arrived_whether_that_was_told_or_not() -> None:
    assert under_way().given(DELIVERED).account() == {"sent": 10, "arrived": 10}
    told = under_way().given(arrived(so(6)), DELIVERED)
    assert told.account() == {"sent": 10, "arrived": 10}
    assert (told.line().delivered, told.discrepancies()) == (10, [])


def test_carrier_and_warehouse_tell_of_the_same_goods() -> None:
    told = under_way().given(arrived(so(6)), taken_in(6), delivered(so(6)))
    assert told.account() == {"sent": 10, "in_transit": 4, "arrived": 6}
    told.given(taken_in(4))
    assert told.account() == {"sent": 10, "arrived": 10}
    assert told.discrepancies() == []


def test_more_than_was_sent_is_recorded_and_said() -> None:
    told = under_way().given(arrived(so(12)))
    assert told.account() == {"sent": 12, "arrived": 12}
    assert told.discrepancies() == [Discrepancy.ARRIVED_MORE]
    told.given(delivered(so(15)))
    assert told.account() == {"sent": 15, "arrived": 15}
    assert told.discrepancies()[1:] == [Discrepancy.DELIVERED_MORE]
    assert amounts(told) == [2, 3]


def test_what_is_told_to_be_sent_later_covers_what_came_before() -> None:
    told = Shipping().given(plan(), arrived(so(10)))
    (fact,) = told.when(sent(10)).facts
    assert (fact.lines[0].amount, fact.lines[0].sent) == (10, 0)
    assert told.account() == {"sent": 10, "arrived": 10}


def test_a_line_that_is_not_in_the_shipment_is_said() -> None:
    for body in (arrived(so(3, line=7)), lost(so(3, line=7))):
        told = under_way()
        assert told.when(body).names == ["ShipmentDiscrepancyFound"]
        assert (told.discrepancies(), amounts(told)) == ([Discrepancy.UNKNOWN_LINE], [3])


def test_when_nothing_is_left_that_is_said_and_nothing_else_happens() -> None:
    told = under_way().given(ARRIVED)
    for body in (ARRIVED, LOST):
        assert told.when(body).names == ["ShipmentDiscrepancyFound"]
    assert set(told.discrepancies()) == {Discrepancy.NOTHING}
    assert told.account() == {"sent": 10, "arrived": 10}


def test_before_any_departure_it_is_recorded_and_said() -> None:
    for body in (ARRIVED, DELIVERED, lost(so(10)), taken_in(10)):
        told = Shipping().given(plan(), body)
        assert told.discrepancies() == [Discrepancy.BEFORE_DEPARTURE]
        assert told.account()["sent"] == 10
    told = Shipping().given(plan(), CANCEL, DELIVERED)
    assert told.discrepancies() == [Discrepancy.CANCELLED]


def test_proof_and_damage_are_kept_as_told() -> None:
    proof, recipient = (Sealed[str](person="customer-1", box=box) for box in ("1.a", "1.b"))
    damage = Damage(line=1, amount=Decimal(2), reason="dented")
    body = m.Delivered(shipment="S", damaged=(damage,), proof=proof, recipient=recipient)
    (fact,) = under_way().when(body).facts
    assert (fact.proof, fact.recipient) == (proof, recipient)
    assert fact.damaged == (Damaged(line=1, amount=Decimal(2), reason="dented"),)
    assert fact.lines[0].damaged == 2


def test_a_proof_told_when_nothing_is_left_is_kept_too() -> None:
    told = under_way().given(DELIVERED)
    proof = Sealed[str](person="customer-1", box="1.a")
    then = told.when(m.Delivered(shipment="S", proof=proof))
    assert then.names == ["ShipmentDelivered", "ShipmentDiscrepancyFound"]
    assert (then.facts[0].lines, then.facts[0].proof, then.commands) == ((), proof, [])


def test_more_damaged_than_delivered_is_said() -> None:
    told = under_way()
    then = told.when(delivered(so(3), damaged=5))
    assert (told.discrepancies(), amounts(told)) == ([Discrepancy.DAMAGED_MORE], [2])
    fact = next(fact for fact in then.facts if isinstance(fact, f.ShipmentDelivered))
    assert (fact.lines[0].damaged, fact.damaged[0].amount) == (3, 5)


def test_the_order_hears_of_each_schedule_line_once_with_its_damage() -> None:
    other = ORDER.model_copy(update={"schedule": 2})
    lines = (of(1, 10, order=ORDER, lot="A"), of(2, 2, order=ORDER, lot="B"), of(3, 1, "NUT", order=other))
    told = Shipping().given(delivery(*lines, of(4, 1)), DEPART)
    common = {"number": "SO-1", "line": 1, "shipment": "S"}
    assert told.when(delivered(so(10), so(2, 2), so(1, 3), so(1, 4), damaged=4)).commands == [
        FollowDelivery(
            **common, schedule=1, part="BOLT", quantity=Some.of(12, "C62"), damaged=Quantity.of(4, "C62")
        ),
        FollowDelivery(**common, schedule=2, part="NUT", quantity=Some.of(1, "C62"), damaged=Quantity.of(0, "C62")),
    ]


def test_only_what_is_handed_over_is_delivered_to_an_order() -> None:
    told = Shipping().given(delivery(), DEPART)
    assert told.when(arrived(so(4))).commands == []
    assert [command.quantity.amount for command in told.when(delivered(so(4))).commands] == [4]  # type: ignore[attr-defined]
    assert [command.quantity.amount for command in told.when(DELIVERED).commands] == [6]  # type: ignore[attr-defined]


# -- lost ------------------------------------------------------------------------------------------------------


def test_some_or_all_of_what_is_under_way_is_lost() -> None:
    told = under_way().given(lost(so(3)))
    assert told.account() == {"sent": 10, "in_transit": 7, "lost": 3}
    (fact,) = told.when(LOST).facts
    assert [(moved.amount, moved.lost, moved.in_transit) for moved in fact.lines] == [(7, 7, -7)]
    assert told.account() == {"sent": 10, "lost": 10}


def test_what_is_lost_does_not_arrive_with_the_rest() -> None:
    told = under_way().given(lost(so(3)), ARRIVED)
    assert told.account() == {"sent": 10, "arrived": 7, "lost": 3}
    assert told.discrepancies() == []


def test_more_lost_than_is_under_way_is_said() -> None:
    told = under_way().given(arrived(so(8)), lost(so(5)))
    assert told.account() == {"sent": 10, "arrived": 8, "lost": 2}
    assert (told.discrepancies(), amounts(told)) == ([Discrepancy.LOST_MORE], [3])


@pytest.mark.parametrize("body", [arrived(so(10)), ARRIVED, DELIVERED, taken_in(10)])
def test_what_was_lost_may_arrive_after_all(body: Any) -> None:
    told = under_way().given(LOST)
    assert told.account() == {"sent": 10, "lost": 10}
    told.given(body)
    assert told.account() == {"sent": 10, "arrived": 10}
    assert Discrepancy.LOST_ARRIVED in told.discrepancies()


# -- the warehouse at the other end ----------------------------------------------------------------------------


def test_what_is_taken_in_has_arrived_and_what_is_missing_is_lost() -> None:
    told = under_way()
    (fact,) = told.when(taken_in(7, short=2)).facts
    (moved,) = fact.lines
    assert (fact.stored, moved.amount, moved.short, moved.arrived, moved.lost) == (True, 7, 2, 7, 2)
    assert told.account() == {"sent": 10, "in_transit": 1, "arrived": 7, "lost": 2}


def test_carrier_and_receiver_miss_the_same_goods() -> None:
    told = under_way().given(lost(so(2)), taken_in(8, short=2))
    assert told.account() == {"sent": 10, "arrived": 8, "lost": 2}
    assert told.discrepancies() == []


def test_it_fills_the_lines_of_its_part_in_order() -> None:
    told = under_way(of(1, 3), of(2, 5, "NUT"), of(3, 4)).given(taken_in(5, short=1))
    assert [told.account(number) for number in (1, 2, 3)] == [
        {"sent": 3, "arrived": 3}, {"sent": 5, "in_transit": 5}, {"sent": 4, "in_transit": 1, "arrived": 2, "lost": 1},
    ]
    told.given(taken_in(3))
    assert told.account(3)["arrived"] == 5
    assert told.discrepancies() == [Discrepancy.ARRIVED_MORE, Discrepancy.LOST_ARRIVED]


def test_a_part_nobody_sent_gets_a_line_of_its_own() -> None:
    told = under_way().given(taken_in(3, part="NUT"))
    assert told.account(900000001) == {"sent": 3, "arrived": 3}
    assert told.discrepancies() == [Discrepancy.WRONG_PART, Discrepancy.ARRIVED_MORE]


def test_what_is_taken_in_waits_for_its_shipment_and_its_part() -> None:
    for body in (taken_in(1), taken_back(1)):
        Shipping().when(body).parked_on("shipment/S")
    under_way().when(taken_in(1, part="NEW")).parked_on("part/NEW")


def test_what_was_not_taken_in_after_all_is_under_way_again() -> None:
    told = under_way().given(taken_in(7, short=2), taken_back(7, short=2))
    assert told.account() == {"sent": 10, "in_transit": 10}
    assert told.when(taken_back(1)).names == ["ShipmentDiscrepancyFound"]
    assert told.discrepancies() == [Discrepancy.REVERSED_MORE]


def test_a_taking_in_that_is_taken_back_leaves_what_the_carrier_said() -> None:
    told = under_way().given(taken_in(7), arrived(so(4)), taken_back(7))
    assert told.account() == {"sent": 10, "in_transit": 6, "arrived": 4}


@pytest.mark.parametrize("order", list(permutations((DEPART, sent(10), taken_in(8), lost(so(2)), arrived(so(8))))))
def test_in_whatever_order_it_is_told_the_account_is_the_same(order: tuple[Any, ...]) -> None:
    told = Shipping().given(plan(), *order)
    assert told.account() == {"sent": 10, "arrived": 8, "lost": 2}
    moved = [one for fact in told.facts if isinstance(fact, f.MovingFact) for one in fact.lines]
    assert sum(one.sent for one in moved) == 10
    assert sum(one.in_transit for one in moved) == 0


def test_the_time_of_what_is_told_is_the_messages() -> None:
    told = Shipping().given(plan()).given(DEPART, at=s.day(1)).given(ARRIVED, at=s.day(2))
    assert [at.occurred_at for at in told.records[1:]] == [s.day(1), s.day(1), s.day(2)]
