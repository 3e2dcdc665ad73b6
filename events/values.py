"""The values all domains share: ids, exact amounts with units, money, moments, places and stock buckets.

Amounts are Decimals. JSON carries them as strings (``"12.5"``) or integers; a JSON float is taken only while its
shortest form has at most 15 significant digits, because then, and only then, the text that was sent is known.

A value that can't be is refused in one sentence of two halves: what is wrong; what would be right.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation, getcontext, setcontext
from enum import StrEnum
from functools import cached_property, lru_cache, wraps
from typing import Annotated, Any, Final, NamedTuple, ParamSpec, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, StringConstraints

from events.model import Model

P = ParamSpec("P")
R = TypeVar("R")

EXACT: Final = Context(prec=60, traps=[Inexact, InvalidOperation])
"""Arithmetic that would round raises instead."""


def exactly(function: Callable[P, R]) -> Callable[P, R]:
    """The function, doing its arithmetic in ``EXACT``: what ``with localcontext(EXACT)`` does, cheaper."""

    @wraps(function)
    def inside(*args: P.args, **named: P.kwargs) -> R:
        before = getcontext()
        setcontext(EXACT)
        try:
            return function(*args, **named)
        finally:
            setcontext(before)

    return inside


MAX_WHOLE: Final = 15
MAX_PLACES: Final = 9
"""The most digits of an amount before and after its point: ten thousand of the largest still add up exactly in the 28
digits that Decimals have by default."""
_LIMIT: Final = f"at most {MAX_WHOLE} digits before the point and {MAX_PLACES} after it"
_TEXT: Final = re.compile(rf"(?:-(?=[0-9.]*[1-9]))?[0-9]{{1,{MAX_WHOLE}}}(?:\.[0-9]{{1,{MAX_PLACES}}})?").fullmatch
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?").fullmatch
_LEAST: Final = Decimal(1).scaleb(-MAX_PLACES)
_WIDE: Final = Context(prec=60)
_ECHO: Final = 40


def said(value: object) -> str:
    """What was sent, as a refusal may repeat it: short, printable, and without what parts a refusal's halves.

    >>> said("1,5"), said("1; 2"), said(True), said("x" * 99)
    ('"1,5"', 'this', 'true', 'this')
    """
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= _ECHO and value.isprintable() and ";" not in value else "this"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) and abs(value) < 10**_ECHO else "this"


def plain(amount: Decimal) -> str:
    """The one way to write an amount: no exponent, no trailing zeros.

    >>> plain(Decimal("12.500")), plain(Decimal("1E+3")), plain(Decimal("-0.0"))
    ('12.5', '1000', '0')
    """
    if not amount:
        return "0"
    text = str(amount)
    if "E" in text:
        text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact(value: Any) -> Any:
    """Read an amount without ever rounding: text, integer, or a float whose digits are certain.

    >>> exact("12.50"), exact(-3), exact(0.1)
    (Decimal('12.50'), Decimal('-3'), Decimal('0.1'))
    """
    if isinstance(value, str):
        if _TEXT(value):
            return Decimal(value)
        if not _NUMBER(value):
            raise ValueError(f'{said(value)} is not a number; write it as text, like "12.5"')
        raise ValueError(
            f"{said(value)} is no amount; write zero as 0" if float(value) == 0 and len(value) <= MAX_WHOLE else
            f"{said(value)} has too many digits; {_LIMIT}"
        )
    if isinstance(value, bool):
        raise ValueError(f'{said(value)} is not a number; write it as text, like "12.5"')
    if isinstance(value, float):
        number = Decimal(repr(value).removesuffix(".0"))
        if number.is_finite() and len(number.as_tuple().digits) > 15:
            raise ValueError("this number has more digits than JSON numbers carry safely; write it as text")
        return _bounded(number)
    if isinstance(value, int):
        return _bounded(Decimal(value))
    return _bounded(value) if isinstance(value, Decimal) else value


def _bounded(number: Decimal) -> Decimal:
    if not number.is_finite():
        raise ValueError(f'{number} is not a number; write it as text, like "12.5"')
    if not fits(number):
        raise ValueError(f"this has too many digits; {_LIMIT}")
    return number


def fits(number: Decimal) -> bool:
    """Whether a finite number has no more digits than an amount may have.

    >>> fits(Decimal("999999999999999.999999999")), fits(Decimal("1E+15")), fits(Decimal("0.10000000000"))
    (True, False, True)
    """
    if number.adjusted() >= MAX_WHOLE:
        return not number
    return int(number.as_tuple().exponent) >= -MAX_PLACES or not _WIDE.remainder(number, _LEAST)


_WRITTEN: Final = PlainSerializer(plain, return_type=str, when_used="json")
Amount = Annotated[Decimal, BeforeValidator(exact), _WRITTEN]
"""A number as somebody told it."""
Positive = Annotated[Amount, Field(gt=0)]
NotNegative = Annotated[Amount, Field(ge=0)]

Sum = Annotated[Decimal, Field(allow_inf_nan=False), _WRITTEN]
"""What amounts add up to, in facts: exact, with as many digits as that takes. It is ours, so it isn't checked again."""
Total = Annotated[Sum, Field(ge=0)]
"""A sum that isn't below zero."""
Share = Annotated[Sum, Field(gt=0)]
"""A sum above zero."""

