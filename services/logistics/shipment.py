"""What is remembered of a lane and of a shipment, just enough to decide on.

The idea. Several people tell of the same goods. The supplier's notice and our own warehouse say what was sent; the
carrier says what arrived and what was handed over, and the warehouse what it took in; the carrier says what is lost,
and the receiver what is missing. The naive way adds it all up: ten pieces that the carrier delivered and the warehouse
took in are twenty. Or it believes the first, and then has to guess which word was about what when words come late.

So a line keeps a sum for each who tells, and its account follows from them, whatever the order they came in:

    sent    = what the notice or the warehouse said, whichever is more; until one of them speaks, what was planned when
              it left; and never less than has arrived
    arrived = the highest of what was said to be there, handed over, taken in
    lost    = what was said to be lost or missing, whichever is more, while so much hasn't arrived
    in transit = sent - arrived - lost

The invariant, of every line after every fact: sent = in transit + arrived + lost, and none is below zero.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec
from msgspec import field

from events.logistics.shapes import UNPLANNED, Purpose

ZERO: Final = Decimal(0)


class Account(NamedTuple):
    """A line's account at a moment."""

    sent: Decimal
    arrived: Decimal
    lost: Decimal

    @property
    def in_transit(self) -> Decimal:
        return self.sent - self.arrived - self.lost


class Line(msgspec.Struct, omit_defaults=True):
    """A line of a shipment: a sum for each who tells of it, in the part's base unit."""

    part: str
    unit: str
    planned: Decimal = ZERO
    presumed: Decimal = ZERO
    noticed: Decimal = ZERO
    handed: Decimal = ZERO
    landed: Decimal = ZERO
    delivered: Decimal = ZERO
    stored: Decimal = ZERO
    missing: Decimal = ZERO
    short: Decimal = ZERO
    revision: str | None = None
    lot: str | None = None
    order: tuple[str, int, int] | None = None
    purchase: tuple[str, int] | None = None

    @property
    def told(self) -> Decimal:
        """How much was said to be sent."""
        return max(self.noticed, self.handed)

    @property
    def basis(self) -> Decimal:
        """How much is known, or taken, to have been sent, whatever arrived."""
        return self.told or self.presumed

    @property
    def arrived(self) -> Decimal:
        return max(self.landed, self.delivered, self.stored)

    @property
    def sent(self) -> Decimal:
        return max(self.basis, self.arrived)

    @property
    def said_lost(self) -> Decimal:
        """How much was said to be lost, whatever arrived after all."""
        return max(self.missing, self.short)

    @property
    def lost(self) -> Decimal:
        return min(self.said_lost, self.sent - self.arrived)

    @property
    def in_transit(self) -> Decimal:
        return self.sent - self.arrived - self.lost

    @property
    def account(self) -> Account:
        return Account(self.sent, self.arrived, self.lost)

    @property
    def idle(self) -> bool:
        """Nothing was planned or told of it."""
        return not (self.planned or self.told or self.presumed or self.arrived or self.said_lost)


class Shipment(msgspec.Struct, omit_defaults=True):
    """A shipment. ``content`` tells whether it is planned a second time with the same words; none: nobody planned it.

    ``departed``: it was told, or follows from what was told, that it left. ``legs`` are the places it reached, by time.
    """

    purpose: Purpose
    from_node: str
    to_node: str | None = None
    content: str | None = None
    lanes: list[str] = field(default_factory=list)
    via: list[str] | None = None
    depart_at: datetime | None = None
    arrive_at: datetime | None = None
    carrier: str | None = None
    tracking: str | None = None
    tendered_at: datetime | None = None
    cancelled: bool = False
    departed: bool = False
    departed_at: datetime | None = None
    forecast: datetime | None = None
    forecast_at: datetime | None = None
    legs: list[tuple[datetime, str]] = field(default_factory=list)
    held: bool = False
    customs_at: datetime | None = None
    customs_node: str | None = None
    notice: str | None = None
    noticed_at: datetime | None = None
    lines: dict[int, Line] = field(default_factory=dict)

    @property
    def expected(self) -> datetime | None:
        """When it is expected by the latest word."""
        return None if self.cancelled else self.forecast

    @property
    def planned(self) -> bool:
        return self.content is not None

    @property
    def left(self) -> bool:
        """Whether any of it can't be called off any more."""
        return self.departed or any(line.sent for line in self.lines.values())

    @property
    def numbers(self) -> list[int]:
        """All lines, in order."""
        return sorted(self.lines)

    def of_part(self, part: str) -> list[int]:
        """The lines that hold a part, in order."""
        return [number for number in self.numbers if self.lines[number].part == part]

    def free_number(self) -> int:
        """For goods on a line that nobody had planned or announced."""
        return max((number for number in self.lines if number > UNPLANNED), default=UNPLANNED) + 1

    @property
    def route(self) -> tuple[str, ...] | None:
        """The nodes it may pass, if they are known."""
        if self.to_node is None or (self.via is None and len(self.lanes) != 1):
            return None
        return (self.from_node, *(self.via or ()), self.to_node)

    def copy(self) -> "Shipment":
        """One to try things on."""
        lines = {number: msgspec.structs.replace(line) for number, line in self.lines.items()}
        return msgspec.structs.replace(self, lanes=list(self.lanes), legs=list(self.legs), lines=lines)


class Condition(StrEnum):
    """What was last said of a lane."""

    CLOSED = "closed"
    SLOWED = "slowed"
    OPEN = "open"


class Lane(msgspec.Struct, omit_defaults=True):
    """A lane. ``content`` tells whether it is defined again with the same words; ``said_at``: its last word's time."""

    from_node: str
    to_node: str
    content: str
    condition: Condition | None = None
    said_at: datetime | None = None
    until: datetime | None = None
    extra_hours: int = 0


class State(msgspec.Struct):
    """A stream's state: a lane's, or a shipment's."""

    lane: Lane | None = None
    shipment: Shipment | None = None
