"""What is remembered of a part's stock at a site, just enough to decide on.

The idea. The book of a bucket is the sum of all postings. A count is an absolute statement about a moment,
its cut-off; what the bucket holds afterwards is what was counted plus the movements that happened later.
The naive way keeps one number and sets it at a count: a movement told late, though it happened before the
count, is then booked twice. Keeping only the time of the last count heals that, but not the undoing of the
count.

So each count keeps its ``base``: what was counted, less every movement up to its cut-off that the book
knows. A movement told late lowers the base by as much as it raises ``moved``, and what is on hand stays as
counted.

The invariant, for every bucket after every event: on hand = moved + base of the latest count that stands
(0 if none).
"""

from bisect import bisect_right, insort
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import takewhile
from typing import Final

import msgspec
from msgspec import field

from events.inventory.accounts import Account
from events.orders.shapes import OrderRef
from events.values import BucketKey

RETENTION: Final = timedelta(days=400)
"""How long movements are kept for their reversal, measured by when they were recorded."""
ZERO: Final = Decimal(0)
Event = tuple[str, str]
"""An event's source and id."""
AgeKey = tuple[str | None, str | None, str | None, str | None, str | None]
"""Revision, lot, serial, owner, configuration: what is of one age, wherever it lies."""
ScheduleOf = tuple[str, int, int]
"""An order's number, its line, and that line's schedule."""
Effect = tuple[datetime, Decimal, datetime]
"""When it happened, what it changed, when it was recorded."""


class Count(msgspec.Struct, array_like=True):
    """A statement of what a bucket held at its cut-off."""

    cut_off: datetime
    base: Decimal
    event: Event
    recorded_at: datetime


class Shelf(msgspec.Struct, array_like=True):
    """A bucket. on hand = ``moved`` (by movements) + ``found`` + ``lost`` (by counts; lost is below zero).

    ``counts`` and ``effects`` (of movements) are sorted by time; ``claims`` are by reservation.
    """

    on_hand: Decimal = ZERO
    moved: Decimal = ZERO
    found: Decimal = ZERO
    lost: Decimal = ZERO
    allocated: Decimal = ZERO
    claims: dict[str, Decimal] = field(default_factory=dict)
    counts: list[Count] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    opened: bool = False
    room: int = 64

    def moved_after(self, moment: datetime) -> Decimal:
        """Σ effects of movements that happened later."""
        later = takewhile(lambda effect: effect[0] > moment, reversed(self.effects))
        return sum((amount for _, amount, _ in later), ZERO)

    def move(self, happened_at: datetime, amount: Decimal, recorded_at: datetime) -> None:
        """Take in a movement: what was counted after it had already seen it."""
        self.moved += amount
        effect = (happened_at, amount, recorded_at)
        if not self.effects or self.effects[-1][0] <= happened_at:
            self.effects.append(effect)
        else:
            insort(self.effects, effect, key=_time_of)
        for count in reversed(self.counts):
            if count.cut_off < happened_at:
                break
            count.base -= amount
        if len(self.effects) >= self.room:
            self.forget(recorded_at - RETENTION)

    def count(self, counted: Decimal, cut_off: datetime, event: Event, recorded_at: datetime) -> None:
        """Take in a count; of two with the same cut-off the one told later stands."""
        base = counted - (self.moved - self.moved_after(cut_off))
        place = bisect_right(self.counts, cut_off, key=lambda count: count.cut_off)
        self.counts.insert(place, Count(cut_off, base, event, recorded_at))

    def counted_since(self, moment: datetime) -> bool:
        """Whether a count has seen what happened at that moment."""
        return bool(self.counts) and self.counts[-1].cut_off >= moment

    def withdraw(self, event: Event) -> None:
        """That event's count doesn't stand any more."""
        self.counts = [count for count in self.counts if count.event != event]

    def forget(self, horizon: datetime) -> None:
        """Drop what was recorded before the horizon, but never the count that everything after it stands on."""
        self.effects = [effect for effect in self.effects if effect[2] >= horizon]
        self.room = max(64, 2 * len(self.effects))
        while len(self.counts) > 1 and self.counts[0].recorded_at < horizon and self.counts[1].recorded_at < horizon:
            del self.counts[0]

    def idle(self, horizon: datetime) -> bool:
        """Nothing in it, nothing claimed, nothing said of it since the horizon."""
        return (
            not self.on_hand
            and not self.claims
            and all(effect[2] < horizon for effect in self.effects)
            and all(count.recorded_at < horizon for count in self.counts)
        )


