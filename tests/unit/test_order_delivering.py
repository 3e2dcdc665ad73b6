"""Orders are called off, follow their runs, are delivered, and end."""

from decimal import Decimal
from typing import Any

from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import Called, RunState
from services.order.state import State
from tests.scenario import Scenario
from tests.unit.order_words import (
    book,
    delivered,
    frozen,
    kinds,
    level,
    line,
    orders,
    pieces,
    place,
    refused,
    schedule,
)


def placed(*lines: Any) -> Scenario[State]:
    """An order of four bikes on line 1 and two on line 2, or of these lines."""
    return orders().given(place(*(lines or (line(1), line(2, "BIKE", schedule(1, 2))))))


def cancel(*lines: int) -> m.CancelOrder:
    return m.CancelOrder(number="O", lines=lines or None, reason="changed their mind")


def test_a_whole_order_is_called_off_line_by_line() -> None:
    shop = placed()
    then = shop.when(cancel())
    assert then.names == ["OrderLineCancelled", "OrderLineCancelled", "OrderCancelled"]
    assert [fact.schedules[0].amount for fact in then.facts[:2]] == [4, 2]
    assert shop.when(cancel()).facts == []


def test_some_lines_are_called_off_and_the_rest_stays() -> None:
    shop = placed()
    assert shop.when(cancel(2)).names == ["OrderLineCancelled"]
    assert shop.when(cancel(2)).facts == []
    assert book(shop).open(1, 1) == 4
    assert shop.when(cancel(1)).names == ["OrderLineCancelled", "OrderCancelled"]


def test_what_is_delivered_isnt_called_off() -> None:
    shop = placed(line(1)).given(delivered(3))
    then = shop.when(cancel())
    assert then.facts[0].schedules == (Called(schedule=1, amount=Decimal(1)),)
    assert then.names == ["OrderLineCancelled", "OrderCancelled"]


def test_calling_off_the_open_rest_by_the_line_completes_what_was_delivered() -> None:
    shop = placed(line(1)).given(delivered(3))
    assert shop.when(cancel(1)).names == ["OrderLineCancelled", "OrderCompleted"]


def test_what_is_all_delivered_cant_be_called_off() -> None:
    shop = placed(line(1)).given(delivered(4))
    assert refused(shop.when(cancel()), f.CancellationRefused) == ["lines"]


def test_an_unknown_line_is_named_and_nothing_is_called_off() -> None:
    shop = placed()
    assert refused(shop.when(cancel(1, 7)), f.CancellationRefused) == ["lines.1"]
    assert book(shop).open(1, 1) == 4


def test_a_refused_order_cant_be_called_off() -> None:
    shop = orders()
    shop.when(place(line(1, "KIT")))
    assert refused(shop.when(cancel()), f.CancellationRefused) == ["number"]


def test_what_is_frozen_is_called_off_all_the_same_and_it_is_said_which_run_goes_on() -> None:
    then = placed().given(frozen(3, "R7")).when(cancel())
    assert kinds(then) == ["frozen_when_cancelled"]
    (note,) = [fact for fact in then.facts if isinstance(fact, f.OrderDiscrepancyFound)]
    assert (note.run, note.amount, note.line) == ("R7", Decimal(3), 1)


def test_a_freeze_told_again_is_nothing_new_and_a_split_run_fixes_less() -> None:
    shop = placed().given(frozen(4))
    assert shop.when(frozen(4)).facts == []
    assert shop.when(frozen(1)).names == ["OrderLineFrozen"]
    shop.given(frozen(3, "R2"))
    assert book(shop).frozen(1) == 4


def test_a_completed_run_fixes_what_it_built_well_and_one_that_built_nothing_fixes_nothing() -> None:
    shop = placed().given(frozen(4), frozen(3, "R2"))
    shop.given(frozen(2, state="completed"), frozen(0, "R2", state="completed"))
    assert book(shop).frozen(1) == 2
    assert book(shop).fixed["R"].state is RunState.COMPLETED


def test_a_run_that_is_only_scheduled_fixes_nothing() -> None:
    assert placed().when(frozen(4, state="scheduled")).facts == []


def test_a_run_for_what_is_called_off_delivered_or_never_ordered_is_said() -> None:
    assert kinds(placed().given(cancel()).when(frozen(4, state="scheduled"))) == ["run_for_nothing"]
    assert kinds(placed().given(cancel()).when(frozen(4))) == ["frozen_when_cancelled"]
    assert kinds(placed().given(delivered(4)).when(frozen(4, state="scheduled"))) == ["run_for_nothing"]
    assert kinds(placed().given(delivered(4)).when(frozen(4))) == ["run_for_nothing"]
    assert kinds(placed().when(frozen(4, line=9))) == ["unknown_line"]
    for then, words in ((placed().given(delivered(4)).when(frozen(4)), "is delivered"),
                        (placed().given(cancel()).when(frozen(4)), "is called off"),
                        (placed().when(frozen(4, line=9)), "run R is for line 9, schedule 1, of order O")):
        assert words in then.facts[-1].detail
    then = orders().when(frozen(4))
    assert (then.names, kinds(then)) == (["OrderLineFrozen", "OrderDiscrepancyFound"], ["unknown_order"])


