"""The record itself over HTTP: streams with every fact, what was rejected, what is parked, and every type's schema."""

import base64
from typing import Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel

from events.register import EVERYTHING, Entry
from infra.edge import original
from infra.keystore import KeyStore
from infra.ledger.port import Parked, Rejected
from infra.schemas import schema_of
from infra.sharding import shard_of
from projections.api.outcomes import FactLine, fact_line, field_problems
from projections.api.problems import FieldProblem, ProblemDetails
from projections.api.system import system_of

router = APIRouter(tags=["record"])
MISSING: Final[dict[int | str, dict[str, Any]]] = {404: {"model": ProblemDetails, "description": "No such thing"}}
_LARGEST: Final = 2**63 - 1
"""The highest number anything can have."""
Domain = Annotated[str | None, Query(description="Only this domain")]
_BY_SCHEMA = {found.schema_id: found for found in EVERYTHING}


class Stream(BaseModel):
    """One thing's facts, oldest first; ``next_after`` continues a long one."""

    domain: str
    shard: int
    stream: str
    facts: list[FactLine]
    next_after: int | None = None


class RejectedLine(BaseModel):
    """A refusal: why, and (one at a time) what was refused: ``original`` where it is text in UTF-8, and its very bytes
    in ``original_base64``. Both are null once a person that it named was forgotten.
    """

    number: int
    at: str
    domain: str | None
    shard: int | None
    source: str | None
    id: str | None
    type: str | None
    problems: list[FieldProblem]
    contradicts: str | None = None
    original: str | None = None
    original_base64: str | None = None


class ParkedLine(BaseModel):
    """An event that waits, for what, and until when."""

    domain: str
    shard: int
    source: str
    id: str
    waits_for: list[str]
    since: str
    until: str


class TypeLine(BaseModel):
    """A type: how it is named on the wire, of what kind it is, and where its schema is."""

    type: str
    domain: str
    kind: str
    version: int
    personal_fields: list[str]
    about: str
    json_schema: str


@router.get("/streams/{domain}/{stream:path}", responses=MISSING)
def stream(
    request: Request,
    domain: Annotated[str, Path(description="catalogue, inventory or suppliers")],
    stream: Annotated[str, Path(description="The stream's name", examples=["stock/SADDLE-1@plant-1"])],
    after: Annotated[int, Query(ge=0, le=_LARGEST, description="Only facts after this version")] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Facts at most")] = 1_000,
    until: Annotated[
        int | None, Query(ge=0, le=_LARGEST, description="Only facts up to this position of the shard")
    ] = None,
) -> Stream:
    """Every fact of one thing, with its cause and both its times: `/streams/inventory/stock/SADDLE-1@plant-1`."""
    system = system_of(request)
    shards = system.genesis.shards.get(domain)
    if shards is None:
        raise HTTPException(404, f"no domain {domain!r}; there are {', '.join(system.genesis.shards)}")
    shard = shard_of(stream, shards)
    found = system.ledger.stream(domain, shard, stream, after, until, limit + 1)
    if not found and not after:
        raise HTTPException(404, f"no facts of {stream!r} in {domain}; /parked and /rejected show what came to nothing")
    page = found[:limit]
    more = page[-1].version if len(found) > limit else None
    return Stream(domain=domain, shard=shard, stream=stream, facts=[fact_line(at) for at in page], next_after=more)


@router.get("/rejected")
def rejected(
    request: Request,
    after: Annotated[int, Query(ge=0, le=_LARGEST, description="Only refusals after this number")] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000, description="Refusals at most")] = 100,
) -> list[RejectedLine]:
    """What was refused, at the door or by a service, and why. The next page is `after` the last one's number."""
    return [rejected_line(found) for found in system_of(request).ledger.rejected(after, limit)]


Number = Annotated[int, Path(ge=1, le=_LARGEST, description="The refusal's number")]


@router.get("/rejected/{number}", responses=MISSING)
def one_rejected(request: Request, number: Number) -> RejectedLine:
    """One refusal, with the very bytes that were refused (none once a person they named was forgotten)."""
    found = _one(request, number)
    return rejected_in_full(found, system_of(request).keys)


@router.get(
    "/rejected/{number}/original",
    response_class=Response,
    responses={
        **MISSING,
        200: {
            "description": "The bytes. Of an event in binary mode: its headers, an empty line, and its body",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        },
        410: {"model": ProblemDetails, "description": "A person they named was forgotten"},
    },
)
def original_bytes(request: Request, number: Number) -> Response:
    """The very bytes that were refused, and nothing else."""
    raw = original(system_of(request).keys, _one(request, number))
    if raw is None:
        raise HTTPException(410, "a person whom it named was forgotten, so its bytes can't be read any more")
    return Response(raw, media_type="application/octet-stream")


def _one(request: Request, number: int) -> Rejected:
    found = system_of(request).ledger.rejected(number=number)
    if not found:
        raise HTTPException(404, f"no refusal has number {number}; GET /rejected lists them")
    return found[0]


def rejected_in_full(found: Rejected, keys: KeyStore) -> RejectedLine:
    """A refusal with what was refused."""
    line, raw = rejected_line(found), original(keys, found)
    if raw is None:
        return line
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = None
    return line.model_copy(update={"original": text, "original_base64": base64.b64encode(raw).decode()})


def rejected_line(found: Rejected) -> RejectedLine:
    """A refusal as answers show it."""
    return RejectedLine(
        number=found.number,
        at=found.at.isoformat(),
        domain=found.domain,
        shard=found.shard,
        source=found.source,
        id=found.id,
        type=found.type,
        problems=field_problems(found),
        contradicts=None if found.other_digest is None else found.other_digest.hex(),
    )


@router.get("/parked")
def parked(
    request: Request,
    domain: Domain = None,
    after: Annotated[int, Query(ge=0, le=_LARGEST, description="Leave out so many, in the order they came")] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Events at most")] = 1_000,
) -> list[ParkedLine]:
    """What waits for something to become known, in the order in which it came to wait."""
    return [parked_line(found) for found in system_of(request).ledger.parked(domain, None, after, limit)]


def parked_line(found: Parked) -> ParkedLine:
    """Something parked as answers show it."""
    return ParkedLine(
        domain=found.domain,
        shard=found.shard,
        source=found.source,
        id=found.id,
        waits_for=list(found.missing),
        since=found.since.isoformat(),
        until=found.deadline.isoformat(),
    )


@router.get("/types")
def types() -> list[TypeLine]:
    """Every type there is: what you may publish, and what the ledger may hold."""
    return [type_line(found) for found in EVERYTHING]


def type_line(found: Entry) -> TypeLine:
    """A type as answers show it."""
    return TypeLine(
        type=found.wire,
        domain=found.domain,
        kind=found.kind.value,
        version=found.version,
        personal_fields=list(found.personal),
        about=" ".join((found.model.__doc__ or "").split()),
        json_schema=f"/schemas/{found.schema_id}.json",
    )


@router.get("/schemas/{name}.json", responses=MISSING)
def schema(
    name: Annotated[str, Path(description="domain.Name.vN", examples=["inventory.Received.v1"])],
) -> dict[str, Any]:
    """A type's JSON Schema."""
    found = _BY_SCHEMA.get(name)
    if found is None:
        raise HTTPException(404, f"no schema {name!r}; GET /types lists all there are")
    return dict(schema_of(found))
