"""GS1 numbers: the check digit that ends a GTIN, a GLN and an SSCC.

GS1 General Specifications, section 7.9: from the right, the digits before the check digit weigh 3, 1, 3, 1
and so on; the check digit brings the sum up to a multiple of ten.
"""

from collections.abc import Callable
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

from events.values import said


def check_digit(body: str) -> str:
    """The digit that completes a number.

    >>> check_digit("629104150021"), check_digit("9638507"), check_digit("10614141123456789")
    ('3', '4', '7')
    """
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def _checked(name: str, *lengths: int) -> Callable[[str], str]:
    def check(number: str) -> str:
        if not (number.isascii() and number.isdigit()) or len(number) not in lengths:
            wanted = " or ".join(str(length) for length in lengths)
            raise ValueError(f"{said(number)} is no {name}; all digits, {wanted} of them")
        if check_digit(number[:-1]) != number[-1]:
            right = check_digit(number[:-1])
            raise ValueError(f"the {name} {number} has a wrong digit; with its other digits right it ends in {right}")
        return number

    return check


gtin: Final = _checked("GTIN", 8, 12, 13, 14)
gln: Final = _checked("GLN", 13)
sscc: Final = _checked("SSCC", 18)

Gtin = Annotated[str, StringConstraints(max_length=14), AfterValidator(gtin)]
"""A Global Trade Item Number of 8, 12, 13 or 14 digits."""
Gln = Annotated[str, StringConstraints(max_length=13), AfterValidator(gln)]
"""A Global Location Number of 13 digits."""
Sscc = Annotated[str, StringConstraints(max_length=18), AfterValidator(sscc)]
"""A Serial Shipping Container Code of 18 digits."""
