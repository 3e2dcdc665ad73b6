"""The one IO shell: load, decide, append. Every service runs in it, in both forms.

The idea. A shard has one owner, and the owner one place to stand: its row, which holds the chain's head and the last
offset taken from each queue. ``prepare`` takes what has come since, decides it against cached states, and chains the
facts; the ledger appends facts, offsets and outcomes in one transaction; ``committed`` makes the new place the place.

The naive way reads, decides, writes the facts and then acknowledges: a crash in between decides twice, or never. Here
there is nothing to acknowledge. And it keeps its cache after a failed commit, so that the next decision stands on
facts that don't exist; here whatever isn't known to be committed drops everything (``claim``).

The invariant: after any crash an event was taken with all its effects, or not at all.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from pydantic import ValidationError

from events.codec import decode, encode
from events.decision import Decided, Message, Park, Problem, Recorded, Reject
from events.model import Fact
from events.service import Service
from infra.clock import Clock
from infra.edge import rejected_row
from infra.faults import reach
from infra.keystore import KeyStore
from infra.ledger.chain import link
from infra.ledger.port import Batch, Claim, Cursor, Ledger, Parked, Snapshot, Taken
from infra.queue.port import COMMANDS, INTAKE, Queue
from infra.queue.wire import Wire, message, unpack
from infra.reference import CATALOGUE, ReferenceReader

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
class _Held:
    """A stream in memory: its state, its version, and the version of its last snapshot."""

    state: Any
    version: int
    snapshot: int


@dataclass(slots=True)
class Work:
    """A batch being decided."""

    batch: Batch
    now: datetime
    head: Cursor
    known: Mapping[Key, Taken]
    new: dict[Key, Taken] = field(default_factory=dict)
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
        self._states: OrderedDict[str, _Held] = OrderedDict()
        self._parked: dict[Key, Parked] = {}
        self._waiting: dict[str, dict[Key, None]] = {}
        self._released: dict[Key, None] = {}

    # -- ownership ---------------------------------------------------------------------------------------------

    def claim(self) -> None:
        """Become the owner, again or for the first time: nothing remembered from before counts any more."""
        self._claim = self._ledger.claim(self.domain, self.shard, self._owner)
        self._work = None
        self._states.clear()
        self._parked.clear()
        self._waiting.clear()
        if self.domain == CATALOGUE:
            self._catalogue = ReferenceReader(self._ledger)
            self._catalogue.advance()
        for parked in self._ledger.parked(self.domain, self.shard):
            self._park(parked)
        # What became known while nobody looked: each one is tried once more.
        self._released = dict.fromkeys(self._parked)

    @property
    def offsets(self) -> dict[str, int]:
        """The last offset taken from each queue."""
        assert self._claim is not None, "claim first"
        return dict(self._claim.offsets)

    def released(self, known: Iterable[str]) -> None:
        """These references became known: whatever waits for one is tried again."""
        if self._waiting:
            for reference in known:
                self._released.update(self._waiting.get(reference, {}))

    # -- one batch ---------------------------------------------------------------------------------------------

    def prepare(self, ends: Mapping[str, int]) -> Batch | None:
        """Decide what has come. ``ends`` is the last offset of each queue. None when there is nothing to do."""
        claim = self._claim
        assert claim is not None, "claim first"
        now = max(self._clock(), claim.clock)
        again = self._due(now)
        fresh: list[tuple[str, int, bytes]] = []
        for kind in (COMMANDS, INTAKE):
            after, room = claim.offsets.get(kind, 0), self._limits.batch - len(fresh)
            if room > 0 and ends.get(kind, 0) > after:
                fresh += [(kind, *found) for found in self._queue.read(kind, self.domain, self.shard, after, room)]
        if not again and not fresh:
            return None
        batch = Batch(claim, claim.head, clock=now, offsets=dict(claim.offsets))
        wires = [self._unpacked(body) for _, _, body in fresh]
        known = self._ledger.taken([(wire.source, wire.id) for wire in wires]) if wires else {}
        self._work = work = Work(batch, now, claim.head, known)
        self._settle(again, work)
        self._take_all(fresh, wires, work)
        batch.taken = list(work.new.values())
        if not fresh and not (batch.facts or batch.taken or batch.parked):
            self._work = None
            return None
        return batch

    def committed(self) -> None:
        """The batch stands: what was decided is now where we stand."""
        work, claim = self._work, self._claim
        assert work is not None
        assert claim is not None
        self._claim = replace(claim, head=work.head, offsets=work.batch.offsets, clock=work.now)
        self._work = None
        self._save_snapshots(work.touched)
        while len(self._states) > self._limits.states:
            self._states.popitem(last=False)

    # -- taking ------------------------------------------------------------------------------------------------

    def _take_all(self, fresh: Sequence[tuple[str, int, bytes]], wires: Sequence[Wire], work: Work) -> None:
        messages = [self._message(wire, work) for wire in wires]
        self._preload(found.stream for found in messages if found is not None)
        for (kind, offset, _), wire, found in zip(fresh, wires, messages, strict=True):
            if found is not None and not self._told_before(wire, work):
                self._decide(found, work, None)
                while self._released:
                    self._settle(self._due(work.now), work)
            work.batch.offsets[kind] = offset

    def _settle(self, again: Sequence[Parked], work: Work) -> None:
        for parked in again:
            self._retry(parked, work)

    def _unpacked(self, body: bytes) -> Wire:
        try:
            return unpack(body)
        except msgspec.DecodeError as error:
            raise RuntimeError(
                f"{self.domain} shard {self.shard}: the queue holds what no door admitted: {error}"
            ) from error

    def _message(self, wire: Wire, work: Work) -> Message[Any] | None:
        """The message, or None once it's rejected: a type or shape that this release doesn't know."""
        try:
            return message(wire)
        except (KeyError, ValidationError) as error:
            if not self._told_before(wire, work):
                text = f"this release can't read it: {str(error)[:500]}"
                problems = (
                    Problem("type", text, "run the release that admitted it, then: lotone rejected retry NUMBER"),
                )
                self._reject(wire, problems, work)
            return None

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
        held = self._held(told.stream)
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
                self._take(told, "rejected", work, parked)
                work.batch.rejected.append(self._rejection(self._wire(told), problems, work))

    def _record(self, fact: Fact, told: Message[Any], held: _Held, work: Work) -> None:
        position, version = work.head.position + 1, held.version + 1
        bare = Recorded(
            self.domain,
            self.shard,
            position,
            told.stream,
            version,
            type(fact).__name__,
            fact.VERSION,
            encode(fact),
            told.source,
            told.id,
            told.actor,
            told.correlation,
            told.time,
            told.precision,
            told.zone,
            work.now,
            self._catalogue.reference.position,
            told.traceparent,
            b"",
        )
        at = Recorded(*bare[:-1], link(self._ledger_id, work.head.hash, bare))
        work.batch.facts.append(at)
        work.head = Cursor(position, at.hash)
        held.state, held.version = self.service.evolve(held.state, fact, at), version
        work.touched.add(told.stream)
        if self.domain == CATALOGUE:
            self.released(self._catalogue.fold(fact, at))
        if version == 1:
            self.released((told.stream,))

    def _take(
        self, told: Message[Any], outcome: str, work: Work, parked: Parked | None, first: int = 0, last: int = -1
    ) -> None:
        key = (told.source, told.id)
        work.new[key] = Taken(told.source, told.id, told.digest, outcome, self.domain, self.shard, first, last)
        if parked is not None:
            self._unpark(parked)
            work.batch.unparked.append(key)
        if outcome == "decided":
            self.released((f"event/{told.source}@{told.id}",))

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
            self._forget_missing(parked)
            kept = replace(parked, missing=missing)
        self._park(kept)  # in its old place, if it had one: those who wait are tried in the order they came
        work.batch.parked.append(kept)

    def _due(self, now: datetime) -> Sequence[Parked]:
        """What to try again, in the order it was parked: released, or past its deadline."""
        if not self._parked:
            self._released.clear()
            return ()
        due = [parked for key, parked in self._parked.items() if key in self._released or parked.deadline <= now]
        self._released.clear()
        return due

    def _retry(self, parked: Parked, work: Work) -> None:
        wire = unpack(parked.message)
        told = message(wire)
        self._preload([told.stream])
        self._decide(told, work, parked)
        key = (parked.source, parked.id)
        if key in self._parked and parked.deadline <= work.now:
            problems = tuple(
                Problem(
                    "data",
                    f"{name} was not known within {self._limits.park}",
                    f"define {name}, then: lotone rejected retry NUMBER",
                )
                for name in self._parked[key].missing
            )
            self._take(told, "rejected", work, self._parked[key])
            work.batch.rejected.append(self._rejection(wire, problems, work))

    def _park(self, parked: Parked) -> None:
        key = (parked.source, parked.id)
        self._parked[key] = parked
        for name in parked.missing:
            self._waiting.setdefault(name, {})[key] = None

    def _unpark(self, parked: Parked) -> None:
        self._forget_missing(self._parked.pop((parked.source, parked.id), parked))

    def _forget_missing(self, parked: Parked) -> None:
        key = (parked.source, parked.id)
        for name in parked.missing:
            waiting = self._waiting.get(name, {})
            waiting.pop(key, None)
            if not waiting:
                self._waiting.pop(name, None)

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

    def _reject(self, wire: Wire, problems: tuple[Problem, ...], work: Work) -> None:
        work.new[wire.source, wire.id] = Taken(wire.source, wire.id, wire.digest, "rejected", self.domain, self.shard)
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

    def _preload(self, streams: Iterable[str]) -> None:
        wanted = sorted({stream for stream in streams if stream not in self._states})
        if not wanted:
            return
        loaded = self._ledger.load(self.domain, self.shard, wanted, self.service.fold)
        for stream in wanted:
            snapshot, facts = loaded.get(stream, (None, ()))
            self._states[stream] = self._folded(stream, snapshot, facts)

    def _folded(self, stream: str, snapshot: Snapshot | None, facts: Sequence[Recorded]) -> _Held:
        state = self.service.load(snapshot.state) if snapshot else self.service.initial(stream)
        version = kept = snapshot.version if snapshot else 0
        for at in facts:
            state = self.service.evolve(state, decode(at), at)
            version = at.version
        return _Held(state, version, kept)

    def _held(self, stream: str) -> _Held:
        held = self._states.get(stream)
        if held is None:
            self._preload((stream,))
            held = self._states[stream]
        self._states.move_to_end(stream)
        return held

    def _save_snapshots(self, touched: set[str]) -> None:
        due = [
            Snapshot(stream, held.version, self.service.fold, self.service.dump(held.state))
            for stream in sorted(touched)
            if (held := self._states[stream]).version - held.snapshot >= self._limits.snapshot
        ]
        if due:
            reach("snapshots.before")
            self._ledger.save(self.domain, self.shard, due)
            reach("snapshots.after")
            for snapshot in due:
                self._states[snapshot.stream].snapshot = snapshot.version


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
