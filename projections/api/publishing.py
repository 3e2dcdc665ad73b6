"""POST /events and what became of them: CloudEvents over HTTP, structured, batch and binary."""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Annotated, Any, Literal
from urllib.parse import quote, unquote

import orjson
from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from events.decision import Problem
from events.envelope import Unreadable, framed, split
from infra.edge import Admitted, Refused
from infra.metrics import DoorMetrics
from projections.api.outcomes import Outcome, outcome
from projections.api.problems import FieldProblem, ProblemDetails, answer, as_json
from projections.api.system import system_of

router = APIRouter(tags=["events"])
STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
LARGEST = 16 * 1024 * 1024
"""Bytes of one request's body at most."""
MOST = 10_000
"""Events of one batch at most."""
_BESIDE = 100
"""Batches above this are checked beside the event loop, so that others are answered meanwhile."""


class Told(BaseModel):
    """What a publisher hears of one event: ``taken`` (durable), and where its outcome is told, or ``invalid`` and
    why. An invalid event's bytes are kept all the same.
    """

    source: str | None
    id: str | None
    status: Literal["taken", "invalid"]
    outcome: str | None = None
    problems: list[FieldProblem] | None = None


EXAMPLE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "GR-1001-1",
    "source": "wms/plant-1",
    "type": "lotone.inventory.Received.v1",
    "time": "2026-11-22T08:30:00+01:00",
    "actor": "clerk-7",
    "timezone": "Europe/Berlin",
    "data": {
        "part": "SADDLE-1",
        "site": "plant-1",
        "location": "DOCK",
        "quantity": {"amount": "2", "unit": "CT"},
        "line": {"document": "PO-1001", "line": 1},
        "status": "inspection",
    },
}
_TAKEN = {
    "source": "wms/plant-1",
    "id": "GR-1001-1",
    "status": "taken",
    "outcome": "/events/wms/plant-1/GR-1001-1",
}
_INVALID = {
    "source": "wms/plant-1",
    "id": "GR-1001-2",
    "status": "invalid",
    "problems": [
        {"field": "data.quantity.amount", "problem": '"two" is not a number', "remedy": 'write it as text, like "12.5"'}
    ],
}
_HEADERS = ("id", "source", "type", "time", "actor", "timezone")
_BODY: dict[str, Any] = {
    "parameters": [
        {
            "name": f"ce-{name}",
            "in": "header",
            "required": False,
            "description": f"In binary mode: the event's `{name}`, percent-encoded",
            "schema": {"type": "string"},
            "example": EXAMPLE[name],
        }
        for name in ("specversion", *_HEADERS)
    ],
    "requestBody": {
        "required": True,
        "description": "One CloudEvent (structured), a batch of them, or in binary mode only its `data`",
        "content": {
            STRUCTURED: {"schema": {"type": "object"}, "example": EXAMPLE},
            BATCH: {
                "schema": {"type": "array", "items": {"type": "object"}, "maxItems": MOST},
                "example": [EXAMPLE],
            },
            "application/json": {"schema": {"type": "object"}, "example": EXAMPLE["data"]},
        },
    },
}


@router.post(
    "/events",
    status_code=202,
    openapi_extra=_BODY,
    response_model=Told | list[Told],
    responses={
        202: {
            "description": "For each event: `taken` (durable), or `invalid` with field, problem and remedy. "
            "One event's answer is an object, a batch's is a list in the batch's order",
            "content": {
                "application/json": {
                    "examples": {
                        "one": {"summary": "One event", "value": _TAKEN},
                        "batch": {"summary": "A batch", "value": [_TAKEN, _INVALID]},
                    }
                }
            },
        },
        400: {"model": ProblemDetails, "description": "The one event is invalid; its bytes are kept all the same"},
        413: {"model": ProblemDetails, "description": "Too much at once: nothing was taken"},
        429: {"model": ProblemDetails, "description": "Intake is full: nothing was taken; see Retry-After"},
    },
)
async def publish(request: Request) -> Response:
    """Publish CloudEvents: one (structured, or binary with `ce-` headers), or a batch of them.

    `taken` is said once the event is durable. What becomes of it is at the `outcome` address. Publishing an event
    again, with the same source, id and content, changes nothing.
    """
    began = perf_counter()
    body = await _body(request)
    if body is None:
        return answer(request, 413, "Too much at once", f"send at most {LARGEST} bytes in one request")
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media == BATCH:
        return await _batch(request, body, began)
    found = _single(request, body, media)
    await _durable(request, [found], began)
    if isinstance(found, Refused):
        return answer(request, 400, "The event is invalid", found.problems[0].problem, found.problems)
    return Response(orjson.dumps(_said(found)), 202, media_type="application/json")


