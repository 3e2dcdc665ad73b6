"""A ledger in memory, with the same promises but for surviving its process: for tests, and for replaying
histories.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import RLock
from uuid import UUID, uuid4

from events.decision import Recorded
from infra.errors import Conflict, Corrupt, Fenced, Misfit
from infra.ledger.batch import new_head, ordered, repeats_of_others, still_parked, taken_rows
from infra.ledger.port import (
    ORIGIN,
    Batch,
    Claim,
    Cursor,
    Genesis,
    Parked,
    Rejected,
    ShardId,
    Snapshot,
    Taken,
)  # fmt: skip
from infra.queue.port import COMMANDS, INTAKE

_START = datetime(1970, 1, 1, tzinfo=UTC)
Key = tuple[str, str]


@dataclass(slots=True)
class _Shard:
    epoch: int = 0
    head: Cursor = field(default_factory=Cursor)
    clock: datetime = _START
    offsets: dict[str, int] = field(default_factory=lambda: {INTAKE: 0, COMMANDS: 0})
    facts: list[Recorded] = field(default_factory=list)
    streams: dict[str, list[Recorded]] = field(default_factory=dict)
    versions: set[tuple[str, int]] = field(default_factory=set)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)


class MemoryLedger:
    """One object is one ledger; whoever shares it shares the record."""

    def __init__(self, shards: Mapping[str, int], ledger_id: UUID | None = None) -> None:
        self._genesis = Genesis(ledger_id or uuid4(), dict(shards))
        self._shards = {(domain, n): _Shard() for domain in sorted(shards) for n in range(shards[domain])}
        self._taken: dict[Key, Taken] = {}
        self._parked: dict[Key, Parked] = {}
        self._rejected: list[Rejected] = []
        self._lock = RLock()

    def genesis(self) -> Genesis:
        return self._genesis

    def claim(
        self, domain: str, shard: int, owner: str, held: int | None = None  # noqa: ARG002 - kept nowhere
    ) -> Claim:
        with self._lock:
            found = self._shard(domain, shard)
            if held is not None and held != found.epoch:
                raise Fenced(f"{domain} shard {shard}: epoch {held} has ended, {found.epoch} runs")
            found.epoch += 1
            return Claim(domain, shard, found.epoch, found.head, dict(found.offsets), found.clock)

    def append(self, batches: Sequence[Batch]) -> None:
        with self._lock:
            found = ordered(batches)
            heads = [new_head(batch) for batch in found]
            for batch in found:
                self._compare(batch)
            rows = taken_rows(found)
            self._refuse_taken(rows)
            for taken in rows:
                before = self._taken.get((taken.source, taken.id))
                self._taken[taken.source, taken.id] = (
                    taken._replace(repeats=taken.repeats + before.repeats) if before else taken
                )
            for batch, head in zip(found, heads, strict=True):
                self._apply(batch, head)

    def _compare(self, batch: Batch) -> None:
        claim = batch.claim
        found = self._shard(claim.domain, claim.shard)
        if found.epoch != claim.epoch:
            raise Fenced(
                f"{claim.domain} shard {claim.shard}: epoch {claim.epoch} has ended, {found.epoch} runs"
            )
        if found.head != batch.expected:
            raise Conflict(
                f"{claim.domain} shard {claim.shard}: built on position {batch.expected.position}, "
                f"and the head is {found.head.position}"
            )
        for fact in batch.facts:
            if (fact.stream, fact.version) in found.versions:
                raise Conflict(f"{fact.stream} has a version {fact.version} already")

    def _refuse_taken(self, rows: Sequence[Taken]) -> None:
        seen: set[Key] = set()
        for taken in rows:
            key = (taken.source, taken.id)
            before = self._taken.get(key)
            same = before is not None and (before.domain, before.shard, before.digest) == (
                taken.domain, taken.shard, taken.digest,
            )  # fmt: skip
            if key in seen or (before is not None and not (same and before.outcome == "parked")):
                raise Conflict(f"{taken.source} {taken.id} was taken by somebody else")
            seen.add(key)

    def _apply(self, batch: Batch, head: Cursor) -> None:
        found = self._shard(batch.claim.domain, batch.claim.shard)
        found.head = head
        found.facts.extend(batch.facts)
        for fact in batch.facts:
            found.streams.setdefault(fact.stream, []).append(fact)
            found.versions.add((fact.stream, fact.version))
        found.offsets.update(batch.offsets)
        found.clock = max(found.clock, batch.clock or found.clock)
        for key, times in repeats_of_others(batch).items():
            if before := self._taken.get(key):
                self._taken[key] = before._replace(repeats=before.repeats + times)
        for key in batch.unparked:
            self._parked.pop(key, None)
        self._parked.update({(parked.source, parked.id): parked for parked in still_parked(batch)})
        self.reject(batch.rejected)

    def heads(self) -> Mapping[ShardId, Cursor]:
        with self._lock:
            return {place: found.head for place, found in self._shards.items()}

    def offsets(self) -> Mapping[ShardId, Mapping[str, int]]:
        with self._lock:
            return {place: dict(found.offsets) for place, found in self._shards.items()}

    def read(self, domain: str, shard: int, after: Cursor, limit: int) -> Sequence[Recorded]:
        with self._lock:
            facts = self._shard(domain, shard).facts
            if after.position > len(facts):
                raise Corrupt(domain, shard, after.position, "the fact that was read here before is gone")
            if (facts[after.position - 1].hash if after.position else ORIGIN) != after.hash:
                raise Corrupt(
                    domain, shard, after.position, "the fact that was read here before had another hash"
                )
            return facts[after.position : after.position + limit]

    def scan(self, domain: str, shard: int, after: int = 0, until: int | None = None) -> Iterator[Recorded]:
        with self._lock:
            return iter(self._shard(domain, shard).facts[after:until])

    def stream(
        self, domain: str, shard: int, stream: str, after: int = 0, until: int | None = None, limit: int | None = None
    ) -> Sequence[Recorded]:
        with self._lock:
            return [
                fact
                for fact in self._shard(domain, shard).streams.get(stream, ())
                if fact.version > after and (until is None or fact.position <= until)
            ][:limit]

    def load(
        self, domain: str, shard: int, streams: Sequence[str], fold: int
    ) -> Mapping[str, tuple[Snapshot | None, Sequence[Recorded]]]:
        with self._lock:
            loaded = {}
            for stream in streams:
                snapshot = self.snapshot(domain, shard, stream, fold)
                facts = self.stream(domain, shard, stream, snapshot.version if snapshot else 0)
                loaded[stream] = (snapshot, facts)
            return loaded

    def taken(self, keys: Iterable[Key]) -> Mapping[Key, Taken]:
        with self._lock:
            return {key: self._taken[key] for key in keys if key in self._taken}

    def facts_of(self, taken: Taken) -> Sequence[Recorded]:
        with self._lock:
            return self._shard(taken.domain, taken.shard).facts[max(taken.first - 1, 0) : max(taken.last, 0)]

    def facts_among(self, taken: Sequence[Taken], types: Sequence[str]) -> Sequence[Recorded]:
        found = {(at.domain, at.shard, at.position): at for one in taken for at in self.facts_of(one)}
        return [at for _, at in sorted(found.items()) if at.type in types]

    def parked(
        self, domain: str | None = None, shard: int | None = None, skip: int = 0, limit: int | None = None
    ) -> Sequence[Parked]:
        with self._lock:
            return [
                parked
                for parked in self._parked.values()
                if domain in (None, parked.domain) and shard in (None, parked.shard)
            ][skip : None if limit is None else skip + limit]

    def reject(self, rejected: Sequence[Rejected]) -> None:
        with self._lock:
            for one in rejected:
                self._rejected.append(replace(one, number=len(self._rejected) + 1))

    def rejected(self, after: int = 0, limit: int = 100, number: int | None = None) -> Sequence[Rejected]:
        with self._lock:
            if number is not None:
                return self._rejected[max(number - 1, 0) : max(number, 0)]
            return self._rejected[after : after + limit]

    def rejected_of(self, source: str, id: str) -> Sequence[Rejected]:
        with self._lock:
            return [found for found in self._rejected if (found.source, found.id) == (source, id)]

    def snapshot(self, domain: str, shard: int, stream: str, fold: int) -> Snapshot | None:
        with self._lock:
            found = self._shard(domain, shard).snapshots.get(stream)
            return found if found and found.fold == fold else None

    def save(self, domain: str, shard: int, snapshots: Sequence[Snapshot]) -> None:
        with self._lock:
            kept = self._shard(domain, shard).snapshots
            for snapshot in snapshots:
                before = kept.get(snapshot.stream)
                if before is None or before.fold != snapshot.fold or before.version < snapshot.version:
                    kept[snapshot.stream] = snapshot

    def _shard(self, domain: str, shard: int) -> _Shard:
        try:
            return self._shards[domain, shard]
        except KeyError:
            raise Misfit(
                f"this ledger has no {domain} shard {shard}: its first record says which there are"
            ) from None
