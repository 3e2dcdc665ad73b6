"""What people and the purchasing system say about decisions. Requests ask; the observation happened."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from events.model import Observation, Request
from events.planning.shapes import PolicyShape
from events.values import Id, Text, blank

POLICY = "policy"
"""The stream of the policy."""


def decision_stream(decision: str) -> str:
    """The stream of what people say about a decision.

    >>> decision_stream("D7-1")
    'decision/D7-1'
    """
    return f"decision/{decision}"


def requisition_stream(requisition: str) -> str:
    """The stream of a requisition.

    >>> requisition_stream("Q7-2")
    'requisition/Q7-2'
    """
    return f"requisition/{requisition}"


def _said(reason: str) -> str:
    if blank(reason):
        raise ValueError("nothing is said; say why, in a few words: whoever audits will read it")
    return reason


Reason = Annotated[Text, AfterValidator(_said)]
"""Why a person decides otherwise: never blank."""


class DecisionRequest(Request):
    """Something a person asks about a decision."""

    DOMAIN: ClassVar[str] = "planning"
    decision: Id = Field(description="the decision's id, as in the worklist")

    @property
    def stream(self) -> str:
        return decision_stream(self.decision)


class ApproveDecision(DecisionRequest):
    """Do as was proposed."""

    reason: Text | None = None


class RefuseDecision(DecisionRequest):
    """Don't do as was proposed or decided; decide again, and not in this way, until the word is released."""

    reason: Reason


class OverrideDecision(DecisionRequest):
    """Go another of the ways that the decision lists. It stands until it is released."""

    option: int = Field(ge=1, description="the number of one of the decision's alternatives")
    reason: Reason


class ReleaseOverride(DecisionRequest):
    """A person's word on this decision ends: the planner decides freely again."""

    reason: Text | None = None


class SetPolicy(PolicyShape, Request):
    """What the planner may do alone, and what it weighs, from now on."""

    DOMAIN: ClassVar[str] = "planning"
    reason: Text | None = None

    @property
    def stream(self) -> str:
        return POLICY


class Declined(Observation):
    """The purchasing system won't order a requisition."""

    DOMAIN: ClassVar[str] = "planning"
    requisition: Id
    reason: Text | None = None

    @property
    def stream(self) -> str:
        return requisition_stream(self.requisition)


PlanningMessage = ApproveDecision | RefuseDecision | OverrideDecision | ReleaseOverride | SetPolicy | Declined
