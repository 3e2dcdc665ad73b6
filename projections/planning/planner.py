"""The planner as the shell knows it: folds every fact, and decides at a cut (``infra/planning.py``)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from events.decision import Recorded
from events.model import Fact
from events.values import exactly
from projections.planning import cut
from projections.planning.lookups import Plant
from projections.planning.world.state import State

RELEASE: Final = "2026.1"
"""Raise it with every change that may make the planner decide otherwise on the same facts."""


class LotonePlanner:
    """One planner. It is thrown away when an append fails, and another folds the ledger from the start."""

    def __init__(self) -> None:
        self.state = State()
        self.plant = Plant(self.state)

    @property
    def release(self) -> str:
        return RELEASE

    def fold(self, fact: Fact, at: Recorded) -> None:
        """One more fact of any domain."""
        _folded(self.state, fact, at)

    def stirred(self) -> bool:
        """Whether anything was touched since the last cut."""
        return bool(self.state.touched)

    def due(self) -> datetime | None:
        """When something falls due next by time alone."""
        return _due(self.state)

    def cut(self, vector: Mapping[tuple[str, int], int], now: datetime) -> Sequence[tuple[str, Fact]]:
        """Decide at this point of history."""
        return _decided(self, vector, now)


@exactly
def _folded(state: State, fact: Fact, at: Recorded) -> None:
    state.fold(fact, at)


@exactly
def _due(state: State) -> datetime | None:
    state.joins.settle()
    return state.joins.alarms.next()


@exactly
def _decided(
    planner: LotonePlanner, vector: Mapping[tuple[str, int], int], now: datetime
) -> Sequence[tuple[str, Fact]]:
    return cut.decide(planner.state, planner.plant, vector, now, planner.release)
