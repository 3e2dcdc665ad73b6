"""A message as a queue stores it: MessagePack, its payload's JSON inside, sealed fields already encrypted."""

from datetime import datetime
from typing import Any, Final

import msgspec

from events.codec import decode_message
from events.decision import Message


class Wire(msgspec.Struct, array_like=True, frozen=True):
    """The stored form, in this order for ever; new fields join at the end with a default."""

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


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Wire)


def pack(wire: Wire) -> bytes:
    return _ENCODER.encode(wire)


def unpack(body: bytes) -> Wire:
    """msgspec.DecodeError when these bytes were never packed here."""
    return _DECODER.decode(body)


def message(wire: Wire) -> Message[Any]:
    """With its payload decoded. KeyError for an unknown type; ValueError for a payload that doesn't fit."""
    body = decode_message(wire.type, wire.data)
    return Message(
        wire.source,
        wire.id,
        wire.type,
        wire.time,
        wire.actor,
        wire.correlation,
        wire.causation,
        wire.precision,
        wire.zone,
        wire.traceparent,
        wire.digest,
        wire.data,
        body,
    )
