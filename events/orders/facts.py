"""What stands about orders and runs. Each fact carries what its readers need, so that none of them has to join.

Amounts are in the part's base unit, ``unit``; ``told`` is what was said, in the unit it was said in. Always:

    an order's schedule line:   ordered = open + delivered undamaged + called off, unless more was delivered
    a run:                      to build = good + scrapped + still to build, unless more was built
    a run and a component:      issued = built in + returned + scrapped + work in progress
"""

from typing import ClassVar

from pydantic import Field

from events.model import Fact
from events.orders import shapes
from events.orders.shapes import ZERO, Choice, OrderRef, RequirementNumber, RunRequirement, RunState, Trouble
from events.refusing import Refusing
from events.sealed import Sealed
from events.values import Id, LineNumber, Moment, PartId, Share, SiteId, Text, Total, UnitCode


class OrderFact(Fact):
    """Something recorded about a customer's order."""

    DOMAIN: ClassVar[str] = "orders"
    number: Id = Field(description="the order's number")


class OrderPlaced(OrderFact):
    """Parts were ordered of us, in these words. ``OrderAccepted`` or ``OrderRefused`` follows at once."""

    customer: Sealed[str] | None = None
    ship_to: Sealed[str] | None = None
    destination: Id | None = None
    priority: int = 0
    lines: tuple[shapes.OrderLine, ...]
    hold: Text | None = None
    ordered_at: Moment


class OrderAccepted(OrderFact):
    """We will build and deliver it; each line with its as-ordered bill."""

    destination: Id | None = None
    priority: int
    lines: tuple[shapes.AcceptedLine, ...]
    ordered_at: Moment


class RefusalFact(OrderFact, Refusing):
    """Something that was asked isn't done, and why."""

    problems: tuple[Trouble, ...]


class OrderRefused(RefusalFact):
    """An order isn't accepted, and why. It may be placed again."""


class OrderHeld(OrderFact):
    """Nothing of it is to be delivered."""

    reason: Text


class OrderReleased(OrderFact):
    """A hold ended."""

    reason: Text | None = None


class OrderAmended(OrderFact):
    """An order is different from now on. ``lines`` are the new and the changed ones, each whole as it is now.

    An ``OrderLineCancelled`` stands before it for each of ``cancelled``, and for what was withdrawn from a line.
    """

    lines: tuple[shapes.AcceptedLine, ...] = ()
    cancelled: tuple[LineNumber, ...] = Field(default=(), description="lines that were called off")
    priority: int
    destination: Id | None = None
    ship_to: Sealed[str] | None = Field(default=None, description="none: as before")


class AmendmentRefused(RefusalFact):
    """An order stays as it was, and why."""


class OrderLineCancelled(OrderFact):
    """So much of a line's schedules was called off."""

    line: LineNumber
    part: PartId
    unit: UnitCode
    schedules: tuple[shapes.Called, ...]
    reason: Text | None = None


class OrderCancelled(OrderFact):
    """Nothing of it is wanted any more. An ``OrderLineCancelled`` stands before it for each line of which any was."""

    reason: Text | None = None


class CancellationRefused(RefusalFact):
    """Nothing was called off, and why."""


class ScheduleFact(OrderFact):
    """Something about one schedule line."""

    line: LineNumber
    schedule: LineNumber
    part: PartId | None = Field(default=None, description="none: nobody ordered it")
    unit: UnitCode


class OrderLineFrozen(ScheduleFact):
    """A run fixes so much of a schedule line, in all; zero when it doesn't any more: it ended without output."""

    run: Id
    amount: Total
    state: RunState


class OrderLineDelivered(ScheduleFact):
    """So much reached the customer. ``damaged`` of it was, and is to be delivered again."""

    shipment: Id
    amount: Share
    damaged: Total = ZERO


class OrderCompleted(OrderFact):
    """All that was ordered and not called off is delivered."""


