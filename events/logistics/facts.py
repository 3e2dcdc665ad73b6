"""What stands about lanes and shipments.

Amounts are in each part's base unit. Of each line of a shipment, after every fact and exactly:

    sent = in transit + arrived + lost

Each fact that moves these says by how much (``Moved``), so its readers only add. ``expected`` is when the shipment is
expected after the fact, by the latest word on that; ``current`` is false where a later word had been told before.
"""

from typing import ClassVar

from pydantic import Field

from events.logistics.shapes import CarriedLine, Damaged, Discrepancy, Hours, LaneShape, Moved, Place, Purpose, Trouble
from events.model import Fact
from events.refusing import Refusing
from events.sealed import Sealed
from events.values import Day, Id, LineNumber, Moment, PartId, SiteId, SupplierId, Text, Total, UnitCode


class LaneFact(Fact):
    """Something recorded about a lane."""

    DOMAIN: ClassVar[str] = "logistics"
    lane: Id
    from_node: Place
    to_node: Place


class LaneDefined(LaneShape, LaneFact):
    """A lane is there, and this is all that is said of it. Whether it is closed or slowed stays."""


class LaneStateFact(LaneFact):
    """Whether a lane can be used, and how fast, from a time on."""

    since: Moment
    current: bool = Field(default=True, description="false: a later word had been told before; it stays")
    reason: Text | None = None


class LaneClosed(LaneStateFact):
    """Nothing can go over a lane."""

    until: Moment | None = Field(default=None, description="when it is expected to be open again")


class LaneSlowed(LaneStateFact):
    """A lane takes longer. It is open."""

    extra_hours: Hours
    until: Moment | None = Field(default=None, description="when it is expected to be as usual again")


class LaneReopened(LaneStateFact):
    """A lane is as usual."""


class ShipmentFact(Fact):
    """Something recorded about a shipment."""

    DOMAIN: ClassVar[str] = "logistics"
    shipment: Id
    purpose: Purpose
    from_node: Place
    to_node: Place | None = Field(default=None, description="none: nobody said where it goes")
    expected: Moment | None = Field(default=None, description="when it is expected after this fact, if known")


class PlannedFact(ShipmentFact):
    """The whole plan of a shipment as it is now."""

    lanes: tuple[Id, ...] = ()
    via: tuple[Place, ...] | None = Field(default=None, description="the nodes between; none: nobody said")
    lines: tuple[CarriedLine, ...]
    depart_at: Moment
    arrive_at: Moment
    carrier: Id | None = None
    told_at: Moment = Field(description="when it was planned so")


class ShipmentPlanned(PlannedFact):
    """A shipment is planned."""


class ShipmentReplanned(PlannedFact):
    """A shipment is planned otherwise. Once it has left, ``lanes`` and ``via`` are the legs that remain."""

    was_depart_at: Moment
    was_arrive_at: Moment


class ShipmentRefused(ShipmentFact, Refusing):
    """What was asked of a shipment isn't done, and why."""

    asked: Id = Field(description="the type of what was asked, e.g. CancelShipment")
    problems: tuple[Trouble, ...]


class ShipmentCancelled(ShipmentFact):
    """A shipment that hadn't left won't leave."""

    reason: Text | None = None


class ShipmentTendered(ShipmentFact):
    """A shipment was offered to a carrier."""

    carrier: Id
    tracking: Id | None = None
    told_at: Moment
    current: bool = Field(default=True, description="false: a later word had been told before; it stays")


class ShipmentDeparted(ShipmentFact):
    """A shipment left."""

    departed_at: Moment


class ShipmentLegArrived(ShipmentFact):
    """A shipment reached a place on its way."""

    node: Place
    reached_at: Moment
    current: bool = Field(default=True, description="false: it had been told of a later place before")


class ShipmentEstimated(ShipmentFact):
    """Somebody said anew when a shipment will be there."""

    estimate: Moment
    was: Moment | None = Field(default=None, description="when it had been expected")
    told_at: Moment
    current: bool = Field(default=True, description="false: a later word had been told before; it stays")


class ShipmentDelayed(ShipmentFact):
    """A shipment will be later."""

    until: Moment | None = Field(default=None, description="when it comes by that; none: nobody had said when")
    hours: int | None = Field(default=None, description="the delay, where it was told in hours")
    was: Moment | None = Field(default=None, description="when it had been expected")
    told_at: Moment
    current: bool = Field(default=True, description="false: a later word had been told before; it stays")
    reason: Text | None = None


class ShipmentHeld(ShipmentFact):
    """A shipment is held at customs."""

    node: Place | None = None
    since: Moment
    current: bool = Field(default=True, description="false: a later word had been told before; it stays")
    reason: Text | None = None


class ShipmentCleared(ShipmentFact):
    """A shipment passed customs."""

    node: Place | None = None
    since: Moment
    current: bool = Field(default=True, description="false: a later word had been told before; it stays")


class MovingFact(ShipmentFact):
    """Something that moves the accounts of a shipment's lines. It makes lines known that weren't."""

    lines: tuple[Moved, ...]


class ShipmentAnnounced(MovingFact):
    """A supplier told what is in a shipment. A line that an earlier notice had and this one hasn't has amount 0."""

    supplier: SupplierId
    site: SiteId
    carrier: Id | None = None
    tracking: Id | None = None
    arrives_at: Moment | None = Field(default=None, description="when the notice says it will be there")
    arrives_on: Day | None = Field(default=None, description="that day, by the site's calendar")
    told_at: Moment
    current: bool = Field(default=True, description="false: a later notice had been told before; it stays")


class ShipmentSent(MovingFact):
    """Goods left. ``presumed``: nobody said how much, so it is what was planned, until somebody does."""

    movement: Id | None = Field(default=None, description="inventory's fact, if it told of them")
    site: Id | None = Field(default=None, description="the site they left, if inventory told of them")
    presumed: bool = False


class ShipmentSendingReversed(MovingFact):
    """Goods hadn't left after all."""

    movement: Id = Field(description="inventory's fact that is undone")


class ShipmentLost(MovingFact):
    """Goods are lost on the way."""

    reason: Text | None = None


class ShipmentArrived(MovingFact):
    """Goods are where they were to go. Carrier and warehouse tell of the same goods: the higher of two sums counts."""

    stored: bool = Field(default=False, description="the warehouse told it, when it took them in")


class ShipmentArrivalReversed(MovingFact):
    """Goods hadn't come into our stock after all."""


class ShipmentDelivered(MovingFact):
    """Goods were handed over."""

    damaged: tuple[Damaged, ...] = ()
    proof: Sealed[str] | None = None
    recipient: Sealed[str] | None = None


class ShipmentDiscrepancyFound(ShipmentFact):
    """What was told doesn't fit what is known. ``amount`` is by how much, where there is such a number."""

    kind: Discrepancy
    line: LineNumber | None = None
    part: PartId | None = None
    unit: UnitCode | None = None
    amount: Total | None = None
    node: Place | None = None
    detail: Text


LogisticsFact = (
    LaneDefined | LaneClosed | LaneSlowed | LaneReopened | ShipmentPlanned | ShipmentReplanned | ShipmentRefused
    | ShipmentCancelled | ShipmentTendered | ShipmentDeparted | ShipmentLegArrived | ShipmentEstimated | ShipmentDelayed
    | ShipmentHeld | ShipmentCleared | ShipmentAnnounced | ShipmentSent | ShipmentSendingReversed | ShipmentLost
    | ShipmentArrived | ShipmentArrivalReversed | ShipmentDelivered | ShipmentDiscrepancyFound
)
