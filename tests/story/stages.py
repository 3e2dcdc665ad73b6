"""What a story is played on in tests: a plant in memory, or a child process that is spoken to over HTTP."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from events.decision import Recorded
from infra.clock import set_clock
from infra.edge import Refused
from infra.sample.news import News
from infra.store import Store
from projections.api.hosting import settle
from tests.integration.commands import Served
from tests.plant import Plant

_CHUNK: Final = 2_000
MOST_CUTS: Final = 50
"""Cuts at one moment of a story, after which it is taken to be stuck."""
PATIENCE: Final = 300.0
"""Seconds after which a day that isn't decided is a failure."""


class InMemory:
    """The plant of tests, with all its services and the planner. ``refused`` is what the door turned away."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.refused: list[Refused] = []
        self._news = News(plant.ledger)

    def set_clock(self, now: datetime) -> None:
        self.plant.now = now.astimezone(UTC)

    def publish(self, events: Sequence[bytes]) -> None:
        self.refused += [found for found in self.plant.publish(*events) if isinstance(found, Refused)]

    def settle(self) -> None:
        """As the plant does, but not for ever: a planner that goes round in circles is a failure."""
        plant, cuts = self.plant, self._cuts()
        while plant.engine.drain() + plant.reactions.step() + (plant.planner.step() if plant.planner else 0):
            assert self._cuts() - cuts < MOST_CUTS, "the planner doesn't come to rest"

    def _cuts(self) -> int:
        return self.plant.planner.figures.cuts if self.plant.planner else 0

    def news(self) -> Sequence[Recorded]:
        return self._news()


class OverHttp:
    """A ``lotone up`` in a process of its own. ``clock`` is the file its settings name as its clock; ``base`` is the
    same ledger, to wait at and to read from."""

    def __init__(self, served: Served, base: Store, clock: Path) -> None:
        self.served, self.base, self.clock = served, base, clock
        self.refused: list[str] = []
        self._news = News(base.ledger)

    def set_clock(self, now: datetime) -> None:
        set_clock(self.clock, now)

    def publish(self, events: Sequence[bytes]) -> None:
        for first in range(0, len(events), _CHUNK):
            answers = self.served.publish(*events[first : first + _CHUNK])
            self.refused += [answer["id"] for answer in answers if answer["status"] != "taken"]

    def settle(self) -> None:
        settle(self.base, patience=PATIENCE)

    def news(self) -> Sequence[Recorded]:
        return self._news()
