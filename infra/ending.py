"""How a process hears that it is to end.

The naive handler sets an event. But a handler runs in the main thread, amid any statement of it, and an ``Event`` is
locked while the main thread looks at it or clears it: then the handler waits for a lock that its own thread holds, and
the process never ends. That is rare, and for ever. So the handler only begins a thread.
"""

import _thread
import signal
from collections.abc import Callable


def when_told_to_end(end: Callable[[], object]) -> None:
    """From now on SIGINT and SIGTERM have ``end`` called, in a thread of its own; every one, so it may come again."""

    def begin(*_: object) -> None:
        _thread.start_new_thread(end, ())  # threading.Thread takes locks before it runs

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, begin)
