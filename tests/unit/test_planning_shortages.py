"""What nothing serves: a decision says so, with each way there is and why it lost; once, while it is so."""

from typing import Any

from events.catalogue import messages as c
from events.inventory import messages as i
from events.orders import messages as o
from events.orders.shapes import LineAmendment, ScheduleLine
from events.planning import facts as f
from events.planning import messages as p
from events.planning.shapes import DecisionStatus, OptionKind, WhyNot
from events.suppliers import messages as s
from tests.bikes import WANTED, factory, ordered, part, received, some
from tests.chain import Chain, of
from tests.rules_of_plans import holds

NO_WHEEL = {"TUBE": 90, "SADDLE": 90, "BOLT": 400, "BELL": 90}
DOWN = s.SupplierDown(supplier="ACME")
"""It alone sells wheels."""
WHEELS = "run/R1-1/3"


def planned(chain: Chain) -> list[Any]:
    facts = chain.plan()
    holds(chain)
    return facts


def without_wheels(**more: int) -> tuple[Chain, list[Any]]:
    """Order A for two bikes, which need four wheels; nobody sells one just now."""
    chain = factory(**NO_WHEEL | more).tell(DOWN, ordered("A", 2))
    return chain, planned(chain)


def decisions(facts: list[Any], requirement: str = WHEELS) -> list[f.RequirementRouted]:
    return [one for one in facts if isinstance(one, f.RequirementRouted) and one.requirement == requirement]


def why(one: f.RequirementRouted) -> list[tuple[OptionKind, str | None, WhyNot]]:
    return [(way.kind, way.supplier, way.why) for way in one.alternatives]


def test_what_nothing_serves_is_decided_with_every_way_and_why_it_lost() -> None:
    _, facts = without_wheels()
    (told,) = decisions(facts)
    assert (told.amount, told.short, told.chosen) == (4, 4, ())
    assert why(told) == [(OptionKind.BUY, "ACME", WhyNot.SUPPLIER_DOWN)]
    assert told.alternatives[0].cost == 40
    assert told.because, "what made it be looked at"
    kinds = [type(one) for one in facts if getattr(one, "requirement", "") == WHEELS]
    assert kinds == [f.RequirementRouted, f.ShortageStated]


def test_a_part_that_nobody_sells_or_builds_is_decided_as_short_too() -> None:
    facts = planned(factory().tell(ordered("A", 3, part="GEL")))
    (told,) = decisions(facts, "order/A/1/1")
    assert (told.short, told.chosen, told.alternatives) == (3, (), ())


def test_nothing_is_left_to_approve_where_nothing_is_chosen() -> None:
    chain = factory(**NO_WHEEL).tell(p.SetPolicy(currency="EUR", alone=()), DOWN)
    planned(chain.tell(ordered("A", 2, part="WHEEL")))
    (told,) = decisions(chain.facts["planning"], "order/A/1/1")
    assert told.status is DecisionStatus.DECIDED
    assert not of(f.DecisionProposed, chain.facts["planning"])


def test_what_serves_a_part_of_it_says_why_nothing_serves_the_rest_and_is_not_said_twice() -> None:
    _, facts = without_wheels(WHEEL=3)
    (told,) = decisions(facts)
    assert (told.amount, [way.amount for way in told.chosen], told.short) == (4, [3], 1)


def test_the_same_lack_is_not_decided_again_however_often_it_is_looked_at() -> None:
    chain, _ = without_wheels()
    for number in range(3):
        facts = planned(chain.tell(part("WHEEL", weight=some(number + 1)), ordered(f"B{number}", 1, part="WHEEL")))
        assert len(decisions(facts, f"order/B{number}/1/1")) == 1
        assert not decisions(facts)


def test_the_same_lack_is_not_decided_again_when_time_passes() -> None:
    chain, _ = without_wheels()
    before = len(chain.facts["planning"])
    chain.live(12)
    assert not decisions(chain.facts["planning"][before:])


def test_another_amount_that_is_short_is_decided_again() -> None:
    chain, _ = without_wheels()
    schedule = ScheduleLine(schedule=1, quantity=some(1), wanted=WANTED)
    facts = planned(chain.tell(o.AmendOrder(number="A", change=(LineAmendment(line=1, schedules=(schedule,)),))))
    assert [(one.short, why(one)) for one in decisions(facts)] == [
        (2, [(OptionKind.BUY, "ACME", WhyNot.SUPPLIER_DOWN)])
    ]


def test_another_reason_is_decided_again() -> None:
    chain, _ = without_wheels()
    facts = planned(chain.tell(part("WHEEL", planner="erp")))
    assert [why(one) for one in decisions(facts)] == [[(OptionKind.BUY, "ACME", WhyNot.NOT_OURS)]]
    assert not of(f.ShortageStated, facts), "it is as short as before"


def test_another_way_that_cannot_be_gone_is_told_too() -> None:
    chain, _ = without_wheels()
    terms = c.SetAgreement(supplier="BEST", part="WHEEL", unit="C62", lead_time_days=3)
    facts = planned(chain.tell(s.SupplierDown(supplier="BEST"), terms))
    (told,) = decisions(facts)
    assert sorted(way.supplier or "" for way in told.alternatives) == ["ACME", "BEST"]


def test_a_lack_that_ended_and_comes_back_is_decided_again() -> None:
    chain, _ = without_wheels()
    planned(chain.tell(o.HoldOrder(number="A", reason="unpaid")))
    facts = planned(chain.tell(received("WHEEL", 4)))
    assert [one.short for one in decisions(facts)] == [0]
    lost = i.Lost(part="WHEEL", site="plant", location="RACK", quantity=some(4))
    assert [(one.short, one.chosen) for one in decisions(planned(chain.tell(lost)))] == [(4, ())]


def test_when_its_supplier_is_back_it_is_bought() -> None:
    chain, _ = without_wheels()
    facts = planned(chain.tell(s.SupplierBack(supplier="ACME")))
    assert [(one.short, [way.supplier for way in one.chosen]) for one in decisions(facts)] == [(0, ["ACME"])]
