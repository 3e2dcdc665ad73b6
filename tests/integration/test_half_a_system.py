"""A part of ``lotone up`` that has stopped ends all of it: half a system would take events that nobody decides."""

from contextlib import suppress

import httpx
import psycopg
import pytest

from infra.errors import Transient
from infra.planner import READER
from projections.api import hosting
from projections.api.hosting import alone, settle
from tests.integration.asking import define, found
from tests.integration.commands import Place
from tests.integration.processes import PATIENCE
from tests.plant import SITE

pytestmark = pytest.mark.postgres


def fence(place: Place, domain: str) -> None:
    """Somebody else takes these shards, as another release started beside this one would."""
    assert place.dsn is not None
    with psycopg.connect(place.dsn, autocommit=True) as hand:
        hand.execute("UPDATE lotone.shard SET epoch = epoch + 1 WHERE domain = %s", (domain,))


def test_when_the_services_have_stopped_it_ends_says_why_and_is_no_success(place: Place) -> None:
    with place.up() as served:
        served.publish(SITE.replace(b'"plant"', b'"kassel"'), define("API-1"))
        served.settled()
        fence(place, "inventory")
        served.publish(found("n-1"))
        done = served.command.ended()
    assert done.code == 1
    assert "services: Fenced" in done.err
    assert "What was taken is kept" in done.err
    assert "nothing was lost" not in done.err
    told = place.lotone("publish", "-", "--json", stdin=found("n-1"))
    assert told.json["outcomes"] == {"decided": 1}


def test_who_waits_for_a_process_that_is_gone_hears_so_long_before_patience_ends(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosting, "_DESERTED", 0.1)
    with place.up(LOTONE_CRASH_AT="append.before") as served:
        with suppress(httpx.TransportError):
            served.publish(SITE)
        served.command.life.join(PATIENCE)
    with place.store() as base, pytest.raises(Transient, match="nobody runs the services"):
        settle(base, patience=PATIENCE)


def test_who_waits_by_a_clock_ahead_of_the_planners_is_not_held_up_by_what_is_not_due_for_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosting, "_DESERTED", 0.5)
    lease = """
        INSERT INTO lotone.lease (name, holder, holder_pid, holder_start, until, due)
        VALUES (%s, 'it', 1, now(), now(), %s)
    """
    left: list[int] = []
    with place.store() as base, alone(base.dsn):
        with base.connections.connection() as connection:
            connection.execute(lease, [READER, base.clock()])
        settle(base, left.append, patience=PATIENCE)
    assert (left[0], left[-1]) == (1, 0), "it might have been the planner's clock"
