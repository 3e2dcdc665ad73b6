"""What is new in a ledger since it was last looked at: how a story hears what was decided."""

from typing import Final

from events.decision import Recorded
from infra.ledger.port import Cursor, Ledger, ShardId

_CHUNK: Final = 5_000


class News:
    """Reads every shard on from where it stood."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._places: dict[ShardId, Cursor] = {}

    def __call__(self) -> list[Recorded]:
        """Everything since the last call, shard by shard."""
        found: list[Recorded] = []
        for shard, head in sorted(self._ledger.heads().items()):
            place = self._places.get(shard, Cursor())
            while place.position < head.position:
                read = self._ledger.read(*shard, place, _CHUNK)
                found += read
                place = Cursor(read[-1].position, read[-1].hash)
            self._places[shard] = place
        return found
