"""Where the time of an event goes: each stage alone, one after another, over the same events."""

import time
from collections import Counter
from datetime import UTC, datetime

from benchmarks import load
from benchmarks.place import PARTS, admit, fresh
from infra import process
from infra.queue.port import COMMANDS, INTAKE
from infra.store import Store
from projections.api.system import services
from projections.engine import ViewEngine
from projections.views import VIEWS

CHUNK = 1_000


def run(events: int) -> None:
    """Print microseconds an event for each stage, by size of batch."""
    process.settle_in()
    print(f"stages, {events} events over {PARTS} parts (µs an event, wall clock, one thread)")
    for batch in (1, 10, 100, 1000):
        count = max(200, events if batch >= 100 else events // (20 // batch if batch == 10 else 50))
        with fresh() as base:
            took = _measure(base, list(load.movements(count, PARTS)), batch)
        total = sum(took.values())
        parts = "  ".join(f"{name} {1e6 * seconds / count:.0f}" for name, seconds in took.items())
        print(
            f"  batches of {batch:>4}: {parts}  = {1e6 * total / count:.0f} µs, {count / total:.0f} events/s",
            flush=True,
        )


def _measure(base: Store, events: list[bytes], batch: int) -> Counter[str]:
    took: Counter[str] = Counter()
    engine = process.engine(base, services(), "benchmark")
    engine.claim()
    engine.drain()  # knows the catalogue from here on
    views = ViewEngine(base.dsn, base.ledger, VIEWS)
    views.drain()
    for at in range(0, len(events), batch):
        clock = time.perf_counter()
        admitted = [found.queued for found in admit(base, events[at : at + batch])]
        clock = _lap(took, "door", clock)
        base.queue.put(INTAKE, admitted)
        clock = _lap(took, "intake", clock)
        ends = {kind: base.queue.ends(kind) for kind in (COMMANDS, INTAKE)}
        busy = [
            (worker, batch_)
            for worker in engine.workers
            if (
                batch_ := worker.prepare(
                    {kind: found.get((worker.domain, worker.shard), 0) for kind, found in ends.items()}
                )
            )
        ]
        clock = _lap(took, "decide", clock)
        base.ledger.append([batch_ for _, batch_ in busy])
        for worker, _ in busy:
            worker.committed()
        clock = _lap(took, "append", clock)
        views.drain()
        _lap(took, "views", clock)
    behind = [lag for lag in views.lags(datetime.now(UTC)) if lag.facts or lag.failed]
    assert not behind, behind
    views.close()
    return took


def _lap(took: Counter[str], stage: str, since: float) -> float:
    now = time.perf_counter()
    took[stage] += now - since
    return now
