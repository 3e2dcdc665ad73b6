"""Exact conversion between units of the same dimension, for UN/CEFACT Recommendation 20 codes.

Factors are exact by definition: the inch is 0.0254 m and the pound 0.45359237 kg (international yard and pound
agreement, 1959), the US gallon 231 cubic inches, the imperial gallon 4.54609 l. A pack (``CT``, ``BX``, ``CS`` …) has
no factor here: how much is in one is a matter of each part, and never one to one.
"""

from decimal import Decimal, Inexact, InvalidOperation
from fractions import Fraction
from functools import cache
from typing import Final

from events.values import EXACT, MAX_PLACES, fits

_POUND: Final = Fraction("453.59237")
_INCH: Final = Fraction("0.0254")
_FOOT: Final = 12 * _INCH
_YARD: Final = 3 * _FOOT
_GALLON: Final = 231 * _INCH**3
_IMPERIAL: Final = Fraction("0.00454609")

_DIMENSIONS: Final[dict[str, dict[str, Fraction | int]]] = {
    "count": {  # in single things
        "C62": 1, "EA": 1, "H87": 1, "PR": 2, "NPR": 2, "DZN": 12, "CEN": 100, "GRO": 144, "MIL": 1000, "GGR": 1728,
    },
    "mass": {  # in grams
        "MC": Fraction(1, 10**6), "MGM": Fraction(1, 1000), "GRM": 1, "HGM": 100, "KGM": 1000, "DTN": 10**5,
        "TNE": 10**6, "GRN": Fraction("0.06479891"), "ONZ": _POUND / 16, "APZ": Fraction("31.1034768"),
        "LBR": _POUND, "STI": 14 * _POUND, "CWA": 100 * _POUND, "CWI": 112 * _POUND, "STN": 2000 * _POUND,
        "LTN": 2240 * _POUND,
    },
    "length": {  # in metres
        "4H": Fraction(1, 10**6), "MMT": Fraction(1, 1000), "CMT": Fraction(1, 100), "DMT": Fraction(1, 10), "MTR": 1,
        "KMT": 1000, "KTM": 1000, "INH": _INCH, "FOT": _FOOT, "YRD": _YARD, "SMI": 1760 * _YARD,
    },
    "area": {  # in square metres
        "MMK": Fraction(1, 10**6), "CMK": Fraction(1, 10**4), "DMK": Fraction(1, 100), "MTK": 1, "HAR": 10**4,
        "KMK": 10**6, "INK": _INCH**2, "FTK": _FOOT**2, "YDK": _YARD**2,
    },
    "volume": {  # in cubic metres
        "MMQ": Fraction(1, 10**9), "CMQ": Fraction(1, 10**6), "DMQ": Fraction(1, 1000), "MTQ": 1,
        "MLT": Fraction(1, 10**6), "CLT": Fraction(1, 10**5), "DLT": Fraction(1, 10**4), "LTR": Fraction(1, 1000),
        "HLT": Fraction(1, 10), "INQ": _INCH**3, "FTQ": _FOOT**3, "YDQ": _YARD**3, "GLL": _GALLON,
        "QTL": _GALLON / 4, "PTL": _GALLON / 8, "OZA": _GALLON / 128, "BLL": 42 * _GALLON, "GLI": _IMPERIAL,
        "QTI": _IMPERIAL / 4, "PTI": _IMPERIAL / 8, "OZI": _IMPERIAL / 160,
    },
    "time": {"SEC": 1, "MIN": 60, "HUR": 3600, "DAY": 86400, "WEE": 604800},  # in seconds
}
_UNITS: Final = {
    unit: (dimension, Fraction(size)) for dimension, units in _DIMENSIONS.items() for unit, size in units.items()
}


def dimension(unit: str) -> str | None:
    """What a unit measures: count, mass, length, area, volume or time; None for packs and unknown units."""
    found = _UNITS.get(unit)
    return found[0] if found else None


def counted(unit: str) -> bool:
    """Whether things in this unit come whole."""
    return dimension(unit) == "count"


def siblings(unit: str) -> tuple[str, ...]:
    """All units that this one converts to by itself, in a fixed order; at least itself.

    >>> siblings("CT"), siblings("HUR")
    (('CT',), ('DAY', 'HUR', 'MIN', 'SEC', 'WEE'))
    """
    found = _UNITS.get(unit)
    return tuple(sorted(_DIMENSIONS[found[0]])) if found else (unit,)


@cache
def factor(unit: str, into: str) -> Fraction | None:
    """How many ``into`` make one ``unit``; None when that is not the same for all parts.

    >>> factor("ONZ", "GRM"), factor("DZN", "EA"), factor("CT", "EA"), factor("KGM", "MTR")
    (Fraction(45359237, 1600000), Fraction(12, 1), None, None)
    """
    if unit == into:
        return Fraction(1)
    one, other = _UNITS.get(unit), _UNITS.get(into)
    if one is None or other is None or one[0] != other[0]:
        return None
    return one[1] / other[1]


def times(amount: Decimal, ratio: Fraction) -> Decimal | None:
    """``amount`` × ``ratio``, exactly; None when the product has no such form within an amount's digits.

    >>> times(Decimal("2.5"), Fraction(12)), times(Decimal(1), Fraction(1, 3)), times(Decimal(9), Fraction(1, 3))
    (Decimal('30.0'), None, Decimal('3'))
    """
    try:
        product = EXACT.multiply(amount, Decimal(ratio.numerator))
        if ratio.denominator != 1:
            product = EXACT.divide(product, Decimal(ratio.denominator))
    except (Inexact, InvalidOperation):
        return None
    return product if fits(product) else None


def round_up(number: Fraction, places: int = MAX_PLACES) -> Decimal:
    """The least decimal with so many places that isn't below ``number``.

    >>> round_up(Fraction(1, 3), 2), round_up(Fraction(5, 2)), round_up(Fraction(21, 20), 0)
    (Decimal('0.34'), Decimal('2.5'), Decimal('2'))
    """
    scaled = -(-number.numerator * 10**places // number.denominator)
    return EXACT.divide(Decimal(scaled), Decimal(10**places))
