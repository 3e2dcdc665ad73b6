"""A planner that decides nothing: for histories of services alone, in which nobody asks what a planner does beside."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from events.decision import Recorded
from events.model import Fact
from infra.planning import Planning
from projections.planning.app import build


class Idle:
    """Folds nothing, and nothing stirs it."""

    release = "idle"

    def fold(self, fact: Fact, at: Recorded) -> None:
        """It doesn't matter."""

    def stirred(self) -> bool:
        return False

    def due(self) -> datetime | None:
        return None

    def cut(self, vector: Mapping[tuple[str, int], int], now: datetime) -> Sequence[tuple[str, Fact]]:
        return ()


def idle() -> Planning:
    """This release's rules for what people ask, and nobody who plans."""
    return Planning(build().service, Idle)
