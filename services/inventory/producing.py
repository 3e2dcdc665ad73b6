"""What the shop floor's own reports do to stock: output put away, and components used up without an issue told.

A backflush says how much of a component an output took, not from where. It is taken from the claims of the run, then
from what is free by the rule of choice (``allocating.py``), at the place it names before all others. What the book
doesn't have is taken all the same: it was used up, so the book was wrong there, and a ``DiscrepancyFound`` says so.
"""

from decimal import Decimal

from events.decision import Outcome, reject
from events.inventory import commands as c
from events.inventory import facts as f
from events.inventory.accounts import Allocated
from events.values import BucketKey, Status
from services.inventory.allocating import candidates
from services.inventory.book import ZERO, Reservation
from services.inventory.case import Case
from services.inventory.holdings import Holdings
from services.inventory.settling import settled


def store(case: Case, body: c.StockOutput) -> Outcome:
    """A run's output goes into stock."""
    key = BucketKey(
        body.location, Status.AVAILABLE.value, body.revision, body.lot, body.serial,
        configuration=case.state.built_by(body.run),
    )
    produced = f.StockProduced.trusted(
        **case.about, bucket=key.bucket(), amount=case.base(body.quantity), told=case.told(body.quantity), run=body.run,
    )
    return settled(case, (produced,), case.message.time)


def backflush(case: Case, body: c.BackflushStock) -> Outcome:
    """A run used up a component: a fact for each bucket it is taken from."""
    amount = case.base(body.quantity)
    claims = _claims(case, body, amount)
    taken: dict[BucketKey, Decimal] = {}
    for claim in claims:
        _take(taken, claim.bucket.key, claim.amount)
    left = amount - sum(taken.values(), ZERO)
    for key, part in _free(case, body, left):
        _take(taken, key, part)
        left -= part
    if left:
        place = body.location or _somewhere(case, taken)
        if place is None:
            problem = f"{body.site} has no location, so {body.part} can't have been there"
            return reject("location", problem, f"define the locations of {body.site}, or name one")
        _take(taken, BucketKey(place, Status.AVAILABLE.value), left)
    facts = [
        f.StockIssued.trusted(
            **case.about, bucket=key.bucket(), amount=part, run=body.run, requirement=body.n,
            consumed=tuple(claim for claim in claims if claim.bucket.key == key),
        )
        for key, part in taken.items()
    ]
    return settled(case, facts, case.message.time)


def _take(taken: dict[BucketKey, Decimal], key: BucketKey, part: Decimal) -> None:
    taken[key] = taken.get(key, ZERO) + part


def _claims(case: Case, body: c.BackflushStock, wanted: Decimal) -> list[Allocated]:
    """As much of it as the run itself has claimed: at the place named first, else in the order claimed."""
    reservations = case.state.reservations
    held = [
        (name, place, claimed)
        for name in case.state.open_for.get(body.run, ())
        for place, claimed in reservations[name].allocations.items()
    ]
    chosen: list[Allocated] = []
    for name, place, claimed in sorted(held, key=lambda one: _elsewhere(body, one[1])):
        part = min(claimed, wanted)
        if part > 0:
            chosen.append(Allocated.trusted(bucket=place.bucket(), amount=part, reservation=name))
            wanted -= part
    return chosen


def _free(case: Case, body: c.BackflushStock, wanted: Decimal) -> list[tuple[BucketKey, Decimal]]:
    """As much of it as nobody has claimed: at the place named first, else by the rule of choice."""
    holdings, anything = Holdings(case.state), Reservation(0, wanted, body.run)
    chosen: list[tuple[BucketKey, Decimal]] = []
    found = candidates(holdings, anything, case.message.time) if wanted else []
    for key in sorted(found, key=lambda one: _elsewhere(body, one)):
        part = min(holdings.free(key), wanted)
        if part > 0:
            chosen.append((key, part))
            wanted -= part
    return chosen


def _elsewhere(body: c.BackflushStock, key: BucketKey) -> bool:
    return body.location is not None and key.location != body.location


def _somewhere(case: Case, taken: dict[BucketKey, Decimal]) -> str | None:
    """Where the rest was, if nobody says: where the last of it was, or has been, or could be."""
    if taken:
        return next(reversed(taken)).location
    own = (key.location for key in case.state.buckets() if key.status == Status.AVAILABLE.value and key.owner is None)
    site = case.reference.site(case.site)
    return next(own, None) or min(site.locations if site is not None else (), default=None)
