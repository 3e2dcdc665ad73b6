"""What is parked in a shard, and what each of it waits for: an index in memory over the ledger's own rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from infra.ledger.port import Parked


class Waiting:
    """Those who wait are tried in the order they came, whenever something they wait for becomes known."""

    def __init__(self, parked: Iterable[Parked] = ()) -> None:
        self._parked: dict[tuple[str, str], Parked] = {}
        self._by_name: dict[str, set[tuple[str, str]]] = {}
        self._released: set[tuple[str, str]] = set()
        for one in parked:
            self.keep(one)
        # What became known while nobody looked: each one is tried once more.
        self._released.update(self._parked)

    def keep(self, parked: Parked) -> None:
        """One more; or the same one, in its old place, waiting for something else now."""
        key = (parked.source, parked.id)
        if key in self._parked:
            self._forget(self._parked[key])
        self._parked[key] = parked
        for name in parked.missing:
            self._by_name.setdefault(name, set()).add(key)

    def drop(self, parked: Parked) -> None:
        """It waits no longer."""
        self._forget(self._parked.pop((parked.source, parked.id)))

    def get(self, source: str, id_: str) -> Parked | None:
        """The one with this identity, if it still waits."""
        return self._parked.get((source, id_))

    def release(self, names: Iterable[str]) -> None:
        """These became known."""
        if self._by_name:
            for name in names:
                self._released |= self._by_name.get(name, set())

    def due(self, now: datetime) -> Sequence[Parked]:
        """Whom to try: released since last asked, or past the deadline."""
        if not self._parked:
            self._released.clear()
            return ()
        found = [one for key, one in self._parked.items() if key in self._released or one.deadline <= now]
        self._released.clear()
        return found

    def _forget(self, parked: Parked) -> None:
        key = (parked.source, parked.id)
        for name in parked.missing:
            waiting = self._by_name.get(name, set())
            waiting.discard(key)
            if not waiting:
                self._by_name.pop(name, None)
