"""What people and the purchasing system say to planning: recorded, or refused where it can be seen at once.

A stream knows only its own facts: a decision's, whether it was proposed and what was said of it; the policy's, its
version. Whether an option exists, or a decision still stands, the next cut sees, and answers with ``AnswerRefused``.
A person's word stands until it is released: another one, by whatever way it comes, is refused and doesn't replace it.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from events.catalogue.reference import Reference
from events.codec import encode
from events.decision import Decided, Message, Outcome, Recorded
from events.model import Fact
from events.planning import facts as f
from events.planning import messages as m
from events.planning.shapes import PolicyShape, Trouble

FOLD: Final = 2
"""The number of this shape of state; raise it with every change here."""


@dataclass(slots=True)
class Said:
    """What one stream knows of itself. ``waited``: it was still to be answered when the last word came."""

    proposed: bool = False
    open: bool = False
    word: str = ""
    version: int = 0
    policy: str = ""
    waited: bool = False


def initial(_stream: str) -> Said:
    """Nothing was said of it yet."""
    return Said()


def evolve(state: Said, fact: Any, _at: Recorded) -> Said:
    """The state after a fact."""
    match fact:
        case f.DecisionProposed():
            state.proposed = state.open = True
        case f.DecisionApproved() | f.DecisionWithdrawn():
            state.open = False
        case f.DecisionRefused() | f.DecisionOverridden():
            state.waited, state.open, state.word = state.open, False, encode(fact).decode()
        case f.AnswerRefused(asked="OverrideDecision", problems=(Trouble(field="option"),)):  # the next cut's answer
            state.open = state.waited
        case f.OverrideEnded():
            state.word = ""
        case f.RequisitionDeclined():
            state.word = encode(fact).decode()
        case f.PolicySet():
            state.version, state.policy = fact.version, _words(fact)
        case _:
            pass
    return state


def decide(state: Said, _reference: Reference, message: Message[Any], _now: datetime) -> Outcome:
    """The facts that follow."""
    body: m.PlanningMessage = message.body
    match body:
        case m.ApproveDecision():
            return _approve(state, body)
        case m.RefuseDecision():
            return _say(state, body, f.DecisionRefused(decision=body.decision, reason=body.reason))
        case m.OverrideDecision():
            fact = f.DecisionOverridden(decision=body.decision, option=body.option, reason=body.reason)
            return _say(state, body, fact)
        case m.ReleaseOverride():
            return _release(state, body)
        case m.SetPolicy():
            return _set(state, body)
        case m.Declined():
            return _once(state, f.RequisitionDeclined(requisition=body.requisition, reason=body.reason))


def _once(state: Said, fact: Fact) -> Outcome:
    """The same word again changes nothing."""
    return Decided(() if state.word == encode(fact).decode() else (fact,))


def _say(state: Said, body: m.DecisionRequest, fact: Fact) -> Outcome:
    """A person's word, unless one stands."""
    if state.word and state.word != encode(fact).decode():
        return _refused(body, "a person's word stands on it already", "release that one first, then say yours")
    return _once(state, fact)


def _approve(state: Said, body: m.ApproveDecision) -> Outcome:
    if state.open:
        return Decided((f.DecisionApproved(decision=body.decision, reason=body.reason),))
    problem = "it isn't proposed any more" if state.proposed else "it was never proposed"
    return _refused(body, problem, "approve one of the worklist's decisions")


def _release(state: Said, body: m.ReleaseOverride) -> Outcome:
    if state.word:
        return Decided((f.OverrideEnded(decision=body.decision, reason=body.reason),))
    return _refused(body, "nobody's word stands on it", "release a decision that was refused or overridden")


def _refused(body: m.DecisionRequest, problem: str, remedy: str) -> Outcome:
    trouble = Trouble(field="decision", problem=problem, remedy=remedy)
    return Decided((f.AnswerRefused(decision=body.decision, asked=type(body).__name__, problems=(trouble,)),))


def _words(policy: PolicyShape) -> str:
    return policy.model_dump_json(include=set(PolicyShape.model_fields))


def _set(state: Said, body: m.SetPolicy) -> Outcome:
    if state.policy == _words(body):
        return Decided(())
    told = {name: getattr(body, name) for name in PolicyShape.model_fields}
    return Decided((f.PolicySet(**told, version=state.version + 1, reason=body.reason),))


def dump(state: Said) -> bytes:
    """A snapshot's bytes."""
    return json.dumps([state.proposed, state.open, state.word, state.version, state.policy, state.waited]).encode()


def load(data: bytes) -> Said:
    """A state from a snapshot's bytes."""
    return Said(*json.loads(data))
