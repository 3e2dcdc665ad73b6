"""What the shop floor tells of a run's course: started, paused, resumed, completed, and what came out.

It may come out of order, twice, or when all is over. Nothing of it is refused: it happened. Work that is told of a run
that nobody started says that it had started: it is frozen and taken as started first, and the start that is told later
only adds its time. What is told of an earlier moment than the last is recorded as such (``current`` is false) and
leaves the state as it is.
"""

from collections import Counter
from decimal import Decimal
from typing import Any

from events.decision import Decided, Outcome
from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import ZERO, RunDiscrepancy, RunState
from events.values import plain
from services.order.backflushing import backflushed
from services.order.floor import Floor
from services.order.splitting import completed
from services.order.state import report_content


def start(floor: Floor) -> Outcome:
    """Work began. A run that isn't frozen is frozen first. One that was paused goes on."""
    run = floor.run
    if run.told_start:
        again = run.state is RunState.PAUSED and run.told_at is not None and floor.message.time > run.told_at
        return resume(floor) if again else floor.decided
    if run.begun or run.over:
        floor.record(f.RunStarted, current=False)
        _if_over(floor, "started")
        return floor.decided
    floor.freeze()
    floor.record(f.RunStarted)
    return floor.decided


def pause(floor: Floor, body: m.Paused) -> Outcome:
    """Work stopped."""
    return _turn(floor, f.RunPaused, RunState.PAUSED, body.reason)


def resume(floor: Floor) -> Outcome:
    """Work goes on."""
    return _turn(floor, f.RunResumed, RunState.STARTED, None)


def _turn(floor: Floor, kind: type[f.RunPaused] | type[f.RunResumed], to: RunState, reason: str | None) -> Outcome:
    run, said = floor.run, ({"reason": reason} if kind is f.RunPaused else {})
    if run.over:
        floor.record(kind, current=False, **said)
        _if_over(floor, "paused" if to is RunState.PAUSED else "resumed")
        return floor.decided
    concluded = not run.begun
    _begin(floor, "paused" if to is RunState.PAUSED else "resumed")
    late = not concluded and run.told_at is not None and floor.message.time < run.told_at
    if concluded or late or (run.state, run.told_at) != (to, floor.message.time):
        floor.record(kind, current=not late, **said)
    return floor.decided


def _begin(floor: Floor, what: str) -> None:
    """What is told implies that it started, if nobody said so."""
    if floor.run.begun or floor.run.over:
        return
    floor.freeze()
    floor.record(f.RunStarted, concluded=True)
    detail = f"{what} before anybody told that it started; it is taken as started"
    floor.note(RunDiscrepancy.BEFORE_START, detail)


def _if_over(floor: Floor, what: str, amount: Decimal | None = None) -> None:
    """Work on a run that is over, later than that."""
    run, time = floor.run, floor.message.time
    if run.state is RunState.CANCELLED:
        detail = f"{what} though the run was called off"
        floor.note(RunDiscrepancy.AFTER_CANCELLATION, detail, part=run.part, amount=amount, unit=run.unit)
    elif run.state is RunState.COMPLETED and (amount is not None or run.told_at is None or time > run.told_at):
        detail = f"{what} after the run was told to be completed"
        floor.note(RunDiscrepancy.AFTER_COMPLETION, detail, part=run.part, amount=amount, unit=run.unit)


def report(floor: Floor, body: m.OutputReported) -> Outcome:
    """So much was built, and with a backflush, so much used up for it."""
    run = floor.run
    good = floor.in_base(run.part, body.good, run.unit)
    scrapped = ZERO if body.scrapped is None else floor.in_base(run.part, body.scrapped, run.unit)
    if not good and not scrapped:
        return floor.decided
    said: dict[str, Any] = {
        "good": good, "scrapped": scrapped, "scrap_reason": body.scrap_reason, "lot": body.lot,
        "serials": body.serials, "to_location": body.to_location, "location": body.location or run.location,
        "report": body.report, "backflush": body.backflush, "revision": run.revision,
    }
    if body.report is not None and body.report in run.reports:
        return _again(floor, body.report, said)
    _begin(floor, "output was reported")
    over = max(run.built + good + scrapped - run.amount, ZERO) - max(run.built - run.amount, ZERO)
    taken = backflushed(floor, good + scrapped) if body.backflush else ()
    _check_serials(floor, body.serials, good)
    floor.record(f.RunOutputReported, **said, backflushed=taken)
    if over:
        detail = f"{plain(floor.run.built)} {run.unit} were built, where {plain(run.amount)} were to be"
        floor.note(RunDiscrepancy.OVER_OUTPUT, detail, part=run.part, amount=over, unit=run.unit)
    _if_over(floor, "output was reported", good + scrapped)
    if run.state is RunState.COMPLETED:
        completed(floor)
    return floor.decided


def _again(floor: Floor, number: str, said: dict[str, Any]) -> Decided:
    """The same report is one report. With other content, the first stands."""
    run = floor.run
    fact = f.RunOutputReported(
        run=floor.id, part=run.part, site=run.site, unit=run.unit, order=run.order_ref, **said,
    )
    if report_content(fact) != run.reports[number]:
        detail = f"report {number} was told before with other content; the first stands"
        floor.note(RunDiscrepancy.TOLD_TWICE, detail, part=run.part, amount=fact.good + fact.scrapped, unit=run.unit)
    return floor.decided


def _check_serials(floor: Floor, serials: tuple[str, ...], good: Decimal) -> None:
    run = floor.run
    again = sorted(one for one, times in Counter(serials).items() if one in run.serials or times > 1)
    if again:
        detail = f"serial numbers that are there twice: {', '.join(again[:20])}"
        floor.note(RunDiscrepancy.SERIALS, detail, part=run.part, amount=Decimal(len(again)), unit=run.unit)
    if serials and len(serials) != good:
        detail = f"{len(serials)} serial numbers for {plain(good)} {run.unit} that are good"
        floor.note(RunDiscrepancy.SERIALS, detail, part=run.part, amount=abs(len(serials) - good), unit=run.unit)


def complete(floor: Floor) -> Outcome:
    """Nothing more is built. A second time changes nothing."""
    run = floor.run
    if run.state is RunState.COMPLETED:
        return floor.decided
    if run.state is RunState.CANCELLED:
        _if_over(floor, "completed")
        return floor.decided
    _begin(floor, "completed")
    completed(floor)
    return floor.decided
