"""What the planner decided, and what people said to it.

Every fact of one cut was decided at the same vector, which its ``CutTaken`` tells; it is recorded with source
``lotone:planner`` and the cut's number as cause. Amounts are in the part's base unit, ``unit``. ``because`` names the
facts that made it be decided: each leads back to an upstream event.
"""

from typing import ClassVar

from pydantic import Field

from events.orders.shapes import OrderRef
from events.planning.moves import (
    DeliveryFact,
    DeliveryPlanned,
    DeliveryReplanned,
    DeliveryWithdrawn,
    FreezeDecided,
    PlannedFact,
    RunFact,
    RunPlanned,
    RunReplanned,
    RunResizePlanned,
    RunWithdrawn,
    TransferFact,
    TransferPlanned,
    TransferReplanned,
    TransferWithdrawn,
)
from events.planning.shapes import (
    Alternative,
    Chosen,
    DecisionKind,
    DecisionStatus,
    Figures,
    Offer,
    Pegging,
    Place,
    PolicyShape,
    SupplyKey,
    Trouble,
    UnpegReason,
    Version,
)
from events.refusing import Refusing
from events.values import (
    Day,
    Id,
    Moment,
    Money,
    PartId,
    Share,
    SiteId,
    Some,
    Sum,
    SupplierId,
    Text,
    Total,
    UnitCode,
)

__all__ = [  # those of ``moves`` too
    "AnswerRefused", "CutTaken", "DecisionApproved", "DecisionOverridden", "DecisionProposed", "DecisionRefused",
    "DecisionWithdrawn", "DeliveryFact", "DeliveryPlanned", "DeliveryReplanned", "DeliveryWithdrawn",
    "FreezeDecided", "OverrideEnded", "PlannedFact", "PlanningFact", "PolicySet", "PromiseChanged", "PromiseGiven",
    "PromiseWithdrawn", "ReorderDecided", "RequirementRerouted", "RequirementRouted", "RequisitionAnswered",
    "RequisitionDeclined", "RequisitionWithdrawn", "RunFact", "RunPlanned", "RunReplanned", "RunResizePlanned",
    "RunWithdrawn", "ShortageEnded", "ShortageStated", "SupplyPegged", "SupplyUnpegged", "TimePassed",
    "TransferFact", "TransferPlanned", "TransferReplanned", "TransferWithdrawn",
]


class CutTaken(PlannedFact):
    """The planner decided at this point of history. All that follows with the same cause was decided together."""

    STREAM: ClassVar[str] = "plan"
    cut: int = Field(ge=1)
    vector: tuple[Place, ...] = Field(description="how far each shard had been read, in order of domain and shard")
    release: Id = Field(description="of the planner: another one may decide otherwise")
    policy: Version
    clock: Moment = Field(description="the time it took for now")


class TimePassed(PlannedFact):
    """Something fell due because time went by, without anybody saying anything."""

    STREAM: ClassVar[str] = "plan"
    until: Moment
    due: tuple[Id, ...] = Field(description="requirements, supplies and runs, in order")


class PolicySet(PolicyShape, PlannedFact):
    """This policy holds from now on."""

    STREAM: ClassVar[str] = "policy"
    version: Version
    reason: Text | None = None


class RequirementFact(PlannedFact):
    """Something decided for a requirement."""

    STREAM: ClassVar[str] = "requirement/{requirement}"
    requirement: Id
    part: PartId
    site: SiteId
    unit: UnitCode
    needed_by: Moment


