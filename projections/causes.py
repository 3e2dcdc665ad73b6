"""What caused a fact, step by step, back to the event that somebody published.

A fact names the message it was decided from. Where that was a command of ours, the message's source and id name the
fact that it followed from (``lotone/inventory/0``, ``12.0``: position 12); where the planner decided it, its payload
says because of which facts (``because``). Anything else is an upstream event, and the end.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from events.decision import Recorded
from infra.edge import OURS
from infra.ledger.port import Ledger
from infra.planning import PLANNER
from projections.queries import Answer

_DEEPEST: Final = 30
_MOST: Final = 40
_NEAR: Final = 200


class Step(Answer):
    """A fact, and what it was decided from. ``depth`` counts from what is asked about. ``event``: an upstream event,
    the end of the chain, which ``GET /events/{source}/{id}`` tells all about."""

    depth: int
    fact: str
    type: str
    stream: str
    what: dict[str, Any]
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    source: str
    cause: str
    event: bool


def causes(ledger: Ledger, facts: Sequence[str]) -> list[Step]:
    """The facts named and everything behind them, each once and right under what it caused."""
    found: list[Step] = []
    seen: set[str] = set()
    for id_ in facts:
        _walk(ledger, id_, 0, found, seen)
    return found


def _walk(ledger: Ledger, id_: str, depth: int, found: list[Step], seen: set[str]) -> None:
    if id_ in seen or len(found) >= _MOST or depth > _DEEPEST:
        return
    seen.add(id_)
    at = fact_named(ledger, id_)
    if at is None:
        return
    data = orjson.loads(at.data)
    found.append(_step(at, data, depth))
    for behind in _behind(ledger, at, data):
        _walk(ledger, behind, depth + 1, found, seen)


def fact_named(ledger: Ledger, id_: str) -> Recorded | None:
    """The fact with this id, ``domain/shard/position``; None when there is none."""
    domain, _, rest = id_.partition("/")
    shard, _, position = rest.partition("/")
    if not (shard.isdecimal() and position.isdecimal() and int(position)):
        return None
    head = ledger.heads().get((domain, int(shard)))
    if head is None or int(position) > head.position:
        return None
    return next(iter(ledger.scan(domain, int(shard), int(position) - 1, int(position))), None)


def _behind(ledger: Ledger, at: Recorded, data: dict[str, Any]) -> list[str]:
    if at.source == PLANNER:
        return [str(id_) for id_ in data.get("because", ())] or _of_decision(ledger, at, data)
    if at.source.startswith(OURS):
        position = at.cause.partition(".")[0]
        return [f"{at.source.removeprefix(OURS)}/{position}"]
    return []


def _of_decision(ledger: Ledger, at: Recorded, data: dict[str, Any]) -> list[str]:
    """Pegs and runs don't say why: the decision that they belong to does, in the same cut and close by."""
    decision = data.get("decision")
    if decision is None:
        return []
    for other in ledger.scan(at.domain, at.shard, max(0, at.position - _NEAR), at.position + _NEAR):
        told = orjson.loads(other.data) if other.cause == at.cause and other.source == at.source else {}
        if told.get("decision") == decision and told.get("because"):
            return [str(id_) for id_ in told["because"]]
    return []


_TOLD: Final = (
    "part", "site", "amount", "unit", "number", "line", "run", "shipment", "supplier", "lane", "transfer", "promised",
    "wanted", "expected", "until", "reason", "decision", "requirement", "short", "good", "scrapped", "purpose", "kind",
    "detail", "start", "due", "was", "state", "component", "order", "requisition",
)


def _step(at: Recorded, data: dict[str, Any], depth: int) -> Step:
    event = at.source != PLANNER and not at.source.startswith(OURS)
    return Step(
        depth=depth, fact=at.id, type=at.type, stream=at.stream, what={k: data[k] for k in _TOLD if k in data},
        occurred_at=at.occurred_at, recorded_at=at.recorded_at, actor=at.actor, source=at.source, cause=at.cause,
        event=event,
    )
