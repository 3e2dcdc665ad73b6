"""The statements about suppliers, their terms, substitutes, rates and foreign numbers."""

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import Annotated, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from events.catalogue.parts import Count, Days, Price
from events.catalogue.periods import Valid
from events.gs1 import Gln, gln, gtin
from events.model import Model
from events.sealed import Sealed
from events.values import (
    EXACT,
    CountryCode,
    CurrencyCode,
    Id,
    Moment,
    PartId,
    Positive,
    SupplierId,
    Text,
    UnitCode,
    plain,
)


class SupplierShape(Model):
    """A company that we buy from."""

    id: Annotated[Id, Field(description="the supplier's id, which everything else names it by")]
    name: Text
    active: bool = True
    contact: Sealed[str] | None = None
    address: Text | None = None
    country: CountryCode | None = None
    gln: Gln | None = None


class AgreementShape(Valid):
    """On what terms a supplier sells a part. All amounts and the price are for the purchase ``unit``.

    A later ``valid_from`` adds terms beside the earlier ones; the terms in force are those that began last.
    """

    supplier: SupplierId
    part: PartId
    unit: Annotated[UnitCode, Field(description="the purchase unit; the part must convert from it")]
    price: Annotated[Price | None, Field(description="of one purchase unit")] = None
    lead_time_days: Annotated[Days, Field(description="calendar days from order to receipt")]
    minimum: Positive | None = None
    multiple: Positive | None = None
    maximum: Annotated[Positive | None, Field(description="on one order line")] = None
    preferred: bool = False
    rank: Annotated[int | None, Field(ge=1, description="1 is asked first among the preferred")] = None
    supplier_part: Annotated[Id | None, Field(description="the supplier's own number for the part")] = None

    @field_validator("maximum")
    @classmethod
    def _orderable(cls, maximum: Decimal | None, info: ValidationInfo) -> Decimal | None:
        least = Fraction(info.data.get("minimum") or 0)
        if multiple := info.data.get("multiple"):
            least = max(ceil(least / Fraction(multiple)), 1) * Fraction(multiple)
        if maximum is not None and maximum < least:
            needed = plain(EXACT.divide(Decimal(least.numerator), Decimal(least.denominator)))
            raise ValueError(f"minimum and multiple together ask for more; at least {needed}, or leave it out")
        return maximum


class SubstituteShape(Valid):
    """Another part may be used: one base unit of ``part`` is replaced by n/d base units of ``substitute``."""

    part: PartId
    substitute: Annotated[Id, Field(description="the part to use instead")]
    numerator: Count = 1
    denominator: Count = 1
    site: Annotated[Id | None, Field(description="only there; left out: anywhere")] = None
    parent: Annotated[Id | None, Field(description="only when building this part; left out: any")] = None
    rank: Annotated[int, Field(ge=1, description="1 is tried first")] = 1
    needs_approval: bool = False
    one_way: Annotated[bool, Field(description="false: the part may replace its substitute too")] = True


class RateShape(Model):
    """One unit of ``base`` money is ``rate`` units of ``quote`` money from ``valid_from`` on."""

    base: CurrencyCode
    quote: CurrencyCode
    rate: Positive
    valid_from: Moment

    @field_validator("quote")
    @classmethod
    def _another_currency(cls, quote: str, info: ValidationInfo) -> str:
        if quote == info.data.get("base"):
            raise ValueError("a currency's rate to itself is one; name another currency")
        return quote


class Kind(StrEnum):
    """What a foreign number names."""

    PART = "part"
    SITE = "site"
    SUPPLIER = "supplier"


GTIN, GLN, SUPPLIER_PART = "gtin", "gln", "supplier-part"
"""The schemes with a meaning of their own. Any other, like ``erp``, is a plain name."""


def same_number(scheme: str, value: str) -> str:
    """How a foreign number is looked up: GTINs of all lengths are one number of 14 digits.

    >>> same_number("gtin", "6291041500213"), same_number("erp", "0815")
    ('06291041500213', '0815')
    """
    return value.zfill(14) if scheme == GTIN else value


def number_key(scheme: str, scope: str | None, value: str) -> str:
    """The key of a foreign number, which is also the stream it is defined in.

    >>> number_key("gtin", None, "6291041500213"), number_key("supplier-part", "acme", "4711")
    ('xref/gtin@06291041500213', 'xref/supplier-part@acme@4711')
    """
    scoped = f"{scheme}@{scope}" if scope else scheme
    return f"xref/{scoped}@{same_number(scheme, value)}"


class CrossReferenceShape(Model):
    """What somebody else calls a thing of ours."""

    scheme: Annotated[Id, Field(description="erp, gtin, gln, supplier-part, or any name of a numbering")]
    scope: Annotated[Id | None, Field(description="whose: a supplier's id for supplier-part")] = None
    value: Annotated[Id, Field(description="the number itself")]
    kind: Kind
    id: Annotated[Id, Field(description="our own id of the part, site or supplier")]
    unit: Annotated[UnitCode | None, Field(description="what it counts, like CT for a carton's GTIN")] = None
    replaces: Annotated[Id | None, Field(description="what it named so far, to move it")] = None

    @field_validator("value")
    @classmethod
    def _well_formed(cls, value: str, info: ValidationInfo) -> str:
        match info.data.get("scheme"):
            case "gtin":
                return gtin(value)
            case "gln":
                return gln(value)
            case _:
                return value

    @model_validator(mode="after")
    def _scoped(self) -> Self:
        if self.scheme == SUPPLIER_PART and self.scope is None:
            raise ValueError("scope: missing; a supplier's part number needs the supplier's id as its scope")
        return self
