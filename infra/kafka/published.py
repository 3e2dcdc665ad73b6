"""Whether the topics of facts tell of more than the ledger holds: then it has lost what others have read.

The naive relay trusts its place. But the place lies in the same database as the facts: after a failover to a standby
that was behind, or a restore, both have gone back together. Workers then decide the same events anew, with other times
and other hashes, and the relay publishes a second fact 7 behind the first. Nobody who had read the first can tell.

So whenever places are read anew, the topics' last facts are compared with the ledger's; and whoever is about to decide
compares those of his shards.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from events.decision import Recorded
from infra.errors import Corrupt
from infra.kafka.bound import Seals, seals
from infra.kafka.brokers import Brokers
from infra.kafka.facts import incoming
from infra.kafka.fetching import Fetcher
from infra.kafka.queue import KafkaQueue
from infra.kafka.topics import FACTS, Topics
from infra.ledger.port import Ledger, ShardId
from infra.store import Store

_LAST: Final = 50
"""Records looked at: what anybody else has put behind ours, and what was published again, is among them."""
ADVICE: Final = "nothing more is published. Begin a new epoch: docs/operations.md, A ledger that lost facts"


class Published:
    """Looks at the ends of the topics of facts."""

    def __init__(self, fetcher: Fetcher, topics: Topics, seals: Seals) -> None:
        self._fetcher, self._topics, self._seals = fetcher, topics, seals

    def check(self, ledger: Ledger, own: Sequence[ShardId]) -> None:
        """``Corrupt`` when a fact was published that isn't in the ledger, or is another one there."""
        places = {(self._topics.name(FACTS, domain), shard): (domain, shard) for domain, shard in own}
        ends = self._fetcher.ends(places)
        lasts = [self._last(place, places[place], end) for place, end in ends.items() if end]
        heads = ledger.heads()  # after the topics: another relay publishes meanwhile what was appended meanwhile
        for last in lasts:
            if last is not None:
                _compare(ledger, last, heads[last.domain, last.shard].position)

    def _last(self, place: tuple[str, int], shard: ShardId, end: int) -> Recorded | None:
        low, _ = self._fetcher.bounds(place)
        records = self._fetcher.read(place, max(low, end - _LAST), _LAST, end)
        told = (incoming(*shard, record.headers, record.value, self._seals) for record in records)
        return max((at for at in told if at is not None), key=lambda at: at.position, default=None)


def unlost(base: Store, domain: str, shards: Iterable[int]) -> None:
    """``Corrupt`` for whoever is to decide on shards whose published facts are gone. He would record others in their
    places; the commands that follow would have the ids of those that follow from the lost ones, and pass for repeats
    of them, or for contradictions."""
    queue = base.queue
    if isinstance(queue, KafkaQueue):
        fetcher = Fetcher(Brokers.of(base.settings))
        try:
            check = Published(fetcher, queue.places.topics, seals(base.connections)).check
            check(base.ledger, [(domain, shard) for shard in shards])
        finally:
            fetcher.close()


def _compare(ledger: Ledger, told: Recorded, head: int) -> None:
    if told.position > head:
        what = f"this fact was published, and the ledger ends at {head}: it has lost facts, and {ADVICE}"
        raise Corrupt(told.domain, told.shard, told.position, what)
    kept = next(iter(ledger.scan(told.domain, told.shard, told.position - 1, told.position)), None)
    if kept is None or kept.hash != told.hash:
        what = f"another fact was published than the ledger holds here: it had lost it and gone on, and {ADVICE}"
        raise Corrupt(told.domain, told.shard, told.position, what)
