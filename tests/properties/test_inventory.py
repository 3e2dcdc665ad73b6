"""Random histories of stock: whatever is told, in whatever order, material is conserved and nothing is claimed twice.

The oracle is the plain meaning of what was told, computed from scratch each time: of all that hasn't been reversed,
a bucket holds what its latest count saw, plus the movements that happened later.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.decision import Decided, Park
from events.inventory import commands as c
from events.inventory import facts as f
from events.inventory import messages as m
from events.inventory.accounts import IN_ACCOUNTS, OUT_ACCOUNTS, Account, EventRef
from events.inventory.postings import claims, postings, transit
from events.model import Observation
from events.values import BucketKey, Quantity, Some, Status
from services.inventory.app import build
from tests.scenario import Scenario, day, part, reference, site, supplier

EXAMPLES = 200
KNOWN = reference(part("P", "KGM"), site("S", "A", "B"), site("T", "A"), supplier("V"))
PIECES = "KGM"
WHERE: dict[str, Any] = {"part": "P", "site": "S"}

amounts = st.integers(1, 40).map(lambda tenths: Decimal(tenths) / 4)
levels = st.integers(0, 60).map(lambda tenths: Decimal(tenths) / 4)
some = amounts.map(lambda amount: Some.of(amount, PIECES))
quantities = levels.map(lambda amount: Quantity.of(amount, PIECES))
times = st.integers(0, 24).map(lambda hours: day(hours / 2))
lots = st.sampled_from([None, None, None, "L1"])
owners = st.sampled_from([None] * 7 + ["V"])
locations = st.sampled_from(["A", "B"])
usable = st.sampled_from([Status.AVAILABLE, Status.AVAILABLE, Status.AVAILABLE, Status.HOLD])
reservations = st.sampled_from([f"R{number}" for number in range(5)])
maybe_reservation = st.one_of(st.none(), reservations)
earlier = st.integers(-1, 12).map(lambda steps: EventRef(source="test", id=f"back-{steps}"))
"""An event so many steps back, found when its turn comes (``aimed``); -1 is one that isn't told yet."""
bucket: dict[str, Any] = {"location": locations, "lot": lots, "owner": owners}


