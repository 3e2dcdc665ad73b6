"""Is anything on its way? The planner waits for that to end, lest it decide on half of what was said.

Only pacing rests on it: a cut is right at any point of history. But the same steps taken one after the other, each when
all is quiet, give the same cuts, and a thousand receipts one cut instead of fifty.

What was read must fit together although each part is read at another moment. So cursors of reactions come first, then
offsets, then the ends of queues, then heads: whoever finds each one at the next one's end knows that nothing was on its
way in between, because facts move heads, follow-ups move ends, and each is looked at after what it comes from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from infra.ledger.port import Cursor, Ledger, ShardId
from infra.queue.port import COMMANDS, INTAKE, Queue

_TURNS: Final = 2
"""Steps that found nothing to do, after which everything that is parked was tried again."""


class Follower(Protocol):
    """Where readers remember their places (``infra/cursors.py``)."""

    def load(self, reader: str) -> Mapping[ShardId, Cursor]: ...


@dataclass(slots=True)
class Quiet:
    """Asked again and again by one planner. ``waits`` and ``idle`` tell of services of the same process: how much is
    parked with them, and how often they have found nothing to do. What is parked may be known by now and not tried
    again yet; of other processes nobody can tell."""

    ledger: Ledger
    queue: Queue
    cursors: Follower
    domains: Sequence[str]
    waits: Callable[[], int] = lambda: 0
    idle: Callable[[], int] = lambda: 0
    _since: tuple[Mapping[ShardId, Cursor], int] | None = field(default=None, init=False)

    def at(self, places: Mapping[ShardId, Cursor]) -> bool:
        """Whether nothing is on its way, and who stands at these places has read all there is."""
        if not self._still(places):
            self._since = None
            return False
        if not self.waits():
            return True
        if self._since is None or self._since[0] != places:
            self._since = (dict(places), self.idle())
        return self.idle() >= self._since[1] + _TURNS

    def _still(self, places: Mapping[ShardId, Cursor]) -> bool:
        followed = {domain: self.cursors.load(f"reactions/{domain}") for domain in self.domains}
        offsets = self.ledger.offsets()
        for kind in (INTAKE, COMMANDS):
            for shard, end in self.queue.ends(kind).items():
                if offsets.get(shard, {}).get(kind, 0) < end:
                    return False
        return all(
            places.get(shard, Cursor()) == head
            and followed.get(shard[0], {}).get(shard, Cursor()).position >= head.position
            for shard, head in self.ledger.heads().items()
        )
