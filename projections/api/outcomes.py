"""What became of an event: pending, decided with its facts, unchanged, refused, parked or rejected; how often it was
told again.

The ledger takes a request that a service refused by a fact as decided: that fact is the answer, and others read it too.
Who published it asked for something else, and hears so: *refused*, with what was wrong and what would be right.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import orjson
from pydantic import BaseModel

from events.codec import decode
from events.decision import Problem, Recorded
from events.refusing import Refusing
from events.register import REFUSING
from infra.ledger.port import Ledger, Parked, Rejected, Taken
from infra.queue.port import Queue
from projections.api.problems import FieldProblem


class FactLine(BaseModel):
    """A fact, with its place, cause and times. ``data`` is its payload as recorded."""

    id: str
    domain: str
    shard: int
    position: int
    stream: str
    version: int
    type: str
    data: dict[str, Any]
    source: str
    cause: str
    actor: str
    correlation: str
    occurred_at: str
    precision: str
    timezone: str | None
    recorded_at: str
    catalogue_position: int
    traceparent: str | None
    hash: str


class Contradiction(BaseModel):
    """The same id told again with other content: rejected, both digests kept."""

    rejected: int
    at: str
    problems: list[FieldProblem]


Status = Literal["pending", "decided", "unchanged", "refused", "parked", "rejected"]
SAME: Final = "changed nothing: what it says held already"
AGAIN: Final = "was told before with equal content: a repeat changes nothing"


class Outcome(BaseModel):
    """``decided``: its facts stand. ``unchanged``: it made no difference, so there are none. ``refused``: a fact says
    that what was asked isn't done, and ``problems`` why. ``rejected``: it couldn't be taken as it is. ``repeated`` says
    whether the event was told more than once with equal content; a repeat changes nothing. ``note`` says so in words.
    """

    source: str
    id: str
    status: Status
    note: str | None = None
    repeated: bool = False
    repeats: int = 0
    facts: list[FactLine] = []
    waits_for: list[str] = []
    until: str | None = None
    problems: list[FieldProblem] = []
    rejected: int | None = None
    contradictions: list[Contradiction] = []


def fact_line(at: Recorded) -> FactLine:
    """A recorded fact as answers show it."""
    return FactLine(
        id=at.id,
        domain=at.domain,
        shard=at.shard,
        position=at.position,
        stream=at.stream,
        version=at.version,
        type=f"{at.type}.v{at.schema}",
        data=orjson.loads(at.data),
        source=at.source,
        cause=at.cause,
        actor=at.actor,
        correlation=at.correlation,
        occurred_at=at.occurred_at.isoformat(),
        precision=at.precision,
        timezone=at.zone,
        recorded_at=at.recorded_at.isoformat(),
        catalogue_position=at.reference,
        traceparent=at.traceparent,
        hash=at.hash.hex(),
    )


def outcome(ledger: Ledger, queue: Queue, source: str, id_: str) -> Outcome | None:
    """What became of an event, or None when nobody ever published it."""
    taken = ledger.taken([(source, id_)]).get((source, id_))
    refusals = list(ledger.rejected_of(source, id_))
    if taken is None:
        if queue.pending(source, id_):
            return Outcome(source=source, id=id_, status="pending")
        return _refused_at_the_door(source, id_, refusals) if refusals else None
    contradictions = [_contradiction(found) for found in refusals if found.other_digest is not None]
    base = {
        "source": source,
        "id": id_,
        "status": taken.outcome,
        "note": AGAIN if taken.repeats else None,
        "repeated": taken.repeats > 0,
        "repeats": taken.repeats,
        "contradictions": contradictions,
    }
    return Outcome(**{**base, **_details(ledger, taken, refusals)})


def _details(ledger: Ledger, taken: Taken, refusals: list[Rejected]) -> dict[str, Any]:
    match taken.outcome:
        case "decided":
            return _decided(ledger.facts_of(taken))
        case "parked":
            return _waiting(
                next(
                    (
                        found
                        for found in ledger.parked(taken.domain, taken.shard)
                        if (found.source, found.id) == (taken.source, taken.id)
                    ),
                    None,
                )
            )
        case _:
            own = [found for found in refusals if found.other_digest is None]
            return {"problems": field_problems(own[-1]), "rejected": own[-1].number} if own else {}


def _decided(facts: Sequence[Recorded]) -> dict[str, Any]:
    if not facts:
        return {"status": "unchanged", "note": SAME}
    lines = [fact_line(at) for at in facts]
    wrong = _listed(reasons(facts))
    return {"status": "refused", "problems": wrong, "facts": lines} if wrong else {"facts": lines}


def reasons(facts: Iterable[Recorded]) -> list[Problem]:
    """Why what was asked isn't done, as far as these facts say so; none where it is."""
    refusals = [decode(at) for at in facts if (at.domain, at.type) in REFUSING]
    return [reason for fact in refusals if isinstance(fact, Refusing) for reason in fact.reasons]


def _waiting(parked: Parked | None) -> dict[str, Any]:
    return {} if parked is None else {"waits_for": list(parked.missing), "until": parked.deadline.isoformat()}


def _refused_at_the_door(source: str, id_: str, refusals: list[Rejected]) -> Outcome:
    last = refusals[-1]
    return Outcome(source=source, id=id_, status="rejected", problems=field_problems(last), rejected=last.number)


def _contradiction(found: Rejected) -> Contradiction:
    return Contradiction(rejected=found.number, at=found.at.isoformat(), problems=field_problems(found))


def field_problems(rejected: Rejected) -> list[FieldProblem]:
    """A refusal's reasons as answers list them."""
    return _listed(rejected.problems)


def _listed(problems: Iterable[Problem]) -> list[FieldProblem]:
    return [FieldProblem(field=found.field, problem=found.problem, remedy=found.remedy) for found in problems]
