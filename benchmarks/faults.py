"""Faults at random on the distributed form: three brokers, two processes of each, events all the while; then everything
is compared. Written down in ``faults.md``. The test of the same name is the short form."""

import signal
import sys
import time
from pathlib import Path
from typing import Final

from tests.integration.kafka.faults.campaign import Size
from tests.integration.kafka.faults.fleet import CREW
from tests.integration.kafka.faults.whole import Outcome, tell

REPORT: Final = Path(__file__).with_name("faults.md")
SEED: Final = 20261123
PATIENCE: Final = 1200.0


def run(events: int, rate: int, kills: int, seed: int, report: Path = REPORT) -> None:
    """Tell it, compare it, and write it down. Told to end, it takes with it all that it had started."""
    began = time.monotonic()

    def say(told: str) -> None:
        print(f"[{time.monotonic() - began:.0f} s] {told}", flush=True)

    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        outcome = tell(events, rate, Size(kills=kills), seed, say, PATIENCE)
    finally:
        signal.signal(signal.SIGTERM, before)
    report.write_text(written(outcome, f"--events {events} --rate {rate} --kills {kills} --seed {seed}"), "utf-8")
    print(report.read_text("utf-8"))


def written(found: Outcome, options: str) -> str:
    """The figures."""
    points = "; ".join(
        f"{role}: {', '.join(f'`{point}`' for one, point in sorted(found.sprung) if one == role)}" for role in CREW
        if any(one == role for one, _ in found.sprung)
    )
    ends = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(found.outcomes.items()))
    return "\n".join([
        "# Faults on the distributed form", "",
        f"Written by `python -m benchmarks faults {options}`: three brokers with replication 3 and "
        "`min.insync.replicas=2`, PostgreSQL, and as processes of their own "
        f"{', '.join(f'{count} × {role}' for role, count in CREW.items())}. What ends is started again at once.", "",
        f"{found.told:,} events were told, {found.pace:.0f} a second, {found.over_http:,} of them over HTTP "
        f"({found.again} handfuls again, because nobody had answered). Each once: {ends}. "
        f"{found.facts:,} facts; {found.repeats:,} were published more than once. Seconds "
        f"{', '.join(f'{what}: {seconds:.0f}' for what, seconds in found.seconds.items())}.", "",
        "| fault | times | longest time without a new fact after it, s |", "| --- | --- | --- |",
        *(f"| {kind} | {count} | {found.stops.get(kind, 0.0):.1f} |" for kind, count in sorted(found.came.items())), "",
        f"Restarts: {', '.join(f'{count} {role}' for role, count in sorted(found.restarts.items()))}.", "",
        f"Ended at named points: {points or 'none'}.", "",
        *(["Never came to their point: " + "; ".join(found.waiting) + ".", ""] if found.waiting else []),
        *(["Ended by themselves:", "", *(f"- {count} × {told}" for told, count in found.alone.most_common(20)), ""]
          if found.alone else []),
        *(found.differences or ["Nothing differed."]), *found.endings, "",
    ])
