"""What planning itself has decided and not ended: pegs, runs, transfers, deliveries, requisitions, decisions, words."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple, TypeVar

from events.model import Fact
from events.orders.shapes import Choice, OrderRef, RunRequirement
from events.planning.facts import RequirementRouted
from events.planning.shapes import DecisionKind, SupplyKey, Way, WhyNot
from projections.planning.shapes import Signature, signature

K = TypeVar("K")
T = TypeVar("T")
ZERO: Final = Decimal(0)
_REMEMBERED: Final = 3
Times = tuple[datetime, datetime]
"""Start and due of a run."""


@dataclass(slots=True)
class Peg:
    """A claim of a requirement on a supply, in the supply's part and unit.

    ``claimed`` is what it began with, ``ended`` all that was unpegged of it, of which ``mourned`` had been lost from
    stock. ``factor`` units of the supply's part do the work of one required.
    """

    id: str
    requirement: str
    supply: SupplyKey
    supply_id: str
    part: str
    site: str
    unit: str
    decision: str
    purpose: str
    priority: int
    needed_by: datetime
    available_at: datetime
    factor: Fraction
    claimed: Decimal
    ended: Decimal = ZERO
    mourned: Decimal = ZERO


@dataclass(slots=True)
class PlannedRun:
    """A run that the planner asked for. ``requirement`` is what it is built for. ``proposed``: nobody was asked yet.

    ``moves`` and ``sizes`` are the last changes that it asked for, each from what to what, one after the other.
    """

    run: str
    part: str
    site: str
    unit: str
    order: OrderRef | None
    decision: str
    requirement: str
    revision: str | None
    options: tuple[Choice, ...]
    amount: Decimal
    start: datetime
    due: datetime
    requirements: tuple[RunRequirement, ...]
    priority: int
    proposed: bool
    withdrawn: bool = False
    freezing: bool = False
    configuration: str | None = None
    moves: list[tuple[Times, Times]] = field(default_factory=list)
    sizes: list[tuple[Decimal, Decimal]] = field(default_factory=list)


@dataclass(slots=True)
class PlannedTransfer:
    """Stock that is to go from one of our sites to another, for a requirement there."""

    transfer: str
    part: str
    unit: str
    from_site: str
    to_site: str
    decision: str
    amount: Decimal
    lanes: tuple[str, ...]
    depart_at: datetime
    arrive_at: datetime
    priority: int
    proposed: bool
    withdrawn: bool = False
    configuration: str | None = None

    @property
    def requirement(self) -> str:
        """What it needs at the site it leaves."""
        return f"transfer/{self.transfer}"


@dataclass(slots=True)
class PlannedDelivery:
    """Finished goods that are to go to a customer. ``since`` is when they first should have left, as planned at
    ``asked_at``: what is planned anew because it didn't leave changes ``depart_at`` alone."""

    delivery: str
    order: OrderRef
    part: str
    unit: str
    site: str
    amount: Decimal
    destination: str | None
    lanes: tuple[str, ...]
    depart_at: datetime
    arrive_at: datetime
    since: datetime
    asked_at: datetime
    withdrawn: bool = False


class Fate(StrEnum):
    """What became of a requisition."""

    OPEN = "open"
    ANSWERED = "answered"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(slots=True)
class PlannedPurchase:
    """A requisition. ``asked_at`` is when the purchasing system was asked, or is to be once it is approved."""

    requisition: str
    supplier: str
    part: str
    site: str
    unit: str
    decision: str
    amount: Decimal
    due: date
    order_by: date
    for_stock: Decimal
    pegged: tuple[str, ...]
    asked_at: datetime
    proposed: bool
    fate: Fate = Fate.OPEN


@dataclass(slots=True)
class Decision:
    """What was decided for some requirements: the ways gone, and the others by their number.

    While it is proposed, ``facts`` are what is to be recorded again once somebody approves; ``value`` in ``currency``.
    """

    decision: str
    requirements: tuple[str, ...]
    chosen: tuple[Signature, ...]
    ways: dict[int, Signature]
    proposed: bool = False
    approved: bool = False
    kind: DecisionKind | None = None
    value: Decimal | None = None
    currency: str = ""
    facts: list[tuple[str, Fact]] = field(default_factory=list)


@dataclass(slots=True)
class Word:
    """What a person said about a decision, and of which requirements it was. ``option`` is what they chose,
    ``under`` what they had said before, if that stands again once this turns out to lead nowhere."""

    decision: str
    requirements: tuple[str, ...]
    refused: frozenset[Signature] = frozenset()
    pinned: Signature | None = None
    option: int | None = None
    under: "Word | None" = None


class Unserved(NamedTuple):
    """What nothing serves of a requirement, as its last decision told it, and why no way does (and until when)."""

    short: Decimal
    needed_by: datetime
    ways: frozenset[tuple[Signature, WhyNot, datetime | None]]

    @classmethod
    def told(cls, fact: RequirementRouted) -> "Unserved":
        """As this decision tells it."""
        ways = frozenset((signed(way), way.why, way.until) for way in fact.alternatives)
        return cls(fact.short, fact.needed_by, ways)


@dataclass(slots=True)
class Promised:
    """The date a customer was told last."""

    order: OrderRef
    promised: date
    wanted: date
    backing: tuple[str, ...]


def signed(way: Way) -> Signature:
    """What a way that was told is to a person."""
    return signature(way.kind, way.part, way.supply, way.supplier, way.from_site)


def led_to(changes: list[tuple[T, T]], before: T, after: T) -> list[tuple[T, T]]:
    """The last changes that led here without a break, this one included."""
    if changes and changes[-1][1] != before:
        changes = []
    return [*changes[-_REMEMBERED:], (before, after)]


def drop(index: dict[K, dict[str, None]], key: K, member: str) -> None:
    """Take a member out of an ordered set, and the set away with its last one."""
    members = index.get(key)
    if members is not None:
        members.pop(member, None)
        if not members:
            del index[key]
