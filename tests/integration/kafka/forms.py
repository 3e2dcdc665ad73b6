"""The whole distributed form as tests run it: every part a process of its own, on a real broker and a real database."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import psycopg
from confluent_kafka import Producer

from events.decision import Recorded
from infra.clock import set_clock
from infra.sample.news import News
from infra.settings import Settings
from infra.store import Store
from projections.api.hosting import settle
from tests.integration.kafka.workers import Place
from tests.integration.processes import ROOT

SERVICES = ("catalogue", "order", "inventory", "supplier", "logistics")
_READY = re.compile(r"ready on (http://\S+)")
_CHUNK = 2_000
_STRUCTURED: list[tuple[str, bytes]] = [("content-type", b"application/cloudevents+json")]
_BATCH = {"content-type": "application/cloudevents-batch+json"}


@dataclass
class Whole(Place):
    """A place where everything runs. ``given`` are further variables for all its processes."""

    given: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"LOTONE_PLANNER_LEASE": "2", "LOTONE_PORT": "0"} | self.given

    @property
    def settings(self) -> Settings:
        """The same, for the test itself."""
        prefix = "LOTONE_"
        return Settings(**{  # type: ignore[arg-type]
            name.removeprefix(prefix).lower(): value
            for name, value in self.environment.items()
            if name.startswith(prefix)
        })

    def projections(self, *views: str, **variables: str) -> subprocess.Popen[bytes]:
        return self._start("projections", ["projections", *views], variables)

    def planner(self, **variables: str) -> subprocess.Popen[bytes]:
        return self._start("planner", ["projections.planning"], variables)

    def api(self, **variables: str) -> subprocess.Popen[bytes]:
        return self._start("api", ["projections.api.cli", "api"], variables)

    def address(self, api: subprocess.Popen[bytes]) -> str:
        """Where it listens, once it does."""
        self.until(lambda: _READY.search(self.log(api)))
        found = _READY.search(self.log(api))
        assert found
        return found.group(1)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """At once, and with nobody told."""
        process.kill()
        process.wait(30)

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """As an operator does; it must end well."""
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, self.log(process)[-3000:]
        self.running.remove(process)

    def asked(self, sql: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return connection.execute(sql.encode(), values or None).fetchall()

    def folders(self) -> dict[str, int]:
        """Which database session owns each view, where one that exists does."""
        return dict(self.asked(
            "SELECT name, owner_pid FROM lotone.view JOIN pg_stat_activity ON pid = owner_pid "
            "AND backend_start = owner_start"
        ))

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of ``lotone``, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "projections.api.cli", *arguments], cwd=ROOT, env=os.environ | self.environment,
            capture_output=True, text=True, timeout=60, check=False,
        )


class Distributed:
    """The stage of a story: a whole that runs elsewhere. What happens reaches it over HTTP one time, and the next time
    upstream writes it into the topics itself. ``refused`` is what the API turned away."""

    def __init__(self, there: Whole, http: httpx.Client, base: Store) -> None:
        self.there, self.http, self.base = there, http, base
        self.times = 0
        self.refused: list[str] = []
        self._news = News(base.ledger)

    def set_clock(self, now: datetime) -> None:
        assert self.base.settings.clock_file is not None
        set_clock(self.base.settings.clock_file, now)

    def publish(self, events: Sequence[bytes]) -> None:
        self.times += 1
        if self.times % 2 == 0:
            self._upstream(events)
            return
        for first in range(0, len(events), _CHUNK):
            body = b"[" + b",".join(events[first : first + _CHUNK]) + b"]"
            answer = self.http.post("/events", content=body, headers=_BATCH)
            assert answer.status_code == 202, answer.text
            self.refused += [one["id"] for one in answer.json() if one["status"] != "taken"]

    def _upstream(self, events: Sequence[bytes]) -> None:
        """One source's events stay in order: they have its key."""
        producer = Producer({"bootstrap.servers": self.there.bootstrap, "acks": "all", "log_level": 2})
        for event in events:
            told = orjson.loads(event)
            topic = f"{self.there.prefix}{told['type'].split('.')[1]}.intake"
            producer.produce(topic, event, told["source"].encode(), headers=_STRUCTURED)
        assert producer.flush(30) == 0

    def settle(self) -> None:
        settle(self.base, patience=60)

    def news(self) -> Sequence[Recorded]:
        return self._news()


@contextmanager
def whole(dsn: str, bootstrap: str, prefix: str, folder: Path, **given: str) -> Iterator[Whole]:
    """What was started here ends here, whatever its state."""
    there = Whole(dsn, bootstrap, prefix, folder, given=given)
    try:
        yield there
    finally:
        for process in there.running:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
