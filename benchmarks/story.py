"""The story of the whole chain, played on a running system: a bicycle maker's thousand orders, and all that goes wrong.

It writes what it saw to ``benchmarks/story.md``: events, facts, decisions by kind, late orders and why, time by stage.
"""

import os
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

from events.decision import Recorded
from infra.clock import set_clock
from infra.sample.life.story import Day, Play
from infra.sample.life.tally import Tally
from infra.settings import Settings
from projections.api.hosting import host
from projections.api.staging import Stage
from tests.adventureworks.story import maker

REPORT: Final = Path(__file__).with_name("story.md")
ABOUT: Final = (
    "Of two vendors that close, the one (CHICAGO0001) sells nine parts, which others sell too. The other (VARSITY0001) "
    "is one of 21 without whom no bicycle can be built, because nobody else sells 33 parts that all of them need; two "
    "of these sell what goes straight into every bicycle, and its stock is used up soonest.",
    "Wishes, margins, a third of the stock and all that isn't in the maker's files is "
    "invented (`tests/adventureworks/derived.py`). A late line's reason is what the record says that its promises were "
    "moved for (`lateness.py`).",
)
PATIENCE: Final = 3600.0
"""Seconds the planner waits for quiet: it never decides on half of a day."""


class Clocked:
    """A stage whose steps are timed."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.took: Counter[str] = Counter()

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.took[what] += time.perf_counter() - began  # type: ignore[assignment]

    def set_clock(self, now: Any) -> None:
        self.stage.set_clock(now)

    def publish(self, events: Sequence[bytes]) -> None:
        with self._timed("the door and the intake"):
            self.stage.publish(events)

    def settle(self) -> None:
        with self._timed("decided, followed up, planned and folded into views"):
            self.stage.settle()

    def news(self) -> Sequence[Recorded]:
        with self._timed("the simulated world reads"):
            return self.stage.news()


def seconds_of_threads() -> dict[str, float]:
    """CPU seconds of this process's threads by name, where the system tells."""
    tick, found = os.sysconf("SC_CLK_TCK"), {}
    for thread in threading.enumerate():
        path = Path(f"/proc/self/task/{thread.native_id}/stat")
        if path.exists():
            fields = path.read_text().rpartition(")")[2].split()
            found[thread.name] = (int(fields[11]) + int(fields[12])) / tick
    return found


def run(orders: int) -> None:
    """Play it, say how it goes, and write the table."""
    told = maker(orders)
    tally, began = Tally(told.zone), time.perf_counter()
    folder = Path(tempfile.mkdtemp(prefix="lotone-story-"))
    clock = folder / "clock"
    set_clock(clock, told.begins)
    try:
        settings = Settings(data=folder, port=0, intake_limit=1_000_000, clock_file=clock, planner_patience=PATIENCE)
        with host(settings) as system:
            stage = Clocked(Stage(system, clock))

            def each(day: Day) -> None:
                tally.add(day.number, day.events, day.facts)
                print(
                    f"  {day.evening:%Y-%m-%d}: {len(day.events):>5} events, {len(day.facts):>6} facts, "
                    f"{day.open_orders:>4} orders open, {time.perf_counter() - began:.0f} s", flush=True,
                )

            play = Play(told, stage, each)
            play.whole()
            threads = seconds_of_threads()
        wall = time.perf_counter() - began
        text = report(play, tally, stage.took, threads, wall)
        REPORT.write_text(text, "utf-8")
        print(text)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def report(play: Play, tally: Tally, took: Counter[str], threads: dict[str, float], wall: float) -> str:
    """The table."""
    ended: date = (play.story.begins.date()).fromordinal(play.story.begins.date().toordinal() + play.number)
    late, selling = tally.late(ended), play.life.selling
    why = Counter(told.partition(" (")[0] for told in late.values())
    facts: Counter[str] = Counter()
    for (domain, _), count in tally.facts.items():
        facts[domain] += count
    planning = Counter({kind: count for (domain, kind), count in tally.facts.items() if domain == "planning"})
    whole = sum(facts.values())
    parts = [
        "# The story of a bicycle maker", "",
        f"Written by `python -m benchmarks story --orders {len(play.story.orders)}`: {play.number} simulated days, "
        f"{wall:.0f} s on two shared cores, {whole / wall:.0f} facts/s through the whole chain.", "",
        f"{selling.accepted} orders accepted, {selling.refused} refused, {selling.completed} completed, "
        f"{selling.cancelled} cancelled, {len(selling.open)} still open on the last day.", "",
        *(line for told in ABOUT for line in (told, "")),
        *_table("Events", ("event", "how many"), tally.events.most_common()),
        *_table("Facts", ("domain", "how many"), sorted(facts.items())),
        *_table("Decisions", ("fact of planning", "how many"), planning.most_common()),
        *_table("Ways that requirements were covered", ("way", "how often"), tally.ways.most_common()),
        *_table(f"Late: {len(late)} of {len(tally.wishes)} lines", ("why", "lines"), why.most_common(25)),
        *_table("Time by stage", ("stage", "seconds"), [(what, f"{s:.1f}") for what, s in took.most_common()]),
        *_table("CPU by thread", ("thread", "seconds"), [(n, f"{s:.1f}") for n, s in sorted(threads.items())]),
        *_table("Troubles", ("day", "what", "whom it hit"),
                [(one.day, one.step.NAME, one.whom) for one in play.life.trouble.struck]),
    ]
    if waiting := play.life.trouble.waiting:
        parts += ["Found nobody to hit: " + ", ".join(step.NAME for step in waiting) + ".", ""]
    return "\n".join(parts)


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [f"## {title}", "", "| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return [*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows), ""]
