"""Checks of statements about sites and suppliers."""

from collections.abc import Iterator

from events.catalogue.messages import DefineSite, DefineSupplier
from events.catalogue.reference import Reference
from events.catalogue.terms import GLN, Kind
from events.decision import Problem
from services.catalogue.checks import Checked


def site(reference: Reference, body: DefineSite) -> Checked:
    missing = []
    if body.calendar is not None and reference.calendar(body.calendar) is None:
        missing.append(f"calendar/{body.calendar}")
    taken = _gln_taken(reference, Kind.SITE, body.id, body.gln)
    return Checked([*_locations(body), *taken], missing)


def supplier(reference: Reference, body: DefineSupplier) -> Checked:
    return Checked(list(_gln_taken(reference, Kind.SUPPLIER, body.id, body.gln)))


def _locations(body: DefineSite) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, told in enumerate(body.locations):
        if told.id in seen:
            yield Problem(f"locations[{index}].id", f"{told.id} was told before in this list", "keep one of the two")
        seen.add(told.id)


def _gln_taken(reference: Reference, kind: Kind, id: str, gln: str | None) -> Iterator[Problem]:
    """A GLN names one place or party for ever."""
    found = reference.resolve(GLN, gln) if gln else None
    if found is not None and (found.kind, found.id) != (kind, id):
        yield Problem("gln", f"this number is that of {found.kind} {found.id}", "correct the one that is wrong")
