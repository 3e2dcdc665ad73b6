"""In which trace each fact of a cut is."""

from datetime import UTC, datetime
from typing import Any

from events.decision import Recorded
from events.planning.facts import CutTaken, RequirementRouted, ShortageEnded, SupplyPegged
from infra.planning import PLANNER
from infra.tracing import Traces

ONE, OTHER = (f"00-{digit * 32}-b7ad6b7169203331-01" for digit in "ab")
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def recorded(position: int, trace: str | None, stream: str = "order/1", source: str = "shop") -> Recorded:
    told = (source, "e-1", "shop", "e-1", NOW, "second", None, NOW, 0, trace, b"")
    return Recorded("orders", 0, position, stream, 1, "OrderAccepted", 1, b"{}", *told)


def routed(*because: str, decision: str = "D1-1") -> Any:
    return RequirementRouted.trusted(requirement="order/1/1/1", decision=decision, because=because)


def pegged(decision: str = "D1-1") -> Any:
    return SupplyPegged.trusted(requirement="order/1/1/1", decision=decision)


def traces(*told: tuple[int, str | None]) -> Traces:
    made = Traces()
    for position, trace in told:
        made.folded(recorded(position, trace, f"order/{position}"))
    return made


def test_a_decision_is_in_the_trace_of_its_first_cause_that_has_one() -> None:
    found = traces((1, None), (2, OTHER), (3, ONE))
    assert found.of("requirement/x", routed("orders/0/1", "orders/0/3", "orders/0/2"), None) == ONE


def test_what_follows_from_a_decision_is_in_its_trace() -> None:
    found = traces((1, ONE), (2, OTHER))
    assert found.of("requirement/x", routed("orders/0/1"), None) == ONE
    assert found.of("requirement/y", pegged(), None) == ONE
    assert found.of("requirement/z", pegged("D1-2"), None) is None


def test_what_names_no_cause_is_in_the_trace_of_its_stream() -> None:
    found = traces((1, ONE), (2, OTHER))
    assert found.of("order/2", ShortageEnded.trusted(requirement="order/2/1/1"), None) == OTHER


def test_all_of_a_cut_is_in_the_one_trace_that_led_to_it() -> None:
    found = traces((1, ONE), (2, ONE))
    only = found.cut()
    assert found.of("plan", CutTaken.trusted(cut=1), only) == ONE
    assert found.cut() is None, "nothing is new"


def test_a_cut_that_two_traces_led_to_is_in_neither() -> None:
    assert traces((1, ONE), (2, OTHER)).cut() is None
    assert traces((1, ONE), (2, None)).cut() is None


def test_what_the_planner_itself_decided_is_no_news() -> None:
    found = traces((1, ONE))
    found.folded(recorded(1, None, "plan", PLANNER))
    assert found.cut() == ONE
