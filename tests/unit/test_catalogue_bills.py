"""Rules of bills of material."""

import pytest
from pydantic import ValidationError

from events.catalogue.messages import DefineConversion, RevisePart
from tests.catalogue import Catalogue, bill, define, define_site, line
from tests.scenario import START, day


def lines(catalogue: Catalogue, part: str, at: float = 0, **more: str) -> list[str]:
    """The components effective on a day."""
    return [one.component for one in catalogue.known.bill(part, day(at), **more)]


def test_a_bill_is_replaced_as_a_whole() -> None:
    catalogue = Catalogue().with_parts("BIKE", "FRAME", "WHEEL", "BELL").given(bill("BIKE", "FRAME", "WHEEL"))
    assert lines(catalogue, "BIKE") == ["FRAME", "WHEEL"]
    assert catalogue.when(bill("BIKE", "FRAME", "WHEEL")).facts == []
    assert catalogue.when(bill("BIKE", "FRAME", "BELL")).names == ["BillDefined"]
    assert lines(catalogue, "BIKE") == ["FRAME", "BELL"]
    assert [catalogue.known.where_used(part) for part in ("FRAME", "WHEEL", "BELL")] == [("BIKE",), (), ("BIKE",)]
    assert catalogue.when(bill("BIKE")).names == ["BillDefined"], "not built any more"
    assert lines(catalogue, "BIKE") == []


def test_a_bill_waits_for_all_it_names() -> None:
    catalogue = Catalogue()
    told = bill("BIKE", "FRAME", line(2, "GLUE", 3, "ONZ", site="plant"), site="plant")
    catalogue.when(told).parked_on("part/BIKE", "site/plant", "part/FRAME", "part/GLUE")
    catalogue.given(define_site("plant")).with_parts("BIKE", "FRAME", "GLUE")
    catalogue.when(told).parked_on("conversion/GLUE/ONZ")
    catalogue.given(DefineConversion(part="GLUE", unit="GRM", numerator=1, denominator=250))
    assert "conversion/GLUE/ONZ" in catalogue.provided
    assert catalogue.when(told).names == ["BillDefined"]


def test_a_bill_waits_for_revisions() -> None:
    catalogue = Catalogue().with_parts("BIKE", "FRAME")
    told = bill("BIKE", line(1, "FRAME", component_revision="C"), revision="B")
    catalogue.when(told).parked_on("revision/BIKE/B", "revision/FRAME/C")
    catalogue.given(RevisePart(part="BIKE", revision="B"), RevisePart(part="FRAME", revision="C"))
    assert catalogue.provided[-2:] == ["revision/BIKE/B", "revision/FRAME/C"]
    assert catalogue.when(told).names == ["BillDefined"]


def test_a_line_needs_a_conversion_that_holds_when_it_begins() -> None:
    catalogue = Catalogue().with_parts("BIKE", "GLUE").given(
        DefineConversion(part="GLUE", unit="CT", numerator=1, valid_from=day(10))
    )
    catalogue.when(bill("BIKE", line(1, "GLUE", 1, "CT", effective_from=day(9)))).parked_on("conversion/GLUE/CT")
    assert catalogue.when(bill("BIKE", line(1, "GLUE", 1, "CT", effective_from=day(10)))).names == ["BillDefined"]


def test_each_wrong_line_is_named() -> None:
    catalogue = Catalogue().with_parts("BIKE", "FRAME", "BELL")
    wrong = bill("BIKE", line(1, "BIKE"), line(1, "FRAME"), line(3, "BELL"), line(4, "BELL"))
    assert catalogue.refused(wrong) == ("lines[0].component", "lines[1].line", "lines[3].component")


def test_a_component_may_come_again_at_another_time_or_place_on_the_drawing() -> None:
    catalogue = Catalogue().with_parts("BIKE", "BOLT").given(define_site("plant"), define_site("store"))
    in_turn = bill("BIKE", line(1, "BOLT", 4, effective_to=day(5)), line(2, "BOLT", 6, effective_from=day(5)))
    assert catalogue.when(in_turn).names == ["BillDefined"]
    found = [[one.quantity.amount for one in catalogue.known.bill("BIKE", day(at))] for at in (4.9, 5)]
    assert found == [[4], [6]], "a period is half-open"
    assert catalogue.when(bill("BIKE", line(1, "BOLT", find="10"), line(2, "BOLT", find="20"))).names
    assert catalogue.when(bill("BIKE", line(1, "BOLT", site="plant"), line(2, "BOLT", site="store"))).names
    assert catalogue.refused(bill("BIKE", line(1, "BOLT"), line(2, "BOLT", site="store"))) == ("lines[1].component",)
    overlapping = bill("BIKE", line(1, "BOLT", effective_to=day(6)), line(2, "BOLT", effective_from=day(5)))
    assert catalogue.refused(overlapping) == ("lines[1].component",)


