"""A process that is told to end amid whatever it does ends."""

import subprocess
import sys
from typing import Final

import pytest

_ALWAYS_TOLD: Final = """
import signal, time
from infra.ending import when_told_to_end
from infra.engine import Stop

stop, heard = Stop(), []

def end():
    heard.append(1)
    stop.ending.set()
    stop.news.set()

when_told_to_end(end)
signal.signal(signal.SIGALRM, signal.getsignal(signal.SIGTERM))
signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
until = time.monotonic() + 3
while time.monotonic() < until:
    stop.ending.is_set()
    stop.ending.clear()
    stop.wait(0.02)
signal.setitimer(signal.ITIMER_REAL, 0)
assert heard
"""


@pytest.mark.timeout(60)
def test_a_process_told_to_end_while_it_looks_at_its_events_does_not_wait_for_itself() -> None:
    """Thousands of times a second, so that some come while an event is locked."""
    subprocess.run([sys.executable, "-c", _ALWAYS_TOLD], check=True, timeout=30)
