"""Units convert exactly or not at all."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import units
from events.units import factor, round_up, times

KNOWN = [unit for dimension in ("C62", "KGM", "MTR", "MTK", "MTQ", "SEC") for unit in units.siblings(dimension)]
AMOUNTS = st.decimals(min_value=0, max_value=10**6, places=6, allow_nan=False, allow_infinity=False)
RATIOS = st.fractions(min_value=Fraction(1, 10**6), max_value=10**6)


@pytest.mark.parametrize(
    ("unit", "into", "size"),
    [
        ("LBR", "KGM", "0.45359237"), ("ONZ", "GRM", "28.349523125"), ("INH", "MMT", "25.4"), ("FOT", "INH", "12"),
        ("MTR", "CMT", "100"), ("GLL", "LTR", "3.785411784"), ("GLI", "LTR", "4.54609"), ("LTR", "MLT", "1000"),
        ("GLL", "OZA", "128"), ("DZN", "C62", "12"), ("PR", "EA", "2"), ("EA", "C62", "1"), ("H87", "EA", "1"),
        ("TNE", "KGM", "1000"), ("MTQ", "LTR", "1000"), ("MTK", "CMK", "10000"), ("HUR", "MIN", "60"),
        ("STN", "LBR", "2000"), ("YDK", "FTK", "9"), ("GRO", "DZN", "12"),
    ],
)
def test_sizes_are_those_of_the_standards(unit: str, into: str, size: str) -> None:
    assert factor(unit, into) == Fraction(size)


@pytest.mark.parametrize("pack", ["CT", "BX", "PK", "CA", "CS", "PA", "XYZ"])
def test_a_pack_has_no_size_of_its_own(pack: str) -> None:
    assert [factor(pack, unit) for unit in KNOWN] == [None] * len(KNOWN)
    assert [factor(unit, pack) for unit in KNOWN] == [None] * len(KNOWN)
    assert units.siblings(pack) == (pack,)


def test_dimensions_are_never_mixed() -> None:
    for unit in KNOWN:
        for into in KNOWN:
            assert (factor(unit, into) is None) == (units.dimension(unit) != units.dimension(into))


@given(st.sampled_from(KNOWN), st.sampled_from(KNOWN))
def test_there_and_back_is_where_one_was(unit: str, into: str) -> None:
    there, back = factor(unit, into), factor(into, unit)
    if there is not None and back is not None:
        assert there * back == 1


@given(AMOUNTS, RATIOS)
def test_a_product_is_exact_or_none(amount: Decimal, ratio: Fraction) -> None:
    wanted = Fraction(amount) * ratio
    found = times(amount, ratio)
    fits = 10**9 * wanted == int(10**9 * wanted)
    assert (found is not None) == fits
    assert found is None or Fraction(found) == wanted


@given(st.integers(0, 10**12), st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_conversion_comes_back_exactly(amount: int, numerator: int, denominator: int) -> None:
    ratio = Fraction(numerator, denominator)
    there = times(Decimal(amount), ratio)
    if there is not None:
        assert times(there, 1 / ratio) == amount


@given(st.fractions(min_value=0, max_value=10**9), st.integers(0, 9))
def test_rounding_up_is_the_least_that_suffices(number: Fraction, places: int) -> None:
    up = Fraction(round_up(number, places))
    assert number <= up < number + Fraction(1, 10**places)


def test_a_product_with_more_digits_than_an_amount_is_none() -> None:
    assert times(Decimal(10**20), Fraction(10**5)) is None
    assert times(Decimal("0.000000001"), Fraction(1, 2)) is None
    assert times(Decimal("0.500000000"), Fraction(1, 2)) == Decimal("0.25")
