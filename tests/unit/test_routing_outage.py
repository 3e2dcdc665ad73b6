"""A supplier that is down, and what is bought there meanwhile; and one by whose terms nothing can be bought."""

from decimal import Decimal

from events.planning.shapes import WhyNot
from projections.planning.shapes import Outage
from tests.known import agreement, need
from tests.scenario import day
from tests.unit.test_routing_choice import ACME, BEST, a_world, chosen, decided, lost


def test_a_supplier_that_is_expected_back_is_bought_from_for_then() -> None:
    usual = decided(a_world()).chosen[0].candidate
    world = a_world(outages={"acme": Outage(day(-1), day(9))})
    late = decided(world).chosen[0].candidate
    assert (usual.supplier, late.supplier) == ("acme", "acme")
    assert late.available_at is not None
    assert usual.available_at is not None
    assert (late.available_at - usual.available_at).days == 9
    other = decided(world, need(days=10))
    assert [one.candidate.supplier for one in other.chosen] == ["best"]
    (why,) = [(one.why, one.until) for one in other.alternatives if one.candidate.supplier == "acme"]
    assert why == (WhyNot.SUPPLIER_DOWN, day(9))


def test_terms_that_allow_no_quantity_are_not_bought_by_and_say_so() -> None:
    never = agreement("acme", "saddle", "1", 1).model_copy(update={"minimum": Decimal(10), "maximum": Decimal(9)})
    assert chosen(a_world(never)) == [(BEST, 10)]
    assert lost(a_world(never))[ACME] == (WhyNot.NO_LOT, None)
    steps = agreement("acme", "saddle", "1", 1).model_copy(update={"multiple": Decimal(6), "maximum": Decimal(5)})
    assert lost(a_world(steps))[ACME] == (WhyNot.NO_LOT, None)
    back = a_world(never, outages={"acme": Outage(day(-1), day(1))})
    assert lost(back)[ACME] == (WhyNot.NO_LOT, None), "nor once its supplier is back"
