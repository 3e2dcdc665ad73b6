"""What the planner decided is to be built and to be moved: runs, transfers between our sites, deliveries."""

from typing import ClassVar

from pydantic import Field

from events.model import Fact
from events.orders.shapes import Choice, OrderRef, RunRequirement
from events.planning.shapes import (
    DecisionStatus,
)
from events.values import (
    Id,
    Moment,
    PartId,
    Share,
    SiteId,
    Sum,
    Text,
    UnitCode,
)


class PlannedFact(Fact):
    """Something that planning recorded."""

    DOMAIN: ClassVar[str] = "planning"
    STREAM: ClassVar[str]
    """The name of its stream, its fields in braces."""


class RunFact(PlannedFact):
    """Something decided about a run of ours."""

    STREAM: ClassVar[str] = "run/{run}"
    run: Id
    part: PartId
    site: SiteId
    unit: UnitCode
    order: OrderRef | None = Field(default=None, description="none: for whoever claims its output")


class RunPlanned(RunFact):
    """A run is to be scheduled, with these requirements."""

    decision: Id
    revision: Id | None = None
    options: tuple[Choice, ...] = ()
    amount: Share
    start: Moment
    due: Moment
    requirements: tuple[RunRequirement, ...]
    priority: int = Field(default=0, description="of what it is built for; its components have the same")
    status: DecisionStatus = DecisionStatus.DECIDED
    configuration: Id | None = Field(
        default=None, description="of the order's line that it is built for; none: it is nobody's choice, or it is "
        "personalised and like no other",
    )


class RunReplanned(RunFact):
    """A run is to be at another time."""

    start: Moment
    due: Moment
    was_start: Moment
    was_due: Moment
    because: tuple[Id, ...] = ()


class RunResizePlanned(RunFact):
    """A run that isn't frozen is to build another quantity."""

    amount: Share
    was: Share
    requirements: tuple[RunRequirement, ...]
    because: tuple[Id, ...] = ()


class RunWithdrawn(RunFact):
    """A run that isn't frozen isn't needed any more."""

    reason: Text
    because: tuple[Id, ...] = ()


class FreezeDecided(RunFact):
    """A run comes too close to its start to be changed."""


class TransferFact(PlannedFact):
    """Something decided about stock that is to go from one of our sites to another."""

    STREAM: ClassVar[str] = "transfer/{transfer}"
    transfer: Id
    part: PartId
    unit: UnitCode
    from_site: Id
    to_site: Id


class TransferPlanned(TransferFact):
    """Stock is to go to another site. While it is only proposed, nothing is sent."""

    decision: Id
    priority: int = Field(default=0, description="of what it is sent for")
    amount: Share
    lanes: tuple[Id, ...] = ()
    depart_at: Moment
    arrive_at: Moment
    cost: Sum | None = Field(default=None, description="in the policy's currency")
    status: DecisionStatus = DecisionStatus.DECIDED
    because: tuple[Id, ...] = ()
    configuration: Id | None = Field(default=None, description="as what it was built; left out: like any other")


class TransferReplanned(TransferFact):
    """It is to go at another time, or another way."""

    amount: Share
    lanes: tuple[Id, ...] = ()
    depart_at: Moment
    arrive_at: Moment
    because: tuple[Id, ...] = ()


class TransferWithdrawn(TransferFact):
    """It isn't needed any more and hasn't left."""

    reason: Text


class DeliveryFact(PlannedFact):
    """Something decided about finished goods on their way to a customer."""

    STREAM: ClassVar[str] = "delivery/{delivery}"
    delivery: Id
    order: OrderRef
    part: PartId
    unit: UnitCode
    site: SiteId


class DeliveryPlanned(DeliveryFact):
    """Finished goods are to be sent."""

    amount: Share
    destination: Id | None = None
    lanes: tuple[Id, ...] = ()
    depart_at: Moment
    arrive_at: Moment
    because: tuple[Id, ...] = ()


class DeliveryReplanned(DeliveryFact):
    """They are to be sent at another time, or another way."""

    amount: Share
    lanes: tuple[Id, ...] = ()
    depart_at: Moment
    arrive_at: Moment
    because: tuple[Id, ...] = ()


class DeliveryWithdrawn(DeliveryFact):
    """They aren't to be sent after all, and haven't left."""

    reason: Text
