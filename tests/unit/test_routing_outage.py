"""A supplier that is down, and what is bought there meanwhile."""

from events.planning.shapes import WhyNot
from projections.planning.shapes import Outage
from tests.known import need
from tests.scenario import day
from tests.unit.test_routing_choice import a_world, decided


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
