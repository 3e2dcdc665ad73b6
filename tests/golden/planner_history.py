"""A history that a release of the planner decided, kept: ``python -m tests.golden.planner_history`` writes it anew.

What the planner decides may change with any line of it, and nobody sees that in a diff. So the facts of a few orders
are kept as they were recorded, cuts included, and a test decides every cut again. Whoever changes what is decided
raises ``RELEASE`` (``projections/planning/planner.py``) and writes the history anew; whoever changes nothing needn't.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec

from events.decision import Recorded
from infra.ledger.memory import MemoryLedger
from infra.ledger.port import Batch
from infra.sample.life.story import Play
from infra.sample.weeks import weeks
from projections.api.system import planning, services
from tests.plant import SHARDS, Plant
from tests.story.stages import InMemory

FILE = Path(__file__).with_name("planner_history.jsonl.gz")
LEDGER = UUID("6c6f746f-6e65-4000-8000-000000000001")


def written(orders: int = 3) -> int:
    """Play a small story and keep its facts; how many there are."""
    plant = Plant(MemoryLedger(SHARDS, LEDGER), services=services(), planning=planning())
    Play(weeks(count=orders), InMemory(plant)).whole()
    facts = [at for shard in sorted(plant.ledger.heads()) for at in plant.ledger.scan(*shard)]
    lines = b"\n".join(map(msgspec.json.encode, facts))
    FILE.write_bytes(gzip.compress(lines, mtime=0))
    return len(facts)


def kept() -> MemoryLedger:
    """The ledger as it was kept: every hash is computed again by whoever verifies it."""
    ledger = MemoryLedger(SHARDS, LEDGER)
    by_shard: dict[tuple[str, int], list[Recorded]] = {}
    for at in _facts():
        by_shard.setdefault((at.domain, at.shard), []).append(at)
    for (domain, shard), facts in by_shard.items():
        claim = ledger.claim(domain, shard, "history")
        ledger.append([Batch(claim, claim.head, facts)])
    return ledger


def _facts() -> Iterator[Recorded]:
    for line in gzip.decompress(FILE.read_bytes()).splitlines():
        yield msgspec.json.decode(line, type=Recorded)


if __name__ == "__main__":
    written()
