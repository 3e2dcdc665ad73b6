"""A planner's life: which facts it has folded, in an order that anybody can live through again.

The idea. A planner reads all shards, and what it decides depends on what it had read. Its own facts say what that
was: each ``CutTaken`` tells the vector. So the ledger holds a full account of every planner's life: of each cut, the
facts up to its vector, then the cut's own. Whoever follows that account (a standby, a restart, a proof) is afterwards
in the state in which the planner was.

The naive way folds each shard to its head and then planning's: right for what is so, wrong for what has been looked at.
A fact that came after the last cut's vector would seem to have been seen by that cut, and would never be acted on.

So planning is read first, and other shards only as far as its cuts had read them (``follow``). Only the one who may cut
next goes on beyond that (``catch_up``); from then on ``loose`` says that somebody else's cut could not be followed.

The invariant: ``places`` is exactly what the planner has folded.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from events.codec import decode
from events.decision import Recorded
from events.model import Fact
from events.planning.facts import CutTaken
from infra.errors import Corrupt
from infra.ledger.port import Cursor, Ledger, ShardId
from infra.planning import PLANNING, Planner
from infra.tracing import Traces

HOME: Final[ShardId] = (PLANNING, 0)
"""Planning's only shard."""
_CHUNK: Final = 2_000

Decode = Callable[[Recorded], Fact]


class Interrupted(Exception):
    """Told to stop while reading. What was folded is folded; go on later, or never."""


class Pages:
    """One shard, read in chunks and handed out one by one."""

    def __init__(self, ledger: Ledger, shard: ShardId) -> None:
        self._ledger, self._shard = ledger, shard
        self._ahead: deque[Recorded] = deque()
        self.place = Cursor()

    def until(self, position: int) -> Iterator[Recorded]:
        """Every fact up to a position. It counts as read only when the next is asked for, or there is none."""
        while self.place.position < position:
            if not self._ahead:
                self._ahead.extend(self._ledger.read(*self._shard, self.place, _CHUNK))
            if not self._ahead:
                raise Corrupt(*self._shard, self.place.position + 1, "this fact was there, and is gone")
            yield self._ahead[0]
            self.went(self._ahead[0])

    def went(self, at: Recorded) -> None:
        """This one counts as read: it was handed out, or whoever says so knows it otherwise."""
        while self._ahead and self._ahead[0].position <= at.position:
            self._ahead.popleft()
        self.place = Cursor(at.position, at.hash)


class Life:
    """A planner and how far it has lived. ``unsure`` says that it has folded what may never be committed; while
    ``ending`` says so, reading stops with ``Interrupted``."""

    def __init__(self, build: Callable[[], Planner], ledger: Ledger, decode: Decode = decode) -> None:
        self._build, self._ledger, self._decode = build, ledger, decode
        self.ending: Callable[[], bool] = lambda: False
        self.restart()

    def restart(self) -> None:
        """Begin another life, at the first fact."""
        self.planner = self._build()
        self.traces = Traces()
        self._pages: dict[ShardId, Pages] = {}
        self.loose = self.unsure = False
        self.folded = 0

    @property
    def places(self) -> dict[ShardId, Cursor]:
        """How far each shard was folded; shards without a fact are left out."""
        return {shard: pages.place for shard, pages in sorted(self._pages.items()) if pages.place.position}

    @property
    def home(self) -> Cursor:
        """How far planning itself was folded."""
        return self._of(HOME).place

    def reached(self, heads: Mapping[ShardId, Cursor]) -> bool:
        """Whether everything up to these heads was folded."""
        return all(self._of(shard).place.position >= head.position for shard, head in heads.items())

    def follow(self, position: int) -> None:
        """Planning up to a position, and of the other shards what its cuts had read."""
        while (found := self.to_cut(position)) is not None:
            self.loose = False
            self._fold(*found)
            self._of(HOME).went(found[1])

    def to_cut(self, position: int) -> tuple[CutTaken, Recorded] | None:
        """Up to the next cut in planning, if there is one up to a position: all that it had read, and nothing of it."""
        for at in self._of(HOME).until(position):
            fact = self._decode(at)
            if isinstance(fact, CutTaken):
                for place in fact.vector:
                    if place.domain != PLANNING:
                        self._read((place.domain, place.shard), place.position)
                return fact, at
            self._fold(fact, at)
        return None

    def catch_up(self, heads: Mapping[ShardId, Cursor]) -> None:
        """Everything up to these heads."""
        self.follow(heads[HOME].position)
        for shard, head in sorted(heads.items()):
            if head.position > self._of(shard).place.position:
                self.loose = True
                self._read(shard, head.position)

    def took(self, at: Recorded, fact: Fact) -> None:
        """A fact of planning that was just decided, from a message, and is about to be appended."""
        self.unsure = True
        self.planner.fold(fact, at)
        self.traces.folded(at)
        self._of(HOME).went(at)

    def decided(self, at: Recorded) -> None:
        """A fact of a cut, about to be appended or decided once more: the planner has folded it already."""
        self.unsure = True
        self.traces.folded(at)
        self._of(HOME).went(at)

    def committed(self, cut: bool) -> None:
        """What was about to be appended stands."""
        self.unsure = False
        self.loose = self.loose and not cut

    def _read(self, shard: ShardId, position: int) -> None:
        for at in self._of(shard).until(position):
            self._fold(self._decode(at), at)

    def _fold(self, fact: Fact, at: Recorded) -> None:
        if self.ending():
            raise Interrupted
        self.planner.fold(fact, at)
        self.traces.folded(at)
        if isinstance(fact, CutTaken):
            self.traces.cut()
        self.folded += 1

    def _of(self, shard: ShardId) -> Pages:
        found = self._pages.get(shard)
        if found is None:
            found = self._pages[shard] = Pages(self._ledger, shard)
        return found
