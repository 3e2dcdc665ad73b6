"""Facts put straight into a ledger, for tests of views: what decided them doesn't matter here."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from events.codec import encode
from events.decision import Recorded
from events.inventory import facts as f
from events.model import Fact
from events.values import Bucket
from infra.ledger.port import Batch, Ledger
from infra.sharding import shard_of
from projections.memory import MemoryRows
from projections.view import View
from tests.history import Owner, chained

START = datetime(2026, 1, 1, tzinfo=UTC)


def stream_of(fact: Any) -> str:
    """The stream that a fact belongs to."""
    if fact.DOMAIN == "inventory":
        return f"stock/{fact.part}@{fact.site}"
    return f"purchase-order/{fact.number}" if hasattr(fact, "number") else f"supplier/{fact.supplier}"


def placed(fact: Fact, shard: int, position: int, version: int = 1, hours: float = 0) -> Recorded:
    """A fact as it is recorded, not chained: it occurred so many hours after START, and was recorded an hour later."""
    return Recorded(
        fact.DOMAIN, shard, position, stream_of(fact), version, type(fact).__name__, fact.VERSION, encode(fact),
        "test", f"event-{position}", "tester", "c", START + timedelta(hours=hours), "second", None,
        START + timedelta(hours=hours + 1), 1, None, bytes(32),
    )


class Told:
    """Tells a ledger facts, each in its shard, one after another. Times go on by a second a fact."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.shards = ledger, ledger.genesis().shards
        self.owners: dict[tuple[str, int], Owner] = {}
        self.count = 0

    def append(self, *facts: Fact) -> None:
        by_shard: dict[tuple[str, int], list[Fact]] = defaultdict(list)
        for fact in facts:
            by_shard[fact.DOMAIN, shard_of(stream_of(fact), self.shards[fact.DOMAIN])].append(fact)
        batches = [self._batch(shard, told) for shard, told in sorted(by_shard.items())]
        self.ledger.append(batches)
        for batch in batches:
            self.owners[batch.claim.domain, batch.claim.shard].appended(batch)

    def _batch(self, shard: tuple[str, int], facts: Iterable[Fact]) -> Batch:
        if shard not in self.owners:
            self.owners[shard] = Owner(self.ledger, *shard)
        owner = self.owners[shard]
        versions, made = owner.versions.copy(), []
        for fact in facts:
            self.count += 1
            versions[stream_of(fact)] += 1
            made.append(placed(fact, shard[1], 1, versions[stream_of(fact)], self.count / 3600))
        return Batch(owner.claim, owner.head, facts=chained(owner.ledger_id, owner.head, made))


def folded(view: View, *facts: Fact, at: Callable[[int], float] = float) -> MemoryRows:
    """The view's rows once these facts are folded, the n-th of them so many hours after START."""
    rows = MemoryRows(view.tables)
    for number, fact in enumerate(facts, start=1):
        view.fold(rows, fact, placed(fact, 0, number, number, at(number)))
    return rows


def bucket(location: str = "A1", **more: Any) -> Bucket:
    """A bucket; available, unless said otherwise."""
    return Bucket(location=location, **more)


def about(part: str = "BOLT", site: str = "plant") -> dict[str, Any]:
    """What every fact of stock says first."""
    return {"part": part, "site": site, "unit": "C62"}


def received(amount: int | str = 10, part: str = "BOLT", site: str = "plant", **more: Any) -> f.StockReceived:
    """Goods that came."""
    return f.StockReceived(**about(part, site), bucket=more.pop("bucket", bucket()), amount=amount, **more)


def issued(amount: int | str = 1, part: str = "BOLT", site: str = "plant", **more: Any) -> f.StockIssued:
    """Goods handed to a run."""
    run = more.pop("run", "run-1")
    return f.StockIssued(**about(part, site), bucket=more.pop("bucket", bucket()), amount=amount, run=run, **more)