class RequirementRouted(RequirementFact):
    """How a requirement is to be covered: the ways chosen, and every other that was looked at. ``amount`` is what was
    looked for, ``short`` what nothing serves."""

    decision: Id
    amount: Share
    chosen: tuple[Chosen, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    short: Total
    status: DecisionStatus = DecisionStatus.DECIDED
    policy: Version
    because: tuple[Id, ...] = ()


class RequirementRerouted(RequirementRouted):
    """The same again, because what was decided doesn't hold, or not in time. ``was`` is what it had been."""

    was: tuple[Chosen, ...] = ()


class ShortageStated(RequirementFact):
    """Nothing serves so much of a requirement. It stays so until ``ShortageEnded``."""

    amount: Share
    because: tuple[Id, ...] = ()


class ShortageEnded(RequirementFact):
    """It is covered, or isn't required any more."""


class PegFact(PlannedFact):
    """Something about a claim of a requirement on a supply. The peg's id is also the reservation's, in inventory."""

    STREAM: ClassVar[str] = "requirement/{requirement}"
    peg: Id
    requirement: Id
    supply: SupplyKey
    part: PartId = Field(description="of the supply: a substitute's, where one is used")
    site: SiteId = Field(description="where the supply is, or comes to")
    unit: UnitCode
    amount: Share = Field(description="of the supply's part")


class SupplyPegged(PegFact):
    """A requirement claims so much of a supply. ``factor`` units of the supply's part do the work of one required."""

    decision: Id
    purpose: Id = Field(description="whom it is for: a run, an order or a transfer")
    priority: int = 0
    needed_by: Moment
    available_at: Moment = Field(description="when it was expected to be there, as of this cut")
    numerator: int = Field(default=1, ge=1, description="of the factor; 1 unless it is a substitute")
    denominator: int = Field(default=1, ge=1)


class SupplyUnpegged(PegFact):
    """So much of a claim ended; ``left`` is what it still claims."""

    left: Total
    reason: UnpegReason
    because: tuple[Id, ...] = ()


class RequisitionFact(PlannedFact):
    """Something decided about a purchase that isn't ordered yet."""

    STREAM: ClassVar[str] = "requisition/{requisition}"
    requisition: Id
    supplier: SupplierId
    part: PartId
    site: SiteId
    unit: UnitCode


class ReorderDecided(RequisitionFact):
    """So much is to be bought: a requisition, which the purchasing system answers with an order that names it.

    ``amount`` = what the requirements in ``pegged`` need + ``for_stock``; ``quantity`` is the same in the unit that it
    is bought in.
    """

    decision: Id
    amount: Share
    quantity: Some
    price: Money | None = Field(default=None, description="of one unit of ``quantity``")
    value: Sum | None = Field(default=None, description="in the policy's currency")
    order_by: Day = Field(description="the last day on which ordering it is in time; may have passed")
    due: Day = Field(description="the day we want it, by the site's calendar")
    pegged: tuple[Pegging, ...] = ()
    for_stock: Total
    figures: Figures
    alternatives: tuple[Offer, ...] = ()
    status: DecisionStatus = DecisionStatus.DECIDED
    policy: Version
    because: tuple[Id, ...] = ()


class RequisitionWithdrawn(RequisitionFact):
    """It isn't needed any more, and nobody has ordered it."""

    amount: Share
    reason: Text


class RequisitionAnswered(RequisitionFact):
    """The purchasing system ordered it: what claimed the requisition claims the order's line."""

    number: Id
    line: int
    amount: Share


class RequisitionDeclined(PlannedFact):
    """The purchasing system won't order it."""

    STREAM: ClassVar[str] = "requisition/{requisition}"
    requisition: Id
    reason: Text | None = None


class DecisionFact(PlannedFact):
    """Something about a decision as such."""

    STREAM: ClassVar[str] = "decision/{decision}"
    decision: Id


class DecisionProposed(DecisionFact):
    """Policy asks a person before this is done. ``subject`` is the requirement, requisition or transfer."""

    kind: DecisionKind
    subject: Id
    part: PartId
    site: SiteId
    amount: Share
    unit: UnitCode
    value: Sum | None = Field(default=None, description="in the policy's currency")
    needed_by: Moment | None = None
    why: Text


class DecisionApproved(DecisionFact):
    """A person says: do it; or a policy that was set since leaves it to the planner, which says so."""

    reason: Text | None = None


class DecisionRefused(DecisionFact):
    """A person says: not in this way."""

    reason: Text


class DecisionOverridden(DecisionFact):
    """A person says: go that way."""

    option: int = Field(ge=1)
    reason: Text


class OverrideEnded(DecisionFact):
    """A person's word on this decision doesn't hold any more."""

    reason: Text | None = None


class DecisionWithdrawn(DecisionFact):
    """What was proposed isn't needed any more, or has been decided otherwise."""

    reason: Text


class AnswerRefused(DecisionFact, Refusing):
    """A person's word couldn't be followed, and why."""

    asked: Id = Field(description="the type of what was asked, e.g. ApproveDecision")
    problems: tuple[Trouble, ...]


class PromiseFact(PlannedFact):
    """The date a customer is told for a schedule line."""

    STREAM: ClassVar[str] = "promise/{order.number}/{order.line}/{order.schedule}"
    order: OrderRef
    part: PartId
    amount: Share
    unit: UnitCode
    wanted: Day
    promised: Day = Field(description="the day it will be with the customer")
    backing: tuple[SupplyKey, ...] = Field(description="what it rests on, at the level right below")
    because: tuple[Id, ...] = ()


class PromiseGiven(PromiseFact):
    """A customer is promised a date."""


class PromiseChanged(PromiseFact):
    """The date can't be held, or a better one can be given."""

    was: Day


class PromiseWithdrawn(PlannedFact):
    """Nothing is promised any more: it was cancelled, or nothing serves it. ``was`` is the last date given."""

    STREAM: ClassVar[str] = "promise/{order.number}/{order.line}/{order.schedule}"
    order: OrderRef
    was: Day
    reason: Text
    because: tuple[Id, ...] = ()


PlanningFact = (
    CutTaken | TimePassed | PolicySet | RequirementRouted | RequirementRerouted | ShortageStated | ShortageEnded
    | SupplyPegged | SupplyUnpegged | RunPlanned | RunReplanned | RunResizePlanned | RunWithdrawn | FreezeDecided
    | TransferPlanned | TransferReplanned | TransferWithdrawn | DeliveryPlanned | DeliveryReplanned
    | DeliveryWithdrawn | ReorderDecided | RequisitionWithdrawn | RequisitionAnswered | RequisitionDeclined
    | DecisionProposed | DecisionApproved | DecisionRefused | DecisionOverridden | OverrideEnded
    | DecisionWithdrawn | AnswerRefused | PromiseGiven | PromiseChanged | PromiseWithdrawn
)
