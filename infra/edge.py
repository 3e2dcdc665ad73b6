"""The door: every event is validated here, once, its personal fields sealed, and its place found.

The naive door parses, stores and lets the service find out what's wrong: then personal data lies in the queue in the
clear, and the publisher hears "accepted" for what can never be. Here an event either leaves as a queued message that
fits its schema, or as problems, each with field, reason and remedy; its bytes are kept either way.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from pydantic import ValidationError

from events.codec import decode_message, encode
from events.decision import Problem
from events.envelope import NAME_LENGTH, CloudEvent, Unreadable, binary, identity, structured, unframed, utc
from events.model import Payload
from events.register import BY_WIRE, Entry, Kind, entry
from events.sealed import bare, boxed_from_outside, seal
from infra.errors import Misfit
from infra.explaining import explained, number_for_a_time, unknown_type
from infra.keystore import KeyStore
from infra.ledger.port import Rejected
from infra.mentions import persons, storable
from infra.planning import PLANNER
from infra.queue.port import COMMANDS, INTAKE, Queued
from infra.queue.wire import Wire, pack
from infra.sharding import shard_of

_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
LARGEST: Final = 4 * 1024 * 1024
"""Bytes of one event at most. What follows from it is larger, and topics take it (``infra/kafka/topics.py``)."""
OURS: Final = "lotone/"
"""The beginning of every source that is one of our own services."""


class Admitted(NamedTuple):
    """Fit for its queue; durable once the queue has it."""

    source: str
    id: str
    queued: Queued
    kind: str = INTAKE


@dataclass(frozen=True, slots=True)
class Refused:
    """Not fit, and why. ``rejected`` is the row that keeps it (its bytes sealed)."""

    source: str | None
    id: str | None
    problems: tuple[Problem, ...]
    rejected: Rejected


class Edge:
    """What stands between publishers and queues. ``shards`` gives each domain's shard count."""

    def __init__(self, shards: Mapping[str, int], keys: KeyStore) -> None:
        self._shards, self._keys = shards, keys

    def admit(self, raw: bytes, now: datetime) -> Admitted | Refused:
        """One event, as the bytes that were sent: in structured mode, or in binary mode as ``framed`` keeps it."""
        event = None
        try:
            event = _read(raw)
            if len(raw) > LARGEST:
                most = f"{LARGEST} at most: say it in several events"
                raise Unreadable(Problem("data", f"the event has {len(raw)} bytes", most))
            return self._admitted(event)
        except Unreadable as error:
            return self.refuse(raw, error.problems, now, event)

    def admit_all(self, raws: Sequence[bytes], now: datetime) -> list[Admitted | Refused]:
        """Many at once: the keys they need are made durable together."""
        with self._keys.together():
            return [self.admit(raw, now) for raw in raws]

    def again(self, raw: bytes, id_: str, now: datetime) -> Admitted | Refused:
        """What a service had rejected, as ``original`` gives it, to be taken once more under another id.

        It had passed the door, or is a command of our own: so it isn't asked again who may send it, what it says is
        brought up to this release's version, and what is sealed stays in its boxes.
        """
        event = structured(raw)
        try:
            body = decode_message(event.type, bytes(event.data))
        except (KeyError, ValidationError) as error:
            told = Problem("type", f"this release can't read it: {str(error)[:300]}", "run the one that admitted it")
            return self.refuse(raw, (told,), now, event)
        found = entry(type(body))
        digested = encode(bare(body)) if found.personal else encode(body)
        event = msgspec.structs.replace(
            event, id=id_[:NAME_LENGTH], type=found.wire, causationid=event.causationid or event.id
        )
        kind = COMMANDS if found.kind is Kind.COMMAND else INTAKE
        return self._queued(found, event, body, encode(body), digested)._replace(kind=kind)

    def refuse(
        self, raw: bytes, problems: tuple[Problem, ...], now: datetime, event: CloudEvent | None = None
    ) -> Refused:
        """The record of a refusal. Nothing is lost: the bytes are kept, under a key of their own."""
        source, id_, type_ = (event.source, event.id, event.type) if event else identity(raw)
        row = rejected_row(self._keys, raw, problems, now, source=source, id_=id_, type_=type_)
        return Refused(row.source, row.id, row.problems, row)

    def _admitted(self, event: CloudEvent) -> Admitted:
        found = _entry(event)
        body = _payload(found, event)
        digested = data = encode(body)
        if found.personal:
            if person := boxed_from_outside(body):
                raise Unreadable(Problem("data", f"a ready-made box for {person}", "send value; boxes are made here"))
            data, digested = encode(seal(body, self._keys)), encode(bare(body))
        if b"\\u0000" in data and _NUL.search(data):
            raise Unreadable(Problem("data", "a text in it holds a NUL character", "take it away"))
        return self._queued(found, event, body, data, digested)

    def _queued(self, found: Entry, event: CloudEvent, body: Payload, data: bytes, digested: bytes) -> Admitted:
        assert event.time is not None
        time = utc(event.time)
        wire = Wire(
            source=event.source,
            id=event.id,
            type=event.type,
            time=time,
            actor=event.actor or event.source,
            correlation=event.correlationid or event.id,
            causation=event.causationid,
            precision=event.timeprecision,
            zone=event.timezone,
            traceparent=event.traceparent,
            digest=digest(event.type, time, event.subject, digested),
            data=data,
        )
        shard = shard_of(body.stream, self._shards[found.domain])
        return Admitted(event.source, event.id, Queued(found.domain, shard, event.source, event.id, pack(wire)))


