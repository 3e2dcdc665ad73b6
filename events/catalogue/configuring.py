"""A part as somebody chose it: the top level of its bill, changed by the choices made of its options.

The idea. Each choice says what it changes in the bill as it stands; all changes are looked up in that same bill, and
none in what another choice made of it. So the order in which choices are told means nothing. What can't be meant
together (two choices that change one component differently, a pair that a rule excludes) is refused, and so is a
choice that replaces what isn't there: the naive way builds such a part without either.

An option that nobody chose of is at its default. Without one, it changes nothing, or must be chosen (``required``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from events.catalogue.records import ChoiceRecord, LineRecord, OptionRecord, ReplacementRecord
from events.catalogue.reference import Reference
from events.decision import Problem
from events.units import round_up
from events.values import Some

Choices = Sequence[tuple[str, str]]
"""Pairs of an option and a choice of it."""


@dataclass(frozen=True, slots=True)
class _Pick:
    """A choice that was made, or is the default; ``field`` is where it was told."""

    option: OptionRecord
    choice: ChoiceRecord
    field: str

    def __str__(self) -> str:
        return f"choice {self.choice.choice} of option {self.option.option}"


def configure(
    reference: Reference, part: str, choices: Choices, at: datetime, site: str | None, revision: str | None = None, *,
    complete: bool = True,
) -> tuple[LineRecord, ...] | list[Problem]:
    """The lines of a part's bill as chosen, or all that is wrong with the choices. The part is a known one.

    ``complete=False`` lets required options go unchosen: for a part that isn't ordered, only looked at.
    """
    if not choices and not reference.options(part):
        return reference.bill(part, at, revision, site)
    picks, problems = _picked(reference, part, choices, complete)
    problems += _excluded(picks)
    bill = reference.bill(part, at, revision, site)
    problems += _contradictions(picks)
    problems += _replacing_nothing(part, picks, bill)
    return problems or _changed(reference, bill, picks, at, site)


def _changed(
    reference: Reference, bill: Sequence[LineRecord], picks: Sequence[_Pick], at: datetime, site: str | None
) -> tuple[LineRecord, ...] | list[Problem]:
    """The bill's lines with all that was chosen: changed where they stand, what is added below them."""
    gone = {component for pick in picks for component in pick.choice.remove}
    changes = {change.component: (pick, change) for pick in picks for change in pick.choice.replace}
    lines: list[LineRecord] = []
    for line in bill:
        if line.component in changes:
            pick, change = changes[line.component]
            found = _replaced(reference, line, change, at)
            if isinstance(found, str):
                return [Problem(pick.field, f"{pick}: {found}", "define that first")]
            lines.append(found)
        elif line.component not in gone:
            lines.append(line)
    lines += [line for pick in picks for line in pick.choice.add if line.effective(at, site)]
    return tuple(lines)


def _picked(reference: Reference, part: str, choices: Choices, complete: bool) -> tuple[list[_Pick], list[Problem]]:
    """What is chosen, by option, in order of the options' ids; and what is wrong with what was told."""
    options = {option.option: option for option in reference.options(part)}
    told: dict[str, _Pick | None] = {}
    problems: list[Problem] = []
    for index, (name, chosen) in enumerate(choices):
        option, at = options.get(name), f"options[{index}]"
        choice = None if option is None else option.choice(chosen)
        if option is None:
            problems.append(Problem(f"{at}.option", f"{part} has no option {name}", _one_of(options, "leave it out")))
        elif name in told:
            problems.append(Problem(f"{at}.option", f"option {name} is chosen twice", "keep one of the two"))
        elif choice is None:
            known = [one.choice for one in option.choices]
            problems.append(Problem(f"{at}.choice", f"option {name} has no choice {chosen}", _one_of(known, "")))
        told.setdefault(name, None if option is None or choice is None else _Pick(option, choice, f"{at}.choice"))
    for name, option in options.items():
        default = None if option.default is None else option.choice(option.default)
        if name not in told and default is not None:
            told[name] = _Pick(option, default, "options")
        elif name not in told and option.required and complete:
            known = [one.choice for one in option.choices]
            problems.append(Problem("options", f"option {name} of {part} isn't chosen", _one_of(known, "")))
    return [pick for name in options if (pick := told.get(name)) is not None], problems


def _one_of(known: Sequence[str] | dict[str, OptionRecord], otherwise: str) -> str:
    return f"choose one of {', '.join(known)}" if known else otherwise


def _excluded(picks: Sequence[_Pick]) -> Iterator[Problem]:
    """Each pair that can't be made together, once, by the rule that says so."""
    chosen = {(pick.option.option, pick.choice.choice): pick for pick in picks}
    said: set[frozenset[str]] = set()
    for pick in picks:
        for key in pick.choice.excludes:
            other = chosen.get(key)
            pair = frozenset((pick.option.option, key[0]))
            if other is not None and pair not in said:
                said.add(pair)
                yield Problem(pick.field, f"{pick} excludes {other}", "choose otherwise in one of the two")


def _contradictions(picks: Sequence[_Pick]) -> Iterator[Problem]:
    """Components that two choices change, and not alike."""
    first: dict[str, tuple[_Pick, ReplacementRecord | None]] = {}
    for pick in picks:
        changed: list[tuple[str, ReplacementRecord | None]] = [(component, None) for component in pick.choice.remove]
        changed += [(change.component, change) for change in pick.choice.replace]
        for component, change in changed:
            other, before = first.setdefault(component, (pick, change))
            if before != change:
                problem = f"{pick} and {other} change {component} in different ways"
                yield Problem(pick.field, problem, "choose otherwise in one of the two, or let one exclude the other")


def _replacing_nothing(part: str, picks: Sequence[_Pick], bill: Sequence[LineRecord]) -> Iterator[Problem]:
    named = {line.component for line in bill}
    for pick in picks:
        for change in pick.choice.replace:
            if change.component not in named:
                problem = f"{pick} replaces {change.component}, which isn't in the bill of {part} then"
                yield Problem(pick.field, problem, "choose another, or mend the option or the bill")


def _replaced(reference: Reference, line: LineRecord, change: ReplacementRecord, at: datetime) -> LineRecord | str:
    """The line with another component, counted in that one's base unit; or why that can't be."""
    by, factor = reference.part(change.by), reference.factor(line.component, line.quantity.unit, at)
    if by is None:
        return f"{change.by} isn't known"
    if factor is None:
        return f"nothing converts {line.quantity.unit} of {line.component}"
    ratio = factor * change.factor
    amount = round_up(Fraction(line.quantity.amount) * ratio)
    return replace(
        line, component=change.by, component_revision=None, quantity=Some.trusted(amount=amount, unit=by.unit),
        net=line.net * ratio, gross=line.gross * ratio,
    )
