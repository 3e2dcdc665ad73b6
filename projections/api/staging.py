"""A running system as the stage of a story: it is told the time, given events, and waited for."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from events.decision import Recorded
from infra.clock import set_clock
from infra.sample.news import News
from infra.store import Store
from projections.api.cli.taking import Report, take
from projections.api.hosting import settle
from projections.api.system import System


class Stage:
    """``clock`` is the file that the system's settings name as its clock. ``refused`` are what the door turned away."""

    def __init__(self, base: Store | System, clock: Path) -> None:
        self.base, self.clock = base, clock
        self.refused: list[tuple[str, str]] = []
        self._news = News(base.ledger)

    def set_clock(self, now: datetime) -> None:
        set_clock(self.clock, now)

    def publish(self, events: Sequence[bytes]) -> None:
        report = Report()
        checked = self.base.edge.admit_all(list(events), self.base.clock())
        take(self.base, [str(n) for n in range(len(events))], checked, report)
        for _, found in report.refused:
            told = found.rejected
            self.refused.append((f"{told.source} {told.id}", "; ".join(p.problem for p in told.problems)))

    def settle(self) -> None:
        settle(self.base)

    def news(self) -> Sequence[Recorded]:
        return self._news()
