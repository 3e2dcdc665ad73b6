"""The values all domains share: ids, exact amounts with units, money, places and stock buckets.

Amounts are Decimals. JSON carries them as strings (``"12.5"``) or integers; a JSON float is taken only while its
shortest form has at most 15 significant digits, because then, and only then, the text that was sent is known.
"""

from decimal import Context, Decimal, Inexact, InvalidOperation
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Final, NamedTuple, Self

from pydantic import BeforeValidator, Field, PlainSerializer, StringConstraints

from events.model import Model

EXACT: Final = Context(prec=60, traps=[Inexact, InvalidOperation])
"""Arithmetic that would round raises instead."""

MAX_DIGITS: Final = 24
MAX_PLACES: Final = 9


def plain(amount: Decimal) -> str:
    """The one way to write an amount: no exponent, no trailing zeros.

    >>> plain(Decimal("12.500")), plain(Decimal("1E+3")), plain(Decimal("-0.0"))
    ('12.5', '1000', '0')
    """
    if not amount:
        return "0"
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact(value: Any) -> Any:
    """Read an amount without ever rounding: text, integer, or a float whose digits are certain."""
    if isinstance(value, str):
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise ValueError(f'{value!r} is not a number; write it as text, like "12.5"') from None
    elif isinstance(value, bool):
        raise ValueError("a number is needed, not true or false")
    elif isinstance(value, int):
        number = Decimal(value)
    elif isinstance(value, float):
        number = Decimal(repr(value))
        if len(number.as_tuple().digits) > 15:
            raise ValueError("this number has more digits than JSON numbers carry safely; write it as text")
    elif isinstance(value, Decimal):
        number = value
    else:
        return value
    if not number.is_finite():
        raise ValueError("a finite number is needed")
    return _bounded(number)


def _bounded(number: Decimal) -> Decimal:
    _, digits, exponent = number.as_tuple()
    if isinstance(exponent, int) and (len(digits) + max(exponent, 0) > MAX_DIGITS or exponent < -MAX_PLACES):
        number = Decimal(plain(number)) if abs(exponent) <= MAX_DIGITS else number
        _, digits, exponent = number.as_tuple()
        if len(digits) + max(int(exponent), 0) > MAX_DIGITS or int(exponent) < -MAX_PLACES:
            raise ValueError(f"at most {MAX_DIGITS} digits, {MAX_PLACES} of them after the point")
    return number


Amount = Annotated[
    Decimal,
    BeforeValidator(exact),
    PlainSerializer(plain, return_type=str, when_used="json"),
]
Positive = Annotated[Amount, Field(gt=0)]
NotNegative = Annotated[Amount, Field(ge=0)]

Id = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[!-?A-~](?:[ -?A-~]*[!-?A-~])?$")]
"""Printable ASCII without ``@``, no blank at either end: ``@`` joins two ids into one stream's name."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$")]
"""Free text of any language; no control characters but tabs and line ends."""
UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,3}$")]
"""A UN/CEFACT Recommendation 20 or 21 code: C62 one piece, KGM kilogram, CT carton, ONZ ounce."""
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""ISO 4217."""
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""


class Quantity(Model):
    """How much, in which unit."""

    amount: NotNegative
    unit: UnitCode

    @classmethod
    def of(cls, amount: Decimal | int | str, unit: str) -> Self:
        return cls(amount=Decimal(amount), unit=unit)


class Some(Quantity):
    """A quantity above zero."""

    amount: Positive


class Money(Model):
    """How much, in which currency."""

    amount: Amount
    currency: CurrencyCode


class Status(StrEnum):
    """What may be done with stock on hand. Only ``available`` stock can be allocated."""

    AVAILABLE = "available"
    INSPECTION = "inspection"
    HOLD = "hold"
    REJECTED = "rejected"


class Bucket(Model):
    """Where within a site, and which of the part's stock: the finest grain at which material is conserved.

    ``owner`` is nobody for our own stock, a supplier or customer for consigned stock.
    """

    location: Id
    status: Status = Status.AVAILABLE
    revision: Id | None = None
    lot: Id | None = None
    serial: Id | None = None
    owner: Id | None = None

    @cached_property
    def key(self) -> "BucketKey":
        """Made once: the rules and the views ask for it again and again."""
        return BucketKey(self.location, self.status.value, self.revision, self.lot, self.serial, self.owner)


class BucketKey(NamedTuple):
    """A bucket as a dictionary key and a row key: cheap to hash, to sort by ``order`` and to store."""

    location: str
    status: str
    revision: str | None = None
    lot: str | None = None
    serial: str | None = None
    owner: str | None = None

    @property
    def order(self) -> tuple[str, ...]:
        """The fixed order that breaks ties."""
        return tuple(field or "" for field in self)

    def bucket(self) -> Bucket:
        return Bucket.model_construct(
            location=self.location,
            status=Status(self.status),
            revision=self.revision,
            lot=self.lot,
            serial=self.serial,
            owner=self.owner,
        )


LineNumber = Annotated[int, Field(ge=1, le=999_999_999)]


class Line(Model):
    """A line of a document, such as a purchase order's or a sales order's."""

    document: Id
    line: LineNumber
