"""The states of a shard's streams, kept in memory between batches and loaded from snapshots and facts."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from events.codec import decode
from events.decision import Recorded
from events.service import Service
from infra.faults import reach
from infra.ledger.port import Ledger, Snapshot

_SHARE: Final = 4
"""A stream is snapshot again once it has grown by this share of itself: so writing snapshots, whose size grows with the
stream, costs each fact the same however long the stream is, and loading reads at most that share of its facts."""


@dataclass(slots=True)
class Held:
    """A stream in memory: its state, its version, and the version of its last snapshot."""

    stream: str
    state: Any
    version: int
    snapshot: int


class States:
    """At most ``most`` streams; a snapshot after ``every`` facts of a stream at the earliest."""

    def __init__(self, service: Service[Any], shard: int, ledger: Ledger, *, most: int, every: int) -> None:
        self._service, self._shard, self._ledger, self._most, self._every = service, shard, ledger, most, every
        self._held: OrderedDict[str, Held] = OrderedDict()

    def clear(self) -> None:
        """Nothing remembered counts any more."""
        self._held.clear()

    def preload(self, streams: Iterable[str]) -> None:
        """Load what isn't held, in one round trip."""
        wanted = sorted({stream for stream in streams if stream not in self._held})
        if not wanted:
            return
        loaded = self._ledger.load(self._service.domain, self._shard, wanted, self._service.fold)
        for stream in wanted:
            snapshot, facts = loaded.get(stream, (None, ()))
            self._held[stream] = self._folded(stream, snapshot, facts)

    def get(self, stream: str) -> Held:
        """A stream's state, to be evolved in place."""
        held = self._held.get(stream)
        if held is None:
            self.preload((stream,))
            held = self._held[stream]
        self._held.move_to_end(stream)
        return held

    def committed(self, touched: Iterable[str]) -> None:
        """Their facts stand: snapshot those that have grown long, and let go of what was used longest ago."""
        due = [
            Snapshot(stream, held.version, self._service.fold, self._service.dump(held.state))
            for stream in sorted(touched)
            if (held := self._held[stream]).version - held.snapshot >= max(self._every, held.snapshot // _SHARE)
        ]
        if due:
            reach("snapshots.before")
            self._ledger.save(self._service.domain, self._shard, due)
            reach("snapshots.after")
            for snapshot in due:
                self._held[snapshot.stream].snapshot = snapshot.version
        while len(self._held) > self._most:
            self._held.popitem(last=False)

    def _folded(self, stream: str, snapshot: Snapshot | None, facts: Sequence[Recorded]) -> Held:
        state = self._service.load(snapshot.state) if snapshot else self._service.initial(stream)
        version = kept = snapshot.version if snapshot else 0
        for at in facts:
            state = self._service.evolve(state, decode(at), at)
            version = at.version
        return Held(stream, state, version, kept)
