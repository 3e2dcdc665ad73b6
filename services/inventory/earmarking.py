"""Claims on what is still to come, and what becomes of them when it comes.

The idea. A planner claims an order line, a run's output or a transfer before it is here. Were the claim made only
once the goods are here, anybody could take them in between. So the claim waits here, by supply, and the fact that
brings the goods is followed, in the same append, by the reservations they were meant for: they are born allocated.

The rule of choice: highest priority, then earliest needed, then earliest earmarked. The invariants: what is born
allocated is never more than what came, nor than what is free where it came to (a count may have seen it before it
was told); what is earmarked is never below zero. An earmark may be for more than ever comes: the rest stays until it
is given back.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from events.decision import Decided, Outcome
from events.inventory import commands as c
from events.inventory import facts as f
from events.inventory.accounts import Allocated, Refusal
from events.values import Bucket
from services.inventory.book import ZERO, Earmark, Movement, Reservation, State, order_of, utc
from services.inventory.case import Case
from services.inventory.holdings import Holdings
from services.inventory.reserving import released

_LAST: Final = datetime.max.replace(tzinfo=UTC)


def earmark(case: Case, body: c.EarmarkSupply) -> Outcome:
    """Claim so much more of what is to come. A reservation is for one purpose; another under its id is refused."""
    amount, known = case.base(body.quantity), _earmark(case.state, body)
    reserved = case.state.reservations.get(body.reservation)
    if {each.purpose for each in (known, reserved) if each is not None} - {body.purpose}:
        refused = f.ReservationRefused(
            **case.about, reservation=body.reservation, purpose=body.purpose, wanted=amount, available=ZERO,
            reason=Refusal.CONTRADICTION,
        )
        return Decided((refused,))
    earmarked = f.SupplyEarmarked(
        **case.about, supply=body.supply, reservation=body.reservation, purpose=body.purpose, amount=amount,
        open=amount if known is None else known.open + amount, priority=body.priority, needed_by=body.needed_by,
        order=body.order,
    )
    return Decided((earmarked,))


def unearmark(case: Case, body: c.UnearmarkSupply) -> Outcome:
    """Give such a claim back: first what is still to come, then what came for it and is still there."""
    known, reserved = _earmark(case.state, body), case.state.reservations.get(body.reservation)
    to_come = ZERO if known is None else known.open
    here = ZERO if reserved is None else min(reserved.open, reserved.came.get(body.supply, ZERO))
    wanted = to_come + here if body.quantity is None else case.base(body.quantity)
    facts: list[f.InventoryFact] = []
    if known is not None:
        amount = min(to_come, wanted)
        wanted -= amount
        facts.append(f.SupplyUnearmarked(
            **case.about, supply=body.supply, reservation=body.reservation, purpose=known.purpose, amount=amount,
            open=to_come - amount,
        ))
    if reserved is not None and min(here, wanted):
        facts.append(released(case, body.reservation, reserved, min(here, wanted)))
    return Decided(facts)


def _earmark(state: State, body: c.EarmarkSupply | c.UnearmarkSupply) -> Earmark | None:
    return state.earmarks.get(body.supply, {}).get(body.reservation)


def born(case: Case, holdings: Holdings, causes: Sequence[f.InventoryFact]) -> list[f.StockReserved]:
    """The reservations that what came was meant for."""
    facts: list[f.StockReserved] = []
    for cause in causes:
        if (came := _came(case, cause)) is not None and came[0] in case.state.earmarks:
            facts += _born_of(case, holdings, cause, *came, facts)
    return facts


def _born_of(
    case: Case, holdings: Holdings, cause: f.InventoryFact, supply: str, bucket: Bucket, came: Decimal,
    before: Sequence[f.StockReserved],
) -> list[f.StockReserved]:
    left, facts = min(came, holdings.free(bucket.key)), []
    served: dict[str, Decimal] = {}
    for fact in before:
        served[fact.reservation] = served.get(fact.reservation, ZERO) + fact.amount
    for name, claim in sorted(case.state.earmarks[supply].items(), key=_served_first):
        terms = case.state.reservations.get(name) or Reservation(
            0, ZERO, claim.purpose, priority=claim.priority, needed_by=claim.needed_by,
            configuration=bucket.configuration, order=claim.order,
        )
        part = min(claim.open - served.get(name, ZERO), left)
        if part > 0 and terms.fits(bucket.key) and _keeps(case, cause, bucket, terms):
            left -= part
            facts.append(_reserved(case, supply, name, terms, Allocated.trusted(bucket=bucket, amount=part)))
    return facts


def _served_first(item: tuple[str, Earmark]) -> tuple[int, datetime, int]:
    claim = item[1]
    return (-claim.priority, claim.needed_by or _LAST, claim.number)


def awaited(state: State, fact: f.StockReceived | f.StockProduced | f.StockReturned | f.StockFound) -> bool:
    """Whether anybody waits for what came."""
    return bool(state.earmarks) and _supply(fact) in state.earmarks


def _came(case: Case, fact: f.InventoryFact) -> tuple[str, Bucket, Decimal] | None:
    """By which supply something came that can be used now, where, and how much."""
    match fact:
        case f.StockReceived() | f.StockProduced() | f.TransferReceived():
            supply = _supply(fact)
            return None if supply is None else (supply, fact.bucket, fact.amount)
        case f.StockInspected():
            told = case.message.body.receipt
            receipt = None if told is None else case.state.movement(told.key)
            supply = None if receipt is None else _supply_of(receipt)
            return None if supply is None else (supply, fact.accepted_to, fact.accepted)
        case _:
            return None


def _supply(fact: f.InventoryFact) -> str | None:
    """The key of the supply that a fact brings, in the planner's words."""
    match fact:
        case f.StockReceived() if fact.line is not None:
            return f"purchase/{fact.line.document}/{fact.line.line}"
        case f.StockProduced():
            return f"run/{fact.run}"
        case f.TransferReceived():
            return f"transfer/{fact.transfer}"
        case _:
            return None


def _supply_of(movement: Movement) -> str | None:
    """The same of what is remembered of such a fact."""
    told = movement.details
    match movement.fact:
        case "StockReceived" if told.line is not None:
            return f"purchase/{told.line[0]}/{told.line[1]}"
        case "StockProduced":
            return f"run/{told.run}"
        case "TransferReceived":
            return f"transfer/{told.transfer}"
        case _:
            return None


def _keeps(case: Case, cause: f.InventoryFact, bucket: Bucket, terms: Reservation) -> bool:
    """Whether what came won't have expired when it is needed."""
    age = case.state.age(bucket.key)
    told: date | None = getattr(cause, "expiry", None)
    known = None if age is None else age.expiry
    needed = (terms.needed_by or case.message.time).date()
    return all(expiry >= needed for expiry in (told, known) if expiry is not None)


def _reserved(case: Case, supply: str, name: str, terms: Reservation, claim: Allocated) -> f.StockReserved:
    said: dict[str, Any] = {
        "purpose": terms.purpose, "location": terms.location, "revision": terms.revision, "lot": terms.lot,
        "owner": terms.owner, "priority": terms.priority,
        "needed_by": None if terms.needed_by is None else utc(terms.needed_by), "configuration": terms.configuration,
        "order": None if terms.order is None else order_of(terms.order),
    }
    return f.StockReserved.trusted(
        **case.about, reservation=name, amount=claim.amount, allocations=(claim,), supply=supply, **said
    )
