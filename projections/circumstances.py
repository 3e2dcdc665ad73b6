"""What keeps supplies from coming just now: suppliers that are down, and lanes that are closed or slowed.

As the planner sees it (``planning/world/supplies.py``): what hasn't left can't come before its supplier delivers again,
nor before one lane from there opens; and where nobody knows when that will be, nobody knows when it comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from projections.queries import Connection, fetch

_DOWN: Final = """
    SELECT supplier, down_since, down_until, reason FROM lotone.supplier_standing WHERE down_since IS NOT NULL
"""
_LANES: Final = """
    SELECT lane, from_node, to_node, standing, until, usual, extra_hours, active, reason FROM lotone.lane
     WHERE defined ORDER BY lane
"""
_EVER: Final = datetime.min.replace(tzinfo=UTC)
_ENDS: Final = ("supplier/", "site/")
Expected = tuple[datetime | None, str | None]
"""When something is expected, or why nobody knows."""


@dataclass(frozen=True, slots=True)
class Down:
    """A supplier that can't deliver; ``until`` is none when nobody knows."""

    supplier: str
    since: datetime
    until: datetime | None
    reason: str | None

    @property
    def told(self) -> str:
        """In words."""
        why = f" ({self.reason})" if self.reason else ""
        return f"{self.supplier} is down since {self.since.date()}{why}, and nobody knows until when"


@dataclass(frozen=True, slots=True)
class Way:
    """A lane as it stands."""

    lane: str
    from_node: str
    to_node: str
    standing: str
    until: datetime | None
    usual: int
    extra_hours: int
    active: bool
    reason: str | None

    @property
    def closed(self) -> bool:
        return self.standing == "closed"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Suppliers that are down, and all lanes."""

    down: Mapping[str, Down] = field(default_factory=dict)
    lanes: Mapping[str, Way] = field(default_factory=dict)

    @property
    def stuck(self) -> list[str]:
        """The suppliers of whom, or of whom to which site, nobody knows when anything comes: ``ACME``, ``ACME@plant``.
        (No id has an at sign.)"""
        ends = sorted({(lane.from_node, lane.to_node) for lane in self.lanes.values() if lane.closed and lane.active})
        told = [down.supplier for down in self.down.values() if down.until is None]
        for supplier, site in ((one[9:], other[5:]) for one, other in ends if (one[:9], other[:5]) == _ENDS):
            if self.after_closure(_EVER, supplier, site)[1] is not None:
                told.append(f"{supplier}@{site}")
        return told

    def after_outage(self, at: datetime, supplier: str) -> Expected:
        """When what a supplier hasn't sent comes."""
        down = self.down.get(supplier)
        if down is None:
            return at, None
        return (None, down.told) if down.until is None else (max(at, down.until), None)

    def after_closure(self, at: datetime, supplier: str, site: str) -> Expected:
        """When it comes, if every lane from its supplier straight to its site is closed."""
        ends = (f"supplier/{supplier}", f"site/{site}")
        direct = [lane for lane in self.lanes.values() if lane.active and (lane.from_node, lane.to_node) == ends]
        if not direct or not all(lane.closed for lane in direct):
            return at, None
        opening = [lane.until + timedelta(hours=lane.usual) for lane in direct if lane.until is not None]
        return (max(at, min(opening)), None) if opening else (None, _closed(direct))

    def over(self, at: datetime, lanes: Sequence[str], leaves: datetime, arrives: datetime) -> Expected:
        """When a shipment of ours comes that hasn't left yet."""
        hours = 0
        for lane in (self.lanes[id_] for id_ in lanes if id_ in self.lanes):
            usual = lane.standing == "open" or (lane.until is not None and lane.until <= leaves)
            hours += lane.usual + (0 if usual or lane.closed else lane.extra_hours)
            if not usual and lane.closed:
                if lane.until is None:
                    return None, _closed([lane])
                at = max(at, lane.until + (arrives - leaves))
        return max(at, leaves + timedelta(hours=hours)), None


def _closed(lanes: Sequence[Way]) -> str:
    whys = "; ".join(dict.fromkeys(lane.reason for lane in lanes if lane.reason))
    names = " and ".join(lane.lane for lane in lanes)
    told = f"{names} {'is' if len(lanes) == 1 else 'are'} closed{f' ({whys})' if whys else ''}"
    return f"{told}, and nobody knows until when"


def circumstances(connection: Connection) -> Circumstances:
    """As they are, within a reading of ``network`` and ``supplier_record``."""
    lanes = [Way(*row) for row in fetch(connection, _LANES, {})]
    return Circumstances(
        {row[0]: Down(*row) for row in fetch(connection, _DOWN, {})}, {lane.lane: lane for lane in lanes}
    )
