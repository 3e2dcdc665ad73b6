"""A person's word on a decision, as the event that it is, and what became of it."""

import time
from datetime import datetime
from typing import Any, Final, Literal

import orjson

from infra.queue.port import Queue
from projections.api.outcomes import Outcome, outcome
from projections.decisions_queries import DecisionAnswer

Word = Literal["approve", "refuse", "override", "release"]
TYPES: Final = {
    "approve": "ApproveDecision", "refuse": "RefuseDecision", "override": "OverrideDecision",
    "release": "ReleaseOverride",
}
PATIENCE: Final = 10.0
"""Seconds to wait for what was said to be decided."""
_LOOK: Final = 0.02


def event(type_: str, id_: str, source: str, actor: str, now: datetime, data: dict[str, Any]) -> bytes:
    """A planning request as a CloudEvent."""
    return orjson.dumps({
        "specversion": "1.0", "id": id_, "source": source, "type": f"lotone.planning.{type_}.v1",
        "time": now.isoformat(), "actor": actor, "data": {k: v for k, v in data.items() if v is not None},
    })


def word(
    what: Word, decision: str, id_: str, source: str, actor: str, now: datetime, *, reason: str | None = None,
    option: int | None = None,
) -> bytes:
    """A person's word on a decision."""
    data = {"decision": decision, "reason": reason, "option": option}
    return event(TYPES[what], id_, source, actor, now, data)


def unfit(what: Word, found: DecisionAnswer, option: int | None) -> str | None:
    """Why a word can't be followed, as far as that can be seen already; None when nothing speaks against it."""
    decision = found.decision
    if what in ("refuse", "override") and decision.word in ("refused", "overridden"):
        return (
            f"{decision.decision} was {decision.word} by {decision.answered_by}: {decision.answer}; "
            "that word stands until it is released: release it first, then say yours"
        )
    if what in ("refuse", "override") and decision.status == "withdrawn":
        return f"{decision.decision} isn't needed any more: there is nothing to {what}; the worklist shows what waits"
    if what == "approve" and decision.status != "proposed":
        return f"{decision.decision} isn't proposed: it is {decision.status}; the worklist shows what waits"
    if what == "override":
        options = {way.option: way for way in (*decision.chosen, *found.alternatives)}
        if option not in options:
            told = ", ".join(f"{number} ({way.kind})" for number, way in sorted(options.items()))
            return f"{decision.decision} has no option {option}; it has {told or 'none'}"
    if what == "release" and decision.word not in ("refused", "overridden"):
        return f"nobody's word stands on {decision.decision}: there is nothing to release"
    return None


def awaited(ledger: Any, queue: Queue, source: str, id_: str, patience: float = PATIENCE) -> Outcome:
    """What became of it, once it is decided, or pending still when patience ends."""
    deadline = time.monotonic() + patience
    while True:
        found = outcome(ledger, queue, source, id_)
        if found is not None and found.status != "pending":
            return found
        if time.monotonic() > deadline:
            return found or Outcome(source=source, id=id_, status="pending")
        time.sleep(_LOOK)


def objection(found: Outcome) -> str | None:
    """What planning answered instead of following a word, if it did."""
    if found.status != "refused":
        return None
    return "; ".join(f"{one.problem}: {one.remedy}" for one in found.problems)
