"""Builds facts and batches that a ledger takes, without any service: what they say doesn't matter here."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from events.decision import Problem, Recorded
from infra.ledger.chain import link
from infra.ledger.port import Batch, Claim, Cursor, Ledger, Parked, Rejected, Taken

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
UNHASHED = b""


def a_fact(
    domain: str = "inventory", shard: int = 0, position: int = 1, stream: str = "stock/A@x", version: int = 1
) -> Recorded:
    """A fact with something in every field; not chained."""
    return Recorded(
        domain,
        shard,
        position,
        stream,
        version,
        "StockReceived",
        1,
        b'{"part":"A"}',
        "urn:erp",
        f"event-{position}",
        "clerk",
        "order-1",
        NOON,
        "second",
        "Europe/Berlin",
        NOON + timedelta(microseconds=position),
        3,
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        UNHASHED,
    )


def chained(ledger_id: UUID, after: Cursor, facts: Sequence[Recorded]) -> list[Recorded]:
    """The same facts, positioned and hashed one after the other."""
    done: list[Recorded] = []
    position, hash_ = after
    for fact in facts:
        position += 1
        placed = fact._replace(position=position)
        hash_ = link(ledger_id, hash_, placed)
        done.append(placed._replace(hash=hash_))
    return done


class Owner:
    """Owns a shard and appends to it, as the runtime does, keeping count of positions and versions."""

    def __init__(self, ledger: Ledger, domain: str = "inventory", shard: int = 0, name: str = "me") -> None:
        self.ledger, self.domain, self.shard, self.name = ledger, domain, shard, name
        self.ledger_id = ledger.genesis().ledger_id
        self.claim: Claim = ledger.claim(domain, shard, name)
        self.head = self.claim.head
        self.versions = Counter(fact.stream for fact in ledger.scan(domain, shard))

    def batch(self, *streams: str, events: bool = True) -> Batch:
        """A fact for each stream, each decided from an event of its own."""
        versions = self.versions.copy()
        facts = []
        for stream in streams:
            versions[stream] += 1
            facts.append(a_fact(self.domain, self.shard, 1, stream, versions[stream]))
        facts = chained(self.ledger_id, self.head, facts)
        facts = chained(
            self.ledger_id,
            self.head,
            [fact._replace(cause=f"{self.domain}-{self.shard}-{fact.position}") for fact in facts],
        )
        taken = [
            Taken(fact.source, fact.cause, b"d" * 32, "decided", self.domain, self.shard, fact.position, fact.position)
            for fact in facts
        ]
        return Batch(self.claim, self.head, facts=facts, taken=taken if events else [])

    def append(self, *streams: str) -> list[Recorded]:
        """Append that, and remember it."""
        batch = self.batch(*streams)
        self.ledger.append([batch])
        self.appended(batch)
        return batch.facts

    def appended(self, batch: Batch) -> None:
        """Remember what was appended."""
        if batch.facts:
            self.head = Cursor(batch.facts[-1].position, batch.facts[-1].hash)
            self.versions.update(fact.stream for fact in batch.facts)

    def taken(self, id_: str, outcome: str, digest: bytes = b"d" * 32) -> Taken:
        return Taken("urn:erp", id_, digest, outcome, self.domain, self.shard)

    def parked(self, id_: str, *missing: str) -> Parked:
        return Parked(self.domain, self.shard, "urn:erp", id_, missing, NOON, NOON + timedelta(days=7), b"message")


def a_rejection(id_: str | None = "r-1") -> Rejected:
    """Refused at the door: nothing but its bytes is certain."""
    problems = (Problem("data.quantity", "it's negative", "send an amount above zero"),)
    return Rejected(0, None, None, "urn:erp", id_, None, NOON, problems, b"{original}")
