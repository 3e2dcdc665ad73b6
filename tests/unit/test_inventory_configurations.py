"""Stock that was built as a customer chose isn't like any other: only who wants the same may claim it."""

from decimal import Decimal
from typing import Any

from events.inventory import commands as c
from events.inventory import facts as f
from events.inventory import messages as m
from events.inventory.accounts import Discrepancy, Refusal, stream_of
from events.orders.shapes import OrderRef
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
    """What is available at A, by configuration."""
    here = ((key, shelf) for key, shelf in state(stock).shelves.items() if key[:2] == ("A", "available"))
    return {key.configuration: shelf.on_hand for key, shelf in here}


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


BLUE = "blue-bike"


def two_kinds(red: int = 2, blue: int = 2) -> Scenario[State]:
    return built(red).given(expected("R2", BLUE), output(blue, "R2"))


def test_where_another_could_be_meant_as_well_a_discrepancy_says_what_it_was_taken_for() -> None:
    gone, doubt = two_kinds().when(lost(1)).facts
    assert gone.bucket == at(configuration=BLUE)
    assert (doubt.kind, doubt.bucket) == (Discrepancy.CONFIGURATION, at(configuration=BLUE))
    assert len(two_kinds().when(lost(1, configuration=RED)).facts) == 1, "who says it leaves no doubt"
    assert [type(one) for one in two_kinds().when(lost(4)).facts] == [f.StockLost] * 2, "all of it leaves none"


def test_what_is_told_of_more_than_one_configuration_is_of_as_many_as_it_takes() -> None:
    stock = two_kinds().given(received(1))
    stock.given(m.Held(**ABOUT, location="A", quantity=pieces(4)))
    there = {key: shelf.on_hand for key, shelf in state(stock).shelves.items()}
    assert (min(there.values()), sum(there.values())) == (0, 5), "nothing is below zero"
    assert sum(amount for key, amount in there.items() if key.status == Status.HOLD) == 4
    stock = two_kinds().given(received(1), moved(5, "A", "B"))
    assert set(buckets(stock).values()) == {0}
    assert on_hand(stock, at("B", configuration=RED)) == 2


def test_what_nobody_claims_goes_before_what_somebody_does() -> None:
    claimed = reserve("R", 2, configuration=BLUE)
    assert two_kinds().given(claimed).when(lost(1)).facts[0].bucket == at(configuration=RED)
    broken = two_kinds().given(claimed).when(lost(3)).facts
    assert [type(one) for one in broken] == [f.StockLost] * 2 + [f.DiscrepancyFound] * 2 + [f.AllocationBroken]
    assert broken[-1].amount == 1


def test_more_than_is_there_is_missing_where_the_first_was_taken_from() -> None:
    facts = two_kinds().given(received(1)).when(lost(7)).facts
    assert [(one.bucket, one.amount) for one in facts if isinstance(one, f.StockLost)] == [
        (at(), 3), (at(configuration=BLUE), 2), (at(configuration=RED), 2),
    ]
    assert [one.kind for one in facts[3:]] == [Discrepancy.BELOW_ZERO]


def test_what_was_taken_from_several_configurations_is_undone_as_a_whole() -> None:
    for body in (
        lost(4), moved(5, "A", "B"), shipped(3, order="O-1"), m.Held(**ABOUT, location="A", quantity=pieces(4)),
        m.Issued(**ABOUT, run="R9", quantity=pieces(4), location="A"),
    ):
        after = two_kinds().given(received(1))
        after.decide(body, id="it")
        assert sum(buckets(after).values()) < 5
        facts = after.when(reverse("it")).facts
        undone = [one for one in facts if isinstance(one, f.MovementReversed)]
        assert len(undone) > 1
        assert len({one.undone_fact for one in undone}) == len(undone)
        assert {key: amount for key, amount in buckets(after).items() if amount} == {None: 1, RED: 2, BLUE: 2}


def test_goods_of_several_configurations_that_were_inspected_are_accepted_as_far_as_it_goes() -> None:
    stock = warehouse().given(
        expected(), produced(2, status=Status.INSPECTION), expected("R2", BLUE),
        produced(2, run="R2", status=Status.INSPECTION),
    )
    stock = stock.given(m.Inspected(**ABOUT, location="A", accepted=level(3), rejected=level(1)))
    there = {(key.configuration, key.status): shelf.on_hand for key, shelf in state(stock).shelves.items()}
    assert {key: amount for key, amount in there.items() if amount} == {
        (BLUE, "available"): 2, (RED, "available"): 1, (RED, "rejected"): 1,
    }


