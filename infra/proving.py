"""Decides a cut once more and compares it with what was recorded.

The idea. ``CutTaken`` says what the planner had read, at what time, and which release it was. Another planner of the
same release lives through the same facts (``infra/lived.py``), is asked at the same vector with the same time, and must
give the same decided bytes: stream, type, schema and data of every fact, in the same order. (The version of a fact in
its stream follows from that, and ``lotone verify`` counts it.)

The naive proof keeps the inputs of each decision beside it. Those are right by definition; what has to be shown is that
they were the ledger's.

Some cuts are proved by folding everything before each (``prove_cut``, ``prove_some``); all of them by deciding each in
turn and living on from what was decided again (``prove_cuts``). Both give the same only if deciding a cut and folding
it are one, which is what a restart relies on.

Which planner decided is a name that its authors declare (``Planner.release``), not a hash of its sources: a comment
mended would make every earlier decision unprovable, and a library that decides otherwise wouldn't show. What keeps the
name honest is a history of that release, kept and decided again by a test (``tests/golden/planner_history.py``).

The invariant: nothing here writes. A cut of another release isn't decided at all: that it then differed would mean
nothing, and that it didn't, not much.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from events.codec import encode
from events.decision import Recorded
from events.model import Fact
from events.planning.facts import CutTaken
from infra.ledger.port import Cursor, Ledger
from infra.lived import HOME, Life
from infra.planning import PLANNER, Planning

_CHUNK: Final = 500
_ROOM: Final = 240
"""Bytes shown of a payload that differs."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of one cut. ``equal`` is None when it wasn't decided again, because another release had decided it;
    ``difference`` says why, or names the first fact that differs."""

    cut: int
    position: int
    facts: int
    release: str
    equal: bool | None
    difference: str | None = None


Progress = Callable[[int, int], None]
"""Called after each cut: how far planning was read, and how far it goes."""


def prove_cut(ledger: Ledger, planning: Planning, cut: int, progress: Progress = lambda *_: None) -> Proof | None:
    """Decide one cut again, on what the ledger says the planner knew; None when there is no such cut."""
    return next(prove_some(ledger, planning, {cut}, progress), None)


def prove_some(
    ledger: Ledger, planning: Planning, cuts: Collection[int], progress: Progress = lambda *_: None
) -> Iterator[Proof]:
    """Decide these cuts again, in order, each on what the ledger says the planner knew; those that aren't there are
    passed over."""
    life, head = Life(planning.planner, ledger), ledger.heads()[HOME].position
    last = max(cuts, default=0)
    while (found := life.to_cut(head)) is not None and found[0].cut <= last:
        end = found[1].position
        if found[0].cut in cuts:
            proof = _again(life, ledger, *found)
            yield proof
            end += proof.facts - 1
            if proof.equal is False:
                life.restart()
        life.follow(end)
        progress(life.home.position, head)


def prove_cuts(
    ledger: Ledger, planning: Planning, progress: Progress = lambda *_: None, most: int = 10
) -> Iterator[Proof]:
    """Every cut in turn, each decided on what was decided again before. After a difference the planner begins anew
    from the record; after ``most`` of them this ends."""
    life, head = Life(planning.planner, ledger), ledger.heads()[HOME].position
    while (found := life.to_cut(head)) is not None:
        proof = _again(life, ledger, *found)
        yield proof
        most -= proof.equal is False
        if not most:
            return
        end = found[1].position + proof.facts - 1
        if proof.equal is False:
            life.restart()
        life.follow(end)
        progress(life.home.position, head)


def recorded_cut(ledger: Ledger, first: Recorded, before: Cursor) -> list[Recorded]:
    """All facts of the cut that begins with ``first``; ``before`` is the place right before it."""
    facts: list[Recorded] = []
    while True:
        chunk = ledger.read(*HOME, before, _CHUNK)
        for at in chunk:
            if (at.source, at.cause) != (PLANNER, first.cause):
                return facts
            facts.append(at)
        if len(chunk) < _CHUNK:
            return facts
        before = Cursor(chunk[-1].position, chunk[-1].hash)


def _again(life: Life, ledger: Ledger, cut: CutTaken, at: Recorded) -> Proof:
    """Decide it, if this release may. Equal: the planner has lived through it. Else it has still to be folded."""
    facts = recorded_cut(ledger, at, life.home)
    ours = life.planner.release
    if cut.release != ours:
        told = f"release {cut.release} of the planner decided it, and this is {ours}: run that one to decide it again"
        return Proof(cut.cut, at.position, len(facts), cut.release, None, told)
    vector = {(place.domain, place.shard): place.position for place in cut.vector}
    found = _difference(facts, life.planner.cut(vector, cut.clock))
    if found is None:
        for fact in facts:
            life.decided(fact)
    return Proof(cut.cut, at.position, len(facts), cut.release, found is None, found)


def _difference(was: Sequence[Recorded], now: Sequence[tuple[str, Fact]]) -> str | None:
    for at, (stream, fact) in zip(was, now, strict=False):
        told = difference(at, stream, fact)
        if told is not None:
            return told
    if len(was) > len(now):
        at = was[len(now)]
        return f"{at.id}: {at.type} on {at.stream} was recorded, and isn't decided again"
    if len(now) > len(was):
        stream, fact = now[len(was)]
        return f"after {was[-1].id}: {type(fact).__name__} on {stream} is decided now, and wasn't recorded"
    return None


def difference(at: Recorded, stream: str, fact: Fact) -> str | None:
    """How a fact that was decided again differs from the one recorded; None when it doesn't."""
    was, now = (at.stream, at.type, at.schema), (stream, type(fact).__name__, fact.VERSION)
    if was != now:
        return f"{at.id}: {was[1]} v{was[2]} on {was[0]} was recorded, {now[1]} v{now[2]} on {now[0]} is decided"
    data = encode(fact)
    if data == at.data:
        return None
    first = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(at.data, data, strict=False)))
    begin = max(0, first - _ROOM // 3)
    old, new = (told[begin : begin + _ROOM].decode("utf-8", "replace") for told in (at.data, data))
    return f"{at.id}: {at.type} on {at.stream} differs at byte {first}: …{old}… was recorded, …{new}… is decided"
