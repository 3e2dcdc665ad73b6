"""Facts handed on within a process: what was just decided need not be decoded again by reactions, planner and views.

A fact is known by its hash, which covers its every byte: so what is handed on is exactly what would have been decoded.
"""

from collections.abc import Sequence
from typing import Final

from events.codec import decode
from events.decision import Recorded
from events.model import Fact

_MOST: Final = 50_000
"""Facts kept for a reader that hasn't come so far; beyond, everything is decoded from the ledger's bytes."""


class Handing:
    """Written by those who decide, read by one reader. Losing an entry costs a decoding, nothing else."""

    def __init__(self) -> None:
        self._facts: dict[bytes, Fact] = {}

    def hand(self, facts: Sequence[tuple[Recorded, Fact]]) -> None:
        """These were just appended."""
        if len(self._facts) + len(facts) > _MOST:
            self._facts = {}
        self._facts.update((at.hash, fact) for at, fact in facts)

    def decode(self, at: Recorded) -> Fact:
        """The fact as it was decided, or decoded."""
        found = self._facts.pop(at.hash, None)
        return decode(at) if found is None else found
