"""The sample factory's six weeks, told to a system that is killed again and again: does it end as if nothing happened?

It writes what it saw to ``benchmarks/kills.md``. What is compared, and what may differ, is told in
``tests/integration/chain_kills/test_chain_kills.py``, which is a short form of this.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from infra.embedded import EmbeddedPostgres
from infra.faults import POINTS
from infra.sample.life.story import Story
from tests.integration.chain_kills.fates import Fate
from tests.integration.chain_kills.stories import beginning, whole
from tests.integration.chain_kills.telling import Told, tell
from tests.integration.lives import difference

REPORT: Final = Path(__file__).with_name("kills.md")
SEED: Final = 20261123
DAYS: Final = 14
"""Each point by itself is tried on so many days."""
NTH: Final = (1, 2, 3, 5, 8)
"""Lives end when they come to the point for the first time, the second, …"""
ONCE: Final = "planner.claimed"
"""A life that nothing befalls comes to this point once only."""


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="lotone-kills-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Kills:
    """Stories told one after the other, each compared with its undisturbed telling."""

    def __init__(self, server: EmbeddedPostgres, folder: Path) -> None:
        self._server, self._folder = server, folder
        self.rows: list[str] = []
        self.unequal: list[str] = []

    def tell(self, name: str, story: Callable[[], Story], fate: Fate, like: Told | None = None) -> Told:
        """One more telling, and its row."""
        folder = self._folder / f"t{len(self.rows)}"
        folder.mkdir()
        told = tell(self._server, folder, story(), fate)
        found = [*told.wrong, *(difference(told.end, like.end) if like else ())]
        if like is not None and told.events != like.events:
            found.append("the world told something else")
        if fate.left:
            found.append(f"{fate.left} deaths never came")
        self.unequal += [f"{name}: {one}" for one in found]
        end = "as undisturbed" if like else "all holds"
        self.rows.append(
            f"| {name} | {fate.killed} | {sum(fate.crashed.values())} | {told.steps + 1} | {told.facts:,} "
            f"| {told.cuts} | {told.seconds:.0f} | {end if not found else f'{len(found)} differences'} |"
        )
        print(self.rows[-1], *found, sep="\n", flush=True)
        return told


def run(kills: int) -> None:
    """Tell them all, and write the table."""
    with _folder() as folder, EmbeddedPostgres(folder / "postgres") as server:
        told = Kills(server, folder)
        story = told.tell("six weeks, undisturbed", whole, Fate())
        fate = Fate.at_random(SEED, kills, story.steps + 1)
        told.tell(f"six weeks, {kills} times `kill -9` at random", whole, fate, story)

        def first() -> Story:
            return beginning(DAYS)

        days = told.tell(f"{DAYS} days, undisturbed", first, Fate())
        for point in POINTS:
            fate = Fate([f"{point}:{1 if point == ONCE else n}" for n in NTH])
            told.tell(f"{DAYS} days, `{point}`", first, fate, days)
    REPORT.write_text(report(kills, told), "utf-8")
    print(REPORT.read_text("utf-8"))


def report(kills: int, told: Kills) -> str:
    """The table, and what differed."""
    return "\n".join([
        "# Killed in the middle of a story", "",
        f"Written by `python -m benchmarks kills --kills {kills}`: the sample factory's weeks on `lotone up` in a "
        "child process with a real PostgreSQL, killed and started again. Equal are all facts with their envelopes, "
        "cuts, outcomes, parked, rejected and view rows, and what the simulated world told. In the end of each telling "
        "the record is verified, every message and every cut is decided again, every view is equal to its rebuild, and "
        "the rules of plans hold; each evening the story's own books are in order. At a named point lives end when "
        f"they come to it for the {', '.join(f'{n}.' for n in NTH)} time (to `{ONCE}` each comes once).", "",
        "| telling | killed | died at a point | steps | facts | cuts | seconds | end |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *told.rows, "", *(told.unequal or ["Nothing differed."]), "",
    ])
