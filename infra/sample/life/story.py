"""A story: a factory, its luck, what its customers want and what goes wrong; and how it is played, step by step.

What it is played on is a ``Stage``: something that takes events, decides them, and gives the facts. At each step the
clock is set, and what falls due by that is decided; then what happened up to then is published, everything is decided
and followed up, and only then the world reads what is new. So the same story gives the same events on a slow stage and
on a quick one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from pydantic_core import to_json

from events.decision import Recorded
from infra.sample.life.agenda import Event
from infra.sample.life.life import Life
from infra.sample.life.script import Steps


class Stage(Protocol):
    """A system that a story is played on."""

    def set_clock(self, now: datetime) -> None:
        """It is this late."""
        ...

    def publish(self, events: Sequence[bytes]) -> None:
        """Take these in, all of them."""
        ...

    def settle(self) -> None:
        """Wait until all is decided and followed up, and the planner has nothing to decide."""
        ...

    def news(self) -> Sequence[Recorded]:
        """The facts since this was last asked for."""
        ...


@dataclass(frozen=True)
class Story:
    """``opening`` is master data, stock, lanes and policy; ``orders`` arrive at their own times; ``noise`` is what
    upstream systems get wrong, told as it is. It begins at the last of a day's ``hours``, and goes on from one of
    these to the next until every order is through, or for ``days``. Where people are ``eager``, what is ready for a
    customer leaves at once, and carriers hand over until late and are mostly quicker than they say."""

    seed: int
    zone: str
    begins: datetime
    days: int
    opening: Sequence[Event]
    orders: Sequence[Event]
    script: Sequence[Steps] = ()
    noise: Sequence[Event] = ()
    hours: Sequence[int] = (18,)
    eager: bool = False

    def time_of(self, step: int) -> datetime:
        """When the so many-th step is; the 0th is the beginning."""
        days, hour = divmod(step - 1, len(self.hours))
        return self.begins if step == 0 else (self.begins + timedelta(days=days + 1)).replace(hour=self.hours[hour])


@dataclass(frozen=True)
class Day:
    """What a day, or a part of it, brought."""

    number: int
    evening: datetime
    events: Sequence[Event]
    facts: Sequence[Recorded]
    open_orders: int


def _unheard(_: Day) -> None:
    """Nobody wants to hear of the days."""


@dataclass
class Play:
    """A story being played. ``each`` hears of every day when it is over."""

    story: Story
    stage: Stage
    each: Callable[[Day], None] = field(default=_unheard)
    step: int = 0

    def __post_init__(self) -> None:
        story = self.story
        self.life = Life(story.seed, story.zone, story.begins, story.script, story.eager)
        self._wanted = {order["data"]["number"] for order in story.orders}
        self.life.expect([*story.orders, *story.noise])

    def begin(self) -> None:
        """Master data, opening stock, lanes and policy."""
        self._evening(list(self.story.opening), self.story.begins)

    def day(self) -> None:
        """One more day, or a part of it."""
        self.step += 1
        self._evening(self.life.until(self.evening), self.evening)

    def whole(self) -> Life:
        """All of it."""
        self.begin()
        while not self.over:
            self.day()
        return self.life

    @property
    def evening(self) -> datetime:
        """When the last step was."""
        return self.story.time_of(self.step)

    @property
    def number(self) -> int:
        """How many days were begun."""
        return -(-self.step // len(self.story.hours))

    @property
    def over(self) -> bool:
        """Whether the days are used up, or every order is through and nothing of the script is left."""
        selling = self.life.selling
        done = self._wanted <= selling.answered and not selling.open
        return self.number >= self.story.days or (done and not self.life.trouble.waiting)

    def _evening(self, events: Sequence[Event], now: datetime) -> None:
        self.stage.set_clock(now)
        self.stage.settle()
        self.stage.publish([to_json(event) for event in events])
        self.stage.settle()
        facts = self.stage.news()
        self.life.learn(facts, now)
        self.life.evening(self.number)
        self.each(Day(self.number, now, events, facts, len(self.life.selling.open)))
