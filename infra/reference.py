"""The catalogue as a service knows it: folded from the ledger, up to a position that its facts record."""

from collections.abc import Sequence
from typing import Any

from events.catalogue.reference import Reference, provides
from events.codec import decode
from events.decision import Recorded
from infra.ledger.port import Cursor, Ledger

CATALOGUE = "catalogue"
_CHUNK = 5_000


class ReferenceReader:
    """Keeps one ``Reference`` up with the catalogue's only shard. Shared by all services of a process."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._cursor = Cursor()
        self.reference = Reference()

    def advance(self) -> Sequence[str]:
        """Read what is new; the keys (``part/X``) that became known by it."""
        known: list[str] = []
        while True:
            facts = self._ledger.read(CATALOGUE, 0, self._cursor, _CHUNK)
            for at in facts:
                known.extend(self.fold(decode(at), at))
            if len(facts) < _CHUNK:
                return known

    def fold(self, fact: Any, at: Recorded) -> Sequence[str]:
        """One more fact, read or just decided; the keys that became known by it."""
        self.reference.evolve(fact, at)
        self._cursor = Cursor(at.position, at.hash)
        known: Sequence[str] = provides(fact)
        return known
