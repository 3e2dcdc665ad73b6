"""Arithmetic on costs: wide, rounded only when a cost is told, and the same whoever calls.

Amounts of material are exact. Costs can't be, because a rate or a share of a day seldom is: they are worked out to 50
digits and told to four places, half to even.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, getcontext, setcontext
from fractions import Fraction
from functools import wraps
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

WIDE: Final = Context(prec=50, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero])
ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
PLACES: Final = Decimal("0.0001")


def costing(function: Callable[P, R]) -> Callable[P, R]:
    """The function, doing its arithmetic in ``WIDE`` whatever its caller's context is."""

    @wraps(function)
    def inside(*args: P.args, **named: P.kwargs) -> R:
        before = getcontext()
        setcontext(WIDE)
        try:
            return function(*args, **named)
        finally:
            setcontext(before)

    return inside


def decimal(number: Fraction) -> Decimal:
    """A fraction to 50 digits.

    >>> decimal(Fraction(1, 8)), str(decimal(Fraction(1, 3)))[:8]
    (Decimal('0.125'), '0.333333')
    """
    return WIDE.divide(Decimal(number.numerator), Decimal(number.denominator))


def told(cost: Decimal) -> Decimal:
    """A cost as it is told.

    >>> told(Decimal("12.34565")), told(Decimal("7"))
    (Decimal('12.3456'), Decimal('7.0000'))
    """
    return cost.quantize(PLACES, context=WIDE)
