"""From which upstream event a planner's decision follows, for those who trace requests through systems (W3C).

A message carries its trace to its facts, and a fact to the commands that follow from it: that costs nothing and needs
nothing but handing ``traceparent`` on. A cut of the planner follows from many facts, and has no message.

The naive cut is in no trace, so that every trace ends at the planner; or in that of whatever came last, which is
mostly somebody else's. Here each fact of a cut is in the trace of the first fact that it names as its cause
(``because``); what names none is in that of its decision, else of its stream; else, if all that was new since the last
cut is in one trace, in that one. What is in no trace for sure is in none.

Traces are told, and no decision depends on them; so what is kept for it may be forgotten.
"""

from typing import Any, Final

from events.decision import Recorded
from events.model import Fact
from infra.planning import PLANNER

_MOST: Final = 100_000
"""Facts and streams whose traces are kept."""


class Traces:
    """The traces of the facts that a planner has folded, and of those it decides."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}
        self._new: set[str | None] = set()

    def folded(self, at: Recorded) -> None:
        """One more fact is known."""
        if at.source != PLANNER and len(self._new) < 2:
            self._new.add(at.traceparent)
        if at.traceparent is not None:
            self._keep(at.id, at.traceparent)
            self._keep(f"stream {at.stream}", at.traceparent)

    def cut(self) -> str | None:
        """A cut begins: the one trace that everything new is in, if there is one."""
        new, self._new = self._new, set()
        return new.pop() if len(new) == 1 else None

    def of(self, stream: str, fact: Fact, otherwise: str | None) -> str | None:
        """The trace of a fact of this cut, which is about to be recorded in this stream."""
        told: Any = fact
        named = [*getattr(told, "because", ()), f"decision {getattr(told, 'decision', '')}", f"stream {stream}"]
        found = next((self._of[name] for name in named if name in self._of), otherwise)
        if found is not None and (decision := getattr(told, "decision", None)):
            self._keep(f"decision {decision}", found)
        return found

    def _keep(self, name: str, trace: str) -> None:
        self._of.pop(name, None)
        self._of[name] = trace
        if len(self._of) > _MOST:
            del self._of[next(iter(self._of))]
