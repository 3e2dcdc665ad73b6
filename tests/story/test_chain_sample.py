"""Six weeks of the sample factory through the whole chain, in memory: what the newcomer's demo shows, held to rules."""

from collections import Counter
from typing import Any

import orjson
import pytest

from events.codec import decode
from infra.proving import prove_cuts
from infra.replay import replay
from infra.sample.life.story import Day, Play
from infra.sample.life.tally import Tally
from infra.sample.weeks import weeks
from projections.api.system import services
from projections.planning.app import build as planning
from tests.plant import Plant
from tests.story.after import Books, wrong
from tests.story.stages import InMemory


class Told:
    """A story that was played, and what was checked on each of its evenings."""

    def __init__(self, count: int = 24) -> None:
        story = weeks(count=count)
        self.plant = Plant(services=services(), planning=planning())
        self.books, self.tally = Books(), Tally(story.zone)
        self.wrong: list[tuple[int, str]] = []
        self.events: list[Any] = []
        self.stage = InMemory(self.plant)
        self.play = Play(story, self.stage, self._each)

    def _each(self, day: Day) -> None:
        self.books.add(day.facts)
        self.tally.add(day.number, day.events, day.facts)
        self.wrong += [(day.number, told) for told in wrong(self.books)]
        self.events += day.events


@pytest.fixture(scope="module")
def told() -> Told:
    found = Told()
    found.play.whole()
    return found


def of(told: Told, domain: str, kind: str) -> list[Any]:
    return [decode(at) for at in told.plant.facts(domain) if at.type == kind]


def test_every_evening_the_books_are_in_order(told: Told) -> None:
    assert told.wrong == []


def test_every_order_is_delivered_or_called_off(told: Told) -> None:
    assert not told.play.life.selling.open
    assert told.play.life.selling.completed > 15


def test_every_trouble_hit_somebody(told: Told) -> None:
    assert told.play.life.trouble.waiting == []


def test_customers_are_promised_dates_and_told_when_they_change(told: Told) -> None:
    assert len(of(told, "planning", "PromiseGiven")) >= 24
    assert of(told, "planning", "PromiseChanged")


def test_what_cannot_be_covered_is_stated_and_what_can_is_re_routed(told: Told) -> None:
    assert {fact.part for fact in of(told, "planning", "ShortageStated")} & {"MOTOR", "BATTERY"}
    assert of(told, "planning", "RequirementRerouted")


def test_proposals_are_approved_and_refused(told: Told) -> None:
    kinds = Counter(told.plant.types("planning"))
    assert kinds["DecisionApproved"] > 0
    assert kinds["DecisionRefused"] > 0


def test_inventory_finds_nothing_odd_but_transfers_that_arrive_before_their_leaving_was_passed_on(told: Told) -> None:
    assert {orjson.loads(data)["kind"] for kind, data in told.books.odd if kind == "DiscrepancyFound"} <= {"transfer"}


def test_the_whole_story_is_decided_again_alike(told: Told) -> None:
    found = list(replay(told.plant.ledger, told.plant.queue, services()))
    assert [(one.domain, one.different, one.unkept) for one in found if one.different or one.unkept] == []
    plan = planning()
    assert plan is not None
    assert {proof.equal for proof in prove_cuts(told.plant.ledger, plan)} == {True}


def test_the_same_seed_gives_the_same_events(told: Told) -> None:
    again = Told()
    again.play.whole()
    assert again.events == told.events
