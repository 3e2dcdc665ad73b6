"""Rules of statements about parts."""

import pytest
from pydantic import ValidationError

from events.catalogue.facts import ConversionDefined, PartDefined
from events.catalogue.messages import DefineConversion, RevisePart, SupersedePart
from events.catalogue.parts import Conversion, MakeOrBuy, Planner, Revision, Stocking
from events.values import Quantity, Some
from tests.catalogue import Catalogue, define, define_site
from tests.scenario import START, day


def test_a_part_becomes_known() -> None:
    catalogue = Catalogue()
    then = catalogue.when(define("BOLT", conversions={"CT": 100}))
    assert then.names == ["PartDefined"]
    part = catalogue.known.part("BOLT")
    assert part is not None
    assert (part.unit, part.make, part.buy) == ("C62", True, True)
    assert catalogue.known.position == 1
    assert catalogue.provided == ["part/BOLT", "conversion/BOLT/CT"]


def test_the_same_again_decides_nothing() -> None:
    told = define("BOLT", conversions={"CT": 100}, weight=Some.of("0.50", "KGM"))
    catalogue = Catalogue().given(told)
    assert catalogue.when(told).facts == []
    assert catalogue.when(define("BOLT", conversions={"CT": 100}, weight=Some.of("0.5", "KGM"))).facts == []


def test_another_name_is_a_fact_and_keeps_what_was_told_apart() -> None:
    catalogue = Catalogue().given(
        define("BOLT"), DefineConversion(part="BOLT", unit="CT", numerator=100), RevisePart(part="BOLT", revision="A")
    )
    assert catalogue.when(define("BOLT", name="Bolt M6")).names == ["PartDefined"]
    part = catalogue.known.part("BOLT")
    assert part is not None
    assert part.name == "Bolt M6"
    assert [told.unit for told in part.conversions] == ["CT"]
    assert part.revision(START) == "A"


def test_a_base_unit_never_changes() -> None:
    assert Catalogue().given(define("BOLT")).refused(define("BOLT", "KGM")) == ("unit",)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (define("BOLT", conversions={"DZN": 10}), "conversions[0].numerator"),
        (define("BOLT", conversions={"C62": 2}), "conversions[0].numerator"),
        (define("BOLT", weight=Some.of(1, "MTR")), "weight.unit"),
        (define("BOLT", volume=Some.of(1, "KGM")), "volume.unit"),
        (define("BOLT", pack=Some.of(1, "CT")), "pack.unit"),
        (define("BOLT", reorder_point=5, order_up_to=4), "order_up_to"),
        (define("BOLT", revisions=(Revision(revision="A"), Revision(revision="A"))), "revisions[1]"),
    ],
)
def test_what_contradicts_itself_is_refused(body: object, field: str) -> None:
    assert Catalogue().refused(body) == (field,)  # type: ignore[arg-type]


def test_one_unit_has_one_size_at_a_time() -> None:
    twice = tuple(Conversion(unit="CT", numerator=number) for number in (10, 12))
    assert Catalogue().refused(define("BOLT").model_copy(update={"conversions": twice})) == ("conversions[1]",)


def test_a_pack_is_taken_when_its_unit_converts() -> None:
    assert Catalogue().when(define("BOLT", pack=Some.of(1, "CT"), conversions={"CT": 100})).names == ["PartDefined"]
    assert Catalogue().when(define("BOLT", pack=Some.of(2, "DZN"))).names == ["PartDefined"]


def test_a_revision_successor_or_conversion_waits_for_its_part() -> None:
    catalogue = Catalogue().with_parts("NEW")
    catalogue.when(RevisePart(part="BOLT", revision="B")).parked_on("part/BOLT")
    catalogue.when(DefineConversion(part="BOLT", unit="CT", numerator=9)).parked_on("part/BOLT")
    catalogue.when(SupersedePart(part="NEW", by="BOLT", effective_from=START)).parked_on("part/BOLT")
    catalogue.when(SupersedePart(part="BOLT", by="NEW", effective_from=START)).parked_on("part/BOLT")


def test_of_the_effective_revisions_the_one_that_began_last_is_built() -> None:
    catalogue = Catalogue().given(
        define("BOLT"), RevisePart(part="BOLT", revision="B", effective_from=day(10), effective_to=day(20)),
        RevisePart(part="BOLT", revision="A", effective_from=day(0)),
    )
    part = catalogue.known.part("BOLT")
    assert part is not None
    assert [part.revision(day(at)) for at in (-1, 0, 10, 19, 20)] == [None, "A", "B", "B", "A"]


def test_parts_succeed_each_other_but_never_themselves() -> None:
    catalogue = Catalogue().with_parts("A", "B", "C").given(
        SupersedePart(part="A", by="B", effective_from=day(1)), SupersedePart(part="B", by="C", effective_from=day(5))
    )
    assert catalogue.refused(SupersedePart(part="C", by="A", effective_from=day(9))) == ("by",)
    assert catalogue.refused(SupersedePart(part="C", by="C", effective_from=day(9))) == ("by",)
    found = [catalogue.known.successor("A", day(at)) for at in (0, 1, 5)]
    assert [one and one.by for one in found] == [None, "B", "C"]
    again = catalogue.given(define("A", name="still succeeded")).known.successor("A", day(1))
    assert again is not None


def test_a_successor_is_counted_in_the_same_unit() -> None:
    catalogue = Catalogue().given(define("A"), define("B", "KGM"))
    assert catalogue.refused(SupersedePart(part="A", by="B", effective_from=START)) == ("by",)


def test_a_period_ends_after_it_begins() -> None:
    with pytest.raises(ValidationError, match="effective_to"):
        RevisePart(part="A", revision="B", effective_from=day(1), effective_to=day(1))


