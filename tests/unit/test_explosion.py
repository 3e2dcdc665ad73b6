"""A part taken apart: exact, as of a time, through phantoms, and never for ever."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue.explosion import CannotExplodeError, Explosion, direct, explode
from events.catalogue.facts import BillDefined, PartDefined, PartSuperseded
from events.catalogue.messages import RevisePart, SupersedePart
from events.catalogue.parts import MakeOrBuy
from events.catalogue.reference import Reference
from events.values import Quantity
from tests.catalogue import Catalogue, bill, define, line
from tests.scenario import START, day, reference


def shape(found: Explosion) -> list[tuple[int, str, str]]:
    """Level, part and quantity of each line."""
    return [(one.level, one.part, f"{one.quantity.amount.normalize():f}") for one in found.components]


def amounts(totals: dict[str, Quantity]) -> dict[str, str]:
    return {part: f"{quantity.amount.normalize():f} {quantity.unit}" for part, quantity in totals.items()}


def bicycle() -> Catalogue:
    return Catalogue().with_parts("BIKE", "WHEEL", "FRAME", "SPOKE").given(
        define("TAPE", "MTR"), define("RIM"),
        bill("BIKE", "FRAME", line(2, "WHEEL", 2), line(3, "TAPE", 50, "CMT")),
        bill("WHEEL", line(1, "SPOKE", 3, "DZN"), "RIM", line(3, "TAPE", 10, "CMT")),
    )


def test_quantities_multiply_down_the_levels_in_base_units() -> None:
    found = explode(bicycle().known, "BIKE", START, quantity=Quantity.of(10, "C62"))
    assert shape(found) == [
        (1, "FRAME", "10"), (1, "WHEEL", "20"), (2, "SPOKE", "720"), (2, "RIM", "20"), (2, "TAPE", "2"),
        (1, "TAPE", "5"),
    ]
    assert amounts(found.totals) == {
        "FRAME": "10 C62", "RIM": "20 C62", "SPOKE": "720 C62", "TAPE": "7 MTR", "WHEEL": "20 C62"
    }
    assert amounts(found.leaves) == {"FRAME": "10 C62", "RIM": "20 C62", "SPOKE": "720 C62", "TAPE": "7 MTR"}
    wheel, spoke = found.components[1], found.components[2]
    assert (wheel.per, wheel.leaf, spoke.per, spoke.path) == (2, False, 36, ("BIKE", "WHEEL", "SPOKE"))


def test_one_base_unit_is_taken_apart_unless_told() -> None:
    found = explode(bicycle().known, "BIKE", START)
    assert found.quantity == Quantity.of(1, "C62")
    assert amounts(found.leaves)["SPOKE"] == "72 C62"
    assert amounts(explode(bicycle().known, "BIKE", START, quantity=Quantity.of(1, "DZN")).leaves)["SPOKE"] == "864 C62"


def test_scrap_raises_what_is_needed_and_only_the_end_is_rounded() -> None:
    catalogue = Catalogue().given(define("P"), define("S"), define("C"), define("G", "GRM")).given(
        bill("P", line(1, "S", scrap_allowance="0.1")),
        bill("S", line(1, "C", 9, scrap_allowance="0.1"), line(2, "G", 1, "GRM", per=3)),
    )
    found = explode(catalogue.known, "P", START)
    assert [one.exact for one in found.components] == [Fraction(10, 9), Fraction(100, 9), Fraction(10, 27)]
    assert amounts(found.totals) == {"C": "12 C62", "G": "0.370370371 GRM", "S": "2 C62"}
    ninefold = explode(catalogue.known, "P", START, quantity=Quantity.of(9, "C62"))
    assert amounts(ninefold.totals)["C"] == "100 C62", "not nine times twelve"


def test_a_part_may_say_how_finely_it_is_counted() -> None:
    catalogue = Catalogue().given(define("P"), define("G", "GRM", scale=1), bill("P", line(1, "G", 1, "GRM", per=3)))
    assert amounts(explode(catalogue.known, "P", START).totals) == {"G": "0.4 GRM"}


def test_a_phantom_passes_its_components_on_and_is_not_stocked() -> None:
    catalogue = Catalogue().with_parts("P", "A", "B").given(
        define("KIT", phantom=True, make_or_buy=MakeOrBuy.BUY), bill("P", line(1, "KIT", 2), "B"),
        bill("KIT", line(1, "A", 3), "B"),
    )
    found = explode(catalogue.known, "P", START)
    assert amounts(found.totals) == {"A": "6 C62", "B": "3 C62"}
    assert [one.part for one in found.components if one.phantom] == ["KIT"]
    assert [(need.part, need.per) for need in direct(catalogue.known, "P", START)] == [("A", 6), ("B", 2), ("B", 1)]


def test_one_level_stops_at_what_is_stocked() -> None:
    assert [need.part for need in direct(bicycle().known, "BIKE", START)] == ["FRAME", "WHEEL", "TAPE"]


def test_what_only_suppliers_make_is_not_looked_into() -> None:
    catalogue = Catalogue().with_parts("P", "A")
    catalogue.given(define("S", make_or_buy=MakeOrBuy.BUY), bill("P", "S"), bill("S", "A"))
    assert amounts(explode(catalogue.known, "P", START).leaves) == {"S": "1 C62"}
    assert amounts(explode(catalogue.known, "S", START).leaves) == {"A": "1 C62"}, "but the top is, being asked for"


def test_all_levels_are_as_of_one_time() -> None:
    catalogue = Catalogue().with_parts("P", "S", "OLD", "NEW").given(
        bill("P", "S"), bill("S", line(1, "OLD", effective_to=day(5)), line(2, "NEW", effective_from=day(5)))
    )
    found = [list(explode(catalogue.known, "P", day(at)).leaves) for at in (4, 5)]
    assert found == [["OLD"], ["NEW"]]


def test_a_line_may_name_a_revision_else_the_effective_one_is_built() -> None:
    catalogue = Catalogue().with_parts("P", "Q", "S", "A", "B").given(
        RevisePart(part="S", revision="1"), RevisePart(part="S", revision="2", effective_from=day(5)),
        bill("S", "A", revision="1"), bill("S", "B", revision="2"),
        bill("P", "S"), bill("Q", line(1, "S", component_revision="1")),
    )
    assert [list(explode(catalogue.known, "P", day(at)).leaves) for at in (0, 5)] == [["A"], ["B"]]
    assert list(explode(catalogue.known, "Q", day(5)).leaves) == ["A"]
    assert explode(catalogue.known, "Q", day(5)).components[0].revision == "1"
    assert list(explode(catalogue.known, "S", day(5), revision="1").leaves) == ["A"]


def test_a_successor_is_built_in_unless_the_old_is_used_up_first() -> None:
    catalogue = Catalogue().with_parts("P", "OLD", "NEW", "OLDER", "NEWER").given(
        bill("P", "OLD", "OLDER"), SupersedePart(part="OLD", by="NEW", effective_from=day(5), use_up=False),
        SupersedePart(part="OLDER", by="NEWER", effective_from=day(5)),
    )
    found = [list(explode(catalogue.known, "P", day(at)).leaves) for at in (4, 5)]
    assert found == [["OLD", "OLDER"], ["NEW", "OLDER"]]


def test_what_can_not_be_followed_is_named() -> None:
    with pytest.raises(CannotExplodeError, match="P: this part isn't known"):
        explode(Reference(), "P", START)
    with pytest.raises(CannotExplodeError, match="nothing converts CT"):
        explode(reference(_part("P")), "P", START, quantity=Quantity.of(1, "CT"))
    known = reference(_part("P"), _part("A"), BillDefined(part="P", lines=(line(1, "A", 1, "BX"),)))
    with pytest.raises(CannotExplodeError, match="P > A: nothing converts BX"):
        explode(known, "P", START)


def test_a_circle_is_noticed_anyway() -> None:
    known = reference(
        _part("A"), _part("B"), _part("C"), BillDefined(part="A", lines=(line(1, "B"),)),
        BillDefined(part="B", lines=(line(1, "C"),)),
        PartSuperseded(part="C", by="A", effective_from=START, use_up=False),
    )
    with pytest.raises(CannotExplodeError, match="A > B > A: a part contains itself") as caught:
        explode(known, "A", START)
    assert caught.value.path == ("A", "B", "A")
    with pytest.raises(CannotExplodeError):
        explode(known, "B", START)


def _part(id: str) -> PartDefined:
    return PartDefined.model_validate(define(id).model_dump())


def test_a_deep_bill_needs_no_deep_stack() -> None:
    facts: list[PartDefined | BillDefined] = [_part(str(level)) for level in range(1500)]
    facts += [BillDefined(part=str(level), lines=(line(1, str(level + 1)),)) for level in range(1499)]
    found = explode(reference(*facts), "0", START)
    assert found.components[-1].level == 1499
    assert list(found.leaves) == ["1499"]


AMOUNTS = st.decimals(min_value=Decimal("0.01"), max_value=100, places=2)
SCRAPS = st.decimals(min_value=0, max_value=Decimal("0.9"), places=2)
LINES = st.lists(st.tuples(st.integers(1, 3), AMOUNTS, AMOUNTS, SCRAPS), max_size=4)
BILLS = st.lists(LINES, min_size=1, max_size=6)


def _random(bills: list[list[tuple[int, Decimal, Decimal, Decimal]]]) -> Reference:
    """Part *n* contains some of the three after it; so there is never a circle."""
    facts: list[PartDefined | BillDefined] = [_part(f"{level:02}") for level in range(len(bills) + 3)]
    for level, lines in enumerate(bills):
        told = tuple(
            line(number, f"{level + step:02}", str(amount), per=per, scrap_allowance=scrap)
            for number, (step, amount, per, scrap) in enumerate(lines, 1)
        )
        facts.append(BillDefined(part=f"{level:02}", lines=told))
    return reference(*facts)


@given(BILLS, AMOUNTS)
def test_totals_are_what_the_levels_need_one_by_one(
    bills: list[list[tuple[int, Decimal, Decimal, Decimal]]], amount: Decimal
) -> None:
    """The same sums found another way: level by level, each part's whole requirement at once."""
    known = _random(bills)
    found = explode(known, "00", START, quantity=Quantity(amount=amount, unit="C62"))
    needed = {f"{level:02}": Fraction(0) for level in range(len(bills) + 3)} | {"00": Fraction(amount)}
    for level, lines in enumerate(bills):
        for step, each, per, scrap in lines:
            gross = Fraction(each) / Fraction(per) / (1 - Fraction(scrap))
            needed[f"{level + step:02}"] += needed[f"{level:02}"] * gross
    exact: dict[str, Fraction] = {}
    for one in found.components:
        exact[one.part] = exact.get(one.part, Fraction(0)) + one.exact
    assert exact == {part: sum_ for part, sum_ in needed.items() if sum_ and part != "00"}
    for part, quantity in found.totals.items():
        assert exact[part] <= Fraction(quantity.amount) < exact[part] + 1, "pieces are rounded up to whole ones"
    for part in found.leaves:
        assert known.bill(part, START) == ()
