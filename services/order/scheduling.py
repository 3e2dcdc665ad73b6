"""Runs as they are planned: scheduled, moved in time, resized, called off, frozen. Until then, all may change."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from events.catalogue.explosion import CannotExplodeError, direct
from events.catalogue.parts import MakeOrBuy
from events.catalogue.records import PartRecord
from events.decision import Decided, Outcome, Problem
from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import Choice, RunDiscrepancy, RunRequirement, RunState, configuration_of, unlike
from events.units import round_up
from events.values import plain
from services.order.accepting import as_ordered
from services.order.checks import Desk, pairs
from services.order.floor import Floor
from services.order.run import Need, Run, requirements_of
from services.order.state import run_content


def schedule(floor: Floor, body: m.ScheduleRun) -> Outcome:
    """A new run. The same again, in the same words, is a repeat."""
    desk = Desk(floor.message, floor.reference)
    part = desk.part("part", body.part, ordered=False, retired=body.order is not None)
    site = desk.site("site", body.site)
    desk.lacks(*floor.reference.missing(site=body.site, location=body.location))
    if body.start > body.due:
        desk.wrong("due", "it is due before it starts", "a due time that isn't before its start")
    desk.known()
    assert part is not None
    assert site is not None
    revision = desk.revision("revision", part, body.revision, body.start)
    amount = desk.amount("quantity", part, body.quantity)
    needs = _required(desk, body, part, revision, amount)
    desk.known()
    if desk.problems or amount is None:
        return Decided((floor.refusal(body.part, body.site, part.unit, desk.problems),))
    fact = f.RunScheduled(
        run=body.run, part=body.part, site=body.site, unit=part.unit, order=body.order, revision=revision,
        options=body.options, amount=amount, start=body.start, due=body.due, requirements=needs,
        location=body.location, configuration=_configuration(desk, body, part, revision),
    )
    return _new(floor, fact)


def _configuration(desk: Desk, body: m.ScheduleRun, part: PartRecord, revision: str | None) -> str | None:
    """As what it is built, where somebody chose. With requirements of its own it is like no other run."""
    if body.configuration is not None or not body.options:
        return body.configuration
    told = body.requirements is not None
    components = None if told else as_ordered(desk, "run", part, revision, body.options, body.site)
    if components is None:
        return unlike(part.id, body.run)
    return configuration_of(part.id, revision, components)


def _new(floor: Floor, fact: f.RunScheduled) -> Decided:
    known = floor.book.run
    if known is None:
        floor.add(fact)
        return floor.decided
    if known.content == run_content(fact):
        return Decided(())
    return floor.refuse(
        Problem("run", f"run {floor.id} was scheduled before, differently", "another id, or a change of this run")
    )


def _required(
    desk: Desk, body: m.ScheduleRun, part: PartRecord, revision: str | None, amount: Decimal | None
) -> tuple[RunRequirement, ...]:
    if body.requirements is not None:
        check_requirements(desk, body.requirements)
        return body.requirements
    whole = amount if amount is not None else body.quantity.amount
    return _exploded(desk, part, whole, body.start, revision, body.site, body.options)


def _exploded(
    desk: Desk, part: PartRecord, amount: Decimal, at: datetime, revision: str | None, site: str,
    options: tuple[Choice, ...],
) -> tuple[RunRequirement, ...]:
    """What the bill that holds at a time asks for."""
    chosen = pairs(options)
    lines = desk.bill("options", part, chosen, at, site, revision)
    if lines is None or part.make_or_buy is MakeOrBuy.BUY:
        return ()
    if not lines:
        desk.wrong("part", f"no bill says what {part.id} is built of", "define its bill, or say the requirements")
        return ()
    try:
        needs = direct(desk.reference, part.id, at, revision=revision, site=site, choices=chosen)
    except CannotExplodeError as error:
        desk.cannot_explode("part", error)
        return ()
    found = []
    for n, need in enumerate(needs, 1):
        component = desk.reference.part(need.part)
        assert component is not None, "what was exploded is known"
        found.append(RunRequirement(
            n=n, part=need.part, revision=need.revision, unit=component.unit, numerator=need.per.numerator,
            denominator=need.per.denominator, amount=round_up(Fraction(amount) * need.per, component.places),
        ))
    return tuple(found)


def check_requirements(desk: Desk, requirements: tuple[RunRequirement, ...]) -> None:
    """Requirements that were given: of known parts, in their base units, each number once."""
    seen: set[int] = set()
    for index, one in enumerate(requirements):
        field = f"requirements.{index}"
        component = desk.reference.part(one.part)
        if component is None:
            desk.lacks(f"part/{one.part}")
        elif component.unit != one.unit:
            desk.wrong(f"{field}.unit", f"{one.part} is counted in {component.unit}", f"so many {component.unit}")
        if one.n in seen:
            desk.wrong(f"{field}.n", f"requirement {one.n} is there twice", "a number of its own for each")
        seen.add(one.n)


def reschedule(floor: Floor, body: m.RescheduleRun) -> Outcome:
    """Dates may change as long as it isn't over; its start, until it started."""
    run = floor.run
    problems = []
    if run.over:
        problems.append(_over(run, "run"))
    if body.start > body.due:
        problems.append(Problem("due", "it is due before it starts", "a due time that isn't before its start"))
    if run.begun and not run.over and body.start != run.start:
        problems.append(Problem("start", "it has started", f"leave the start at {run.start.isoformat()}"))
    if problems:
        return floor.refuse(*problems)
    if (body.start, body.due) != (run.start, run.due):
        floor.record(f.RunRescheduled, start=body.start, due=body.due, was_start=run.start, was_due=run.due)
    return floor.decided


