"""The planner's desk: a person who looks at what is proposed, mostly agrees, and at times doesn't."""

from datetime import datetime

from events.planning.facts import (
    AnswerRefused,
    DecisionApproved,
    DecisionFact,
    DecisionProposed,
    RequirementRouted,
)
from events.planning.messages import ApproveDecision, OverrideDecision, RefuseDecision, ReleaseOverride
from infra.sample.life.agenda import PERSON
from infra.sample.life.world import World


class Judging:
    """Everything that is proposed, until it is answered. ``refuse`` and ``override`` are how many of the next ones are
    answered otherwise."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.open: dict[str, DecisionProposed] = {}
        self.ways: dict[str, list[int]] = {}
        self.refuse = 0
        self.override = 0
        self.answered: dict[str, str] = {}

    def learn(self, fact: DecisionFact | RequirementRouted) -> None:
        """A proposal, or the end of one."""
        match fact:
            case RequirementRouted():
                self.ways[fact.decision] = [way.option for way in fact.alternatives]
            case DecisionProposed():
                self.open[fact.decision] = fact
                at = self.world.soon(fact.site, 1, 6, "judge", fact.decision)
                self.world.agenda.at(at, f"judge {fact.decision}", lambda now: self._judge(fact.decision, now))
            case DecisionApproved() | AnswerRefused():
                pass
            case _:
                self.open.pop(fact.decision, None)

    def _judge(self, decision: str, now: datetime) -> None:
        found = self.open.pop(decision, None)
        if found is None:
            return
        if self.refuse:
            self.refuse -= 1
            self._say(decision, "refused", RefuseDecision(decision=decision, reason="too dear; look again"), now)
        elif self.override and self.ways.get(decision):
            self.override -= 1
            option = self.ways[decision][0]
            body = OverrideDecision(decision=decision, option=option, reason="I know this supplier")
            self._say(decision, "overridden", body, now)
        else:
            self._say(decision, "approved", ApproveDecision(decision=decision), now)

    def release(self, now: datetime) -> str | None:
        """Take back the first word that isn't an approval."""
        told = next((id for id, answer in sorted(self.answered.items()) if answer in ("refused", "overridden")), None)
        if told is not None:
            self._say(told, "released", ReleaseOverride(decision=told, reason="decide freely again"), now)
        return told

    def _say(
        self, decision: str, answer: str,
        body: ApproveDecision | RefuseDecision | OverrideDecision | ReleaseOverride, now: datetime,
    ) -> None:
        self.answered[decision] = answer
        self.world.agenda.tell(PERSON, f"{decision}/{answer}", body, now, "person-9")


