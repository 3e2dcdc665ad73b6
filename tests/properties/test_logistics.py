"""Random histories of a lane and of a shipment: whatever is told, in whatever order, accounts add up exactly."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from events.decision import Decided, Park
from events.logistics import facts as f
from events.logistics import messages as m
from events.logistics.shapes import Amounts, Damage, Purpose, ShipmentLine
from events.model import Observation, Payload
from events.values import Line as DocumentLine
from events.values import Quantity, Some
from services.logistics.shipment import Condition, Line
from services.logistics.state import dump, load
from tests import scenario as s
from tests.shipping import ORDER, Shipping, lane

S: dict[str, Any] = {"shipment": st.just("S")}
Step = tuple[Payload, datetime]

amounts = st.integers(1, 30).map(lambda tenths: Decimal(tenths) / 2)
days = st.integers(0, 12).map(s.day)
numbers = st.sampled_from([1, 1, 1, 2, 2, 3, 9])
parts = st.sampled_from(["BOLT"] * 4 + ["NUT"] * 2)
some = st.builds(lambda amount: Some(amount=amount, unit="C62"), amounts)
maybe = st.builds(lambda amount: Quantity(amount=amount, unit="C62"), st.just(Decimal(0)) | amounts)
cartons = st.builds(lambda amount: Some(amount=amount, unit="CT"), amounts)


def once(entries: list[Any]) -> tuple[Any, ...]:
    """The first entry of each line."""
    return tuple({entry.line: entry for entry in reversed(entries)}.values())


def weighted(*choices: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One of these, each as often as it is there: ``one_of`` takes no notice of that."""
    return st.sampled_from(choices).flatmap(lambda choice: choice)


