"""What a part is built of, all the way down, as of a time.

Quantities are exact fractions inside. What one base unit of a parent needs of a component, scrap included, is

    gross = quantity / per / (1 - scrap allowance)      in the component's base unit

and it multiplies down the levels, so that no level's rounding reaches the next. A quantity is rounded only when it is
shown, once, up to the places of its part; a total is the rounded sum, not the sum of what was rounded. (Netting level
by level, as the planner does, rounds at each level instead: it starts from ``direct``.)

Bills hold at ``at`` for all levels, in the revision a line names, else the one effective then. Below a phantom its
components go on; a part that only suppliers make ends the descent, as does one without a bill then. A component
superseded by then, with nothing of it to be used up, is replaced by its successor. Choices change the top level
(``configuring.py``); without any, options are at their defaults.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from events.catalogue.configuring import Choices, configure
from events.catalogue.records import LineRecord, PartRecord
from events.catalogue.reference import Reference
from events.units import round_up
from events.values import Quantity


class CannotExplodeError(Exception):
    """A bill can't be followed. ``path`` leads from the top to where it stopped; the text says what to mend."""

    def __init__(self, path: tuple[str, ...], problem: str) -> None:
        super().__init__(f"{' > '.join(path)}: {problem}")
        self.path, self.problem = path, problem


@dataclass(frozen=True, slots=True)
class Component:
    """One line of an explosion. ``path`` leads from the top to this part; ``level`` is 1 right below the top.

    ``per`` is for one base unit of the parent, ``exact`` for the whole order, ``quantity`` the latter rounded up.
    ``leaf``: nothing below it, so it is bought, or kept without a bill.
    """

    level: int
    path: tuple[str, ...]
    line: LineRecord
    part: str
    revision: str | None
    per: Fraction
    exact: Fraction
    quantity: Quantity
    phantom: bool
    leaf: bool


@dataclass(frozen=True, slots=True)
class Explosion:
    """A part taken apart. ``components`` are in the order of a drawing: each right above what it is built of.

    ``totals`` adds up every component that is stocked (no phantoms), ``leaves`` only what nothing is below; by part, in
    order of ids.
    """

    part: str
    revision: str | None
    at: datetime
    quantity: Quantity
    components: tuple[Component, ...]
    totals: dict[str, Quantity]
    leaves: dict[str, Quantity]


@dataclass(frozen=True, slots=True)
class Need:
    """One stocked component of one level, for one base unit of the parent."""

    part: str
    revision: str | None
    per: Fraction
    line: LineRecord


@dataclass(frozen=True, slots=True)
class _Open:
    """A component that was reached and not yet looked into."""

    line: LineRecord
    part: PartRecord
    revision: str | None
    path: tuple[str, ...]
    per: Fraction
    exact: Fraction


def explode(
    reference: Reference, part: str, at: datetime, *,
    quantity: Quantity | None = None, revision: str | None = None, site: str | None = None, choices: Choices = (),
) -> Explosion:
    """Take a quantity of a part apart (one base unit unless told), down to what isn't built. ``CannotExplodeError``
    when a part is unknown, a unit doesn't convert, a part contains itself, or choices can't be made."""
    top = _known(reference, part, (part,))
    amount = _ordered(reference, top, quantity, at)
    components: list[Component] = []
    totals: dict[str, Fraction] = {}
    leaves: dict[str, Fraction] = {}
    lines = _chosen(reference, part, choices, at, site, revision)
    waiting = list(_opened(reference, lines, (part,), amount, at))[::-1]
    while waiting:
        one = waiting.pop()
        below = list(_below(reference, one.part, one.revision, one.path, one.exact, at, site))
        waiting.extend(reversed(below))
        components.append(_component(one, leaf=not below))
        if not one.part.phantom:
            totals[one.part.id] = totals.get(one.part.id, Fraction(0)) + one.exact
        if not below:
            leaves[one.part.id] = leaves.get(one.part.id, Fraction(0)) + one.exact
    return Explosion(
        part, revision or top.revision(at), at, _shown(top, amount), tuple(components),
        _sums(reference, totals), _sums(reference, leaves),
    )


