"""What the routes of views share: their parameters, and a connection to read with."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Final

from fastapi import HTTPException, Path, Query, Request
from fastapi.dependencies.models import Dependant
from pydantic import Field

from events.values import YEARS
from infra.postgres import PROMPT, guarded
from projections.api.problems import ProblemDetails, Unfit
from projections.api.system import system_of
from projections.as_of import History, NoSuchPoint, history
from projections.known import is_known
from projections.queries import NotACursor

MISSING: Final[dict[int | str, dict[str, Any]]] = {404: {"model": ProblemDetails, "description": "Nothing is known"}}

After = Annotated[str | None, Query(description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=1000, description="Rows of a page at most")]
Part = Annotated[str | None, Query(description="Only this part")]
Site = Annotated[str | None, Query(description="Only this site")]
Supplier = Annotated[str | None, Query(description="Only this supplier")]
PartId = Annotated[str, Path(description="The part's id; a slash in it may stay", examples=["SADDLE-1"])]
SupplierId = Annotated[str, Path(description="The supplier's id; a slash in it may stay", examples=["proseware"])]
Lot = Annotated[str | None, Query(description="Only this lot")]
Day = Annotated[date, Field(ge=date(YEARS[0], 1, 1), le=date(YEARS[1], 12, 31))]
"""A day to reckon from: some days more or less are days too."""
Today = Annotated[Day | None, Query(description="The day as of which late is late; today (UTC) if left out")]
AsOf = Annotated[
    str | None,
    Query(
        description="As it stood then, folded from the record: a time (of recording) until now, or a vector that "
        "names every shard which the answer reads, such as the `at` of an answer",
        examples=["2026-11-22T08:30:00+01:00", "inventory/0:1204,inventory/1:998"],
    ),
]


@contextmanager
def reading_from(request: Request) -> Iterator[Any]:
    """A connection, soon or not at all; a place that isn't one in these pages is a parameter that doesn't fit."""
    try:
        with guarded("reading a view"), system_of(request).connections.connection(PROMPT) as connection:
            yield connection
    except NotACursor as error:
        problem, _, remedy = str(error).partition(": ")
        raise Unfit("query.after", problem, remedy) from None
    except NoSuchPoint as error:
        raise Unfit("query.as_of", error.problem, error.remedy) from None


_WHERE: Final = {
    "part": "GET /stock lists parts with stock or on order; a part is made known by a DefinePart (POST /events)",
    "site": "GET /stock names sites; a site is made known by a DefineSite (POST /events)",
    "supplier": "GET /suppliers lists those of whom anything was ordered",
    "run": "GET /runs lists all runs",
}


def expect(connection: Any, **ids: str | None) -> None:
    """404 for a part, a site, a supplier or a run that nobody ever told of."""
    for kind, id_ in ids.items():
        if id_ is not None and not is_known(connection, kind, id_):
            raise HTTPException(404, f"nobody told of a {kind} {id_!r}: {_WHERE[kind]}; GET /parked shows what waits")


def today_of(request: Request, given: date | None) -> date:
    """The day that is meant."""
    return given or system_of(request).clock().date()


def point(request: Request, as_of: str) -> History:
    """The point of history that is meant."""
    system = system_of(request)
    return history(system.ledger, as_of, system.clock())


async def known_only(request: Request) -> None:
    """A parameter that this address hasn't got is refused. The naive way passes it over: a slip in a filter's name, and
    everything is answered for what was asked for."""
    asked = request.query_params.keys()
    known = tuple(_known(request.scope["route"].dependant)) if asked else ()
    for name in asked:
        if name not in known:
            meant = get_close_matches(name, known, 1)
            has = f"it takes {', '.join(known)}" if known else "it takes none"
            remedy = f"did you mean {meant[0]}?" if meant else has
            raise Unfit(f"query.{name}", f"this address has no parameter {name}", remedy)


def _known(by: Dependant) -> Iterator[str]:
    yield from (field.alias for field in by.query_params)
    for below in by.dependencies:
        yield from _known(below)
