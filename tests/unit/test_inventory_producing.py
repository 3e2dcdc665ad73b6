"""What the shop floor's reports do to stock: output put away, components used up."""

from decimal import Decimal

from events.decision import Reject
from events.inventory import commands as c
from events.inventory import facts as f
from events.inventory import messages as m
from events.inventory.accounts import Discrepancy, EventRef
from events.values import Quantity, Some, Status
from services.inventory.app import build
from tests.scenario import Scenario, day, part, reference, site
from tests.unit.inventory_words import ABOUT, at, on_hand, pieces, received, reserve, warehouse


def backflush(amount: int, location: str | None = None, run: str = "run-1") -> c.BackflushStock:
    return c.BackflushStock(**ABOUT, run=run, quantity=pieces(amount), location=location, n=1)


def taken(facts: list[object]) -> list[tuple[str, Decimal, list[tuple[str | None, Decimal]]]]:
    """Where from, how much, and whose claims were fulfilled."""
    return [
        (fact.bucket.location, fact.amount, [(each.reservation, each.amount) for each in fact.consumed])  # type: ignore[attr-defined]
        for fact in facts
        if type(fact).__name__ == "StockIssued"
    ]


def test_output_goes_into_stock_in_the_parts_own_unit() -> None:
    output = c.StockOutput(
        **ABOUT, run="R1-1", quantity=Some.of(2, "CT"), location="B", lot="L1", revision="B",
    )
    (fact,) = warehouse().when(output).facts
    assert (fact.amount, fact.told, fact.run) == (24, Quantity.of(2, "CT"), "R1-1")
    assert fact.bucket == at("B", lot="L1", revision="B")


def test_output_waits_for_a_location_that_is_not_known_yet() -> None:
    told = c.StockOutput(**ABOUT, run="R1-1", quantity=pieces(1), location="Z")
    warehouse().when(told).parked_on("location/S/Z")


def test_the_runs_own_claims_are_used_up_first() -> None:
    stock = warehouse().given(received(9, "A"), received(5, "B"), reserve("R", 4, location="B"))
    assert taken(stock.when(backflush(6)).facts) == [("B", 4, [("R", 4)]), ("A", 2, [])]


def test_other_runs_claims_are_left_alone() -> None:
    stock = warehouse().given(received(5, "A"), reserve("R", 4, purpose="run-2"), received(5, "B"))
    assert taken(stock.when(backflush(6)).facts) == [("A", 1, []), ("B", 5, [])]


def test_claimed_and_free_stock_of_one_bucket_is_one_issue() -> None:
    stock = warehouse().given(received(9), reserve("R", 4))
    assert taken(stock.when(backflush(6)).facts) == [("A", 6, [("R", 4)])]


def test_the_place_it_names_comes_before_others() -> None:
    stock = warehouse().given(received(9, "A"), received(5, "B"), received(2, "C"), reserve("R", 2, location="A"))
    stock.given(reserve("Q", 1, location="C"))
    assert taken(stock.when(backflush(7, "C")).facts) == [("C", 2, [("Q", 1)]), ("A", 5, [("R", 2)])]


def test_stock_on_hold_is_not_used_up() -> None:
    stock = warehouse().given(received(5, "A"), m.Held(**ABOUT, location="A", quantity=pieces(4)), received(5, "B"))
    assert taken(stock.when(backflush(3)).facts) == [("A", 1, []), ("B", 2, [])]


def test_what_the_book_does_not_have_is_used_up_at_the_place_named_and_said() -> None:
    stock = warehouse().given(received(2, "A"))
    first, second, discrepancy = stock.when(backflush(5, "C")).facts
    assert taken([first, second]) == [("A", 2, []), ("C", 3, [])]
    assert (discrepancy.kind, discrepancy.bucket, discrepancy.short) == (Discrepancy.BELOW_ZERO, at("C"), 3)
    assert on_hand(stock, at("C")) == -3


def test_without_a_place_what_is_missing_is_taken_where_the_last_of_it_was() -> None:
    stock = warehouse().given(received(1, "A"), received(1, "B"), reserve("R", 1, location="A"))
    assert taken(stock.when(backflush(4)).facts) == [("A", 1, [("R", 1)]), ("B", 3, [])]


def test_without_a_place_what_never_was_is_taken_where_it_has_been_or_at_the_first_location() -> None:
    assert taken(warehouse().when(backflush(4)).facts) == [("A", 4, [])]
    been = warehouse().given(received(2, "B", status=Status.INSPECTION), received(2, "C", owner="V"))
    assert taken(been.when(backflush(4)).facts) == [("A", 4, [])]
    held = warehouse().given(received(2, "C"), m.Issued(**ABOUT, location="C", quantity=pieces(2), run="x"))
    assert taken(held.when(backflush(4)).facts) == [("C", 4, [])]


def test_a_site_without_locations_says_what_to_do() -> None:
    outcome = Scenario(build(), reference(part("P"), site("S")), day(1)).when(backflush(1)).outcome
    assert isinstance(outcome, Reject)
    assert "location" in outcome.problems[0].remedy


def test_a_backflush_is_undone_whole() -> None:
    stock = warehouse().given(received(5, "A"), received(5, "B"))
    stock.when(backflush(7), id="used")
    used = [at.id for at, fact in zip(stock.records, stock.facts, strict=True) if isinstance(fact, f.StockIssued)]
    undone = stock.when(m.Reversed(**ABOUT, of=EventRef(source="test", id="used")))
    assert [(fact.undone, fact.amount, fact.undone_fact) for fact in undone.facts] == [
        ("StockIssued", 5, used[0]), ("StockIssued", 2, used[1])
    ]
    assert [(told.run, told.quantity.amount, told.movement) for told in undone.commands] == [  # type: ignore[attr-defined]
        ("run-1", 5, used[0]), ("run-1", 2, used[1])
    ]
    assert stock.when(m.Reversed(**ABOUT, of=EventRef(source="test", id="used"))).facts == [], "once"
    assert (on_hand(stock, at("A")), on_hand(stock, at("B"))) == (5, 5)
