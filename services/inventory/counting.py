"""Counts with a cut-off, and what they had already seen.

The idea is told in ``book.py``: what a bucket holds is what its latest count saw, plus the movements
since. ``reclassified`` compares that with the book as the facts so far would leave it. Any difference is
taken back as found or lost, so that a count's word stands: a movement told late changes its own account,
and the variance, but not the stock on hand. The same comparison serves a reversal that voids a count, or
undoes a movement before one.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from events.inventory import facts as f
from events.inventory.accounts import Account, Basis, Posted
from events.sealed import Sealed
from events.values import Bucket, BucketKey, Quantity
from services.inventory.book import ZERO, Count, Event, Shelf, State, utc
from services.inventory.holdings import Holdings


def counted(
    state: State, bucket: Bucket, amount: Decimal, cut_off: datetime, *,
    part: str, site: str, unit: str, basis: Basis, counted_by: Sealed[str] | None = None, told: Quantity | None = None,
) -> f.StockCounted:
    """A count of one bucket against the book at its cut-off."""
    shelf = state.shelf(bucket.key)
    superseded = bool(shelf.counts) and shelf.counts[-1].cut_off > cut_off
    expected = None if superseded else shelf.on_hand - shelf.moved_after(cut_off)
    return f.StockCounted(
        part=part, site=site, unit=unit, bucket=bucket, counted=amount, expected=expected,
        variance=ZERO if expected is None else amount - expected, cut_off=cut_off, basis=basis,
        superseded=superseded, counted_by=counted_by, told=told,
    )


def reclassified(
    holdings: Holdings, cause: f.StockFact, happened_at: datetime, void: Event | None = None
) -> list[f.VarianceReclassified]:
    """What the counts that stand make of the facts so far, for every bucket they touch.

    ``void`` is the event whose counts no longer stand.
    """
    touched: Iterable[BucketKey] = holdings.changes
    if void is not None:
        touched = dict.fromkeys((*touched, *counted_by(holdings.state, void)))
    if isinstance(cause, f.StockOpened):  # an opening of nothing posts nothing, and counts all the same
        touched = (cause.bucket.key,)
    facts = []
    for key in touched:
        shelf = holdings.state.shelf(key)
        if void is None and not isinstance(cause, f.StockOpened) and not shelf.counted_since(happened_at):
            continue  # by the book's invariant nothing is owed
        count = _standing(shelf, cause, void)
        owed = _owed(holdings, shelf, key, count, happened_at)
        if not owed and void is None:
            continue
        found, lost = _variance(holdings, shelf, key, owed)
        if found or lost:
            facts.append(_reclassify(key, cause, count, found=found, lost=lost))
    return facts


def counted_by(state: State, event: Event) -> tuple[BucketKey, ...]:
    """The buckets that an event counted, in the fixed order."""
    return tuple(key for key in state.buckets() if any(count.event == event for count in state.shelves[key].counts))


def _standing(shelf: Shelf, cause: f.StockFact, void: Event | None) -> Count | None:
    """The count that stands once the facts are recorded; an opening is one, if no later count had been told."""
    latest = next((count for count in reversed(shelf.counts) if count.event != void), None)
    if isinstance(cause, f.StockOpened) and (latest is None or latest.cut_off <= cause.cut_off):
        before = shelf.moved - shelf.moved_after(cause.cut_off)
        return Count(utc(cause.cut_off), cause.amount - before, ("", ""), cause.cut_off)
    return latest


def _owed(holdings: Holdings, shelf: Shelf, key: BucketKey, count: Count | None, happened_at: datetime) -> Decimal:
    """What the bucket should hold, less what the facts so far would leave in it."""
    moved = holdings.moved(key)
    should = shelf.moved + moved
    if count is not None:
        should += count.base - (moved if happened_at <= count.cut_off else ZERO)
    return should - holdings.on_hand(key)


def _variance(holdings: Holdings, shelf: Shelf, key: BucketKey, owed: Decimal) -> tuple[Decimal, Decimal]:
    """What to post as found and as lost. What was lost is first found again, and the other way round; and neither
    account may end on the wrong side of zero, which undoing a count can lead to that had been reclassified since."""
    found_now = shelf.found + holdings.variance(key, Account.FOUND)
    lost_now = shelf.lost + holdings.variance(key, Account.LOST)
    found, lost = max(found_now, ZERO), min(lost_now, ZERO)
    rest = found_now + lost_now + owed - found - lost
    back = min(rest, -lost) if rest > 0 else max(rest, -found)
    if rest > 0:
        found, lost = found + rest - back, lost + back
    else:
        found, lost = found + back, lost + rest - back
    return found - found_now, lost - lost_now


def _reclassify(
    key: BucketKey, cause: f.StockFact, count: Count | None, *, found: Decimal, lost: Decimal
) -> f.VarianceReclassified:
    bucket = key.bucket()
    parts = ((Account.FOUND, found), (Account.LOST, lost))
    return f.VarianceReclassified(
        part=cause.part, site=cause.site, unit=cause.unit, bucket=bucket, amount=found + lost,
        postings=tuple(
            Posted(bucket=bucket, account=account, amount=part, variance=True) for account, part in parts if part
        ),
        cut_off=None if count is None else count.cut_off,
    )