YEARS: Final = (1900, 2200)
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(Z|z|[+-][0-9]{2}:?[0-9]{2})?"
).fullmatch
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_LIKE: Final = 'like "2026-11-22T08:30:00+01:00" or "…Z"'


def moment(value: Any) -> Any:
    """Read a time with its offset, never a bare number, as the same moment in UTC.

    >>> moment("2026-11-22T08:30:00+01:00").isoformat()
    '2026-11-22T07:30:00+00:00'
    """
    if value is None:
        return None
    found = value if isinstance(value, datetime) else _parsed(value)
    if found.tzinfo is None:
        raise ValueError(f"{said(value)} has no UTC offset; add one, {_LIKE}")
    if found.tzinfo is not UTC and 1 < found.year < 9999:
        found = found.astimezone(UTC)
    if not YEARS[0] <= found.year <= YEARS[1]:
        raise ValueError(f"the year {found.year} can't be meant; {YEARS[0]} to {YEARS[1]}, and leave an open end out")
    return found


def _parsed(value: object) -> datetime:
    if isinstance(value, str) and _MOMENT(value):
        try:
            return datetime.fromisoformat(value.replace("z", "Z"))
        except ValueError:
            pass
    raise ValueError(f"{said(value)} is not a point in time; {_LIKE}")


def day(value: Any) -> Any:
    """Read a day of the calendar, never a bare number.

    >>> day("2026-04-30")
    datetime.date(2026, 4, 30)
    """
    if isinstance(value, str) and _DAY(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    elif value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise ValueError(f'{said(value)} is not a day; like "2026-04-30"')


Moment = Annotated[datetime, BeforeValidator(moment)]
"""A point in time, told with any offset and kept as UTC: the same moment is always the same bytes."""
Day = Annotated[date, BeforeValidator(day)]
"""A day of the calendar."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[!-?A-~](?:[ -?A-~]*[!-?A-~])?$")]
"""Printable ASCII without ``@``, no blank at either end: ``@`` joins two ids into one stream's name."""
PartId = Annotated[Id, Field(description="the part's id in the catalogue")]
SiteId = Annotated[Id, Field(description="the site's id in the catalogue")]
LocationId = Annotated[Id, Field(description="the location's id within the site")]
SupplierId = Annotated[Id, Field(description="the supplier's id in the catalogue")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$")]
"""Free text of any language; no control characters but tabs and line ends. Half a surrogate pair is no text at all:
neither JSON nor the pattern's UTF-8 holds one, so whatever passes can be stored."""
UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,3}$")]
"""A UN/CEFACT Recommendation 20 or 21 code: C62 one piece, KGM kilogram, CT carton, ONZ ounce."""
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""ISO 4217."""
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""

NAME_LENGTH: Final = 250


def blank(text: str) -> bool:
    """Whether there is nothing in it to be seen: blanks, line ends, and what has no width."""
    return not any(char.isprintable() and char != " " for char in text)


def printable(text: str) -> str:
    """A name that others gave: no control character, nothing invisible but blanks."""
    if not text.isprintable():
        raise ValueError(f"this holds what can't be printed; 1 to {NAME_LENGTH} printable characters")
    return text


Name = Annotated[str, StringConstraints(min_length=1, max_length=NAME_LENGTH), AfterValidator(printable)]
"""An envelope's source or id: printable characters of any language."""


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

    ``owner`` is nobody for our own stock, a supplier or customer for consigned stock. ``configuration`` is nothing for
    stock that is like any other of its part; what was built as a customer chose is claimed only by who wants the same.
    """

    location: LocationId
    status: Status = Status.AVAILABLE
    revision: Id | None = None
    lot: Id | None = None
    serial: Id | None = None
    owner: Id | None = None
    configuration: Id | None = None

    @cached_property
    def key(self) -> "BucketKey":
        """Made once: the rules and the views ask for it again and again."""
        return BucketKey(
            self.location, str(self.status), self.revision, self.lot, self.serial, self.owner, self.configuration
        )

    def __copy__(self) -> Self:
        """A copy is made to be changed: it makes its key anew."""
        copied = super().__copy__()
        copied.__dict__.pop("key", None)
        return copied


class BucketKey(NamedTuple):
    """A bucket as a dictionary key and a row key: cheap to hash, to sort by ``order`` and to store."""

    location: str
    status: str
    revision: str | None = None
    lot: str | None = None
    serial: str | None = None
    owner: str | None = None
    configuration: str | None = None

    @property
    def order(self) -> tuple[str, ...]:
        """The fixed order that breaks ties."""
        return tuple(field or "" for field in self)

    def bucket(self) -> Bucket:
        return _bucket(self)


@lru_cache(maxsize=20_000)
def _bucket(key: BucketKey) -> Bucket:
    """The bucket, which knows its key from the start. Buckets are values: the same one can be part of many facts."""
    made = Bucket.trusted(**{**key._asdict(), "status": Status(key.status)})
    made.__dict__["key"] = key
    return made


LineNumber = Annotated[int, Field(ge=1, le=999_999_999)]


class Line(Model):
    """A line of a document, such as a purchase order's or a sales order's."""

    document: Id
    line: LineNumber
