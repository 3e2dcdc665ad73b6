"""What a story is played on in tests: a plant in memory, or a child process that is spoken to over HTTP."""

from collections.abc import Sequence
from datetime import datetime

from events.decision import Recorded
from infra.edge import Refused
from infra.sample.news import News
from tests.plant import Plant


class InMemory:
    """The plant of tests, with all its services and the planner."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self._news = News(plant.ledger)

    def set_clock(self, now: datetime) -> None:
        self.plant.now = now

    def publish(self, events: Sequence[bytes]) -> None:
        refused = [found for found in self.plant.publish(*events) if isinstance(found, Refused)]
        assert not refused, (refused[0].rejected.id, refused[0].problems)

    def settle(self) -> None:
        self.plant.settle()

    def news(self) -> Sequence[Recorded]:
        return self._news()
