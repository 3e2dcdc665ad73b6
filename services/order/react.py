"""What other streams and domains have to be told of a fact about a run."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from events.decision import Recorded
from events.inventory.commands import BackflushStock, ExpectOutput, StockOutput
from events.model import Command, Fact
from events.orders import facts as f
from events.orders.messages import FollowRun, SplitOff, UndoSplit
from events.orders.shapes import RunState
from events.values import Quantity, Some


def react(fact: Fact, _at: Recorded) -> Sequence[Command]:
    """The commands that follow: the same for the same fact, always."""
    match fact:
        case f.RunScheduled():
            return (*_expect(fact.run, fact.part, fact.site, fact.configuration),
                    *_follow(fact, RunState.SCHEDULED, fact.amount))
        case f.RunDeviated(builds=str() as part):
            return _expect(fact.run, part, fact.site, fact.configuration)
        case f.RunFrozen():
            return _follow(fact, RunState.FROZEN, fact.amount)
        case f.RunCancelled():
            return _follow(fact, RunState.CANCELLED, Decimal(0))
        case f.RunCompleted():
            return _follow(fact, RunState.COMPLETED, fact.good)
        case f.RunSplit():
            return (*_follow(fact, fact.state, fact.left), _split_off(fact))
        case f.RunSplitRefused():
            return (UndoSplit(
                run=fact.origin, into=fact.run, quantity=Some(amount=fact.amount, unit=fact.unit),
                requirements=fact.moved,
            ),)
        case f.RunSplitUndone():
            return _follow(fact, fact.state, fact.left)
        case f.RunOutputReported():
            return (*_backflush(fact), *_store(fact))
        case _:
            return ()


def _expect(run: str, part: str, site: str, configuration: str | None) -> Sequence[Command]:
    """Inventory hears that what comes of a run isn't like any other of its part."""
    if configuration is None:
        return ()
    return (ExpectOutput(part=part, site=site, run=run, configuration=configuration),)


def _follow(fact: f.BuildFact, state: RunState, amount: Decimal) -> Sequence[Command]:
    """The order hears of its runs."""
    order = fact.order
    if order is None:
        return ()
    return (FollowRun(
        number=order.number, line=order.line, schedule=order.schedule, run=fact.run, state=state,
        quantity=Quantity(amount=amount, unit=fact.unit),
    ),)


def _split_off(fact: f.RunSplit) -> SplitOff:
    return SplitOff(
        run=fact.into, origin=fact.run, part=fact.part, revision=fact.revision, options=fact.options,
        quantity=Some(amount=fact.amount, unit=fact.unit), site=fact.site, start=fact.start, due=fact.due,
        order=fact.order, requirements=fact.moved, location=fact.location, frozen=fact.state is not RunState.SCHEDULED,
        configuration=fact.configuration,
    )


def _backflush(fact: f.RunOutputReported) -> Iterator[Command]:
    """What was used up leaves stock."""
    for one in fact.backflushed:
        yield BackflushStock(
            part=one.part, site=fact.site, run=fact.run, quantity=Some(amount=one.amount, unit=one.unit),
            location=fact.location, n=one.n,
        )


def _store(fact: f.RunOutputReported) -> Iterator[Command]:
    """What is good comes into stock: each serial number by itself, the rest together."""
    if fact.to_location is None:
        return
    numbered = fact.serials[: int(fact.good)]
    for serial in (*numbered, None):
        amount = Decimal(1) if serial is not None else fact.good - len(numbered)
        if amount > 0:
            yield StockOutput(
                part=fact.part, site=fact.site, run=fact.run, quantity=Some(amount=amount, unit=fact.unit),
                location=fact.to_location, revision=fact.revision, lot=fact.lot, serial=serial,
            )
