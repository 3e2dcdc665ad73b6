"""A fact as a record of ``<domain>.facts``: a CloudEvent for anyone, and for our own readers all that the ledger holds.

The value is the payload, byte for byte as it was hashed; the key is the stream. ``lotone_position`` and ``lotone_hash``
say where the fact stands in its shard. What else the ledger holds of it is packed in ``lotone_fact``, and the whole is
sealed, so that a reader of ours takes no fact that the ledger doesn't have.
"""

from typing import Final

import msgspec

from events.decision import Recorded
from infra.kafka.bound import Seals
from infra.kafka.producing import Outgoing
from infra.kafka.records import SEAL, Headers, header
from infra.kafka.topics import FACTS, Topics

_FACT: Final = "lotone_fact"
_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(Recorded).decode


def outgoing(at: Recorded, topics: Topics, seals: Seals) -> Outgoing:
    """The record of a fact."""
    packed = _ENCODE(at._replace(data=b""))
    told = {
        "ce_specversion": "1.0",
        "ce_id": at.id,
        "ce_source": f"lotone/{at.domain}/{at.shard}",
        "ce_type": f"lotone.{at.domain}.{at.type}.v{at.schema}",
        "ce_time": at.occurred_at.isoformat(),
        "ce_subject": at.stream,
        "ce_correlationid": at.correlation,
        "ce_causationid": at.cause,
        "ce_traceparent": at.traceparent,
        "content-type": "application/json",
        "lotone_position": str(at.position),
        "lotone_hash": at.hash.hex(),
    }
    headers = [(name, value.encode()) for name, value in told.items() if value is not None]
    seal = seals.sign(FACTS, at.domain, at.shard, packed + at.data)
    name = topics.name(FACTS, at.domain)
    return Outgoing(name, at.shard, [*headers, (_FACT, packed), (SEAL, seal)], at.data, at.stream.encode())


def incoming(domain: str, shard: int, headers: Headers, value: bytes, seals: Seals) -> Recorded | None:
    """The fact in a record, or None when none of us has put it there."""
    packed, seal = header(headers, _FACT), header(headers, SEAL)
    if packed is None or seal is None or not seals.fits(seal, FACTS, domain, shard, packed + value):
        return None
    return _DECODE(packed)._replace(data=value)
