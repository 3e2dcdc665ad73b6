"""Orders' part: what customers want, and how far runs are.

What a run took and put into stock is read from inventory alone; here is only what the shop floor reports.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from events.decision import Recorded
from events.orders import facts as f
from events.orders.shapes import AcceptedLine, Choice, OrderRef, RunRequirement, RunState
from projections.planning.world.notes import Key, Kind

ZERO: Final = Decimal(0)


@dataclass(slots=True)
class Order:
    """An accepted order. ``amended`` is what last amended it, and which lines it told whole."""

    number: str
    destination: str | None = None
    held: bool = False
    lines: dict[int, AcceptedLine] = field(default_factory=dict)
    delivered: dict[tuple[int, int], dict[str, Decimal]] = field(default_factory=dict)
    damaged: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    known: dict[tuple[int, int], None] = field(default_factory=dict)
    amended: tuple[str, str, frozenset[int]] | None = None


@dataclass(slots=True)
class Deviation:
    """What the shop floor uses instead of a requirement's part. ``factor``: units of it for one required."""

    part: str
    amount: Decimal
    factor: Fraction


@dataclass(slots=True)
class Run:
    """A run as the order service has it. ``thrown``: what was thrown away in it of what it had, by component."""

    run: str
    part: str
    site: str
    unit: str
    order: OrderRef | None
    revision: str | None
    options: tuple[Choice, ...]
    amount: Decimal
    start: datetime
    due: datetime
    requirements: tuple[RunRequirement, ...]
    state: RunState = RunState.SCHEDULED
    origin: str | None = None
    good: Decimal = ZERO
    scrapped: Decimal = ZERO
    stored: Decimal = ZERO
    deviations: dict[int, list[Deviation]] = field(default_factory=dict)
    thrown: dict[str, Decimal] = field(default_factory=dict)
    configuration: str | None = None

    @property
    def over(self) -> bool:
        return self.state in (RunState.COMPLETED, RunState.CANCELLED)

    @property
    def fixed(self) -> bool:
        """Frozen or further: its configuration and quantity can't change."""
        return self.state is not RunState.SCHEDULED


@dataclass(slots=True)
class OrderPart:
    """All orders and runs. ``splits`` are runs that were split off and whose own first fact may not be read yet.
    ``offshoots`` are all that ever were split off a run."""

    orders: dict[str, Order] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    splits: dict[str, Run] = field(default_factory=dict)
    offshoots: dict[str, dict[str, None]] = field(default_factory=dict)

    def evolve(self, fact: f.OrdersFact, at: Recorded) -> list[Key]:
        """Take in a fact; answers what it touches."""
        if isinstance(fact, f.OrderFact):
            self._order(fact, at)
            return [Key(Kind.ORDER, fact.number)]
        keys = [Key(Kind.RUN, fact.run)]
        if isinstance(fact, f.BuildFact):
            self._build(fact)
        elif isinstance(fact, f.RunDeviated) and fact.required and (run := self.runs.get(fact.run)):
            factor = Fraction(fact.numerator or 1, fact.denominator or 1)
            run.deviations.setdefault(fact.n, []).append(Deviation(fact.part, fact.amount, factor))
        elif isinstance(fact, f.RunMaterialScrapped) and not fact.drawn and (run := self.runs.get(fact.run)):
            run.thrown[fact.component] = run.thrown.get(fact.component, ZERO) + fact.amount
        into = getattr(fact, "into", None)
        return keys if into is None else [*keys, Key(Kind.RUN, into)]

    def _order(self, fact: f.OrderFact, at: Recorded) -> None:
        order = self.orders.get(fact.number)
        if order is None:
            order = self.orders[fact.number] = Order(fact.number)
        match fact:
            case f.OrderPlaced():
                order.held = fact.hold is not None
            case f.OrderAccepted():
                order.destination = fact.destination
                self._lines(order, fact.lines)
            case f.OrderHeld():
                order.held = True
            case f.OrderReleased():
                order.held = False
            case f.OrderAmended():
                order.destination = fact.destination
                self._lines(order, fact.lines)
                order.amended = (at.source, at.cause, frozenset(line.line for line in fact.lines))
            case f.OrderLineCancelled():
                _call_off(order, fact, at)
            case f.OrderLineDelivered():
                key = (fact.line, fact.schedule)
                sent = order.delivered.setdefault(key, {})
                sent[fact.shipment] = sent.get(fact.shipment, ZERO) + fact.amount
                order.damaged[key] = order.damaged.get(key, ZERO) + fact.damaged
            case _:
                pass

    def _lines(self, order: Order, lines: tuple[AcceptedLine, ...]) -> None:
        for line in lines:
            order.lines[line.line] = line
            for schedule in line.schedules:
                order.known[line.line, schedule.schedule] = None

    def _build(self, fact: f.BuildFact) -> None:
        if isinstance(fact, f.RunScheduled):
            self.runs[fact.run] = _run(fact)
            self.refused.discard(fact.run)
            return
        run = self.runs.get(fact.run)
        if isinstance(fact, f.RunRefused | f.RunSplitRefused) and run is None:
            self.refused.add(fact.run)
        elif run is not None:
            _follow(run, fact)
        if isinstance(fact, f.RunSplit):
            self.splits[fact.into] = _split(fact)
            self.offshoots.setdefault(fact.run, {})[fact.into] = None
        elif isinstance(fact, f.RunSplitUndone):
            self.splits.pop(fact.into, None)


