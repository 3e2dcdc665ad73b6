"""One reading of the facts, for all views that stand at the same place.

Facts come from the ledger, or are pushed by whoever has just appended or received them, which saves the reading. What
is pushed is believed only as far as it fits (invariant 4): at or before the cursor it must be what was read there, or
the record contradicts itself; right behind the cursor it is new; further on it leaves a gap, which the ledger fills.
"""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Final, NamedTuple

from events.decision import Recorded
from events.model import Fact
from infra.errors import Corrupt, Misfit, Poison
from infra.ledger.port import Cursor, Ledger, ShardId

Decode = Callable[[Recorded], Fact]
FAULTS: Final = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, Misfit, Poison,
)
"""What decoding or folding a fact may raise that concerns this fact alone; anything else stops the engine."""


class Unreadable(NamedTuple):
    """Stands where a fact should, that couldn't be decoded."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Piece:
    """What was read of a shard behind a cursor. ``facts`` has None where nobody wants the fact."""

    shard: ShardId
    after: Cursor
    read: Sequence[Recorded]
    facts: Sequence[Fact | Unreadable | None]

    @property
    def end(self) -> Cursor:
        return Cursor(self.read[-1].position, self.read[-1].hash) if self.read else self.after

    def before(self, count: int) -> "Piece":
        """Only the first so many."""
        return Piece(self.shard, self.after, self.read[:count], self.facts[:count])

    def between(self, after: int, until: int) -> "Piece":
        """Only what is behind one position, up to another."""
        first, last = max(0, after - self.after.position), max(0, until - self.after.position)
        if first == 0:
            return self if last >= len(self.read) else self.before(last)
        start = Cursor(self.read[first - 1].position, self.read[first - 1].hash)
        return Piece(self.shard, start, self.read[first:last], self.facts[first:last])

    def singles(self) -> Sequence["Piece"]:
        """One piece for each fact."""
        made, after = [], self.after
        for recorded, fact in zip(self.read, self.facts, strict=True):
            made.append(Piece(self.shard, after, (recorded,), (fact,)))
            after = made[-1].end
        return made


class Reader:
    """Reads behind cursors, and decodes what is wanted."""

    def __init__(self, ledger: Ledger, decode: Decode) -> None:
        self._ledger, self._decode = ledger, decode
        self._pushed: dict[ShardId, Sequence[Recorded]] = {}

    def offer(self, facts: Sequence[Recorded]) -> None:
        """Facts of one shard, in order, just as somebody has them at hand. They replace what was offered before."""
        if facts:
            self._pushed[facts[0].domain, facts[0].shard] = facts

    def piece(self, shard: ShardId, after: Cursor, limit: int, wanted: Set[str]) -> Piece:
        """The next facts of a shard, those of the ``wanted`` types decoded."""
        return self.decoded(shard, after, self._next(shard, after, limit), wanted)

    def decoded(self, shard: ShardId, after: Cursor, read: Sequence[Recorded], wanted: Set[str]) -> Piece:
        """The same facts as a piece, once it is sure that they follow."""
        facts = [self._fact(each) if each.type in wanted else None for each in follows(read, after)]
        return Piece(shard, after, read, facts)

    def _fact(self, recorded: Recorded) -> Fact | Unreadable:
        try:
            return self._decode(recorded)
        except FAULTS as error:
            return Unreadable(error)

    def _next(self, shard: ShardId, after: Cursor, limit: int) -> Sequence[Recorded]:
        if shard in self._pushed:
            new = self._fresh(self._pushed[shard], after)[:limit]
            if new:
                return new
            del self._pushed[shard]
        return self._ledger.read(*shard, after, limit)

    def _fresh(self, pushed: Sequence[Recorded], after: Cursor) -> Sequence[Recorded]:
        """Of what was pushed, what comes right behind the cursor: nothing when there is a gap."""
        known = after.position - pushed[0].position
        if known < -1 or pushed[-1].position != pushed[0].position + len(pushed) - 1:
            return ()
        if known >= 0:
            last = pushed[min(known, len(pushed) - 1)]
            if last.position == after.position:
                _agree(last, after.hash)
            else:  # all of it was read long ago; the ledger says whether it was this
                self._ledger.read(last.domain, last.shard, Cursor(last.position, last.hash), 1)
        return pushed[known + 1 :]


def _agree(told: Recorded, mine: bytes) -> None:
    if told.hash != mine:
        raise Corrupt(
            told.domain, told.shard, told.position, "this fact was read before with another hash; run `lotone verify`"
        )


def follows(read: Sequence[Recorded], after: Cursor) -> Sequence[Recorded]:
    """The same facts, once it is sure that there is no gap in them."""
    if read and (read[0].position != after.position + 1 or read[-1].position != after.position + len(read)):
        expected = enumerate(read, start=after.position + 1)
        missing = next(position for position, fact in expected if fact.position != position)
        raise Corrupt(
            read[0].domain, read[0].shard, missing, "this fact is missing in the ledger; run `lotone verify`"
        )
    return read
