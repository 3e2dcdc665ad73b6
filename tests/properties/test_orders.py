"""Random histories of an order: it is changed whole or not at all, and every reader of its facts sees the same."""

from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import LineAmendment, RunState
from services.order.state import State, dump, load
from tests.properties.telling import often
from tests.scenario import Scenario, day
from tests.unit.order_words import chosen, delivered, level, line, orders, place, schedule

EMPTY = orders()
"""Its catalogue is used by every history; nothing is told to it."""

few = st.integers(1, 4)
zero_or_few = st.integers(0, 3)
schedules = st.lists(
    st.builds(schedule, st.integers(1, 3), st.integers(2, 9), st.integers(1, 30)), min_size=1, max_size=2,
    unique_by=lambda one: one.schedule,
)
numbers = st.sampled_from([1, 1, 1, 2, 2, 3])
few_numbers = st.sampled_from([1, 1, 2, 3])
options = st.sampled_from([(), chosen(frame="race"), chosen(bell="chrome")])
new_lines = st.lists(
    st.builds(lambda number, told, choices: line(number, "BIKE", *told, options=choices), numbers, schedules, options),
    max_size=2, unique_by=lambda one: one.line,
)
changes = st.lists(
    st.builds(
        LineAmendment, line=numbers, schedules=schedules.map(tuple) | st.just(()),
        options=st.sampled_from([None, None, (), chosen(frame="race")]),
        withdraw=st.sampled_from([(), (), (), (1,), (2,)]), priority=st.none() | st.integers(0, 3),
    ),
    max_size=2, unique_by=lambda one: one.line,
)
followed = st.builds(
    lambda number, told, amount, state, id: m.FollowRun(
        number="O", line=number, schedule=told, run=id, state=state, quantity=level(amount)
    ),
    numbers, few_numbers, zero_or_few, st.sampled_from(RunState), st.sampled_from(["R", "R2"]),
)
changed = st.builds(
    lambda change, priority: m.AmendOrder(number="O", change=tuple(change), priority=priority),
    changes, st.integers(0, 3),
)
added = st.builds(lambda add: m.AmendOrder(number="O", add=tuple(add), priority=1), new_lines)
dropped = st.builds(lambda gone: m.AmendOrder(number="O", cancel=(gone,)), numbers)
anything = often(
    changed=(8, changed), added=(2, added), dropped=(1, dropped), followed=(4, followed),
    cancelled=(1, st.builds(lambda gone: m.CancelOrder(number="O", lines=(gone,)), numbers)),
    delivered=(4, st.builds(delivered, few, zero_or_few, few_numbers, line=numbers)),
)
order_steps = st.lists(
    often(anything=(30, anything), ended=(1, st.builds(m.CancelOrder, number=st.just("O")))), max_size=25
)


class Board:
    """What a reader who only looks at the facts makes of an order: ordered, by line and schedule."""

    def __init__(self) -> None:
        self.amounts: dict[tuple[int, int], Decimal] = {}

    def follow(self, fact: Any) -> None:
        match fact:
            case f.OrderAccepted() | f.OrderAmended():
                for told in fact.lines:
                    self.amounts = {key: amount for key, amount in self.amounts.items() if key[0] != told.line}
                    self.amounts |= {(told.line, one.schedule): one.amount for one in told.schedules}
            case f.OrderLineCancelled():
                for one in fact.schedules:
                    self.amounts[fact.line, one.schedule] -= one.amount
            case _:
                pass


@settings(deadline=timedelta(seconds=5))
@given(order_steps)
def test_an_order_is_changed_whole_or_not_at_all_and_every_reader_of_its_facts_sees_the_same(told: list[Any]) -> None:
    shop = Scenario(EMPTY.service, EMPTY.known, day(10))
    shop.given(place(line(1, "BIKE", schedule(1, 9), schedule(2, 9)), line(2, "BIKE", schedule(1, 2), schedule(2, 3))))
    board = Board()
    for fact in shop.facts:
        board.follow(fact)
    for body in told:
        book = shop.state("order/O").order
        assert book is not None
        before = deepcopy(book)
        then = shop.when(body)
        for fact in then.facts:
            board.follow(fact)
        check_order(shop, board)
        if isinstance(then.facts[-1] if then.facts else None, f.RefusalFact):
            assert shop.state("order/O").order == before
        elif isinstance(body, m.AmendOrder):
            _check_amendment(shop, before)


def _check_amendment(shop: Scenario[State], before: Any) -> None:
    """What runs fix, and what came, is still ordered; a line that is fixed is built as it was."""
    book = shop.state("order/O").order
    assert book is not None
    assert book.order is not None
    for number, known in before.order.lines.items():
        now = book.order.lines[number]
        if before.frozen(number):
            assert (now.configuration, now.site, now.options) == (known.configuration, known.site, known.options)
        for told in known.schedules:
            least = min(max(before.frozen(number, told), before.came(number, told)), known.schedules[told].amount)
            assert now.schedules[told].amount >= least


def check_order(shop: Scenario[State], board: Board) -> None:
    book = shop.state("order/O").order
    assert book is not None
    assert book.order is not None
    amounts = {
        (number, told): one.amount for number, known in book.order.lines.items()
        for told, one in known.schedules.items() if one.amount
    }
    assert amounts == {key: amount for key, amount in board.amounts.items() if amount}
    for number, told in book.numbers():
        assert book.open(number, told) >= 0
    ended = book.order.cancelled or book.order.completed
    assert ended == (not book.anything_open)
    assert load(dump(shop.state("order/O"))) == shop.state("order/O")


