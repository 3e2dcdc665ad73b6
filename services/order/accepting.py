"""A line as it is ordered becomes one as it is accepted, with its as-ordered bill; or all that is wrong with it.

The bill is taken as it holds when the line is ordered, all the way down, phantoms marked. It stays what it is: only an
amendment of options or site takes it anew.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from events.catalogue import explosion
from events.catalogue.explosion import CannotExplodeError, explode
from events.catalogue.parts import MakeOrBuy
from events.catalogue.records import PartRecord, SiteRecord
from events.orders.shapes import (
    AcceptedLine,
    AcceptedSchedule,
    Choice,
    Component,
    OrderLine,
    ScheduleLine,
    configuration_of,
)
from events.values import Quantity
from services.order.checks import Desk, pairs

MOST_COMPONENTS: Final = 10_000
"""Of all lines' bills in one fact, which must stay small enough to be published (``infra/kafka/topics.py``)."""


def accepted(desk: Desk, field: str, line: OrderLine, priority: int) -> AcceptedLine | None:
    """The line, unless something is wrong with it or not known yet."""
    before = len(desk.problems)
    part = desk.part(f"{field}.part", line.part, ordered=True)
    site = desk.site(f"{field}.site", line.site)
    if part is None or site is None:
        return None
    revision = desk.revision(f"{field}.revision", part, line.revision, desk.time)
    schedules = accepted_schedules(desk, f"{field}.schedules", part, site, line.schedules)
    components = as_ordered(desk, field, part, revision, line.options, site.id)
    if len(desk.problems) > before or components is None:
        return None
    return AcceptedLine(
        line=line.line, part=part.id, unit=part.unit, revision=revision, options=line.options, site=site.id,
        priority=priority if line.priority is None else line.priority, own_priority=line.priority is not None,
        schedules=schedules, configuration=configuration_of(part.id, revision, components), components=components,
        personalisation=line.personalisation,
    )


def not_too_many(desk: Desk, field: str, lines: Iterable[AcceptedLine]) -> None:
    """All bills of what is ordered, or changed, at once."""
    count = sum(len(line.components) for line in lines)
    if count > MOST_COMPONENTS:
        problem = f"the bills of these lines have {count} components together, and {MOST_COMPONENTS} may be at once"
        desk.wrong(field, problem, "fewer lines at once: the others by AmendOrder, or as an order of their own")


def twice(desk: Desk, field: str, name: str, numbers: Iterable[int]) -> None:
    """Each number once."""
    seen: set[int] = set()
    for index, number in enumerate(numbers):
        if number in seen:
            desk.wrong(f"{field}.{index}.{name}", f"{name} {number} is there twice", "a number of its own for each")
        seen.add(number)


def accepted_schedules(
    desk: Desk, field: str, part: PartRecord, site: SiteRecord, told: Sequence[ScheduleLine]
) -> tuple[AcceptedSchedule, ...]:
    """How much by when; a day before the order is wrong."""
    twice(desk, field, "schedule", (one.schedule for one in told))
    found, today = [], desk.day(site)
    for index, one in enumerate(told):
        amount = desk.amount(f"{field}.{index}.quantity", part, one.quantity)
        if one.wanted < today:
            problem = f"{one.wanted} is before the day it is ordered"
            desk.wrong(f"{field}.{index}.wanted", problem, f"{today} or later")
        if amount is not None:
            other = one.quantity.unit != part.unit
            as_told = Quantity(amount=one.quantity.amount, unit=one.quantity.unit) if other else None
            found.append(AcceptedSchedule(schedule=one.schedule, amount=amount, told=as_told, wanted=one.wanted))
    return tuple(found)


def as_ordered(
    desk: Desk, field: str, part: PartRecord, revision: str | None, options: Sequence[Choice], site: str
) -> tuple[Component, ...] | None:
    """The bill, all the way down; none when there is something wrong with it. What suppliers make has none."""
    chosen = pairs(options)
    lines = desk.bill(f"{field}.options", part, chosen, desk.time, site, revision)
    if lines is None or part.phantom:
        return None
    if part.make_or_buy is MakeOrBuy.BUY:
        return ()
    if part.make_or_buy is MakeOrBuy.MAKE and not lines:
        desk.wrong(f"{field}.part", f"we make {part.id}, and no bill says of what", "define its bill, then order it")
        return None
    try:
        exploded = explode(desk.reference, part.id, desk.time, revision=revision, site=site, choices=chosen)
    except CannotExplodeError as error:
        desk.cannot_explode(f"{field}.part", error)
        return None
    return _numbered(exploded.components)


def _numbered(lines: Iterable[explosion.Component]) -> tuple[Component, ...]:
    """Each with the number of what it goes into: the last one a level above."""
    above = [0]
    found = []
    for n, one in enumerate(lines, 1):
        del above[one.level:]
        found.append(Component.trusted(
            n=n, parent=above[-1], level=one.level, part=one.part, revision=one.revision,
            numerator=one.per.numerator, denominator=one.per.denominator, phantom=one.phantom, leaf=one.leaf,
        ))
        above.append(n)
    return tuple(found)
