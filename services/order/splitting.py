"""A run that is split: so much of what it hasn't built yet becomes a run of its own.

Two streams are concerned, and each decides for itself: the run gives up a part (``RunSplit``), a command takes it to
the new run (``SplitOff``). If that can't be one, because the id is taken, the part comes back (``UndoSplit``). So at
any time, what is to be built is there once: in the one, in the other, or on its way between them.

The naive way rounds both sides' requirements by themselves, and asks for more than the whole had. Here what stays is
rounded up, and the rest goes: together they are what was there before, requirement by requirement.
"""

from decimal import Decimal
from fractions import Fraction

import msgspec

from events.decision import Decided, Outcome, Problem
from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import RunDiscrepancy, RunState
from events.units import round_up
from events.values import Quantity, plain
from services.order.checks import Desk, troubles
from services.order.floor import Floor
from services.order.order import choices
from services.order.run import Need, requirements_of
from services.order.state import run_content


def split(floor: Floor, body: m.SplitRun) -> Outcome:
    """Some must stay, and only what isn't built yet can go."""
    run = floor.run
    if run.over:
        return floor.refuse(Problem("run", f"the run is {run.state.value}", "split a run that isn't over"))
    amount = _wanted(floor, body)
    if isinstance(amount, Decided):
        return amount
    if body.into in run.splits:
        if run.splits[body.into] == amount:
            return Decided(())
        return floor.refuse(Problem("into", f"{body.into} was split off before, with another quantity", "another id"))
    if body.into == floor.id:
        return floor.refuse(Problem("into", "that is the run itself", "another id"))
    if amount > run.left or amount >= run.amount:
        most = f"less than {plain(run.amount)} {run.unit}, and at most the {plain(run.left)} that aren't built yet"
        return floor.refuse(Problem("quantity", f"{plain(amount)} {run.unit} can't be split off", most))
    left = run.amount - amount
    stays, goes = _divided(floor, left)
    floor.record(
        f.RunSplit, into=body.into, amount=amount, left=left, requirements=requirements_of(stays),
        moved=requirements_of(goes), revision=run.revision, options=choices(run.options), start=run.start, due=run.due,
        location=run.location, state=run.state, configuration=run.configuration,
    )
    return floor.decided


def _wanted(floor: Floor, body: m.SplitRun) -> Decimal | Decided:
    desk = Desk(floor.message, floor.reference)
    amount = desk.amount("quantity", floor.part(floor.run.part), body.quantity)
    return floor.refuse(*desk.problems) if amount is None else amount


def _divided(floor: Floor, left: Decimal) -> tuple[dict[int, Need], dict[int, Need]]:
    """Requirements of what stays, and of what goes. One whose rounding covers both sides stays whole."""
    stays: dict[int, Need] = {}
    goes: dict[int, Need] = {}
    for n, need in floor.run.needs.items():
        amount = min(need.amount, round_up(Fraction(left) * need.per, floor.places(need.part)))
        stays[n] = msgspec.structs.replace(need, amount=amount)
        if need.amount > amount:
            goes[n] = msgspec.structs.replace(need, amount=need.amount - amount, backflushed={}, deviations=[])
    return stays, goes


def split_off(floor: Floor, body: m.SplitOff) -> Outcome:
    """Become the new run, frozen if the old one is."""
    fact = f.RunScheduled(
        run=body.run, part=body.part, site=body.site, unit=body.quantity.unit, order=body.order, revision=body.revision,
        options=body.options, amount=body.quantity.amount, start=body.start, due=body.due,
        requirements=body.requirements, location=body.location, origin=body.origin, configuration=body.configuration,
    )
    known = floor.book.run
    if known is None:
        floor.add(fact)
        if body.frozen:
            floor.freeze()
        return floor.decided
    if known.content == run_content(fact):
        return Decided(())
    taken = Problem("into", f"a run {body.run} is there already", "split it off under another id")
    return Decided((f.RunSplitRefused(
        run=body.run, part=body.part, site=body.site, unit=body.quantity.unit, order=body.order, origin=body.origin,
        amount=body.quantity.amount, moved=body.requirements, problems=troubles([taken]),
    ),))


def undo_split(floor: Floor, body: m.UndoSplit) -> Outcome:
    """What couldn't be another run is built here after all."""
    run = floor.run
    if body.into not in run.splits:
        return Decided(())
    needs = {n: msgspec.structs.replace(need) for n, need in run.needs.items()}
    for one in body.requirements:
        if one.n in needs:
            needs[one.n].amount += one.amount
        else:
            needs[one.n] = Need(
                one.part, one.revision, one.amount, one.numerator, one.denominator, one.unit, one.needed_by
            )
    floor.record(
        f.RunSplitUndone, into=body.into, amount=body.quantity.amount, left=run.amount + body.quantity.amount,
        requirements=requirements_of(needs), state=run.state,
    )
    if run.over:
        told = Quantity(amount=body.quantity.amount, unit=run.unit)
        detail = f"{plain(told.amount)} {told.unit} came back from {body.into}; the run is {run.state.value}"
        floor.note(RunDiscrepancy.SPLIT_LATE, detail, part=run.part, amount=told.amount, unit=told.unit)
        if run.state is RunState.COMPLETED:
            completed(floor)
    return floor.decided


def completed(floor: Floor) -> None:
    """The run's sums at its end."""
    run = floor.run
    floor.record(f.RunCompleted, good=run.good, scrapped=run.scrapped, short=run.left)
