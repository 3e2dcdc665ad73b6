"""``python -m benchmarks.worker``: what one worker of inventory spends on an event, without a broker.

The records are those of ``kafka.py``, as they were fetched: unchecked, structured, keyed by their stream. They lie in
the worker's own slices, behind the Kafka door; the thread that decides takes them from there to a PostgreSQL of its
own. Told is that thread's CPU time, which says the same on a busy machine; PostgreSQL's own isn't in it.

``--against FOLDER`` runs this checkout and another one (``git worktree add FOLDER COMMIT``) in turn, each round in a
process of its own, and tells their ratio: only that is worth comparing; both must decide the same bytes.
``--profile`` says where it is spent.
"""

import argparse
import cProfile
import json
import os
import pstats
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any, Final, cast

from benchmarks import load
from benchmarks.place import PARTS, fresh
from infra import process
from infra.engine import Engine
from infra.kafka.bound import Seals
from infra.kafka.door import Door
from infra.kafka.queue import KafkaQueue
from infra.kafka.records import Record
from infra.kafka.slices import Slices
from infra.logs import configure
from infra.queue.port import COMMANDS, INTAKE
from infra.settings import Settings
from infra.sharding import shard_of
from infra.store import Store
from projections.api.system import services

_BATCH: Final = "1000"
_DOMAIN: Final = "inventory"
_HEADERS: Final = (("content-type", b"application/cloudevents+json"),)
_STAGES: Final = ("door", "decide", "append")


class Spent(Counter[str]):
    """CPU seconds of this thread, by stage; a stage within another isn't counted in that one."""

    _within = 0.0

    def on(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same work, timed."""

        def timed(*told: Any) -> Any:
            before, self._within = self._within, 0.0
            began = time.thread_time()
            found = work(*told)
            whole = time.thread_time() - began
            self[stage] += whole - self._within  # type: ignore[assignment]
            self._within = before + whole
            return found

        return timed


def measure(events: int, profile: cProfile.Profile | None = None) -> tuple[Spent, str]:
    """Seconds by stage; and a digest of what was decided."""
    process.settle_in()
    spent = Spent()
    with fresh() as base:
        engine = _engine(base, events, spent)
        step = spent.on("decide", engine.step)
        if profile:
            profile.enable()
        while step():
            pass
        if profile:
            profile.disable()
        decided = sha256()
        for shard in range(base.genesis.shards[_DOMAIN]):
            for at in base.ledger.scan(_DOMAIN, shard):
                decided.update(repr(at.decided).encode())
    return spent, decided.hexdigest()


def _engine(base: Store, events: int, spent: Spent) -> Engine:
    """The owner of every shard of inventory, and all its records there already."""
    shards = base.genesis.shards
    door = Door(base.edge, Seals(b"benchmark"), shards, base.clock, lambda *_: None)
    places, at_door = SimpleNamespace(base=lambda *_: 0), SimpleNamespace(take=spent.on("door", door.take))
    slices = Slices(cast(KafkaQueue, SimpleNamespace(places=places, door=at_door)), threading.Event())
    records: list[list[Record]] = [[] for _ in range(shards[_DOMAIN])]
    for event in load.movements(events, PARTS):
        into = records[shard_of(f"stock/{json.loads(event)['data']['part']}@{load.SITE}", len(records))]
        into.append(Record(len(into), _HEADERS, event))
    service = next(found for found in services() if found.domain == _DOMAIN)
    engine = process.engine(replace(base, queue=slices), [service], "benchmark")
    engine.claim()
    for shard, waiting in enumerate(records):
        slices.open((COMMANDS, _DOMAIN, shard), 0)
        slices.open((INTAKE, _DOMAIN, shard), 0)
        slices.add((INTAKE, _DOMAIN, shard), waiting)
    engine._append = spent.on("append", engine._append)  # type: ignore[method-assign]
    return engine


def compare(events: int, rounds: int, other: Path) -> None:
    """This checkout and another one in turn; of each stage the least, which is what others disturbed least."""
    here = Path(__file__).parent.parent
    told: dict[Path, list[dict[str, Any]]] = {other: [], here: []}
    for number in range(rounds):
        for folder in (other, here) if number % 2 == 0 else (here, other):
            command = [sys.executable, "-P", __file__, "--events", str(events), "--json"]
            environment = {**os.environ, "PYTHONPATH": str(folder)}
            said = subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE).stdout
            told[folder].append(json.loads(said))
    assert len({one["decided"] for each in told.values() for one in each}) == 1, "they don't decide the same"
    for stage in (*_STAGES, "all"):
        before, after = (min(one[stage] for one in told[folder]) for folder in (other, here))
        ratios = sorted(one[stage] / two[stage] for one, two in zip(told[other], told[here], strict=True))
        spread = f"in turn {ratios[0]:.2f} – {median(ratios):.2f} – {ratios[-1]:.2f}"
        print(f"{stage:>8}: {before:6.1f} → {after:6.1f} µs an event, {before / after:.2f}; {spread}", flush=True)


def alone(events: int, profile: cProfile.Profile | None, as_json: bool) -> None:
    """This checkout, once."""
    os.environ["LOTONE_BATCH"] = _BATCH
    configure(Settings())
    spent, decided = measure(events, profile)
    told = {stage: 1e6 * spent[stage] / events for stage in _STAGES}
    told["all"] = sum(told.values())
    print(json.dumps({**told, "decided": decided}) if as_json else told)
    if profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)


def main() -> None:
    """Measure once, or compare."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worker", description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--against", type=Path, help="another checkout, measured in turn with this one")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    if chosen.against:
        compare(chosen.events, chosen.rounds, chosen.against.resolve())
    else:
        alone(chosen.events, cProfile.Profile(time.thread_time) if chosen.profile else None, chosen.json)


if __name__ == "__main__":
    main()
