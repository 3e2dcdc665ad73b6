"""What is said about orders and runs. Observations happened; requests and commands ask.

A message's time is when it happened: an order is placed at its message's time. Quantities may be told in any unit
the part has a conversion for. What a manufacturing execution system sends may come out of order, twice, or late.
"""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from events.model import Command, Observation, Request
from events.orders.shapes import (
    Choice,
    LineAmendment,
    OrderLine,
    OrderRef,
    Priority,
    RequirementNumber,
    RunRequirement,
    RunState,
)
from events.sealed import Sealed
from events.values import Id, LineNumber, LocationId, Moment, PartId, Quantity, SiteId, Some, Text


def order_stream(number: str) -> str:
    """The stream of an order.

    >>> order_stream("4711")
    'order/4711'
    """
    return f"order/{number}"


def run_stream(run: str) -> str:
    """The stream of a run.

    >>> run_stream("R7-1")
    'run/R7-1'
    """
    return f"run/{run}"


class OrderRequest(Request):
    """Something asked of a customer's order."""

    DOMAIN: ClassVar[str] = "orders"
    number: Id = Field(description="the order's number")

    @property
    def stream(self) -> str:
        return order_stream(self.number)


class OrderCommand(Command):
    """What happened to what was ordered: the order follows."""

    DOMAIN: ClassVar[str] = "orders"
    number: Id = Field(description="the order's number")
    line: LineNumber
    schedule: LineNumber

    @property
    def stream(self) -> str:
        return order_stream(self.number)


class RunRequest(Request):
    """Something asked of a run."""

    DOMAIN: ClassVar[str] = "orders"
    run: Id

    @property
    def stream(self) -> str:
        return run_stream(self.run)


class RunObservation(Observation):
    """Something that happened to a run, as the shop floor tells it."""

    DOMAIN: ClassVar[str] = "orders"
    run: Id

    @property
    def stream(self) -> str:
        return run_stream(self.run)


class RunCommand(Command):
    """What our own services and the planner ask of a run, or tell it."""

    DOMAIN: ClassVar[str] = "orders"
    run: Id

    @property
    def stream(self) -> str:
        return run_stream(self.run)


class MaterialCommand(RunCommand):
    """Inventory saw material of a run move: the run follows. ``quantity`` is in the moved part's base unit."""

    part: PartId = Field(description="the part that moved")
    site: SiteId
    quantity: Some
    movement: Id = Field(description="the id of the fact that it moved by")
    revision: Id | None = None
    lot: Id | None = None
    serial: Id | None = None


class PlaceOrder(OrderRequest):
    """Order parts of us, built as chosen. It is placed at the message's time."""

    customer: Sealed[str] | None = None
    ship_to: Sealed[str] | None = None
    destination: Id | None = Field(default=None, description="where it goes, a node of the network, e.g. zone/NORTH")
    priority: Priority = 0
    lines: tuple[OrderLine, ...] = Field(min_length=1, max_length=10_000)
    hold: Text | None = Field(default=None, description="it is on hold from the start, and why")


class AmendOrder(OrderRequest):
    """Add lines, change some or call them off. It is done whole or not at all."""

    add: tuple[OrderLine, ...] = Field(default=(), max_length=10_000)
    change: tuple[LineAmendment, ...] = Field(default=(), max_length=10_000)
    cancel: tuple[LineNumber, ...] = Field(default=(), max_length=10_000, description="lines to be called off")
    priority: Priority | None = Field(default=None, description="for all lines without one of their own")
    destination: Id | None = None
    ship_to: Sealed[str] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        told = (self.priority, self.destination, self.ship_to)
        if not (self.add or self.change or self.cancel) and told == (None, None, None):
            raise ValueError("nothing is to be different; add, change or cancel a line, or say what else changes")
        return self


class CancelOrder(OrderRequest):
    """Call off what isn't delivered. What is frozen is built all the same, and is then free."""

    lines: tuple[LineNumber, ...] | None = Field(
        default=None, min_length=1, max_length=10_000, description="left out: the whole order"
    )
    reason: Text | None = None


class HoldOrder(OrderRequest):
    """Nothing of it is to be delivered until it is released."""

    reason: Text


class ReleaseOrder(OrderRequest):
    """A hold ends."""

    reason: Text | None = None


class FollowRun(OrderCommand):
    """A run for a schedule line is in this state. ``quantity`` is what it builds; completed, what it built well."""

    run: Id
    state: RunState
    quantity: Quantity


class FollowDelivery(OrderCommand):
    """So much of a schedule line reached the customer; ``damaged`` of it doesn't count as delivered."""

    shipment: Id
    quantity: Some
    damaged: Quantity | None = None
    part: PartId | None = None