def _time_of(effect: Effect) -> datetime:
    return effect[0]


class Reservation(msgspec.Struct, array_like=True):
    """A claim and its terms. ``number`` counts reservations of the stream; ``allocations`` are in the order made.

    ``wanted`` is what was asked for of stock on hand; ``came`` is how much more was born allocated to it, by supply.
    """

    number: int
    wanted: Decimal
    purpose: str
    location: str | None = None
    revision: str | None = None
    lot: str | None = None
    owner: str | None = None
    priority: int = 0
    needed_by: datetime | None = None
    open: Decimal = ZERO
    allocations: dict[BucketKey, Decimal] = field(default_factory=dict)
    came: dict[str, Decimal] = field(default_factory=dict)
    configuration: str | None = None
    order: ScheduleOf | None = None

    def fits(self, key: BucketKey) -> bool:
        """Whether this bucket's stock may be claimed under its terms."""
        return (
            key.status == "available"
            and key.owner == self.owner
            and key.configuration == self.configuration
            and (self.location is None or key.location == self.location)
            and (self.revision is None or key.revision == self.revision)
            and (self.lot is None or key.lot == self.lot)
        )


class Earmark(msgspec.Struct, array_like=True):
    """What a reservation claims of what is still to come by a supply. ``number`` counts with the reservations'."""

    number: int
    purpose: str
    priority: int = 0
    needed_by: datetime | None = None
    open: Decimal = ZERO
    order: ScheduleOf | None = None


class PostingKey(msgspec.Struct, array_like=True, frozen=True):
    """A posting as it is remembered for its reversal."""

    bucket: BucketKey
    account: Account
    amount: Decimal
    variance: bool


class Details(msgspec.Struct, array_like=True, frozen=True):
    """What a reversal has to say about the fact that it undoes."""

    amount: Decimal | None = None
    status: str | None = None
    line: tuple[str, int] | None = None
    supplier: str | None = None
    receipt: str | None = None
    accepted: Decimal | None = None
    rejected: Decimal | None = None
    run: str | None = None
    shipment: str | None = None
    transfer: str | None = None
    other_site: str | None = None
    short: Decimal | None = None


class Further(msgspec.Struct, array_like=True, frozen=True):
    """One more fact that an event was recorded as, and which of the movement's postings are its."""

    fact_id: str
    details: Details
    start: int
    end: int


class Movement(msgspec.Struct, array_like=True):
    """What an event was recorded as: its first fact's type and id, and all its postings. Kept packed (``State.keep``):
    there is one for each event of 400 days, and hardly any is asked for.

    ``more`` are further facts of that type, where it took from several buckets.
    """

    fact: str
    fact_id: str
    happened_at: datetime
    recorded_at: datetime
    details: Details
    postings: list[PostingKey] = field(default_factory=list)
    reversed: bool = False
    more: list[Further] = field(default_factory=list)


class _Noted(msgspec.Struct, array_like=True):
    """As much of a packed movement as tells how old it is."""

    fact: str
    fact_id: str
    happened_at: datetime
    recorded_at: datetime


_PACK: Final = msgspec.msgpack.Encoder().encode
_UNPACK: Final = msgspec.msgpack.Decoder(Movement).decode
_NOTED: Final = msgspec.msgpack.Decoder(_Noted).decode


class Transfer(msgspec.Struct, array_like=True):
    """Stock from another site: sent = under way + arrived + lost. ``coming`` is what was sent and didn't arrive, by
    configuration ("" for what is like any other)."""

    sent: Decimal = ZERO
    arrived: Decimal = ZERO
    lost: Decimal = ZERO
    coming: dict[str, Decimal] = field(default_factory=dict)

    @property
    def under_way(self) -> Decimal:
        return self.sent - self.arrived - self.lost


