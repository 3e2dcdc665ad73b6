"""Time from a file: what rehearsals move, and everybody reads."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from infra.clock import FileClock, clock_of, set_clock, system_clock
from infra.errors import Misfit

EIGHT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_time_stands_still_until_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    set_clock(path, EIGHT)
    clock = clock_of(path)
    assert [clock(), clock()] == [EIGHT, EIGHT]
    set_clock(path, EIGHT + timedelta(days=3))
    assert clock() == EIGHT + timedelta(days=3)


def test_whoever_reads_the_same_file_has_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    path.write_text("2026-03-02T09:00:00+01:00\n")
    assert FileClock(path)() == FileClock(path)() == EIGHT
    assert FileClock(path)().utcoffset() == timedelta(0)
    set_clock(path, EIGHT.astimezone(timezone(timedelta(hours=5))))
    assert FileClock(path)() == EIGHT


@pytest.mark.parametrize("text", ["", "soon", "2026-03-02T09:00:00", "1772438400"])
def test_a_file_without_a_time_is_refused_at_first_and_overlooked_later(tmp_path: Path, text: str) -> None:
    path = tmp_path / "clock"
    path.write_text(text)
    with pytest.raises(Misfit, match="LOTONE_CLOCK_FILE"):
        FileClock(path)()
    set_clock(path, EIGHT)
    clock = FileClock(path)
    assert clock() == EIGHT
    path.write_text(text)
    assert clock() == EIGHT
    path.unlink()
    assert clock() == EIGHT
    set_clock(path, EIGHT + timedelta(hours=1))
    assert clock() == EIGHT + timedelta(hours=1)


def test_without_a_file_it_is_the_systems(tmp_path: Path) -> None:
    assert clock_of(None) is system_clock
    with pytest.raises(Misfit, match="doesn't hold a time"):
        clock_of(tmp_path / "none")()
