"""What a ledger is, whoever keeps it. ``memory.py`` and ``postgres.py`` pass the same contract suite."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from events.decision import Problem, Recorded

ORIGIN: Final = b"\0" * 32
"""The hash before the first fact of a shard."""


class Cursor(NamedTuple):
    """A reader's place in a shard: the last position read, and its hash. ``(0, ORIGIN)`` before the first."""

    position: int = 0
    hash: bytes = ORIGIN


ShardId = tuple[str, int]
"""``(domain, shard)``."""
Vector = Mapping[ShardId, int]
"""A point in history, exactly."""


@dataclass(frozen=True, slots=True)
class Genesis:
    """The ledger's first record, and the domains that joined it: who it is, and how many shards each domain has, for
    ever."""

    ledger_id: UUID
    shards: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Claim:
    """A shard as its new owner finds it. ``offsets`` maps a queue (``intake``, ``commands``) to the last offset
    taken (0 before the first); ``clock`` is the last ``now`` recorded, which time may not go behind."""

    domain: str
    shard: int
    epoch: int
    head: Cursor
    offsets: Mapping[str, int]
    clock: datetime


class Taken(NamedTuple):
    """How an event ended, in the order of the ledger's columns. ``outcome`` is ``decided``, ``parked`` or ``rejected``;
    ``first``..``last`` are the positions of its facts (``last < first`` when there are none); ``repeats`` counts
    harmless repeats since."""

    source: str
    id: str
    digest: bytes
    outcome: str
    domain: str
    shard: int
    first: int = 0
    last: int = -1
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Parked:
    """An event that waits for something to become known. ``message`` is the queue's stored form."""

    domain: str
    shard: int
    source: str
    id: str
    missing: tuple[str, ...]
    since: datetime
    deadline: datetime
    message: bytes


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that was refused at the door or by a service: why, and its bytes (sealed: they may tell of a person)."""

    number: int
    domain: str | None
    shard: int | None
    source: str | None
    id: str | None
    type: str | None
    at: datetime
    problems: tuple[Problem, ...]
    original: bytes
    other_digest: bytes | None = None


@dataclass(slots=True)
class Batch:
    """All that one shard's owner appends at once. ``expected`` is the head it built on; ``facts`` are chained from it.

    ``unparked`` are those no longer waiting; ``repeats`` are events told again, with how often.
    """

    claim: Claim
    expected: Cursor
    facts: list[Recorded] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    repeats: dict[tuple[str, str], int] = field(default_factory=dict)
    parked: list[Parked] = field(default_factory=list)
    unparked: list[tuple[str, str]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    offsets: dict[str, int] = field(default_factory=dict)
    clock: datetime | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stream's state after ``version``, as the fold numbered ``fold`` left it."""

    stream: str
    version: int
    fold: int
    state: bytes


class Ledger(Protocol):
    """The record. Every method may raise ``Transient``; ``append`` also ``Conflict`` and ``Fenced``."""

    def genesis(self) -> Genesis: ...

    def claim(self, domain: str, shard: int, owner: str, held: int | None = None) -> Claim:
        """Become the shard's only writer: raise its epoch, end the predecessor's session, read where it stands.

        Who owned it until now says by which epoch (``held``), and is ``Fenced`` when somebody else has claimed it
        since: to take it back would only fence the rightful successor.
        """
        ...

    def append(self, batches: Sequence[Batch]) -> None:
        """All of it, in one transaction, or nothing."""
        ...

    def heads(self) -> Mapping[ShardId, Cursor]: ...

    def offsets(self) -> Mapping[ShardId, Mapping[str, int]]: ...

    def read(self, domain: str, shard: int, after: Cursor, limit: int) -> Sequence[Recorded]:
        """Facts behind a cursor, in order. ``Corrupt`` when the fact at the cursor has another hash, or is gone."""
        ...

    def scan(self, domain: str, shard: int, after: int = 0, until: int | None = None) -> Iterator[Recorded]:
        """Every fact in ``(after, until]``, streamed, for rebuilds and verification. Nothing is checked."""
        ...

    def stream(
        self, domain: str, shard: int, stream: str, after: int = 0, until: int | None = None, limit: int | None = None
    ) -> Sequence[Recorded]:
        """One stream's facts with ``version > after`` and ``position <= until``, the first ``limit`` of them."""
        ...

    def load(
        self, domain: str, shard: int, streams: Sequence[str], fold: int
    ) -> Mapping[str, tuple[Snapshot | None, Sequence[Recorded]]]:
        """Many streams at once: each one's snapshot of this fold, if any, and its facts since. One round trip."""
        ...

    def taken(self, keys: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], Taken]: ...

    def facts_of(self, taken: Taken) -> Sequence[Recorded]: ...

    def facts_among(self, taken: Sequence[Taken], types: Sequence[str]) -> Sequence[Recorded]:
        """Of all that many events caused, the facts of these types, by domain, shard and position."""
        ...

    def parked(
        self, domain: str | None = None, shard: int | None = None, skip: int = 0, limit: int | None = None
    ) -> Sequence[Parked]:
        """Those who wait, in the order in which they came to; waiting for something else keeps one's place. ``skip``
        leaves out the first so many of them."""
        ...

    def reject(self, rejected: Sequence[Rejected]) -> None:
        """What was refused at the door, before it had a shard. ``number`` is given by the ledger."""
        ...

    def rejected(self, after: int = 0, limit: int = 100, number: int | None = None) -> Sequence[Rejected]: ...

    def rejected_of(self, source: str, id: str) -> Sequence[Rejected]:
        """Every refusal of one event, oldest first: at the door, by a service, or as a contradiction."""
        ...

    def snapshot(self, domain: str, shard: int, stream: str, fold: int) -> Snapshot | None: ...

    def save(self, domain: str, shard: int, snapshots: Sequence[Snapshot]) -> None: ...
