"""What a run uses up for what it builds, exactly; and how that is rounded so that no report's rounding adds up.

A requirement says ``per``: how much of its part goes into one unit built, scrap included, as an exact fraction. What
was said to be used instead is used first; ``factor`` of its units do the work of one of the required part's:

    covers(i) = amount(i) / factor(i)                          in the required part's unit
    used(i)   = factor(i) * min(covers(i), what is left of per * built)
    used(own) = what is left after all of these

The naive backflush rounds each report up by itself: three reports of one unit that needs 1/3 take three pieces, where
one was required. So what all reports together used is rounded, once, and what was taken before is deducted. As long as
no more is built than was to be, that never goes beyond what is used for the whole run, nor beyond the requirement.

What is used up without being built in yet is work in progress. Of each part, always and exactly:

    issued = built in + returned + scrapped + work in progress,   built in = min(used, issued - returned - scrapped)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from events.units import round_up

NOTHING: Final = Fraction(0)


@dataclass(frozen=True, slots=True)
class Instead:
    """So much of another part is used. Without a factor nobody knows in place of how much: then all of it is."""

    part: str
    amount: Decimal
    factor: Fraction | None = None

    @property
    def covers(self) -> Fraction:
        """How much of the required part it takes the place of."""
        return NOTHING if self.factor is None else Fraction(self.amount) / self.factor


def used(part: str, per: Fraction, built: Decimal, instead: Sequence[Instead] = ()) -> dict[str, Fraction]:
    """What so many units built use up for one requirement, by part.

    >>> used("BOLT", Fraction(4), Decimal(3), [Instead("SCREW", Decimal(10), Fraction(2))])
    {'SCREW': Fraction(10, 1), 'BOLT': Fraction(7, 1)}
    """
    left = per * Fraction(built)
    found: dict[str, Fraction] = {}
    for one in instead:
        taken = min(left, one.covers)
        amount = (Fraction(one.amount) if built else NOTHING) if one.factor is None else taken * one.factor
        found[one.part] = found.get(one.part, NOTHING) + amount
        left -= taken
    found[part] = found.get(part, NOTHING) + left
    return found


def taken(
    part: str, per: Fraction, required: Decimal, built: Decimal, whole: Decimal, places: Mapping[str, int],
    instead: Sequence[Instead] = (),
) -> dict[str, Decimal]:
    """The same, rounded up to the places of each part: what should have been taken once ``built`` of ``whole`` are.

    >>> [taken("CAN", Fraction(1, 3), Decimal(1), Decimal(n), Decimal(3), {"CAN": 0})["CAN"] for n in (1, 2, 3, 4)]
    [Decimal('1'), Decimal('1'), Decimal('1'), Decimal('2')]
    """
    most = used(part, per, whole, instead)
    found = {}
    for id, exact in used(part, per, built, instead).items():
        limit = round_up(most[id], places[id])
        if id == part:
            limit = min(limit, required)
        rounded = round_up(exact, places[id])
        found[id] = min(limit, rounded) if built <= whole else max(limit, rounded)
    return found
