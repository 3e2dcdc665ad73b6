"""What the ERP and the PLM publish about master data: requests, each a whole statement about one thing.

A statement that changes nothing decides nothing. One that refers to something unknown waits for it. One that
contradicts what stands (another base unit, a bill that contains itself) is refused.
"""

from functools import cache
from typing import ClassVar
from zoneinfo import available_timezones

from pydantic import field_validator

from events.catalogue.options import OptionShape
from events.catalogue.parts import BillShape, ConversionShape, PartShape, RevisionShape, SupersessionShape
from events.catalogue.places import CalendarShape, LocationShape, SiteShape
from events.catalogue.terms import (
    AgreementShape,
    CrossReferenceShape,
    RateShape,
    SubstituteShape,
    SupplierShape,
    number_key,
)
from events.model import Command, Request
from events.values import said


@cache
def _zones() -> set[str]:
    """Read once: the list takes milliseconds to make."""
    return available_timezones()


class CatalogueRequest(Request):
    """A statement of master data."""

    DOMAIN: ClassVar[str] = "catalogue"


class CatalogueCommand(Command):
    """What another domain asks of the catalogue."""

    DOMAIN: ClassVar[str] = "catalogue"


class DefinePart(CatalogueRequest, PartShape):
    """There is this part. Its base unit can't be changed later."""

    @property
    def stream(self) -> str:
        return f"part/{self.id}"


class RevisePart(CatalogueRequest, RevisionShape):
    """A part has this revision, effective in this period."""

    @property
    def stream(self) -> str:
        return f"part/{self.part}"


class SupersedePart(CatalogueRequest, SupersessionShape):
    """Another part takes this one's place."""

    @property
    def stream(self) -> str:
        return f"part/{self.part}"


class DefineConversion(CatalogueRequest, ConversionShape):
    """A part is also told in this unit."""

    @property
    def stream(self) -> str:
        return f"part/{self.part}"


class DefineSite(CatalogueRequest, SiteShape):
    """There is this site, with these locations."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone not in _zones():
            raise ValueError(f"{said(zone)} is not a time zone; write its IANA name, like Europe/Berlin")
        return zone

    @property
    def stream(self) -> str:
        return f"site/{self.id}"


class DefineLocation(CatalogueRequest, LocationShape):
    """A site has this location."""

    @property
    def stream(self) -> str:
        return f"site/{self.site}"


class DefineCalendar(CatalogueRequest, CalendarShape):
    """There is this calendar of working days."""

    @property
    def stream(self) -> str:
        return f"calendar/{self.id}"


class DefineBill(CatalogueRequest, BillShape):
    """A part is built of this. No lines: it isn't built any more."""

    @property
    def stream(self) -> str:
        return f"bill/{self.part}"


class DefineOption(CatalogueRequest, OptionShape):
    """Of a part, this can be chosen."""

    @property
    def stream(self) -> str:
        return f"option/{self.part}@{self.option}"


class DefineSupplier(CatalogueRequest, SupplierShape):
    """There is this supplier."""

    @property
    def stream(self) -> str:
        return f"supplier/{self.id}"


class DefineAgreement(CatalogueRequest, AgreementShape):
    """A supplier sells a part on these terms."""

    @property
    def stream(self) -> str:
        return f"agreement/{self.supplier}@{self.part}"


class SetAgreement(CatalogueCommand, AgreementShape):
    """A supplier told us new terms; the supplier service passes them on."""

    @property
    def stream(self) -> str:
        return f"agreement/{self.supplier}@{self.part}"


class DefineSubstitute(CatalogueRequest, SubstituteShape):
    """Another part may be used in a part's place."""

    @property
    def stream(self) -> str:
        return f"substitute/{self.part}@{self.substitute}"


class DefineRate(CatalogueRequest, RateShape):
    """An exchange rate holds from a time on."""

    @property
    def stream(self) -> str:
        return f"rate/{self.base}@{self.quote}"


class DefineCrossReference(CatalogueRequest, CrossReferenceShape):
    """Somebody else's number names a thing of ours."""

    @property
    def stream(self) -> str:
        return number_key(self.scheme, self.scope, self.value)


CatalogueMessage = (
    DefinePart
    | RevisePart
    | SupersedePart
    | DefineConversion
    | DefineSite
    | DefineLocation
    | DefineCalendar
    | DefineBill
    | DefineSupplier
    | DefineAgreement
    | SetAgreement
    | DefineSubstitute
    | DefineRate
    | DefineCrossReference
    | DefineOption
)
