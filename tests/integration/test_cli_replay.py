"""lotone replay: alike, or where not; and a clock of the operator's own."""

import re
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from infra.clock import set_clock
from tests.integration.asking import found
from tests.integration.commands import Place

pytestmark = pytest.mark.postgres


def test_what_was_decided_is_decided_again_alike(told: Place) -> None:
    done = told.lotone("replay")
    assert done.code == 0, done.err
    assert re.search(r"^inventory +\d +1 +\d+ +0 +0 *$", done.out, re.MULTILINE), done.out
    answer = told.lotone("replay", "--domain", "inventory", "--json").json
    assert {shard["domain"] for shard in answer["shards"]} == {"inventory"}
    assert [(shard["messages"], shard["different"]) for shard in answer["shards"] if shard["facts"]] == [(1, 0)]
    assert told.lotone("replay", "--domain", "nowhere").code == 1


def test_what_was_altered_is_named_with_both_texts(told: Place) -> None:
    with psycopg.connect(told.dsn, autocommit=True) as connection:
        connection.execute(
            "UPDATE lotone.fact SET data = replace(convert_from(data, 'UTF8'), '\"kassel\"', '\"Kassel\"')::bytea "
            "WHERE domain = 'inventory' AND position = 1"
        )
    done = told.lotone("replay")
    assert done.code == 2
    assert re.search(r"DIFFERENT: inventory/\d+/1: Stock\w+ on stock/API-1@kassel differs at byte \d+", done.err)
    assert '"Kassel"' in done.err
    assert '"kassel"' in done.err


def test_messages_that_no_queue_keeps_are_counted(told: Place) -> None:
    with psycopg.connect(told.dsn, autocommit=True) as connection:
        connection.execute("DELETE FROM lotone.intake WHERE domain = 'inventory'")
    done = told.lotone("replay", "--domain", "inventory", "--json")
    assert done.code == 0
    assert sum(shard["unkept"] for shard in done.json["shards"]) > 0
    assert sum(shard["messages"] for shard in done.json["shards"]) == 0


def test_time_is_what_the_clock_file_says(told: Place, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    then = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    set_clock(clock, then)
    told.lotone("publish", "-", stdin=found("later"), LOTONE_CLOCK_FILE=str(clock))
    with psycopg.connect(told.dsn, autocommit=True) as connection:
        times = connection.execute(
            "SELECT recorded_at FROM lotone.fact WHERE domain = 'inventory' ORDER BY recorded_at DESC LIMIT 1"
        ).fetchone()
        assert times is not None
        assert times[0] == then
    shown = told.lotone("settings", LOTONE_CLOCK_FILE=str(clock))
    assert re.search(rf"LOTONE_CLOCK_FILE +{re.escape(str(clock))} ", shown.out)
    broken = told.lotone("parked", LOTONE_CLOCK_FILE=str(tmp_path / "none"))
    assert broken.code == 1
    assert "doesn't hold a time" in broken.err
