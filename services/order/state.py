"""How orders and runs follow from facts: ``evolve`` never refuses, and changes in place the state it is given."""

import hashlib
from datetime import datetime
from typing import Final

import msgspec

from events.decision import Recorded
from events.model import Fact
from events.orders import facts as f
from events.orders.messages import run_stream
from events.orders.shapes import ZERO, RunDiscrepancy, RunState
from events.values import exactly
from services.order.order import Fixed, Order, OrderBook, kept, key
from services.order.run import Deviation, Material, Movement, Run, RunBook, needs_of

FOLD: Final = 2
"""The number of this shape of state; raise it with every change here, in ``order.py`` or in ``run.py``."""


class State(msgspec.Struct):
    """A stream's state: an order's, or a run's."""

    order: OrderBook | None = None
    run: RunBook | None = None


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(State)


def initial(stream: str) -> State:
    """Nothing is known of it yet."""
    return State(run=RunBook()) if stream.startswith(run_stream("")) else State(order=OrderBook())


def dump(state: State) -> bytes:
    """A snapshot's bytes."""
    return _ENCODER.encode(state)


def load(data: bytes) -> State:
    """A state from a snapshot's bytes."""
    return _DECODER.decode(data)


@exactly
def evolve(state: State, fact: f.OrdersFact, at: Recorded) -> State:
    """The state after a fact."""
    if isinstance(fact, f.OrderFact):
        assert state.order is not None, "facts of orders stand in orders' streams"
        apply_to_order(state.order, fact)
    else:
        assert state.run is not None, "facts of runs stand in runs' streams"
        apply_to_run(state.run, fact, at.occurred_at)
    return state


def content(fact: f.OrderPlaced) -> str:
    """A digest of an order's words. The time and what tells of a person don't count."""
    words = fact.model_dump_json(
        exclude={
            "ordered_at": True, "customer": True, "ship_to": True, "lines": {"__all__": {"personalisation": True}},
        }
    )
    return hashlib.sha256(words.encode()).hexdigest()


def run_content(fact: f.RunScheduled) -> str:
    """A digest of what is to be built. What follows from bills doesn't count."""
    words = fact.model_dump_json(exclude={"requirements": True, "revision": True})
    return hashlib.sha256(words.encode()).hexdigest()


def report_content(fact: f.RunOutputReported) -> str:
    """A digest of a report's words."""
    words = fact.model_dump_json(exclude={"backflushed": True, "revision": True})
    return hashlib.sha256(words.encode()).hexdigest()


def apply_to_order(book: OrderBook, fact: Fact) -> None:
    """What a fact changes on an order."""
    order = book.order
    match fact:
        case f.OrderPlaced():
            book.order = Order(content(fact), fact.priority, fact.destination, fact.ordered_at)
        case f.OrderLineFrozen():
            _freeze(book, fact)
        case f.OrderLineDelivered():
            where = key(fact.line, fact.schedule)
            book.delivered[where] = book.delivered.get(where, ZERO) + fact.amount - fact.damaged
        case _ if order is None:
            pass
        case f.OrderAccepted():
            order.lines = {line.line: kept(line, None) for line in fact.lines}
        case f.OrderRefused():
            order.refused = True
        case f.OrderHeld():
            order.held = fact.reason
        case f.OrderReleased():
            order.held = None
        case f.OrderAmended():
            for line in fact.lines:
                order.lines[line.line] = kept(line, order.lines.get(line.line))
            order.priority, order.destination = fact.priority, fact.destination
            order.completed = order.completed and not book.anything_open
        case f.OrderLineCancelled():
            for called in fact.schedules:
                schedule = order.lines[fact.line].schedules[called.schedule]
                schedule.amount -= called.amount
                schedule.cancelled += called.amount
                schedule.told = None
        case f.OrderCancelled():
            order.cancelled = True
        case f.OrderCompleted():
            order.completed = True
        case _:
            pass


def _freeze(book: OrderBook, fact: f.OrderLineFrozen) -> None:
    if fact.amount:
        book.fixed[fact.run] = Fixed(fact.line, fact.schedule, fact.amount, fact.state)
    else:
        book.fixed.pop(fact.run, None)


