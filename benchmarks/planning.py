"""The planner alone, without IO: requirements routed a second, what a disruption costs, memory, where the time goes.

All seconds are the processor's, not the wall's: other work on the machine lengthens the one much more than the other.
Each disruption hits the same world, in a process forked from the one that planned it.
"""

import cProfile
import pstats
import time
from collections.abc import Sequence
from functools import partial
from statistics import median

from benchmarks import maker
from benchmarks.alone import Alone, Took, World, apart, memory, recorded, world
from events.decision import Recorded
from events.model import Fact
from infra import process

REPEATS = 3
BATCH = 100
"""Orders between two cuts, when they come one after the other."""


def run(requirements: int) -> None:
    """Everything about the planner that needs no database."""
    process.settle_in()
    orders = max(BATCH, requirements // maker.EACH)
    print(f"the planner alone, {orders} orders of a bicycle; seconds of the processor, lowest - median - highest")
    facts = world(orders)
    _as_they_come(facts)
    desk, scratch = _at_once(facts)
    _disrupted(desk, facts, scratch)


def _spread(seconds: Sequence[float], scale: float = 1.0, unit: str = "s") -> str:
    low, middle, high = (scale * found for found in (min(seconds), median(seconds), max(seconds)))
    return f"{low:.3g} - {middle:.3g} - {high:.3g} {unit}"


# All at once, and its history


def _at_once(facts: World) -> tuple[Alone, float]:
    """Decide everything in one cut; the planner that did, and how long it took."""
    took = [apart(lambda: _first(facts)[0]) for _ in range(REPEATS - 1)]
    before = memory()
    last, desk, decided = _first(facts)
    held = memory() - before
    took.append(last)
    seconds = [one.seconds for one in took]
    rate, each = last.routed / median(seconds), 1e6 * median(seconds) / desk.open
    print(f"  in one cut: {desk.open} open requirements, {last.routed} decisions, {last.facts} facts:"
          f" {_spread(seconds)}, {rate:.0f} decisions/s, {each:.0f} µs a requirement")
    print(f"  memory right after: {held:.0f} MiB, {1024 * held / desk.open:.1f} KiB an open requirement, facts of the"
          " cut included")
    history = [*facts.base, *facts.orders, *recorded(decided, desk.vector["planning", 0] - len(decided))]
    read = [apart(lambda: _read(history)) for _ in range(REPEATS)]
    speeds = [len(history) / one for one, _ in read]
    print(f"  a planner that starts reads {len(history)} facts: {_spread([one for one, _ in read])},"
          f" {median(speeds):.0f} facts/s; then it has {read[0][1]:.0f} MiB,"
          f" {1024 * read[0][1] / desk.open:.1f} KiB an open requirement")
    return desk, median(seconds)


def _first(facts: World) -> tuple[Took, Alone, Sequence[tuple[str, Fact]]]:
    desk = Alone()
    desk.read(facts.base)
    desk.read(facts.orders)
    took, decided = desk.cut()
    return took, desk, decided


def _read(history: Sequence[Recorded]) -> tuple[float, float]:
    before, began = memory(), time.process_time()
    desk = Alone()
    desk.read(history)
    assert desk.open
    return time.process_time() - began, memory() - before


# One after the other


def _as_they_come(facts: World) -> None:
    """So many orders between two cuts; what a decision costs at first, and at last."""
    took = apart(lambda: _batches(facts))
    tenth = max(1, len(took) // 10)
    first, last = (sum(one.seconds for one in part) / sum(one.routed for one in part)
                   for part in (took[:tenth], took[-tenth:]))
    whole = sum(one.seconds for one in took)
    routed = sum(one.routed for one in took)
    print(f"  {BATCH} orders a cut, {len(took)} cuts: {routed / whole:.0f} decisions/s; µs a decision at first"
          f" {1e6 * first:.0f}, at last {1e6 * last:.0f}", flush=True)


def _batches(facts: World) -> list[Took]:
    desk, found = Alone(), []
    desk.read(facts.base)
    step = BATCH * len(facts.orders) // len({at.stream for at in facts.orders})
    for at in range(0, len(facts.orders), step):
        desk.read(facts.orders[at : at + step])
        found.append(desk.cut()[0])
    return found


# Disruptions


def _disrupted(desk: Alone, facts: World, scratch: float) -> None:
    print(f"  disruptions, in milliseconds of the cut; deciding all again takes {scratch:.3g} s")
    for (what, size), told in facts.hits.items():
        took = [apart(partial(_hit, desk, told)) for _ in range(REPEATS)]
        seconds = [one.seconds for one in took]
        print(f"    {what:<28} {size:>5}: {took[0].routed:>5} decided anew, {took[0].facts:>6} facts,"
              f" {_spread(seconds, 1000, 'ms')}, 1/{scratch / median(seconds):.0f} of deciding all again", flush=True)


def _hit(desk: Alone, told: Sequence[Recorded]) -> Took:
    desk.read(told)
    return desk.cut()[0]


# What takes the time


def profile(requirements: int) -> None:
    """Which functions take the most time themselves, and with what they call, in one cut of everything."""
    process.settle_in()
    facts = world(max(BATCH, requirements // maker.EACH))
    desk = Alone()
    desk.read(facts.base)
    desk.read(facts.orders)
    watch = cProfile.Profile()
    watch.enable()
    desk.cut()
    watch.disable()
    for order in ("tottime", "cumtime"):
        pstats.Stats(watch).sort_stats(order).print_stats(25)