def several(entry: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(entry, min_size=1, max_size=3).map(once)


bolts = st.builds(
    ShipmentLine, line=numbers, part=st.just("BOLT"), quantity=weighted(some, some, cartons),
    order=st.none() | st.just(ORDER), lot=st.none() | st.just("A"),
    purchase=st.none() | st.just(DocumentLine(document="PO-1", line=1)),
)
nuts = st.builds(ShipmentLine, line=numbers, part=st.just("NUT"), quantity=some)
lines = several(weighted(bolts, bolts, nuts))
parts_of = several(st.builds(Amounts, line=numbers, amount=amounts))
broken = st.lists(st.builds(Damage, line=numbers, amount=amounts), max_size=2).map(once)
routes = st.sampled_from([("L",), ("L", "M"), ()])
nodes = st.sampled_from(["hub/x", "hub/y", "site/store"])
plans = st.builds(
    m.PlanShipment, **S, purpose=st.sampled_from(Purpose), from_node=st.sampled_from(["site/plant", "supplier/ACME"]),
    to_node=st.sampled_from(["site/store", None]), lanes=routes, via=st.none() | st.just(("hub/x",)), lines=lines,
    depart_at=days, arrive_at=days,
)
replans = st.builds(
    m.ReplanShipment, **S, lanes=st.none() | routes, lines=st.none() | lines, depart_at=st.none() | days, arrive_at=days
)
notices = st.builds(
    m.Announced, **S, supplier=st.just("ACME"), site=st.just("plant"), lines=lines, expected=st.none() | days
)
handed = st.builds(
    m.FollowSent, **S, part=parts, purpose=st.just(Purpose.TRANSFER), from_site=st.just("plant"),
    to_site=st.sampled_from(["store", None]), quantity=some, movement=st.just("inventory/0/1"),
)
stored = st.builds(m.FollowArrival, **S, part=parts, quantity=maybe, short=st.none() | maybe)
moving = [
    handed, handed, stored, stored, notices,
    st.builds(m.FollowSendingReversal, **S, part=parts, quantity=some, movement=st.just("inventory/0/1")),
    st.builds(m.FollowArrivalReversal, **S, part=parts, quantity=maybe, short=st.none() | maybe),
    st.builds(m.Lost, **S, lines=st.none() | parts_of),
    st.builds(m.Arrived, **S, lines=st.none() | parts_of),
    st.builds(m.Delivered, **S, lines=st.none() | parts_of, damaged=broken),
    st.builds(m.Departed, **S),
]
others = [
    plans, replans, st.builds(m.CancelShipment, **S), st.builds(m.Tendered, **S, carrier=st.sampled_from(["A", "B"])),
    st.builds(m.LegArrived, **S, node=nodes), st.builds(m.Held, **S), st.builds(m.Cleared, **S),
]
forecasts = [
    st.builds(m.Estimated, **S, expected=days), st.builds(m.Delayed, **S, expected=days),
    st.builds(m.Delayed, **S, hours=st.integers(1, 50)),
]
anything = st.tuples(weighted(*moving, *moving, *others, *forecasts), days)
histories = st.lists(anything, min_size=1, max_size=30).flatmap(
    lambda steps: st.sampled_from([steps, [(_plan(), s.START), *steps]])
)


def _plan(*planned: ShipmentLine) -> m.PlanShipment:
    line = ShipmentLine(line=1, part="BOLT", quantity=Some.of(10, "C62"))
    return m.PlanShipment(
        shipment="S", purpose=Purpose.TRANSFER, from_node="site/plant", to_node="site/store", lanes=("L",),
        lines=planned or (line,), depart_at=s.day(1), arrive_at=s.day(3),
    )


class Books:
    """Accounts as a reader keeps them: it only adds up what facts say, and knows nothing of the rules."""

    def __init__(self) -> None:
        self.lines: dict[int, list[Decimal]] = {}

    def read(self, fact: Any) -> None:
        if isinstance(fact, f.ShipmentPlanned):
            for line in fact.lines:
                if line.was is not None:
                    self.lines[line.line] = self.lines.pop(line.was)
        if isinstance(fact, f.MovingFact):
            for moved in fact.lines:
                book = self.lines.setdefault(moved.line, [Decimal(0)] * 4)
                changes = (moved.sent, moved.in_transit, moved.arrived, moved.lost)
                book[:] = [before + change for before, change in zip(book, changes, strict=True)]
                assert min(book) >= 0
                assert book[0] == sum(book[1:])


def account(line: Line | None) -> list[Decimal]:
    return [line.sent, line.in_transit, line.arrived, line.lost] if line else [Decimal(0)] * 4


def tell(told: Shipping, body: Payload, at: datetime) -> Sequence[Any]:
    """What is recorded. Nothing is ever rejected, and only what isn't known yet waits."""
    before = len(told.facts)
    outcome = told.decide(body, at=at)
    assert isinstance(outcome, Decided | Park)
    if isinstance(outcome, Park):
        assert outcome.missing == ("shipment/S",) or "conversion/BOLT" in outcome.missing[0]
        assert told.state("shipment/S").shipment is None
    facts = told.facts[before:]
    if isinstance(body, Observation):
        assert not any(isinstance(fact, f.ShipmentRefused) for fact in facts)
    return facts


@settings(max_examples=400, deadline=None)
@given(histories)
def test_what_was_sent_is_in_transit_arrived_or_lost_after_every_fact(history: list[Step]) -> None:
    told, books = Shipping(), Books()
    for body, at in history:
        for fact in tell(told, body, at):
            books.read(fact)
        shipment = told.state("shipment/S").shipment
        known = shipment.lines if shipment else {}
        for number in {*known, *books.lines}:
            assert account(known.get(number)) == books.lines.get(number, [Decimal(0)] * 4)


@settings(max_examples=300, deadline=None)
@given(histories)
def test_every_fact_says_when_it_is_expected_by_the_latest_word(history: list[Step]) -> None:
    told = Shipping()
    expected, told_at, cancelled = None, None, False
    for body, at in history:
        for fact in tell(told, body, at):
            word = _word(fact)
            if word is not None and (told_at is None or at >= told_at):
                (expected,), told_at = word, at
            if isinstance(fact, f.ShipmentCancelled):
                cancelled = True
            elif isinstance(fact, f.ShipmentDeparted | f.ShipmentLegArrived | f.MovingFact) and _goes_on(fact):
                cancelled = False
            assert fact.expected == (None if cancelled else expected)


def _word(fact: Any) -> tuple[datetime | None] | None:
    """What a fact says of when it comes, if it says anything."""
    match fact:
        case f.PlannedFact():
            return (fact.arrive_at,)
        case f.ShipmentEstimated():
            return (fact.estimate,)
        case f.ShipmentDelayed():
            return (fact.until,)
        case f.ShipmentAnnounced() if fact.arrives_at is not None:
            return (fact.arrives_at,)
        case _:
            return None


def _goes_on(fact: Any) -> bool:
    reversal = isinstance(fact, f.ShipmentSendingReversed | f.ShipmentArrivalReversed)
    return isinstance(fact, f.ShipmentLegArrived) or (not reversal and getattr(fact, "current", True))


@settings(max_examples=150, deadline=None)
@given(histories)
def test_a_snapshot_holds_all_that_decisions_need(history: list[Step]) -> None:
    told, cut = Shipping(), Shipping()
    for body, at in history:
        before = list(told.facts), list(cut.facts)
        tell(told, body, at)
        for stream, state in cut.states.items():
            cut.states[stream] = load(dump(state))
        tell(cut, body, at)
        assert told.facts[len(before[0]):] == cut.facts[len(before[1]):]


@settings(max_examples=200, deadline=None)
@given(histories)
def test_what_is_asked_or_stated_twice_changes_nothing_the_second_time(history: list[Step]) -> None:
    """What moves goods is another movement when it comes as another event; everything else is a repeat."""
    moves = (m.Lost, m.Arrived, m.Delivered, m.ShipmentCommand, m.Delayed)
    told = Shipping()
    for body, at in history:
        tell(told, body, at)
        before = load(dump(told.state("shipment/S")))
        if not isinstance(body, moves):
            again = tell(told, body, at)
            assert told.state("shipment/S") == before
            assert not any(isinstance(fact, f.MovingFact) and fact_moves(fact) for fact in again)


def fact_moves(fact: f.MovingFact) -> bool:
    return any(one.sent or one.arrived or one.lost for one in fact.lines)


told_once = st.one_of(
    st.builds(lambda some: m.FollowSent(
        shipment="S", part="BOLT", purpose=Purpose.TRANSFER, from_site="plant", to_site="store", quantity=some,
        movement="inventory/0/1",
    ), some),
    st.builds(m.FollowArrival, **S, part=st.just("BOLT"), quantity=maybe, short=st.none() | maybe),
    st.builds(m.Lost, **S, lines=amounts.map(lambda amount: (Amounts(line=1, amount=amount),))),
    st.builds(m.Arrived, **S, lines=amounts.map(lambda amount: (Amounts(line=1, amount=amount),))),
    st.builds(m.Delivered, **S, lines=amounts.map(lambda amount: (Amounts(line=1, amount=amount),))),
    st.builds(m.Departed, **S),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(told_once, min_size=1, max_size=7).flatmap(lambda one: st.tuples(st.just(one), st.permutations(one))))
def test_amounts_told_in_another_order_come_to_the_same_account(both: tuple[list[Any], list[Any]]) -> None:
    accounts = []
    for bodies in both:
        told = Shipping().given(_plan())
        for body in bodies:
            tell(told, body, s.START)
        accounts.append(account(told.line()))
    assert accounts[0] == accounts[1]


words = st.one_of(
    st.builds(m.Closed, lane=st.just("L"), until=st.none() | days),
    st.builds(m.Slowed, lane=st.just("L"), extra_hours=st.integers(0, 9)),
    st.builds(m.Reopened, lane=st.just("L")),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(words, days), min_size=1, max_size=12))
def test_the_latest_word_says_how_a_lane_is(history: list[tuple[Any, datetime]]) -> None:
    told = Shipping().given(lane())
    for body, at in history:
        told.given(body, at=at)
    last, _ = max(enumerate(history), key=lambda found: (found[1][1], found[0]))
    body = history[last][0]
    wanted = {m.Closed: Condition.CLOSED, m.Slowed: Condition.SLOWED, m.Reopened: Condition.OPEN}[type(body)]
    found = told.state("lane/L").lane
    assert found is not None
    assert (found.condition, found.said_at) == (wanted, history[last][1])
    assert (found.until, found.extra_hours) == (getattr(body, "until", None), getattr(body, "extra_hours", 0))