class ScheduleRun(RunRequest):
    """Build so much of a part at a site, from ``start`` to ``due``."""

    part: PartId = Field(description="what is built")
    revision: Id | None = None
    options: tuple[Choice, ...] = Field(default=(), max_length=1000)
    quantity: Some
    site: SiteId
    start: Moment
    due: Moment
    order: OrderRef | None = Field(default=None, description="left out: for stock, or for whoever claims its output")
    requirements: tuple[RunRequirement, ...] | None = Field(
        default=None, max_length=10_000, description="left out: by the bill that holds when it starts"
    )
    location: LocationId | None = Field(default=None, description="line-side, where its components are taken from")
    configuration: Id | None = Field(
        default=None, description="as what a customer chose it is built; left out: by its options, if there are any"
    )


class RescheduleRun(RunRequest):
    """Build it at another time. When its components are needed moves with its start."""

    start: Moment
    due: Moment


class ResizeRun(RunRequest):
    """Build another quantity. Only until it is frozen."""

    quantity: Some
    requirements: tuple[RunRequirement, ...] | None = Field(
        default=None, max_length=10_000, description="left out: those it has, in proportion"
    )


class CancelRun(RunRequest):
    """Don't build it. Only until it is frozen."""

    reason: Text | None = None


class FreezeRun(RunRequest):
    """From now on its configuration and quantity stay."""


class SplitRun(RunRequest):
    """Build so much of what it hasn't built yet as a run of its own."""

    into: Id = Field(description="the new run's id")
    quantity: Some


class Started(RunObservation):
    """Work on it began."""


class Paused(RunObservation):
    """Work on it stopped for a while."""

    reason: Text | None = None


class Resumed(RunObservation):
    """Work on it goes on."""


class OutputReported(RunObservation):
    """So much was built since the last report."""

    good: Quantity
    scrapped: Quantity | None = Field(default=None, description="built too, and thrown away")
    scrap_reason: Text | None = None
    lot: Id | None = None
    serials: tuple[Id, ...] = Field(default=(), max_length=10_000, description="of the good ones")
    backflush: bool = Field(default=False, description="take what this used up out of stock, by the run's requirements")
    to_location: Id | None = Field(
        default=None, description="the good ones are in stock there now; left out: the warehouse will tell"
    )
    location: LocationId | None = Field(default=None, description="where what is used up is taken from")
    report: Id | None = Field(default=None, description="its own number; told twice, it is one report")


class Completed(RunObservation):
    """Nothing more is built. What is missing won't come."""


class Substituted(RunObservation):
    """Instead of a requirement's part, so much of another one is used."""

    requirement: RequirementNumber
    part: PartId = Field(description="what is used instead")
    quantity: Some = Field(description="of what is used instead")
    approver: Sealed[str] | None = None
    reason: Text | None = None


class ComponentScrapped(RunObservation):
    """Material that had been issued to the run was thrown away there."""

    part: PartId
    quantity: Some
    reason: Text | None = None


class FollowIssue(MaterialCommand):
    """Material was handed to the run."""

    requirement: int | None = Field(default=None, description="the one it was backflushed for; none: it was issued")


class FollowReturn(MaterialCommand):
    """The run gave material back."""


class FollowScrap(MaterialCommand):
    """Stock was thrown away in the run: it counts as issued to it, and scrapped."""


class FollowOutput(MaterialCommand):
    """The run's output was put into stock."""


class FollowReversal(RunCommand):
    """A movement of the run's material or output was a mistake: it didn't happen."""

    undone: Id = Field(description="the type of the fact that is undone, e.g. StockIssued")
    movement: Id = Field(description="that fact's id")
    part: PartId = Field(description="the part that hadn't moved")
    site: SiteId
    quantity: Some


class SplitOff(RunCommand):
    """Become what was split off from another run."""

    origin: Id = Field(description="the run it was split off from")
    part: PartId = Field(description="what is built")
    revision: Id | None = None
    options: tuple[Choice, ...] = ()
    quantity: Some
    site: SiteId
    start: Moment
    due: Moment
    order: OrderRef | None = None
    requirements: tuple[RunRequirement, ...]
    location: Id | None = None
    frozen: bool
    configuration: Id | None = None


class UndoSplit(RunCommand):
    """What was split off can't be a run under that id: take it back."""

    into: Id = Field(description="the id it was to have")
    quantity: Some
    requirements: tuple[RunRequirement, ...] = Field(description="those that had gone with it")


OrdersMessage = (
    PlaceOrder | AmendOrder | CancelOrder | HoldOrder | ReleaseOrder | FollowRun | FollowDelivery | ScheduleRun
    | RescheduleRun | ResizeRun | CancelRun | FreezeRun | SplitRun | Started | Paused | Resumed | OutputReported
    | Completed | Substituted | ComponentScrapped | FollowIssue | FollowReturn | FollowScrap | FollowOutput
    | FollowReversal | SplitOff | UndoSplit
)
