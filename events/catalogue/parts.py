"""The statements about parts and what they are built of. A request and the fact it becomes share one shape.

A statement made again with the same key replaces what it said before. What it leaves out of a dated list
(conversions, revisions) stays.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from events.catalogue.periods import Effective
from events.model import Model
from events.values import Amount, Id, Moment, Money, NotNegative, PartId, Positive, SiteId, Some, Text, UnitCode

Days = Annotated[int, Field(ge=0, le=36500)]
Count = Annotated[int, Field(ge=1, le=10**12)]
Share = Annotated[Amount, Field(ge=0, lt=1)]


class Price(Money):
    """Money that isn't below zero."""

    amount: NotNegative


class MakeOrBuy(StrEnum):
    """Where a part comes from: our own run, a supplier, or either."""

    MAKE = "make"
    BUY = "buy"
    BOTH = "both"


class Planner(StrEnum):
    """Who decides on purchases of a part: Lotone itself, or the ERP, which then publishes its orders."""

    LOTONE = "lotone"
    ERP = "erp"


class Conversion(Model):
    """One ``unit`` is ``numerator``/``denominator`` base units of the part, from ``valid_from`` on."""

    unit: UnitCode
    numerator: Count
    denominator: Count = 1
    valid_from: Annotated[Moment | None, Field(description="left out: always so far")] = None


class Revision(Effective):
    """A state of a part's design, and when it is the one to build."""

    revision: Id


class Stocking(Model):
    """How a part is kept in stock at one site. Amounts are in the part's base unit."""

    site: SiteId
    planner: Annotated[Planner | None, Field(description="left out: the part's own")] = None
    safety_stock: NotNegative | None = None
    reorder_point: NotNegative | None = None
    order_up_to: NotNegative | None = None


class PartShape(Model):
    """A part that is bought, made or both."""

    id: Annotated[Id, Field(description="the part's id, which everything else names it by")]
    name: Text
    unit: Annotated[UnitCode, Field(description="the base unit, for ever: all stock is kept in it")]
    make_or_buy: MakeOrBuy
    conversions: tuple[Conversion, ...] = ()
    revisions: tuple[Revision, ...] = ()
    scale: Annotated[int | None, Field(ge=0, le=9, description=(
        "places to which a planned quantity is rounded up; left out: 0 for counted units, else 9"
    ))] = None
    pack: Annotated[Some | None, Field(description="what is usually handled as one pack")] = None
    weight: Annotated[Some | None, Field(description="of one base unit, e.g. 0.35 KGM")] = None
    volume: Annotated[Some | None, Field(description="of one base unit, e.g. 0.02 MTQ")] = None
    shelf_life_days: Annotated[int, Field(ge=1, le=36500)] | None = None
    phantom: Annotated[bool, Field(description="never stocked: its components go in directly")] = False
    lead_time_days: Annotated[Days | None, Field(description="to make it, in working days")] = None
    planner: Planner = Planner.LOTONE
    safety_stock: Annotated[NotNegative | None, Field(description="in base units, at each site")] = None
    reorder_point: Annotated[NotNegative | None, Field(description="in base units, at each site")] = None
    order_up_to: Annotated[NotNegative | None, Field(description="in base units, at each site")] = None
    stocking: Annotated[tuple[Stocking, ...], Field(description="where a site differs")] = ()
    standard_cost: Annotated[Price | None, Field(description="of one base unit")] = None
    active: bool = True


class RevisionShape(Revision):
    """A revision of a part, told by itself."""

    part: PartId


class SupersessionShape(Model):
    """One part takes another's place."""

    part: PartId
    by: Annotated[Id, Field(description="the successor, counted in the same base unit")]
    effective_from: Moment
    use_up: Annotated[bool, Field(description="use what is left of the old part first")] = True


class ConversionShape(Conversion):
    """A conversion of a part, told by itself."""

    part: PartId


class BillLine(Effective):
    """One component of a bill: ``quantity`` of it goes into ``per`` base units of the parent."""

    line: Annotated[int, Field(ge=1, description="its number, once in a bill")]
    find: Annotated[Id | None, Field(description="the position on the drawing")] = None
    component: Annotated[Id, Field(description="the part that goes in")]
    component_revision: Annotated[Id | None, Field(description="left out: the effective one")] = None
    quantity: Annotated[Some, Field(description="in any unit the component converts from; net of scrap")]
    per: Annotated[Positive, Field(description="base units of the parent")] = Decimal(1)
    scrap_allowance: Annotated[Share, Field(description=(
        "the share of the component that is lost in assembly: gross = net / (1 - it)"
    ))] = Decimal(0)
    site: Annotated[Id | None, Field(description="only when built there; left out: anywhere")] = None


class BillShape(Model):
    """All that one part is built of. It replaces the whole bill of this part, revision and site."""

    part: PartId
    revision: Annotated[Id | None, Field(description="of the parent; left out: the general bill")] = None
    site: Annotated[Id | None, Field(description="left out: the general bill")] = None
    lines: tuple[BillLine, ...]
