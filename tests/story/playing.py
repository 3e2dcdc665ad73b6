"""A story being played on a plant in memory, its books checked on every evening."""

from typing import Any

from events.codec import decode
from infra.sample.life.story import Day, Play, Stage, Story
from infra.sample.life.tally import Tally
from projections.api.system import planning, services
from tests.plant import Plant
from tests.story.after import Books, wrong
from tests.story.stages import InMemory


class Told:
    """A story that was played, what it brought, and what was wrong on which day."""

    def __init__(self, story: Story, stage: Stage) -> None:
        self.books, self.tally = Books(), Tally(story.zone)
        self.wrong: list[tuple[int, str]] = []
        self.events: list[Any] = []
        self.play = Play(story, stage, self._each)

    def _each(self, day: Day) -> None:
        self.books.add(day.facts)
        self.tally.add(day.number, day.events, day.facts)
        self.wrong += [(day.number, told) for told in wrong(self.books)]
        self.events += day.events


class ToldInMemory(Told):
    """The whole of a story in memory."""

    def __init__(self, story: Story) -> None:
        self.plant = Plant(services=services(), planning=planning())
        super().__init__(story, InMemory(self.plant))
        self.play.whole()

    def of(self, domain: str, kind: str) -> list[Any]:
        """All facts of a kind."""
        return [decode(at) for at in self.plant.facts(domain) if at.type == kind]
