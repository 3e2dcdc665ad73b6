"""Facts that say no: what was asked isn't done, and others must hear so. Their class says it, not their name."""

from typing import Any, cast

from events.decision import Problem
from events.model import Fact


class Refusing(Fact):
    """What was asked isn't done, and why. Who asked hears of it as a refusal, with its reasons."""

    @property
    def reasons(self) -> tuple[Problem, ...]:
        """What was wrong, each with what would be right: by default, the fact's own field ``problems``."""
        return tuple(Problem(one.field, one.problem, one.remedy) for one in cast(Any, self).problems)