def digest(type_: str, time: datetime, subject: str | None, data: bytes) -> bytes:
    """SHA-256 over all that a repeat must have equal. Tracing and correlation may differ between deliveries."""
    head = f"{type_}\n{time.isoformat()}\n{subject or ''}\n".encode()
    return hashlib.sha256(head + data).digest()


def rejected_row(
    keys: KeyStore,
    raw: bytes,
    problems: tuple[Problem, ...],
    now: datetime,
    *,
    source: str | None,
    id_: str | None,
    type_: str | None,
    domain: str | None = None,
    shard: int | None = None,
    other: bytes | None = None,
) -> Rejected:
    """A refusal as the ledger keeps it: the bytes encrypted, findable by the persons they name."""
    # The key is named by the bytes: the same refused bytes share one, and other bytes never do.
    holder = f"rejected/{hashlib.sha256(raw).hexdigest()[:32]}"
    box = f"{holder} {keys.seal(holder, raw, persons(raw))}".encode()
    source, id_, type_ = (None if text is None else storable(text[:NAME_LENGTH]) for text in (source, id_, type_))
    told = tuple(Problem(*map(storable, (found.field, found.problem, found.remedy))) for found in problems)
    return Rejected(0, domain, shard, source, id_, type_, now, told, box, other)


def original(keys: KeyStore, rejected: Rejected) -> bytes | None:
    """The bytes of what was rejected, or None when a person they named was forgotten.

    ``Misfit`` when this key store isn't the ledger's own.
    """
    holder, _, box = rejected.original.decode().partition(" ")
    try:
        return keys.open(holder, box)
    except ValueError as error:
        raise Misfit(f"refusal {rejected.number} can't be opened: {error}; LOTONE_KEYS names the key store") from None


def _read(raw: bytes) -> CloudEvent:
    headers = unframed(raw)
    return structured(raw) if headers is None else binary(*headers)


def _entry(event: CloudEvent) -> Entry:
    found = BY_WIRE.get(event.type)
    if found is None:
        raise Unreadable(unknown_type(event.type))
    if found.kind is Kind.COMMAND:
        raise Unreadable(
            Problem(
                "type",
                f"{found.name} is a command, and only Lotone's own services send those",
                "publish the request or observation that it follows from",
            )
        )
    if event.source.startswith(OURS) or event.source == PLANNER:
        told = "is" if event.source == PLANNER else f"sources that begin with {OURS} are"
        raise Unreadable(Problem("source", f"{told} Lotone's own", "use one of yours"))
    if event.dataschema and event.dataschema.rstrip("/").rsplit("/", 1)[-1].removesuffix(".json") != found.schema_id:
        raise Unreadable(
            Problem("dataschema", "not the schema of this type", f"end it in /{found.schema_id}.json, or leave it out")
        )
    return found


def _payload(found: Entry, event: CloudEvent) -> Payload:
    data = bytes(event.data)
    if data in (b"", b"null"):
        raise Unreadable(Problem("data", "missing", f"a {found.name} as JSON object"))
    try:
        # Strict: a schema's boolean is no "yes", and its time no number of seconds.
        body: Payload = found.model.__pydantic_validator__.validate_json(data, strict=True)
    except ValidationError as error:
        problems = explained(found, error.errors(include_url=False, include_context=True))
        raise Unreadable(*problems) from None
    if problem := number_for_a_time(found, data):
        raise Unreadable(problem)
    return body
