"""Why a way lost, in words: each figure with what it is held against."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from projections.api.cli.losing import unserved, why_lost
from projections.decisions_queries import DecisionAnswer, DecisionLine, WayLine

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def way(**told: Any) -> WayLine:
    return WayLine(**{"option": 1, "kind": "buy", "part": "SADDLE", "amount": Decimal(4), "available_at": NOW} | told)


def decided(*chosen: WayLine) -> DecisionAnswer:
    line = DecisionLine.model_construct(unit="C62", chosen=list(chosen))
    return DecisionAnswer.model_construct(decision=line, currency="CHF")


CHOSEN = decided(way(cost=Decimal(28)))


@pytest.mark.parametrize(("told", "words"), [
    ({"why": "dearer", "by": 12, "cost": 40}, "it costs 12 CHF more: 40 CHF, not 28 CHF for as much"),
    ({"why": "dearer", "by": 12, "cost": 40, "amount": None}, "it costs 12 CHF more: 40 CHF, not 28 CHF landed"),
    ({"why": "dearer", "by": 12}, "it costs 12 CHF more"),
    ({"why": "dearer", "by": 0, "cost": 28}, "no better: comes after it in the fixed order"),
    ({"why": "later", "by": 48, "late_hours": 72}, "it comes 2 days later than what was chosen"),
    ({"why": "later", "by": 48, "late_hours": 48}, "it comes 2 days after the need, what was chosen in time"),
    ({"why": "later", "available_at": None}, "nobody knows when it comes"),
    ({"why": "not_enough", "by": 3}, "there isn't enough of it: 3 C62 would still be missing"),
    ({"why": "not_better_enough_to_change", "by": 5}, "it is better by 5 CHF, but not by enough to change"),
    ({"why": "lane_closed", "until": NOW}, "a lane on its way is closed until 2026-03-02 00:00Z"),
    ({"why": "no_price"}, "it has no price"),
])
def test_a_lost_way_says_by_how_much_and_against_what(told: dict[str, Any], words: str) -> None:
    assert why_lost(way(**told), CHOSEN) == words


def test_a_cost_is_held_against_nothing_where_what_was_chosen_has_no_price() -> None:
    assert why_lost(way(why="dearer", by=12, cost=40), decided(way())) == "it costs 12 CHF more"


@pytest.mark.parametrize(("whys", "words"), [
    ((), "nothing serves it"),
    (("supplier_down", "no_lane"), "nothing serves it"),
    (("supplier_down", "refused_by_a_person"), "a person refused a way to serve it"),
])
def test_what_is_short_by_a_persons_word_says_so(whys: tuple[str, ...], words: str) -> None:
    found = decided().model_copy(update={"alternatives": [way(why=why) for why in whys]})
    assert unserved(found) == words
