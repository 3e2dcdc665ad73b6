"""The stories that are told to a system that dies: the sample factory's six weeks, and their beginning. The third is
the bicycle maker's (``tests/adventureworks/story.py``), for ``python -m benchmarks kills``."""

from dataclasses import replace
from typing import Final

from infra.sample.life.story import Story
from infra.sample.weeks import weeks

WAITS: Final = "SO-901"
"""An order for what nobody builds waits for a week to become known. While something waits, whoever waits for quiet
waits half a second longer each time."""


def whole() -> Story:
    """All six weeks with all their troubles, until every order is through."""
    return weeks()


def beginning(days: int) -> Story:
    """The first days: nothing waits in them for good, so they are told quicker."""
    story = weeks()
    return replace(story, days=days, noise=[event for event in story.noise if event["id"] != WAITS])
