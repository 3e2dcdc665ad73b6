"""The one IO shell: load, decide, append. Every service runs in it, in both forms.

The idea. A shard has one owner, and the owner one place to stand: its row, which holds the chain's head and the last
offset taken from each queue. ``prepare`` takes what has come since, decides it against cached states, and chains the
facts; the ledger appends facts, offsets and outcomes in one transaction; ``committed`` makes the new place the place.

The naive way reads, decides, writes the facts and then acknowledges: a crash in between decides twice, or never. Here
there is nothing to acknowledge. And it keeps its cache after a failed commit, so that the next decision stands on
facts that don't exist; here whatever isn't known to be committed drops everything (``claim``).

The invariant: after any crash an event was taken with all its effects, or not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from pydantic import ValidationError

from events.decision import Decided, Message, Park, Problem, Recorded, Reject
from events.model import Fact
from events.service import Service
from infra import metrics
from infra.clock import Clock
from infra.edge import rejected_row
from infra.keystore import KeyStore
from infra.ledger.port import Batch, Claim, Cursor, Ledger, Parked, Taken
from infra.queue.port import COMMANDS, INTAKE, Aside, Queue
from infra.queue.wire import Wire, message, unpack
from infra.recording import Cause, recorded
from infra.reference import CATALOGUE, ReferenceReader
from infra.states import Held, States
from infra.waiting import Waiting

Key = tuple[str, str]
"""An event's identity: source and id."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``batch`` messages are decided at once; ``park`` is how long something may wait to become known; a stream is
    snapshot each ``snapshot`` facts; ``states`` streams are kept in memory."""

    batch: int = 500
    park: timedelta = timedelta(days=7)
    snapshot: int = 200
    states: int = 50_000


@dataclass(slots=True)
class Work:
    """A batch being decided."""

    batch: Batch
    now: datetime
    head: Cursor
    known: Mapping[Key, Taken]
    new: dict[Key, Taken] = field(default_factory=dict)
    decided: list[tuple[Recorded, Fact]] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)


class Worker:
    """The owner of one shard of one service."""

    def __init__(
        self,
        service: Service[Any],
        shard: int,
        *,
        ledger: Ledger,
        queue: Queue,
        catalogue: ReferenceReader,
        keys: KeyStore,
        clock: Clock,
        owner: str,
        limits: Limits,
    ) -> None:
        self.service, self.domain, self.shard = service, service.domain, shard
        self._ledger, self._queue, self._catalogue, self._keys = ledger, queue, catalogue, keys
        self._clock, self._owner, self._limits = clock, owner, limits
        self._ledger_id: UUID = ledger.genesis().ledger_id
        self._claim: Claim | None = None
        self._work: Work | None = None
        self._states = States(service, shard, ledger, most=limits.states, every=limits.snapshot)
        self._waiting = Waiting()

    # -- ownership ---------------------------------------------------------------------------------------------

    def claim(self) -> None:
        """Become the owner, again or for the first time: nothing remembered from before counts any more."""
        held = self._claim.epoch if self._claim else None
        self._claim = self._ledger.claim(self.domain, self.shard, self._owner, held)
        metrics.shards_claimed.labels(self.domain).inc()
        self._work = None
        self._states.clear()
        if self.domain == CATALOGUE:
            self._catalogue = ReferenceReader(self._ledger)
            self._catalogue.advance()
        self._waiting = Waiting(self._ledger.parked(self.domain, self.shard))

    def released(self, known: Iterable[str]) -> None:
        """These references became known: whatever waits for one is tried again."""
        self._waiting.release(known)

    def forget(self) -> None:
        """Fenced: a later claim comes as a newcomer's."""
        self._claim = self._work = None

    @property
    def offsets(self) -> Mapping[str, int]:
        """The last offset taken of each queue, once it is claimed."""
        return self._claim.offsets if self._claim else {}

    @property
    def waits(self) -> int:
        """How many messages are parked here."""
        return len(self._waiting)

    # -- one batch ---------------------------------------------------------------------------------------------

    def prepare(self, ends: Mapping[str, int], beside: Mapping[Key, Taken] = {}) -> Batch | None:
        """Decide what has come. ``ends`` is the last offset of each queue; ``beside`` is what other shards take in the
        same append. None when there is nothing to do."""
        claim = self._claim
        assert claim is not None, "claim first"
        now = max(self._clock(), claim.clock)
        fresh = self._read(claim, ends)
        again = self._waiting.due(now)
        if not again and not fresh and not self._wants():
            return None
        batch = Batch(claim, claim.head, clock=now, offsets=dict(claim.offsets))
        told = [(kind, offset, body) for kind, offset, body in fresh if not isinstance(body, Aside)]
        wires = [self._unpacked(body) for _, _, body in told]
        keys = [(wire.source, wire.id) for wire in wires]
        known = {**self._ledger.taken(keys), **{key: beside[key] for key in keys if key in beside}} if wires else {}
        self._work = work = Work(batch, now, claim.head, known)
        self._settle(work, again)
        self._take_all(told, wires, work)
        batch.rejected += [one.rejected for _, _, one in fresh if isinstance(one, Aside) and one.rejected]
        batch.offsets |= {kind: offset for kind, offset, _ in fresh}
        self._conclude(work)
        batch.taken = list(work.new.values())
        if not fresh and not (batch.facts or batch.taken or batch.parked):
            self._work = None
            return None
        return batch

    def committed(self) -> Sequence[tuple[Recorded, Fact]]:
        """The batch stands: what was decided is now where we stand. Its facts, for whoever can use them at once."""
        work, claim = self._work, self._claim
        assert work is not None
        assert claim is not None
        self._claim = replace(claim, head=work.head, offsets=work.batch.offsets, clock=work.now)
        self._work = None
        self._states.committed(work.touched)
        return work.decided

    # -- what a worker of another kind adds (``infra/planner.py``) ----------------------------------------------

    def _wants(self) -> bool:
        """Whether there is something to decide although nothing has come."""
        return False

    def _conclude(self, work: Work) -> None:
        """All messages of the batch are decided."""

    # -- taking ------------------------------------------------------------------------------------------------

    def _read(self, claim: Claim, ends: Mapping[str, int]) -> list[tuple[str, int, bytes | Aside]]:
        fresh: list[tuple[str, int, bytes | Aside]] = []
        for kind in (COMMANDS, INTAKE):
            after, room = claim.offsets.get(kind, 0), self._limits.batch - len(fresh)
            if room > 0 and ends.get(kind, 0) > after:
                fresh += [(kind, *found) for found in self._queue.read(kind, self.domain, self.shard, after, room)]
        return fresh

    def _take_all(self, fresh: Sequence[tuple[str, int, bytes]], wires: Sequence[Wire], work: Work) -> None:
        messages = [_read(wire) for wire in wires]
        self._states.preload(found.stream for found in messages if isinstance(found, Message))
        for (kind, offset, _), wire, found in zip(fresh, wires, messages, strict=True):
            if not self._told_before(wire, work):
                self._handle(found, wire, work, None)
                self._settle(work, self._waiting.due(work.now))
            work.batch.offsets[kind] = offset

    def _settle(self, work: Work, again: Sequence[Parked]) -> None:
        """Try these, and whatever becomes known by them, before anything else: so batches may be cut anywhere."""
        while again:
            for parked in again:
                self._retry(parked, work)
            again = self._waiting.due(work.now)

    def _unpacked(self, body: bytes) -> Wire:
        try:
            return unpack(body)
        except msgspec.DecodeError as error:
            raise RuntimeError(
                f"{self.domain} shard {self.shard}: the queue holds what no door admitted: {error}"
            ) from error

    def _handle(self, found: Message[Any] | Problem, wire: Wire, work: Work, parked: Parked | None) -> None:
        if isinstance(found, Message):
            self._decide(found, work, parked)
        else:
            self._reject(wire, (found,), work, parked)

    def _told_before(self, wire: Wire, work: Work) -> bool:
        """Whether its id was taken before: a repeat is counted, a contradiction rejected with both digests."""
        key = (wire.source, wire.id)
        first = work.new.get(key) or work.known.get(key)
        if first is None:
            return False
        if first.digest == wire.digest:
            work.batch.repeats[key] = work.batch.repeats.get(key, 0) + 1
            return True
        problem = Problem(
            "id",
            f"{wire.source} {wire.id} was taken before with other content ({first.digest.hex()[:16]}… then, "
            f"{wire.digest.hex()[:16]}… now)",
            "a new statement needs a new id; a correction says what it reverses",
        )
        work.batch.rejected.append(self._rejection(wire, (problem,), work, first.digest))
        return True

    def _decide(self, told: Message[Any], work: Work, parked: Parked | None) -> None:
        held = self._states.get(told.stream)
        try:
            outcome = self.service.decide(held.state, self._catalogue.reference, told, work.now)
        except (ArithmeticError, ValidationError) as error:  # figures beyond what can be kept exactly: poison
            outcome = Reject(
                (Problem("data", f"can't be decided: {str(error)[:300]}", "send figures that can be kept exactly"),)
            )
        match outcome:
            case Decided(facts):
                first = work.head.position + 1
                for fact in facts:
                    self._record(fact, told, held, work)
                self._take(told, "decided", work, parked, first, work.head.position)
            case Park(missing):
                self._keep(told, missing, work, parked)
            case Reject(problems):
                self._reject(self._wire(told), problems, work, parked)

    def _record(self, fact: Fact, cause: Cause, held: Held, work: Work, reference: int | None = None) -> Recorded:
        version = held.version + 1
        reference = self._catalogue.reference.position if reference is None else reference
        at = recorded(
            self._ledger_id, self.domain, self.shard, work.head, fact, held.stream, version, cause, work.now, reference
        )
        work.batch.facts.append(at)
        work.decided.append((at, fact))
        work.head = Cursor(at.position, at.hash)
        held.state, held.version = self.service.evolve(held.state, fact, at), version
        work.touched.add(held.stream)
        if self.domain == CATALOGUE:
            self._waiting.release(self._catalogue.fold(fact, at))
        self._waiting.release((held.stream,))
        return at

    def _take(
        self, told: Message[Any] | Wire, outcome: str, work: Work, parked: Parked | None, first: int = 0, last: int = -1
    ) -> None:
        key = (told.source, told.id)
        work.new[key] = Taken(told.source, told.id, told.digest, outcome, self.domain, self.shard, first, last)
        if parked is not None:
            self._waiting.drop(parked)
            work.batch.unparked.append(key)
        if outcome == "decided":
            self._waiting.release((f"event/{told.source}@{told.id}",))

    # -- parking -----------------------------------------------------------------------------------------------

    def _keep(self, told: Message[Any], missing: tuple[str, ...], work: Work, parked: Parked | None) -> None:
        if parked is None:
            kept = Parked(
                self.domain,
                self.shard,
                told.source,
                told.id,
                missing,
                work.now,
                work.now + self._limits.park,
                msgspec.msgpack.encode(self._wire(told)),
            )
            work.new[told.source, told.id] = Taken(told.source, told.id, told.digest, "parked", self.domain, self.shard)
        elif parked.missing == missing:
            return
        else:
            kept = replace(parked, missing=missing)
        self._waiting.keep(kept)
        work.batch.parked.append(kept)

    def _retry(self, parked: Parked, work: Work) -> None:
        wire = unpack(parked.message)
        self._handle(_read(wire), wire, work, parked)
        waiting = self._waiting.get(parked.source, parked.id)
        if waiting is not None and waiting.deadline <= work.now:
            problems = tuple(
                Problem(
                    "data",
                    f"{name} was not known within {_days(self._limits.park)}",
                    f"define {name}, then: lotone rejected retry NUMBER",
                )
                for name in waiting.missing
            )
            self._reject(wire, problems, work, waiting)

    # -- small parts -------------------------------------------------------------------------------------------

    def _wire(self, told: Message[Any]) -> Wire:
        return Wire(
            told.source,
            told.id,
            told.type,
            told.time,
            told.actor,
            told.correlation,
            told.causation,
            told.precision,
            told.zone,
            told.traceparent,
            told.digest,
            told.data,
        )

    def _reject(self, wire: Wire, problems: tuple[Problem, ...], work: Work, parked: Parked | None) -> None:
        self._take(wire, "rejected", work, parked)
        work.batch.rejected.append(self._rejection(wire, problems, work))

    def _rejection(self, wire: Wire, problems: tuple[Problem, ...], work: Work, other: bytes | None = None) -> Any:
        raw = as_cloudevent(wire)
        return rejected_row(
            self._keys,
            raw,
            problems,
            work.now,
            source=wire.source,
            id_=wire.id,
            type_=wire.type,
            domain=self.domain,
            shard=self.shard,
            other=other,
        )


def _read(wire: Wire) -> Message[Any] | Problem:
    """The message, or why it can't be read: a type or shape that this release doesn't know."""
    try:
        return message(wire)
    except (KeyError, ValidationError) as error:
        text = f"this release can't read it: {str(error)[:500]}"
        return Problem("type", text, "run the release that admitted it, then: lotone rejected retry NUMBER")


def as_cloudevent(wire: Wire) -> bytes:
    """A taken message as the CloudEvent it was, sealed: what a rejection keeps, and what a retry publishes again."""
    event = {
        "specversion": "1.0",
        "id": wire.id,
        "source": wire.source,
        "type": wire.type,
        "time": wire.time,
        "correlationid": wire.correlation,
        "causationid": wire.causation,
        "traceparent": wire.traceparent,
        "actor": wire.actor,
        "timeprecision": wire.precision,
        "timezone": wire.zone,
        "data": msgspec.Raw(wire.data),
    }
    return msgspec.json.encode({name: value for name, value in event.items() if value is not None})


def _days(limit: timedelta) -> str:
    """A time limit in words."""
    return f"{limit.days} days" if limit == timedelta(days=limit.days) else str(limit)
