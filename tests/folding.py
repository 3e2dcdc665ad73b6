"""Facts put straight into a ledger, for tests of views: what decided them doesn't matter here."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from events.codec import encode
from events.decision import Recorded
from events.inventory import facts as f
from events.model import Fact
from events.suppliers import facts as s
from events.suppliers.messages import Approval
from events.suppliers.shapes import PlacedLine, Portion
from events.values import Bucket, Quantity
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
    if fact.DOMAIN == "suppliers":
        return f"purchase-order/{fact.number}" if hasattr(fact, "number") else f"supplier/{fact.supplier}"
    for name in _NAMING[fact.DOMAIN]:
        if (found := getattr(fact, name, None)) is not None:
            return f"{name}/{found}"
    return "plan" if fact.DOMAIN == "planning" else f"order/{fact.number}"


_NAMING = {
    "catalogue": ("id", "part"), "orders": ("run",), "logistics": ("lane", "shipment"),
    "planning": ("requisition", "run", "transfer", "delivery", "requirement", "decision", "order"),
}
"""The fields that name the stream of a fact, the first that it has."""


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


DAY = date(2026, 1, 10)
"""The day orders are placed on, here."""


def order(*lines: PlacedLine, number: str = "PO-1", supplier: str = "ACME", **more: Any) -> s.PurchaseOrderPlaced:
    """An order, of one line of a hundred bolts due in ten days if none is given."""
    return s.PurchaseOrderPlaced(
        number=number, supplier=supplier, site=more.pop("site", "plant"), currency="EUR", ordered_at=START,
        ordered_on=DAY, approval=Approval.APPROVED, lines=lines or (placed_line(),), **more,
    )


def placed_line(line: int = 1, part: str = "BOLT", ordered: int = 100, due: int | None = 10) -> PlacedLine:
    """A line of an order, due in so many days."""
    return PlacedLine(
        line=line, part=part, unit="C62", ordered=Decimal(ordered), told=Quantity.of(ordered, "C62"),
        price=Decimal("1.50"), due=None if due is None else DAY + timedelta(days=due),
    )


def on_line(open: int | str, number: str = "PO-1", supplier: str = "ACME", **more: Any) -> dict[str, Any]:
    """What every fact about a line says: what is still open after it."""
    return {
        "number": number, "supplier": supplier, "site": "plant", "line": 1, "part": "BOLT", "unit": "C62",
        "ordered_at": START, "ordered_on": DAY, "due": DAY + timedelta(days=10),
        "promised": DAY + timedelta(days=10), "open": Decimal(open), **more,
    }


def portion(amount: int, promised: int | None = 10) -> Portion:
    """So much of a receipt, promised for so many days after the order."""
    day = None if promised is None else DAY + timedelta(days=promised)
    return Portion(amount=Decimal(amount), promised=day, confirmed=False)


def arrived(
    amount: int, open: int = 0, days: int = 8, receipt: str = "r-1", over: int = 0, portions: Any = None, **more: Any
) -> s.PurchaseOrderReceived:
    """Goods for the line came so many days after the order, all accepted."""
    told = {"accepted": Decimal(amount)} | more
    return s.PurchaseOrderReceived(
        **on_line(open, **{name: told.pop(name) for name in ("number", "supplier", "confirmed_on") if name in told}),
        amount=Decimal(amount), over=Decimal(over), receipt=receipt, said=(Decimal(amount), Decimal(0), Decimal(0)),
        received_at=START + timedelta(days=days), received_on=DAY + timedelta(days=days),
        portions=(portion(amount - over),) if portions is None else portions, **told,
    )


def reversed_receipt(
    amount: int, open: int, days: int = 8, receipt: str = "r-1", portions: Any = None, whole: bool = True, **more: Any
) -> s.ReceiptReversed:
    """A receipt that never came after all."""
    told = {"accepted": Decimal(amount)} | more
    return s.ReceiptReversed(
        **on_line(open), amount=Decimal(amount), receipt=receipt, received_at=START + timedelta(days=days),
        received_on=DAY + timedelta(days=days), portions=(portion(amount),) if portions is None else portions,
        whole=whole, **told,
    )
