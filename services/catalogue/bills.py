"""Checks of bills of material.

**What is a cycle?** An explosion follows the lines that are effective at one moment. So parts contain themselves when,
and only when, there is a moment at which every line of the circle is effective: the periods of all its lines must
overlap. A → B until May and B → A from June is two bills, not a cycle. Revisions and sites aren't told apart: parts
are netted level by level, and a part that is built from its own older revision is rework, not a bill.

The naive search walks every path, and they multiply with each level. Here a part is looked into again only for a
period that no earlier visit covered.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from events.catalogue.conversion import find_factor
from events.catalogue.messages import DefineBill
from events.catalogue.parts import BillLine
from events.catalogue.records import ALWAYS, FOREVER, LineRecord
from events.catalogue.reference import Reference
from events.decision import Problem
from services.catalogue.checks import Checked

Period = tuple[datetime, datetime]
ALL_TIME: Final = (ALWAYS, FOREVER)


def bill(reference: Reference, body: DefineBill) -> Checked:
    components = [(f"lines[{index}].component", one.component, period_of(one)) for index, one in enumerate(body.lines)]
    return Checked(
        list(lines_in_itself(body.part, body.lines, "lines")), list(_missing(reference, body)),
        lambda: list(cycles(reference, body.part, components)),
    )


def period_of(line: BillLine | LineRecord) -> Period:
    """When a line goes in."""
    return (line.effective_from or ALWAYS, line.effective_to or FOREVER)


def _shared(one: Period, other: Period) -> Period | None:
    """The overlap of two half-open periods."""
    start, end = max(one[0], other[0]), min(one[1], other[1])
    return (start, end) if start < end else None


def lines_in_itself(part: str, lines: Sequence[BillLine], field: str) -> Iterator[Problem]:
    """What is wrong with lines, whatever else is known."""
    numbers: set[int] = set()
    before: dict[tuple[str, str | None], list[BillLine]] = {}
    for index, line in enumerate(lines):
        at = f"{field}[{index}]."
        if line.line in numbers:
            yield Problem(f"{at}line", f"there is another line {line.line}", "give each line its own number")
        numbers.add(line.line)
        if line.component == part:
            yield Problem(f"{at}component", f"{part} can't be a component of itself", "name another part")
        alike = before.setdefault((line.component, line.find), [])
        for other in alike:
            if _double(line, other):
                yield Problem(
                    f"{at}component", f"line {other.line} has {line.component} too, at an overlapping time",
                    "end one before the other begins, or tell them apart by their find numbers",
                )
                break
        alike.append(line)


def _double(line: BillLine, other: BillLine) -> bool:
    somewhere = line.site == other.site or line.site is None or other.site is None
    return somewhere and _shared(period_of(line), period_of(other)) is not None


def _missing(reference: Reference, body: DefineBill) -> Iterator[str]:
    yield from _part(reference, body.part, body.revision)
    yield from reference.missing(site=body.site)
    yield from lines_missing(reference, body.lines)


def lines_missing(reference: Reference, lines: Sequence[BillLine]) -> Iterator[str]:
    """What lines name that isn't known."""
    for line in lines:
        yield from _part(reference, line.component, line.component_revision)
        yield from reference.missing(site=line.site)
        known, unit = reference.part(line.component), line.quantity.unit
        if known is not None and find_factor(known, unit, line.effective_from) is None:
            yield f"conversion/{line.component}/{unit}"


def _part(reference: Reference, id: str, revision: str | None) -> Iterator[str]:
    known = reference.part(id)
    if known is None:
        yield f"part/{id}"
    elif revision is not None and all(one.revision != revision for one in known.revisions):
        yield f"revision/{id}/{revision}"


def cycles(reference: Reference, part: str, components: Iterable[tuple[str, str, Period]]) -> Iterator[Problem]:
    """Where a part would contain itself by these components: each with its field and when it goes in."""
    if not reference.where_used(part):
        return
    covered: dict[str, list[Period]] = {}
    for field, component, period in components:
        path = _way_back(reference, part, component, period, covered)
        if path:
            circle = " > ".join((part, *path))
            yield Problem(
                field, f"{part} would contain itself: {circle}",
                "take one of these lines out, or end it before the others begin",
            )


def _way_back(
    reference: Reference, part: str, component: str, period: Period, covered: dict[str, list[Period]]
) -> tuple[str, ...] | None:
    """The parts from a component down to ``part`` itself, when some moment allows all of them."""
    waiting: list[tuple[tuple[str, ...], Period]] = [((component,), period)]
    while waiting:
        path, period = waiting.pop()
        if path[-1] == part:
            return path
        seen = covered.setdefault(path[-1], [])
        if any(start <= period[0] and period[1] <= end for start, end in seen):
            continue
        seen.append(period)
        for below, when in _below(reference, path[-1]):
            if shared := _shared(period, when):
                waiting.append(((*path, below), shared))
    return None


def _below(reference: Reference, part: str) -> Iterator[tuple[str, Period]]:
    """All that may go into a part, by its bills or by choice, and when."""
    for bill in reference.bills(part):
        yield from ((line.component, period_of(line)) for line in bill.lines)
    for option in reference.options(part):
        for choice in option.choices:
            yield from ((line.component, period_of(line)) for line in choice.add)
            yield from ((change.by, ALL_TIME) for change in choice.replace)