def test_a_bill_never_contains_its_own_part() -> None:
    catalogue = Catalogue().with_parts("A", "B", "C", "D").given(bill("A", "B"), bill("B", "D", "C"))
    assert catalogue.refused(bill("C", "D", "A")) == ("lines[1].component",)
    assert catalogue.when(bill("C", "D")).names == ["BillDefined"]


def test_a_circle_is_one_only_when_all_its_lines_hold_at_once() -> None:
    catalogue = Catalogue().with_parts("A", "B", "C").given(
        bill("A", line(1, "B", effective_to=day(10))), bill("B", line(1, "C", effective_from=day(5)))
    )
    assert catalogue.when(bill("C", line(1, "A", effective_from=day(10)))).names == ["BillDefined"]
    assert catalogue.when(bill("C", line(1, "A", effective_to=day(5)))).names == ["BillDefined"]
    all_at_once = bill("C", line(1, "A", effective_from=day(9), effective_to=day(11)))
    assert catalogue.refused(all_at_once) == ("lines[0].component",)


def test_lines_that_overlap_in_pairs_of_a_path_are_searched_in_every_period() -> None:
    """B is reached twice: first in a period that closes no circle, then in one that does."""
    catalogue = Catalogue().with_parts("A", "B", "C", "D").given(
        bill("D", line(1, "A", effective_from=day(20))), bill("B", "D"), bill("C", "B"),
    )
    early, late = line(1, "B", effective_to=day(10)), line(2, "C", effective_from=day(15))
    assert catalogue.refused(bill("A", early, late)) == ("lines[1].component",)


def test_circles_go_through_revisions_and_sites() -> None:
    catalogue = Catalogue().with_parts("A", "B").given(define_site("plant"), RevisePart(part="B", revision="X"))
    catalogue.given(bill("B", "A", revision="X", site="plant"))
    assert catalogue.refused(bill("A", "B")) == ("lines[0].component",)


def test_a_wide_deep_bill_is_searched_in_no_time() -> None:
    """Forty levels of two parts that both contain both below: a walk of every path would never end."""
    ids = [f"{level}{side}" for level in range(40) for side in "ab"]
    catalogue = Catalogue().with_parts("TOP", "SIDE", *ids).given(bill("TOP", "SIDE"))
    for level in range(39):
        for side in "ab":
            catalogue.given(bill(f"{level}{side}", f"{level + 1}a", f"{level + 1}b"))
    assert catalogue.refused(bill("39a", "0a")) == ("lines[0].component",)
    assert catalogue.when(bill("SIDE", "0a")).names == ["BillDefined"], "used, so all below is searched"


def test_the_closest_bill_goes_first() -> None:
    catalogue = Catalogue().with_parts("P", "GENERAL", "REVISED", "THERE", "BOTH").given(
        define_site("plant"), define_site("store"), RevisePart(part="P", revision="B", effective_from=day(10)),
        RevisePart(part="P", revision="A"),
        bill("P", "GENERAL"), bill("P", "REVISED", revision="B"), bill("P", "THERE", site="plant"),
        bill("P", "BOTH", revision="B", site="plant"),
    )
    assert lines(catalogue, "P") == ["GENERAL"]
    assert lines(catalogue, "P", 10) == ["REVISED"], "B is effective by then"
    assert lines(catalogue, "P", 10, revision="A") == ["GENERAL"]
    assert lines(catalogue, "P", 0, site="plant") == ["THERE"]
    assert lines(catalogue, "P", 10, site="plant") == ["BOTH"]
    assert lines(catalogue, "P", 10, site="store") == ["REVISED"]


def test_a_revisions_bill_goes_before_a_sites() -> None:
    catalogue = Catalogue().with_parts("P", "REVISED", "THERE").given(
        define_site("plant"), RevisePart(part="P", revision="A"), bill("P", "REVISED", revision="A"),
        bill("P", "THERE", site="plant"),
    )
    assert lines(catalogue, "P", site="plant") == ["REVISED"]


def test_a_line_may_hold_at_one_site_only() -> None:
    catalogue = Catalogue().with_parts("P", "A", "B")
    catalogue.given(define_site("plant"), bill("P", "A", line(2, "B", site="plant")))
    assert lines(catalogue, "P") == ["A"]
    assert lines(catalogue, "P", site="plant") == ["A", "B"]


@pytest.mark.parametrize("scrap", ["-0.1", "1", "1.5"])
def test_a_scrap_allowance_is_a_share_below_one(scrap: str) -> None:
    with pytest.raises(ValidationError, match="scrap_allowance"):
        line(1, "A", scrap_allowance=scrap)


def test_a_bill_that_waits_is_not_there() -> None:
    assert Catalogue().given(define("P")).known.bill("P", START) == ()
