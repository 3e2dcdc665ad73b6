"""How each fact is tied to the one before it.

The idea. A fact's hash is SHA-256 over the previous fact's hash and everything that is stored about this
one. Whoever keeps one hash outside the database (32 bytes, on paper if need be) can tell later whether
anything at or before it was changed, removed, added or put in another order: each would need another hash to
give the same SHA-256.

The naive version glues the fields together, or hashes the payload's JSON:

- glued, ``("ab", "c")`` and ``("a", "bc")`` are the same text, so a letter can wander from one field to the
  next;
- ``None`` and empty text are the same nothing;
- JSON that went through JSONB, or through another library, comes back in another order or with another
  ``1.0``, and an honest fact looks forged;
- what isn't hashed can be changed: the actor, the time of recording, the shard's number, or the whole shard
  can be swapped for that of another ledger.

So the preimage is: a label with this format's version, the ledger's id, the previous hash, then every column
of the fact but its hash, in the order of the table, each with its length before it (four bytes, big-endian;
-1 for None). Integers are big-endian of the column's size; times are whole microseconds since 2000-01-01
UTC; text is UTF-8; the payload is the bytes that were stored. That is exactly how PostgreSQL's binary COPY
lays out a row: ``columns`` is what is hashed and, byte for byte, what is sent.

The invariant: two facts have the same preimage only if they are equal in every field, follow the same hash,
and stand in the same ledger. This format never changes; another one gets another label.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from struct import Struct
from typing import Final
from uuid import UUID

from events.decision import Recorded

LABEL: Final = b"lotone/fact/1"
EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)

_Pack = Callable[..., bytes]
_LENGTH: Final[_Pack] = Struct(">i").pack
_SHARD_POSITION: Final[_Pack] = Struct(">iiiqi").pack
_VERSION: Final[_Pack] = Struct(">iqi").pack
_SCHEMA: Final[_Pack] = Struct(">iii").pack
_TIME: Final[_Pack] = Struct(">iqi").pack
_TIME_REFERENCE: Final[_Pack] = Struct(">iqiq").pack
_NONE: Final = _LENGTH(-1)


def microseconds(time: datetime) -> int:
    """Since the epoch, exactly.

    >>> microseconds(datetime(2000, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
    1000005
    """
    since = time - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def columns(fact: Recorded) -> bytes:
    """Every column but the hash, each behind its length (a pack that ends in a length leads the next column
    in).
    """
    (
        domain,
        shard,
        position,
        stream,
        version,
        type_,
        schema,
        data,
        source,
        cause,
        actor,
        correlation,
        occurred_at,
        precision,
        zone,
        recorded_at,
        reference,
        traceparent,
        _,
    ) = fact
    domain_, stream_, type__ = domain.encode(), stream.encode(), type_.encode()
    source_, cause_, actor_ = source.encode(), cause.encode(), actor.encode()
    correlation_, precision_ = correlation.encode(), precision.encode()
    zone_ = _NONE if zone is None else _text(zone)
    traceparent_ = _NONE if traceparent is None else _text(traceparent)
    return b"".join((
        _LENGTH(len(domain_)), domain_,
        _SHARD_POSITION(4, shard, 8, position, len(stream_)), stream_,
        _VERSION(8, version, len(type__)), type__,
        _SCHEMA(4, schema, len(data)), data,
        _LENGTH(len(source_)), source_,
        _LENGTH(len(cause_)), cause_,
        _LENGTH(len(actor_)), actor_,
        _LENGTH(len(correlation_)), correlation_,
        _TIME(8, microseconds(occurred_at), len(precision_)), precision_,
        zone_,
        _TIME_REFERENCE(8, microseconds(recorded_at), 8, reference),
        traceparent_,
    ))  # fmt: skip


def link(ledger_id: UUID, previous_hash: bytes, recorded: Recorded) -> bytes:
    """The fact's hash. What its own ``hash`` field holds doesn't matter."""
    before = _LENGTH(len(previous_hash)) + previous_hash
    return sha256(_opening(ledger_id) + before + columns(recorded)).digest()


def _text(text: str) -> bytes:
    raw = text.encode()
    return _LENGTH(len(raw)) + raw


@lru_cache(maxsize=8)
def _opening(ledger_id: UUID) -> bytes:
    return _LENGTH(len(LABEL)) + LABEL + _LENGTH(16) + ledger_id.bytes
