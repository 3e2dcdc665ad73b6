"""Stock position: what is on hand in every bucket, what is claimed of it by whom, and what is under way between sites.

All of it is read off the facts by ``events/inventory/postings.py``, as the inventory service reads them. So the book
and this view can't disagree.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, get_args

from events.decision import Recorded
from events.inventory.facts import (
    DiscrepancyFound,
    InventoryFact,
    OutputExpected,
    ReservationRefused,
    ShipmentExpected,
    SnapshotTaken,
    StockFact,
    StockReserved,
    SupplyEarmarked,
    SupplyUnearmarked,
    TransferExpected,
)
from events.inventory.postings import Claim, Posting, claims, postings, transit
from projections.view import Rows, Table, View

ZERO: Final = Decimal(0)


@dataclass(slots=True)
class StockBucket:
    """A bucket of a part at a site; gone once nothing is there and nothing is claimed. Amounts are in the book's
    ``unit``. Times are when it happened in the world; ``last_fact`` is the id of the fact that moved it last."""

    part: str
    site: str
    location: str
    status: str
    revision: str | None
    lot: str | None
    serial: str | None
    owner: str | None
    configuration: str | None
    unit: str
    on_hand: Decimal
    allocated: Decimal
    last_in_at: datetime | None
    last_out_at: datetime | None
    last_fact: str


@dataclass(slots=True)
class StockClaim:
    """How much of a bucket a reservation claims; gone once it claims nothing."""

    part: str
    site: str
    reservation: str
    location: str
    status: str
    revision: str | None
    lot: str | None
    serial: str | None
    owner: str | None
    configuration: str | None
    unit: str
    amount: Decimal


@dataclass(slots=True)
class StockReservation:
    """What a reservation still holds (``open``) of what it claimed; gone once that is nothing."""

    part: str
    site: str
    reservation: str
    unit: str
    purpose: str
    amount: Decimal
    open: Decimal
    priority: int
    needed_by: datetime | None
    reserved_at: datetime


@dataclass(slots=True)
class StockTransit:
    """A transfer to this site. Under way is sent less arrived less lost; below zero when more came than was known
    of."""

    part: str
    site: str
    transfer: str
    unit: str
    from_site: str | None
    sent: Decimal
    arrived: Decimal
    lost: Decimal
    under_way: Decimal
    sent_at: datetime | None


BUCKET: Final = Table("stock_bucket", StockBucket, key=9, indexes=(("site", "part"), ("lot",)))
CLAIM: Final = Table("stock_claim", StockClaim, key=10)
RESERVATION: Final = Table("stock_reservation", StockReservation, key=3, indexes=(("reservation",), ("purpose",)))
TRANSIT: Final = Table("stock_transit", StockTransit, key=3)


def fold(rows: Rows, fact: InventoryFact, at: Recorded) -> None:
    """Post to the buckets, move the claims, follow transfers."""
    for posting in postings(fact):
        _post(rows, fact, posting, at)
    if isinstance(fact, StockReserved):
        _reserve(rows, fact, at)
    changed = claims(fact)
    for claim in changed:
        _claim(rows, fact, claim, at)
    for reservation in dict.fromkeys(claim.reservation for claim in changed):
        held = rows.get(RESERVATION, fact.part, fact.site, reservation)
        if held is not None and not held.open:
            rows.remove(RESERVATION, fact.part, fact.site, reservation)
    _transfer(rows, fact, at)


def _post(rows: Rows, fact: StockFact, posting: Posting, at: Recorded) -> None:
    bucket = _bucket(rows, fact, posting, at)
    bucket.on_hand += posting.amount
    bucket.last_fact = at.id
    if posting.amount > 0:
        bucket.last_in_at = _later(bucket.last_in_at, at.occurred_at)
    else:
        bucket.last_out_at = _later(bucket.last_out_at, at.occurred_at)
    _tidy(rows, bucket)


def _bucket(rows: Rows, fact: StockFact, change: Posting | Claim, at: Recorded) -> StockBucket:
    key = change.bucket.key
    bucket = rows.get(BUCKET, fact.part, fact.site, *key)
    if bucket is None:
        bucket = StockBucket(fact.part, fact.site, *key, fact.unit, ZERO, ZERO, None, None, at.id)
        rows.add(BUCKET, bucket)
    return bucket


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None or other > one else one


def _tidy(rows: Rows, bucket: StockBucket) -> None:
    if not bucket.on_hand and not bucket.allocated:
        rows.remove(
            BUCKET, bucket.part, bucket.site, bucket.location, bucket.status,
            bucket.revision, bucket.lot, bucket.serial, bucket.owner, bucket.configuration,
        )


def _reserve(rows: Rows, fact: StockReserved, at: Recorded) -> None:
    held = rows.get(RESERVATION, fact.part, fact.site, fact.reservation)
    before = ZERO if held is None else held.open
    rows.add(RESERVATION, StockReservation(
        fact.part, fact.site, fact.reservation, fact.unit, fact.purpose, before + fact.amount, before,
        fact.priority, fact.needed_by, at.occurred_at,
    ))


def _claim(rows: Rows, fact: StockFact, claim: Claim, at: Recorded) -> None:
    bucket = _bucket(rows, fact, claim, at)
    bucket.allocated += claim.amount
    _tidy(rows, bucket)
    key = (fact.part, fact.site, claim.reservation, *claim.bucket.key)
    held = rows.get(CLAIM, *key)
    if held is None:
        rows.add(CLAIM, StockClaim(*key, fact.unit, claim.amount))
    else:
        held.amount += claim.amount
        if not held.amount:
            rows.remove(CLAIM, *key)
    reservation = rows.get(RESERVATION, fact.part, fact.site, claim.reservation)
    if reservation is not None:
        reservation.open += claim.amount


def _transfer(rows: Rows, fact: InventoryFact, at: Recorded) -> None:
    change = transit(fact)
    if change is None:
        return
    row = rows.get(TRANSIT, fact.part, fact.site, change.transfer)
    if row is None:
        row = StockTransit(fact.part, fact.site, change.transfer, fact.unit, None, ZERO, ZERO, ZERO, ZERO, None)
        rows.add(TRANSIT, row)
    row.sent += change.sent
    row.arrived += change.arrived
    row.lost += change.lost
    row.under_way = row.sent - row.arrived - row.lost
    if isinstance(fact, TransferExpected):
        row.from_site, row.sent_at = fact.from_site, at.occurred_at


_SILENT: Final = (
    ReservationRefused, DiscrepancyFound, SnapshotTaken, SupplyEarmarked, SupplyUnearmarked, OutputExpected,
    ShipmentExpected,
)
STOCK_POSITION: Final = View(
    name="stock_position",
    version=2,
    tables=(BUCKET, CLAIM, RESERVATION, TRANSIT),
    folds=tuple(fact for fact in get_args(InventoryFact) if fact not in _SILENT),
    fold=fold,
)
