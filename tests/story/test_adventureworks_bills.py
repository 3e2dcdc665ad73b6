"""All 97 bicycles of a real maker are taken apart, and compared with an explosion straight from the maker's rows."""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, datetime, time
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from events.catalogue.explosion import explode
from events.catalogue.reference import Reference
from tests.adventureworks.convert import code
from tests.adventureworks.rows import FOLDER, Files

APRIL_2010 = date(2010, 4, 15)
"""No row begins or ends in that April: any of its days gives the same. Most rows haven't begun yet."""
JUNE_2011 = date(2011, 6, 15)
"""The last row begins on 2010-12-23, the last one ended before: every bicycle is whole."""
LAST_DAY, DAY_AFTER = date(2010, 5, 3), date(2010, 5, 4)
"""Fifteen rows end on the one, and their successors begin on the other."""
PLANT = ZoneInfo("America/Los_Angeles")

Parts = dict[str, Fraction]


@pytest.fixture(scope="module")
def naive(bicycle_maker: Files) -> Callable[[str, date], Parts]:
    """A part's bought parts on a day: down every row that holds on it, by product id. It shares no code with Lotone."""
    below: dict[str, list[tuple[str, str, str, Fraction]]] = defaultdict(list)
    with (FOLDER / "BillOfMaterials.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            parent = row["ProductAssemblyId"].split(".")[0]
            period = row["StartDate"][:10], row["EndDate"][:10] or "9999-12-31"
            below[parent].append((row["ComponentId"], *period, Fraction(row["PerAssemblyQty"])))

    def taken_apart(product: str, day: date) -> Parts:
        found: Parts = defaultdict(Fraction)
        rows = [row for row in below[product] if row[1] <= day.isoformat() <= row[2]]
        for component, _, _, amount in rows:
            for part, each in (taken_apart(component, day) or {component: Fraction(1)}).items():
                found[part] += amount * each
        return dict(found)

    return taken_apart


def ours(known: Reference, part: str, day: date, hour: time = time(12)) -> Parts:
    """The same from the catalogue, exactly, by part code."""
    found: Parts = defaultdict(Fraction)
    for component in explode(known, part, datetime.combine(day, hour, PLANT)).components:
        if component.leaf:
            found[component.part] += component.exact
    return dict(found)


def coded(files: Files, parts: Parts) -> Parts:
    return {code(files.products[product]): amount for product, amount in parts.items()}


@pytest.mark.parametrize(
    ("day", "hour"),
    [
        (APRIL_2010, time(12)), (JUNE_2011, time(12)),
        (LAST_DAY, time(23, 59, 59)), (DAY_AFTER, time(0)),
    ],
    ids=["2010-04", "2011-06", "the last moment of ended rows", "the first moment of their successors"],
)
def test_every_bicycle_is_built_of_what_the_rows_say(
    bicycle_maker: Files, catalogue: Reference, naive: Callable[[str, date], Parts], day: date, hour: time
) -> None:
    assert len(bicycle_maker.bicycles) == 97
    for bicycle in bicycle_maker.bicycles:
        wanted = coded(bicycle_maker, naive(bicycle, day))
        assert ours(catalogue, code(bicycle_maker.products[bicycle]), day, hour) == wanted, bicycle


def test_no_row_begins_or_ends_in_the_months_that_are_compared(bicycle_maker: Files) -> None:
    stamps = [row["StartDate"][:7] for row in bicycle_maker.bill_rows]
    stamps += [row["EndDate"][:7] for row in bicycle_maker.bill_rows if row["EndDate"]]
    assert not {"2010-04", "2011-06"} & set(stamps)
    assert max(stamps) == "2010-12"


def test_a_changed_quantity_changes_the_explosion(bicycle_maker: Files, catalogue: Reference) -> None:
    """189 rows changed a quantity: the day after isn't the last day."""
    codes = [code(bicycle_maker.products[bicycle]) for bicycle in bicycle_maker.bicycles]
    changed = [part for part in codes if ours(catalogue, part, LAST_DAY) != ours(catalogue, part, DAY_AFTER)]
    assert changed


def test_a_whole_bicycle_has_about_48_bought_parts(bicycle_maker: Files, catalogue: Reference) -> None:
    codes = [code(bicycle_maker.products[bicycle]) for bicycle in bicycle_maker.bicycles]
    whole = [ours(catalogue, part, JUNE_2011) for part in codes]
    assert Counter(len(parts) for parts in whole) == {48: 82, 49: 15}
    bought = set().union(*whole)
    assert len(bought) == 87
    assert not any(catalogue.part(part).make for part in bought)  # type: ignore[union-attr]


def test_28_of_them_are_bought_in_another_unit_and_none_one_to_one(
    bicycle_maker: Files, catalogue: Reference
) -> None:
    bought: set[str] = set()
    for bicycle in bicycle_maker.bicycles:
        bought |= set(ours(catalogue, code(bicycle_maker.products[bicycle]), JUNE_2011))
    at = datetime.combine(JUNE_2011, time(12), PLANT)
    parts = [part for part in catalogue.parts() if part.id in bought]
    units = {part.id: (part.unit, catalogue.agreements(part.id)[0].unit) for part in parts}
    other = {part: unit for part, unit in units.items() if unit[0] != unit[1]}
    assert len(other) == 28
    factors = {part: catalogue.factor(part, purchase, at) for part, (_, purchase) in other.items()}
    assert all(factor is not None and factor > 1 for factor in factors.values()), factors
    paint = {factors[part] for part, (_, purchase) in other.items() if purchase == "GLL"}
    dozen = {factors[part] for part, (_, purchase) in other.items() if purchase == "DZN"}
    assert (paint, dozen) == ({Fraction(128)}, {Fraction(12)})


def test_every_bought_part_converts_from_its_purchase_unit_and_has_a_weight(
    bicycle_maker: Files, catalogue: Reference
) -> None:
    at = datetime.combine(JUNE_2011, time(12), PLANT)
    for product, _ in bicycle_maker.agreements:
        part = code(bicycle_maker.products[product])
        (unit,) = {terms.unit for terms in catalogue.agreements(part)}
        assert catalogue.factor(part, unit, at) is not None, part
        assert catalogue.part(part).weight is not None, part  # type: ignore[union-attr]


def test_each_level_of_a_bill_is_a_level_of_the_explosion(bicycle_maker: Files, catalogue: Reference) -> None:
    codes = [code(bicycle_maker.products[bicycle]) for bicycle in bicycle_maker.bicycles]
    at = datetime.combine(JUNE_2011, time(12), PLANT)
    assert max(component.level for part in codes for component in explode(catalogue, part, at).components) == 4
