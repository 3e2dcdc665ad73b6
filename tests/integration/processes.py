"""Real processes, and waiting for what they do: with a deadline, never by sleeping a guess."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.forking import Forked

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0


def say(told: str) -> None:
    """What a process under test tells the one that tests it."""
    sys.stdout.write(told + "\n")
    sys.stdout.flush()


@contextmanager
def process(module: str, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process running a module of this repository; killed when the block ends, whatever its state."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(
        command, env=os.environ | variables, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        try:
            yield running
        finally:
            if running.poll() is None:
                running.send_signal(signal.SIGKILL)


@contextmanager
def forked(module: str, *arguments: str, **variables: str) -> Iterator[Forked]:
    """The same in a fraction of the time, where how it starts isn't what is tested."""
    running = Forked([module, *arguments], os.environ | variables)
    try:
        yield running
    finally:
        running.kill()
        running.wait(PATIENCE)
        if running.stdout is not None:
            running.stdout.close()


def ended(running: subprocess.Popen[str] | Forked) -> list[str]:
    """What it printed, once it has ended by itself."""
    output, _ = running.communicate(timeout=PATIENCE)
    return output.splitlines()


def frozen(running: subprocess.Popen[str] | Forked) -> None:
    """Wait until it has been stopped by a signal."""

    def stopped() -> bool:
        return Path(f"/proc/{running.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"

    until(stopped)


def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came to be so"
        time.sleep(0.005)
