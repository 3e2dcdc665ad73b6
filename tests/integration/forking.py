"""Python processes that begin at once: forked from a server process that has imported everything once.

Starting an interpreter and importing what a worker needs takes a second of a core, and a test may start six of them.
What is forked runs a module as ``python -m`` does, with its own environment, sessions, threads and signals, and dies by
SIGKILL like any other; only the imports are shared. (And the seed of hashes, which the test's own process doesn't have:
what is decided twice is decided with two seeds.) Where starting or ending itself is tested, processes are real ones.
"""

import faulthandler
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from threading import Thread
from typing import IO

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([
    "tests.integration.lives", "tests.integration.commands", "infra.kafka.app",
    "infra.kafka.published", "infra.kafka.producing", "infra.kafka.facts", "infra.kafka.feed", "projections.sharing",
    "services.catalogue.app", "services.inventory.app", "services.order.app", "services.supplier.app",
    "services.logistics.app",
])  # fmt: skip


class Forked:
    """What ``subprocess.Popen`` is for a process that is started anew. Without ``log`` what it says is ``stdout``."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: str | None = None) -> None:
        """``arguments`` are what would come after ``python -m``."""
        self.stdout: IO[str] | None = None
        mine, theirs = (None, None) if log else FORKS.Pipe(duplex=False)
        self._life = FORKS.Process(target=_live, args=(arguments, dict(environment), log or theirs))
        self._life.start()
        if mine and theirs:
            theirs.close()
            self.stdout = os.fdopen(os.dup(mine.fileno()), encoding="utf-8", errors="replace")
            mine.close()
        assert self._life.pid is not None
        self.pid: int = self._life.pid

    @property
    def returncode(self) -> int | None:
        return self._life.exitcode

    def poll(self) -> int | None:
        return self._life.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._life.join(timeout)
        if self._life.exitcode is None:
            raise subprocess.TimeoutExpired(self._life.name, timeout or 0.0)
        return self._life.exitcode

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        """All it says until it has ended."""
        assert self.stdout is not None
        said: list[str] = []
        reading = Thread(target=lambda: said.extend(self.stdout or ()), daemon=True)
        reading.start()
        reading.join(timeout)
        if reading.is_alive():
            raise subprocess.TimeoutExpired(self._life.name, timeout or 0.0)
        self.wait(timeout)
        return "".join(said), None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _live(arguments: Sequence[str], environment: Mapping[str, str], out: str | Connection) -> None:
    os.environ.clear()
    os.environ.update(environment)
    opened = os.open(out, os.O_WRONLY | os.O_APPEND) if isinstance(out, str) else out.fileno()
    os.dup2(opened, 1)
    os.dup2(opened, 2)
    if isinstance(out, str):
        os.close(opened)
    else:
        out.close()
    for number, name in ((1, "stdout"), (2, "stderr")):
        setattr(sys, name, os.fdopen(number, "w", encoding="utf-8", closefd=False, buffering=1))
    faulthandler.enable(2)
    sys.argv = list(arguments)
    warnings.filterwarnings("ignore", ".*found in sys.modules", RuntimeWarning, "runpy")
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
