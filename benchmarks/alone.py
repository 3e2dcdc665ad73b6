"""A planner alone: a world decided by the services in memory, and a planner that folds its facts and cuts."""

import gc
import multiprocessing
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, TypeVar

from benchmarks import maker
from events.codec import decode, encode
from events.decision import Recorded
from events.model import Fact
from events.planning.facts import RequirementRouted
from infra.planning import PLANNER, PLANNING
from projections.planning.planner import LotonePlanner
from tests.chain import Chain

T = TypeVar("T")
HOME: Final = (PLANNING, 0)
HARMLESS: Final = "a line late within slack"


@dataclass(frozen=True, slots=True)
class World:
    """Facts: of everything but orders, of the orders, and of each disruption for each size."""

    base: list[Recorded]
    orders: list[Recorded]
    hits: dict[tuple[str, int], list[Recorded]]


def world(orders: int) -> World:
    """Everything told to the services, and what they decided."""
    chain = Chain(maker.BEGINS)
    chain.tell(*maker.master_data()).settle().tell(*maker.supply(orders)).settle()
    base = _new(chain, {})
    before = _places(chain)
    chain.tell(*maker.orders(orders)).settle()
    placed = _new(chain, before)
    hits = {}
    for size in maker.SIZES:
        for what, told in {HARMLESS: maker.harmless(size), **maker.disruptions(size)}.items():
            before = _places(chain)
            chain.tell(told).settle()
            hits[what, size] = _new(chain, before)
    assert not chain.rejected, chain.rejected[0]
    assert not chain.parked, chain.parked[0]
    return World(base, placed, hits)


def _places(chain: Chain) -> dict[str, int]:
    return {domain: len(found) for domain, found in chain.records.items()}


def _new(chain: Chain, before: dict[str, int]) -> list[Recorded]:
    return [at for domain, found in chain.records.items() for at in found[before.get(domain, 0):]]


@dataclass(frozen=True, slots=True)
class Took:
    """A cut: seconds, how many requirements were decided in it, and all its facts."""

    seconds: float
    routed: int
    facts: int


@dataclass(slots=True)
class Alone:
    """A planner, how far it has read, and what it has decided."""

    planner: LotonePlanner = field(default_factory=LotonePlanner)
    vector: dict[tuple[str, int], int] = field(default_factory=dict)

    def read(self, facts: Iterable[Recorded]) -> None:
        """As a planner that starts does: each fact is read from its bytes, and folded."""
        for at in facts:
            self.planner.fold(decode(at), at)
            self.vector[at.domain, at.shard] = at.position

    def cut(self) -> tuple[Took, Sequence[tuple[str, Fact]]]:
        """Decide; how long that took, and what was decided."""
        began = time.process_time()
        facts = self.planner.cut(dict(sorted(self.vector.items())), maker.BEGINS)
        took = time.process_time() - began
        self.vector[HOME] = self.vector.get(HOME, 0) + len(facts)
        routed = sum(isinstance(fact, RequirementRouted) for _, fact in facts)
        return Took(took, routed, len(facts)), facts

    @property
    def open(self) -> int:
        """Open requirements."""
        joins = self.planner.state.joins
        joins.settle()
        return len(joins.required)


def recorded(facts: Sequence[tuple[str, Fact]], after: int) -> list[Recorded]:
    """The facts of a first cut as the ledger would hold them."""
    return [
        Recorded(
            PLANNING, 0, position, stream, 1, type(fact).__name__, fact.VERSION, encode(fact), PLANNER, "1", "planner",
            "cut/1", maker.BEGINS, "second", None, maker.BEGINS, 0, None, b"",
        )
        for position, (stream, fact) in enumerate(facts, after + 1)
    ]


def apart(work: Callable[[], T]) -> T:
    """In a process forked from this one: it sees all that is here, and leaves no trace."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(work, theirs))
    child.start()
    theirs.close()
    answer: Any = ours.recv()
    child.join()
    return answer  # type: ignore[no-any-return]


def _answer(work: Callable[[], Any], out: Connection) -> None:
    out.send(work())
    out.close()


def memory() -> float:
    """What this process holds just now, in MiB."""
    gc.collect()
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
