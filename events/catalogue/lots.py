"""How much to order at once: the least that is enough, and that a supplier's terms allow.

In the purchase unit, exactly. An order line is a whole number of steps: of the multiple that the terms ask for, else of
one where the unit is counted or a package, else as fine as amounts go. Where a step doesn't come out in the part's base
unit (nothing of a piece for a counted part; more than nine places for any), several steps are one. It is no less than
the minimum, which may itself be no whole number of steps; what that adds is stock. It is no more than the maximum:
beyond, there are several lines, as few as possible, and each of them keeps the minimum.

Whoever takes terms, weighs them or orders by them asks here what can be ordered at all; so they never disagree.

These are the lot-sizing modifiers of material requirements planning (Orlicky 1975, "Material Requirements Planning",
chapter 6: minimum, maximum, multiple); the lot itself is lot-for-lot. Naively each is applied after the other, and the
last line of a split then falls below the minimum, or a multiple above the maximum.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Final

from events import units
from events.catalogue.records import AgreementRecord, PartRecord
from events.catalogue.terms import AgreementShape
from events.values import EXACT, MAX_PLACES

_LEAST: Final = Fraction(1, 10**MAX_PLACES)


@dataclass(frozen=True, slots=True)
class LotRule:
    """What one order line may be, in purchase units of ``factor`` base units each; ``most`` none: however much."""

    factor: Fraction
    step: Fraction
    least: Fraction
    most: Fraction | None

    @classmethod
    def of(cls, terms: AgreementRecord | AgreementShape, part: PartRecord, factor: Fraction) -> "LotRule | None":
        """The rule of a supplier's terms; None when nothing can be ordered that comes out in the base unit."""
        rule = cls.told(terms, part, factor)
        return rule if rule is not None and rule.allows else None

    @classmethod
    def told(cls, terms: AgreementRecord | AgreementShape, part: PartRecord, factor: Fraction) -> "LotRule | None":
        """What the terms say, though their maximum may allow nothing."""
        packed = units.dimension(terms.unit) is None or units.counted(terms.unit)
        step = Fraction(terms.multiple) if terms.multiple is not None else Fraction(1) if packed else _LEAST
        grain = Fraction(1) if units.counted(part.unit) else _LEAST
        step *= (step * factor / grain).denominator
        if step % _LEAST:
            return None
        least = max(ceil(Fraction(terms.minimum or 0) / step), 1) * step
        most = None if terms.maximum is None else Fraction(terms.maximum) // step * step
        return cls(factor, step, least, most)

    @property
    def allows(self) -> bool:
        """Whether any line is within the maximum."""
        return self.most is None or self.most >= self.least

    def lines(self, amount: Decimal) -> list[Fraction]:
        """Order lines for an amount of base units, in purchase units: as little in all as is enough, the first ones as
        large as they may be.

        >>> rule = LotRule(Fraction(1), Fraction(10), Fraction(30), Fraction(100))
        >>> [[int(line) for line in rule.lines(Decimal(amount))] for amount in (5, 31, 110, 250)]
        [[30], [40], [80, 30], [100, 100, 50]]
        """
        total = max(ceil(Fraction(amount) / self.factor / self.step) * self.step, self.least)
        count = 1 if self.most is None else ceil(total / self.most)
        total = max(total, count * self.least)
        found = []
        for after in range(count - 1, -1, -1):
            line = total - after * self.least
            found.append(line if self.most is None else min(line, self.most))
            total -= found[-1]
        return found

    def amount(self, line: Fraction) -> Decimal:
        """So many purchase units in base units, exactly."""
        return plain_decimal(line * self.factor)

    @property
    def smallest(self) -> Decimal:
        """The smallest order, in base units."""
        return self.amount(self.least)


def plain_decimal(number: Fraction) -> Decimal:
    """A number that has an end in decimals, exactly."""
    return EXACT.divide(Decimal(number.numerator), Decimal(number.denominator))
