"""What becomes of a statement of master data.

In this order: what is wrong in itself is refused; what refers to something unknown waits for it; what contradicts what
is known is refused; what is known already decides nothing; all else is recorded.
"""

from datetime import datetime
from typing import TypeVar, assert_never, cast

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
from events.catalogue.messages import (
    CatalogueMessage,
    DefineAgreement,
    DefineBill,
    DefineCalendar,
    DefineConversion,
    DefineCrossReference,
    DefineLocation,
    DefineOption,
    DefinePart,
    DefineRate,
    DefineSite,
    DefineSubstitute,
    DefineSupplier,
    RevisePart,
    SetAgreement,
    SupersedePart,
)
from events.catalogue.reference import Reference
from events.decision import Decided, Message, Outcome, Park, Reject
from events.model import Fact, Payload
from services.catalogue import bills, options, parts, places, terms
from services.catalogue.checks import Checked
from services.catalogue.state import Statements

F = TypeVar("F", bound=Fact)


def decide(
    state: Statements, reference: Reference, message: Message[CatalogueMessage], now: datetime  # noqa: ARG001
) -> Outcome:
    checked = _check(reference, message.body)
    if checked.wrong:
        return Reject(tuple(checked.wrong))
    if checked.missing:
        return Park(tuple(dict.fromkeys(checked.missing)))
    if contradictions := checked.contradictions():
        return Reject(tuple(contradictions))
    fact = _fact(message.body)
    # What is sealed can't be compared, so a statement that has any of it always counts as new.
    sealed = isinstance(fact, SupplierDefined) and fact.contact is not None
    return Decided((fact,) if sealed or reference.changes(fact) else ())


def _check(reference: Reference, body: CatalogueMessage) -> Checked:
    match body:
        case DefinePart():
            return parts.part(reference, body)
        case RevisePart():
            return Checked(missing=reference.missing(part=body.part))
        case SupersedePart():
            return parts.supersession(reference, body)
        case DefineConversion():
            return parts.conversion(reference, body)
        case DefineSite():
            return places.site(reference, body)
        case DefineLocation():
            return Checked(missing=reference.missing(site=body.site))
        case DefineBill():
            return bills.bill(reference, body)
        case DefineOption():
            return options.option(reference, body)
        case DefineSupplier():
            return places.supplier(reference, body)
        case DefineAgreement() | SetAgreement():
            return terms.agreement(reference, body)
        case DefineSubstitute():
            return terms.substitute(reference, body)
        case DefineCrossReference():
            return terms.cross_reference(reference, body)
        case DefineCalendar():
            return places.calendar(body)
        case DefineRate():
            return Checked()
        case _:
            assert_never(body)


def _fact(body: CatalogueMessage) -> CatalogueFact:
    match body:
        case DefinePart():
            return _as(PartDefined, body)
        case RevisePart():
            return _as(PartRevised, body)
        case SupersedePart():
            return _as(PartSuperseded, body)
        case DefineConversion():
            return _as(ConversionDefined, body)
        case DefineSite():
            return _as(SiteDefined, body)
        case DefineLocation():
            return _as(LocationDefined, body)
        case DefineCalendar():
            return _as(CalendarDefined, body)
        case DefineBill():
            return _as(BillDefined, body)
        case DefineOption():
            return _as(OptionDefined, body)
        case DefineSupplier():
            return _as(SupplierDefined, body)
        case DefineAgreement() | SetAgreement():
            return _as(AgreementDefined, body)
        case DefineSubstitute():
            return _as(SubstituteDefined, body)
        case DefineRate():
            return _as(RateDefined, body)
        case DefineCrossReference():
            return _as(CrossReferenceDefined, body)
        case _:
            assert_never(body)


def _as(kind: type[F], body: Payload) -> F:
    """The same fields, told as a fact: they were validated at the edge."""
    return cast("F", kind.model_construct(**dict(body)))
