"""Decides every recorded message once more, and compares: the services' part of invariant 6.

The idea. Each fact says which message it answers, at which position of the catalogue and at what time it was decided;
the queues still hold the messages. So every shard can be gone through in ledger order: the facts of one message are
decided again from the stream as it then was, and must give the same decided bytes. The stream goes on from what was
recorded, so that one difference doesn't make all later ones.

The naive replay runs a second system on the same intake and compares the ledgers. Where batches were cut, and when what
was parked was tried again, nobody wrote down; so it compares only as far as those happen to agree.

What isn't looked at: messages that came to no fact. When they were decided isn't recorded, because nothing came of it.

The invariant: nothing here writes; and whatever was recorded was either compared or is counted as not kept.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from pydantic import ValidationError

from events.catalogue.reference import Reference
from events.codec import decode, encode
from events.decision import Decided, Message, Outcome, Park, Recorded
from events.sealed import bare
from events.service import Service
from infra.edge import OURS
from infra.errors import Corrupt
from infra.ledger.port import Ledger, ShardId
from infra.planning import PLANNER
from infra.proving import difference
from infra.queue.port import COMMANDS, INTAKE, Aside, Queue
from infra.queue.wire import Wire, message, unpack
from infra.reference import CATALOGUE

_CHUNK: Final = 2_000
MARK: Final = "not sealed again/"
"""What stands in a box's place where a message passed the door once more, and nothing was to be sealed."""
_NAMED: Final = 5
"""Differences of a shard that are told in full; the rest are counted."""

Progress = Callable[[str, int, int, int], None]
"""Called now and then: domain, shard, facts gone through, of how many."""


@dataclass(slots=True)
class Replayed:
    """One shard: how many facts and messages were decided again, how many facts differ (``told`` names the first few),
    how many there are whose message no queue holds any more, and how many of the equal ones are so but for the bytes of
    their boxes: their message passed the door once more, and each sealing is another."""

    domain: str
    shard: int
    facts: int = 0
    messages: int = 0
    different: int = 0
    unkept: int = 0
    resealed: int = 0
    told: list[str] = field(default_factory=list)

    def differs(self, told: str) -> None:
        """One more difference."""
        self.different += 1
        if len(self.told) < _NAMED:
            self.told.append(told)


def replay(
    ledger: Ledger, queue: Queue, services: Sequence[Service[Any]], progress: Progress = lambda *_: None
) -> Iterator[Replayed]:
    """Every shard of these services, one after the other."""
    heads = ledger.heads()
    for service in services:
        for shard in range(ledger.genesis().shards[service.domain]):
            place = (service.domain, shard)
            yield _Replay(service, place, heads[place].position, ledger, queue, progress).run()


