"""What the catalogue records: each statement of master data that changed something."""

from typing import ClassVar

from events.catalogue.options import OptionShape
from events.catalogue.parts import BillShape, ConversionShape, PartShape, RevisionShape, SupersessionShape
from events.catalogue.places import CalendarShape, LocationShape, SiteShape
from events.catalogue.terms import (
    AgreementShape,
    CrossReferenceShape,
    RateShape,
    SubstituteShape,
    SupplierShape,
)
from events.model import Fact


class CatalogueDomainFact(Fact):
    """A recorded statement of master data."""

    DOMAIN: ClassVar[str] = "catalogue"


class PartDefined(CatalogueDomainFact, PartShape):
    """A part is known, or is known better."""


class PartRevised(CatalogueDomainFact, RevisionShape):
    """A part has a revision."""


class PartSuperseded(CatalogueDomainFact, SupersessionShape):
    """A part has a successor."""


class ConversionDefined(CatalogueDomainFact, ConversionShape):
    """A part is also told in another unit."""


class SiteDefined(CatalogueDomainFact, SiteShape):
    """A site is known, or is known better."""


class LocationDefined(CatalogueDomainFact, LocationShape):
    """A site has a location."""


class CalendarDefined(CatalogueDomainFact, CalendarShape):
    """A calendar of working days is known."""


class BillDefined(CatalogueDomainFact, BillShape):
    """The bill of a part, revision and site is this, as a whole."""


class OptionDefined(CatalogueDomainFact, OptionShape):
    """Of a part, this can be chosen, and nothing else of this option."""


class SupplierDefined(CatalogueDomainFact, SupplierShape):
    """A supplier is known, or is known better."""


class AgreementDefined(CatalogueDomainFact, AgreementShape):
    """A supplier sells a part on these terms."""


class SubstituteDefined(CatalogueDomainFact, SubstituteShape):
    """A part may be used in another's place."""


class RateDefined(CatalogueDomainFact, RateShape):
    """An exchange rate holds from a time on."""


class CrossReferenceDefined(CatalogueDomainFact, CrossReferenceShape):
    """A foreign number names a thing of ours."""


CatalogueFact = (
    PartDefined
    | PartRevised
    | PartSuperseded
    | ConversionDefined
    | SiteDefined
    | LocationDefined
    | CalendarDefined
    | BillDefined
    | SupplierDefined
    | AgreementDefined
    | SubstituteDefined
    | RateDefined
    | CrossReferenceDefined
    | OptionDefined
)
