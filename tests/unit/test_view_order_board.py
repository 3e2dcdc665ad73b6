"""The order board: a schedule line's numbers follow what was ordered, called off, frozen and delivered."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from events.decision import Recorded
from events.orders import facts as f
from events.orders.shapes import (
    AcceptedLine,
    AcceptedSchedule,
    Called,
    Choice,
    Component,
    OrderDiscrepancy,
    RunState,
    Trouble,
)
from projections.memory import MemoryRows
from projections.order_board import BILL, LINE, ORDER, ORDER_BOARD, SCHEDULE, OrderSchedule
from tests.folding import START, folded, placed

DAY = date(2026, 3, 20)


def line(*schedules: tuple[int, int], number: int = 1, part: str = "BIKE", configuration: str = "c-1") -> AcceptedLine:
    """A line with these schedules, each with its amount."""
    return AcceptedLine(
        line=number, part=part, unit="C62", site="plant", priority=2, configuration=configuration,
        options=(Choice(option="colour", choice="red"),),
        schedules=tuple(
            AcceptedSchedule(schedule=one, amount=Decimal(amount), wanted=DAY) for one, amount in schedules
        ),
        components=(
            Component(n=1, parent=0, level=1, part="FRAME", numerator=1, denominator=1, phantom=False, leaf=True),
        ),
    )


def accepted(*lines: AcceptedLine) -> f.OrderAccepted:
    return f.OrderAccepted(number="SO-1", priority=2, lines=lines, ordered_at=START)


def one(*facts: Any, schedule: int = 1) -> OrderSchedule:
    found = folded(ORDER_BOARD, *facts).get(SCHEDULE, "SO-1", 1, schedule)
    assert found is not None
    return found


def test_an_accepted_order_is_open_whole_and_keeps_its_as_ordered_bill() -> None:
    rows = folded(ORDER_BOARD, accepted(line((1, 3), (2, 4))))
    assert [(row.schedule, row.amount, row.open, row.wanted) for row in rows.rows(SCHEDULE)] == [
        (1, 3, 3, DAY), (2, 4, 4, DAY),
    ]
    order, own, bill = rows.rows(ORDER)[0], rows.rows(LINE)[0], rows.rows(BILL)[0]
    assert (order.state, own.options, own.configuration) == ("accepted", (("colour", "red"),), "c-1")
    assert [component["part"] for component in bill.components] == ["FRAME"]


def test_damaged_goods_are_open_again() -> None:
    came = f.OrderLineDelivered(
        number="SO-1", line=1, schedule=1, part="BIKE", unit="C62", shipment="S-1", amount=Decimal(3),
        damaged=Decimal(1),
    )
    found = one(accepted(line((1, 3))), came)
    assert (found.delivered, found.damaged, found.open) == (3, 1, 1)


def test_the_day_on_which_the_last_good_piece_was_delivered_is_kept() -> None:
    rows = folded(ORDER_BOARD, accepted(line((1, 3))))
    row = rows.get(SCHEDULE, "SO-1", 1, 1)
    assert row is not None
    assert row.delivered_at is None
    for number, (day, amount, damaged) in enumerate(((4, 1, 0), (9, 1, 1), (2, 1, 0)), 2):
        came = f.OrderLineDelivered(
            number="SO-1", line=1, schedule=1, part="BIKE", unit="C62", shipment=f"S-{number}", amount=Decimal(amount),
            damaged=Decimal(damaged),
        )
        at = placed(came, 0, number, number)._replace(occurred_at=START + timedelta(days=day))
        ORDER_BOARD.fold(rows, came, at)
    assert row.delivered_at == START + timedelta(days=4), "not what was damaged; and one is told late"


def called(schedule: int, amount: int) -> f.OrderLineCancelled:
    told = Called(schedule=schedule, amount=Decimal(amount))
    return f.OrderLineCancelled(number="SO-1", line=1, part="BIKE", unit="C62", schedules=(told,))


def test_what_is_called_off_is_wanted_no_more() -> None:
    found = one(accepted(line((1, 3))), called(1, 2))
    assert (found.amount, found.cancelled, found.open) == (1, 2, 1)


def told_together(*facts: f.OrdersFact) -> MemoryRows:
    """The first by an event of its own, all others by one event."""
    rows = MemoryRows(ORDER_BOARD.tables)
    for number, fact in enumerate(facts, 1):
        at: Recorded = placed(fact, 0, number, number)
        ORDER_BOARD.fold(rows, fact, at._replace(cause="first" if number == 1 else "amendment"))
    return rows


def test_what_an_amendment_withdraws_is_taken_away_once() -> None:
    amended = f.OrderAmended(number="SO-1", priority=2, lines=(line((1, 3)),))
    rows = told_together(accepted(line((1, 3), (2, 4))), amended, called(2, 4))
    assert [(row.schedule, row.amount, row.cancelled, row.open) for row in rows.rows(SCHEDULE)] == [
        (1, 3, 0, 3), (2, 0, 4, 0),
    ]
    again = placed(called(1, 1), 0, 9, 9)._replace(cause="later")
    ORDER_BOARD.fold(rows, called(1, 1), again)
    assert [row.amount for row in rows.rows(SCHEDULE)] == [2, 0], "another event's cancellation does count"


def test_an_amended_configuration_replaces_the_bill_and_an_equal_one_leaves_it() -> None:
    other = line((1, 3), configuration="c-2").model_copy(update={"components": ()})
    amended = f.OrderAmended(number="SO-1", priority=5, lines=(other,))
    rows = folded(ORDER_BOARD, accepted(line((1, 3))), amended)
    assert (rows.rows(BILL)[0].configuration, rows.rows(BILL)[0].components) == ("c-2", ())
    assert rows.rows(ORDER)[0].priority == 5


def test_what_a_run_fixes_is_kept_until_it_fixes_nothing() -> None:
    def frozen(amount: int) -> f.OrderLineFrozen:
        return f.OrderLineFrozen(
            number="SO-1", line=1, schedule=1, part="BIKE", unit="C62", run="R1", amount=Decimal(amount),
            state=RunState.FROZEN,
        )

    assert one(accepted(line((1, 3))), frozen(3)).frozen == {"R1": Decimal(3)}
    assert one(accepted(line((1, 3))), frozen(3), frozen(0)).frozen == {}


def test_an_order_is_refused_with_reasons_and_may_be_placed_again() -> None:
    trouble = Trouble(field="lines[0].part", problem="no such part", remedy="name one we sell")
    refused = f.OrderRefused(number="SO-1", problems=(trouble,))
    found = folded(ORDER_BOARD, refused).rows(ORDER)[0]
    assert (found.state, found.problems[0]["problem"]) == ("refused", "no such part")
    assert folded(ORDER_BOARD, refused, accepted(line((1, 1)))).rows(ORDER)[0].state == "accepted"


def test_a_refused_change_is_no_refusal_of_the_order() -> None:
    """A naive board keeps the last refusal of any kind, and shows it as the order's own."""
    own, other = (Trouble(field="lines[0].part", problem=told, remedy="ask us") for told in ("no such part", "frozen"))
    for refused in (f.AmendmentRefused, f.CancellationRefused):
        change = refused(number="SO-1", problems=(other,))
        good = folded(ORDER_BOARD, accepted(line((1, 1))), change).rows(ORDER)[0]
        assert (good.state, good.problems) == ("accepted", ())
        bad = folded(ORDER_BOARD, f.OrderRefused(number="SO-1", problems=(own,)), change).rows(ORDER)[0]
        assert (bad.state, [one["problem"] for one in bad.problems]) == ("refused", ["no such part"])


def test_a_hold_lasts_until_it_is_released_and_ends_of_orders_are_kept() -> None:
    held, free = f.OrderHeld(number="SO-1", reason="credit"), f.OrderReleased(number="SO-1")
    assert folded(ORDER_BOARD, accepted(line((1, 1))), held).rows(ORDER)[0].hold == "credit"
    assert folded(ORDER_BOARD, accepted(line((1, 1))), held, free).rows(ORDER)[0].hold is None
    ends = (f.OrderCompleted(number="SO-1"), f.OrderCancelled(number="SO-1", reason="changed their mind"))
    assert [folded(ORDER_BOARD, accepted(line((1, 1))), end).rows(ORDER)[0].state for end in ends] == [
        "completed", "cancelled",
    ]


def test_what_did_not_fit_is_counted_and_nothing_is_made_up_for_it() -> None:
    odd = f.OrderDiscrepancyFound(number="SO-9", kind=OrderDiscrepancy.UNKNOWN_ORDER, detail="who?")
    rows = folded(ORDER_BOARD, odd)
    assert (rows.rows(ORDER)[0].state, rows.rows(ORDER)[0].oddities, rows.rows(SCHEDULE)) == ("unknown", 1, [])
