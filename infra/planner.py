"""The shell around the planner: it reads, waits for the moment, asks for a cut, and appends it under the fence.

The idea. Planning's shard has a worker like every shard: people's requests are decided one by one, in its batches.
After the messages of a batch the worker may also ask the planner for a cut; what that decides is chained and appended
in the same transaction. So there is one way to write, one fence, and one order.

The naive planner is a loop that reads, thinks and writes when it has thought. While it thinks it is succeeded by
another, and both write; or its commit fails halfway, and it goes on from decisions that nobody recorded. Here whoever
loses the lease stops asking, whoever lost the shard can't append, and after an append that isn't known to stand the
planner is thrown away with everything it believed (``infra/lived.py``).

The invariant (DESIGN, 9): a cut is decided only by who holds the lease, has claimed the shard since, and has read every
head that it saw when it did; reading and replaying alone never write anything.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Protocol

import structlog

from events.model import Fact
from events.planning.facts import CutTaken
from infra.engine import Engine
from infra.errors import Conflict, Fenced, Transient
from infra.faults import reach
from infra.lease import Lease
from infra.ledger.port import Batch, Cursor, Ledger, ShardId
from infra.lived import HOME, Interrupted, Life
from infra.logs import told
from infra.planning import ACTOR, PLAN, PLANNER
from infra.queue.port import Queue
from infra.quiet import Quiet
from infra.reference import CATALOGUE, ReferenceReader
from infra.runtime import Work, Worker

_log = structlog.get_logger("lotone.planner")
_PATIENCE: Final = 0.05
"""Seconds between looks when nothing wakes us."""
_LONGEST: Final = 5.0
"""The longest back-off, in seconds."""
CATALOGUE_SHARD: Final[ShardId] = (CATALOGUE, 0)
READER: Final = "planner"
"""Under this name the planner notes how far it has looked and has nothing more to decide."""


@dataclass(frozen=True, slots=True)
class CutCause:
    """Why the facts of a cut were recorded."""

    id: str
    correlation: str
    time: datetime
    source: str = PLANNER
    actor: str = ACTOR
    precision: str = "second"
    zone: str | None = None
    traceparent: str | None = None


def cause_of(cut: int, now: datetime) -> CutCause:
    """The cause of all facts of a cut."""
    return CutCause(str(cut), f"cut/{cut}", now)


def first_of(
    facts: Sequence[tuple[str, Fact]], vector: Mapping[ShardId, int], now: datetime, after: int | None = None
) -> CutTaken:
    """The ``CutTaken`` that a planner's answer begins with; ValueError when it doesn't, or says something else."""
    stream, first = facts[0]
    if stream != PLAN or not isinstance(first, CutTaken):
        raise ValueError(f"a cut begins with CutTaken on {PLAN}, and not with {type(first).__name__} on {stream}")
    told = {(place.domain, place.shard): place.position for place in first.vector if place.position}
    if told != {shard: position for shard, position in vector.items() if position} or first.clock != now:
        raise ValueError(f"cut {first.cut} tells another vector or time than it was asked at")
    if after is not None and first.cut != after + 1:
        raise ValueError(f"cut {first.cut} follows cut {after}")
    return first


@dataclass(slots=True)
class Figures:
    """What this process's planner has done so far: cuts that stand, their facts, and seconds."""

    cuts: int = 0
    facts: int = 0
    reading: float = 0.0
    deciding: float = 0.0
    appending: float = 0.0


class PlanningWorker(Worker):
    """The owner of planning's shard. ``cutting`` is set for a step that should take a cut, if there is one to take."""

    def __init__(self, life: Life, figures: Figures, **given: Any) -> None:
        super().__init__(shard=0, **given)
        self.life, self._figures = life, figures
        self.cutting = False
        self.thought = 0.0
        """Seconds that deciding it took."""
        self.cut: CutTaken | None = None
        """What the batch under way, or the last one, decided."""

    def claim(self) -> None:
        """The shard is ours; a planner that has seen more than the ledger now holds, or less, begins anew."""
        super().claim()
        assert self._claim is not None
        if self.life.unsure or (self.life.loose and self.life.home != self._claim.head):
            self.life.restart()

    def _wants(self) -> bool:
        return self.cutting

    def _conclude(self, work: Work) -> None:
        self.cut = None
        for at, fact in work.decided:
            self.life.took(at, fact)
        if self.cutting:
            began = time.perf_counter()
            self._cut(work)
            self.thought = time.perf_counter() - began
            self._figures.deciding += self.thought

    def _cut(self, work: Work) -> None:
        vector = {shard: cursor.position for shard, cursor in self.life.places.items()}
        facts = self.life.planner.cut(vector, work.now)
        if not facts:
            return
        self.life.unsure = True
        self.cut = first_of(facts, vector, work.now)
        cause, traces, only = cause_of(self.cut.cut, work.now), self.life.traces, self.life.traces.cut()
        self._states.preload(stream for stream, _ in facts)
        for stream, fact in facts:
            trace = traces.of(stream, fact, only)
            why = cause if trace is None else replace(cause, traceparent=trace)
            self.life.decided(self._record(fact, why, self._states.get(stream), work, vector.get(CATALOGUE_SHARD, 0)))
        reach("planner.decided")


class Notes(Protocol):
    """Where the planner tells how far it has looked (``infra/cursors.py``)."""

    def save_all(self, reader: str, places: Mapping[ShardId, Cursor]) -> None: ...


