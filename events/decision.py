"""What a pure ``decide`` may answer: facts, a wait, or a rejection. And what it is asked: a message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

import msgspec

from events.model import Fact, Payload

B_co = TypeVar("B_co", bound=Payload, covariant=True)


class Message(msgspec.Struct, Generic[B_co], frozen=True):
    """An event or a command on its way to a decision: a CloudEvent's attributes, and its payload decoded.

    ``time`` is when it occurred in the world, known to ``precision`` (``second``, ``minute``, ``hour``, ``day``), at a
    place with time zone ``zone`` (IANA). ``data`` is the payload's canonical JSON, sealed fields encrypted; ``digest``
    is SHA-256 over all that must be equal in a repeat (sealed values left out, so that a repeat after an erasure is
    still a repeat).
    """

    source: str
    id: str
    type: str
    time: datetime
    actor: str
    correlation: str
    causation: str | None
    precision: str
    zone: str | None
    traceparent: str | None
    digest: bytes
    data: bytes
    body: B_co

    @property
    def stream(self) -> str:
        return self.body.stream


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: which field, what about it, and what would be right."""

    field: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Decided:
    """Recorded as so. No facts at all is an answer too: nothing changed."""

    facts: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Park:
    """It refers to something not known yet. ``missing`` names what to wait for: ``part/X``, ``site/Y``,
    ``supplier/Z``, ``conversion/X/CT`` (from the catalogue), or a stream of the same domain."""

    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reject:
    """It contradicts what is known or isn't permitted. Observations never are: they are decided or parked."""

    problems: tuple[Problem, ...]


Outcome = Decided | Park | Reject


def reject(field: str, problem: str, remedy: str) -> Reject:
    """One problem is the usual number."""
    return Reject((Problem(field, problem, remedy),))


class Recorded(NamedTuple):
    """A fact with everything the ledger stores about it, in the order of the ledger's columns.

    ``position`` counts facts in the shard from 1; ``version`` counts facts in the stream from 1; ``data`` is the
    payload as bytes; ``reference`` is the catalogue's position it was decided on; ``hash`` is SHA-256 over the
    previous fact's hash and every other field (``infra/ledger/chain.py``).
    """

    domain: str
    shard: int
    position: int
    stream: str
    version: int
    type: str
    schema: int
    data: bytes
    source: str
    cause: str
    actor: str
    correlation: str
    occurred_at: datetime
    precision: str
    zone: str | None
    recorded_at: datetime
    reference: int
    traceparent: str | None
    hash: bytes

    @property
    def id(self) -> str:
        """The fact's own id: where it stands."""
        return f"{self.domain}/{self.shard}/{self.position}"

    @property
    def decided(self) -> tuple[str, int, str, int, bytes, str, str]:
        """The decided bytes: what a replay must give again."""
        return (self.stream, self.version, self.type, self.schema, self.data, self.source, self.cause)
