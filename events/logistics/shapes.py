"""What lanes and shipments are made of. Messages tell quantities in any unit; facts keep them in the part's base unit.

A node of the network is ``site/PLANT``, ``supplier/ACME``, ``zone/NORTH`` (a region of customers: it says nothing of a
person) or ``hub/HAMBURG`` (a port, a depot, whatever else lies on the way).
"""

from datetime import time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from events.model import Model
from events.orders.shapes import OrderRef
from events.values import (
    CurrencyCode,
    Id,
    Line,
    LineNumber,
    NotNegative,
    PartId,
    Positive,
    Quantity,
    Share,
    Some,
    Sum,
    Text,
    Total,
    UnitCode,
)

ZERO: Final = Decimal(0)
UNPLANNED: Final = 900_000_000
"""Lines that goods were found on, and that nobody had planned or announced, are numbered from here on."""

Place = Annotated[
    str, StringConstraints(min_length=1, max_length=140, pattern=r"^[!-?A-~](?:[ -?A-~]*[!-?A-~])?$")
]
"""A node as others than a lane's definition name it; long enough for the longest id with its kind."""
Node = Annotated[
    str,
    StringConstraints(max_length=140, pattern=r"^(?:site|supplier|zone|hub)/[!-?A-~](?:[ -?A-~]*[!-?A-~])?$"),
    Field(description="a place: site/ID, supplier/ID, zone/ID or hub/ID", examples=["site/plant"]),
]
Hours = Annotated[int, Field(ge=0, le=100_000)]


def site_node(site: str) -> str:
    """One of our sites as a node.

    >>> site_node("plant")
    'site/plant'
    """
    return f"site/{site}"


def supplier_node(supplier: str) -> str:
    """A supplier as a node."""
    return f"supplier/{supplier}"


class Mode(StrEnum):
    """How goods go."""

    ROAD = "road"
    RAIL = "rail"
    SEA = "sea"
    AIR = "air"
    COURIER = "courier"


class Purpose(StrEnum):
    """What a shipment is for: from a supplier, between our sites, or to a customer."""

    INBOUND = "inbound"
    TRANSFER = "transfer"
    DELIVERY = "delivery"


class Transit(Model):
    """How long a lane takes, in hours from departure to arrival."""

    least: Hours
    usual: Hours
    most: Hours

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.least <= self.usual <= self.most:
            raise ValueError("these hours aren't in order; least, usual and most, each at least the one before")
        return self


class LaneCost(Model):
    """What a shipment over a lane costs: so much each time, and for each kilogram and each base unit."""

    currency: CurrencyCode
    fixed: NotNegative = ZERO
    per_kg: NotNegative = ZERO
    per_unit: NotNegative = ZERO


class Capacity(Model):
    """How much a lane takes on one working day: kilograms, or pieces or pallets."""

    quantity: Some


class LaneShape(Model):
    """A way goods can go, in one direction. Told again, it replaces all that was said of the lane."""

    lane: Id
    from_node: Node
    to_node: Node
    mode: Mode
    distance_km: NotNegative | None = None
    transit: Transit
    cost: LaneCost | None = Field(default=None, description="left out: nobody knows; 0 would be free")
    capacity: Capacity | None = Field(default=None, description="left out: as much as there is")
    calendar: Id | None = Field(
        default=None, description="a catalogue calendar of the days it departs on; left out: every day"
    )
    cutoff: time | None = Field(
        default=None,
        description="what is ready later goes on the next such day; on the clock of the site it leaves, "
        "or else of the one it goes to",
    )
    active: bool = True

    @field_validator("cutoff")
    @classmethod
    def _wall_clock(cls, told: time | None) -> time | None:
        if told is not None and told.tzinfo is not None:
            raise ValueError('a cut-off is in the place\'s own time; leave the offset away, like "14:00"')
        return told

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.from_node == self.to_node:
            raise ValueError("to_node: a lane can't end where it begins; name two places")
        return self


def _once(entries: tuple[Any, ...]) -> tuple[Any, ...]:
    """Each line number in one entry."""
    seen: set[int] = set()
    for entry in entries:
        if entry.line in seen:
            raise ValueError(f"line {entry.line} is there twice; say everything about a line in one entry")
        seen.add(entry.line)
    return entries


Once: Final = AfterValidator(_once)


