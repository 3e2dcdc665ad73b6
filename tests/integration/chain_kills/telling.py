"""One telling of a story: on a system that dies on the way, or on one that nobody disturbs."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.clock import set_clock
from infra.embedded import EmbeddedPostgres
from infra.sample.life.agenda import Event
from infra.sample.life.story import Day, Play, Story
from tests.integration.chain_kills.ends import end_state, wrong
from tests.integration.chain_kills.fates import Fate
from tests.integration.chain_kills.killing import Mortal
from tests.integration.commands import Place
from tests.integration.lives import new_database
from tests.story import after

PATIENCE: Final = "3600"
"""The planner's patience: it never decides on half of a step. So the same steps give the same cuts."""


@dataclass(frozen=True)
class Told:
    """What came of it. ``wrong`` names whatever doesn't hold, in the evenings or in the end."""

    fate: Fate
    lives: int
    steps: int
    facts: int
    cuts: int
    seconds: float
    events: Sequence[Event]
    wrong: Sequence[str]
    end: dict[str, Any]


def _unheard(_day: Day, _lives: int) -> None:
    """Nobody wants to hear how it goes."""


def tell(
    server: EmbeddedPostgres, folder: Path, story: Story, fate: Fate | None = None,
    heard: Callable[[Day, int], None] = _unheard,
) -> Told:
    """Play it whole, in a database of its own. Snapshots are taken often, so that starting again uses them. ``heard``
    is told of every step when it is over, and how many lives it took so far."""
    began, clock, books = time.monotonic(), folder / "clock", after.Books()
    set_clock(clock, story.begins)
    chosen = {"LOTONE_CLOCK_FILE": str(clock), "LOTONE_PLANNER_PATIENCE": PATIENCE, "LOTONE_SNAPSHOT_EACH": "5"}
    place = Place(folder, new_database(server.dsn, f"story_{folder.name}"), chosen)
    found: list[str] = []
    events: list[Event] = []

    def each(day: Day) -> None:
        books.add(day.facts)
        events.extend(day.events)
        found.extend(f"day {day.number}: {told}" for told in after.wrong(books))
        heard(day, stage.lives)

    with place.store() as base:
        with closing(Mortal(place, base, clock, fate or Fate())) as stage:
            play = Play(story, stage, each)
            play.whole()
        seconds, end = time.monotonic() - began, end_state(base)
        found += wrong(base)
    facts = sum(map(len, end["facts"].values()))
    cuts = sum("('CutTaken'" in told for told in end["facts"].get("planning/0 plan", ()))
    return Told(stage.fate, stage.lives, play.step, facts, cuts, seconds, events, found, end)
