"""What is said about lanes and shipments. Observations happened, at the message's time; requests and commands ask.

Quantities may be told in any unit the part has a conversion for. Of a lane, and of when a shipment is expected, the
word with the latest time counts, in whatever order words come in.
"""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from events.logistics.shapes import Amounts, Damage, Hours, LaneShape, Once, Place, Purpose, ShipmentLine
from events.model import Command, Observation, Request
from events.sealed import Sealed
from events.values import Id, Moment, PartId, Quantity, SiteId, Some, SupplierId, Text

MOST_LINES = 10_000
Lines = Annotated[tuple[ShipmentLine, ...], Field(min_length=1, max_length=MOST_LINES), Once]
SomeLines = Annotated[tuple[Amounts, ...], Field(min_length=1, max_length=MOST_LINES), Once]
Lanes = Annotated[tuple[Id, ...], Field(max_length=100, description="the lanes it goes over, in order")]
Via = Annotated[
    tuple[Place, ...] | None,
    Field(max_length=100, description="the nodes between the first and the last, in order; left out: nobody says"),
]
ShipmentId = Annotated[Id, Field(description="the shipment's number; a transfer's or delivery's own id")]


def lane_stream(lane: str) -> str:
    """The stream of a lane.

    >>> lane_stream("ACME-plant-road")
    'lane/ACME-plant-road'
    """
    return f"lane/{lane}"


def shipment_stream(shipment: str) -> str:
    """The stream of a shipment.

    >>> shipment_stream("S7-1")
    'shipment/S7-1'
    """
    return f"shipment/{shipment}"


class LaneObservation(Observation):
    """Something that happened to a lane, at the message's time."""

    DOMAIN: ClassVar[str] = "logistics"
    lane: Id

    @property
    def stream(self) -> str:
        return lane_stream(self.lane)


class ShipmentRequest(Request):
    """Something asked of a shipment."""

    DOMAIN: ClassVar[str] = "logistics"
    shipment: ShipmentId

    @property
    def stream(self) -> str:
        return shipment_stream(self.shipment)


class ShipmentObservation(Observation):
    """Something that happened to a shipment, at the message's time."""

    DOMAIN: ClassVar[str] = "logistics"
    shipment: ShipmentId

    @property
    def stream(self) -> str:
        return shipment_stream(self.shipment)


class ShipmentCommand(Command):
    """What inventory saw of a shipment's goods: the shipment follows. It names the part, not the line."""

    DOMAIN: ClassVar[str] = "logistics"
    shipment: ShipmentId
    part: PartId

    @property
    def stream(self) -> str:
        return shipment_stream(self.shipment)


class DefineLane(LaneShape, Request):
    """State a lane. Told again, it replaces what was said of the lane; whether it is closed stays."""

    DOMAIN: ClassVar[str] = "logistics"

    @property
    def stream(self) -> str:
        return lane_stream(self.lane)


class PlanShipment(ShipmentRequest):
    """Plan a shipment. The same words again are a repeat; to change it, ask for ``ReplanShipment``."""

    purpose: Purpose
    from_node: Place = Field(description="the place it leaves, such as site/plant")
    to_node: Place | None = Field(default=None, description="where it goes; left out: nobody says where that is")
    lanes: Lanes = ()
    via: Via = None
    lines: Lines
    depart_at: Moment
    arrive_at: Moment
    carrier: Id | None = None


class ReplanShipment(ShipmentRequest):
    """Plan a shipment otherwise; whatever is left out stays.

    Once it has left, only ``arrive_at`` can change, and ``lanes`` and ``via``, which then are the legs that remain.
    """

    lanes: Lanes | None = None
    via: Via = None
    lines: Lines | None = Field(default=None, description="all lines, not only those that change")
    depart_at: Moment | None = None
    arrive_at: Moment | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if all(one is None for one in (self.lanes, self.via, self.lines, self.depart_at, self.arrive_at)):
            raise ValueError("nothing is to be different; say new lanes, lines or times")
        return self


class CancelShipment(ShipmentRequest):
    """Call off a shipment that hasn't left."""

    reason: Text | None = None