@dataclass(slots=True)
class _Asked:
    """Where the planner stood when it was last asked for a cut, and what was overdue even then; or what others were
    last told."""

    places: Mapping[ShardId, Cursor] = field(default_factory=dict)
    due: datetime | None = None


class PlannerEngine(Engine):
    """Planning's shard, in a thread or a process of its own. A standby follows what the holder decides."""

    def __init__(
        self,
        worker: PlanningWorker,
        ledger: Ledger,
        queue: Queue,
        catalogue: ReferenceReader,
        *,
        lease: Lease,
        quiet: Quiet,
        notes: Notes,
        clock: Callable[[], datetime],
        patience: float,
        figures: Figures,
    ) -> None:
        super().__init__([worker], ledger, queue, catalogue)
        self.worker, self.life, self.lease, self.figures = worker, worker.life, lease, figures
        self._quiet, self._notes, self._clock, self._patience = quiet, notes, clock, patience
        self.life.ending = self._ending
        self._owned = False
        self._seen: Mapping[ShardId, Cursor] = {}
        self._asked = _Asked()
        self._noted: _Asked | None = None
        self._since: float | None = None

    def step(self) -> int:
        """Read what is new; decide what was asked, and take a cut if it is time to; how much was done."""
        folded, began = self.life.folded, time.perf_counter()
        try:
            ours = self._ready()
            read = self.life.folded - folded
        finally:
            self.figures.reading += time.perf_counter() - began
        if not ours:
            return read
        self.worker.cutting = self._wanted() and self._timely()
        done = super().step()
        if self.worker.cutting:
            self._asked = _Asked(self.life.places, self._fallen_due())
        if not done and not self._wanted():
            self._note()
        return read + done

    def _ending(self) -> bool:
        return self.stop.ending.is_set()

    def _ready(self) -> bool:
        """Whether the shard is ours and everything is read; else what the holder had read is."""
        if not self.lease.held:
            self._stand_by()
            return False
        if not self._owned:
            self.claim()
            self._owned, self._noted, self._asked = True, None, _Asked()
            self._seen = self._ledger.heads()
            reach("planner.claimed")
            _log.info("planning", after=self._seen[HOME].position)
        self.life.catch_up(self._ledger.heads())
        return self.life.reached(self._seen)

    def _stand_by(self) -> None:
        if self._owned:
            self.worker.forget()
            self._stand_down()
        head = self._ledger.heads()[HOME]
        if self.life.loose and self.life.home != head:
            self.life.restart()
        self.life.follow(head.position)

    def _stand_down(self) -> None:
        self._owned, self._since = False, None
        if self.life.unsure:
            self.life.restart()

    # -- when ------------------------------------------------------------------------------------------------------

    def _fallen_due(self) -> datetime | None:
        due = self.life.planner.due()
        return due if due is not None and due <= self._clock() else None

    def _wanted(self) -> bool:
        """Whether something has happened since the planner was last asked, or has fallen due since."""
        fallen = self._fallen_due()
        wanted = (fallen is not None and fallen != self._asked.due) or (
            self.life.planner.stirred() and self.life.places != self._asked.places
        )
        if not wanted:
            self._since = None
        return wanted

    def _timely(self) -> bool:
        """Whether it has waited long enough, or all is quiet."""
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        return now - self._since >= self._patience or self._quiet.at(self.life.places)

    def _note(self) -> None:
        """There is nothing to decide just now: tell others how far we have looked, if they don't know."""
        due = self.life.planner.due()
        now = _Asked(self.life.places, None if due is not None and due == self._asked.due else due)
        if now != self._noted:
            self.lease.note(now.due)
            self._notes.save_all(READER, now.places)
            self._noted = now
            reach("planner.noted")

    # -- appending -------------------------------------------------------------------------------------------------

    def _append(self, batches: Sequence[Batch]) -> None:
        began = time.perf_counter()
        super()._append(batches)
        took = time.perf_counter() - began
        self.figures.appending += took
        cut = self.worker.cut
        self.life.committed(cut is not None)
        if cut is not None:
            self.figures.cuts += 1
            self.figures.facts += len(batches[0].facts)
            reach("planner.appended")
            seconds = {"deciding": round(self.worker.thought, 3), "appending": round(took, 3)}
            _log.info("cut", cut=cut.cut, facts=len(batches[0].facts), **seconds)

    # -- running ---------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Until told to stop. Who is fenced stands by again, and plans again only once the lease says so."""
        try:
            with self.lease.kept(self.stop.news.set):
                self._run()
        except BaseException as error:
            self.failure = told(error)
            _log.error("stopped", why=self.failure)
            raise

    def _run(self) -> None:
        pause = 0.0
        while not self.stop.ending.is_set():
            if self.lease.failure is not None:
                raise RuntimeError(f"the lease isn't renewed any more: {self.lease.failure}")
            try:
                with suppress(Interrupted):
                    self.stop.pace(self.step(), _PATIENCE)
                pause = 0.0
            except Fenced as error:
                self.worker.forget()
                self.lease.release()
                self._stand_down()
                _log.warning("standing by", why=str(error))
            except (Conflict, Transient) as error:
                self._stand_down()
                pause = min(_LONGEST, pause * 2 or 0.05)
                _log.warning("claiming again", why=str(error), seconds=pause)
                self.stop.ending.wait(pause)
