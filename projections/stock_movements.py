"""Stock movements: every posting to the book, for ever, with both its times and what caused it.

``occurred_at`` is when a posting counts in the world: a count or an opening at its cut-off, a reversal when the event
it undoes was said to have happened, a variance that is reclassified at the cut-off of the count it belongs to, and
everything else when it occurred. ``recorded_at`` is when the ledger took it. So the book at a past time has two
answers: as it was known then (what had been recorded), and as it is known now (what had occurred).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, get_args

from events.decision import Recorded
from events.inventory.facts import (
    AllocationBroken,
    AllocationMoved,
    DiscrepancyFound,
    InventoryFact,
    MovementReversed,
    OutputExpected,
    ReservationRefused,
    ReservationReleased,
    ShipmentExpected,
    SnapshotTaken,
    StockCounted,
    StockOpened,
    StockReserved,
    SupplyEarmarked,
    SupplyUnearmarked,
    TransferExpected,
    TransferWithdrawn,
    VarianceReclassified,
)
from events.inventory.postings import postings
from projections.view import Rows, Table, View


@dataclass(slots=True)
class StockMovement:
    """One posting. ``amount`` is the change of the bucket's stock on hand, in ``unit``. ``source`` and ``cause`` are
    the event's that caused it; documents are those the fact names: an order line, a run, a shipment, a transfer."""

    domain: str
    shard: int
    position: int
    entry: int
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
    account: str
    amount: Decimal
    variance: bool
    fact: str
    occurred_at: datetime
    recorded_at: datetime
    source: str
    cause: str
    order: str | None
    line: int | None
    supplier: str | None
    run: str | None
    shipment: str | None
    transfer: str | None
    reason: str | None


MOVEMENT: Final = Table(
    "stock_movement", StockMovement, key=4, indexes=(("part", "occurred_at", "position"),), append_only=True
)


def fold(rows: Rows, fact: InventoryFact, at: Recorded) -> None:
    """One row for each posting."""
    posted = postings(fact)
    if not posted:
        return
    occurred_at = counts_at(fact, at)
    line, *told = _told(fact)
    order, number = (None, None) if line is None else (line.document, line.line)
    for entry, (bucket, account, amount, variance) in enumerate(posted):
        rows.add(MOVEMENT, StockMovement(
            at.domain, at.shard, at.position, entry, fact.part, fact.site, *bucket.key, fact.unit, account.value,
            amount, variance, at.type, occurred_at, at.recorded_at, at.source, at.cause, order, number, *told,
        ))


def counts_at(fact: InventoryFact, at: Recorded) -> datetime:
    """When a fact's postings count in the world."""
    match fact:
        case StockOpened() | StockCounted():
            return fact.cut_off
        case VarianceReclassified():
            return fact.cut_off or at.occurred_at
        case MovementReversed():
            return fact.happened_at
        case _:
            return at.occurred_at


def _told(fact: Any) -> list[Any]:
    """What a fact names as the occasion of its postings, in the order of the columns; the line first, whole."""
    return [None if name is None else getattr(fact, name) for name in _NAMED[type(fact)]]


_SILENT: Final = (
    AllocationBroken, AllocationMoved, DiscrepancyFound, ReservationRefused, ReservationReleased, SnapshotTaken,
    OutputExpected, ShipmentExpected, StockReserved, SupplyEarmarked, SupplyUnearmarked, TransferExpected,
    TransferWithdrawn,
)
_FOLDED: Final = tuple(fact for fact in get_args(InventoryFact) if fact not in _SILENT)
_NAMED: Final = {
    fact: [
        name if name in fact.model_fields else None
        for name in ("line", "supplier", "run", "shipment", "transfer", "reason")
    ]
    for fact in _FOLDED
}
"""Which of these a fact has: asking one for what it hasn't got is slow."""
STOCK_MOVEMENTS: Final = View(
    name="stock_movements",
    version=2,
    tables=(MOVEMENT,),
    folds=_FOLDED,
    fold=fold,
)
