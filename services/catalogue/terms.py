"""Checks of statements about substitutes and foreign numbers."""

from collections.abc import Iterator
from typing import assert_never

from events.catalogue.messages import DefineCrossReference, DefineSubstitute
from events.catalogue.reference import Reference
from events.catalogue.terms import SUPPLIER_PART, Kind
from events.decision import Problem
from services.catalogue.checks import Checked


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
