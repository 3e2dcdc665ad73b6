"""``python -m benchmarks.sampled FILE MODULE …``: run a module, looking every 5 ms at what its threads are doing.

A look says the innermost of the known stages that a thread is in, and the innermost function of ours. It is wall
clock, so waiting for PostgreSQL counts as appending; a thread's own CPU time is written beside it, every half second.
"""

import json
import os
import runpy
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Final

_EACH: Final = 0.005
_STAGES: Final = {
    ("engine.py", "_append"): "append",
    ("slices.py", "read"): "door",
    ("runtime.py", "_unpacked"): "decode",
    ("runtime.py", "_read"): "decode",
    ("postgres.py", "taken"): "known before?",
    ("states.py", "preload"): "states",
    ("states.py", "committed"): "states",
    ("runtime.py", "_record"): "record",
    ("runtime.py", "_decide"): "decide",
    ("reference.py", "advance"): "catalogue",
    ("engine.py", "wait"): "idle",
    ("engine.py", "pace"): "idle",
    ("reactions.py", "run"): "react",
    ("transport.py", "_drain_messages"): "fetch",
    ("app.py", "take"): "fetch",
}
_OURS: Final = (os.sep + "infra" + os.sep, os.sep + "events" + os.sep, os.sep + "services" + os.sep)


def _outwards(frame: FrameType | None) -> Iterator[tuple[str, str, str]]:
    while frame is not None:
        code = frame.f_code
        yield code.co_filename, os.path.basename(code.co_filename), code.co_name
        frame = frame.f_back


def _look(frame: FrameType) -> tuple[str, str]:
    """The stage, and the function of ours that runs."""
    path = list(_outwards(frame))
    stage = next((_STAGES[name, function] for _, name, function in path if (name, function) in _STAGES), "other")
    ours = ((name, function) for whole, name, function in path if any(part in whole for part in _OURS))
    name, function = next(ours, path[0][1:])
    return stage, f"{name}:{function}"


class Sampler:
    """Looks until the process ends."""

    def __init__(self, file: Path) -> None:
        self._file, self._looks = file, Counter[tuple[str, str, str]]()
        self._cpu: dict[str, float] = {}

    def run(self) -> None:
        own, said = threading.get_ident(), 0.0
        while True:
            time.sleep(_EACH)
            names = {thread.ident: thread.name for thread in threading.enumerate()}
            for ident, frame in sys._current_frames().items():
                if ident != own and ident in names:
                    self._looks[names[ident], *_look(frame)] += 1
            if time.monotonic() > said + 0.5:
                said = time.monotonic()
                self._tell({name: ident for ident, name in names.items() if ident})

    def _tell(self, threads: dict[str, int]) -> None:
        for name, ident in threads.items():
            try:
                self._cpu[name] = time.clock_gettime(time.pthread_getcpuclockid(ident))
            except OSError:
                continue
        looks = [[*key, count] for key, count in self._looks.items()]
        beside = self._file.with_suffix(".new")
        beside.write_text(json.dumps({"looks": looks, "cpu": self._cpu}))
        beside.replace(self._file)


if __name__ == "__main__":
    sampler = Sampler(Path(sys.argv[1]))
    sys.argv = sys.argv[2:]
    threading.Thread(target=sampler.run, name="sampler", daemon=True).start()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
