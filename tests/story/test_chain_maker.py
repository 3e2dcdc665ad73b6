"""The bicycle maker's story with its first sixty orders, in memory. ``python -m benchmarks story`` tells it whole."""

from collections import Counter

import pytest

from infra.proving import prove_cuts
from infra.replay import replay
from projections.api.system import planning, services
from tests.adventureworks import targets
from tests.adventureworks.chain import cut_over
from tests.adventureworks.memory import Event, folded
from tests.adventureworks.rows import Files
from tests.adventureworks.story import story
from tests.story.playing import ToldInMemory

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
COUNT = 60


@pytest.fixture(scope="module")
def told(bicycle_maker: Files, chain_events: list[Event]) -> ToldInMemory:
    return ToldInMemory(story(bicycle_maker, chain_events, folded(chain_events), COUNT))


def test_every_evening_the_books_are_in_order(told: ToldInMemory) -> None:
    assert told.wrong == []


def test_every_order_is_delivered_or_called_off(told: ToldInMemory) -> None:
    assert not told.play.life.selling.open
    assert told.play.life.selling.completed >= COUNT - 3


def test_every_trouble_hit_somebody(told: ToldInMemory) -> None:
    assert told.play.life.trouble.waiting == []


def test_without_the_sole_vendor_its_part_runs_short_and_promises_change(
    told: ToldInMemory, bicycle_maker: Files, chain_events: list[Event]
) -> None:
    nowhere = targets.sole_of_every_bicycle(bicycle_maker, folded(chain_events), cut_over(), 1)[0]
    assert set(nowhere.sole) & {fact.part for fact in told.of("planning", "ShortageStated")}
    assert told.of("planning", "PromiseChanged")


def test_most_lines_come_in_time_and_the_sole_vendor_s_closing_makes_some_late(
    told: ToldInMemory, bicycle_maker: Files, chain_events: list[Event]
) -> None:
    nowhere = targets.sole_of_every_bicycle(bicycle_maker, folded(chain_events), cut_over(), 1)[0]
    late = told.tally.late(told.play.evening.date())
    assert len(late) < len(told.tally.wishes) / 2
    assert any(f" {nowhere.vendor}" in f" {why}" for why in late.values()), Counter(late.values())


def test_what_is_disrupted_is_re_routed_and_the_rest_stays(told: ToldInMemory) -> None:
    routed = Counter(told.plant.types("planning"))
    assert 0 < routed["RequirementRerouted"] < routed["RequirementRouted"] / 10


def test_people_approve_refuse_override_and_release(told: ToldInMemory) -> None:
    kinds = Counter(told.plant.types("planning"))
    words = ("DecisionApproved", "DecisionRefused", "DecisionOverridden", "OverrideEnded")
    assert [word for word in words if not kinds[word]] == []


def test_the_whole_story_is_decided_again_alike(told: ToldInMemory) -> None:
    found = list(replay(told.plant.ledger, told.plant.queue, services()))
    assert [(one.domain, one.told) for one in found if one.different or one.unkept] == []
    assert {proof.equal for proof in prove_cuts(told.plant.ledger, planning())} == {True}
