"""The catalogue's records by key, and how a fact changes them. ``reference.py`` adds the lookups."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, TypeVar, assert_never

from events.catalogue import folding
from events.catalogue.facts import (
    AgreementDefined,
    BillDefined,
    CalendarDefined,
    CatalogueFact,
    ConversionDefined,
    CrossReferenceDefined,
    LocationDefined,
    OptionDefined,
    PartDefined,
    PartRevised,
    PartSuperseded,
    RateDefined,
    SiteDefined,
    SubstituteDefined,
    SupplierDefined,
)
from events.catalogue.records import (
    AgreementRecord,
    BillRecord,
    CalendarRecord,
    NumberRecord,
    OptionRecord,
    PartRecord,
    RateRecord,
    SiteRecord,
    SubstituteRecord,
    SupplierRecord,
)
from events.catalogue.terms import GLN, SUPPLIER_PART, Kind, same_number
from events.decision import Recorded

K = TypeVar("K")
M = TypeVar("M")
Number = tuple[str, str | None, str]
"""Scheme, scope and value of a foreign number."""


class Tables:
    """Master data as of ``position`` of the catalogue."""

    def __init__(self) -> None:
        self.position = 0
        self._parts: dict[str, PartRecord] = {}
        self._sites: dict[str, SiteRecord] = {}
        self._calendars: dict[str, CalendarRecord] = {}
        self._bills: dict[str, tuple[BillRecord, ...]] = {}
        self._options: dict[str, tuple[OptionRecord, ...]] = {}
        self._suppliers: dict[str, SupplierRecord] = {}
        self._agreements: dict[str, tuple[AgreementRecord, ...]] = {}
        self._substitutes: dict[str, tuple[SubstituteRecord, ...]] = {}
        self._rates: dict[tuple[str, str], tuple[RateRecord, ...]] = {}
        self._numbers: dict[Number, NumberRecord] = {}
        # The other way round. Dictionaries without values stand for sets, because they keep their order.
        self._users: dict[str, dict[str, None]] = {}
        self._choosers: dict[str, dict[str, None]] = {}
        self._replaced: dict[str, dict[str, None]] = {}
        self._own_numbers: dict[Number, dict[NumberRecord, None]] = {}
        self._factors: dict[str, dict[str, Fraction | None]] = {}

    def evolve(self, fact: CatalogueFact, at: Recorded) -> None:
        """Take in one more fact, in place."""
        table, key, value = self._after(fact)
        before = table.get(key)
        table[key] = value
        self._index(fact, before, value)
        self.position = at.position

    def changes(self, fact: CatalogueFact) -> bool:
        """Whether a fact would say anything that isn't known already."""
        table, key, value = self._after(fact)
        return bool(table.get(key) != value)

    def _after(self, fact: CatalogueFact) -> tuple[dict[Any, Any], Any, Any]:
        """Which record a fact concerns, and what it is afterwards."""
        match fact:
            case PartDefined():
                return self._parts, fact.id, folding.part_after(self._parts.get(fact.id), fact)
            case ConversionDefined() | PartRevised() | PartSuperseded():
                return self._parts, fact.part, folding.told_after(self._parts[fact.part], fact)
            case SiteDefined():
                return self._sites, fact.id, folding.site_after(self._sites.get(fact.id), fact)
            case LocationDefined():
                return self._sites, fact.site, folding.located_after(self._sites[fact.site], fact)
            case CalendarDefined():
                return self._calendars, fact.id, folding.calendar_after(fact)
            case BillDefined():
                return self._bills, fact.part, folding.bill_after(self._bills.get(fact.part, ()), fact)
            case OptionDefined():
                return self._options, fact.part, folding.option_after(self._options.get(fact.part, ()), fact)
            case SupplierDefined():
                return self._suppliers, fact.id, folding.supplier_after(fact)
            case AgreementDefined():
                return self._agreements, fact.part, folding.agreement_after(self._agreements.get(fact.part, ()), fact)
            case SubstituteDefined():
                told = self._substitutes.get(fact.part, ())
                return self._substitutes, fact.part, folding.substitute_after(told, fact)
            case RateDefined():
                key = (fact.base, fact.quote)
                return self._rates, key, folding.rate_after(self._rates.get(key, ()), fact)
            case CrossReferenceDefined():
                number = (fact.scheme, fact.scope, same_number(fact.scheme, fact.value))
                return self._numbers, number, NumberRecord(fact.kind, fact.id, fact.unit)
            case _:
                assert_never(fact)

    def _index(self, fact: CatalogueFact, before: Any, after: Any) -> None:
        match fact:
            case PartDefined() | ConversionDefined():
                self._factors.pop(after.id, None)
            case BillDefined():
                _move(self._users, _components(before or ()), _components(after), fact.part)
            case OptionDefined():
                _move(self._choosers, _chosen(before or ()), _chosen(after), fact.part)
            case SubstituteDefined():
                _move(self._replaced, _mirrored(before or ()), _mirrored(after), fact.part)
            case AgreementDefined():
                own = NumberRecord(Kind.PART, fact.part)
                _move(self._own_numbers, _supplier_parts(before or ()), _supplier_parts(after), own)
            case SiteDefined() | SupplierDefined():
                own = NumberRecord(Kind.SITE if isinstance(fact, SiteDefined) else Kind.SUPPLIER, fact.id)
                _move(self._own_numbers, _location_number(before), _location_number(after), own)
            case _:
                pass


def _move(index: dict[K, dict[M, None]], before: Iterable[K], after: Iterable[K], member: M) -> None:
    """Take ``member`` from under the keys it had, and put it under those it has."""
    for key in before:
        index.get(key, {}).pop(member, None)
    for key in after:
        index.setdefault(key, {})[member] = None


def _components(bills: tuple[BillRecord, ...]) -> Iterable[str]:
    return [line.component for bill in bills for line in bill.lines]


def _chosen(options: tuple[OptionRecord, ...]) -> Iterable[str]:
    return [component for option in options for choice in option.choices for component in choice.components]


def _mirrored(substitutes: tuple[SubstituteRecord, ...]) -> Iterable[str]:
    return [one.substitute for one in substitutes if not one.one_way]


def _supplier_parts(agreements: tuple[AgreementRecord, ...]) -> Iterable[Number]:
    return [(SUPPLIER_PART, terms.supplier, terms.supplier_part) for terms in agreements if terms.supplier_part]


def _location_number(record: SiteRecord | SupplierRecord | None) -> Iterable[Number]:
    return [(GLN, None, record.gln)] if record and record.gln else []
