"""Nothing follows by itself from master data: who needs it looks it up in the reference."""

from collections.abc import Sequence

from events.decision import Recorded
from events.model import Command, Fact


def react(fact: Fact, at: Recorded) -> Sequence[Command]:  # noqa: ARG001
    return ()
