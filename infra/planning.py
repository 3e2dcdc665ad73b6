"""What the planner is to the runtime: something pure that reads every fact, and now and then decides at a cut.

The idea. The shell (``infra/planner.py``) reads the ledger, keeps the vector, holds the lease, chains and appends; the
planner folds what it is given and answers ``cut`` with facts. It does no IO, reads no clock, and is never told whether
an append succeeded: when one fails, it is thrown away, and a new one folds the ledger from the start.

The order of folding is the order in which the planner lived. Of a cut, every fact up to its vector is folded before its
``CutTaken``, and every other one after the cut's last fact. Between two cuts the shards come in any order: state is a
product of per-shard parts, and so must be the notes of what was touched.

The invariant, which ``infra/proving.py`` holds every planner to: after ``cut`` it is in the same state as another that
folded the same facts and then those of the cut, one after the other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from events.decision import Recorded
from events.model import Fact
from events.service import Service

PLANNING: Final = "planning"
"""The planner's domain. It has one shard."""
PLANNER: Final = "lotone:planner"
"""The source of the facts of a cut; their cause is the cut's number, as text."""
ACTOR: Final = "planner"
"""Who decided them."""
PLAN: Final = "plan"
"""The stream of ``CutTaken`` and ``TimePassed``."""


class Planner(Protocol):
    """Folds the facts of all domains, its own among them, and decides when it is asked to."""

    @property
    def release(self) -> str:
        """Which planner this is: another release may decide otherwise. ``CutTaken`` tells it."""
        ...

    def fold(self, fact: Fact, at: Recorded) -> None:
        """One more fact, of any domain, in the order of its shard. A ``CutTaken`` ends what was touched before it."""
        ...

    def stirred(self) -> bool:
        """Whether a fact folded since the last cut may matter to it. Asked often: it must cost nothing."""
        ...

    def due(self) -> datetime | None:
        """When something falls due next by time alone; None when nothing will. Asked often."""
        ...

    def cut(self, vector: Mapping[tuple[str, int], int], now: datetime) -> Sequence[tuple[str, Fact]]:
        """Decide at this point of history: what to record, and in which stream, in order.

        ``vector`` is how far each shard was folded, planning itself included; ``now`` never goes back. The answer
        begins with ``("plan", CutTaken(cut=one more than the last, vector=…, clock=now, …))``, and every fact of it
        has been folded by the planner itself as it was decided: it isn't given to ``fold`` again. The n-th fact (from
        1) will have the id ``planning/0/{vector["planning", 0] + n}``, source ``PLANNER``, ``now`` as ``recorded_at``.

        Nothing at all: there is nothing to decide, and nothing is appended; the planner must then be as it was before,
        what was touched included, because no replay can know that it was asked. It isn't asked again before another
        fact is folded, or ``due`` has passed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Planning:
    """The planner's domain: the rules for what people ask of it, and how a new planner is made."""

    service: Service[Any]
    planner: Callable[[], Planner]