class OrderDiscrepancyFound(OrderFact):
    """What was told doesn't fit what is known. ``amount`` is by how much, where there is such a number."""

    kind: shapes.OrderDiscrepancy
    line: LineNumber | None = None
    schedule: LineNumber | None = None
    run: Id | None = None
    shipment: Id | None = None
    amount: Total | None = None
    unit: UnitCode | None = None
    detail: Text


class RunFact(Fact):
    """Something recorded about a run."""

    DOMAIN: ClassVar[str] = "orders"
    run: Id


class BuildFact(RunFact):
    """Something about what a run builds. Amounts are in that part's base unit, ``unit``."""

    part: PartId = Field(description="what is built")
    site: SiteId
    unit: UnitCode
    order: OrderRef | None = Field(default=None, description="none: for stock, or for whoever claims its output")


class RunScheduled(BuildFact):
    """So much of a part is to be built."""

    revision: Id | None = None
    options: tuple[Choice, ...] = ()
    amount: Share
    start: Moment
    due: Moment
    requirements: tuple[RunRequirement, ...] = ()
    location: Id | None = Field(default=None, description="line-side, where its components are taken from")
    origin: Id | None = Field(default=None, description="the run that it was split off from")
    configuration: Id | None = Field(default=None, description="as what a customer chose it is built")


class RunRescheduled(BuildFact):
    """It is to be built at another time. When its components are needed moves as far as its start did."""

    start: Moment
    due: Moment
    was_start: Moment
    was_due: Moment


class RunResized(BuildFact):
    """Another quantity is to be built."""

    amount: Share
    was: Share
    requirements: tuple[RunRequirement, ...]


class RunCancelled(BuildFact):
    """It won't be built."""

    amount: Share
    reason: Text | None = None


class RunRefused(BuildFact, Refusing):
    """Something that was asked isn't done, and why. A run that stood before stays as it was."""

    asked: Id = Field(description="the type of what was asked, e.g. ScheduleRun")
    problems: tuple[Trouble, ...]


class RunFrozen(BuildFact):
    """Its configuration and quantity stay as they are now."""

    amount: Share
    requirements: tuple[RunRequirement, ...]


class WorkFact(BuildFact):
    """Something about work on a run. Told late, it leaves the run in the state that it was in."""

    current: bool = Field(default=True, description="false: told late; something later had been told, or it is over")


class RunStarted(WorkFact):
    """Work on it began. It is frozen by then."""

    concluded: bool = Field(default=False, description="nobody told it yet: something else was told that implies it")


class RunPaused(WorkFact):
    """Work on it stopped for a while."""

    reason: Text | None = None


class RunResumed(WorkFact):
    """Work on it goes on."""


class RunSplit(BuildFact):
    """``amount`` of it is built as run ``into``, with the requirements ``moved``; ``left`` stays to be built here."""

    into: Id
    amount: Share
    left: Share
    requirements: tuple[RunRequirement, ...] = Field(description="those that stay here, all of them")
    moved: tuple[RunRequirement, ...]
    revision: Id | None = None
    options: tuple[Choice, ...] = ()
    start: Moment
    due: Moment
    location: Id | None = None
    state: RunState
    configuration: Id | None = None


class RunSplitRefused(BuildFact, Refusing):
    """What was split off from ``origin`` can't be this run, and goes back. A run that stood before stays as it was."""

    origin: Id
    amount: Share
    moved: tuple[RunRequirement, ...]
    problems: tuple[Trouble, ...]


class RunSplitUndone(BuildFact):
    """What had been split off as ``into`` is built here after all; ``left`` is what is to be built now."""

    into: Id
    amount: Share
    left: Share
    requirements: tuple[RunRequirement, ...] = Field(description="as they are now, all of them")
    state: RunState


class RunOutputReported(BuildFact):
    """So much was built. With ``to_location``, the good ones are put into stock there because of this fact."""

    revision: Id | None = None
    good: Total
    scrapped: Total = ZERO
    scrap_reason: Text | None = None
    lot: Id | None = None
    serials: tuple[Id, ...] = ()
    to_location: Id | None = None
    location: Id | None = Field(default=None, description="where what was used up is taken from")
    backflush: bool = Field(default=False, description="what it used up is taken out of stock by the requirements")
    backflushed: tuple[shapes.Backflushed, ...] = Field(default=(), description="so much, because of this fact")
    report: Id | None = None


