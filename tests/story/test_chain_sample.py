"""Six weeks of the sample factory through the whole chain, in memory: what the newcomer's demo shows, held to rules."""

from collections import Counter

import orjson
import pytest

from infra.proving import prove_cuts
from infra.replay import replay
from infra.sample.weeks import ORDERS, weeks
from projections.api.system import planning, services
from tests.story.playing import ToldInMemory


@pytest.fixture(scope="module")
def told() -> ToldInMemory:
    return ToldInMemory(weeks())


def test_every_evening_the_books_are_in_order(told: ToldInMemory) -> None:
    assert told.wrong == []


def test_every_order_is_delivered_or_called_off(told: ToldInMemory) -> None:
    selling = told.play.life.selling
    assert not selling.open
    assert selling.completed + selling.cancelled == ORDERS
    assert told.wrong == []


def test_every_trouble_hit_somebody(told: ToldInMemory) -> None:
    assert told.play.life.trouble.waiting == []


def test_customers_are_promised_dates_and_told_when_they_change(told: ToldInMemory) -> None:
    assert len(told.of("planning", "PromiseGiven")) >= ORDERS
    assert told.of("planning", "PromiseChanged")


def test_what_cannot_be_covered_is_stated_and_ends(told: ToldInMemory) -> None:
    assert {fact.part for fact in told.of("planning", "ShortageStated")} & {"MOTOR", "BATTERY", "CHAIN"}
    assert not told.books.short


def test_proposals_are_approved_and_refused_and_decisions_overridden(told: ToldInMemory) -> None:
    kinds = Counter(told.plant.types("planning"))
    assert min(kinds[kind] for kind in ("DecisionApproved", "DecisionRefused", "DecisionOverridden")) > 0


def test_what_is_frozen_is_not_amended(told: ToldInMemory) -> None:
    assert told.of("orders", "AmendmentRefused")
    assert told.of("orders", "OrderAmended")


def test_some_orders_are_in_time_and_of_the_others_the_tally_says_why(told: ToldInMemory) -> None:
    late = told.tally.late(told.play.evening.date())
    assert 0 < len(late) < len(told.tally.wishes)
    assert all(late.values())


def test_inventory_finds_nothing_odd_but_transfers_that_arrive_before_their_leaving_was_passed_on(
    told: ToldInMemory,
) -> None:
    assert {orjson.loads(data)["kind"] for kind, data in told.books.odd if kind == "DiscrepancyFound"} <= {"transfer"}


def test_upstream_mistakes_are_kept_with_what_would_be_right(told: ToldInMemory) -> None:
    assert {found.id for found in told.plant.ledger.rejected(0, 10)} == {"wms-broken-1", "SO-101", "SO-901"}
    (refused,) = told.of("orders", "OrderRefused")
    assert "excludes" in refused.problems[0].problem


def test_the_whole_story_is_decided_again_alike(told: ToldInMemory) -> None:
    found = list(replay(told.plant.ledger, told.plant.queue, services()))
    assert [(one.domain, one.told) for one in found if one.different or one.unkept] == []
    assert {proof.equal for proof in prove_cuts(told.plant.ledger, planning())} == {True}


def test_the_same_seed_gives_the_same_events_and_another_seed_others(told: ToldInMemory) -> None:
    assert ToldInMemory(weeks()).events == told.events
    other = ToldInMemory(weeks(seed=4))
    assert other.events != told.events
    assert other.wrong == []
