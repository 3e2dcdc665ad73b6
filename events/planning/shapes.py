"""The values of planning: supplies and their keys, ways to cover a requirement, reasons, and the policy."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator

from events.model import Model
from events.orders.shapes import OrderRef
from events.values import CurrencyCode, Day, Id, LineNumber, Moment, NotNegative, PartId, Share, Sum, Text, Total


class SupplyKind(StrEnum):
    """What a peg can claim. A ``transfer`` is stock that goes from one of our sites to another."""

    STOCK = "stock"
    PURCHASE = "purchase"
    REQUISITION = "requisition"
    RUN = "run"
    TRANSFER = "transfer"


class SupplyKey(Model):
    """Which supply. ``id`` is ``SITE/PART`` for stock (with ``configuration``, where it was built as a customer chose),
    a purchase order's number (with ``line``), or the id of a requisition, run or transfer."""

    kind: SupplyKind
    id: Id
    line: LineNumber | None = None
    configuration: Id | None = None

    @property
    def text(self) -> str:
        """The key as one id.

        >>> SupplyKey(kind=SupplyKind.PURCHASE, id="4711", line=2).text
        'purchase/4711/2'
        """
        if self.configuration is not None:
            return f"{self.kind.value}/{self.id} as {self.configuration}"
        return f"{self.kind.value}/{self.id}" + ("" if self.line is None else f"/{self.line}")

    @classmethod
    def stock(cls, site: str, part: str, configuration: str | None = None) -> Self:
        """All stock of a part at a site that is like any other, or that was built as this."""
        return cls.trusted(kind=SupplyKind.STOCK, id=f"{site}/{part}", configuration=configuration)

    @classmethod
    def purchase(cls, number: str, line: int) -> Self:
        """An open line of a purchase order."""
        return cls.trusted(kind=SupplyKind.PURCHASE, id=number, line=line)

    @classmethod
    def requisition(cls, id: str) -> Self:
        """What was decided to be bought, and isn't ordered yet."""
        return cls.trusted(kind=SupplyKind.REQUISITION, id=id)

    @classmethod
    def run(cls, id: str) -> Self:
        """A run's output."""
        return cls.trusted(kind=SupplyKind.RUN, id=id)

    @classmethod
    def transfer(cls, id: str) -> Self:
        """Stock that is to come, or is coming, from another of our sites."""
        return cls.trusted(kind=SupplyKind.TRANSFER, id=id)


class OptionKind(StrEnum):
    """The ways to cover a requirement, in the order that breaks ties: stock at the plant, a run that is planned
    anyway, an open purchase order line (or a requisition), stock of another site, a substitute, a new run, a new
    purchase."""

    STOCK = "stock"
    RUN = "run"
    PURCHASE = "purchase"
    ELSEWHERE = "elsewhere"
    SUBSTITUTE = "substitute"
    BUILD = "build"
    BUY = "buy"


class WhyNot(StrEnum):
    """Why a way lost, or can't be gone at all."""

    DEARER = "dearer"
    LATER = "later"
    NOT_ENOUGH = "not_enough"
    LANE_CLOSED = "lane_closed"
    LANE_FULL = "lane_full"
    NO_LANE = "no_lane"
    SUPPLIER_DOWN = "supplier_down"
    SUPPLIER_INACTIVE = "supplier_inactive"
    NEEDS_APPROVAL = "needs_approval"
    REFUSED = "refused_by_a_person"
    ALIKE = "would_wait_for_the_same"
    UNBUILDABLE = "order_service_refused_the_run"
    OVERRIDDEN = "another_was_chosen_by_a_person"
    FROZEN = "run_is_frozen"
    NOT_OURS = "planned_by_the_erp"
    NO_PRICE = "no_price"
    STEADY = "not_better_enough_to_change"
    OTHER_CONFIGURATION = "another_configuration"
    NO_LOT = "no_quantity_can_be_ordered"
    SUPERSEDED = "part_is_superseded"


class Way(Model):
    """One way to cover a requirement, with its figures.

    ``option`` numbers the ways of one decision from 1: a person who overrides it names one. ``amount`` is in the
    requirement's part and unit. ``cost`` is landed, in the policy's currency, lateness left out; ``late_hours`` is how
    late it comes, counted against when it is needed (0: in time).
    """

    option: int = Field(ge=1)
    kind: OptionKind
    supply: SupplyKey | None = Field(default=None, description="none for what would have to be bought or built first")
    part: PartId = Field(description="the requirement's own, or a substitute")
    amount: Total
    available_at: Moment | None = Field(default=None, description="when it is where it is needed; none: nobody knows")
    cost: Sum | None = Field(default=None, description="none: something in it has no price")
    late_hours: int = Field(default=0, ge=0)
    lanes: tuple[Id, ...] = ()
    supplier: Id | None = None
    from_site: Id | None = None


class Chosen(Way):
    """A way that was gone."""