def _run(fact: f.RunScheduled) -> Run:
    return Run(
        fact.run, fact.part, fact.site, fact.unit, fact.order, fact.revision, fact.options, fact.amount, fact.start,
        fact.due, fact.requirements, origin=fact.origin, configuration=fact.configuration,
    )


def _split(fact: f.RunSplit) -> Run:
    """What was split off, until its own first fact is read."""
    return Run(
        fact.into, fact.part, fact.site, fact.unit, fact.order, fact.revision, fact.options, fact.amount, fact.start,
        fact.due, fact.moved, fact.state if fact.state is RunState.SCHEDULED else RunState.FROZEN, fact.run,
        configuration=fact.configuration,
    )


def _follow(run: Run, fact: f.BuildFact) -> None:
    match fact:
        case f.RunRescheduled():
            run.start, run.due = fact.start, fact.due
            moved = fact.start - fact.was_start
            run.requirements = tuple(
                one if one.needed_by is None else one.model_copy(update={"needed_by": one.needed_by + moved})
                for one in run.requirements
            )
        case f.RunResized():
            run.amount, run.requirements = fact.amount, fact.requirements
        case f.RunFrozen():
            run.amount, run.requirements = fact.amount, fact.requirements
            run.state = RunState.FROZEN
        case f.RunSplit() | f.RunSplitUndone():
            run.amount, run.requirements = fact.left, fact.requirements
        case f.RunOutputReported():
            run.good += fact.good
            run.scrapped += fact.scrapped
        case f.RunOutputStored():
            run.stored += fact.amount
        case f.RunOutputUnstored():
            run.stored -= fact.amount
        case f.RunCompleted():
            run.good, run.scrapped = fact.good, fact.scrapped
            run.state = RunState.COMPLETED
        case f.RunCancelled():
            run.state = RunState.CANCELLED
        case f.RunStarted() | f.RunPaused() | f.RunResumed():
            _work(run, fact)
        case _:
            pass


def _work(run: Run, fact: f.RunStarted | f.RunPaused | f.RunResumed) -> None:
    if fact.current and not run.over:
        run.state = RunState.PAUSED if isinstance(fact, f.RunPaused) else RunState.STARTED


def _call_off(order: Order, fact: f.OrderLineCancelled, at: Recorded) -> None:
    """An amendment tells its lines without what it calls off; only what nothing told yet is taken away here."""
    line = order.lines.get(fact.line)
    told = order.amended is not None and order.amended[:2] == (at.source, at.cause) and fact.line in order.amended[2]
    if line is None or told:
        return
    gone = {called.schedule: called.amount for called in fact.schedules}
    left = tuple(
        one.model_copy(update={"amount": one.amount - gone.get(one.schedule, ZERO)})
        for one in line.schedules
        if one.amount > gone.get(one.schedule, ZERO)
    )
    order.lines[fact.line] = line.model_copy(update={"schedules": left})
