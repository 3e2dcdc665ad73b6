"""Where time comes from: the one place that reads it, so that everything else can be given it.

For stories and rehearsals time may come from a file instead (``LOTONE_CLOCK_FILE``): every process that reads the same
file has the same time, and it stands still until the file changes. Within a shard it never goes back, whatever the file
says: the runtime sees to that.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from infra.errors import Misfit

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class FileClock:
    """The time that a file holds, read again when the file changes. While it can't be read, as in the middle of being
    written, the time is what it was before; ``Misfit`` when there was none before."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._now: datetime | None = None

    def __call__(self) -> datetime:
        try:
            found = self._path.stat()
            seen = (found.st_mtime_ns, found.st_ino, found.st_size)
            if seen != self._seen:
                self._now, self._seen = _read(self._path), seen
        except (OSError, ValueError) as error:
            if self._now is None:
                raise Misfit(
                    f"LOTONE_CLOCK_FILE={self._path} doesn't hold a time ({error}): write one into it, like "
                    "2026-11-22T08:30:00+01:00, or unset it"
                ) from None
        assert self._now is not None
        return self._now


def _read(path: Path) -> datetime:
    found = datetime.fromisoformat(path.read_text("ascii").strip())
    if found.tzinfo is None:
        raise ValueError("it has no UTC offset")
    return found.astimezone(UTC)


def set_clock(path: Path, now: datetime) -> None:
    """Write a clock file whole, so that whoever reads it sees the old time or the new one."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(now.isoformat() + "\n", "ascii")
    os.replace(beside, path)


def clock_of(path: Path | None) -> Clock:
    """The clock that the settings ask for."""
    return system_clock if path is None else FileClock(path)
