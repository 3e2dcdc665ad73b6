"""How a unit converts to a part's base unit."""

from datetime import datetime
from fractions import Fraction

from events import units
from events.catalogue.records import PartRecord


def find_factor(part: PartRecord, unit: str, at: datetime | None) -> Fraction | None:
    """How many base units one ``unit`` is at a time (None: at any time, the last one told).

    In this order: the base unit itself; the part's own conversion; the one that holds for all parts; the part's own
    conversion of another unit that this one converts to for all parts (ounces, where the part converts from grams).
    """
    if unit == part.unit:
        return Fraction(1)
    own: dict[str, Fraction] = {}
    for told in part.conversions:
        if at is None or told.valid_from is None or told.valid_from <= at:
            own[told.unit] = told.factor
    if unit in own:
        return own[unit]
    if universal := units.factor(unit, part.unit):
        return universal
    for other, base in own.items():
        if ratio := units.factor(unit, other):
            return ratio * base
    return None
