"""Reservations: all of what is wanted, or nothing and the reason."""

from decimal import Decimal

from events.decision import Decided, Outcome, reject
from events.inventory import facts as f
from events.inventory import messages as m
from events.inventory.accounts import Allocated, Refusal
from services.inventory.allocating import choose
from services.inventory.book import ZERO, Reservation, schedule_of, utc
from services.inventory.case import Case
from services.inventory.holdings import Holdings


def reserve(case: Case, body: m.ReserveStock) -> Outcome:
    """Claim stock. The same reservation asked for again changes nothing; another under its id is refused."""
    terms = Reservation(
        0, case.base(body.quantity), body.purpose, body.location, body.revision, body.lot, body.owner, body.priority,
        None if body.needed_by is None else utc(body.needed_by), configuration=body.configuration,
        order=None if body.order is None else schedule_of(body.order),
    )
    known = case.state.reservations.get(body.reservation)
    if known is not None and _terms(known) == _terms(terms):
        return Decided(())
    chosen, available = choose(Holdings(case.state), terms, terms.wanted, case.message.time)
    if known is not None or available < terms.wanted:
        reason = Refusal.SHORT if known is None else Refusal.CONTRADICTION
        refused = f.ReservationRefused(
            **case.about, reservation=body.reservation, purpose=body.purpose, wanted=terms.wanted, available=available,
            reason=reason, configuration=body.configuration,
        )
        return Decided((refused,))
    reserved = f.StockReserved.trusted(
        **case.about, reservation=body.reservation, amount=terms.wanted, purpose=body.purpose, location=body.location,
        revision=body.revision, lot=body.lot, owner=body.owner, priority=body.priority, needed_by=body.needed_by,
        allocations=tuple(chosen), configuration=body.configuration, order=body.order,
    )
    return Decided((reserved,))


def _terms(terms: Reservation) -> tuple[object, ...]:
    return (
        terms.wanted, terms.purpose, terms.location, terms.revision, terms.lot, terms.owner, terms.priority,
        terms.needed_by, terms.configuration, terms.order,
    )


def release(case: Case, body: m.ReleaseStock) -> Outcome:
    """Give claims back, the last made first. What was fulfilled or broken meanwhile can't be given back any more."""
    known = case.state.reservations.get(body.reservation)
    if known is None:
        problem = f"{body.reservation} isn't known for {body.part} at {body.site}"
        return reject("reservation", problem, "name the part and site that it was made for")
    amount = known.open if body.quantity is None else min(known.open, case.base(body.quantity))
    if not amount:
        return Decided(())
    return Decided((released(case, body.reservation, known, amount, body.reason),))


def released(
    case: Case, name: str, known: Reservation, amount: Decimal, reason: str | None = None
) -> f.ReservationReleased:
    """So much of a reservation, given back."""
    return f.ReservationReleased(
        **case.about, reservation=name, purpose=known.purpose, amount=amount, allocations=_last_first(known, amount),
        open=known.open - amount, reason=reason,
    )


def _last_first(known: Reservation, amount: Decimal) -> tuple[Allocated, ...]:
    given_back = []
    for key, held in reversed(known.allocations.items()):
        part = min(held, amount)
        if part > ZERO:
            given_back.append(Allocated.trusted(bucket=key.bucket(), amount=part))
            amount -= part
    return tuple(given_back)