def told(kind: type[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(lambda **chosen: kind(**WHERE, **chosen), **fields)


lines = st.lists(
    st.builds(m.SnapshotLine, status=usable, quantity=quantities, **bucket), max_size=3, unique_by=lambda line: line.key
).map(tuple)
movements = st.one_of(
    told(m.Received, quantity=some, status=st.sampled_from([Status.AVAILABLE, Status.INSPECTION]), **bucket),
    told(m.Found, quantity=some, status=usable, **bucket),
    told(m.Lost, quantity=some, status=usable, **bucket),
    told(m.Scrapped, quantity=some, status=usable, reason=st.just("broken"), **bucket),
    told(m.Held, quantity=some, **bucket),
    told(m.Unheld, quantity=some, **bucket),
    told(m.Moved, quantity=some, to_location=locations, status=usable, **bucket),
    told(m.Issued, quantity=some, run=st.just("run-1"), reservation=maybe_reservation, **bucket),
    told(m.Shipped, quantity=some, shipment=st.just("s-1"), reservation=maybe_reservation, **bucket),
    told(m.ReturnedFromRun, quantity=some, run=st.just("run-1"), **bucket),
    told(m.Produced, quantity=some, run=st.just("run-1"), **bucket),
    told(m.ReturnedToVendor, quantity=some, supplier=st.just("V"), status=usable, **bucket),
    told(m.TransferSent, quantity=some, to_site=st.just("T"), transfer=st.just("t-1"), **bucket),
    told(
        m.TransferArrived, quantity=quantities, short=st.one_of(st.none(), quantities), transfer=st.just("t-2"),
        **bucket,
    ),
    told(m.Inspected, accepted=quantities, rejected=quantities, receipt=st.one_of(st.none(), earlier), **bucket),
)
plenty = told(m.Received, location=locations, quantity=st.just(Some.of(40, PIECES)), lot=lots)
statements = st.one_of(
    told(m.Counted, quantity=quantities, cut_off=times, status=usable, **bucket),
    told(m.OpeningStock, quantity=quantities, cut_off=times, **bucket),
    told(m.StockSnapshot, lines=lines, cut_off=times, complete=st.booleans()),
)
claimed = st.one_of(
    told(
        m.ReserveStock, reservation=reservations, quantity=some, purpose=st.just("run-1"),
        location=st.sampled_from([None, None, "A"]), lot=lots, owner=owners, priority=st.integers(0, 1),
        needed_by=st.one_of(st.none(), times),
    ),
    told(m.ReleaseStock, reservation=reservations, quantity=st.one_of(st.none(), some)),
)
on_the_way = st.one_of(
    told(c.ExpectTransfer, from_site=st.just("T"), transfer=st.just("t-2"), quantity=some),
    told(c.FollowTransferReversal, from_site=st.just("T"), transfer=st.just("t-2"), quantity=some),
)
reversals = told(m.Reversed, of=earlier)
history = st.lists(
    st.tuples(
        st.one_of(plenty, movements, statements, claimed, claimed, on_the_way, reversals, reversals), times,
    ),
    min_size=8, max_size=30,
)
plain: dict[str, Any] = {"location": locations}
much = st.integers(1, 30).map(lambda amount: Some.of(amount, PIECES))
reserved = told(
    m.ReserveStock, reservation=reservations, quantity=much, purpose=st.just("run-1"),
    location=st.sampled_from([None, None, "A"]), priority=st.integers(0, 1), needed_by=st.one_of(st.none(), times),
)
pressed = st.one_of(
    told(m.Lost, quantity=much, **plain),
    told(m.Moved, quantity=much, to_location=locations, **plain),
    told(m.Issued, quantity=much, run=st.just("run-1"), reservation=reservations, **plain),
    told(m.Held, quantity=much, **plain),
    told(m.Counted, quantity=quantities, cut_off=times, **plain),
    told(m.ReleaseStock, reservation=reservations, quantity=st.one_of(st.none(), some)),
    told(m.Reversed, of=earlier),
)
fill = told(m.Received, quantity=st.just(Some.of(50, PIECES)), **plain)
busy = st.builds(
    lambda first, claims, then: first + claims + then,
    st.lists(st.tuples(fill, times), min_size=1, max_size=3),
    st.lists(st.tuples(reserved, times), min_size=2, max_size=6),
    st.lists(st.tuples(st.one_of(pressed, pressed, reserved, plenty, movements), times), min_size=6, max_size=20),
)
"""Histories in which much is claimed, and then much is taken."""
histories = st.one_of(history, busy)
ordinary = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass
class Told:
    """One event that was taken: its effects, and the buckets it counted (None: those it lists, and all others too)."""

    happened_at: datetime
    effects: list[tuple[BucketKey, Account, Decimal]] = field(default_factory=list)
    cut_off: datetime | None = None
    counted: dict[BucketKey, Decimal] = field(default_factory=dict)
    complete: bool = False
    opens: BucketKey | None = None


class Oracle:
    """What all that was told, and not reversed, means."""

    def __init__(self) -> None:
        self.taken: dict[str, Told] = {}
        self.reversals: set[str] = set()

    def take(self, id: str, body: Any, at: datetime) -> None:
        match body:
            case m.Reversed():
                self.taken.pop(body.of.id, None)
            case m.ReserveStock() | m.ReleaseStock() | c.ExpectTransfer() | c.FollowTransferReversal():
                pass
            case m.Counted():
                self.taken[id] = Told(at, cut_off=body.cut_off, counted={key(body, body.status): body.quantity.amount})
            case m.StockSnapshot():
                counted = {line.key: line.quantity.amount for line in body.lines}
                if counted or body.complete:
                    self.taken[id] = Told(at, cut_off=body.cut_off, counted=counted, complete=body.complete)
            case m.OpeningStock():
                self._open(id, body)
            case _:
                self.taken[id] = Told(at, effects_of(body))

    def _open(self, id: str, body: m.OpeningStock) -> None:
        opened, amount = key(body, body.status), body.quantity.amount
        first = all(told.opens != opened for told in self.taken.values())
        self.taken[id] = Told(
            body.cut_off, [(opened, Account.OPENING, amount)] if first else [], body.cut_off, {opened: amount},
            opens=opened if first else None,
        )

    def on_hand(self, of: BucketKey) -> Decimal:
        counts = [
            (told.cut_off, told.counted.get(of, Decimal(0)))
            for told in self.taken.values()
            if told.cut_off is not None and (told.complete or of in told.counted)
        ]
        since, level = max(reversed(counts), key=lambda count: count[0], default=(day(-1), Decimal(0)))
        return level + sum(
            amount
            for told in self.taken.values()
            for where, _, amount in told.effects
            if where == of and told.happened_at > since
        )

    def moved(self, of: BucketKey, account: Account) -> Decimal:
        """What movements, not counts, posted to an account."""
        return sum(
            (
                amount
                for told in self.taken.values()
                for where, posted, amount in told.effects
                if (where, posted) == (of, account)
            ),
            Decimal(0),
        )


def aimed(body: Any, number: int) -> Any:
    """The same message, with the event so many steps back by its id."""
    name = "of" if isinstance(body, m.Reversed) else "receipt"
    event = getattr(body, name, None)
    if event is None:
        return body
    steps = int(event.id.removeprefix("back-"))
    return body.model_copy(update={name: EventRef(source="test", id=f"m-{number - 1 - steps}")})


def key(body: m.LocatedObservation, status: Status) -> BucketKey:
    return body.bucket(status).key


def effects_of(body: Any) -> list[tuple[BucketKey, Account, Decimal]]:
    out, into = Account.TRANSFERRED_OUT, Account.TRANSFERRED_IN

    def moved(status: Status, to: BucketKey, amount: Decimal) -> list[tuple[BucketKey, Account, Decimal]]:
        return [(key(body, status), out, -amount), (to, into, amount)]

    match body:
        case m.Held():
            return moved(body.status, key(body, Status.HOLD), body.quantity.amount)
        case m.Unheld():
            return moved(Status.HOLD, key(body, body.status), body.quantity.amount)
        case m.Moved():
            to = key(body, body.status)._replace(location=body.to_location)
            return moved(body.status, to, body.quantity.amount)
        case m.Inspected():
            accepted = moved(Status.INSPECTION, key(body, Status.AVAILABLE), body.accepted.amount)
            return accepted + moved(Status.INSPECTION, key(body, Status.REJECTED), body.rejected.amount)
    signs: dict[Any, tuple[Account, int]] = {
        m.Received: (Account.RECEIVED, 1), m.Found: (Account.FOUND, 1), m.Lost: (Account.LOST, -1),
        m.Scrapped: (Account.SCRAPPED, -1), m.Issued: (Account.ISSUED, -1), m.Shipped: (Account.SHIPPED, -1),
        m.ReturnedFromRun: (Account.RETURNED_IN, 1), m.Produced: (Account.PRODUCED, 1),
        m.ReturnedToVendor: (Account.RETURNED_OUT, -1), m.TransferSent: (out, -1), m.TransferArrived: (into, 1),
    }
    account, sign = signs[type(body)]
    return [(key(body, body.status), account, sign * body.quantity.amount)]


@dataclass
class Book:
    """What a reader of the facts alone knows, by the same postings as everybody."""

    accounts: dict[tuple[BucketKey, Account], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    moved: dict[tuple[BucketKey, Account], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    claims: dict[tuple[BucketKey, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    under_way: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def fold(self, fact: Any) -> None:
        for posting in postings(fact):
            where = (posting.bucket.key, posting.account)
            self.accounts[where] += posting.amount
            if not posting.variance:
                self.moved[where] += posting.amount
        for claim in claims(fact):
            self.claims[claim.bucket.key, claim.reservation] += claim.amount
        if change := transit(fact):
            self.under_way[change.transfer] += change.sent - change.arrived - change.lost

    def on_hand(self, of: BucketKey) -> Decimal:
        return sum((self.accounts[of, account] for account in Account), Decimal(0))


class Run:
    """A history as it is told, with the oracle and a reader beside it."""

    def __init__(self, after_each: Callable[[Any], Any] = lambda state: state) -> None:
        self.stock = Scenario(build(), KNOWN, day(13))
        self.oracle, self.book = Oracle(), Book()
        self._after_each = after_each

    def tell(self, body: Any, at: datetime) -> None:
        id = f"m-{self.stock.told + 1}"
        body = aimed(body, self.stock.told + 1)
        before = len(self.stock.facts)
        outcome = self.stock.decide(body, at=at)
        if isinstance(body, Observation):
            assert isinstance(outcome, Decided | Park), "an observation is never refused"
        if isinstance(outcome, Decided):
            # A reversal of a reversal, or of something reversed already, changes nothing.
            self.oracle.take(id, body, at)
        for fact in self.stock.facts[before:]:
            self.book.fold(fact)
        self.stock.states["stock/P@S"] = self._after_each(self.stock.state("stock/P@S"))

    def buckets(self) -> list[BucketKey]:
        return [
            BucketKey(location, status.value, None, lot, None, owner)
            for location in ("A", "B") for status in Status for lot in (None, "L1") for owner in (None, "V")
        ]


@ordinary
@given(histories)
def test_material_is_conserved_and_nothing_is_claimed_twice(history: list[tuple[Any, datetime]]) -> None:
    run = Run()
    for body, at in history:
        run.tell(body, at)
        state, book = run.stock.state("stock/P@S"), run.book
        for bucket in run.buckets():
            shelf, on_hand = state.shelf(bucket), book.on_hand(bucket)
            assert shelf.on_hand == on_hand == run.oracle.on_hand(bucket), bucket
            ins = sum(book.accounts[bucket, account] for account in IN_ACCOUNTS)
            outs = -sum(book.accounts[bucket, account] for account in OUT_ACCOUNTS)
            assert ins == on_hand + outs
            for account in Account:
                assert book.moved[bucket, account] == run.oracle.moved(bucket, account), (bucket, account)
                assert account in OUT_ACCOUNTS or book.accounts[bucket, account] >= 0
                assert account in IN_ACCOUNTS or book.accounts[bucket, account] <= 0
            assert shelf.on_hand == shelf.moved + (shelf.counts[-1].base if shelf.counts else 0)
            assert shelf.on_hand == shelf.moved + shelf.found + shelf.lost
        check_claims(run, state)
        assert book.under_way["t-2"] == (state.transfers["t-2"].under_way if "t-2" in state.transfers else 0)


def check_claims(run: Run, state: Any) -> None:
    held: dict[str, Decimal] = defaultdict(Decimal)
    on: dict[BucketKey, Decimal] = defaultdict(Decimal)
    for (bucket, reservation), amount in run.book.claims.items():
        assert amount >= 0
        assert not amount or state.reservations[reservation].fits(bucket), "claims only what its terms allow"
        assert state.shelf(bucket).claims.get(reservation, 0) == amount
        held[reservation] += amount
        on[bucket] += amount
    for bucket, amount in on.items():
        assert amount <= max(run.book.on_hand(bucket), Decimal(0)), "more is claimed than is there"
        assert state.shelf(bucket).allocated == amount
    for name, reservation in state.reservations.items():
        assert reservation.open == held[name]
        assert held[name] <= reservation.wanted


@ordinary
@given(histories)
def test_the_same_history_gives_the_same_bytes_with_or_without_snapshots_in_between(
    history: list[tuple[Any, datetime]]
) -> None:
    service = build()
    plain, reloaded = Run(), Run(lambda state: service.load(service.dump(state)))
    for body, at in history:
        plain.tell(body, at)
        reloaded.tell(body, at)
    assert [at.decided for at in plain.stock.records] == [at.decided for at in reloaded.stock.records]
    for stream in plain.stock.states:
        assert service.dump(plain.stock.state(stream)) == service.dump(reloaded.stock.state(stream))


told_once = st.lists(
    st.tuples(st.one_of(movements.filter(lambda body: not isinstance(body, m.Inspected)), statements), times),
    max_size=12, unique_by=lambda entry: getattr(entry[0], "cut_off", entry),
)


@ordinary
@given(told_once, st.randoms(use_true_random=False))
def test_what_is_on_hand_is_the_same_in_whatever_order_it_is_told(
    history: list[tuple[Any, datetime]], shuffle: Any
) -> None:
    seen_openings: set[BucketKey] = set()
    kept = []
    for body, at in history:
        if isinstance(body, m.OpeningStock):
            if key(body, body.status) in seen_openings:
                continue
            seen_openings.add(key(body, body.status))
        kept.append((body, at))
    one, other = Run(), Run()
    for body, at in kept:
        one.tell(body, at)
    shuffled = list(kept)
    shuffle.shuffle(shuffled)
    for body, at in shuffled:
        other.tell(body, at)
    for bucket in one.buckets():
        assert one.book.on_hand(bucket) == other.book.on_hand(bucket)
        for account in Account:
            assert one.book.moved[bucket, account] == other.book.moved[bucket, account]


@ordinary
@given(histories)
def test_every_shortfall_is_stated_where_it_arises(history: list[tuple[Any, datetime]]) -> None:
    run = Run()
    for body, at in history:
        before = {bucket: run.book.on_hand(bucket) for bucket in run.buckets()}
        start = len(run.stock.facts)
        run.tell(body, at)
        stated = {
            fact.bucket.key: fact.short
            for fact in run.stock.facts[start:]
            if isinstance(fact, f.DiscrepancyFound) and fact.kind == "below_zero" and fact.bucket is not None
        }
        for bucket, was in before.items():
            now = run.book.on_hand(bucket)
            assert stated.get(bucket) == (-now if now < 0 and now < was else None)