def resize(floor: Floor, body: m.ResizeRun) -> Outcome:
    """Another quantity, with the requirements that are given, or those it has in proportion."""
    run, desk = floor.run, Desk(floor.message, floor.reference)
    if run.state is not RunState.SCHEDULED:
        return floor.refuse(_over(run, "run") if run.over else _frozen(run, "quantity"))
    check_requirements(desk, body.requirements or ())
    desk.known()
    amount = desk.amount("quantity", floor.part(run.part), body.quantity)
    if desk.problems or amount is None:
        return floor.refuse(*desk.problems)
    needs = body.requirements
    if needs is None:
        needs = requirements_of({n: _scaled(floor, need, amount) for n, need in run.needs.items()})
    if amount != run.amount or needs != requirements_of(run.needs):
        floor.record(f.RunResized, amount=amount, was=run.amount, requirements=needs)
    return floor.decided


def _scaled(floor: Floor, need: Need, amount: Decimal) -> Need:
    rounded = round_up(Fraction(amount) * need.per, floor.places(need.part))
    return Need(
        need.part, need.revision, rounded, need.numerator, need.denominator, need.unit, need.needed_by
    )


def cancel(floor: Floor, body: m.CancelRun) -> Outcome:
    """Only until it is frozen. What it had been given has to come back."""
    run = floor.run
    if run.state is RunState.CANCELLED:
        return Decided(())
    if run.state is not RunState.SCHEDULED:
        return floor.refuse(_over(run, "run") if run.over else _frozen(run, "run"))
    floor.record(f.RunCancelled, amount=run.amount, reason=body.reason)
    for part, material in sorted(floor.book.materials.items()):
        if material.net > 0:
            detail = f"{plain(material.net)} {material.unit} of {part} are in run {floor.id}, which was called off"
            floor.note(RunDiscrepancy.MATERIAL_LEFT, detail, part=part, amount=material.net, unit=material.unit)
    return floor.decided


def freeze(floor: Floor) -> Outcome:
    """A second time changes nothing."""
    if floor.run.state is RunState.CANCELLED:
        return floor.refuse(_over(floor.run, "run"))
    floor.freeze()
    return floor.decided


def _over(run: Run, field: str) -> Problem:
    if run.state is RunState.CANCELLED:
        return Problem(field, "the run is called off", "schedule another run, under another id")
    return Problem(field, "the run is completed", "schedule another run, under another id")


def _frozen(run: Run, field: str) -> Problem:
    remedy = "let it go on, split it, or tell that it is completed with less"
    return Problem(field, f"the run is {run.state.value}: what it builds is fixed", remedy)
