"""Stories told to a system that is killed again and again: do they end as if nothing had happened?

The sample factory's six weeks, and the bicycle maker's first orders with everything that goes wrong. It writes what it
saw to ``benchmarks/kills.md``. What is compared, and what may differ, is told in
``tests/integration/chain_kills/test_chain_kills.py``, which is a short form of this.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from infra.embedded import EmbeddedPostgres
from infra.faults import POINTS
from infra.sample.life.story import Day, Story
from tests.adventureworks.story import maker
from tests.integration.chain_kills.fates import SPAN, Fate
from tests.integration.chain_kills.stories import beginning, whole
from tests.integration.chain_kills.telling import Told, tell
from tests.integration.lives import difference

REPORT: Final = Path(__file__).with_name("kills.md")
SEED: Final = 20261123
DAYS: Final = 14
"""Each point by itself is tried on so many days."""
NTH: Final = (1, 2, 3, 5, 8)
"""Lives end when they come to the point for the first time, the second, …"""
MAKERS: Final = (1, 2, 5)
"""The same for the maker's story."""
ONCE: Final = "planner.claimed"
"""A life that nothing befalls comes to this point once only."""
_EACH: Final = 10.0
"""Seconds between words of how it goes."""


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="lotone-kills-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Progress:
    """Says now and then how far a telling has come."""

    def __init__(self) -> None:
        self._began = self._said = time.monotonic()
        self._facts = 0

    def __call__(self, day: Day, lives: int) -> None:
        self._facts += len(day.facts)
        if time.monotonic() > self._said + _EACH:
            self._said = time.monotonic()
            print(
                f"  {day.evening:%Y-%m-%d %H:%M}: {self._facts:,} facts, {day.open_orders} orders open, "
                f"{lives} lives, {self._said - self._began:.0f} s", flush=True,
            )


class Kills:
    """Stories told one after the other, each compared with its undisturbed telling."""

    def __init__(self, server: EmbeddedPostgres, folder: Path) -> None:
        self._server, self._folder = server, folder
        self.rows: list[str] = []
        self.unequal: list[str] = []

    def tell(self, name: str, story: Callable[[], Story], fate: Fate, like: Told | None = None) -> Told:
        """One more telling, and its row."""
        folder, tale = self._folder / f"t{len(self.rows)}", story()
        folder.mkdir()
        told = tell(self._server, folder, tale, fate, _Progress())
        found = [*told.wrong, *(difference(told.end, like.end) if like else ())]
        if like is not None and told.events != like.events:
            found.append("the world told something else")
        if fate.left:
            found.append(f"{fate.left} deaths never came")
        self.unequal += [f"{name}: {one}" for one in found]
        self.rows.append(
            f"| {name} | {len(tale.orders)} | {told.steps + 1} | {told.facts:,} | {told.cuts} | {fate.killed} "
            f"| {sum(fate.crashed.values())} | {told.lives} | {len(found)} | {told.seconds:.0f} |"
        )
        print(self.rows[-1], *found, sep="\n", flush=True)
        return told

    def sample(self, kills: int) -> None:
        """The sample factory's weeks; each point by itself on their beginning."""
        story = self.tell("six weeks, undisturbed", whole, Fate())
        fate = Fate.at_random(SEED, kills, story.steps + 1)
        self.tell("six weeks, killed at random", whole, fate, story)

        def first() -> Story:
            return beginning(DAYS)

        days = self.tell(f"{DAYS} days, undisturbed", first, Fate())
        for point in POINTS:
            fate = Fate([f"{point}:{1 if point == ONCE else n}" for n in NTH])
            self.tell(f"{DAYS} days, `{point}`", first, fate, days)

    def maker(self, kills: int, orders: int) -> None:
        """The bicycle maker's story: killed at random, and at all points, spread over its days."""

        def story() -> Story:
            return maker(orders)

        like = self.tell("the maker, undisturbed", story, Fate())
        steps, span = like.steps + 1, max(SPAN, like.seconds / (like.steps + 1))
        self.tell("the maker, killed at random", story, Fate.at_random(SEED, kills, steps, span=span), like)
        points = [f"{point}:{1 if point == ONCE else n}" for n in MAKERS for point in POINTS]
        self.tell("the maker, every named point", story, Fate.spread(SEED, steps, points, span), like)


def run(kills: int, orders: int, report: Path = REPORT) -> None:
    """Tell them all, and write the table. Without orders the maker's story is left out."""
    with _folder() as folder, EmbeddedPostgres(folder / "postgres") as server:
        told = Kills(server, folder)
        told.sample(kills)
        if orders:
            told.maker(kills, orders)
    report.write_text(written(kills, orders, told), "utf-8")
    print(report.read_text("utf-8"))


def written(kills: int, orders: int, told: Kills) -> str:
    """The table, and what differed."""
    return "\n".join([
        "# Killed in the middle of a story", "",
        f"Written by `python -m benchmarks kills --kills {kills} --orders {orders}`: the sample factory's weeks, and "
        "the bicycle maker's first orders with all the troubles of its story, on `lotone up` in a child process with "
        "a real PostgreSQL, killed and started again. Equal to the undisturbed telling are all facts with their "
        "envelopes, cuts, outcomes, parked, rejected and view rows, and what the simulated world told. In the end of "
        "each telling the record is verified, every message and every cut is decided again, every view is equal to "
        "its rebuild, and the rules of plans hold; each evening the story's own books are in order. At a named point "
        f"lives of the factory end when they come to it for the {_nth(NTH)} time, the maker's for the {_nth(MAKERS)}, "
        f"each at another step, which a `kill -9` makes room for (to `{ONCE}` each comes once). Seconds are those of "
        "the telling, without what is looked at in its end.", "",
        "| telling | orders | steps | facts | cuts | kills | deaths at a point | lives | differences | seconds |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        *told.rows, "", *(told.unequal or ["Nothing differed."]), "",
    ])


def _nth(told: tuple[int, ...]) -> str:
    return ", ".join(f"{n}." for n in told)
