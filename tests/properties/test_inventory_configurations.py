"""What was built as customers chose is conserved like all material, and never claimed by who didn't choose it."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.inventory import commands as c
from events.inventory import messages as m
from events.inventory.accounts import IN_ACCOUNTS, EventRef, stream_of
from events.inventory.postings import claims, postings
from events.values import BucketKey, Quantity, Some, Status
from services.inventory.app import build
from services.inventory.state import dump, load
from tests.scenario import Scenario, day, part, reference, site

WHERE: dict[str, Any] = {"part": "P", "site": "S"}
ordinary = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
RUNS = {"red-1": "red", "red-2": "red", "blue": "blue", "plain": None}

some = st.integers(1, 9).map(lambda amount: Some.of(amount, "C62"))
levels = st.integers(0, 9).map(lambda amount: Quantity.of(amount, "C62"))
runs = st.sampled_from(sorted(RUNS))
configurations = st.sampled_from([None, None, None, "red", "blue"])
locations = st.sampled_from(["A", "B"])
reservations = st.sampled_from(["R1", "R2", "R3"])
orders = st.sampled_from(["O1", "O2"])
times = st.integers(0, 20).map(lambda hours: day(hours / 2))


def told(kind: type[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(lambda **chosen: kind(**WHERE, **chosen), **fields)


here: dict[str, Any] = {"location": locations, "configuration": configurations, "quantity": some}
expected = runs.filter(lambda run: RUNS[run] is not None).map(
    lambda run: c.ExpectOutput(**WHERE, run=run, configuration=RUNS[run])
)
lines = st.lists(
    st.builds(m.SnapshotLine, location=locations, configuration=configurations, quantity=levels), max_size=3,
    unique_by=lambda line: line.key,
).map(tuple)
words = st.one_of(
    expected, expected,
    told(m.Produced, run=runs, location=locations, quantity=some),
    told(c.StockOutput, run=runs, location=locations, quantity=some),
    told(m.Received, location=locations, quantity=some),
    told(m.ReserveStock, reservation=reservations, quantity=some, purpose=orders, configuration=configurations),
    told(c.EarmarkSupply, reservation=reservations, quantity=some, purpose=orders,
         supply=runs.map(lambda run: f"run/{run}")),
    told(m.ReleaseStock, reservation=reservations),
    told(m.Shipped, shipment=st.just("SH"), order=st.one_of(st.none(), orders), **here),
    told(m.Issued, run=st.just("other"), reservation=st.one_of(st.none(), reservations), **here),
    told(m.Moved, to_location=locations, **here),
    told(m.Held, **here), told(m.Unheld, **here), told(m.Lost, **here),
    told(m.TransferSent, to_site=st.just("T"), transfer=st.just("T1"), **here),
    told(m.TransferArrived, location=locations, transfer=st.just("T2"), quantity=levels),
    told(c.ExpectTransfer, from_site=st.just("T"), transfer=st.just("T2"), quantity=some, configuration=configurations),
    told(m.Counted, location=locations, configuration=configurations, quantity=levels, cut_off=times),
    told(m.StockSnapshot, lines=lines, cut_off=times, complete=st.booleans()),
    told(m.Reversed, of=st.integers(1, 12).map(lambda number: EventRef(source="test", id=f"m-{number}"))),
)


@ordinary
@given(st.lists(st.tuples(words, times), min_size=4, max_size=25))
def test_configured_material_is_conserved_and_only_who_chose_it_claims_it(history: list[tuple[Any, datetime]]) -> None:
    stock = Scenario(build(), reference(part("P"), site("S", "A", "B"), site("T", "A")), day(10))
    for body, at in history:
        stock.decide(body, at=at)
        state = stock.state(stream_of("P", "S"))
        book, accounts, held = (defaultdict[Any, Decimal](Decimal) for _ in range(3))
        for fact in stock.facts:
            for one in postings(fact):  # type: ignore[arg-type]
                book[one.bucket.key] += one.amount
                accounts[one.bucket.key, one.account in IN_ACCOUNTS] += one.amount
            for claim in claims(fact):  # type: ignore[arg-type]
                held[claim.bucket.key, claim.reservation] += claim.amount
        for key, on_hand in book.items():
            assert state.shelf(key).on_hand == on_hand == accounts[key, True] + accounts[key, False]
            claimed = [amount for (where, _), amount in held.items() if where == key]
            assert all(amount >= 0 for amount in claimed)
            assert sum(claimed) <= max(on_hand, Decimal(0))
        for (key, name), amount in held.items():
            assert not amount or state.reservations[name].configuration == key.configuration
        assert load(dump(state)) == state


@ordinary
@given(st.lists(st.sampled_from(["expected", "output", "told", "issue"]), max_size=8))
def test_what_a_run_builds_lies_there_as_that_whenever_it_is_told(order: list[str]) -> None:
    stock = Scenario(build(), reference(part("P"), site("S", "A", "B")), day(10))
    one = Some.of(1, "C62")
    said = {
        "expected": c.ExpectOutput(**WHERE, run="R", configuration="red"),
        "output": c.StockOutput(**WHERE, run="R", quantity=one, location="A"),
        "told": m.Produced(**WHERE, run="R", quantity=one, location="B"),
        "issue": m.Received(**WHERE, quantity=one, location="A"),
    }
    for word in [*order, "expected"]:
        stock.decide(said[word])
    state = stock.state(stream_of("P", "S"))

    def there(location: str, configuration: str | None) -> Decimal:
        return state.shelf(BucketKey(location, Status.AVAILABLE, configuration=configuration)).on_hand

    assert there("A", "red") == order.count("output")
    assert there("B", "red") == order.count("told")
    assert there("A", None) == order.count("issue")
