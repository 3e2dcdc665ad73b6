"""Faults at random on the distributed form: three brokers, two processes of each, and each fault in the middle of a
burst of events; then everything is compared. Written down in ``faults.md``. The test of this name is the short form.

Faults begin for so many minutes at most; what is told then is followed to its end, and what hadn't begun is said.
"""

import signal
import sys
import time
from pathlib import Path
from typing import Final

from tests.integration.kafka.faults.campaign import POINT, ZOMBIE, Size
from tests.integration.kafka.faults.fleet import CREW
from tests.integration.kafka.faults.whole import Outcome, tell

REPORT: Final = Path(__file__).with_name("faults.md")
SEED: Final = 20261123
_BURSTS: Final = 0.7
"""The part of its time in which all bursts are to come; what is left is for points that nobody has come to yet."""
_SECONDS: Final = 2
"""How long a burst is told."""
_SLOWEST: Final = 20.0
"""Seconds from burst to burst at most."""


def run(events: int, rate: int, kills: int, seed: int, minutes: float, report: Path = REPORT) -> None:
    """Tell it, compare it, and write it down. Told to end, it takes with it all that it had started."""
    began = time.monotonic()

    def say(told: str) -> None:
        print(f"[{time.monotonic() - began:.0f} s] {told}", flush=True)

    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        burst = _SECONDS * rate
        gap = min(_SLOWEST, _BURSTS * minutes * 60 * burst / events)
        outcome = tell(events, rate, Size(kills=kills, burst=burst, gap=gap), seed, say, minutes * 60)
    finally:
        signal.signal(signal.SIGTERM, before)
    options = f"--events {events} --rate {rate} --kills {kills} --minutes {minutes:g} --seed {seed}"
    report.write_text(written(outcome, options), "utf-8")
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
        f"{found.told:,} events were told in {found.bursts} bursts, {found.pace:.0f} a second in these, and "
        f"{found.amid} of {_made(found)} faults came while the rest of a burst was still to be told; named points come "
        f"when what was told is worked on. {found.over_http:,} events were told over HTTP ({found.again} handfuls "
        f"again, because nobody had answered). Each once: {ends}. "
        f"{found.facts:,} facts; {found.repeats:,} were published more than once. Seconds "
        f"{', '.join(f'{what}: {seconds:.0f}' for what, seconds in found.seconds.items())}.", "",
        "| fault | times | longest time without a new fact after it, s |", "| --- | --- | --- |",
        *(f"| {kind} | {count} | {found.stops.get(kind, 0.0):.1f} |" for kind, count in sorted(found.came.items())), "",
        f"Restarts: {', '.join(f'{count} {role}' for role, count in sorted(found.restarts.items()))}.", "",
        f"Ended at named points: {points or 'none'}.", "",
        *(["The time was over before these began: " + ", ".join(
            f"{count} × {kind}" for kind, count in sorted(found.left.items())) + ".", ""] if found.left else []),
        *(["Never came to their point: " + "; ".join(found.waiting) + ".", ""] if found.waiting else []),
        *(["Ended by themselves:", "", *(f"- {count} × {told}" for told, count in found.alone.most_common(20)), ""]
          if found.alone else []),
        *(found.differences or ["Nothing differed."]), "",
    ])


def _made(found: Outcome) -> int:
    """Faults, without those that processes come to by themselves."""
    return found.came.total() - found.came[POINT] - found.came[ZOMBIE]