class Closed(LaneObservation):
    """Nothing can go over a lane, from the message's time on."""

    until: Moment | None = Field(default=None, description="when it is expected to be open again, if known")
    reason: Text | None = None


class Slowed(LaneObservation):
    """A lane takes longer, from the message's time on. It is open."""

    extra_hours: Hours = Field(description="beyond what it usually takes")
    until: Moment | None = Field(default=None, description="when it is expected to be as usual again, if known")
    reason: Text | None = None


class Reopened(LaneObservation):
    """A lane is as usual again, from the message's time on."""

    reason: Text | None = None


class Tendered(ShipmentObservation):
    """A shipment was offered to a carrier."""

    carrier: Id
    tracking: Id | None = None


class Departed(ShipmentObservation):
    """A shipment left. Where nobody told what was sent, it is taken to be what was planned."""


class LegArrived(ShipmentObservation):
    """A shipment reached a place on its way. Goods that arrive for good are told by ``Arrived`` or ``Delivered``."""

    node: Place = Field(description="the place, such as hub/hamburg")


class Estimated(ShipmentObservation):
    """Somebody says anew when a shipment will be there."""

    expected: Moment


class Delayed(ShipmentObservation):
    """A shipment will be later: then, or by so many hours. One of the two is said."""

    expected: Moment | None = Field(default=None, description="when it is expected now")
    hours: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="how much later than was expected so far"
    )
    reason: Text | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.expected is None) == (self.hours is None):
            raise ValueError("this says neither or both of expected and hours; say one of them")
        return self


class Held(ShipmentObservation):
    """A shipment is held at customs."""

    node: Place | None = Field(default=None, description="where, such as hub/hamburg")
    reason: Text | None = None


class Cleared(ShipmentObservation):
    """A shipment passed customs."""

    node: Place | None = Field(default=None, description="where, such as hub/hamburg")


class Lost(ShipmentObservation):
    """Goods of a shipment are lost on the way."""

    lines: SomeLines | None = Field(default=None, description="left out: all that is in transit")
    reason: Text | None = None


class Arrived(ShipmentObservation):
    """Goods of a shipment are where they were to go."""

    lines: SomeLines | None = Field(default=None, description="left out: all that is in transit")


class Delivered(ShipmentObservation):
    """Goods of a shipment were handed over, some of them perhaps damaged."""

    lines: SomeLines | None = Field(default=None, description="left out: all that wasn't delivered or lost before")
    damaged: Annotated[tuple[Damage, ...], Field(max_length=MOST_LINES), Once] = ()
    proof: Sealed[str] | None = Field(default=None, description="proof of delivery, such as a signature's reference")
    recipient: Sealed[str] | None = Field(default=None, description="who took it")


class Announced(ShipmentObservation):
    """A supplier's shipping notice: what is in a shipment, which left at the message's time unless told otherwise.

    It makes the shipment known, or says what was really sent in a planned one. A later notice replaces an earlier one.
    """

    supplier: SupplierId
    site: SiteId
    lines: Lines
    expected: Moment | None = None
    carrier: Id | None = None
    tracking: Id | None = None


class FollowSent(ShipmentCommand):
    """Goods left our stock for a shipment, which is made known by that if nobody had planned it."""

    purpose: Purpose
    from_site: Id
    to_site: Id | None = None
    quantity: Some
    movement: Id = Field(description="the id of inventory's fact")


class FollowArrival(ShipmentCommand):
    """Goods of a shipment came into our stock; ``short`` is what was found missing beside them."""

    quantity: Quantity
    short: Quantity | None = None


class FollowSendingReversal(ShipmentCommand):
    """Goods didn't leave our stock after all."""

    quantity: Some
    movement: Id = Field(description="the id of inventory's fact that is undone")


class FollowArrivalReversal(ShipmentCommand):
    """Goods didn't come into our stock after all."""

    quantity: Quantity
    short: Quantity | None = None


LogisticsMessage = (
    DefineLane | PlanShipment | ReplanShipment | CancelShipment | Closed | Slowed | Reopened | Tendered | Departed
    | LegArrived | Estimated | Delayed | Held | Cleared | Lost | Arrived | Delivered | Announced | FollowSent
    | FollowArrival | FollowSendingReversal | FollowArrivalReversal
)
