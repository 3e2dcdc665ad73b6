"""Supply and demand over time: balances, messages, and what can be promised."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from projections.supply_demand import ZERO, Flow, Message, Period, available_to_promise, dated
from tests.folding import START

DAY = timedelta(days=1)


def flow(day: int | None, amount: int, id: str = "") -> Flow:
    kind = "purchase" if amount > 0 else "order"
    return Flow(None if day is None else START + day * DAY, Decimal(amount), kind, id or f"{kind}/{day}/{amount}")


def pegged(day: int | None, amount: int, *claims: tuple[str, int], **more: Any) -> Flow:
    """A demand with its own claims."""
    return replace(flow(day, amount), claims=tuple((id_, Decimal(claimed)) for id_, claimed in claims), **more)


def messages(on_hand: int, *flows: Flow, safety: int = 0) -> dict[str, list[Message]]:
    rows = dated(Decimal(on_hand), flows, Decimal(safety))
    return {row.flow.id: row.messages for row in rows if row.messages}


def test_the_balance_runs_by_date_and_supplies_of_a_moment_come_first() -> None:
    rows = dated(Decimal(5), [flow(3, -4), flow(1, -3), flow(3, 10)])
    assert [(row.flow.amount, row.balance) for row in rows] == [(-3, 2), (10, 12), (-4, 8)]


def test_what_comes_after_it_is_needed_should_be_expedited() -> None:
    assert messages(1, flow(5, 10, "PO"), flow(2, -4, "SO")) == {
        "PO": [Message("expedite", Decimal(3), START + 2 * DAY), Message("decrease", Decimal(7), None)],
    }


def test_what_comes_long_before_it_is_needed_may_be_deferred_and_a_little_early_is_well() -> None:
    assert messages(0, flow(1, 5, "PO"), flow(20, -5)) == {"PO": [Message("defer", Decimal(5), START + 20 * DAY)]}
    assert messages(0, flow(1, 5, "PO"), flow(7, -5)) == {}


def test_what_nobody_needs_is_cancelled_and_safety_stock_is_a_need() -> None:
    assert messages(5, flow(1, 5, "PO"), flow(2, -5)) == {"PO": [Message("cancel", Decimal(5), None)]}
    assert messages(5, flow(1, 5, "PO"), flow(2, -5), safety=3) == {"PO": [Message("decrease", Decimal(2), None)]}


def test_a_demand_is_served_by_its_own_pegs_first_and_the_rest_in_time_order() -> None:
    first, second = flow(1, 5, "PO-1"), flow(9, 5, "PO-2")
    crossed = (first, second, pegged(9, -5, ("PO-1", 5)), pegged(10, -5, ("PO-2", 5)))
    assert messages(0, *crossed) == {"PO-1": [Message("defer", Decimal(5), START + 9 * DAY)]}
    assert messages(5, first, pegged(1, -5, ("PO-1", 5))) == {}, "the stock isn't what serves it"
    assert messages(5, first, pegged(1, -5, ("stock", 5))) == {"PO-1": [Message("cancel", Decimal(5), None)]}
    late = (second, pegged(2, -3, ("PO-2", 3)), pegged(20, -2, ("PO-2", 2)))
    assert messages(0, *late) == {"PO-2": [Message("expedite", Decimal(3), START + 2 * DAY)]}, "the rest is in time"


def test_what_policy_keeps_and_what_was_bought_for_stock_is_no_excess() -> None:
    assert messages(0, flow(1, 9, "PO"), flow(2, -5), safety=4) == {}
    assert messages(0, replace(flow(1, 9, "PO"), spare=Decimal(4)), flow(2, -5)) == {}
    assert messages(0, replace(flow(1, 9, "PO"), spare=Decimal(3)), flow(2, -5)) == {
        "PO": [Message("decrease", Decimal(1), None)],
    }


def test_nobody_is_asked_to_do_what_the_planner_does_nor_to_put_off_what_is_late_or_under_way() -> None:
    ours = replace(flow(1, 9, "R1"), may=frozenset())
    assert messages(0, ours, flow(30, -5)) == {}
    assert messages(0, replace(ours, at=START + 40 * DAY), flow(30, -5)) == {}
    late = replace(flow(1, 9, "PO"), may=frozenset({"expedite"}))
    assert messages(0, late, flow(30, -5)) == {}
    assert messages(0, late, flow(0, -5)) == {"PO": [Message("expedite", Decimal(5), START)]}


def test_nothing_is_hurried_for_a_run_that_something_else_keeps_from_beginning() -> None:
    blocked = replace(flow(2, -5), idle=True)
    assert messages(0, flow(5, 5, "R1"), blocked) == {}
    assert messages(0, flow(5, 7, "R1"), blocked, flow(3, -2)) == {
        "R1": [Message("expedite", Decimal(2), START + 3 * DAY)],
    }


def test_what_waits_for_a_word_asks_for_nothing() -> None:
    assert messages(2, pegged(2, -5, waiting=True)) == {}


def test_demand_that_nothing_serves_asks_for_more() -> None:
    assert messages(2, flow(2, -5, "SO")) == {"SO": [Message("increase", Decimal(3), START + 2 * DAY)]}


def test_a_supply_that_nobody_knows_a_time_of_is_expedited() -> None:
    assert messages(0, flow(None, 5, "PO"), flow(2, -5)) == {"PO": [Message("expedite", Decimal(5), START + 2 * DAY)]}


def test_what_is_committed_later_is_not_promised_now() -> None:
    found = available_to_promise(Decimal(10), [flow(1, -4), flow(5, 20), flow(6, -30)], START)
    ten, twenty, none = Decimal(10), Decimal(20), Decimal(0)
    assert found == [
        Period(START, ten, ten, none, Decimal(4), Decimal(-4), none),
        Period(START + 5 * DAY, twenty, twenty, none, Decimal(30), none, none),
    ]
    found = available_to_promise(ten, [flow(1, -4), flow(5, 20), flow(6, -23)], START)
    assert [(period.atp, period.cumulative) for period in found] == [(3, 3), (0, 3)], "3 of the first 6 are for later"


def test_every_supply_that_is_to_come_begins_a_period_of_its_date() -> None:
    made = [flow(2, 5), replace(flow(4, 7), firm=False), flow(6, -3), flow(9, 1), flow(None, 50)]
    found = available_to_promise(Decimal(1), made, START)
    assert [(one.start, one.supply, one.firm, one.cumulative) for one in found] == [
        (START, 1, 1, 1), (START + 2 * DAY, 5, 5, 6), (START + 4 * DAY, 7, 0, 10), (START + 9 * DAY, 1, 1, 11),
    ], "what nobody knows a time of promises nothing"


def test_what_should_have_come_counts_when_it_is_expected_and_is_told_apart() -> None:
    now = START + 5 * DAY
    late = replace(flow(6, 6), overdue=True)
    today, then = available_to_promise(Decimal(1), [flow(4, 2), late, flow(3, -2), flow(8, -1)], now)
    assert (today.start, today.supply, today.overdue, today.committed, today.cumulative) == (now, 3, 0, 2, 1)
    assert (then.start, then.supply, then.overdue, then.committed, then.cumulative) == (START + 6 * DAY, 6, 6, 1, 6)
    assert available_to_promise(Decimal(1), [replace(late, at=None)], now)[-1].cumulative == 1, "nobody knows when"


flows = st.lists(st.tuples(st.integers(0, 20), st.integers(-9, 9).filter(bool)), max_size=12)


@given(st.integers(0, 20), flows)
def test_what_can_be_promised_is_the_least_balance_from_then_on(on_hand: int, told: list[tuple[int, int]]) -> None:
    """The textbook's look-ahead and the plain definition agree, whatever comes and is wanted."""
    made = sorted((flow(day, amount, f"{number}") for number, (day, amount) in enumerate(told)), key=lambda f: f.order)
    balances = [Decimal(on_hand)]
    for one in made:
        balances.append(balances[-1] + one.amount)
    for period in available_to_promise(Decimal(on_hand), made, START - DAY):
        began = [number for number, one in enumerate(made, 1) if one.amount > 0 and one.at == period.start]
        assert period.cumulative == max(Decimal(0), min(balances[max(began, default=0):])), period