def test_an_order_that_comes_after_its_run_finds_it_frozen() -> None:
    shop = orders()
    shop.when(frozen(4))
    shop.given(place())
    assert book(shop).frozen(1) == 4


def test_deliveries_add_up_and_the_last_completes_the_order() -> None:
    shop = placed(line(1))
    assert shop.when(delivered(3)).names == ["OrderLineDelivered"]
    assert shop.when(delivered(1)).names == ["OrderLineDelivered", "OrderCompleted"]


def test_what_was_damaged_is_still_to_come() -> None:
    shop = placed(line(1))
    shop.when(delivered(4, damaged=1))
    assert book(shop).open(1, 1) == 1
    assert shop.when(delivered(1)).names == ["OrderLineDelivered", "OrderCompleted"]


def test_more_than_was_open_is_taken_and_said() -> None:
    then = placed(line(1)).when(delivered(5))
    assert kinds(then) == ["over_delivered"]
    assert then.facts[1].amount == 1
    late = placed(line(1)).given(delivered(4)).when(delivered(2))
    assert (kinds(late), late.facts[1].amount) == (["over_delivered"], 2)
    assert late.names == ["OrderLineDelivered", "OrderDiscrepancyFound"]


def test_what_comes_though_it_was_called_off_is_taken_and_said() -> None:
    then = placed(line(1)).given(cancel()).when(delivered(4))
    assert (then.names, kinds(then)) == (["OrderLineDelivered", "OrderDiscrepancyFound"], ["delivered_cancelled"])


def test_more_damage_than_goods_is_all_of_the_goods() -> None:
    then = placed(line(1)).when(delivered(2, damaged=3))
    assert (then.facts[0].damaged, kinds(then)) == (2, ["damaged_more_than_delivered"])
    assert then.facts[1].amount == 1
    assert kinds(placed(line(1)).when(delivered(2, damaged=2))) == []


def test_what_was_damaged_of_too_many_isnt_too_many() -> None:
    then = placed(line(1)).when(delivered(6, damaged=1))
    assert (kinds(then), then.facts[1].amount) == (["over_delivered"], 1)


def test_the_rest_of_what_was_called_off_in_part_may_come() -> None:
    shop = placed(line(1, "BIKE", schedule(1, 4), schedule(2, 4))).given(delivered(3), cancel(1))
    assert kinds(shop.when(delivered(1))) == ["delivered_cancelled"]
    assert kinds(shop.when(delivered(1, damaged=1))) == []
    less = placed(line(1), line(2)).given(m.AmendOrder(number="O", cancel=(2,)))
    assert kinds(less.when(delivered(4))) == []


def test_an_order_that_had_come_before_it_was_placed_is_complete_at_once() -> None:
    shop = orders()
    shop.when(delivered(4, part="BIKE"))
    assert shop.facts[0].part == "BIKE"  # type: ignore[attr-defined]
    assert shop.when(place()).names == ["OrderPlaced", "OrderAccepted", "OrderCompleted"]


def test_a_part_that_is_counted_otherwise_than_the_delivery_waits() -> None:
    body = delivered(1, part="PAINT").model_copy(update={"damaged": level(1).model_copy(update={"unit": "KGM"})})
    orders().when(body).parked_on("conversion/PAINT/KGM")


def test_a_delivery_while_on_hold_is_said() -> None:
    shop = placed(line(1)).given(m.HoldOrder(number="O", reason="credit"))
    assert kinds(shop.when(delivered(1))) == ["delivered_held"]


def test_a_delivery_nobody_ordered_is_taken_and_counts_once_it_is_ordered() -> None:
    shop = orders()
    assert kinds(shop.when(delivered(1, part="BIKE"))) == ["unknown_order"]
    shop.given(place())
    assert book(shop).open(1, 1) == 3
    assert kinds(shop.when(delivered(1, schedule=9))) == ["unknown_line"]


def test_a_delivery_is_told_in_any_unit_of_the_part() -> None:
    shop = placed(line(1))
    body = delivered(1).model_copy(update={"quantity": pieces(1).model_copy(update={"unit": "CT"})})
    assert shop.when(body).facts[0].amount == 2
    strange = body.model_copy(update={"quantity": pieces(1).model_copy(update={"unit": "KGM"})})
    shop.when(strange).parked_on("conversion/BIKE/KGM")


def test_a_schedule_that_nothing_is_open_of_is_complete_although_a_run_for_it_goes_on() -> None:
    shop = placed(line(1)).given(frozen(4))
    assert shop.when(delivered(4)).names == ["OrderLineDelivered", "OrderCompleted"]
    follow = m.FollowRun(number="O", line=1, schedule=1, run="R", state=RunState.COMPLETED, quantity=level(4))
    assert shop.when(follow).names == ["OrderLineFrozen"]


def test_an_order_on_hold_cant_be_held_when_it_is_over() -> None:
    outcome = placed().given(cancel()).decide(m.HoldOrder(number="O", reason="credit"))
    assert type(outcome).__name__ == "Reject"
