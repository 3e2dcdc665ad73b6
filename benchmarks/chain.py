"""The whole chain in one process on a real PostgreSQL: orders told, decided, planned, followed up, readable in views.

Then receipts of what was on order, which the planner looks at too; and at last a planner that starts, and reads it all.
Seconds are the wall's: services, planner, views and PostgreSQL share the machine.
"""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from pydantic_core import from_json, to_json

from benchmarks import maker
from events.codec import encode
from events.inventory.messages import Received
from events.model import Payload
from events.register import entry
from events.suppliers.messages import PlacePurchaseOrder
from events.values import Line
from infra.clock import set_clock
from infra.lived import Life
from infra.planner import Figures
from infra.settings import Settings
from projections.api.hosting import host
from projections.api.staging import Stage
from projections.api.system import System, planning

PATIENCE: Final = 3600.0
"""The planner decides when all is quiet."""
WAVE: Final = 100
"""Orders told at once."""


def run(orders: int) -> None:
    """Tell, wait until all is readable, and say how long it took."""
    print(f"the whole chain, {orders} orders of a bicycle, {WAVE} at a time; wall seconds")
    folder = Path(tempfile.mkdtemp(prefix="lotone-bench-"))
    clock = folder / "clock"
    set_clock(clock, maker.BEGINS)
    try:
        settings = Settings(data=folder, port=0, intake_limit=1_000_000, clock_file=clock, planner_patience=PATIENCE)
        with host(settings) as system:
            told = Told(system, Stage(system, clock))
            supply = list(maker.supply(orders))
            told.all("master data, stock and purchases", [[*maker.master_data()], supply])
            told.all("orders", _waves(list(maker.orders(orders))))
            told.all("receipts", _waves(list(_receipts(supply))))
            _again(system)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _waves(bodies: Sequence[Payload]) -> list[Sequence[Payload]]:
    return [bodies[at : at + WAVE] for at in range(0, len(bodies), WAVE)]


def _receipts(supply: Iterable[Payload]) -> Iterable[Payload]:
    for body in supply:
        if isinstance(body, PlacePurchaseOrder):
            line = body.lines[0]
            yield Received(
                part=line.part, site=body.site, location="RACK", quantity=line.quantity,
                line=Line(document=body.number, line=1),
            )


class Told:
    """What was told to a running system, and what came of it."""

    def __init__(self, system: System, stage: Stage) -> None:
        self.system, self.stage = system, stage
        self.number = 0

    def all(self, what: str, waves: Sequence[Sequence[Payload]]) -> None:
        """One wave after the other, each until it is readable everywhere."""
        before, did, began = self._facts(), self._did(), time.perf_counter()
        for wave in waves:
            self.stage.publish([self._event(body) for body in wave])
            self.stage.settle()
        took, events = time.perf_counter() - began, sum(len(wave) for wave in waves)
        assert not self.stage.refused, self.stage.refused[0]
        facts = self._facts() - before
        cuts, planned, reading, deciding, appending = (now - then for now, then in zip(self._did(), did, strict=True))
        print(f"  {what}: {events} events, {facts.total()} facts in {took:.1f} s:"
              f" {events / took:.1f} events/s, {facts.total() / took:.0f} facts/s")
        rate = planned / max(0.001, deciding + appending)
        print(f"    the planner: {cuts:.0f} cuts, {planned:.0f} facts; {reading:.1f} s reading, {deciding:.1f} deciding"
              f", {appending:.1f} appending; {rate:.0f} facts/s decided and appended")
        print("    " + ", ".join(f"{domain} {count}" for domain, count in sorted(facts.items())), flush=True)

    def _event(self, body: Payload) -> bytes:
        self.number += 1
        return to_json({
            "specversion": "1.0", "id": str(self.number), "source": "bench", "type": entry(type(body)).wire,
            "time": maker.BEGINS.isoformat(), "actor": "bench", "data": from_json(encode(body)),
        })

    def _facts(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for (domain, _), head in self.system.ledger.heads().items():
            found[domain] += head.position
        return found

    def _did(self) -> tuple[float, ...]:
        found: Figures = self.system.planner.figures
        return (found.cuts, found.facts, found.reading, found.deciding, found.appending)


def _again(system: System) -> None:
    """Another planner starts, and reads what is there as a standby that takes over does."""
    heads = system.ledger.heads()
    life = Life(planning().planner, system.ledger)
    began = time.perf_counter()
    life.catch_up(heads)
    took = time.perf_counter() - began
    print(f"  a planner that starts reads {life.folded} facts in {took:.1f} s: {life.folded / took:.0f} facts/s")