def test_a_site_may_keep_a_part_its_own_way() -> None:
    catalogue = Catalogue()
    told = define(
        "BOLT", planner=Planner.ERP, safety_stock=5, reorder_point=10,
        stocking=(Stocking(site="plant", planner=Planner.LOTONE, safety_stock=0),),
    )
    catalogue.when(told).parked_on("site/plant")
    part = catalogue.given(define_site("plant"), told).known.part("BOLT")
    assert part is not None
    assert (part.kept().planner, part.kept().safety_stock) == (Planner.ERP, 5)
    assert (part.kept("plant").planner, part.kept("plant").safety_stock) == (Planner.LOTONE, 0)
    assert part.kept("plant").reorder_point == 10


def test_make_and_buy() -> None:
    catalogue = Catalogue().given(
        define("M", make_or_buy=MakeOrBuy.MAKE), define("B", make_or_buy=MakeOrBuy.BUY), define("X")
    )
    found = [catalogue.known.part(id) for id in "MBX"]
    assert [part and (part.make, part.buy) for part in found] == [(True, False), (False, True), (True, True)]


# Conversions


def test_own_conversions_go_before_universal_ones() -> None:
    known = Catalogue().given(define("ROD", "MTR", conversions={"EA": 3})).known
    assert known.base("ROD", Quantity.of(2, "EA"), START) == Quantity.of(6, "MTR")
    assert known.base("ROD", Quantity.of(25, "CMT"), START) == Quantity.of("0.25", "MTR")
    assert known.base("ROD", Quantity.of(2, "DZN"), START) == Quantity.of(72, "MTR"), "dozens, by way of pieces"


def test_what_has_no_conversion_or_comes_out_rounded_is_none_and_named() -> None:
    known = Catalogue().given(define("BOLT", conversions={"CT": 12})).known
    assert known.base("BOLT", Quantity.of(1, "BX"), START) is None
    assert known.base("NUT", Quantity.of(1, "C62"), START) is None
    assert known.missing(part="BOLT", conversion="BX") == ("conversion/BOLT/BX",)
    assert known.missing(part="BOLT", conversion="CT") == ()
    assert known.missing(part="NUT", conversion="CT") == ("part/NUT",)
    third = Catalogue().given(define("TIN").model_copy(
        update={"conversions": (Conversion(unit="CT", numerator=1, denominator=3),)}
    )).known
    assert third.base("TIN", Quantity.of(1, "CT"), START) is None
    assert third.base("TIN", Quantity.of(3, "CT"), START) == Quantity.of(1, "C62")
    assert third.missing(part="TIN", conversion=Quantity.of(1, "CT"), at=START) == ("conversion/TIN/CT",)
    assert third.missing(part="TIN", conversion=Quantity.of(3, "CT"), at=START) == ()


def test_a_conversion_holds_from_its_date() -> None:
    catalogue = Catalogue().given(
        define("BOLT"), DefineConversion(part="BOLT", unit="CT", numerator=12, valid_from=day(10)),
        DefineConversion(part="BOLT", unit="CT", numerator=10, valid_from=day(20)),
    )
    cartons = [catalogue.known.base("BOLT", Quantity.of(1, "CT"), day(at)) for at in (9, 10, 20)]
    assert cartons == [None, Quantity.of(12, "C62"), Quantity.of(10, "C62")]
    assert catalogue.known.missing(part="BOLT", conversion="CT", at=day(9)) == ("conversion/BOLT/CT",)
    assert catalogue.known.missing(part="BOLT", conversion="CT") == ()


def test_a_corrected_conversion_counts_at_once() -> None:
    catalogue = Catalogue().given(define("BOLT", conversions={"CT": 12}))
    assert catalogue.known.base("BOLT", Quantity.of(1, "CT"), START) == Quantity.of(12, "C62")
    catalogue.when(DefineConversion(part="BOLT", unit="CT", numerator=10)).then(
        ConversionDefined(part="BOLT", unit="CT", numerator=10)
    )
    assert catalogue.known.base("BOLT", Quantity.of(1, "CT"), START) == Quantity.of(10, "C62")


def test_a_conversion_can_not_contradict_the_standards() -> None:
    catalogue = Catalogue().given(define("OIL", "LTR"))
    assert catalogue.refused(DefineConversion(part="OIL", unit="MLT", numerator=1, denominator=100)) == ("numerator",)
    assert catalogue.when(DefineConversion(part="OIL", unit="MLT", numerator=1, denominator=1000)).names


def test_base_units_go_to_purchase_units_and_keep_their_kind() -> None:
    known = Catalogue().given(define("BOLT", conversions={"CT": 12})).known
    assert known.convert("BOLT", Quantity.of(36, "C62"), "CT", START) == Quantity.of(3, "CT")
    assert known.convert("BOLT", Quantity.of(30, "C62"), "CT", START) == Quantity.of("2.5", "CT")
    assert known.convert("BOLT", Quantity.of(1, "C62"), "CT", START) is None
    assert type(known.base("BOLT", Some.of(1, "CT"), START)) is Some


def test_grams_bring_ounces() -> None:
    catalogue = Catalogue().given(define("BOLT"))
    assert catalogue.known.missing(part="BOLT", conversion="ONZ") == ("conversion/BOLT/ONZ",)
    catalogue.given(DefineConversion(part="BOLT", unit="GRM", numerator=1, denominator=5))
    assert "conversion/BOLT/ONZ" in catalogue.provided
    assert catalogue.known.missing(part="BOLT", conversion="ONZ") == ()


def test_facts_hold_what_was_told() -> None:
    told = define("BOLT", conversions={"CT": 100})
    Catalogue().when(told).then(PartDefined.model_validate(told.model_dump()))
