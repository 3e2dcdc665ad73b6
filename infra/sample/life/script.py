"""What is going to go wrong, and when: dated steps. Each says what happens; whom it hits is looked for on its day.

``day`` counts from the story's first day, 0. A step that finds nobody to hit (no frozen run yet, nothing under way)
tries again on each of the days after it, and is reported if it never does.
"""

from dataclasses import dataclass
from typing import ClassVar

from events.planning.shapes import PolicyShape


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens on a day of the story."""

    NAME: ClassVar[str] = ""
    day: int


@dataclass(frozen=True, slots=True)
class CloseSupplier(Step):
    """A supplier can't deliver, for so many days; at times nobody can say for how many."""

    NAME: ClassVar[str] = "supplier closes"
    supplier: str
    days: int
    says: bool = True


@dataclass(frozen=True, slots=True)
class CloseLane(Step):
    """A lane is closed for so many days: this one, or else the one with the most goods on it or planned."""

    NAME: ClassVar[str] = "lane closes"
    days: int
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class SlowLane(Step):
    """A lane takes longer for so many days: this one, or else the one with the most goods on it or planned."""

    NAME: ClassVar[str] = "lane is slow"
    days: int
    hours: int
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class LoseStock(Step):
    """One location's stock of a part is gone: of this part, or else of the one with the most claims."""

    NAME: ClassVar[str] = "stock is lost"
    site: str
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Scrap(Step):
    """A run that is under way spoils a piece: one for a customer's order, or one for parts that others need."""

    NAME: ClassVar[str] = "scrap in mid-run"
    for_order: bool


@dataclass(frozen=True, slots=True)
class Late(Step):
    """A delivery that others wait for comes days later: more, or less, than those who wait can bear."""

    NAME: ClassVar[str] = "delivery is late"
    slack: bool


@dataclass(frozen=True, slots=True)
class Amend(Step):
    """A customer wants one more of a line, or one fewer, before or after its run is frozen."""

    NAME: ClassVar[str] = "order is amended"
    frozen: bool
    by: int = 1
    days: int = 0


@dataclass(frozen=True, slots=True)
class Cancel(Step):
    """A customer cancels, before or after the run is frozen."""

    NAME: ClassVar[str] = "order is cancelled"
    frozen: bool


@dataclass(frozen=True, slots=True)
class Refuse(Step):
    """The person at the planner's desk refuses the next proposals."""

    NAME: ClassVar[str] = "proposal is refused"
    count: int = 1


@dataclass(frozen=True, slots=True)
class Override(Step):
    """The person at the planner's desk goes another way than was decided just now."""

    NAME: ClassVar[str] = "decision is overridden"


@dataclass(frozen=True, slots=True)
class Release(Step):
    """The person takes back a word."""

    NAME: ClassVar[str] = "word is released"


@dataclass(frozen=True, slots=True)
class Rule(Step):
    """Another policy holds."""

    NAME: ClassVar[str] = "policy is set"
    policy: PolicyShape
    reason: str


Steps = (
    CloseSupplier | CloseLane | SlowLane | LoseStock | Scrap | Late | Amend | Cancel | Refuse | Override | Release
    | Rule
)


@dataclass(frozen=True, slots=True)
class Struck:
    """A step that happened: when, and to whom."""

    step: Step
    day: int
    whom: str
