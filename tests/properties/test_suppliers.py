"""Random histories of a purchase order: whatever is told, in whatever order, its lines add up exactly."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue.facts import SupplierDefined
from events.catalogue.reference import Reference
from events.codec import decode, encode
from events.decision import Decided, Message, Outcome, Park
from events.model import Command, Observation, Payload
from events.suppliers import facts as f
from events.suppliers import messages as m
from events.values import Quantity, Some, Status
from services.supplier.app import build
from services.supplier.order import Line, State
from services.supplier.state import total
from tests import scenario as s

KNOWN: Reference = s.reference(
    s.part("BOLT", CT=12), s.part("NUT"), s.site("plant", "dock"), s.site("depot", "dock"), s.supplier("ACME"),
    SupplierDefined(id="SLEEPY", name="SLEEPY", active=False),
)
SERVICE = build()
STREAM = "purchase-order/1"

amounts = st.decimals("0.5", "40", places=1).map(lambda amount: amount.normalize())
lines = st.sampled_from([1] * 8 + [2, 2, 3])
parts = st.sampled_from(["BOLT"] * 12 + ["NUT", "GHOST"])
receipts = st.sampled_from(["inventory/0/1", "inventory/0/2", "inventory/0/3"])
days = st.integers(-3, 30)
dates = days.map(lambda number: date(2026, 1, 1) + timedelta(days=number))
in_base = st.builds(lambda amount: Some(amount=amount, unit="C62"), amounts)
told = st.one_of(in_base, in_base, st.builds(lambda amount: Some(amount=amount, unit="CT"), amounts))
maybe_some = st.one_of(st.none(), in_base)
zero_or_more = st.one_of(st.just(Decimal(0)), amounts)
findings = st.builds(lambda amount: Quantity(amount=amount, unit="C62"), zero_or_more)
some_lines = st.one_of(st.none(), st.sets(lines, min_size=1).map(lambda found: tuple(sorted(found))))
order_lines = st.builds(
    m.OrderLine, line=lines, part=st.sampled_from(["BOLT"] * 5 + ["NUT"]), quantity=in_base,
    due=st.none() | dates, price=st.none() | zero_or_more,
)
line_changes = st.builds(m.LineChange, line=lines, quantity=in_base, due=st.none() | dates)


def once(entries: list[Any]) -> tuple[Any, ...]:
    """The first entry of each line."""
    return tuple({entry.line: entry for entry in reversed(entries)}.values())


def several(entry: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(entry, min_size=1, max_size=3).map(once)


schedules = st.lists(st.builds(m.Promise, quantity=told, promised=dates), max_size=3).map(tuple)
places = st.builds(
    m.PlacePurchaseOrder, number=st.just("1"), supplier=st.sampled_from(["ACME", "SLEEPY"]), currency=st.just("EUR"),
    site=st.just("plant"), lines=several(order_lines), approval=st.sampled_from(m.Approval),
)
follow: dict[str, Any] = {
    "purchase_order": st.just("1"), "line": lines, "part": parts, "site": st.sampled_from(["plant", "plant", "depot"]),
    "receipt": receipts,
}
arrivals = st.builds(m.FollowReceipt, **follow, quantity=in_base, status=st.sampled_from(Status))
reversals = st.builds(m.FollowReversal, **follow, quantity=in_base, status=st.sampled_from(Status))
bodies = st.one_of(
    places,
    st.builds(m.ChangePurchaseOrder, number=st.just("1"), add=several(order_lines)),
    st.builds(m.ChangePurchaseOrder, number=st.just("1"), change=several(line_changes)),
    st.builds(m.CancelPurchaseOrder, number=st.just("1"), lines=some_lines),
    st.builds(m.ShortClosePurchaseOrder, number=st.just("1"), lines=some_lines),
    st.builds(
        m.Confirmed, number=st.just("1"), lines=several(st.builds(m.ConfirmedLine, line=lines, schedule=schedules))
    ),
    st.builds(m.Delayed, number=st.just("1"), lines=some_lines, expected=dates),
    st.builds(
        m.Shipped, number=st.just("1"), lines=several(st.builds(m.ShippedLine, line=lines, quantity=told)),
        despatch=st.sampled_from(["D1", "D2", "D3"]),
    ),
    st.builds(
        m.FollowNotice, purchase_order=st.just("1"), line=lines, quantity=told,
        shipment=st.sampled_from(["D1", "D2", "S1"]), expected=st.none() | dates,
    ),
    st.builds(m.Reviewed, number=st.just("1"), approval=st.sampled_from(m.Approval)),
    st.builds(m.Closed, number=st.just("1")),
    st.builds(
        m.ReceiptReported, number=st.just("1"), line=lines, received=told, accepted=st.none() | zero_or_more,
        rejected=st.none() | zero_or_more, part=st.none() | parts, receipt=st.none() | receipts,
    ),
    st.builds(m.RejectionReported, number=st.just("1"), line=lines, quantity=told, receipt=st.none() | receipts),
    arrivals, arrivals, arrivals, arrivals, arrivals,
    st.builds(m.FollowInspection, **follow, accepted=findings, rejected=findings),
    st.builds(m.FollowInspectionReversal, **follow, accepted=findings, rejected=findings),
    st.builds(m.FollowReturn, **follow, quantity=in_base),
    st.builds(m.FollowReturnReversal, **follow, quantity=in_base),
    reversals, reversals, reversals, reversals,
)
wild = st.tuples(
    places, st.lists(st.tuples(bodies, days, st.sampled_from(["second", "day"])), min_size=5, max_size=30),
).map(lambda found: [(found[0], 0, "second"), *found[1]])

# A wild history mostly contradicts itself. A tame one stays with one line, and gets further.
sizes = st.integers(1, 16).map(Decimal)
some = st.builds(lambda amount: Some(amount=amount, unit="C62"), sizes)
tame_follow: dict[str, Any] = follow | {"line": st.just(1), "part": st.just("BOLT"), "site": st.just("plant")}
tame_places = st.builds(
    lambda quantity: m.PlacePurchaseOrder(
        number="1", supplier="ACME", currency="EUR", site="plant",
        lines=(m.OrderLine(line=1, part="BOLT", quantity=quantity, due=date(2026, 1, 9)),),
    ),
    some,
)
tame_schedules = st.lists(st.builds(m.Promise, quantity=some, promised=dates), min_size=1, max_size=4).map(tuple)
tame = {
    "receive": st.builds(m.FollowReceipt, **tame_follow, quantity=some, status=st.sampled_from(Status)),
    "reverse": st.builds(m.FollowReversal, **tame_follow, quantity=some, status=st.sampled_from(Status)),
    "inspect": st.builds(m.FollowInspection, **tame_follow, accepted=findings, rejected=findings),
    "uninspect": st.builds(m.FollowInspectionReversal, **tame_follow, accepted=findings, rejected=findings),
    "change": st.builds(
        m.ChangePurchaseOrder, number=st.just("1"),
        change=st.tuples(st.builds(m.LineChange, line=st.just(1), quantity=some, due=st.none() | dates)),
    ),
    "confirm": st.builds(
        m.Confirmed, number=st.just("1"),
        lines=st.tuples(st.builds(m.ConfirmedLine, line=st.just(1), schedule=tame_schedules)),
    ),
    "end": st.builds(m.CancelPurchaseOrder, number=st.just("1")),
}
tame_order = ["receive", "receive", "receive", "reverse", "reverse", "inspect", "uninspect", "change", "confirm", "end"]
tame_steps = st.sampled_from(tame_order).flatmap(lambda name: tame[name])
tame_histories = st.tuples(
    tame_places, st.lists(st.tuples(tame_steps, days, st.just("second")), min_size=5, max_size=30)
).map(lambda found: [(found[0], 0, "second"), *found[1]])
histories = st.booleans().flatmap(lambda wildly: wild if wildly else tame_histories)
History = list[tuple[Payload, int, str]]



class Run:
    """Tells a history to the service, one message after the other, as the runtime does."""

    def __init__(self, state: State | None = None) -> None:
        self.state = state or SERVICE.initial(STREAM)
        self.facts: list[f.SupplierFact] = []
        self.written: list[bytes] = []

    def tell(self, number: int, body: Payload, when: int, precision: str) -> Outcome:
        dated = s.message(body, id=f"m-{number}", at=s.day(when))
        told: Message[Any] = msgspec.structs.replace(dated, precision=precision)
        before = SERVICE.dump(self.state)
        outcome = SERVICE.decide(self.state, KNOWN, told, s.day(when))
        assert SERVICE.dump(self.state) == before, "deciding changes nothing"
        if isinstance(outcome, Decided):
            for fact in outcome.facts:
                self._record(fact, told)
        return outcome

    def _record(self, fact: Any, told: Message[Any]) -> None:
        count = len(self.facts) + 1
        at = s.recorded(fact, told, stream=STREAM, position=count, version=count, now=told.time)
        read = decode(at)
        assert read == fact
        opened = self._open(read)
        self.state = SERVICE.evolve(self.state, read, at)
        self._says_how_the_line_stands(read, opened)
        self.facts.append(fact)
        self.written.append(at.data)

    def _open(self, fact: Any) -> Decimal:
        line = self.line(fact)
        return line.open if line else Decimal(0)

    def line(self, fact: Any) -> Line | None:
        order = self.state.order
        return order.lines.get(fact.line) if order and isinstance(fact, f.LineFact) else None

    def _says_how_the_line_stands(self, fact: Any, before: Decimal) -> None:
        line = self.line(fact)
        if line is not None:
            assert (fact.open, fact.promised, fact.due) == (line.open, line.promised, line.due)
            assert (fact.expected, fact.confirmed_at) == (line.expected, line.confirmed_at)
            assert fact.opened == line.open - before, type(fact).__name__


def told_to(run: Run, history: History, start: int = 0) -> Run:
    for number, (body, when, precision) in enumerate(history[start:], start):
        run.tell(number, body, when, precision)
    return run


def adds_up(line: Line) -> None:
    """The identities, to the last digit, and nothing below zero."""
    assert line.ordered + line.over == line.open + line.received + line.cancelled + line.short_closed
    assert line.received == line.accepted + line.rejected + line.in_inspection
    numbers = (
        line.ordered, line.over, line.open, line.received, line.cancelled, line.short_closed, line.accepted,
        line.rejected, line.in_inspection, line.returned, line.shipped,
    )
    assert min(numbers) >= 0, numbers
    assert not (line.over and line.open), "what lies here isn't still to come"
    kept = line.receipts.values()
    assert sum(receipt.amount for receipt in kept) == line.received
    assert sum(receipt.over for receipt in kept) == line.over
    for receipt in kept:
        assert sum(portion.amount for portion in receipt.portions) == receipt.amount - receipt.over
        assert all(portion.amount > 0 for portion in receipt.portions)
    assert sum(line.despatches.values()) == line.shipped


@given(histories)
@settings(max_examples=300, deadline=None)
def test_every_line_adds_up_after_every_fact(history: History) -> None:
    run = Run()
    for number, (body, when, precision) in enumerate(history):
        run.tell(number, body, when, precision)
        if run.state.order is not None:
            for line in run.state.order.lines.values():
                adds_up(line)


@given(histories)
@settings(max_examples=120, deadline=None)
def test_what_happened_is_recorded_or_waits_for_what_is_unknown(history: History) -> None:
    run = Run()
    for number, (body, when, precision) in enumerate(history):
        outcome = run.tell(number, body, when, precision)
        if isinstance(body, Observation | Command):
            assert isinstance(outcome, Decided | Park)
            if isinstance(outcome, Park):
                known = run.state.order is not None
                assert all(key.startswith(("part/GHOST", "conversion/NUT/CT")) for key in outcome.missing) or not known


@given(histories)
@settings(max_examples=100, deadline=None)
def test_the_same_history_gives_the_same_bytes(history: History) -> None:
    assert told_to(Run(), history).written == told_to(Run(), history).written


@given(histories, st.integers(0, 25))
@settings(max_examples=120, deadline=None)
def test_a_snapshot_on_the_way_changes_nothing(history: History, cut: int) -> None:
    cut = min(cut, len(history))
    first = told_to(Run(), history[:cut])
    again = Run(SERVICE.load(SERVICE.dump(first.state)))
    told_to(again, history, cut)
    straight = told_to(Run(), history)
    assert first.written + again.written == straight.written
    assert SERVICE.dump(again.state) == SERVICE.dump(straight.state)


@given(histories)
@settings(max_examples=100, deadline=None)
def test_reversing_every_receipt_leaves_nothing_received_and_everything_open(history: History) -> None:
    run = told_to(Run(), history)
    assert run.state.order is not None or not run.facts or isinstance(run.facts[0], f.PurchaseOrderRefused)
    for number, line in (run.state.order.lines if run.state.order else {}).items():
        for receipt, kept in list(line.receipts.items()):
            back = m.FollowReversal(
                purchase_order="1", line=number, part=line.part, site="plant", receipt=receipt, status=Status.AVAILABLE,
                quantity=Some(amount=kept.amount, unit=line.unit),
            )
            run.tell(1000, back, 0, "second")
        assert line.received == line.over == 0
        assert line.open == line.ordered - line.cancelled - line.short_closed
        assert not line.receipts


@given(histories)
@settings(max_examples=100, deadline=None)
def test_portions_told_in_facts_add_up_to_what_fulfilled_promises(history: History) -> None:
    """What a view sums from facts alone is what the order holds."""
    run = told_to(Run(), history)
    sums: dict[int, Decimal] = {}
    for fact in run.facts:
        match fact:
            case f.PurchaseOrderReceived():
                change = total(fact.portions)
            case f.PurchaseOrderLineChanged():
                change = total(fact.covered)
            case f.ReceiptReversed():
                change = total(fact.covered) - total(fact.portions)
            case _:
                continue
        sums[fact.line] = sums.get(fact.line, Decimal(0)) + change
    for number, line in (run.state.order.lines if run.state.order else {}).items():
        assert sums.get(number, 0) == line.fulfilled


def test_these_facts_are_written_with_plain_numbers() -> None:
    line = m.OrderLine(line=1, part="BOLT", quantity=Some(amount=Decimal("1E+1"), unit="CT"))
    order = m.PlacePurchaseOrder(number="1", supplier="ACME", currency="EUR", site="plant", lines=(line,))
    run = told_to(Run(), [(order, 0, "second")])
    assert b'"ordered":"120"' in encode(run.facts[0])
