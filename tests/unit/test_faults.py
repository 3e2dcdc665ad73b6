"""Crash points are a closed list, and do nothing unless asked to."""

import os
import signal
import subprocess
import sys

import pytest

from infra.faults import POINTS, reach

REACH_TWICE = "from infra.faults import reach; reach('append.in'); print('once', flush=True); reach('append.in')"


def run(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", REACH_TWICE], env=os.environ | variables, check=False, capture_output=True, text=True
    )


def test_unarmed_points_do_nothing() -> None:
    for point in POINTS:
        reach(point)
    assert run().returncode == 0


@pytest.mark.parametrize(("told", "printed"), [("append.in", ""), ("append.in:2", "once\n")])
def test_an_armed_point_kills_at_the_nth_time(told: str, printed: str) -> None:
    done = run(LOTONE_CRASH_AT=told)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, printed)


def test_a_point_that_is_not_there_is_refused() -> None:
    done = run(LOTONE_CRASH_AT="append.never")
    assert done.returncode == 1
    assert "append.before" in done.stderr