class _Replay:
    """One shard, gone through once."""

    def __init__(
        self, service: Service[Any], place: ShardId, head: int, ledger: Ledger, queue: Queue, progress: Progress
    ) -> None:
        self._service, self._place, self._head = service, place, head
        self._ledger, self._progress = ledger, progress
        self._messages = Messages(ledger, queue, place)
        self._catalogue = _Catalogue(ledger)
        self._streams: dict[str, tuple[Any, int]] = {}
        self._found = Replayed(*place)

    def run(self) -> Replayed:
        for (source, cause), facts in groupby(
            self._ledger.scan(*self._place, until=self._head), key=lambda at: (at.source, at.cause)
        ):
            answer = list(facts)
            if source != PLANNER:
                found = self._messages.find(source, cause)
                self._compare(None if found is None else found[1], answer)
            self._evolve(answer)
        self._progress(*self._place, self._head, self._head)
        return self._found

    def _compare(self, wire: Wire | None, was: Sequence[Recorded]) -> None:
        found, first = self._found, was[0]
        if wire is None:
            found.unkept += len(was)
            return
        found.facts += len(was)
        found.messages += 1
        try:
            told = message(wire)
        except (KeyError, ValidationError) as error:
            found.differs(f"{first.id}: this release can't read {wire.type}, which it answers ({str(error)[:200]})")
            return
        state, version = self._stream(told.stream)
        outcome = self._decide(state, told, first)
        if isinstance(outcome, Decided):
            self._facts(told.stream, version, was, outcome)
        else:
            how = f"waits for {', '.join(outcome.missing)}" if isinstance(outcome, Park) else _refused(outcome)
            found.differs(f"{first.id}: {first.type} was recorded, and {wire.source} {wire.id} now {how}")

    def _decide(self, state: Any, told: Message[Any], first: Recorded) -> Outcome | ValueError | ArithmeticError:
        reference = self._catalogue.at(first.reference)
        try:
            return self._service.decide(state, reference, told, first.recorded_at)
        except (ArithmeticError, ValidationError) as error:
            return error

    def _facts(self, stream: str, version: int, was: Sequence[Recorded], now: Decided) -> None:
        for number, (at, fact) in enumerate(zip(was, now.facts, strict=False), start=1):
            told = difference(at, stream, fact)
            if told is not None and MARK in encode(fact).decode():
                told = difference(barely(at), stream, bare(fact))
                self._found.resealed += told is None
            if told is None and at.version != version + number:
                told = f"{at.id}: version {at.version} of {at.stream} was recorded, {version + number} is decided"
            if told is not None:
                self._found.differs(told)
        if len(was) != len(now.facts):
            self._found.differs(f"{was[0].id}: {len(was)} facts were recorded, {len(now.facts)} are decided")

    def _evolve(self, facts: Sequence[Recorded]) -> None:
        for at in facts:
            state, _ = self._stream(at.stream)
            self._streams[at.stream] = (self._service.evolve(state, decode(at), at), at.version)
            if at.position % _CHUNK == 0:
                self._progress(*self._place, at.position, self._head)

    def _stream(self, stream: str) -> tuple[Any, int]:
        found = self._streams.get(stream)
        if found is None:
            found = self._streams[stream] = (self._service.initial(stream), 0)
        return found


def barely(at: Recorded) -> Recorded:
    """The same fact with nothing in its boxes."""
    return at._replace(data=encode(bare(decode(at))))


def _refused(outcome: Any) -> str:
    if isinstance(outcome, Exception):
        return f"can't be decided ({str(outcome)[:200]})"
    return "is refused: " + "; ".join(f"{found.field}: {found.problem}" for found in outcome.problems)


class _Catalogue:
    """The reference at any position asked for. Positions hardly ever go back."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._begin()

    def _begin(self) -> None:
        self._reference, self._position = Reference(), 0
        self._facts = self._ledger.scan(CATALOGUE, 0)

    def at(self, position: int) -> Reference:
        if position < self._position:
            self._begin()
        while self._position < position:
            at = next(self._facts, None)
            if at is None:
                raise Corrupt(CATALOGUE, 0, position, "a fact says that it was decided on this, and it isn't there")
            fact: Any = decode(at)
            self._reference.evolve(fact, at)
            self._position = at.position
        return self._reference


class Messages:
    """The messages of a shard that came to facts, found while going through its queues once, roughly in step."""

    def __init__(self, ledger: Ledger, queue: Queue, place: ShardId) -> None:
        self._ledger, self._queue, self._place = ledger, queue, place
        self._read = {INTAKE: 0, COMMANDS: 0}
        self._ended = dict.fromkeys(self._read, False)
        self._held: dict[tuple[str, str], tuple[str, Wire]] = {}

    def find(self, source: str, id_: str) -> tuple[str, Wire] | None:
        """The message with this identity, as it was taken, and the queue it was in. Each is asked for once."""
        first, other = (COMMANDS, INTAKE) if source.startswith(OURS) else (INTAKE, COMMANDS)
        for kind in (first, other):
            while (source, id_) not in self._held and not self._ended[kind]:
                self._more(kind)
        return self._held.pop((source, id_), None)

    def _more(self, kind: str) -> None:
        found = self._queue.read(kind, *self._place, self._read[kind], _CHUNK)
        self._ended[kind] = not found
        if found:
            self._read[kind] = found[-1][0]
        wires = [unpack(body) for _, body in found if not isinstance(body, Aside)]
        taken = self._ledger.taken([(wire.source, wire.id) for wire in wires])
        for wire in wires:
            key = (wire.source, wire.id)
            how = taken.get(key)
            if (
                how is not None
                and (how.domain, how.shard) == self._place
                and (how.outcome, how.digest) == ("decided", wire.digest)
                and how.last >= how.first
            ):
                self._held.setdefault(key, (kind, wire))
