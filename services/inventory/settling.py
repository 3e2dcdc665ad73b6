"""What follows, in the same append, from a fact that moved material.

In this order: what counts had already seen (``counting.py``), claims that go along or give way
(``allocating.py``), what doesn't add up, and whom it was meant for (``earmarking.py``). The observation
itself is recorded whatever follows.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from events.decision import Decided
from events.inventory import facts as f
from events.inventory.accounts import Discrepancy
from services.inventory.allocating import displaced, going_along
from services.inventory.book import ZERO, Event, State, utc
from services.inventory.case import Case
from services.inventory.counting import reclassified
from services.inventory.earmarking import awaited, born
from services.inventory.holdings import Holdings


def settled(case: Case, facts: Sequence[f.InventoryFact], happened_at: datetime, void: Event | None = None) -> Decided:
    """The facts with all that follows from them. ``void`` is an event whose counts no longer stand."""
    cause = facts[0]
    if isinstance(cause, _INCOMING) and _unremarkable(case.state, cause, utc(happened_at)):
        return Decided(facts)
    holdings = Holdings(case.state, facts)
    decided = list(facts)
    if not isinstance(cause, _STATEMENTS):
        late = reclassified(holdings, cause, utc(happened_at), void)
        for each in late:
            holdings.add(each)
        decided += late
    if isinstance(cause, f.StockMoved):
        decided[: len(facts)] = [_with_claims(holdings, fact) for fact in facts]
    less = [key for key, change in holdings.changes.items() if change < 0 and holdings.claims_on(key)]
    if less:
        decided += displaced(holdings, less, cause, case.message.time)
    decided += _discrepancies(case, holdings, facts)
    decided += born(case, holdings, facts)
    return Decided(decided)


_Incoming = f.StockReceived | f.StockProduced | f.StockReturned | f.StockFound
_INCOMING: Final = (f.StockReceived, f.StockProduced, f.StockReturned, f.StockFound)
"""These only add to one bucket."""
_STATEMENTS: Final = (f.StockCounted, f.SnapshotTaken)
"""These say themselves what a bucket holds."""


def _unremarkable(state: State, cause: _Incoming, happened_at: datetime) -> bool:
    """Whether nothing can follow from more stock in a bucket: no count has seen it, it isn't one certain piece, and
    nobody has claimed it before it came."""
    bucket = cause.bucket
    return (
        bucket.serial is None
        and not state.shelf(bucket.key).counted_since(happened_at)
        and not awaited(state, cause)
    )


def _with_claims(holdings: Holdings, fact: f.InventoryFact) -> f.InventoryFact:
    """A move, with the claims that have to go along with the stock."""
    if not isinstance(fact, f.StockMoved):
        return fact
    key, to = fact.bucket.key, fact.to.key
    if not holdings.claims_on(key):
        return fact
    along = going_along(holdings, key, to)
    for each in along:
        holdings.claim(each.reservation, key, -each.amount)
        holdings.claim(each.reservation, to, each.amount)
    return fact.model_copy(update={"along": along})


def _discrepancies(
    case: Case, holdings: Holdings, facts: Sequence[f.InventoryFact]
) -> Iterator[f.DiscrepancyFound]:
    cause = facts[0]
    for key, change in holdings.changes.items():
        if change < 0 and (left := holdings.on_hand(key)) < 0:
            yield _found(case, Discrepancy.BELOW_ZERO, bucket=key.bucket(), short=-left)
        if key.serial is not None and change > 0 and (left := holdings.on_hand(key)) > 1:
            yield _found(case, Discrepancy.SERIAL, bucket=key.bucket(), short=left - 1)
    if not isinstance(cause, f.MovementReversed):
        yield from _not_one_piece(case, holdings)
    match cause:
        case f.StockIssued() | f.StockShipped() | f.StockTransferred():
            if cause.reservation is not None and cause.reservation not in case.state.reservations:
                yield _found(case, Discrepancy.RESERVATION, reservation=cause.reservation, bucket=cause.bucket)
        case f.TransferReceived():
            known = case.state.transfers.get(cause.transfer)
            under_way = ZERO if known is None else known.under_way
            told = sum((fact.amount + fact.short for fact in facts if isinstance(fact, f.TransferReceived)), ZERO)
            if told > under_way:
                short = told - max(under_way, ZERO)
                yield _found(case, Discrepancy.TRANSFER, transfer=cause.transfer, bucket=cause.bucket, short=short)
        case _:
            pass


def _not_one_piece(case: Case, holdings: Holdings) -> Iterator[f.DiscrepancyFound]:
    """A serial number is one piece: a movement of more, or of less, can't be right."""
    for posting in holdings.posted:
        if posting.bucket.serial is not None and not posting.variance and abs(posting.amount) != 1:
            yield _found(case, Discrepancy.SERIAL, bucket=posting.bucket, short=abs(abs(posting.amount) - 1))
            return


def _found(case: Case, kind: Discrepancy, **what: object) -> f.DiscrepancyFound:
    return f.DiscrepancyFound.trusted(**case.about, kind=kind, **what)
