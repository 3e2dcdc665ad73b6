"""Planning a run: what it needs of the level right below, and when it is to start.

Phantoms aren't built: what they are made of goes straight into the run. But what is left of a phantom on the shelf is
used first, and only the rest is taken apart. A run for a customer's line is built by the bill as it was ordered, and so
is each run for a component of it; any other by the bill that holds now.

The run starts as late as lets it be done when it is needed, by working days of the plant, but not before now. Whether
its material is there by then shows once that is decided (``timing``).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from events.catalogue.explosion import CannotExplodeError, explode
from events.orders.shapes import Choice, Component, OrderRef, RunRequirement
from events.planning import moves as g
from events.planning.shapes import DecisionStatus, SupplyKey, SupplyKind
from events.units import round_up
from projections.planning.shapes import Candidate
from projections.planning.steps.draft import Draft
from projections.planning.times import backward, build_days, forward
from projections.planning.world import wants
from projections.planning.world.views import Required

ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Bill:
    """What something is built of, all the way down, and which line of it is to be built; 0 is the whole."""

    components: tuple[Component, ...]
    top: int
    revision: str | None
    options: tuple[Choice, ...] = ()
    order: OrderRef | None = None
    configuration: str | None = None

    def below(self, n: int) -> list[Component]:
        return [one for one in self.components if one.parent == n]


def build(
    draft: Draft, found: Required, candidate: Candidate, amount: Decimal, decision: str, status: DecisionStatus
) -> tuple[SupplyKey, datetime]:
    """Plan a run for a requirement; answers its output, and when that comes."""
    run, site = draft.id("R"), found.site
    bill = bill_for(draft, found, candidate.part)
    part = draft.parts.reference.part(candidate.part)
    start, due = times_for(draft, candidate.part, site, found.needed_by)
    draft.plan_run(g.RunPlanned.trusted(
        run=run, part=candidate.part, site=site, unit=part.unit if part is not None else found.unit, order=bill.order,
        decision=decision, revision=bill.revision, options=bill.options, amount=amount, start=start, due=due,
        requirements=needs(draft, bill, site, amount), priority=found.priority, status=status,
        configuration=bill.configuration,
    ))
    for requirement in draft.joins.needs_of_run.get(run, ()):
        draft.want(requirement, found.id)
    return SupplyKey.run(run), due


def times_for(draft: Draft, part: str, site: str, needed_by: datetime) -> tuple[datetime, datetime]:
    """As late as is in time; from now, when that has passed."""
    reference, days = draft.parts.reference, build_days(draft.parts.reference, part)
    start = backward(reference, site, needed_by, days)
    if start >= draft.now:
        return start, forward(reference, site, start, days)
    return draft.now, forward(reference, site, draft.now, days)


def bill_for(draft: Draft, found: Required, part: str) -> Bill:
    """By which bill a requirement is built: the customer's, as far as it goes back to one."""
    traced = _traced(draft, found, part)
    if traced is not None:
        return traced
    reference = draft.parts.reference
    try:
        explosion = explode(reference, part, draft.now, revision=found.revision, site=found.site)
    except CannotExplodeError:
        return Bill((), 0, found.revision)
    numbers: dict[tuple[str, ...], int] = {(part,): 0}
    components: list[Component] = []
    for n, one in enumerate(explosion.components, 1):
        parent = _parent(numbers, one.path)
        numbers[one.path] = n
        components.append(Component.trusted(
            n=n, parent=parent, level=one.level, part=one.part, revision=one.revision,
            numerator=one.per.numerator, denominator=one.per.denominator, phantom=one.phantom, leaf=one.leaf,
        ))
    return Bill(tuple(components), 0, explosion.revision)


def _parent(numbers: dict[tuple[str, ...], int], path: tuple[str, ...]) -> int:
    return numbers.get(path[:-1], 0)


def _traced(draft: Draft, found: Required, part: str) -> Bill | None:
    """The customer's bill, if the requirement is a customer's or a component of a run by it."""
    if found.order is not None:
        line = wants.schedule_of(draft.parts, found.order)
        if line is None or line[1].part != part:
            return None
        return Bill(
            line[1].components, 0, line[1].revision, line[1].options, found.order,
            wants.configuration_of(found.order.number, line[1]),
        )
    if found.run is None:
        return None
    components = _ordered_bill(draft, found.run)
    number = int(found.id.rpartition("/")[2])
    own = next((one for one in components if one.n == number and one.part == part), None)
    return None if own is None or own.leaf else Bill(components, number, own.revision)


def _ordered_bill(draft: Draft, run: str) -> tuple[Component, ...]:
    """The bill that a run goes back to: runs by it number their requirements as it does."""
    seen: set[str] = set()
    while run not in seen:
        seen.add(run)
        planned = draft.plan.runs.get(run)
        if planned is None:
            return ()
        if planned.requirement.startswith("order/"):
            line = wants.schedule_of(draft.parts, wants.reference_of(planned.requirement))
            return () if line is None else line[1].components
        if not planned.requirement.startswith("run/"):
            return ()
        run = planned.requirement.removeprefix("run/").rpartition("/")[0]
    return ()


def needs(draft: Draft, bill: Bill, site: str, amount: Decimal) -> tuple[RunRequirement, ...]:
    """What so much of it needs of the level below, leftovers of phantoms first."""
    shelf: dict[str, Decimal] = {}
    found: list[RunRequirement] = []
    waiting = [(one, Fraction(amount), Fraction(1)) for one in reversed(bill.below(bill.top))]
    while waiting:
        one, parents, each = waiting.pop()
        per = each * Fraction(one.numerator, one.denominator)
        wanted = parents * Fraction(one.numerator, one.denominator)
        below = bill.below(one.n) if one.phantom else []
        if not below:
            found.append(_requirement(draft, one, wanted, per))
            continue
        left = _leftover(draft, one.part, site, wanted, shelf)
        if left:
            found.append(_requirement(draft, one, Fraction(left), per))
        if wanted > left:
            waiting.extend((child, wanted - Fraction(left), per) for child in reversed(below))
    return tuple(found)


def _requirement(draft: Draft, one: Component, wanted: Fraction, per: Fraction) -> RunRequirement:
    part = draft.parts.reference.part(one.part)
    return RunRequirement.trusted(
        n=one.n, part=one.part, revision=one.revision, amount=round_up(wanted, part.places if part is not None else 0),
        numerator=per.numerator, denominator=per.denominator, unit=part.unit if part is not None else "C62",
    )


def _leftover(draft: Draft, part: str, site: str, wanted: Fraction, shelf: dict[str, Decimal]) -> Decimal:
    """What lies there of a phantom and nobody claims, in whole steps of its places; each piece is used once."""
    if part not in shelf:
        shelf[part] = sum(
            (one.free for one in draft.plant.supplies(part, site)
             if one.key.kind is SupplyKind.STOCK and not one.custom), ZERO
        )
    record = draft.parts.reference.part(part)
    step = Fraction(1, 10 ** (record.places if record is not None else 0))
    usable = min(Fraction(shelf[part]), wanted) // step * step
    taken = round_up(usable)
    shelf[part] -= taken
    return taken
