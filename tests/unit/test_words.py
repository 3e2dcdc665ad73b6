"""Times as a person reads them: by their own clock, which says how far it is from UTC."""

import time
from datetime import UTC, datetime

import pytest

from projections.api.cli.words import when

NOON = datetime(2026, 7, 1, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(("zone", "told"), [
    ("UTC", "2026-07-01 12:00Z"), ("Europe/Berlin", "2026-07-01 14:00+02:00"),
    ("America/Los_Angeles", "2026-07-01 05:00-07:00"), ("Asia/Kolkata", "2026-07-01 17:30+05:30"),
])
def test_a_moment_is_told_by_the_readers_clock(zone: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert when(NOON) == told
        assert when(NOON, seconds=True) == told[:16] + ":30" + told[16:]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_no_moment_is_told_as_nothing() -> None:
    assert when(None) == ""