class ShipmentLine(Model):
    """Goods of one kind in a shipment."""

    line: LineNumber
    part: PartId
    quantity: Some
    revision: Id | None = None
    lot: Id | None = None
    order: OrderRef | None = Field(default=None, description="the customer's order line that this delivers")
    purchase: Line | None = Field(default=None, description="the purchase order line that this fulfils")


class Amounts(Model):
    """How much of a line."""

    line: LineNumber
    amount: Positive
    unit: UnitCode | None = Field(default=None, description="left out: the part's base unit")


class Damage(Model):
    """How much of a line is damaged."""

    line: LineNumber
    amount: Positive
    unit: UnitCode | None = Field(default=None, description="left out: the part's base unit")
    reason: Text | None = None


class CarriedLine(Model):
    """What is planned on one line."""

    line: LineNumber
    part: PartId
    unit: UnitCode = Field(description="the part's base unit")
    amount: Share
    told: Quantity | None = Field(default=None, description="what was asked for, when in another unit")
    revision: Id | None = None
    lot: Id | None = None
    order: OrderRef | None = None
    purchase: Line | None = None
    was: LineNumber | None = Field(
        default=None, description="the number it had before it was planned, when goods had been found first"
    )


class Moved(Model):
    """What a fact tells of one line, ``amount``, and how that moves the line's account, signed.

    ``sent`` = in transit + ``arrived`` + ``lost``, before and after every fact.
    """

    line: LineNumber
    part: PartId
    unit: UnitCode = Field(description="the part's base unit")
    amount: Total = Field(description="what was told")
    told: Quantity | None = Field(default=None, description="the same as it was said, when in another unit")
    short: Total = Field(default=ZERO, description="what the receiver found missing, beside ``amount``")
    damaged: Total = Field(default=ZERO, description="how much of ``amount`` is damaged")
    sent: Sum = Field(default=ZERO, description="change of what was sent")
    arrived: Sum = Field(default=ZERO, description="change of what has arrived")
    lost: Sum = Field(default=ZERO, description="change of what is lost")
    revision: Id | None = None
    lot: Id | None = None
    order: OrderRef | None = None
    purchase: Line | None = None

    @property
    def in_transit(self) -> Decimal:
        """The change of what is in transit."""
        return self.sent - self.arrived - self.lost


class Damaged(Model):
    """How much of a delivered line is damaged, in its base unit."""

    line: LineNumber
    amount: Share
    reason: Text | None = None


class Trouble(Model):
    """One reason for a refusal."""

    field: Text
    problem: Text
    remedy: Text


class Discrepancy(StrEnum):
    """What doesn't fit. Everything else was recorded as told.

    A line isn't in the shipment (``unknown_line``) or holds another part (``wrong_part``); goods are sent from or to
    another place than planned (``wrong_place``), or pass a node that isn't on the route (``off_route``). More or less
    was sent than planned (``sent_more_than_planned``, ``sent_less_than_planned``). More arrived or was delivered than
    was known to be sent (``arrived_more_than_sent``, ``delivered_more_than_sent``), more was damaged than delivered
    (``damaged_more_than_delivered``), more lost than was in transit (``lost_more_than_in_transit``); something lost
    arrived after all (``lost_but_arrived``). Nothing was left that it could be about (``nothing_in_transit``). It
    happened before anybody told of a departure (``before_departure``), to a shipment that was called off
    (``cancelled``) or that nobody had planned (``unplanned``). The same was told with other content
    (``told_twice_differently``). More was taken back than had been told (``reversed_more_than_told``).
    """

    UNKNOWN_LINE = "unknown_line"
    WRONG_PART = "wrong_part"
    WRONG_PLACE = "wrong_place"
    OFF_ROUTE = "off_route"
    SENT_MORE = "sent_more_than_planned"
    SENT_LESS = "sent_less_than_planned"
    ARRIVED_MORE = "arrived_more_than_sent"
    DELIVERED_MORE = "delivered_more_than_sent"
    DAMAGED_MORE = "damaged_more_than_delivered"
    LOST_MORE = "lost_more_than_in_transit"
    LOST_ARRIVED = "lost_but_arrived"
    NOTHING = "nothing_in_transit"
    BEFORE_DEPARTURE = "before_departure"
    CANCELLED = "cancelled"
    UNPLANNED = "unplanned"
    TOLD_TWICE = "told_twice_differently"
    REVERSED_MORE = "reversed_more_than_told"
