"""What suppliers say of themselves, and how they are measured."""

import doctest
from decimal import Decimal

from events.catalogue.messages import SetAgreement
from events.catalogue.parts import Price
from events.suppliers import facts as f
from events.suppliers import measures
from events.suppliers import messages as m
from tests import scenario as s
from tests.purchasing import Purchasing

DOWN = m.SupplierDown(supplier="ACME", until=s.day(9), reason="flood")
EUROS = Price(amount=Decimal(30), currency="EUR")
BACK = m.SupplierBack(supplier="ACME")
TERMS = m.AgreementChanged(supplier="ACME", part="BOLT", unit="CT", price=EUROS, lead_time_days=14)


def test_a_supplier_goes_down_and_comes_back() -> None:
    told = Purchasing()
    told.when(DOWN).then(f.SupplierWentDown(supplier="ACME", since=s.START, until=s.day(9), reason="flood"))
    told.wait(5).when(BACK).then(f.SupplierCameBack(supplier="ACME", since=s.day(5), down_since=s.START))


def test_the_same_outage_told_again_is_no_fact_and_with_another_end_it_is() -> None:
    told = Purchasing().given(DOWN).wait(1)
    assert told.when(DOWN).facts == []
    (fact,) = told.when(m.SupplierDown(supplier="ACME", until=s.day(20))).facts
    assert (fact.since, fact.until) == (s.START, s.day(20))


def test_an_outage_told_after_its_end_does_not_put_the_supplier_down() -> None:
    told = Purchasing().given(BACK, at=s.day(5))
    (fact,) = told.when(DOWN, at=s.day(2)).facts
    assert (fact.since, fact.until, fact.ended) == (s.day(2), s.day(5), True)
    assert told.state("supplier/ACME").standing.down_since is None


def test_a_return_from_before_the_outage_changes_nothing() -> None:
    told = Purchasing().given(DOWN, at=s.day(5))
    assert told.when(BACK, at=s.day(3)).facts == []
    assert told.given(BACK, at=s.day(6)).when(BACK, at=s.day(6)).facts == []


def test_a_supplier_that_is_not_known_waits() -> None:
    for body in (DOWN, BACK, TERMS):
        Purchasing().when(body.model_copy(update={"supplier": "NEW"})).parked_on("supplier/NEW")


def test_terms_hold_from_the_message_unless_they_say_and_go_to_the_catalogue() -> None:
    then = Purchasing().wait(2).when(TERMS)
    (fact,) = then.facts
    assert fact.valid_from == s.day(2)
    assert then.commands == [
        SetAgreement(supplier="ACME", part="BOLT", unit="CT", price=EUROS, lead_time_days=14, valid_from=s.day(2))
    ]


def test_the_same_terms_again_are_no_fact() -> None:
    dated = TERMS.model_copy(update={"valid_from": s.day(3)})
    told = Purchasing().given(dated).wait(1)
    assert told.when(dated).facts == []
    assert told.when(dated.model_copy(update={"lead_time_days": 21})).names == ["AgreementChangeRecorded"]


def test_terms_wait_for_the_part_and_for_its_purchase_unit() -> None:
    Purchasing().when(TERMS.model_copy(update={"part": "NEW"})).parked_on("part/NEW")
    Purchasing().when(TERMS.model_copy(update={"part": "NUT"})).parked_on("conversion/NUT/CT")


def test_a_suppliers_facts_cause_no_other_commands() -> None:
    assert Purchasing().when(DOWN).commands == []


def test_the_worked_numbers_of_the_measures_hold() -> None:
    assert doctest.testmod(measures).failed == 0


def test_a_measure_of_nothing_is_none() -> None:
    assert measures.Days().mean is None
    assert measures.Days(1, 5, 25).variance is None
    assert measures.fill_rate(Decimal(0), Decimal(5), Decimal(5)) is None
    assert measures.reject_rate(Decimal(0), Decimal(0)) is None