def direct(
    reference: Reference, part: str, at: datetime, *,
    revision: str | None = None, site: str | None = None, choices: Choices = (),
) -> tuple[Need, ...]:
    """What one base unit of a part needs of the level below, through phantoms, line by line in order."""
    top = _known(reference, part, (part,))
    needs: list[Need] = []
    lines = _chosen(reference, top.id, choices, at, site, revision)
    waiting = list(_opened(reference, lines, (part,), Fraction(1), at))[::-1]
    while waiting:
        one = waiting.pop()
        below: list[_Open] = []
        if one.part.phantom:
            below = list(_below(reference, one.part, one.revision, one.path, one.exact, at, site))
        if below:
            waiting.extend(reversed(below))
        else:
            needs.append(Need(one.part.id, one.revision, one.exact, one.line))
    return tuple(needs)


def _below(
    reference: Reference, parent: PartRecord, revision: str | None, path: tuple[str, ...], amount: Fraction,
    at: datetime, site: str | None,
) -> Iterator[_Open]:
    """The lines of a part's bill, unless suppliers make it."""
    if not (parent.make or parent.phantom):
        return iter(())
    return _opened(reference, reference.bill(parent.id, at, revision, site), path, amount, at)


def _chosen(
    reference: Reference, part: str, choices: Choices, at: datetime, site: str | None, revision: str | None
) -> tuple[LineRecord, ...]:
    """The lines of the part on top. That is taken apart even if suppliers make it: it was asked for."""
    found = configure(reference, part, choices, at, site, revision, complete=bool(choices))
    if isinstance(found, list):
        raise CannotExplodeError((part,), "; ".join(f"{one.problem}: {one.remedy}" for one in found))
    return found


def _opened(
    reference: Reference, lines: Iterable[LineRecord], path: tuple[str, ...], amount: Fraction, at: datetime
) -> Iterator[_Open]:
    for line in lines:
        id, own = line.component, line.component_revision
        successor = reference.successor(id, at)
        if successor is not None and not successor.use_up:
            id, own = successor.by, None
        if id in path:
            raise CannotExplodeError((*path, id), "a part contains itself; mend one of these bills")
        part = _known(reference, id, (*path, id))
        factor = reference.factor(line.component, line.quantity.unit, at)
        if factor is None:
            raise CannotExplodeError((*path, id), (
                f"nothing converts {line.quantity.unit} to its base unit {part.unit}; define that conversion"
            ))
        per = line.gross * factor
        yield _Open(line, part, own or part.revision(at), (*path, id), per, amount * per)


def _known(reference: Reference, id: str, path: tuple[str, ...]) -> PartRecord:
    found = reference.part(id)
    if found is None:
        raise CannotExplodeError(path, "this part isn't known; define it")
    return found


def _ordered(reference: Reference, top: PartRecord, quantity: Quantity | None, at: datetime) -> Fraction:
    if quantity is None:
        return Fraction(1)
    factor = reference.factor(top.id, quantity.unit, at)
    if factor is None:
        raise CannotExplodeError((top.id,), f"nothing converts {quantity.unit} to its base unit {top.unit}")
    return Fraction(quantity.amount) * factor


def _component(one: _Open, *, leaf: bool) -> Component:
    return Component(
        len(one.path) - 1, one.path, one.line, one.part.id, one.revision, one.per, one.exact,
        _shown(one.part, one.exact), one.part.phantom, leaf,
    )


def _shown(part: PartRecord, amount: Fraction) -> Quantity:
    return Quantity.model_construct(amount=round_up(amount, part.places), unit=part.unit)


def _sums(reference: Reference, sums: dict[str, Fraction]) -> dict[str, Quantity]:
    return {id: _shown(_known(reference, id, (id,)), sums[id]) for id in sorted(sums)}
