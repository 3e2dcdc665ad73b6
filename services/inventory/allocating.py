"""Which stock a reservation claims, and whose claim gives way when less is left than was claimed.

The rule of choice: earliest expiry, then the stock that came first, then the fixed order of buckets. Stock
that will have expired when it is needed isn't offered. The rule of loss: a claim that gives way first
looks for other stock within its terms; if there is none it breaks. The latest needed gives way first (one
without a time before all others), of these the lowest priority, of these the latest reserved. The
invariant: after each event, Σ claims on a bucket ≤ what is on hand there, and never on stock that isn't
available.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from events.inventory import facts as f
from events.inventory.accounts import Allocated, Along
from events.values import BucketKey
from services.inventory.book import ZERO, Reservation, State
from services.inventory.holdings import Holdings

_NEVER = date.max
_LAST = datetime.max.replace(tzinfo=UTC)
_ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)


def candidates(holdings: Holdings, terms: Reservation, at: datetime) -> list[BucketKey]:
    """The buckets with free stock that fit, best first."""
    state, needed = holdings.state, (terms.needed_by or at).date()
    fitting = [
        key
        for key in holdings.buckets()
        if terms.fits(key) and holdings.free(key) > 0 and _expiry(state, key) >= needed
    ]
    return sorted(fitting, key=lambda key: (_expiry(state, key), _since(state, key), key.order))


def _expiry(state: State, key: BucketKey) -> date:
    age = state.age(key)
    return _NEVER if age is None or age.expiry is None else age.expiry


def _since(state: State, key: BucketKey) -> datetime:
    age = state.age(key)
    return _LAST if age is None else age.since


def choose(holdings: Holdings, terms: Reservation, wanted: Decimal, at: datetime) -> tuple[list[Allocated], Decimal]:
    """As much of what is wanted as there is, best stock first; and how much there is in all."""
    chosen: list[Allocated] = []
    available = ZERO
    for key in candidates(holdings, terms, at):
        free, open_ = holdings.free(key), wanted - available
        available += free
        if open_ > 0:
            chosen.append(Allocated.trusted(bucket=key.bucket(), amount=min(free, open_)))
    return chosen, available


def losers_first(holdings: Holdings, key: BucketKey) -> list[str]:
    """The reservations with claims on a bucket, in the order in which they give way."""
    reservations = holdings.state.reservations

    def rank(name: str) -> tuple[timedelta, int, int]:
        found = reservations[name]
        return (timedelta.min if found.needed_by is None else _ORIGIN - found.needed_by, found.priority, -found.number)

    return sorted(holdings.claims_on(key), key=rank)


def consumed(state: State, reservation: str | None, key: BucketKey, amount: Decimal) -> tuple[Allocated, ...]:
    """The claims of a reservation that taking this amount from this bucket fulfils: here first, then elsewhere."""
    known = None if reservation is None else state.reservations.get(reservation)
    if known is None:
        return ()
    taken: list[Allocated] = []
    places = [place for place in (key,) if place in known.allocations]
    places += [place for place in known.allocations if place != key]
    for place in places:
        part = min(known.allocations[place], amount)
        if part > 0:
            taken.append(Allocated.trusted(bucket=place.bucket(), amount=part))
            amount -= part
    return tuple(taken)


def consumed_for(state: State, purpose: str | None, key: BucketKey, amount: Decimal) -> tuple[Allocated, ...]:
    """The claims made for a purpose that taking this amount from this bucket fulfils: here first, then elsewhere."""
    names = () if purpose is None else state.open_for.get(purpose, ())
    held = [(name, place, part) for name in names for place, part in state.reservations[name].allocations.items()]
    taken: list[Allocated] = []
    for name, place, claimed in sorted(held, key=lambda one: one[1] != key):
        part = min(claimed, amount)
        if part > 0:
            taken.append(Allocated.trusted(bucket=place.bucket(), amount=part, reservation=name))
            amount -= part
    return tuple(taken)


def going_along(holdings: Holdings, key: BucketKey, to: BucketKey) -> tuple[Along, ...]:
    """The claims that have to move with stock from one bucket to another, and may. Unclaimed stock goes first."""
    over, room = holdings.excess(key), holdings.free(to)
    along: list[Along] = []
    for name in losers_first(holdings, key):
        part = min(over, room, holdings.claims_on(key)[name])
        if part > 0 and holdings.state.reservations[name].fits(to):
            along.append(Along.trusted(reservation=name, amount=part))
            over -= part
            room -= part
    return tuple(along)


def displaced(
    holdings: Holdings, keys: Iterable[BucketKey], cause: f.StockFact, at: datetime
) -> list[f.AllocationMoved | f.AllocationBroken]:
    """What becomes of claims on buckets where less is left than is claimed."""
    facts: list[f.AllocationMoved | f.AllocationBroken] = []
    for key in keys:
        over = holdings.excess(key)
        for name in losers_first(holdings, key) if over else ():
            part = min(over, holdings.claims_on(key)[name])
            if part > 0:
                over -= part
                facts += _give_way(holdings, name, key, part, cause=cause, at=at)
    return facts


def _give_way(
    holdings: Holdings, name: str, key: BucketKey, amount: Decimal, *, cause: f.StockFact, at: datetime
) -> list[f.AllocationMoved | f.AllocationBroken]:
    """Find the claim other stock; break what doesn't find any."""
    terms = holdings.state.reservations[name]
    chosen, _ = choose(holdings, terms, amount, at)
    because = type(cause).__name__
    facts: list[f.AllocationMoved | f.AllocationBroken] = [
        f.AllocationMoved.trusted(
            part=cause.part, site=cause.site, unit=cause.unit, reservation=name, purpose=terms.purpose,
            amount=each.amount, bucket=key.bucket(), to=each.bucket, because=because,
        )
        for each in chosen
    ]
    for fact in facts:
        holdings.add(fact)
    left = amount - sum((each.amount for each in chosen), ZERO)
    if left:
        holdings.claim(name, key, -left)
        facts.append(
            f.AllocationBroken(
                part=cause.part, site=cause.site, unit=cause.unit, reservation=name, purpose=terms.purpose,
                amount=left, bucket=key.bucket(), open=holdings.open(name), because=because,
            )
        )
    return facts
