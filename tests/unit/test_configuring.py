"""A part as chosen: what choices change in its bill, and which can't be made."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue.configuring import configure
from events.catalogue.explosion import CannotExplodeError, direct, explode
from events.catalogue.messages import RevisePart
from events.catalogue.options import Excluded, Replacement
from events.catalogue.records import LineRecord
from tests.catalogue import Catalogue, bill, define, define_site, line
from tests.scenario import START, day
from tests.unit.test_options import choice, option, swap


def bicycle() -> Catalogue:
    """A bicycle in black without a bell, of which other things can be chosen."""
    return Catalogue().with_parts("BIKE", "BLACK", "RED", "WHEEL", "BELL", "RACK", "LAMP", "PAINT").given(
        define_site("plant"), bill("BIKE", "BLACK", line(2, "WHEEL", 2), "LAMP"), bill("RED", line(1, "PAINT", 3)),
        option("colour", "black", choice("red", replace=swap("BLACK", "RED")), default="black"),
        option("extra", choice("bell", add=(line(1, "BELL"),)), choice("bare", remove=("LAMP",))),
        option("rack", choice("yes", add=(line(1, "RACK"),), excludes=(Excluded(option="extra", choice="bare"),))),
    )


def lines(catalogue: Catalogue, *choices: tuple[str, str], at: float = 0, **more: Any) -> list[tuple[str, Fraction]]:
    found = configure(catalogue.known, "BIKE", choices, day(at), more.pop("site", None), **more)
    assert isinstance(found, tuple), found
    return [(one.component, one.gross) for one in found]


def problems(catalogue: Catalogue, *choices: tuple[str, str]) -> list[tuple[str, str]]:
    found = configure(catalogue.known, "BIKE", choices, START, None)
    assert isinstance(found, list), found
    assert all(one.remedy for one in found)
    return [(one.field, one.problem) for one in found]


def test_each_choice_changes_the_bill_where_it_says_so() -> None:
    assert lines(bicycle()) == [("BLACK", 1), ("WHEEL", 2), ("LAMP", 1)]
    assert lines(bicycle(), ("colour", "black")) == lines(bicycle())
    assert lines(bicycle(), ("colour", "red")) == [("RED", 1), ("WHEEL", 2), ("LAMP", 1)]
    assert lines(bicycle(), ("extra", "bare")) == [("BLACK", 1), ("WHEEL", 2)]
    assert lines(bicycle(), ("rack", "yes"), ("extra", "bell"), ("colour", "red")) == [
        ("RED", 1), ("WHEEL", 2), ("LAMP", 1), ("BELL", 1), ("RACK", 1)
    ]


def test_what_is_not_chosen_is_at_its_default() -> None:
    catalogue = bicycle().given(option("colour", "black", choice("red", replace=swap("BLACK", "RED")), default="red"))
    assert lines(catalogue)[0] == ("RED", 1)
    assert lines(catalogue, ("colour", "black"))[0] == ("BLACK", 1)


def test_what_must_be_chosen_is_asked_for_unless_there_is_a_default() -> None:
    catalogue = bicycle().given(option("size", "s", "m", required=True))
    assert problems(catalogue) == [("options", "option size of BIKE isn't chosen")]
    assert lines(catalogue, ("size", "m")) == lines(bicycle())
    assert lines(catalogue.given(option("size", "s", "m", required=True, default="s"))) == lines(bicycle())


def test_what_is_not_offered_cannot_be_chosen() -> None:
    assert problems(bicycle(), ("size", "s"), ("colour", "green"), ("colour", "red")) == [
        ("options[0].option", "BIKE has no option size"),
        ("options[1].choice", "option colour has no choice green"),
        ("options[2].option", "option colour is chosen twice"),
    ]
    assert problems(bicycle().given(option("rack")), ("rack", "yes")) == [
        ("options[0].option", "BIKE has no option rack")
    ]
    plain = Catalogue().with_parts("BIKE")
    assert problems(plain, ("size", "s")) == [("options[0].option", "BIKE has no option size")]


def test_a_pair_that_a_rule_excludes_is_refused_by_that_rules_name_in_either_order() -> None:
    excluded = "choice yes of option rack excludes choice bare of option extra"
    assert problems(bicycle(), ("rack", "yes"), ("extra", "bare")) == [("options[0].choice", excluded)]
    assert problems(bicycle(), ("extra", "bare"), ("rack", "yes")) == [("options[1].choice", excluded)]
    both = choice("bare", excludes=(Excluded(option="rack", choice="yes"),))
    assert len(problems(bicycle().given(option("extra", both)), ("extra", "bare"), ("rack", "yes"))) == 1
    assert lines(bicycle(), ("rack", "yes"), ("extra", "bell")), "the other choices of both go together"


def test_a_default_is_excluded_like_what_was_chosen() -> None:
    catalogue = bicycle().given(option("extra", choice("bare", remove=("LAMP",)), default="bare"))
    assert problems(catalogue, ("rack", "yes")) == [
        ("options[0].choice", "choice yes of option rack excludes choice bare of option extra")
    ]


def test_two_choices_that_change_one_component_differently_are_refused() -> None:
    catalogue = bicycle().given(option("night", choice("bright", replace=swap("LAMP", "BELL"))))
    assert problems(catalogue, ("night", "bright"), ("extra", "bare")) == [
        ("options[0].choice", "choice bright of option night and choice bare of option extra change LAMP in different"
         " ways")
    ]
    alike = bicycle().given(option("night", choice("none", remove=("LAMP",))))
    assert lines(alike, ("night", "none"), ("extra", "bare")) == [("BLACK", 1), ("WHEEL", 2)]


def test_what_is_not_in_the_bill_cannot_be_replaced_but_need_not_be_removed() -> None:
    catalogue = bicycle().given(bill("BIKE", line(1, "BLACK", effective_to=day(5)), line(2, "WHEEL", 2)))
    assert lines(catalogue, ("colour", "red"), at=4)[0] == ("RED", 1)
    found = configure(catalogue.known, "BIKE", (("colour", "red"),), day(5), None)
    assert isinstance(found, list)
    assert found[0].problem.startswith("choice red of option colour replaces BLACK, which isn't in the bill of BIKE")
    assert lines(catalogue, ("extra", "bare")) == [("BLACK", 1), ("WHEEL", 2)]


def test_a_replacement_counts_in_its_own_unit_with_scrap_kept() -> None:
    catalogue = Catalogue().with_parts("BIKE").given(
        define("CHAIN", "MTR"), define("BELT", "GRM"),
        bill("BIKE", line(1, "CHAIN", 150, "CMT", scrap_allowance="0.25", per=2)),
        option("drive", choice("belt", replace=swap("CHAIN", "BELT", numerator=400, denominator=3))),
    )
    found = configure(catalogue.known, "BIKE", (("drive", "belt"),), START, None)
    assert isinstance(found, tuple)
    (belt,) = found
    assert (belt.net, belt.gross) == (100, Fraction(400, 3))
    assert (belt.quantity.amount, belt.quantity.unit) == (200, "GRM")
    assert explode(catalogue.known, "BIKE", START, choices=(("drive", "belt"),)).components[0].per == Fraction(400, 3)


def test_a_replacement_is_of_its_own_revision_not_of_the_replaced_parts() -> None:
    catalogue = Catalogue().with_parts("BIKE", "BLACK", "RED").given(
        RevisePart(part="BLACK", revision="7"), RevisePart(part="RED", revision="2"),
        bill("BIKE", line(1, "BLACK", component_revision="7")),
        option("colour", choice("red", replace=swap("BLACK", "RED"))),
    )
    (component,) = explode(catalogue.known, "BIKE", START, choices=(("colour", "red"),)).components
    assert (component.part, component.revision) == ("RED", "2")


def test_a_line_that_holds_later_or_elsewhere_is_not_added_now_or_here() -> None:
    added = (line(1, "BELL", effective_from=day(5)), line(2, "RACK", site="plant"))
    catalogue = bicycle().given(option("extra", choice("both", add=added)))
    plain = lines(bicycle())
    assert lines(catalogue, ("extra", "both")) == plain
    assert lines(catalogue, ("extra", "both"), at=5) == [*plain, ("BELL", 1)]
    assert lines(catalogue, ("extra", "both"), site="plant") == [*plain, ("RACK", 1)]


def test_only_the_top_level_is_changed_and_goes_on_below() -> None:
    catalogue = bicycle().with_parts("TANDEM").given(bill("TANDEM", line(1, "BIKE", 2)))
    chosen = (("colour", "red"),)
    assert [one.part for one in explode(catalogue.known, "BIKE", START, choices=chosen).components] == [
        "RED", "PAINT", "WHEEL", "LAMP"
    ]
    assert [(need.part, need.per) for need in direct(catalogue.known, "BIKE", START, choices=chosen)] == [
        ("RED", 1), ("WHEEL", 2), ("LAMP", 1)
    ]
    with pytest.raises(CannotExplodeError, match="TANDEM has no option colour"):
        explode(catalogue.known, "TANDEM", START, choices=chosen)


def test_a_part_that_must_be_chosen_of_can_be_looked_at_without_choosing() -> None:
    catalogue = bicycle().given(option("size", "s", "m", required=True))
    assert explode(catalogue.known, "BIKE", START) == explode(bicycle().known, "BIKE", START)
    assert direct(catalogue.known, "BIKE", START) == direct(bicycle().known, "BIKE", START)
    with pytest.raises(CannotExplodeError, match="option size of BIKE isn't chosen: choose one of s, m"):
        direct(catalogue.known, "BIKE", START, choices=(("colour", "red"),))


PARTS = [f"P{number}" for number in range(6)]
components = st.sampled_from(PARTS)
bills = st.lists(components, min_size=1, max_size=6, unique=True)


@st.composite
def offers(draw: st.DrawFn) -> list[Any]:
    """Options of which every choice is allowed with every other: each changes components of its own."""
    left = draw(st.permutations(PARTS))
    found = []
    for number in range(draw(st.integers(0, 3))):
        mine, left = left[:2], left[2:]
        made = [choice("none")]
        if draw(st.booleans()):
            made.append(choice("less", remove=tuple(mine)))
        if draw(st.booleans()):
            made.append(choice("other", replace=tuple(Replacement(component=one, by="X", numerator=2) for one in mine)))
        made.append(choice("more", add=(line(1, "Y", number + 1),)))
        found.append(option(f"o{number}", *made))
    return found


@given(bills, offers(), st.randoms(use_true_random=False))
def test_choices_change_what_they_say_in_any_order_and_nothing_else(
    parts: list[str], told: list[Any], chance: Any
) -> None:
    catalogue = Catalogue().with_parts("BIKE", "X", "Y", *PARTS).given(bill("BIKE", *parts), *told)
    plain = catalogue.known.bill("BIKE", START)
    assert configure(catalogue.known, "BIKE", (), START, None) == plain, "nothing chosen, nothing changed"
    picked = [(each, chance.choice(each.choices)) for each in told]
    chosen = [(each.option, made.choice) for each, made in picked]
    found = configure(catalogue.known, "BIKE", chosen, START, None)
    chance.shuffle(chosen)
    again = configure(catalogue.known, "BIKE", chosen, START, None)
    assert [getattr(one, "problem", one) for one in again] == [getattr(one, "problem", one) for one in found]
    gone = {one for _, made in picked for one in made.remove}
    into = {change.component: change for _, made in picked for change in made.replace}
    if not into.keys() <= set(parts):
        assert isinstance(found, list)
        return
    assert isinstance(found, tuple)
    assert [one.component for one in found[: len(found) - added(picked)]] == [
        "X" if part in into else part for part in parts if part not in gone
    ]
    assert all(one.gross == 2 for one in found if one.component == "X")
    assert sum((one.gross for one in found if one.component == "Y"), Fraction(0)) == sum(
        int(line.quantity.amount) for _, made in picked for line in made.add
    )
    untouched: list[LineRecord] = [one for one in plain if one.component not in gone | into.keys()]
    assert [one for one in found if one.component not in ("X", "Y")] == untouched


def added(picked: list[Any]) -> int:
    return sum(len(made.add) for _, made in picked)


@given(bills)
def test_when_all_is_removed_nothing_is_left(parts: list[str]) -> None:
    catalogue = Catalogue().with_parts("BIKE", *PARTS).given(
        bill("BIKE", *parts), option("kit", choice("empty", remove=tuple(PARTS)))
    )
    assert configure(catalogue.known, "BIKE", (("kit", "empty"),), START, None) == ()
    assert direct(catalogue.known, "BIKE", START, choices=(("kit", "empty"),)) == ()