class RunCompleted(BuildFact):
    """Nothing more is built. Recorded again, with the new sums, when output is reported after all.

    ``short`` is what was to be built and was neither good nor scrapped.
    """

    good: Total
    scrapped: Total
    short: Total


class RunOutputStored(BuildFact):
    """So much of its output is in stock."""

    amount: Share
    movement: Id = Field(description="the id of the inventory fact")
    lot: Id | None = None
    serial: Id | None = None


class RunOutputUnstored(BuildFact):
    """So much of its output had never been put into stock."""

    amount: Share
    movement: Id = Field(description="the id of the inventory fact that was undone")


class MaterialFact(RunFact):
    """Something about a component of a run, also of one that nobody has scheduled yet."""

    component: Id = Field(description="the component: the part that moved")
    site: SiteId
    unit: UnitCode = Field(description="the component's base unit; every amount here is in it")
    amount: Share
    movement: Id | None = Field(default=None, description="the id of the inventory fact, if it was one")
    n: RequirementNumber | None = Field(default=None, description="the requirement it is for; none: not required")
    revision: Id | None = None
    lot: Id | None = None
    serial: Id | None = None
    order: OrderRef | None = None


class RunMaterialIssued(MaterialFact):
    """Material was handed to the run."""

    backflush: bool = Field(default=False, description="because output was reported that used it up")


class RunMaterialReturned(MaterialFact):
    """The run gave material back."""


class RunMaterialScrapped(MaterialFact):
    """Material was thrown away in the run."""

    drawn: bool = Field(default=False, description="straight out of stock: it counts as issued too")
    reason: Text | None = None


class RunMaterialReversed(MaterialFact):
    """A movement of material never happened."""

    undone: Id = Field(description="the type of the inventory fact that was undone, e.g. StockIssued")
    backflush: bool = Field(default=False, description="it had been taken because output was reported")


class RunDeviated(RunFact):
    """Instead of requirement ``n``'s part, so much of another one is used. ``numerator / denominator`` of its units do
    the work of one of the required part's; none when nobody knows. ``builds`` is built as ``configuration`` now."""

    n: RequirementNumber
    required: PartId | None = Field(default=None, description="the requirement's part")
    part: PartId = Field(description="what is used instead")
    site: SiteId
    unit: UnitCode = Field(description="the base unit of what is used instead")
    amount: Share
    numerator: int | None = None
    denominator: int | None = None
    approver: Sealed[str] | None = None
    reason: Text | None = None
    after_freeze: bool
    order: OrderRef | None = None
    builds: PartId | None = None
    configuration: Id | None = None


class RunDiscrepancyFound(RunFact):
    """What was told doesn't fit what is known. ``amount`` is by how much, where there is such a number."""

    kind: shapes.RunDiscrepancy
    part: PartId | None = Field(default=None, description="the part that doesn't fit")
    amount: Total | None = None
    unit: UnitCode | None = None
    movement: Id | None = None
    order: OrderRef | None = None
    detail: Text


OrdersFact = (
    OrderPlaced | OrderAccepted | OrderRefused | OrderHeld | OrderReleased | OrderAmended | AmendmentRefused
    | OrderLineCancelled | OrderCancelled | CancellationRefused | OrderLineFrozen | OrderLineDelivered | OrderCompleted
    | OrderDiscrepancyFound | RunScheduled | RunRescheduled | RunResized | RunCancelled | RunRefused | RunFrozen
    | RunStarted | RunPaused | RunResumed | RunSplit | RunSplitRefused | RunSplitUndone | RunOutputReported
    | RunCompleted | RunOutputStored | RunOutputUnstored | RunMaterialIssued | RunMaterialReturned | RunMaterialScrapped
    | RunMaterialReversed | RunDeviated | RunDiscrepancyFound
)