class Alternative(Way):
    """A way that wasn't, and why."""

    why: WhyNot
    by: Sum | None = Field(default=None, description="how much dearer, or how many hours later")
    until: Moment | None = Field(default=None, description="when the obstacle is expected to end, if known")


class DecisionStatus(StrEnum):
    """A proposed decision waits for a person; its pegs hold all the same."""

    PROPOSED = "proposed"
    DECIDED = "decided"


class DecisionKind(StrEnum):
    """What policy distinguishes."""

    ROUTE = "route"
    REROUTE = "reroute"
    SUBSTITUTE = "substitute"
    TRANSFER = "transfer"
    BUILD = "build"
    REORDER = "reorder"


class UnpegReason(StrEnum):
    """Why a claim on a supply ended."""

    REROUTED = "rerouted"
    DEMAND_GONE = "demand_gone"
    DEMAND_LESS = "demand_less"
    SUPPLY_GONE = "supply_gone"
    SUPPLY_LESS = "supply_less"
    RESERVATION_REFUSED = "reservation_refused"
    ALLOCATION_BROKEN = "allocation_broken"
    REFUSED = "refused_by_a_person"
    OVERRIDDEN = "overridden_by_a_person"
    ANSWERED = "requisition_answered"
    DECLINED = "requisition_declined"


class Place(Model):
    """How far a shard had been read."""

    domain: Id
    shard: int = Field(ge=0)
    position: int = Field(ge=0)


class Pegging(Model):
    """So much of what is bought is for this requirement."""

    requirement: Id
    amount: Share


class AutonomyRule(Model):
    """This kind of decision is taken without asking, up to a value."""

    kind: DecisionKind
    up_to: NotNegative | None = Field(default=None, description="in the policy's currency; left out: whatever it costs")


class PolicyShape(Model):
    """What the planner may do alone, and what it weighs. It replaces the whole policy."""

    currency: CurrencyCode = Field(description="the one in which ways are compared")
    alone: tuple[AutonomyRule, ...] = Field(
        default=tuple(AutonomyRule(kind=kind) for kind in DecisionKind),
        description="what isn't listed is proposed, and waits for a person",
    )
    lateness_cost_per_day: NotNegative = Field(default=Decimal(100), description=(
        "what a day too late counts for, for each requirement"
    ))
    switch_threshold: NotNegative = Field(default=Decimal(0), description=(
        "how much better another way must be, lateness counted, before a covered requirement is re-routed"
    ))
    freeze_days: Annotated[int, Field(ge=0, le=366)] | Literal["never"] | None = Field(default=1, description=(
        "working days before its start at which a run is frozen; never: only when the shop floor says so"
    ))
    requisition_patience_days: int = Field(default=3, ge=0, le=366, description=(
        "working days in which the purchasing system should answer a requisition"
    ))
    promise_slack_days: int = Field(default=0, ge=0, le=366, description=(
        "days added to what is expected when a date is promised"
    ))
    review_days: int = Field(default=30, ge=1, le=3660, description="how far ahead stock is planned")
    substitutes_allowed: bool = True

    @field_validator("freeze_days")
    @classmethod
    def _never_is_a_word(cls, days: int | Literal["never"] | None) -> int | Literal["never"]:
        """What is none isn't stored, and what isn't stored is read as 1."""
        return "never" if days is None else days

    @field_validator("alone")
    @classmethod
    def _each_kind_once(cls, alone: tuple[AutonomyRule, ...]) -> tuple[AutonomyRule, ...]:
        if len({rule.kind for rule in alone}) < len(alone):
            raise ValueError("a kind is there twice; say everything about it in one rule")
        return alone


Version = Annotated[int, Field(ge=0, description="how many policies had been set; 0: the one it begins with")]


class Trouble(Model):
    """One reason why a person's word couldn't be followed."""

    field: Text
    problem: Text
    remedy: Text


def requirement_of(order: OrderRef) -> str:
    """The id of the requirement for a customer's finished goods.

    >>> requirement_of(OrderRef(number="4711", line=1, schedule=2))
    'order/4711/1/2'
    """
    return f"order/{order.number}/{order.line}/{order.schedule}"


class Figures(Model):
    """What a reorder was decided on. Amounts are in the part's base unit.

    ``position`` = on hand + on order - allocated and required. Below or at ``reorder_point`` it is brought up to
    ``order_up_to``.
    """

    on_hand: Sum
    on_order: Sum
    required: Sum
    position: Sum
    reorder_point: Total | None = None
    order_up_to: Total | None = None
    safety_stock: Total | None = None
    minimum: Total | None = None
    multiple: Total | None = None
    maximum: Total | None = None


class Offer(Model):
    """Another supplier that was looked at, and why it lost."""

    supplier: Id
    cost: Sum | None = None
    due: Day | None = None
    why: WhyNot
    by: Sum | None = None
