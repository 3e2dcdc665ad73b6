"""What orders and runs are made of: lines and their schedules, the as-ordered bill, a run's requirements."""

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from events.model import Model
from events.sealed import Sealed
from events.values import (
    Day,
    Id,
    LineNumber,
    Moment,
    PartId,
    Quantity,
    Share,
    SiteId,
    Some,
    Text,
    UnitCode,
)

ZERO: Final = Decimal(0)
Priority = Annotated[int, Field(ge=-1000, le=1000, description="the higher is served first")]
RequirementNumber = Annotated[int, Field(ge=1, le=999_999_999, description="the number of one of a run's needs")]


class Choice(Model):
    """What a customer chose: of this option of the part, this choice."""

    option: Id
    choice: Id


class OrderRef(Model):
    """A schedule line of an order: what a run or a delivery is for."""

    number: Id = Field(description="the order's number")
    line: LineNumber
    schedule: LineNumber


class ScheduleLine(Model):
    """So much of a line, wanted on that day."""

    schedule: LineNumber
    quantity: Some
    wanted: Day = Field(description="the day the customer wants it, by the site's calendar")


class OrderLine(Model):
    """What is ordered on one line."""

    line: LineNumber
    part: PartId
    revision: Id | None = Field(default=None, description="left out: the one to build when it is ordered")
    options: tuple[Choice, ...] = Field(default=(), max_length=1000)
    schedules: tuple[ScheduleLine, ...] = Field(min_length=1, max_length=1000)
    site: Id | None = Field(default=None, description="the plant that builds and ships it; left out: the only one")
    priority: Priority | None = Field(default=None, description="left out: the order's")
    personalisation: Sealed[str] | None = Field(default=None, description="what makes it this customer's own")


class LineAmendment(Model):
    """What is to be different on a line; whatever is left out stays as it is."""

    line: LineNumber
    options: tuple[Choice, ...] | None = Field(default=None, max_length=1000, description="all of the line's choices")
    schedules: tuple[ScheduleLine, ...] = Field(
        default=(), max_length=1000, description="those to be added or to be different, with their whole quantity"
    )
    withdraw: tuple[LineNumber, ...] = Field(default=(), max_length=1000, description="schedules to be called off")
    site: Id | None = Field(default=None, description="the plant that builds and ships it")
    priority: Priority | None = None
    personalisation: Sealed[str] | None = None


class Component(Model):
    """One line of an as-ordered bill, in the order of a drawing: each right above what it is built of.

    ``numerator / denominator`` base units go into one base unit of the parent, exactly, scrap included.
    """

    n: int = Field(ge=1, description="its number in the bill")
    parent: int = Field(ge=0, description="the number of what it goes into; 0: the ordered part itself")
    level: int = Field(ge=1, description="1 is right below the ordered part")
    part: PartId
    revision: Id | None = None
    numerator: int = Field(ge=1)
    denominator: int = Field(ge=1)
    phantom: bool = Field(description="never built by itself: what it is made of goes straight into its parent")
    leaf: bool = Field(description="nothing is below it: it is bought, or kept without a bill")


class AcceptedSchedule(Model):
    """So much of a line, wanted on that day: all that is ordered, less what was called off."""

    schedule: LineNumber
    amount: Share = Field(description="in the part's base unit")
    told: Quantity | None = Field(default=None, description="what was ordered, when in another unit")
    wanted: Day


class AcceptedLine(Model):
    """A line as it stands, with its as-ordered bill.

    ``configuration`` is the bill's content address: two lines with the same one are built alike.
    """

    line: LineNumber
    part: PartId
    unit: UnitCode = Field(description="the part's base unit; every amount here is in it")
    revision: Id | None = None
    options: tuple[Choice, ...] = ()
    site: SiteId
    priority: int
    own_priority: bool = Field(default=False, description="said for this line: it doesn't follow the order's")
    schedules: tuple[AcceptedSchedule, ...]
    configuration: Id
    components: tuple[Component, ...] = Field(default=(), description="none: it is bought as it is")
    personalisation: Sealed[str] | None = None


class Called(Model):
    """So much of a schedule was called off."""

    schedule: LineNumber
    amount: Share


class RunRequirement(Model):
    """What a run needs of one component: ``numerator / denominator`` for each unit it builds, exactly, and in all
    ``amount``, rounded up to the part's places once. All of it in the component's base unit, ``unit``."""

    n: RequirementNumber
    part: PartId
    revision: Id | None = None
    amount: Share
    numerator: int = Field(ge=1)
    denominator: int = Field(ge=1)
    unit: UnitCode
    needed_by: Moment | None = Field(default=None, description="left out: when the run starts")


