"""Checks of statements about terms, substitutes and foreign numbers."""

from collections.abc import Iterator
from typing import assert_never

from events.catalogue.lots import LotRule, plain_decimal
from events.catalogue.messages import DefineAgreement, DefineCrossReference, DefineSubstitute, SetAgreement
from events.catalogue.records import FOREVER
from events.catalogue.reference import Reference
from events.catalogue.terms import SUPPLIER_PART, Kind
from events.decision import Problem
from events.values import plain
from services.catalogue.checks import Checked


def agreement(reference: Reference, body: DefineAgreement | SetAgreement) -> Checked:
    """Terms by which nothing can be ordered aren't stated; what a supplier told was so is taken as it is."""
    missing = reference.missing(part=body.part, supplier=body.supplier, conversion=body.unit)
    return Checked((), missing, lambda: list(_unorderable(reference, body)))


def _unorderable(reference: Reference, body: DefineAgreement | SetAgreement) -> Iterator[Problem]:
    part, factor = reference.part(body.part), reference.factor(body.part, body.unit, body.valid_from or FOREVER)
    if part is None or factor is None or body.maximum is None or isinstance(body, SetAgreement):
        return
    rule = LotRule.told(body, part, factor)
    if rule is not None and not rule.allows:
        yield Problem(
            "maximum", f"no order line of at most {plain(body.maximum)} {body.unit} comes out in whole {part.unit}",
            f"at least {plain(plain_decimal(rule.least))}, or leave it out",
        )


def substitute(reference: Reference, body: DefineSubstitute) -> Checked:
    wrong = []
    if body.part == body.substitute:
        wrong.append(Problem("substitute", "a part is no substitute of itself", "name another part"))
    missing = [key for id in (body.part, body.substitute, body.parent) for key in reference.missing(part=id)]
    return Checked(wrong, [*missing, *reference.missing(site=body.site)])


def cross_reference(reference: Reference, body: DefineCrossReference) -> Checked:
    wrong = []
    if body.unit is not None and body.kind is not Kind.PART:
        wrong.append(Problem("unit", f"a {body.kind} isn't counted", "leave the unit out"))
    missing = list(_named(reference, body))
    if body.scheme == SUPPLIER_PART:
        missing.extend(reference.missing(supplier=body.scope))
    return Checked(wrong, missing, lambda: list(_moved(reference, body)))


def _named(reference: Reference, body: DefineCrossReference) -> tuple[str, ...]:
    match body.kind:
        case Kind.PART:
            return reference.missing(part=body.id, conversion=body.unit)
        case Kind.SITE:
            return reference.missing(site=body.id)
        case Kind.SUPPLIER:
            return reference.missing(supplier=body.id)
        case _:
            assert_never(body.kind)


def _moved(reference: Reference, body: DefineCrossReference) -> Iterator[Problem]:
    """A number that names something else already is moved only by a statement that says so."""
    found = reference.resolve(body.scheme, body.value, body.scope)
    if found is not None and (found.kind, found.id) != (body.kind, body.id) and body.replaces != found.id:
        yield Problem(
            "value", f"{body.value} names {found.kind} {found.id} already",
            f"correct it, or move it with \"replaces\": \"{found.id}\"",
        )
