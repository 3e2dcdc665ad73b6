"""The record itself over HTTP: streams with every fact, what was rejected, what is parked, and every type's schema."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel

from events.register import EVERYTHING, Entry
from infra.edge import original
from infra.ledger.port import Parked, Rejected
from infra.schemas import schema_of
from infra.sharding import shard_of
from projections.api.outcomes import FactLine, fact_line, field_problems
from projections.api.problems import FieldProblem
from projections.api.system import system_of

router = APIRouter(tags=["record"])
_BY_SCHEMA = {found.schema_id: found for found in EVERYTHING}


class Stream(BaseModel):
    """One thing's facts, oldest first; ``next_after`` continues a long one."""

    domain: str
    shard: int
    stream: str
    facts: list[FactLine]
    next_after: int | None = None


class RejectedLine(BaseModel):
    """A refusal: why, and (one at a time) the bytes that were refused."""

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


@router.get("/streams/{domain}/{stream:path}")
def stream(
    request: Request,
    domain: str,
    stream: str,
    after: Annotated[int, Query(ge=0, description="Only facts after this version")] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
    until: Annotated[int | None, Query(ge=0, description="Only facts up to this position of the shard")] = None,
) -> Stream:
    """Every fact of one thing, with its cause and both its times: `/streams/inventory/stock/SADDLE-1@plant-1`."""
    system = system_of(request)
    shards = system.genesis.shards.get(domain)
    if shards is None:
        raise HTTPException(404, f"no domain {domain!r}; there are {', '.join(system.genesis.shards)}")
    shard = shard_of(stream, shards)
    found = system.ledger.stream(domain, shard, stream, after, until)
    if not found and not after:
        raise HTTPException(404, f"no facts of {stream!r} in {domain}")
    page = found[:limit]
    more = page[-1].version if len(found) > limit else None
    return Stream(domain=domain, shard=shard, stream=stream, facts=[fact_line(at) for at in page], next_after=more)


@router.get("/rejected")
def rejected(
    request: Request,
    after: Annotated[int, Query(ge=0, description="Only refusals after this number")] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> list[RejectedLine]:
    """What was refused, at the door or by a service, and why."""
    return [rejected_line(found) for found in system_of(request).ledger.rejected(after, limit)]


@router.get("/rejected/{number}")
def one_rejected(request: Request, number: int) -> RejectedLine:
    """One refusal, with the very bytes that were refused (none once a person they named was forgotten)."""
    system = system_of(request)
    found = system.ledger.rejected(number=number)
    if not found:
        raise HTTPException(404, f"no refusal has number {number}")
    raw = original(system.keys, found[0])
    return rejected_line(found[0], None if raw is None else raw.decode("utf-8", "backslashreplace"))


def rejected_line(found: Rejected, raw: str | None = None) -> RejectedLine:
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
        original=raw,
    )


@router.get("/parked")
def parked(request: Request, domain: Annotated[str | None, Query()] = None) -> list[ParkedLine]:
    """What waits for something to become known."""
    return [parked_line(found) for found in system_of(request).ledger.parked(domain)]


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


@router.get("/schemas/{name}.json")
def schema(name: str) -> dict[str, Any]:
    """A type's JSON Schema."""
    found = _BY_SCHEMA.get(name)
    if found is None:
        raise HTTPException(404, f"no schema {name!r}; GET /types lists all there are")
    return dict(schema_of(found))
