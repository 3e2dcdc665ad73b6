"""Rules of options: what may be said of what can be chosen."""

from typing import Any

import pytest

from events.catalogue.messages import DefineOption, RevisePart
from events.catalogue.options import Excluded, OptionChoice, Replacement
from tests.catalogue import Catalogue, bill, define, line
from tests.scenario import day


def choice(id: str, **more: Any) -> OptionChoice:
    return OptionChoice(choice=id, **more)


def option(id: str, *choices: OptionChoice | str, part: str = "BIKE", **more: Any) -> DefineOption:
    """An option; a choice told as an id changes nothing."""
    told = tuple(choice(one) if isinstance(one, str) else one for one in choices)
    return DefineOption(part=part, option=id, choices=told, **more)


def swap(component: str, by: str, **more: Any) -> tuple[Replacement, ...]:
    return (Replacement(component=component, by=by, **more),)


def known() -> Catalogue:
    return Catalogue().with_parts("BIKE", "BELL", "RED", "BLUE")


def test_an_option_is_replaced_as_a_whole_and_a_repeat_says_nothing() -> None:
    catalogue = known().given(option("colour", "red", "blue", default="red"), option("bell", "yes"))
    assert [one.option for one in catalogue.known.options("BIKE")] == ["bell", "colour"]
    assert catalogue.when(option("colour", "red", "blue", default="red")).facts == []
    assert catalogue.when(option("colour", "red")).names == ["OptionDefined"]
    found = catalogue.known.option("BIKE", "colour")
    assert found is not None
    assert ([one.choice for one in found.choices], found.default) == (["red"], None)


def test_an_option_without_choices_is_not_offered_any_more() -> None:
    catalogue = known().given(option("colour", "red"), option("colour"))
    assert catalogue.known.options("BIKE") == ()
    assert catalogue.known.option("BIKE", "colour") is None


def test_an_option_waits_for_all_it_names() -> None:
    catalogue = Catalogue().given(define("RED"))
    told = option(
        "colour",
        choice("red", add=(line(1, "BELL", 1, "CT", component_revision="B"),), remove=("LAMP",)),
        choice("blue", replace=swap("RED", "BLUE")),
    )
    catalogue.when(told).parked_on("part/BIKE", "part/BELL", "part/LAMP", "part/BLUE")
    catalogue.with_parts("BIKE", "LAMP", "BLUE", "BELL")
    catalogue.when(told).parked_on("revision/BELL/B", "conversion/BELL/CT")
    catalogue.given(define("BELL", conversions={"CT": 12}), RevisePart(part="BELL", revision="B"))
    assert catalogue.when(told).names == ["OptionDefined"]
    assert catalogue.provided[-1] == "option/BIKE/colour"


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (option("c", "red", "red"), "choices[1].choice"),
        (option("c", "red", default="blue"), "default"),
        (option("c", default="blue"), "default"),
        (option("c", choice("x", add=(line(1, "BELL"), line(1, "RED")))), "choices[0].add[1].line"),
        (option("c", choice("x", add=(line(1, "BIKE"),))), "choices[0].add[0].component"),
        (option("c", choice("x", replace=swap("BELL", "BELL"))), "choices[0].replace[0].by"),
        (option("c", choice("x", replace=swap("BELL", "BIKE"))), "choices[0].replace[0].by"),
        (option("c", choice("x", remove=("BELL",), replace=swap("BELL", "RED"))), "choices[0].replace[0].component"),
        (
            option("c", choice("x", replace=(*swap("BELL", "RED"), *swap("BELL", "BLUE")))),
            "choices[0].replace[1].component",
        ),
        (option("c", choice("x", excludes=(Excluded(option="c", choice="y"),))), "choices[0].excludes[0].option"),
    ],
)
def test_what_is_wrong_in_itself_is_refused(told: DefineOption, field: str) -> None:
    assert known().refused(told) == (field,)


def test_a_part_never_contains_itself_by_choice() -> None:
    catalogue = known().given(bill("BELL", "RED"), bill("RED", "BIKE"))
    assert catalogue.refused(option("c", choice("x", add=(line(1, "BELL"),)))) == ("choices[0].add[0].component",)
    assert catalogue.refused(option("c", choice("x", replace=swap("BLUE", "BELL")))) == ("choices[0].replace[0].by",)
    early = line(1, "BELL", effective_to=day(5))
    assert catalogue.refused(option("c", choice("x", add=(early,)))) == ("choices[0].add[0].component",)
    catalogue.given(bill("RED", line(1, "BIKE", effective_from=day(5))))
    assert catalogue.when(option("c", choice("x", add=(early,)))).names == ["OptionDefined"], "never both at once"


@pytest.mark.parametrize("made", [{"replace": swap("BLUE", "BELL")}, {"add": (line(1, "BELL"),)}])
def test_a_bill_that_closes_a_circle_with_a_choice_is_refused(made: dict[str, Any]) -> None:
    catalogue = known().given(option("c", choice("x", **made)))
    assert catalogue.refused(bill("BELL", "RED", "BIKE")) == ("lines[1].component",)
    catalogue.given(option("c"))
    assert catalogue.when(bill("BELL", "RED", "BIKE")).names == ["BillDefined"], "it isn't offered any more"


def test_where_a_part_is_used_includes_choices() -> None:
    catalogue = known().given(bill("BIKE", "BELL"), option("c", choice("x", add=(line(1, "BELL"), line(2, "RED")))))
    assert [catalogue.known.where_used(part) for part in ("BELL", "RED", "BLUE")] == [("BIKE",), ("BIKE",), ()]
    catalogue.given(bill("BIKE"))
    assert catalogue.known.where_used("BELL") == ("BIKE",)
    catalogue.given(option("c"))
    assert catalogue.known.where_used("BELL") == ()
