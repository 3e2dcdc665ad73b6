"""POST /events and what became of them: CloudEvents over HTTP, structured, batch and binary."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, HTTPException, Query, Request, Response

from events.decision import Problem
from events.envelope import Unreadable, binary, split
from infra.edge import Admitted, Refused
from projections.api.outcomes import Outcome, outcome
from projections.api.problems import ProblemDetails, answer, as_json
from projections.api.system import System, system_of

router = APIRouter(tags=["events"])
STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
LARGEST = 16 * 1024 * 1024
"""Bytes of one request's body at most."""

_EXAMPLE: dict[str, Any] = {
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
        "bucket": {"location": "DOCK", "status": "inspection"},
        "quantity": {"amount": "2", "unit": "CT"},
        "purchase_order": {"document": "PO-1001", "line": 1},
    },
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            STRUCTURED: {"schema": {"type": "object"}, "example": _EXAMPLE},
            BATCH: {"schema": {"type": "array", "items": {"type": "object"}}, "example": [_EXAMPLE]},
            "application/json": {"schema": {"type": "object"}, "example": _EXAMPLE["data"]},
        },
    }
}


@router.post(
    "/events",
    status_code=202,
    openapi_extra=_BODY,
    responses={
        202: {"description": "For each event: `taken` (durable) or `invalid` with field, problem and remedy"},
        400: {"model": ProblemDetails, "description": "The one event is invalid; its bytes are kept all the same"},
        429: {"model": ProblemDetails, "description": "Intake is full; see Retry-After"},
    },
)
async def publish(request: Request) -> Response:
    """Publish CloudEvents: one (structured, or binary with `ce-` headers), or a batch of them.

    `taken` is said once the event is durable. What becomes of it is at the `outcome` address.
    """
    system = system_of(request)
    body = await request.body()
    if len(body) > LARGEST:
        return answer(request, 413, "Too much at once", f"send at most {LARGEST} bytes in one request")
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media == BATCH:
        return await _batch(request, system, body)
    return await _single(request, system, body, media)


async def _batch(request: Request, system: System, body: bytes) -> Response:
    now = system.clock()
    try:
        parts = split(body)
    except Unreadable as error:
        refused = system.edge.refuse(body, error.problems, now)
        await _durable(system, [refused])
        return answer(request, 400, "This is no batch of CloudEvents", error.problems[0].problem, error.problems)
    checked = [system.edge.admit(raw, now) for raw in parts]
    await _durable(system, checked)
    return Response(orjson.dumps([_said(found) for found in checked]), 202, media_type="application/json")


async def _single(request: Request, system: System, body: bytes, media: str) -> Response:
    now = system.clock()
    found: Admitted | Refused
    if media == STRUCTURED:
        found = system.edge.admit(body, now)
    elif "ce-specversion" in request.headers:
        try:
            found = system.edge.admit_event(binary(request.headers, body), body, now)
        except Unreadable as error:
            found = system.edge.refuse(body, error.problems, now)
    else:
        problem = Problem(
            "content-type",
            f"{media or 'none'} without ce- headers is no CloudEvent",
            f"send {STRUCTURED}, {BATCH}, or ce-specversion and the other ce- headers",
        )
        found = system.edge.refuse(body, (problem,), now)
    await _durable(system, [found])
    if isinstance(found, Refused):
        return answer(request, 400, "The event is invalid", found.problems[0].problem, found.problems)
    return Response(orjson.dumps(_said(found)), 202, media_type="application/json")


async def _durable(system: System, checked: Sequence[Admitted | Refused]) -> None:
    if checked:
        await asyncio.wrap_future(system.intake.offer(checked))


def _said(found: Admitted | Refused) -> dict[str, Any]:
    if isinstance(found, Refused):
        return {"source": found.source, "id": found.id, "status": "invalid", "problems": as_json(found.problems)}
    return {"source": found.source, "id": found.id, "status": "taken", "outcome": address(found.source, found.id)}


def address(source: str, id_: str) -> str:
    """Where an event's outcome is told."""
    return f"/events/{quote(source, safe='/:')}/{quote(id_, safe='')}"


@router.get("/events", responses={404: {"model": ProblemDetails}})
def event_outcome(
    request: Request,
    source: Annotated[str, Query(description="The event's source")],
    id: Annotated[str, Query(description="The event's id")],
) -> Outcome:
    """What became of an event, for sources and ids that are awkward in a path."""
    system = system_of(request)
    found = outcome(system.ledger, system.queue, source, id)
    if found is None:
        raise HTTPException(404, f"no event {id!r} of {source!r} was ever published here")
    return found


@router.get("/events/{source:path}/{id}", responses={404: {"model": ProblemDetails}})
def event_outcome_at(request: Request, source: str, id: str) -> Outcome:
    """What became of an event: pending, decided (with its facts), parked (waiting for what) or rejected (why)."""
    return event_outcome(request, source, id)
