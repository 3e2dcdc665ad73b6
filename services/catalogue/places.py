"""Checks of statements about sites and suppliers."""

from collections.abc import Iterator

from events.catalogue.folding import calendar_after
from events.catalogue.messages import DefineCalendar, DefineSite, DefineSupplier
from events.catalogue.places import WorkingTime
from events.catalogue.reference import Reference
from events.catalogue.terms import GLN, Kind
from events.decision import Problem
from services.catalogue.checks import Checked


def site(reference: Reference, body: DefineSite) -> Checked:
    missing = []
    if body.calendar is not None and reference.calendar(body.calendar) is None:
        missing.append(f"calendar/{body.calendar}")
    taken = _gln_taken(reference, Kind.SITE, body.id, body.gln)
    return Checked([*_locations(body), *_never_works("working.", body.working), *taken], missing)


def calendar(body: DefineCalendar) -> Checked:
    return Checked(list(_never_works("", body)))


def supplier(reference: Reference, body: DefineSupplier) -> Checked:
    return Checked(list(_gln_taken(reference, Kind.SUPPLIER, body.id, body.gln)))


def _locations(body: DefineSite) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, told in enumerate(body.locations):
        if told.id in seen:
            yield Problem(f"locations[{index}].id", f"{told.id} was told before in this list", "keep one of the two")
        seen.add(told.id)


def _never_works(path: str, told: WorkingTime | None) -> Iterator[Problem]:
    """Whoever counts working days would count for ever."""
    rest = calendar_after(told).rest() if told is not None else None
    if rest is not None and told is not None:
        field, since = ("holidays", f"for ten years from {rest}") if told.days else ("days", "ever")
        yield Problem(f"{path}{field}", f"no day is worked {since}", "leave working days between the holidays")


def _gln_taken(reference: Reference, kind: Kind, id: str, gln: str | None) -> Iterator[Problem]:
    """A GLN names one place or party for ever."""
    found = reference.resolve(GLN, gln) if gln else None
    if found is not None and (found.kind, found.id) != (kind, id):
        yield Problem("gln", f"this number is that of {found.kind} {found.id}", "correct the one that is wrong")
