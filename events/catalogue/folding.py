"""What a record is after a fact. Nothing here refuses: what may not be said, ``decide`` didn't record."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeVar, assert_never

from events.catalogue.facts import (
    AgreementDefined,
    BillDefined,
    CalendarDefined,
    ConversionDefined,
    OptionDefined,
    PartDefined,
    PartRevised,
    PartSuperseded,
    RateDefined,
    SiteDefined,
    SubstituteDefined,
    SupplierDefined,
)
from events.catalogue.options import OptionChoice
from events.catalogue.parts import BillLine, Conversion, Revision
from events.catalogue.places import Location, WorkingTime
from events.catalogue.records import (
    ALWAYS,
    AgreementRecord,
    BillRecord,
    CalendarRecord,
    ChoiceRecord,
    ConversionRecord,
    LineRecord,
    LocationRecord,
    OptionRecord,
    PartRecord,
    RateRecord,
    ReplacementRecord,
    RevisionRecord,
    SiteRecord,
    StockingRecord,
    SubstituteRecord,
    SuccessorRecord,
    SupplierRecord,
)

T = TypeVar("T")


def put(
    kept: tuple[T, ...], new: T, same: Callable[[T], object], order: Callable[[T], tuple[Any, ...]]
) -> tuple[T, ...]:
    """``kept`` with ``new`` in the place of the one with the same key, in order."""
    key = same(new)
    return tuple(sorted((*(one for one in kept if same(one) != key), new), key=order))


def conversion_after(kept: tuple[ConversionRecord, ...], told: Conversion) -> tuple[ConversionRecord, ...]:
    new = ConversionRecord(told.unit, Fraction(told.numerator, told.denominator), told.valid_from)
    return put(kept, new, lambda one: (one.unit, one.valid_from), lambda one: (one.unit, one.valid_from or ALWAYS))


def revision_after(kept: tuple[RevisionRecord, ...], told: Revision) -> tuple[RevisionRecord, ...]:
    new = RevisionRecord(told.revision, told.effective_from, told.effective_to)
    return put(kept, new, lambda one: one.revision, lambda one: (one.effective_from or ALWAYS, one.revision))


def part_after(before: PartRecord | None, fact: PartDefined) -> PartRecord:
    conversions = before.conversions if before else ()
    for conversion in fact.conversions:
        conversions = conversion_after(conversions, conversion)
    revisions = before.revisions if before else ()
    for revision in fact.revisions:
        revisions = revision_after(revisions, revision)
    return PartRecord(
        fact.id, fact.name, fact.unit, fact.make_or_buy, conversions, revisions, fact.scale, fact.pack, fact.weight,
        fact.volume, fact.shelf_life_days, fact.phantom, fact.lead_time_days, _stocking(fact), fact.standard_cost,
        before.superseded_by if before else None, fact.active,
    )


def told_after(before: PartRecord, fact: ConversionDefined | PartRevised | PartSuperseded) -> PartRecord:
    match fact:
        case ConversionDefined():
            return replace(before, conversions=conversion_after(before.conversions, fact))
        case PartRevised():
            return replace(before, revisions=revision_after(before.revisions, fact))
        case PartSuperseded():
            return replace(before, superseded_by=SuccessorRecord(fact.by, fact.effective_from, fact.use_up))
        case _:
            assert_never(fact)


def _stocking(fact: PartDefined) -> tuple[StockingRecord, ...]:
    general = StockingRecord(None, fact.planner, fact.safety_stock, fact.reorder_point, fact.order_up_to)
    return (general, *(
        StockingRecord(own.site, own.planner, own.safety_stock, own.reorder_point, own.order_up_to)
        for own in fact.stocking
    ))


def location_after(kept: dict[str, LocationRecord], *told: Location) -> dict[str, LocationRecord]:
    return kept | {one.id: LocationRecord(one.id, one.name, one.kind, one.active) for one in told}


def calendar_after(told: WorkingTime | CalendarDefined) -> CalendarRecord:
    return CalendarRecord(told.days, frozenset(told.holidays), frozenset(told.extra), told.shifts)


def site_after(before: SiteRecord | None, fact: SiteDefined) -> SiteRecord:
    return SiteRecord(
        fact.id, fact.name, fact.zone, fact.address, fact.country, fact.gln, fact.calendar,
        calendar_after(fact.working) if fact.working else None,
        location_after(before.locations if before else {}, *fact.locations), fact.active,
    )


def located_after(before: SiteRecord, told: Location) -> SiteRecord:
    return replace(before, locations=location_after(before.locations, told))


def _line(told: BillLine) -> LineRecord:
    net = Fraction(told.quantity.amount) / Fraction(told.per)
    return LineRecord(
        told.line, told.find, told.component, told.component_revision, told.quantity, told.per, told.scrap_allowance,
        net, net / (1 - Fraction(told.scrap_allowance)), told.site, told.effective_from, told.effective_to,
    )


def _lines(told: tuple[BillLine, ...]) -> tuple[LineRecord, ...]:
    return tuple(_line(one) for one in sorted(told, key=lambda one: one.line))


def bill_after(kept: tuple[BillRecord, ...], fact: BillDefined) -> tuple[BillRecord, ...]:
    new = BillRecord(fact.part, fact.revision, fact.site, _lines(fact.lines))
    return put(kept, new, lambda one: (one.revision, one.site), lambda one: (one.revision or "", one.site or ""))


def _choice(told: OptionChoice) -> ChoiceRecord:
    return ChoiceRecord(
        told.choice, told.name, _lines(told.add), told.remove,
        tuple(
            ReplacementRecord(one.component, one.by, Fraction(one.numerator, one.denominator)) for one in told.replace
        ),
        tuple((one.option, one.choice) for one in told.excludes),
    )


def option_after(kept: tuple[OptionRecord, ...], fact: OptionDefined) -> tuple[OptionRecord, ...]:
    choices = tuple(_choice(told) for told in fact.choices)
    new = OptionRecord(fact.part, fact.option, fact.name, fact.required, fact.default, choices)
    return put(kept, new, lambda one: one.option, lambda one: (one.option,))


def supplier_after(fact: SupplierDefined) -> SupplierRecord:
    return SupplierRecord(fact.id, fact.name, fact.active, fact.address, fact.country, fact.gln)


def agreement_after(kept: tuple[AgreementRecord, ...], fact: AgreementDefined) -> tuple[AgreementRecord, ...]:
    new = AgreementRecord(
        fact.supplier, fact.part, fact.unit, fact.price, fact.lead_time_days, fact.minimum, fact.multiple, fact.maximum,
        fact.preferred, fact.rank, fact.supplier_part, fact.valid_from, fact.valid_to,
    )
    return put(
        kept, new, lambda one: (one.supplier, one.valid_from), lambda one: (one.supplier, one.valid_from or ALWAYS)
    )


def substitute_after(kept: tuple[SubstituteRecord, ...], fact: SubstituteDefined) -> tuple[SubstituteRecord, ...]:
    new = SubstituteRecord(
        fact.part, fact.substitute, Fraction(fact.numerator, fact.denominator), fact.site, fact.parent, fact.rank,
        fact.needs_approval, fact.one_way, fact.valid_from, fact.valid_to,
    )
    return put(
        kept, new,
        lambda one: (one.part, one.substitute, one.site, one.parent, one.valid_from),
        lambda one: (one.part, one.substitute, one.site or "", one.parent or "", one.valid_from or ALWAYS),
    )


def rate_after(kept: tuple[RateRecord, ...], fact: RateDefined) -> tuple[RateRecord, ...]:
    new = RateRecord(fact.rate, fact.valid_from)
    return put(kept, new, lambda one: one.valid_from, lambda one: (one.valid_from,))
