"""Stock that was built as a customer chose isn't like any other: only who wants the same may claim it."""

from decimal import Decimal
from typing import Any

from events.inventory import commands as c
from events.inventory import facts as f
from events.inventory import messages as m
from events.inventory.accounts import Discrepancy, Refusal, stream_of
from events.values import Status
from services.inventory.book import RETENTION, State
from services.inventory.state import dump, load
from tests.scenario import Scenario, day
from tests.unit.inventory_words import (
    ABOUT,
    at,
    counted,
    earmark,
    level,
    lost,
    moved,
    on_hand,
    pieces,
    received,
    reserve,
    reverse,
    warehouse,
)

RED = "red-bike"


def expected(run: str = "R1", configuration: str = RED) -> c.ExpectOutput:
    return c.ExpectOutput(**ABOUT, run=run, configuration=configuration)


def output(amount: int, run: str = "R1", **more: Any) -> c.StockOutput:
    return c.StockOutput(**ABOUT, run=run, quantity=pieces(amount), location="A", **more)


def produced(amount: int, run: str = "R1", **more: Any) -> m.Produced:
    return m.Produced(**ABOUT, run=run, quantity=pieces(amount), location="A", **more)


def shipped(amount: int, **more: Any) -> m.Shipped:
    return m.Shipped(**ABOUT, shipment="SH", quantity=pieces(amount), location="A", **more)


def built(amount: int, run: str = "R1") -> Scenario[State]:
    """So much is in stock as a customer chose."""
    return warehouse().given(expected(run), output(amount, run))


def state(stock: Scenario[State]) -> State:
    return stock.state(stream_of("P", "S"))


def buckets(stock: Scenario[State]) -> dict[str | None, Decimal]:
    """What is on hand at A, by configuration."""
    return {key.configuration: shelf.on_hand for key, shelf in state(stock).shelves.items() if key.location == "A"}


def test_a_runs_output_is_what_the_run_was_said_to_build_whoever_tells_of_it() -> None:
    assert buckets(built(2)) == {RED: 2}
    assert buckets(warehouse().given(expected(), produced(2))) == {RED: 2}
    assert buckets(warehouse().given(expected(), produced(2, run="R2"))) == {None: 2}


def test_what_was_built_as_a_customer_chose_is_no_plain_reservations() -> None:
    (refused,) = built(2).when(reserve("R", 1)).facts
    assert (refused.reason, refused.available, refused.configuration) == (Refusal.SHORT, 0, None)
    (claimed,) = built(2).when(reserve("R", 1, configuration=RED)).facts
    assert [one.bucket for one in claimed.allocations] == [at(configuration=RED)]


def test_who_wants_a_configuration_gets_nothing_else() -> None:
    stock = warehouse().given(received(9))
    (refused,) = stock.when(reserve("R", 1, configuration=RED)).facts
    assert (refused.reason, refused.available, refused.configuration) == (Refusal.SHORT, 0, RED)


def test_what_is_born_allocated_keeps_its_configuration_and_finds_no_plain_stock_when_it_is_lost() -> None:
    stock = warehouse().given(expected(), received(9), earmark("R", 2, "run/R1", purpose="order"), output(2))
    assert state(stock).reservations["R"].configuration == RED
    facts = stock.when(lost(1, configuration=RED)).facts
    assert [type(one) for one in facts] == [f.StockLost, f.AllocationBroken]


def test_a_shipment_for_an_order_takes_what_the_order_claims() -> None:
    stock = warehouse().given(expected(), received(9), earmark("R", 2, "run/R1", purpose="O-1"), output(2))
    (sent,) = stock.when(shipped(2, order="O-1")).facts
    assert sent.bucket == at(configuration=RED)
    assert [one.reservation for one in sent.consumed] == ["R"]
    (other,) = stock.when(shipped(2, order="O-2")).facts
    assert other.bucket == at()


def test_a_shipment_that_names_a_reservation_takes_what_that_claims() -> None:
    stock = built(2).given(received(9), reserve("R", 1, configuration=RED))
    (sent,) = stock.when(shipped(1, reservation="R")).facts
    assert sent.bucket == at(configuration=RED)