class Age(msgspec.Struct, array_like=True):
    """When stock of one lot first came, and the earliest expiry told of it. ``shelves`` counts where it lies."""

    since: datetime
    expiry: date | None = None
    shelves: int = 0


class Sweep(msgspec.Struct, array_like=True):
    """A complete snapshot: what it didn't list held nothing at its cut-off."""

    cut_off: datetime
    event: Event
    recorded_at: datetime


class State(msgspec.Struct):
    """A part's stock at a site. ``earmarks`` are by supply and reservation; ``open_for`` names, by what they are for,
    the reservations that hold claims, in the order in which they came to hold any. ``builds`` says what a run builds,
    ``delivers`` which schedule lines a shipment delivers, and since when that is known."""

    unit: str | None = None
    shelves: dict[BucketKey, Shelf] = field(default_factory=dict)
    ages: dict[AgeKey, Age] = field(default_factory=dict)
    reservations: dict[str, Reservation] = field(default_factory=dict)
    numbered: int = 0
    closed: dict[str, datetime] = field(default_factory=dict)
    open_for: dict[str, list[str]] = field(default_factory=dict)
    earmarks: dict[str, dict[str, Earmark]] = field(default_factory=dict)
    movements: dict[Event, bytes] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    sweeps: list[Sweep] = field(default_factory=list)
    builds: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    delivers: dict[str, tuple[list[ScheduleOf], datetime]] = field(default_factory=dict)
    chosen: bool = False
    """Whether any of it was ever built as a customer chose."""

    def movement(self, event: Event) -> Movement | None:
        """What an event was recorded as; to change it, keep it again."""
        packed = self.movements.get(event)
        return None if packed is None else _UNPACK(packed)

    def keep(self, event: Event, movement: Movement) -> None:
        """Remember it, in the place that it has or behind all others."""
        self.movements[event] = _PACK(movement)

    def movements_naming(self, word: str) -> Iterator[Movement]:
        """Those in which a word stands somewhere, in the order recorded: only they are unpacked."""
        wanted = word.encode()
        return (_UNPACK(packed) for packed in self.movements.values() if wanted in packed)

    def built_by(self, run: str) -> str | None:
        """As what a run's output was built; none: like any other, as far as is known."""
        known = self.builds.get(run)
        return None if known is None else known[0]

    def delivered_by(self, shipment: str) -> list[ScheduleOf]:
        """Which schedule lines a shipment delivers; none, where nobody said."""
        known = self.delivers.get(shipment)
        return [] if known is None else known[0]

    def recorded_before(self, horizon: datetime) -> Event | None:
        """The oldest event, if it was recorded before that."""
        for event, packed in self.movements.items():
            return event if _NOTED(packed).recorded_at < horizon else None
        return None

    def shelf(self, key: BucketKey) -> Shelf:
        """The bucket as it stands, or as it would begin. Not kept: a decision changes nothing."""
        return self.shelves.get(key) or self._new_shelf()

    def opened_shelf(self, key: BucketKey, at: datetime) -> Shelf:
        """The bucket, kept from now on."""
        shelf = self.shelves.get(key)
        if shelf is None:
            shelf = self.shelves[key] = self._new_shelf()
            self.ages.setdefault(age_key(key), Age(at)).shelves += 1
        return shelf

    def _new_shelf(self) -> Shelf:
        return Shelf(counts=[Count(sweep.cut_off, ZERO, sweep.event, sweep.recorded_at) for sweep in self.sweeps])

    def age(self, key: BucketKey) -> Age | None:
        return self.ages.get(age_key(key))

    def buckets(self) -> Iterator[BucketKey]:
        """Every bucket, in the fixed order."""
        return iter(sorted(self.shelves, key=lambda key: key.order))


def schedule_of(order: OrderRef) -> ScheduleOf:
    return (order.number, order.line, order.schedule)


def order_of(schedule: ScheduleOf) -> OrderRef:
    number, line, of_it = schedule
    return OrderRef.trusted(number=number, line=line, schedule=of_it)


def age_key(key: BucketKey) -> AgeKey:
    return (key.revision, key.lot, key.serial, key.owner, key.configuration)


def utc(moment: datetime) -> datetime:
    """The same moment, written as it comes back from a snapshot."""
    return moment.astimezone(UTC)
