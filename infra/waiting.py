"""What is parked in a shard, and what each of it waits for: an index in memory over the ledger's own rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from infra.ledger.port import Parked

Key = tuple[str, str]


class Waiting:
    """Those who wait are tried in the order they came, whenever something they wait for becomes known.

    This is asked after every message, however many wait: so only those released are looked at, and all of them only
    when the earliest deadline has come.
    """

    def __init__(self, parked: Iterable[Parked] = ()) -> None:
        self._parked: dict[Key, Parked] = {}
        self._place: dict[Key, int] = {}
        self._by_name: dict[str, set[Key]] = {}
        self._released: set[Key] = set()
        self._came = 0
        self._earliest: datetime | None = None
        for one in parked:
            self.keep(one)
        # What became known while nobody looked: each one is tried once more.
        self._released.update(self._parked)

    def __len__(self) -> int:
        return len(self._parked)

    def keep(self, parked: Parked) -> None:
        """One more; or the same one, in its old place, waiting for something else now."""
        key = (parked.source, parked.id)
        if key in self._parked:
            self._forget(self._parked[key])
        else:
            self._came += 1
            self._place[key] = self._came
        self._parked[key] = parked
        self._earliest = min(self._earliest or parked.deadline, parked.deadline)
        for name in parked.missing:
            self._by_name.setdefault(name, set()).add(key)

    def drop(self, parked: Parked) -> None:
        """It waits no longer."""
        key = (parked.source, parked.id)
        self._forget(self._parked.pop(key))
        del self._place[key]
        self._released.discard(key)

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
        if self._earliest is not None and self._earliest <= now:
            self._released.update(key for key, one in self._parked.items() if one.deadline <= now)
            self._earliest = min((one.deadline for one in self._parked.values() if one.deadline > now), default=None)
        if not self._released:
            return ()
        found = sorted(self._released, key=self._place.__getitem__)
        self._released.clear()
        return [self._parked[key] for key in found]

    def _forget(self, parked: Parked) -> None:
        key = (parked.source, parked.id)
        for name in parked.missing:
            waiting = self._by_name.get(name, set())
            waiting.discard(key)
            if not waiting:
                self._by_name.pop(name, None)
