"""Every part a process of its own, over Kafka: the sample factory's first days, and what dies while they pass."""

import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from infra.clock import set_clock
from infra.embedded import EmbeddedPostgres
from infra.kafka.kept import kept
from infra.ledger.verify import verify
from infra.proving import prove_cuts
from infra.rerun import Rerun
from infra.sample.weeks import weeks
from infra.store import Store, store
from projections.api.hosting import settle
from projections.api.system import planning, services
from projections.rebuild import rebuild_views
from projections.views import VIEWS
from tests.integration.kafka.forms import SERVICES, Distributed, Whole, whole
from tests.integration.lives import new_database, settings
from tests.plant import part
from tests.story.playing import Told

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.timeout(240)]
STEPS = 4
NAMES = {view.name for view in VIEWS}


@dataclass
class Running:
    """The whole, the API in front of it, the story that is told to it, and who folds and plans."""

    there: Whole
    http: httpx.Client
    base: Store
    told: Told
    stage: Distributed
    views: list[subprocess.Popen[bytes]]
    planners: list[subprocess.Popen[bytes]]

    def days(self, steps: int) -> None:
        """The story goes on."""
        for _ in range(steps):
            self.told.play.day()
        assert self.told.wrong == []
        assert set(self.stage.refused) <= {"wms-broken-1"}, "one that nobody can read is part of the story"

    def whole(self) -> None:
        """Chains are whole, views equal a rebuild, and each cut is decided again alike."""
        settle(self.base, patience=60)
        assert verify(self.base.ledger).ok
        rebuilt = rebuild_views(self.base.dsn, self.base.ledger, VIEWS, prove=True)
        assert [(found.view, found.difference) for found in rebuilt if not found.equal] == []
        assert {proof.equal for proof in prove_cuts(self.base.ledger, planning())} == {True}

    def ready(self) -> Any:
        """What the API says of how everything is, once it says that all is well."""
        self.there.until(lambda: self.http.get("/readyz").status_code == 200, patience=30)
        return self.http.get("/readyz").json()


def shares(there: Whole) -> list[int]:
    """How many views each database session folds."""
    return sorted(Counter(there.folders().values()).values())


def roles(running: Running, role: str) -> list[Any]:
    """The processes of a role that are heard of."""
    return [one for one in running.http.get("/readyz").json()["processes"] if one["role"] == role]


def there_relay(running: Running) -> subprocess.Popen[bytes]:
    return next(one for one in running.there.running if "infra.kafka.relay" in one.args)


def event_file(there: Whole) -> Path:
    """One event in a file."""
    found = there.folder / "one.jsonl"
    found.write_bytes(part("CLI-1"))
    return found


@pytest.fixture(scope="module")
def running(
    postgres_server: EmbeddedPostgres, broker: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """All of it started at once, and the factory's opening and first days told to it over HTTP."""
    folder, tale = tmp_path_factory.mktemp("whole"), weeks(count=6)
    set_clock(folder / "clock", tale.begins)
    dsn = new_database(postgres_server.dsn, "whole")
    told = {"LOTONE_CLOCK_FILE": str(folder / "clock"), "LOTONE_PLANNER_PATIENCE": "0.3"}
    with whole(dsn, broker, f"{uuid4().hex[:8]}.", folder, **told) as there:
        for service in SERVICES:
            there.worker(service)
        there.relay()
        views, planners = [there.projections()], [there.planner()]
        address = there.address(there.api())
        with store(there.settings) as base, httpx.Client(base_url=address, timeout=60) as http:
            stage = Distributed(there, http, base)
            found = Running(there, http, base, Told(tale, stage), stage, views, planners)
            there.until(lambda: http.get("/readyz").status_code == 200)
            found.told.play.begin()
            found.days(STEPS)
            yield found


def test_once_it_is_quiet_the_record_is_whole_and_a_rebuild_equals_the_views(running: Running) -> None:
    assert running.told.books.runs, "the planner has planned"
    running.whole()


def test_views_are_shared_and_taken_over_from_one_that_is_frozen_which_wakes_and_writes_nothing(
    running: Running,
) -> None:
    there, first = running.there, running.views[0]
    second = there.projections()
    there.until(lambda: shares(there) == [7, 8])
    first.send_signal(signal.SIGSTOP)
    there.until(lambda: len(shares(there)) == 1 and set(there.folders()) == NAMES)
    running.days(1)
    first.send_signal(signal.SIGCONT)
    running.days(1)
    there.until(lambda: shares(there) == [7, 8])
    there.kill(second)
    there.until(lambda: shares(there) == [15])
    running.days(1)
    assert running.ready()["failures"] == []
    running.whole()


def test_a_planner_that_stands_by_takes_over_from_one_that_is_frozen_and_back_from_one_that_is_killed(
    running: Running,
) -> None:
    there, first = running.there, running.planners[0]
    second = there.planner()
    there.until(lambda: "standing" in there.log(second) or len(roles(running, "planner")) == 2)
    first.send_signal(signal.SIGSTOP)
    running.days(2)
    first.send_signal(signal.SIGCONT)
    there.until(lambda: len(roles(running, "planner")) == 2)
    running.days(1)
    there.kill(second)
    running.days(1)
    assert running.ready()["failures"] == []
    running.whole()


def test_the_embedded_form_decides_the_same_bytes_from_what_the_topics_hold(
    running: Running, empty_database: str
) -> None:
    """Of what upstream wrote itself, boxes have other bytes: each sealing is another."""
    settle(running.base, patience=60)
    with store(settings(empty_database, running.there.folder)) as other:
        again = Rerun(
            running.base.ledger, kept(running.base, other.keys), other.ledger, other.queue, other.keys, services(),
            planning(),
        )  # fmt: skip
        found = list(again.run())
        assert [told for one in found for told in one.told] == []
        assert again.unasked() == []
        heads = running.base.ledger.heads()
        assert {place: head.position for place, head in other.ledger.heads().items()} == {
            place: head.position for place, head in heads.items()
        }
        assert 0 < sum(one.resealed for one in found) < sum(head.position for head in heads.values()) / 2
        assert verify(other.ledger).ok
    replayed = running.there.command("replay", "--json")
    assert replayed.returncode == 0, replayed.stderr
    shards = orjson.loads(replayed.stdout)["shards"]
    assert [(one["told"], one["unkept"]) for one in shards if one["different"] or one["unkept"]] == []
    assert sum(one["facts"] for one in shards) > 200


def test_what_nobody_does_is_told_and_a_command_of_the_command_line_works_as_ever(running: Running) -> None:
    there, relay = running.there, there_relay(running)
    running.ready()
    there.until(lambda: there.command("health").returncode == 0)
    assert "copies of" not in there.command("health").stderr
    assert "copies of" in there.log(relay), "who goes on is warned at its start"
    told = there.command("up")
    assert (told.returncode, "run in processes of their own" in told.stderr) == (1, True), "it would fence them all off"
    there.kill(relay)
    there.until(lambda: running.http.get("/readyz").status_code == 503)
    assert any("nobody publishes facts" in told for told in running.http.get("/readyz").json()["failures"])
    asked = there.command("health", "relay")
    assert (asked.returncode, "isn't heard of" in asked.stderr) == (1, True)
    running.days(1)
    there.relay()
    running.ready()
    told = there.command("publish", "--json", str(event_file(there)))
    assert told.returncode == 0, told.stderr
    assert '"decided": 1' in told.stdout
