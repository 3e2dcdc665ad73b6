"""The keys under which events wait for master data, such as ``part/X``, and which facts bring them."""

from collections.abc import Iterable
from typing import assert_never

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
from events.catalogue.terms import GLN, SUPPLIER_PART, number_key
from events.units import siblings


def provides(fact: CatalogueFact) -> tuple[str, ...]:
    """The keys that a fact makes known, releasing what waits for them."""
    match fact:
        case PartDefined():
            conversions = [key for told in fact.conversions for key in _conversions(fact.id, told.unit)]
            revisions = [f"revision/{fact.id}/{told.revision}" for told in fact.revisions]
            return (f"part/{fact.id}", *conversions, *revisions)
        case PartRevised():
            return (f"revision/{fact.part}/{fact.revision}",)
        case ConversionDefined():
            return tuple(_conversions(fact.part, fact.unit))
        case SiteDefined():
            locations = [f"location/{fact.id}/{told.id}" for told in fact.locations]
            return (f"site/{fact.id}", *locations, *_gln(fact.gln))
        case LocationDefined():
            return (f"location/{fact.site}/{fact.id}",)
        case CalendarDefined():
            return (f"calendar/{fact.id}",)
        case BillDefined():
            return (f"bill/{fact.part}",)
        case OptionDefined():
            return (f"option/{fact.part}/{fact.option}",)
        case SupplierDefined():
            return (f"supplier/{fact.id}", *_gln(fact.gln))
        case AgreementDefined():
            own = [number_key(SUPPLIER_PART, fact.supplier, fact.supplier_part)] if fact.supplier_part else []
            return (f"agreement/{fact.supplier}@{fact.part}", *own)
        case RateDefined():
            return (f"rate/{fact.base}@{fact.quote}",)
        case CrossReferenceDefined():
            return (number_key(fact.scheme, fact.scope, fact.value),)
        case PartSuperseded() | SubstituteDefined():
            return ()
        case _:
            assert_never(fact)


def _conversions(part: str, unit: str) -> Iterable[str]:
    """Grams bring ounces too: see ``conversion.py``."""
    return [f"conversion/{part}/{other}" for other in siblings(unit)]


def _gln(number: str | None) -> Iterable[str]:
    return [number_key(GLN, None, number)] if number else []
