"""Checks of options: what a choice says twice, or against itself, and whether a part could come to contain itself.

Whether a choice fits a bill isn't checked here: bills of other revisions, sites and times may come, and go, later. It
is when somebody chooses (``events/catalogue/configuring.py``).
"""

from collections.abc import Iterator

from events.catalogue.messages import DefineOption
from events.catalogue.options import OptionChoice
from events.catalogue.reference import Reference
from events.decision import Problem
from services.catalogue.bills import ALL_TIME, Period, cycles, lines_in_itself, lines_missing, period_of
from services.catalogue.checks import Checked


def option(reference: Reference, body: DefineOption) -> Checked:
    return Checked(
        list(_in_itself(body)), list(_missing(reference, body)),
        lambda: list(cycles(reference, body.part, _components(body))),
    )


def _in_itself(body: DefineOption) -> Iterator[Problem]:
    known: set[str] = set()
    for index, told in enumerate(body.choices):
        at = f"choices[{index}]."
        if told.choice in known:
            yield Problem(f"{at}choice", f"there is another choice {told.choice}", "give each its own id")
        known.add(told.choice)
        yield from lines_in_itself(body.part, told.add, f"{at}add")
        yield from _changes(body, told, at)
        for number, rule in enumerate(told.excludes):
            if rule.option == body.option:
                problem = f"two choices of {body.option} are never made together anyway"
                yield Problem(f"{at}excludes[{number}].option", problem, "name another option, or leave it out")
    if body.default is not None and body.default not in known:
        remedy = f"name one of {', '.join(sorted(known))}" if known else "leave it out"
        yield Problem("default", f"{body.default} isn't one of the choices", remedy)


def _changes(body: DefineOption, told: OptionChoice, at: str) -> Iterator[Problem]:
    """A component is changed in one way by a choice, and never into itself or the part."""
    changed = set(told.remove)
    for number, change in enumerate(told.replace):
        field = f"{at}replace[{number}]."
        if change.component in changed:
            problem = f"this choice changes {change.component} already"
            yield Problem(f"{field}component", problem, "say one thing of each component")
        changed.add(change.component)
        if change.by in (change.component, body.part):
            yield Problem(f"{field}by", f"{change.by} can't take this place", "name another part")


def _missing(reference: Reference, body: DefineOption) -> Iterator[str]:
    yield from reference.missing(part=body.part)
    for told in body.choices:
        yield from lines_missing(reference, told.add)
        for id in (*told.remove, *(one for change in told.replace for one in (change.component, change.by))):
            yield from reference.missing(part=id)


def _components(body: DefineOption) -> Iterator[tuple[str, str, Period]]:
    """All that may go in, with its field and when."""
    for index, told in enumerate(body.choices):
        for number, line in enumerate(told.add):
            yield (f"choices[{index}].add[{number}].component", line.component, period_of(line))
        for number, change in enumerate(told.replace):
            yield (f"choices[{index}].replace[{number}].by", change.by, ALL_TIME)
