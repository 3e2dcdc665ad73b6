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
from events.planning.shapes import WhyNot
from infra.sample.life.agenda import PERSON
from infra.sample.life.world import World


class Judging:
    """Everything that is proposed, until it is answered. ``refuse`` is how many of the next ones are refused; ``ways``
    are the decisions that were read last for which there was another way, and the first of these."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.open: dict[str, DecisionProposed] = {}
        self.ways: dict[str, int] = {}
        self._read_at = world.now
        self.refuse = 0
        self.answered: dict[str, str] = {}

    def learn(self, fact: DecisionFact | RequirementRouted) -> None:
        """A proposal, or the end of one."""
        match fact:
            case RequirementRouted():
                self._ways(fact)
            case DecisionProposed():
                self.open[fact.decision] = fact
                at = self.world.soon(fact.site, 1, 6, "judge", fact.decision)
                self.world.agenda.at(at, f"judge {fact.decision}", lambda now: self._judge(fact.decision, now))
            case DecisionApproved() | AnswerRefused():
                pass
            case _:
                self.open.pop(fact.decision, None)

    def _ways(self, fact: RequirementRouted) -> None:
        if self._read_at != self.world.now:
            self.ways.clear()
            self._read_at = self.world.now
        other = [way.option for way in fact.alternatives if way.why in (WhyNot.DEARER, WhyNot.LATER)]
        if other:
            self.ways[fact.decision] = other[0]

    def override(self, now: datetime) -> str | None:
        """Go another way than was decided just now, if there was one. Which decision it is."""
        if not self.ways or self._read_at != self.world.now:
            return None
        decision, option = min(self.ways.items())
        body = OverrideDecision(decision=decision, option=option, reason="I know better this time")
        self._say(decision, "overridden", body, now)
        return decision

    def _judge(self, decision: str, now: datetime) -> None:
        found = self.open.pop(decision, None)
        if found is None:
            return
        if self.refuse:
            self.refuse -= 1
            self._say(decision, "refused", RefuseDecision(decision=decision, reason="too dear; look again"), now)
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


