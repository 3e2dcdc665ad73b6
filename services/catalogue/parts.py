"""Checks of statements about parts."""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from fractions import Fraction

from events import units
from events.catalogue.conversion import find_factor
from events.catalogue.facts import PartDefined
from events.catalogue.folding import part_after
from events.catalogue.messages import DefineConversion, DefinePart, SupersedePart
from events.catalogue.parts import Conversion, Stocking
from events.catalogue.reference import Reference
from events.decision import Problem
from services.catalogue.checks import Checked


def part(reference: Reference, body: DefinePart) -> Checked:
    sites = [own.site for own in body.stocking]
    missing = [key for site in sites for key in reference.missing(site=site)]
    return Checked([*_in_itself(body), *_against(reference, body)], missing)


def conversion(reference: Reference, body: DefineConversion) -> Checked:
    known = reference.part(body.part)
    if known is None:
        return Checked(missing=reference.missing(part=body.part))
    return Checked(list(_factor(body, known.unit, "")))


def supersession(reference: Reference, body: SupersedePart) -> Checked:
    if body.part == body.by:
        return Checked([Problem("by", "a part can't take its own place", "name another part, or revise this one")])
    missing = [*reference.missing(part=body.part), *reference.missing(part=body.by)]
    return Checked((), missing, lambda: list(_successor(reference, body)))


def _in_itself(body: DefinePart) -> Iterator[Problem]:
    for index, told in enumerate(body.conversions):
        yield from _factor(told, body.unit, f"conversions[{index}].")
    yield from _twice([(told.unit, told.valid_from) for told in body.conversions], "conversions", "unit and valid_from")
    yield from _twice([told.revision for told in body.revisions], "revisions", "revision")
    yield from _twice([told.site for told in body.stocking], "stocking", "site")
    for field, wanted, example in (("weight", "mass", "KGM"), ("volume", "volume", "MTQ")):
        told = getattr(body, field)
        if told is not None and units.dimension(told.unit) != wanted:
            yield Problem(f"{field}.unit", f"{told.unit} isn't a unit of {wanted}", f"use one like {example}")
    kept_at: list[tuple[str, DefinePart | Stocking]] = [("", body)]
    kept_at.extend((f"stocking[{index}].", own) for index, own in enumerate(body.stocking))
    for at, kept in kept_at:
        if kept.reorder_point is not None and kept.order_up_to is not None and kept.order_up_to < kept.reorder_point:
            yield Problem(f"{at}order_up_to", "it is below the reorder point", "raise it, or lower the reorder point")


def _against(reference: Reference, body: DefinePart) -> Iterator[Problem]:
    before = reference.part(body.id)
    if before is not None and before.unit != body.unit:
        yield Problem(
            "unit", f"the base unit of {body.id} is {before.unit}, and stock is kept in it",
            f"state {before.unit} with a conversion from {body.unit}, or define a new part and supersede this one",
        )
    after = part_after(before, PartDefined.model_construct(**dict(body)))
    if body.pack is not None and find_factor(after, body.pack.unit, None) is None:
        yield Problem(
            "pack.unit", f"nothing says how many {body.unit} are in one {body.pack.unit}",
            f"add a conversion from {body.pack.unit}, or tell the pack in {body.unit}",
        )


def _factor(told: Conversion, base: str, at: str) -> Iterator[Problem]:
    universal = units.factor(told.unit, base)
    if universal is not None and universal != Fraction(told.numerator, told.denominator):
        yield Problem(
            f"{at}numerator", f"one {told.unit} is {universal} {base} for every part", "leave this conversion out"
        )


def _twice(keys: Sequence[Hashable], field: str, what: str) -> Iterator[Problem]:
    """A key told twice in one statement: the first of its repeats is named."""
    for key, times in Counter(keys).items():
        if times > 1:
            again = keys.index(key, keys.index(key) + 1)
            yield Problem(f"{field}[{again}]", f"the same {what} was told before in this list", "keep one of the two")


def _successor(reference: Reference, body: SupersedePart) -> Iterator[Problem]:
    old, new = reference.part(body.part), reference.part(body.by)
    if old is not None and new is not None and old.unit != new.unit:
        yield Problem(
            "by", f"{body.by} is counted in {new.unit}, {body.part} in {old.unit}",
            "define a substitute with its ratio instead",
        )
    line, follow = [body.part], new
    while follow is not None and follow.id not in line:
        line.append(follow.id)
        follow = reference.part(follow.superseded_by.by) if follow.superseded_by else None
    if follow is not None:
        yield Problem(
            "by", f"{body.part} would take its own place: {' > '.join([*line, follow.id])}", "name another part"
        )
