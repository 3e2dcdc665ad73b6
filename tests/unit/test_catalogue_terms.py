"""Rules of agreements, substitutes, rates and foreign numbers."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from events.catalogue.messages import (
    DefineAgreement,
    DefineConversion,
    DefineCrossReference,
    DefineRate,
    DefineSubstitute,
    SetAgreement,
)
from events.catalogue.parts import Price
from events.catalogue.records import NumberRecord
from events.catalogue.terms import Kind
from events.decision import Reject
from tests.catalogue import Catalogue, define, define_site, define_supplier
from tests.scenario import START, day

GTIN13, GTIN14 = "6291041500213", "06291041500213"


def terms(supplier: str = "acme", **more: Any) -> DefineAgreement:
    told = {"unit": "CT", "price": Price(amount=12, currency="EUR"), "lead_time_days": 14} | more
    return DefineAgreement(supplier=supplier, part="BOLT", **told)


def bought() -> Catalogue:
    return Catalogue().given(
        define("BOLT", conversions={"CT": 100}), define_supplier("acme"), define_supplier("zenith"),
        define_site("plant"),
    )


def number(value: str, id: str = "BOLT", **more: Any) -> DefineCrossReference:
    return DefineCrossReference(**({"scheme": "erp", "value": value, "kind": Kind.PART, "id": id} | more))


def test_an_agreement_waits_for_all_it_names() -> None:
    catalogue = Catalogue()
    catalogue.when(terms()).parked_on("part/BOLT", "supplier/acme")
    catalogue.given(define("BOLT"), define_supplier("acme"))
    catalogue.when(terms()).parked_on("conversion/BOLT/CT")
    assert bought().when(terms()).names == ["AgreementDefined"]


def test_agreements_come_sorted_by_supplier() -> None:
    known = bought().given(terms("zenith"), terms("acme")).known
    assert [one.supplier for one in known.agreements("BOLT")] == ["acme", "zenith"]
    assert known.agreements("NUT") == ()


def test_the_terms_in_force_are_those_that_began_last() -> None:
    catalogue = bought().given(
        terms(valid_from=day(10), valid_to=day(20), lead_time_days=7), terms(lead_time_days=30), terms("zenith")
    )
    found = [catalogue.known.agreement("acme", "BOLT", day(at)) for at in (0, 10, 20)]
    assert [one and one.lead_time_days for one in found] == [30, 7, 30]
    assert [one.lead_time_days for one in catalogue.known.agreements("BOLT", day(10))] == [7, 14]
    last = catalogue.known.agreement("acme", "BOLT")
    assert last is not None
    assert last.lead_time_days == 7
    assert catalogue.known.agreement("nobody", "BOLT") is None


def test_terms_passed_on_by_the_supplier_service_count_alike() -> None:
    catalogue = bought().given(terms())
    told = SetAgreement.model_validate(terms(lead_time_days=21).model_dump())
    assert catalogue.when(told).names == ["AgreementDefined"]
    assert catalogue.when(told).facts == []
    assert [one.lead_time_days for one in catalogue.known.agreements("BOLT")] == [21]


def test_something_can_be_ordered() -> None:
    with pytest.raises(ValidationError, match="maximum"):
        terms(minimum=10, maximum=9)
    with pytest.raises(ValidationError, match="maximum"):
        terms(minimum=10, multiple=6, maximum=11)
    assert terms(minimum=10, multiple=6, maximum=12).maximum == 12


def test_a_maximum_below_what_comes_out_in_whole_pieces_is_refused_and_says_what_would_do() -> None:
    catalogue = bought().given(define("NUT", conversions={"BX": 3}))
    told = DefineAgreement(supplier="acme", part="NUT", unit="KGM", lead_time_days=1, multiple="0.2", maximum="0.7")
    catalogue.given(DefineConversion(part="NUT", unit="KGM", numerator=4))
    outcome = catalogue.decide(told)
    assert isinstance(outcome, Reject)
    (problem,) = outcome.problems
    assert (problem.field, problem.remedy) == ("maximum", "at least 1, or leave it out")
    assert "0.7 KGM comes out in whole C62" in problem.problem
    assert catalogue.when(told.model_copy(update={"maximum": Decimal(1)})).names == ["AgreementDefined"]
    as_told = SetAgreement.model_validate(told.model_dump())
    assert catalogue.when(as_told).names == ["AgreementDefined"], "a supplier's own word is recorded as it was"


def test_a_price_is_not_below_zero() -> None:
    with pytest.raises(ValidationError):
        Price(amount=-1, currency="EUR")


def test_a_suppliers_own_number_needs_no_cross_reference() -> None:
    catalogue = bought().given(terms(supplier_part="4711"))
    assert catalogue.known.resolve("supplier-part", "4711", "acme") == NumberRecord(Kind.PART, "BOLT")
    assert catalogue.known.resolve("supplier-part", "4711", "zenith") is None
    assert "xref/supplier-part@acme@4711" in catalogue.provided
    catalogue.given(terms(supplier_part="4712"))
    assert catalogue.known.resolve("supplier-part", "4711", "acme") is None
    catalogue.given(define("NUT"), DefineAgreement(
        supplier="acme", part="NUT", unit="C62", lead_time_days=1, supplier_part="4712"
    ))
    assert catalogue.known.resolve("supplier-part", "4712", "acme") is None, "it names two parts"


# Foreign numbers


def test_a_number_waits_for_what_it_names() -> None:
    catalogue = Catalogue()
    catalogue.when(number("1")).parked_on("part/BOLT")
    catalogue.when(number("1", kind=Kind.SITE)).parked_on("site/BOLT")
    catalogue.when(number("1", kind=Kind.SUPPLIER)).parked_on("supplier/BOLT")
    bought().when(number("1", unit="BX")).parked_on("conversion/BOLT/BX")
    bought().when(number("1", scheme="supplier-part", scope="nobody")).parked_on("supplier/nobody")


def test_a_number_moves_only_when_it_says_so() -> None:
    catalogue = bought().given(define("NUT"), number("1"))
    assert catalogue.known.resolve("erp", "1") == NumberRecord(Kind.PART, "BOLT")
    assert catalogue.refused(number("1", "NUT")) == ("value",)
    moved = number("1", "NUT", replaces="BOLT")
    assert catalogue.when(moved).names == ["CrossReferenceDefined"]
    assert catalogue.known.resolve("erp", "1") == NumberRecord(Kind.PART, "NUT")
    assert catalogue.when(moved).facts == []
    assert catalogue.when(number("1", "NUT")).facts == []


def test_gtins_of_all_lengths_are_one_number() -> None:
    told = number(GTIN13, scheme="gtin", unit="CT")
    assert told.stream == f"xref/gtin@{GTIN14}"
    catalogue = bought().given(told)
    for value in (GTIN13, GTIN14):
        assert catalogue.known.resolve("gtin", value) == NumberRecord(Kind.PART, "BOLT", "CT")
    with pytest.raises(ValidationError, match="GTIN"):
        number("6291041500214", scheme="gtin")


def test_a_suppliers_number_names_its_supplier() -> None:
    with pytest.raises(ValidationError, match="scope"):
        number("1", scheme="supplier-part")
    assert bought().refused(number("1", "plant", kind=Kind.SITE, unit="CT")) == ("unit",)


# Substitutes


def test_substitutes_are_found_by_time_and_scope() -> None:
    catalogue = bought().given(
        define("A"), define("B"), define("BIKE"),
        DefineSubstitute(part="BOLT", substitute="B", rank=1, valid_from=day(5), valid_to=day(9)),
        DefineSubstitute(part="BOLT", substitute="A", rank=2, site="plant", parent="BIKE", needs_approval=True),
    )

    def found(at: float, **scope: str) -> list[str]:
        return [one.substitute for one in catalogue.known.substitutes("BOLT", day(at), **scope)]

    assert found(0) == []
    assert found(5) == ["B"]
    assert found(5, site="plant", parent="BIKE") == ["B", "A"]
    assert found(9, site="plant", parent="BIKE") == ["A"]
    assert found(9, site="plant") == []


def test_a_substitute_may_go_both_ways() -> None:
    catalogue = bought().given(define("A"))
    catalogue.given(DefineSubstitute(part="BOLT", substitute="A", numerator=2, denominator=3, one_way=False))
    there, back = catalogue.known.substitutes("BOLT", START), catalogue.known.substitutes("A", START)
    assert [(one.substitute, one.factor) for one in there] == [("A", Fraction(2, 3))]
    assert [(one.substitute, one.factor) for one in back] == [("BOLT", Fraction(3, 2))]
    catalogue.given(DefineSubstitute(part="BOLT", substitute="A", numerator=2, denominator=3))
    assert catalogue.known.substitutes("A", START) == ()


def test_a_substitute_waits_for_all_it_names_and_is_another_part() -> None:
    told = DefineSubstitute(part="BOLT", substitute="A", parent="B", site="store")
    bought().when(told).parked_on("part/A", "part/B", "site/store")
    assert bought().refused(DefineSubstitute(part="BOLT", substitute="BOLT")) == ("substitute",)


# Rates


def test_a_rate_holds_until_the_next_and_its_reverse_is_exact() -> None:
    catalogue = Catalogue().given(
        DefineRate(base="EUR", quote="USD", rate="1.25", valid_from=day(10)),
        DefineRate(base="EUR", quote="USD", rate="1.2", valid_from=day(0)),
    )
    found = [catalogue.known.rate("EUR", "USD", day(at)) for at in (-1, 0, 9, 10)]
    assert found == [None, Fraction(6, 5), Fraction(6, 5), Fraction(5, 4)]
    assert catalogue.known.rate("USD", "EUR", day(10)) == Fraction(4, 5)
    assert catalogue.known.rate("EUR", "EUR", day(-9)) == 1
    assert catalogue.known.rate("EUR", "JPY", day(10)) is None
    assert catalogue.when(DefineRate(base="EUR", quote="USD", rate="1.20", valid_from=day(0))).facts == []


def test_a_currency_has_no_rate_to_itself() -> None:
    with pytest.raises(ValidationError, match="another currency"):
        DefineRate(base="EUR", quote="EUR", rate=1, valid_from=START)
