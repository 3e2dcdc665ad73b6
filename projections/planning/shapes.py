"""What the planner's steps hand to each other: supplies, needs, ways to cover them, and what they may look up.

``routing`` answers a ``Need`` with a ``Choice``; ``replenishment`` turns ``Buy``s and stock needs into
``Requisition``s; ``planning`` makes facts of both. What it calls:

    routing.route(world, need, now) -> Choice
    routing.journey(world, part, amount, from_node, to_node, earliest, arrive_by, now) -> Journey | None
        the cheapest way that leaves at ``earliest`` or later and arrives in time, as late as that allows; else the
        fastest. None: no way is known, or none is open. ``arrive_by`` none: the fastest.
    routing.usual_transit(world, from_node, to_node) -> timedelta | None
        of the fastest way over active lanes, whether or not closed or slowed just now; None: no way.
    replenishment.reorder_needs(world, part_sites, now) -> list[Need]      requirement ids ``stock/SITE/PART``
    replenishment.purchase(world, buys, stock_needs, now) -> list[Requisition]
        every buy is in one requisition at least; buys that nobody sells are left out of all. ``for_stock`` is what
        lots and stock needs ask for beyond.

All times are UTC moments, all amounts in base units of the part they are of, and
everything that is given as a sequence is in a fixed order.

When something is said to come on a *day*, it counts as there when that day has ended at its site (``times.end_of``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final, NamedTuple, Protocol

from events.catalogue.reference import Reference
from events.planning.shapes import DecisionKind, Figures, Offer, OptionKind, PolicyShape, SupplyKey, WhyNot
from events.values import Money, Some

ONE = Fraction(1)

ENDS: Final = ("supplier/", "zone/")
"""Nodes of the network that goods go through on no way: they come from there, or go there."""


@dataclass(frozen=True, slots=True)
class Supply:
    """Something that a requirement may claim. ``free`` is what nobody claims of it yet.

    ``custom``: built as somebody chose; ``configuration`` is as what, where that is known (``AcceptedLine``).
    ``site`` is where it is, or comes to. ``available_at`` is when; none: nobody knows. ``firm``: on hand, ordered or
    frozen; else it is only planned, and may still be withdrawn.
    """

    key: SupplyKey
    id: str
    part: str
    site: str
    free: Decimal
    available_at: datetime | None
    revision: str | None = None
    supplier: str | None = None
    from_site: str | None = None
    firm: bool = True
    custom: bool = False
    configuration: str | None = None


class Held(NamedTuple):
    """How a need is covered just now: so much of it (in its part and unit) by the supply of this text."""

    supply: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Need:
    """So much of a part, at a site, by a time. ``parent`` is the part that it goes into, if into one.

    ``frozen``: the run that needs it can't be changed any more, so only the part itself or a substitute that needs no
    approval serves. ``custom``: built as one customer chose; nothing serves but a run for this very requirement, which
    is one that it holds already or a new one, or what is known to be built as the same ``configuration``.

    ``held``: what it is covered by when it is routed again. ``World.supplies`` tells that as free, beside what really
    is; it is kept unless another way is better by the policy's threshold.
    """

    requirement: str
    part: str
    site: str
    amount: Decimal
    needed_by: datetime
    revision: str | None = None
    priority: int = 0
    parent: str | None = None
    frozen: bool = False
    custom: bool = False
    held: tuple[Held, ...] = ()
    configuration: str | None = None


def serves(wanted: str | None, custom: bool, built: str | None, chosen: bool) -> bool:
    """Whether what was ``built`` is what is ``wanted``: the very same configuration; or else nobody chose anything of
    either (``custom``, ``chosen``)."""
    return (built is not None and built == wanted) or not (custom or chosen)


class Signature(NamedTuple):
    """What makes two ways the same way to a person who refused or chose one."""

    kind: OptionKind
    part: str
    supply: str
    supplier: str
    from_site: str


def signature(
    kind: OptionKind, part: str, supply: SupplyKey | None, supplier: str | None, from_site: str | None
) -> Signature:
    """The signature of a way. What is built or bought anew has no supply yet, so none counts."""
    anew = kind in (OptionKind.BUILD, OptionKind.BUY) or supply is None
    return Signature(kind, part, "" if anew or supply is None else supply.text, supplier or "", from_site or "")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to cover a need. ``amount`` is how much of the need it could cover, in the need's part and unit.

    ``factor`` units of the supply's ``part`` do the work of one that is needed: 1 unless it is a substitute.
    ``available_at`` is when it would be where it is needed; ``cost`` the landed cost of ``amount``, in the policy's
    currency, lateness left out. A way over lanes leaves at ``depart_at``. A purchase is ordered at ``order_by`` at the
    latest to come in time.
    """

    kind: OptionKind
    part: str
    amount: Decimal
    supply: SupplyKey | None = None
    factor: Fraction = ONE
    available_at: datetime | None = None
    cost: Decimal | None = None
    lanes: tuple[str, ...] = ()
    depart_at: datetime | None = None
    supplier: str | None = None
    from_site: str | None = None
    needs_approval: bool = False
    order_by: date | None = None

    @property
    def signature(self) -> Signature:
        """What it is to a person."""
        return signature(self.kind, self.part, self.supply, self.supplier, self.from_site)


@dataclass(frozen=True, slots=True)
class Picked:
    """A way to be gone, for so much of the need (in the need's part and unit). ``cost`` is for that amount."""

    candidate: Candidate
    amount: Decimal
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """A way that isn't gone, and why. ``by``: how much dearer, or how many hours later."""

    candidate: Candidate
    why: WhyNot
    by: Decimal | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """How a need is to be covered. ``short`` is what nothing serves: amount = Σ chosen + short."""

    chosen: tuple[Picked, ...]
    alternatives: tuple[Lost, ...]
    short: Decimal


