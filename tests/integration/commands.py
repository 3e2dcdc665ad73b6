"""The command line in processes of its own, as a user runs it.

They are forked from a server process that has imported everything once, so that a command costs tenths of a second and
not seconds; each has its own environment, signals and standard streams, and ends with its own exit code.
"""

import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson

from infra.settings import Settings
from infra.store import Store, store
from projections.api.cli.main import main
from projections.api.hosting import settle
from tests.integration.forking import FORKS
from tests.integration.processes import PATIENCE, until

READY = re.compile(r"ready on (http://\S+)")
BATCH = {"content-type": "application/cloudevents-batch+json"}
STRUCTURED = {"content-type": "application/cloudevents+json"}


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode()

    @property
    def json(self) -> Any:
        return orjson.loads(self.raw)


@dataclass
class Running:
    """A command that runs."""

    life: BaseProcess
    folder: Path
    told: dict[str, str] = field(default_factory=dict)

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self.folder / "err").read_text()

    def send(self, number: signal.Signals) -> None:
        assert self.life.pid is not None
        os.kill(self.life.pid, number)

    def ended(self, patience: float = PATIENCE) -> Done:
        """Wait until it has ended by itself."""
        self.life.join(patience)
        assert self.life.exitcode is not None, f"it doesn't end; so far it said: {self.out}{self.err}"
        return Done(self.life.exitcode, (self.folder / "out").read_bytes(), self.err)


@dataclass(frozen=True)
class Place:
    """Where commands run: a ledger's database, a folder for keys and output, and further settings."""

    folder: Path
    dsn: str | None = None
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        told = {"LOTONE_DATA": str(self.folder), "LOTONE_SHARDS": "2", "LOTONE_LOG_LEVEL": "error", "COLUMNS": "200"}
        dsn = {} if self.dsn is None else {"LOTONE_POSTGRES_DSN": self.dsn}
        return {**told, **dsn, **self.settings}

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The same ledger, from within the test."""
        told = {name: value for name, value in self.environment.items() if name.startswith("LOTONE_")}
        with store(Settings(**{name.removeprefix("LOTONE_").lower(): value for name, value in told.items()})) as base:
            yield base

    def lotone(self, *arguments: object, stdin: bytes = b"", patience: float = PATIENCE, **settings: str) -> Done:
        """Run a command to its end."""
        with self.running(*arguments, stdin=stdin, **settings) as command:
            return command.ended(patience)

    @contextmanager
    def running(self, *arguments: object, stdin: bytes = b"", **settings: str) -> Iterator[Running]:
        """A command while it runs; killed when the block ends, whatever its state."""
        folder = self.folder / "commands" / uuid4().hex
        folder.mkdir(parents=True)
        (folder / "in").write_bytes(stdin)
        told = [str(argument) for argument in arguments]
        life = FORKS.Process(target=_live, args=(told, folder, {**self.environment, **settings}))
        life.start()
        until((folder / "err").exists)
        try:
            yield Running(life, folder)
        finally:
            life.kill()
            life.join(PATIENCE)

    @contextmanager
    def up(self, *arguments: object, **settings: str) -> Iterator["Served"]:
        """``lotone up`` once it is ready, on a free port."""
        with self.running("up", "--port", 0, *arguments, **settings) as command:
            until(lambda: READY.search(command.out) or not command.life.is_alive())
            found = READY.search(command.out)
            assert found, command.out + command.err
            with httpx.Client(base_url=found.group(1), timeout=60) as http:
                yield Served(self, command, http)


@dataclass(frozen=True)
class Served:
    """A running ``lotone up``, and how to talk to it."""

    place: Place
    command: Running
    http: httpx.Client

    def get(self, path: str, **parameters: Any) -> Any:
        """What an address answers; it must answer well."""
        given = {name: value for name, value in parameters.items() if value is not None}
        answer = self.http.get(path, params=given or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def publish(self, *events: bytes) -> list[dict[str, Any]]:
        """A batch, and what was said of each event."""
        answer = self.http.post("/events", content=b"[" + b",".join(events) + b"]", headers=BATCH)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def settled(self) -> None:
        """Wait until all that was taken is decided, followed up and readable."""
        with self.place.store() as base:
            settle(base, patience=PATIENCE)

    def outcome(self, source: str, id_: str) -> dict[str, Any]:
        """What became of an event, once it's no longer pending."""
        found: dict[str, Any] = {}

        def known() -> bool:
            found.update(self.get("/events", source=source, id=id_))
            return found["status"] != "pending"

        until(known)
        return found


def _live(arguments: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("LOTONE_")]:
        del os.environ[name]
    os.environ.update(environment)
    for number, name in enumerate(("in", "out", "err")):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT
        os.dup2(os.open(folder / name, flags, 0o600), number)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))
    sys.argv = ["lotone", *arguments]
    main()
