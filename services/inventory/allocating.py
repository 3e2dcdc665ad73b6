"""Which stock a reservation claims, and whose claim gives way when less is left than was claimed.

The rule of choice: earliest expiry, then the stock that came first, then the fixed order of buckets. Stock
that will have expired when it is needed isn't offered. The rule of loss: a claim that gives way first
looks for other stock within its terms; if there is none it breaks. The latest needed gives way first (one
without a time before all others), of these the lowest priority, of these the latest reserved. The
invariant: after each event, Σ claims on a bucket ≤ what is on hand there, and never on stock that isn't
available.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from events.inventory import facts as f
from events.inventory.accounts import Allocated, Along
from events.values import BucketKey
from services.inventory.book import ZERO, Reservation, ScheduleOf, State
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


class Meant(NamedTuple):
    """A claim that what leaves is meant for. ``reservation`` is none where the message names it itself."""

    reservation: str | None
    key: BucketKey
    amount: Decimal


def claims_of(state: State, reservation: str) -> list[Meant]:
    """The claims of a reservation."""
    known = state.reservations.get(reservation)
    return [] if known is None else [Meant(None, key, part) for key, part in known.allocations.items()]


def claims_for(state: State, purpose: str, lines: Sequence[tuple[str | int, ...]] = ()) -> list[Meant]:
    """The claims made for a run, a transfer or an order: where the ``lines`` of the order are known (number, line, and
    schedule if known), only those made for them, and those that don't say for which line they are."""
    return [
        Meant(name, key, part)
        for name in state.open_for.get(purpose, ())
        if not lines or _for_one_of(lines, state.reservations[name].order)
        for key, part in state.reservations[name].allocations.items()
    ]


def _for_one_of(lines: Sequence[tuple[str | int, ...]], order: ScheduleOf | None) -> bool:
    return order is None or any(order[: len(line)] == line for line in lines)


def fulfilled(claims: Sequence[Meant], taken: Sequence[tuple[BucketKey, Decimal]]) -> list[tuple[Allocated, ...]]:
    """The claims that taking these amounts from these buckets fulfils, for each of them: there first, then elsewhere.
    """
    open_ = [claim.amount for claim in claims]
    found: list[list[Allocated]] = [[] for _ in taken]
    left = [amount for _, amount in taken]
    for there in (True, False):
        for n, (key, _) in enumerate(taken):
            for i, claim in enumerate(claims):
                part = min(open_[i], left[n])
                if part > 0 and (claim.key == key) is there:
                    found[n].append(
                        Allocated.trusted(bucket=claim.key.bucket(), amount=part, reservation=claim.reservation)
                    )
                    open_[i] -= part
                    left[n] -= part
    return [tuple(each) for each in found]


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
