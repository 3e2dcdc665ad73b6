"""How a decided fact becomes what the ledger stores: its place, its cause, its bytes and its hash."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from events.codec import encode
from events.decision import Recorded
from events.model import Fact
from infra.ledger.chain import link
from infra.ledger.port import Cursor


class Cause(Protocol):
    """Why a fact was recorded: a message's own attributes, or those of the planner's cut."""

    @property
    def source(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def correlation(self) -> str: ...
    @property
    def time(self) -> datetime: ...
    @property
    def precision(self) -> str: ...
    @property
    def zone(self) -> str | None: ...
    @property
    def traceparent(self) -> str | None: ...


def recorded(
    ledger_id: UUID,
    domain: str,
    shard: int,
    after: Cursor,
    fact: Fact,
    stream: str,
    version: int,
    cause: Cause,
    now: datetime,
    reference: int,
) -> Recorded:
    """The fact that follows ``after`` in its shard."""
    bare = Recorded(
        domain,
        shard,
        after.position + 1,
        stream,
        version,
        type(fact).__name__,
        fact.VERSION,
        encode(fact),
        cause.source,
        cause.id,
        cause.actor,
        cause.correlation,
        cause.time,
        cause.precision,
        cause.zone,
        now,
        reference,
        cause.traceparent,
        b"",
    )
    return Recorded(*bare[:-1], link(ledger_id, after.hash, bare))