@dataclass(frozen=True, slots=True)
class Journey:
    """A way over lanes, one after the other; none: both ends are one place, or nobody defined a way."""

    lanes: tuple[str, ...]
    depart_at: datetime
    arrive_at: datetime
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Buy:
    """A need that is to be bought: ``amount`` of the need's part, by the way that routing chose."""

    need: Need
    amount: Decimal
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Requisition:
    """What to ask the purchasing system for. ``amount`` = Σ ``pegged`` + ``for_stock`` ≥ 0, in base units.

    ``available_at`` is when it would be there; ``due`` the day we ask for. ``pegged`` names requirements and how
    much of this purchase is for each (a substitute's amounts are in its own unit).
    """

    supplier: str
    part: str
    site: str
    amount: Decimal
    quantity: Some
    price: Money | None
    value: Decimal | None
    order_by: date
    due: date
    available_at: datetime
    pegged: tuple[tuple[str, Decimal], ...]
    for_stock: Decimal
    figures: Figures
    alternatives: tuple[Offer, ...] = ()


class Standing(StrEnum):
    """How a lane can be used just now."""

    OPEN = "open"
    SLOWED = "slowed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class LaneRecord:
    """A lane of the transport network. Nodes are ``site/PLANT``, ``supplier/ACME``, ``zone/NORTH``.

    Hours of transit: ``least`` ≤ ``usual`` ≤ ``most``. ``until`` is when it is expected to be as usual again; none:
    nobody knows. ``calendar`` names the departure days and ``cutoff`` is when it leaves on them, on the clock of
    ``from_node``'s site, or else of ``to_node``'s.
    """

    lane: str
    from_node: str
    to_node: str
    mode: str
    least: int
    usual: int
    most: int
    currency: str | None = None
    fixed: Decimal = Decimal(0)
    per_kg: Decimal = Decimal(0)
    per_unit: Decimal = Decimal(0)
    capacity: Decimal | None = None
    capacity_unit: str | None = None
    calendar: str | None = None
    cutoff: time | None = None
    active: bool = True
    standing: Standing = Standing.OPEN
    extra_hours: int = 0
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outage:
    """A supplier that can't deliver; ``until`` is none when nobody knows."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Words:
    """What people said about a requirement: these ways are refused, and this one is to be gone, if any. And which ways
    the planner itself doesn't look at, and why: ``barred``."""

    refused: frozenset[Signature] = frozenset()
    pinned: Signature | None = None
    barred: Mapping[Signature, WhyNot] = field(default_factory=dict)


NO_WORDS = Words()


@dataclass(frozen=True, slots=True)
class Load:
    """What is planned to go over a lane on a day already."""

    part: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Position:
    """What there is, is to come and is wanted of a part at a site, in base units.

    ``allocated`` is what others than the planner have reserved of ``on_hand``; ``on_order`` is all that is to come,
    proposals included; ``required`` all open requirements, covered or not.
    """

    on_hand: Decimal
    allocated: Decimal
    on_order: Decimal
    required: Decimal


@dataclass(frozen=True, slots=True)
class Demand:
    """An open requirement of a part at a site, as replenishment sees it; ``covered`` is what its pegs hold."""

    requirement: str
    needed_by: datetime
    amount: Decimal
    covered: Decimal


class World(Protocol):
    """What routing and replenishment may look up. Nothing of it changes while one of them works."""

    @property
    def now(self) -> datetime: ...

    @property
    def reference(self) -> Reference: ...

    @property
    def policy(self) -> PolicyShape: ...

    @property
    def memo(self) -> dict[str, Any]:
        """Where the steps keep what they worked out and can work out again at any time: no part of what is known.
        Begins empty; a copy of the world begins with its own."""
        ...

    @property
    def network(self) -> int:
        """A number that is another one whenever a lane, its state or anything else of ``lanes`` changed."""
        ...

    def lanes(self) -> Mapping[str, LaneRecord]:
        """All lanes, in order of their ids."""
        ...

    def loads(self, lane: str, day: date) -> Sequence[Load]:
        """What is planned to leave over a lane on a day."""
        ...

    def supplies(self, part: str, site: str | None = None) -> Sequence[Supply]:
        """The supplies of a part with something free, at one site or all; by site, kind, time and id."""
        ...

    def outage(self, supplier: str) -> Outage | None: ...

    def words(self, requirement: str) -> Words: ...

    def position(self, part: str, site: str) -> Position: ...

    def demands(self, part: str, site: str, until: datetime) -> Sequence[Demand]:
        """The open requirements of a part at a site that are needed by then, by time and id."""
        ...

    def coming(self, part: str, site: str, until: datetime) -> Sequence[Supply]:
        """The supplies of a part to come to a site by then; ``free`` is all that is open of each."""
        ...

    def build_ready(self, part: str, site: str, amount: Decimal) -> datetime | None:
        """When a run started now would be done, as far as lead times tell; none: it isn't built there."""
        ...

    def build_cost(self, part: str, amount: Decimal) -> Decimal | None:
        """What building so much costs at standard cost, in the policy's currency."""
        ...


@dataclass(slots=True)
class Autonomy:
    """What is decided alone: by kind, up to which value (none: always)."""

    limits: dict[DecisionKind, Decimal | None] = field(default_factory=dict)

    def alone(self, kind: DecisionKind, value: Decimal | None) -> bool:
        """Whether a decision of this value needs nobody's approval; a value that nobody knows does, under a limit."""
        if kind not in self.limits:
            return False
        limit = self.limits[kind]
        return limit is None or (value is not None and value <= limit)
