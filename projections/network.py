"""The network: every lane with its terms, and whether it is open, slowed or closed just now, and until when."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from events.decision import Recorded
from events.logistics import facts as f
from projections.view import Rows, Table, View

ZERO: Final = Decimal(0)


@dataclass(slots=True)
class Lane:
    """A lane. ``standing`` is ``open``, ``slowed`` (by ``extra_hours``) or ``closed``; ``until`` when that is expected
    to end. ``active`` is what master data says; ``defined`` is false while only its state was told. Hours of transit:
    ``least`` ≤ ``usual`` ≤ ``most``."""

    lane: str
    from_node: str
    to_node: str
    defined: bool
    active: bool
    mode: str | None
    distance_km: Decimal | None
    least: int
    usual: int
    most: int
    currency: str | None
    fixed: Decimal | None
    per_kg: Decimal | None
    per_unit: Decimal | None
    capacity: Decimal | None
    capacity_unit: str | None
    calendar: str | None
    cutoff: str | None
    standing: str
    extra_hours: int
    since: datetime | None
    until: datetime | None
    reason: str | None
    closures: int
    last_at: datetime
    last_fact: str


LANE: Final = Table("lane", Lane, key=1, indexes=(("from_node", "lane"), ("to_node", "lane"), ("standing", "lane")))


def fold(rows: Rows, fact: f.LaneFact, at: Recorded) -> None:
    """Keep the terms and the latest word on the lane's state."""
    row = rows.get(LANE, fact.lane)
    if row is None:
        row = Lane(
            fact.lane, fact.from_node, fact.to_node, False, True, None, None, 0, 0, 0, None, None, None, None, None,
            None, None, None, "open", 0, None, None, None, 0, at.occurred_at, at.id,
        )
        rows.add(LANE, row)
    row.last_at, row.last_fact = at.occurred_at, at.id
    if isinstance(fact, f.LaneDefined):
        _define(row, fact)
    elif isinstance(fact, f.LaneStateFact):
        row.closures += isinstance(fact, f.LaneClosed)
        if fact.current:
            _stand(row, fact)


def _define(row: Lane, fact: f.LaneDefined) -> None:
    row.from_node, row.to_node, row.defined, row.active = fact.from_node, fact.to_node, True, fact.active
    row.mode, row.distance_km = fact.mode.value, fact.distance_km
    row.least, row.usual, row.most = fact.transit.least, fact.transit.usual, fact.transit.most
    cost, capacity = fact.cost, fact.capacity
    row.currency, row.fixed, row.per_kg, row.per_unit = (
        (None, None, None, None) if cost is None else (cost.currency, cost.fixed, cost.per_kg, cost.per_unit)
    )
    row.capacity = None if capacity is None else capacity.quantity.amount
    row.capacity_unit = None if capacity is None else capacity.quantity.unit
    row.calendar, row.cutoff = fact.calendar, None if fact.cutoff is None else fact.cutoff.isoformat("minutes")


def _stand(row: Lane, fact: f.LaneStateFact) -> None:
    row.since, row.reason, row.extra_hours, row.until = fact.since, fact.reason, 0, None
    match fact:
        case f.LaneClosed():
            row.standing, row.until = "closed", fact.until
        case f.LaneSlowed():
            row.standing, row.extra_hours, row.until = "slowed", fact.extra_hours, fact.until
        case _:
            row.standing = "open"


NETWORK: Final = View(
    name="network",
    version=1,
    tables=(LANE,),
    folds=(f.LaneDefined, f.LaneClosed, f.LaneSlowed, f.LaneReopened),
    fold=fold,
)
