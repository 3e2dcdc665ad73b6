"""A place to measure in: a ledger of its own in a temporary folder, removed afterwards; and filling it."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import load
from infra import process
from infra.edge import Admitted
from infra.queue.port import INTAKE
from infra.settings import Settings
from infra.store import Store, store
from projections.api.system import services

PARTS = 500


@contextmanager
def fresh() -> Iterator[Store]:
    """A new ledger with a catalogue of ``PARTS`` parts."""
    folder = Path(tempfile.mkdtemp(prefix="lotone-bench-"))
    try:
        with store(Settings(data=folder)) as base:
            fill(base, load.catalogue(PARTS))
            yield base
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def admit(base: Store, events: Sequence[bytes]) -> list[Admitted]:
    """Through the door; all of them must be fit."""
    now = datetime.now(UTC)
    checked = [base.edge.admit(raw, now) for raw in events]
    admitted = [found for found in checked if isinstance(found, Admitted)]
    assert len(admitted) == len(checked), next(found for found in checked if not isinstance(found, Admitted))
    return admitted


def fill(base: Store, events: Sequence[bytes], chunk: int = 10_000, say: str = "") -> int:
    """Publish and decide; how many facts there are then."""
    process.settle_in()
    engine = process.engine(base, services(), "benchmark")
    engine.claim()
    began = time.perf_counter()
    for at in range(0, len(events), chunk):
        base.queue.put(INTAKE, [found.queued for found in admit(base, events[at : at + chunk])])
        engine.drain()
        if say:
            print(
                f"\r  {say}: {at + chunk} of {len(events)} events, {time.perf_counter() - began:.0f} s",
                end="",
                flush=True,
            )
    if say:
        print()
    return sum(cursor.position for cursor in base.ledger.heads().values())
