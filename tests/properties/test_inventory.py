"""Random histories of stock: whatever is told, in whatever order, material is conserved and nothing is claimed twice.

The oracle is the plain meaning of what was told, computed from scratch each time: of all that hasn't been reversed,
a bucket holds what its latest count saw, plus the movements that happened later.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
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
from events.inventory.postings import claims, earmarked, postings, transit
from events.model import Observation
from events.values import BucketKey, Status
from services.inventory.app import build
from tests.properties.stock_histories import awaited, histories, history, movements, statements, times
from tests.scenario import Scenario, day, part, reference, site, supplier

EXAMPLES = 200
KNOWN = reference(part("P", "KGM"), site("S", "A", "B"), site("T", "A"), supplier("V"))
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

    def take(self, id: str, body: Any, at: datetime, facts: Sequence[Any]) -> None:
        match body:
            case m.Reversed():
                self.taken.pop(body.of.id, None)
            case m.ReserveStock() | m.ReleaseStock() | c.ExpectTransfer() | c.FollowTransferReversal():
                pass
            case c.EarmarkSupply() | c.UnearmarkSupply():
                pass
            case c.BackflushStock():  # from where is the service's choice
                taken = [(fact.bucket.key, fact.amount) for fact in facts if isinstance(fact, f.StockIssued)]
                assert sum(amount for _, amount in taken) == body.quantity.amount
                self.taken[id] = Told(at, [(bucket, Account.ISSUED, -amount) for bucket, amount in taken])
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
    if isinstance(body, c.StockOutput):
        stored = BucketKey(body.location, Status.AVAILABLE.value, body.revision, body.lot, body.serial)
        return [(stored, Account.PRODUCED, body.quantity.amount)]
    account, sign = signs[type(body)]
    return [(key(body, body.status), account, sign * body.quantity.amount)]


@dataclass
class Book:
    """What a reader of the facts alone knows, by the same postings as everybody."""

    accounts: dict[tuple[BucketKey, Account], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    moved: dict[tuple[BucketKey, Account], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    claims: dict[tuple[BucketKey, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    under_way: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    earmarks: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def fold(self, fact: Any) -> None:
        for posting in postings(fact):
            where = (posting.bucket.key, posting.account)
            self.accounts[where] += posting.amount
            if not posting.variance:
                self.moved[where] += posting.amount
        for claim in claims(fact):
            self.claims[claim.bucket.key, claim.reservation] += claim.amount
        if ahead := earmarked(fact):
            self.earmarks[ahead.supply, ahead.reservation] += ahead.amount
            assert self.earmarks[ahead.supply, ahead.reservation] >= 0, "more is claimed than was earmarked"
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
            self.oracle.take(id, body, at, self.stock.facts[before:])
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
        ahead = {(supply, name): each.open for supply, by in state.earmarks.items() for name, each in by.items()}
        assert ahead == {of: amount for of, amount in book.earmarks.items() if amount}
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
        assert held[name] <= reservation.wanted + sum(reservation.came.values())
        assert (name in state.open_for.get(reservation.purpose, ())) == (held[name] > 0)


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


@ordinary
@given(st.one_of(awaited, history))
def test_no_more_is_born_allocated_than_came_and_the_first_in_line_is_served_first(
    history: list[tuple[Any, datetime]]
) -> None:
    run = Run()
    for body, at in history:
        start, before = len(run.stock.facts), {of: amount for of, amount in run.book.earmarks.items() if amount}
        lines = {supply: dict(by) for supply, by in run.stock.state("stock/P@S").earmarks.items()}
        run.tell(body, at)
        facts = run.stock.facts[start:]
        born = [fact for fact in facts if isinstance(fact, f.StockReserved) and fact.supply is not None]
        if not born:
            continue
        assert isinstance(facts[0], f.StockReceived | f.StockProduced | f.TransferReceived | f.StockInspected)
        came = facts[0].accepted if isinstance(facts[0], f.StockInspected) else facts[0].amount
        assert sum(fact.amount for fact in born) <= came
        assert all(fact.amount <= before[fact.supply, fact.reservation] for fact in born)
        ranks = [lines[fact.supply][fact.reservation] for fact in born]
        assert ranks == sorted(ranks, key=lambda each: (-each.priority, each.needed_by or day(99), each.number))
        assert all(fact.amount == before[fact.supply, fact.reservation] for fact in born[:-1])