def test_a_transfer_of_several_configurations_arrives_as_they_were_sent() -> None:
    sent = two_kinds().when(m.TransferSent(
        **ABOUT, location="A", quantity=pieces(3), to_site="T", transfer="TR",
    ))
    coming = [one for one in sent.commands if isinstance(one, c.ExpectTransfer)]
    assert [(one.configuration, one.quantity.amount) for one in coming] == [(BLUE, 2), (RED, 1)]
    def there() -> Scenario[State]:
        return warehouse().given(*(one.model_copy(update={"site": "S", "from_site": "T"}) for one in coming))
    arrived = there().given(m.TransferArrived(**ABOUT, location="A", transfer="TR", quantity=level(3)))
    assert buckets(arrived) == {BLUE: 2, RED: 1}
    one_by_one = there().given(
        m.TransferArrived(**ABOUT, location="A", transfer="TR", quantity=level(2)),
        m.TransferArrived(**ABOUT, location="A", transfer="TR", quantity=level(1)),
    )
    assert buckets(one_by_one) == {BLUE: 2, RED: 1}
    over = there().when(m.TransferArrived(**ABOUT, location="A", transfer="TR", quantity=level(4))).facts
    assert [one.kind for one in over if isinstance(one, f.DiscrepancyFound)] == [Discrepancy.TRANSFER]
    assert buckets(there().given(c.FollowTransferReversal(
        **ABOUT, from_site="T", transfer="TR", quantity=pieces(2), configuration=BLUE,
    ), m.TransferArrived(**ABOUT, location="A", transfer="TR", quantity=level(1)))) == {RED: 1}


def two_lines(**more: Any) -> Scenario[State]:
    """Two lines of one order claim a bicycle each: one red, one blue."""
    return two_kinds(1, 1).given(
        reserve("R1", 1, purpose="O-1", configuration=RED, order=line(1)),
        reserve("R2", 1, purpose="O-1", configuration=BLUE, order=line(2)),
    )


def line(n: int) -> OrderRef:
    return OrderRef(number="O-1", line=n, schedule=1)


def for_lines(*lines: int, shipment: str = "SH") -> c.ExpectShipment:
    return c.ExpectShipment(**ABOUT, shipment=shipment, orders=tuple(line(n) for n in lines))


def test_a_shipment_takes_what_is_claimed_for_the_lines_it_delivers() -> None:
    for stock, told in (
        (two_lines().given(for_lines(2)), {}),
        (two_lines().given(for_lines(2)), {"order": "O-1"}),
        (two_lines(), {"order": "O-1", "order_line": 2}),
    ):
        (sent,) = stock.when(shipped(1, **told)).facts
        assert sent.bucket == at(configuration=BLUE)
        assert [one.reservation for one in sent.consumed] == ["R2"]


def test_a_shipment_of_two_lines_takes_what_is_claimed_for_both() -> None:
    facts = two_lines().when(shipped(2, order="O-1")).facts
    assert [(one.bucket.configuration, [each.reservation for each in one.consumed]) for one in facts] == [
        (RED, ["R1"]), (BLUE, ["R2"]),
    ]


def test_of_a_line_that_is_alike_another_only_its_own_claim_is_used() -> None:
    stock = warehouse().given(
        received(5), reserve("R1", 2, purpose="O-1", order=line(1)), reserve("R2", 2, purpose="O-1", order=line(2)),
        for_lines(2),
    )
    (sent,) = stock.when(shipped(2)).facts
    assert [one.reservation for one in sent.consumed] == ["R2"]
    assert state(stock).reservations["R1"].open == 2


def test_what_comes_for_a_line_is_claimed_for_that_line() -> None:
    stock = warehouse().given(
        earmark("R2", 2, "run/R1", purpose="O-1", order=line(2)), produced(2), received(5),
        reserve("R1", 2, purpose="O-1", order=line(1)), for_lines(2),
    )
    (sent,) = stock.when(shipped(2)).facts
    assert [one.reservation for one in sent.consumed] == ["R2"]


def test_which_lines_a_shipment_delivers_is_told_once_and_again_when_it_is_planned_otherwise() -> None:
    stock = two_lines().given(for_lines(1))
    assert stock.when(for_lines(1)).facts == []
    stock = stock.given(for_lines(2))
    assert stock.when(shipped(1)).facts[0].bucket == at(configuration=BLUE)
    assert load(dump(state(stock))) == state(stock)
    stock.wait(RETENTION.days + 1).given(received(1))
    assert state(stock).delivers == {}


def test_who_claims_one_configuration_is_never_given_anothers() -> None:
    stock = two_kinds(1, 3).given(reserve("R1", 1, purpose="O-1", configuration=RED))
    facts = stock.when(shipped(2, order="O-1")).facts
    assert [one.bucket for one in facts if isinstance(one, f.StockShipped)] == [at(configuration=RED)]
    assert [one.kind for one in facts if isinstance(one, f.DiscrepancyFound)] == [Discrepancy.BELOW_ZERO]


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