def test_what_else_is_told_without_a_configuration_is_of_what_is_like_any_other_if_there_is_any() -> None:
    both = built(2).given(received(9))
    assert both.when(lost(1)).facts[0].bucket == at()
    assert built(2).when(lost(1)).facts[0].bucket == at(configuration=RED)
    (gone,) = built(2).when(moved(1, "A", "B")).facts
    assert (gone.bucket, gone.to) == (at(configuration=RED), at("B", configuration=RED))


def test_where_two_configurations_could_be_meant_none_is_guessed() -> None:
    stock = built(2).given(expected("R2", "blue-bike"), output(2, "R2"))
    kinds = [getattr(one, "kind", None) for one in stock.when(lost(1)).facts]
    assert kinds == [None, Discrepancy.BELOW_ZERO]


def test_a_configuration_stays_through_hold_and_inspection_and_over_the_way_to_another_site() -> None:
    held = built(2).given(m.Held(**ABOUT, location="A", quantity=pieces(1)))
    assert on_hand(held, at(status=Status.HOLD, configuration=RED)) == 1
    free = held.given(m.Unheld(**ABOUT, location="A", quantity=pieces(1)))
    assert on_hand(free, at(configuration=RED)) == 2
    on_its_way = c.ExpectTransfer(
        **ABOUT, from_site="T", transfer="TR", quantity=pieces(1), configuration=RED,
    )
    arrived = m.TransferArrived(**ABOUT, location="B", transfer="TR", quantity=level(1))
    assert on_hand(warehouse().given(on_its_way, arrived), at("B", configuration=RED)) == 1


def test_a_count_that_names_no_configuration_is_of_all_that_lies_there() -> None:
    assert buckets(built(2).given(counted(2, day(10)))) == {RED: 2}
    assert buckets(built(2).given(counted(3, day(10)))) == {RED: 2, None: 1}
    assert buckets(built(2).given(counted(1, day(10)))) == {RED: 1}
    assert buckets(built(2).given(received(5), counted(4, day(10)))) == {RED: 2, None: 2}
    assert buckets(built(2).given(received(5), counted(4, day(10), configuration=RED))) == {RED: 4, None: 5}


def test_a_warehouses_own_stock_list_leaves_what_was_built_as_it_was_chosen() -> None:
    line = m.SnapshotLine(location="A", quantity=level(4))
    whole = m.StockSnapshot(**ABOUT, lines=(line,), cut_off=day(10), complete=True)
    assert buckets(built(2).given(received(5), whole)) == {RED: 2, None: 2}
    own = m.SnapshotLine(location="A", quantity=level(1), configuration=RED)
    told = m.StockSnapshot(**ABOUT, lines=(line, own), cut_off=day(10), complete=True)
    assert buckets(built(2).given(received(5), told)) == {RED: 1, None: 4}
    nothing = m.StockSnapshot(**ABOUT, lines=(), cut_off=day(10), complete=True)
    assert buckets(built(2).given(received(5), nothing)) == {RED: 0, None: 0}


def test_a_count_of_several_configurations_is_undone_as_a_whole() -> None:
    stock = built(2).given(received(5))
    stock.decide(counted(1, day(10)), id="count")
    assert buckets(stock) == {RED: 1, None: 0}
    assert buckets(stock.given(reverse("count"))) == {RED: 2, None: 5}


def test_what_a_run_put_away_before_it_was_known_what_it_builds_moves_then() -> None:
    stock = warehouse().given(produced(3), lost(1))
    facts = stock.when(expected()).facts
    assert [type(one) for one in facts] == [f.OutputExpected, f.StockMoved]
    assert (facts[1].amount, facts[1].to) == (2, at(configuration=RED))
    assert buckets(stock.given(expected())) == {None: 0, RED: 2}
    assert not stock.when(expected()).facts


def test_from_a_deviation_on_a_run_builds_something_else() -> None:
    stock = built(2).given(expected("R1", f"{RED}/R1"), output(1))
    assert buckets(stock) == {RED: 2, f"{RED}/R1": 1}


def test_a_snapshot_keeps_what_runs_build_and_old_ones_are_forgotten() -> None:
    stock = built(1)
    assert load(dump(state(stock))) == state(stock)
    assert list(state(stock).builds) == ["R1"]
    stock.wait(RETENTION.days + 1).given(received(1))
    assert state(stock).builds == {}
