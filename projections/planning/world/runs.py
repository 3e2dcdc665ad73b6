"""How far runs are, and what each still needs: orders' part and planning's own put together.

Of a run that the planner asked for, what it asked last counts until the order service has answered; then the service's
word does. A person may ask for something else meanwhile: so what the planner asked counts only while the run is as it
was when it asked, or as it was before one of the changes that led there.

What a requirement has taken is read from inventory alone: issued less returned. Requirements of one part in one run
take turns. What the shop floor threw away of it has to be taken again; what it replaced by another part hasn't.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from events.orders.shapes import RunRequirement, RunState
from events.units import round_up
from projections.planning.world import orders, planned, wants
from projections.planning.world.orders import OrderPart
from projections.planning.world.plan import PlanPart
from projections.planning.world.stock import StockPart
from projections.planning.world.views import Required, RunView

ZERO: Final = Decimal(0)


def run_view(order_part: OrderPart, plan: PlanPart, stock: StockPart, run: str) -> RunView | None:
    """A run as it is; None when there is none, or never was to be."""
    asked = plan.runs.get(run)
    had = order_part.runs.get(run) or order_part.splits.get(run)
    if had is None:
        gone = asked is None or asked.withdrawn or run in order_part.refused
        return None if gone or asked is None else _asked(asked, _urgency(order_part, plan, asked))
    stored = max(had.stored, stock.produced.get((run, had.part), ZERO))
    withdrawn = asked is not None and asked.withdrawn and not had.fixed
    over = had.over or withdrawn
    target = had.good if had.state is RunState.COMPLETED else had.amount - had.scrapped
    gone = withdrawn or had.state is RunState.CANCELLED
    planned_as = _planned_as(plan, order_part, had)
    built_as = None if planned_as is None else planned_as.configuration
    view = RunView(
        run, had.part, had.site, had.unit, had.revision, had.options, had.order, had.amount, had.start, had.due,
        had.requirements, _urgency(order_part, plan, planned_as), ZERO if gone else max(ZERO, target - stored),
        ours=asked is not None, firm=True, fixed=had.fixed, over=over,
        started=had.state in (RunState.STARTED, RunState.PAUSED, RunState.COMPLETED), proposed=False,
        configuration=None if had.deviations else had.configuration or built_as,
    )
    return view if asked is None or over or view.started else _awaited(view, had, asked, stored)


def _planned_as(plan: PlanPart, order_part: OrderPart, had: orders.Run) -> planned.PlannedRun | None:
    """What it was planned as; what somebody split off is as urgent, and the same, as what it was split off."""
    seen: set[str] = set()
    run: orders.Run | None = had
    while run is not None and run.run not in seen:
        seen.add(run.run)
        if (asked := plan.runs.get(run.run)) is not None:
            return asked
        run = None if run.origin is None else order_part.runs.get(run.origin)
    return None


def _urgency(order_part: OrderPart, plan: PlanPart, asked: planned.PlannedRun | None) -> int:
    """As urgent as the order that it is built for is now, over all levels; else as it was planned."""
    above, seen = asked, set[str]()
    while above is not None and above.run not in seen:
        seen.add(above.run)
        if above.requirement.startswith("order/"):
            ref = wants.reference_of(above.requirement)
            order = order_part.orders.get(ref.number)
            line = order.lines.get(ref.line) if order is not None else None
            return above.priority if line is None else line.priority
        above = plan.runs.get(above.requirement.removeprefix("run/").rpartition("/")[0])
    return 0 if asked is None else asked.priority


def built_for(order_part: OrderPart, plan: PlanPart, requirement: str) -> list[str]:
    """The runs that were planned for a requirement, on all levels, and what was split off them."""
    found, waiting = dict[str, None](), list(plan.built_for.get(requirement, ()))
    while waiting:
        run = waiting.pop()
        if run not in found:
            found[run] = None
            waiting += order_part.offshoots.get(run, ())
            waiting += [one for below in plan.of_run.get(run, ()) for one in plan.built_for.get(below, ())]
    return list(found)


def _asked(asked: planned.PlannedRun, priority: int) -> RunView:
    """A run of which the order service hasn't said anything yet."""
    return RunView(
        asked.run, asked.part, asked.site, asked.unit, asked.revision, asked.options, asked.order, asked.amount,
        asked.start, asked.due, asked.requirements, priority, asked.amount, ours=True, firm=False, fixed=False,
        started=False, over=False, proposed=asked.proposed, configuration=asked.configuration,
    )


def _awaited(view: RunView, had: orders.Run, asked: planned.PlannedRun, stored: Decimal) -> RunView:
    """What the planner asked for last stands for what it will be, while the run is still as it was when it asked."""
    if (had.start, had.due) in [before for before, _ in asked.moves]:
        view = replace(view, start=asked.start, due=asked.due)
    if had.amount in [before for before, _ in asked.sizes] and not had.fixed:
        output = max(ZERO, asked.amount - had.scrapped - stored)
        view = replace(view, amount=asked.amount, requirements=asked.requirements, output=output)
    return view


def requirements(
    view: RunView, order_part: OrderPart, plan: PlanPart, stock: StockPart
) -> Iterator[Required]:
    """What a run still needs, in order of its requirements."""
    if view.over:
        return
    had = order_part.runs.get(view.run)
    direct = _direct(view, plan, stock)
    for one in view.requirements:
        thrown = had.thrown.get(one.part, ZERO) if had is not None else ZERO
        taken = min(one.amount, max(ZERO, direct.get(one.part, ZERO) - thrown))
        direct[one.part] = direct.get(one.part, ZERO) - taken
        need = one.amount - taken - _instead(view, one, had, plan, stock)
        if need > 0:
            yield Required(
                view.requirement(one.n), one.part, view.site, one.unit, need, one.needed_by or view.start,
                view.priority, view.run, one.revision, view.part, view.run, frozen=view.fixed,
                waiting=view.proposed,
            )


def _direct(view: RunView, plan: PlanPart, stock: StockPart) -> dict[str, Decimal]:
    """What was issued of each part that is required, but for what was issued as another one's substitute."""
    found = {one.part: stock.issued.get((view.run, one.part), ZERO) for one in view.requirements}
    for one in view.requirements:
        for peg in _substitutes(view, one, plan):
            if peg.part in found:
                found[peg.part] -= stock.claim(peg.id).used
    return found


def _substitutes(view: RunView, one: RunRequirement, plan: PlanPart) -> list[planned.Peg]:
    pegs = plan.by_requirement.get(view.requirement(one.n), {})
    return [plan.pegs[id] for id in sorted(pegs) if plan.pegs[id].part != one.part]


def _instead(
    view: RunView, one: RunRequirement, had: orders.Run | None, plan: PlanPart, stock: StockPart
) -> Decimal:
    """How much of a requirement other parts have served, by the planner's pegs or by the shop floor's own choice."""
    used: dict[tuple[str, Fraction], Decimal] = {}
    for peg in _substitutes(view, one, plan):
        key = (peg.part, peg.factor)
        used[key] = used.get(key, ZERO) + stock.claim(peg.id).used
    told: dict[tuple[str, Fraction], Decimal] = {}
    for deviation in had.deviations.get(one.n, []) if had is not None else []:
        key = (deviation.part, deviation.factor)
        told[key] = told.get(key, ZERO) + deviation.amount
    total = Fraction(0)
    for key in sorted({*used, *told}):
        total += Fraction(max(used.get(key, ZERO), told.get(key, ZERO))) / key[1]
    return round_up(total) if total else ZERO
