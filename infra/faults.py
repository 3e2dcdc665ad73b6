"""Named points where a process can be made to die, or to freeze, so that tests may see what is left behind.

``LOTONE_CRASH_AT=append.in`` ends the process by SIGKILL when it reaches that point; ``append.in:3`` does so
the third time. ``LOTONE_STOP_AT`` freezes it by SIGSTOP instead. Unset, as they always are in earnest,
nothing happens.
"""

import os
import signal
from functools import cache
from typing import Final

POINTS: Final = (
    "queue.put.before",
    "queue.put.in",  # written, not committed
    "queue.put.after",
    "append.before",
    "append.copy",  # in the middle of sending facts
    "append.in",  # all written, not committed
    "append.after",
    "reactions.before",
    "reactions.between",  # commands are put, the cursor not moved
    "reactions.after",
    "snapshots.before",
    "snapshots.after",
    "planner.claimed",  # the lease and the shard are ours, nothing is decided
    "planner.decided",  # a cut is decided, nothing of it appended
    "planner.appended",  # it stands, and nobody was told
    "planner.noted",
    "views.before",
    "views.in",  # rows and cursors written, not committed
    "views.after",
)
"""All points there are, before, in and after each write."""

DISTRIBUTED: Final = (
    "relay.before",
    "relay.between",  # facts are published, the place not kept
    "relay.after",
)
"""Points that only the distributed form comes to."""

SIGNALS: Final = {"LOTONE_CRASH_AT": signal.SIGKILL, "LOTONE_STOP_AT": signal.SIGSTOP}


def reach(point: str) -> None:
    """Say that the process has come to this point."""
    if armed := _armed():
        for trap in armed:
            trap.reach(point)


class _Trap:
    def __init__(self, variable: str, told: str) -> None:
        self._point, _, times = told.partition(":")
        self._left = int(times or 1)
        self._signal = SIGNALS[variable]
        if self._point not in (*POINTS, *DISTRIBUTED):
            raise ValueError(f"{variable}={told} names no such point; there are: {', '.join(POINTS)}")

    def reach(self, point: str) -> None:
        if point == self._point:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), self._signal)


@cache
def _armed() -> tuple[_Trap, ...]:
    return tuple(_Trap(variable, told) for variable in SIGNALS if (told := os.environ.get(variable)))