def apply_to_run(book: RunBook, fact: Fact, when: datetime) -> None:
    """What a fact changes on a run, or on what is known of one that nobody has scheduled yet."""
    match fact:
        case f.RunScheduled():
            book.run = scheduled(fact)
        case f.MaterialFact():
            _move(book, fact)
        case f.RunOutputStored():
            book.stored += fact.amount
            book.movements[fact.movement] = Movement("StockProduced", fact.part)
        case f.RunOutputUnstored():
            book.stored -= fact.amount
            book.movements.pop(fact.movement, None)
        case f.RunDiscrepancyFound():
            book.stray = book.stray or fact.kind is RunDiscrepancy.UNKNOWN_RUN
        case _ if book.run is not None:
            _follow(book.run, fact, when)
        case _:
            pass


def scheduled(fact: f.RunScheduled) -> Run:
    """A new run."""
    order = fact.order
    return Run(
        fact.part, fact.site, fact.unit, fact.revision, tuple((one.option, one.choice) for one in fact.options),
        fact.amount, fact.start, fact.due, None if order is None else (order.number, order.line, order.schedule),
        fact.location, run_content(fact), needs_of(fact.requirements), configuration=fact.configuration,
    )


def _follow(run: Run, fact: Fact, when: datetime) -> None:
    match fact:
        case f.RunRescheduled():
            moved = fact.start - run.start
            run.start, run.due = fact.start, fact.due
            for need in run.needs.values():
                need.needed_by = None if need.needed_by is None else need.needed_by + moved
        case f.RunResized():
            run.amount, run.needs = fact.amount, needs_of(fact.requirements, run.needs)
        case f.RunCancelled():
            run.state = RunState.CANCELLED
        case f.RunFrozen():
            run.state = RunState.FROZEN
        case f.RunStarted() | f.RunPaused() | f.RunResumed():
            _tell(run, fact, when)
        case f.RunSplit():
            run.amount, run.needs = fact.left, needs_of(fact.requirements, run.needs)
            run.splits[fact.into] = fact.amount
        case f.RunSplitUndone():
            run.amount, run.needs = fact.left, needs_of(fact.requirements, run.needs)
            run.splits.pop(fact.into, None)
        case f.RunOutputReported():
            _build(run, fact)
        case f.RunCompleted():
            if run.state is not RunState.CANCELLED:
                run.state, run.told_at = RunState.COMPLETED, run.told_at if run.over else when
        case f.RunDeviated() if fact.n in run.needs:
            run.needs[fact.n].deviations.append(
                Deviation(fact.part, fact.amount, fact.numerator, fact.denominator)
            )
        case _:
            pass


def _tell(run: Run, fact: f.RunStarted | f.RunPaused | f.RunResumed, when: datetime) -> None:
    if isinstance(fact, f.RunStarted) and not fact.concluded:
        run.told_start = True
    if fact.current:
        run.state = RunState.PAUSED if isinstance(fact, f.RunPaused) else RunState.STARTED
        run.told_at = when


def _build(run: Run, fact: f.RunOutputReported) -> None:
    run.good += fact.good
    run.scrapped += fact.scrapped
    if fact.backflush:
        run.flushed += fact.good + fact.scrapped
    for one in fact.backflushed:
        so_far = run.needs[one.n].backflushed
        so_far[one.part] = so_far.get(one.part, ZERO) + one.amount
    if fact.report is not None:
        run.reports[fact.report] = report_content(fact)
    run.serials.update(dict.fromkeys(fact.serials))


def _move(book: RunBook, fact: f.MaterialFact) -> None:
    material = book.materials.setdefault(fact.component, Material(fact.unit))
    match fact:
        case f.RunMaterialIssued():
            material.issued += fact.amount
            material.by_hand += ZERO if fact.backflush else fact.amount
        case f.RunMaterialReturned():
            material.returned += fact.amount
        case f.RunMaterialScrapped():
            material.scrapped += fact.amount
            material.issued += fact.amount if fact.drawn else ZERO
            material.drawn += fact.amount if fact.drawn else ZERO
        case f.RunMaterialReversed():
            _unmove(material, fact)
            book.movements.pop(fact.movement or "", None)
            return
        case _:
            pass
    if fact.movement is not None:
        kind = "Backflush" if isinstance(fact, f.RunMaterialIssued) and fact.backflush else type(fact).__name__
        book.movements[fact.movement] = Movement(kind, fact.component)


def _unmove(material: Material, fact: f.RunMaterialReversed) -> None:
    match fact.undone:
        case "StockIssued":
            material.issued -= fact.amount
            material.by_hand -= ZERO if fact.backflush else fact.amount
        case "StockReturned":
            material.returned -= fact.amount
        case _:
            material.scrapped -= fact.amount
            material.issued -= fact.amount
            material.drawn -= fact.amount