@given(st.integers(0, 20), flows, st.integers(0, 5))
def test_messages_ask_for_what_is_missing_and_never_for_more(
    on_hand: int, told: list[tuple[int, int]], safety: int
) -> None:
    made = [flow(day, amount, f"{number}") for number, (day, amount) in enumerate(told)]
    rows = dated(Decimal(on_hand), made, Decimal(safety))
    more = sum((m.amount for row in rows for m in row.messages if m.what == "increase"), Decimal(0))
    less = sum((m.amount for row in rows for m in row.messages if m.what in ("cancel", "decrease")), Decimal(0))
    total = on_hand + sum((one.amount for one in made), Decimal(0))
    assert more == max(Decimal(0), -total)
    assert less <= max(Decimal(0), total)


def test_what_is_built_as_a_customer_chose_is_for_nobody_who_does_not_claim_it() -> None:
    run = replace(flow(1, 4, "R"), chosen=True)
    own, other = pegged(2, -1, ("R", 1)), flow(3, -2, "SO")
    rows = dated(Decimal(0), [run, own, other])
    assert [(row.flow.id, row.balance) for row in rows] == [("R", 1), (own.id, 0), ("SO", -2)]
    assert messages(0, run, own, other, safety=9) == {
        "R": [Message("decrease", Decimal(3), None)], "SO": [Message("increase", Decimal(2), START + 3 * DAY)],
    }
    assert [one.cumulative for one in available_to_promise(ZERO, [run, own], START)] == [0, 0]
    assert [one.cumulative for one in available_to_promise(ZERO, [replace(run, chosen=False), own], START)] == [0, 3]
