"""A person's word on a decision over HTTP: approve, refuse, override, release. Each is published as the event that it
is, with whoever says it as its actor, and answered with what became of it."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Header, HTTPException, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from infra.edge import Refused
from projections.api.answering import Word, awaited, objection, unfit, word
from projections.api.outcomes import Outcome
from projections.api.parameters import MISSING, reading_from
from projections.api.problems import ProblemDetails
from projections.api.system import system_of
from projections.decisions_queries import decision as decision_of

router = APIRouter(tags=["planning"])
SOURCE = "lotone-api/decisions"
_ANSWERS = {
    **MISSING,
    409: {"model": ProblemDetails, "description": "It can't be followed, as the decision stands now"},
    429: {"model": ProblemDetails, "description": "Intake is full: nothing was taken; see Retry-After"},
}
Decision = Annotated[str, Path(description="The decision's number, as in the worklist", examples=["D7-1"])]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="The same key again is the same word, said twice: it changes nothing",
    ),
]


class Said(BaseModel):
    """Who says it, and why."""

    model_config = ConfigDict(extra="forbid")
    actor: str = Field(min_length=1, max_length=120, description="whoever says it", examples=["planner-3"])
    reason: str | None = Field(default=None, min_length=1, max_length=2000, examples=["agreed with purchasing"])


class SaidWhy(Said):
    """Who says it, and why: a reason is needed."""

    reason: str = Field(
        min_length=1, max_length=2000, pattern=r"\S", examples=["this supplier's last two lots were bad"]
    )


class SaidOption(SaidWhy):
    """Which of the decision's ways is to be gone instead, by its number."""

    option: int = Field(ge=1, description="the number of one of the decision's alternatives", examples=[2])


@router.post("/decisions/{decision}/approve", responses=_ANSWERS)
def approve(request: Request, decision: Decision, said: Said, key: Key = None) -> Outcome:
    """Do as was proposed."""
    return _say(request, "approve", decision, said, key)


@router.post("/decisions/{decision}/refuse", responses=_ANSWERS)
def refuse(request: Request, decision: Decision, said: SaidWhy, key: Key = None) -> Outcome:
    """Not in this way. What it covers is decided anew, and not so again until the word is released."""
    return _say(request, "refuse", decision, said, key)


@router.post("/decisions/{decision}/override", responses=_ANSWERS)
def override(request: Request, decision: Decision, said: SaidOption, key: Key = None) -> Outcome:
    """Go another of the ways that the decision lists. It stands until it is released."""
    return _say(request, "override", decision, said, key, said.option)


@router.post("/decisions/{decision}/release", responses=_ANSWERS)
def release(request: Request, decision: Decision, said: Said, key: Key = None) -> Outcome:
    """A person's word on this decision ends: the planner decides freely again."""
    return _say(request, "release", decision, said, key)


def _say(
    request: Request, what: Word, decision: str, said: Said, key: str | None, option: int | None = None
) -> Outcome:
    system = system_of(request)
    with reading_from(request) as connection:
        found = decision_of(connection, decision)
    if found is None:
        raise HTTPException(404, f"no decision {decision!r}; GET /decisions/worklist lists what waits")
    id_ = f"{decision}/{what}/{key or uuid4().hex}"
    told = system.ledger.taken([(SOURCE, id_)])
    if not told and (why := unfit(what, found, option)) is not None:
        raise HTTPException(409, why)
    if not told:
        now = system.clock()
        raw = word(what, decision, id_, SOURCE, said.actor, now, reason=said.reason, option=option)
        checked = system.edge.admit(raw, now)
        if isinstance(checked, Refused):
            first = checked.problems[0]
            raise HTTPException(422, f"{first.field}: {first.problem}; {first.remedy}")
        system.intake.offer([checked]).result()
    answer = awaited(system.ledger, system.queue, SOURCE, id_)
    if (why := objection(answer)) is not None:
        raise HTTPException(409, why)
    return answer.model_copy(update={"repeated": True}) if told else answer