async def _body(request: Request) -> bytes | None:
    """The body, or None when it is too large: then it's read to its end all the same, lest the answer go unheard."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= LARGEST:
            parts.append(part)
        elif size > 8 * LARGEST:
            break
    return None if size > LARGEST else b"".join(parts)


async def _batch(request: Request, body: bytes, began: float) -> Response:
    edge, now = system_of(request).edge, system_of(request).clock()
    try:
        raws = split(body)
    except Unreadable as error:
        await _durable(request, [edge.refuse(body, error.problems, now)], began)
        return answer(request, 400, "This is no batch of CloudEvents", error.problems[0].problem, error.problems)
    if len(raws) > MOST:
        return answer(request, 413, "Too much at once", f"{len(raws)} events; send at most {MOST} in one batch")
    checked = await run_in_threadpool(edge.admit_all, raws, now) if len(raws) > _BESIDE else edge.admit_all(raws, now)
    await _durable(request, checked, began)
    return Response(orjson.dumps([_said(found) for found in checked]), 202, media_type="application/json")


def _single(request: Request, body: bytes, media: str) -> Admitted | Refused:
    edge, now = system_of(request).edge, system_of(request).clock()
    if media == STRUCTURED:
        return edge.admit(body, now)
    if any(name.startswith("ce-") for name in request.headers):
        return edge.admit(framed(request.headers, body), now)
    problem = Problem(
        "content-type",
        f"{media[:100] or 'none'} without ce- headers is no CloudEvent",
        f"send {STRUCTURED}, {BATCH}, or ce-specversion and the other ce- headers",
    )
    return edge.refuse(body, (problem,), now)


async def _durable(request: Request, checked: Sequence[Admitted | Refused], began: float) -> None:
    if checked:
        await asyncio.wrap_future(system_of(request).intake.offer(checked))
        refused = sum(isinstance(found, Refused) for found in checked)
        counted: DoorMetrics = request.app.state.door
        counted.taken.inc(len(checked) - refused)
        counted.invalid.inc(refused)
        counted.seconds.observe(perf_counter() - began)


def _said(found: Admitted | Refused) -> dict[str, Any]:
    if isinstance(found, Refused):
        return {"source": found.source, "id": found.id, "status": "invalid", "problems": as_json(found.problems)}
    return {"source": found.source, "id": found.id, "status": "taken", "outcome": address(found.source, found.id)}


def address(source: str, id_: str) -> str:
    """Where an event's outcome is told. What a client or proxy might tidy away in a path goes into the query."""
    if id_ in (".", "..") or any(step in ("", ".", "..") for step in source.split("/")):
        return f"/events?source={quote(source, safe='')}&id={quote(id_, safe='')}"
    return f"/events/{quote(source, safe='/:')}/{quote(id_, safe='')}"


_UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"model": ProblemDetails, "description": "No such event"}}


@router.get("/events", responses=_UNKNOWN)
def event_outcome(
    request: Request,
    source: Annotated[str, Query(description="The event's source", examples=["wms/plant-1"])],
    id: Annotated[str, Query(description="The event's id", examples=["GR-1001-1"])],
) -> Outcome:
    """What became of an event, for sources and ids that are awkward in a path."""
    system = system_of(request)
    found = outcome(system.ledger, system.queue, source, id)
    if found is None:
        raise HTTPException(404, f"no event {id!r} of {source!r} was ever published here")
    return found


@router.get("/events/{source:path}/{id}", responses=_UNKNOWN)
def event_outcome_at(
    request: Request,
    source: Annotated[str, Path(description="The event's source; its slashes may stay")],
    id: Annotated[str, Path(description="The event's id; a slash in it as %2F")],
) -> Outcome:
    """What became of an event: pending, decided (with its facts), unchanged (it made no difference), refused (a fact
    says that it isn't done, and why), parked (waiting for what) or rejected (why)."""
    # The path as it was sent: in the decoded one, a slash within an id can't be told from the one before it.
    before, slash, last = request.scope["raw_path"].decode("latin-1").removeprefix("/events/").rpartition("/")
    if slash:
        source, id = unquote(before), unquote(last)
    return event_outcome(request, source, id)


@router.get("/events/{rest:path}", include_in_schema=False)
def event_outcome_of_the_raw_path(request: Request, rest: str) -> Outcome:
    """Ids that end in an escaped slash match no other route."""
    return event_outcome_at(request, rest, "")