class Backflushed(Model):
    """So much of a component was used up by what was reported as built, and is taken out of stock for it."""

    n: RequirementNumber
    part: PartId = Field(description="the requirement's own, or what was used instead")
    amount: Share
    unit: UnitCode


class RunState(StrEnum):
    """How far a run is. From ``frozen`` on, its configuration and quantity can't change."""

    SCHEDULED = "scheduled"
    FROZEN = "frozen"
    STARTED = "started"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Trouble(Model):
    """One reason for a refusal."""

    field: Text
    problem: Text
    remedy: Text


class OrderDiscrepancy(StrEnum):
    """What doesn't fit, about an order. Everything else was recorded as told.

    ``unknown_order``, ``unknown_line``: a run or a delivery is for what nobody ordered. ``run_for_nothing``: a run was
    scheduled for what is called off or delivered. ``over_delivered``: more was delivered than was open;
    ``delivered_cancelled``: of what had been called off; ``delivered_held``: while the order was on hold.
    ``damaged_more_than_delivered``: the damage can't be more than what came. ``frozen_when_cancelled``: a frozen run
    goes on though its order is called off; what it builds will be free.
    """

    UNKNOWN_ORDER = "unknown_order"
    UNKNOWN_LINE = "unknown_line"
    RUN_FOR_NOTHING = "run_for_nothing"
    OVER_DELIVERED = "over_delivered"
    DELIVERED_CANCELLED = "delivered_cancelled"
    DELIVERED_HELD = "delivered_held"
    DAMAGED_MORE = "damaged_more_than_delivered"
    FROZEN_CANCELLED = "frozen_when_cancelled"


class RunDiscrepancy(StrEnum):
    """What doesn't fit, about a run. Everything else was recorded as told.

    Material moved for a run that nobody scheduled (``unknown_run``) or that is called off (``after_cancellation``), a
    part that it doesn't need (``not_required``), more than it needs (``issued_more_than_required``), more back than it
    had (``returned_more_than_issued``, ``scrapped_more_than_issued``). A movement to be undone isn't known
    (``unknown_movement``). Something other than its part came out (``wrong_part``), or at another site
    (``wrong_site``); more of it than it was to build (``over_output``), before it started (``before_start``), after it
    was completed (``after_completion``); serial numbers that are there twice, or aren't as many as the good ones
    (``serials``). The same report was told with other content (``told_twice_differently``). A substitution without
    anybody's approval (``unapproved_deviation``), not in the catalogue (``unlisted_substitute``), for a requirement it
    doesn't have (``unknown_requirement``), more than the requirement (``substituted_more_than_required``), or told when
    the original had been used up for it (``substituted_too_late``). Material stays in a run that is called off
    (``material_left``). What was split off came back when it was too late (``split_too_late``).
    """

    UNKNOWN_RUN = "unknown_run"
    NOT_REQUIRED = "not_required"
    OVER_ISSUED = "issued_more_than_required"
    OVER_RETURNED = "returned_more_than_issued"
    OVER_SCRAPPED = "scrapped_more_than_issued"
    UNKNOWN_MOVEMENT = "unknown_movement"
    WRONG_PART = "wrong_part"
    WRONG_SITE = "wrong_site"
    OVER_OUTPUT = "over_output"
    BEFORE_START = "before_start"
    AFTER_COMPLETION = "after_completion"
    AFTER_CANCELLATION = "after_cancellation"
    SERIALS = "serials"
    TOLD_TWICE = "told_twice_differently"
    UNAPPROVED = "unapproved_deviation"
    UNLISTED = "unlisted_substitute"
    UNKNOWN_REQUIREMENT = "unknown_requirement"
    OVER_SUBSTITUTED = "substituted_more_than_required"
    SUBSTITUTED_LATE = "substituted_too_late"
    MATERIAL_LEFT = "material_left"
    SPLIT_LATE = "split_too_late"


def unlike(configuration: str, run: str) -> str:
    """As what a run builds that nobody else's is like: it uses other parts than its bill, say."""
    return hashlib.sha256(f"{configuration}|{run}".encode()).hexdigest()[:16]


def configuration_of(part: str, revision: str | None, components: Iterable[Component]) -> str:
    """The content address of a bill: the same bill has the same one, whoever ordered it.

    >>> configuration_of("BELL", None, ())
    '25ab27c57217e50d'
    """
    words = [f"{part}|{revision or ''}"]
    words += [component.model_dump_json() for component in components]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]
