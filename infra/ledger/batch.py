"""What every ledger makes of batches before it writes them. No IO."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from infra.ledger.port import Batch, Cursor, Parked, Taken


def ordered(batches: Iterable[Batch]) -> Sequence[Batch]:
    """By shard, each shard once: the order in which rows are locked."""
    found = sorted(batches, key=lambda batch: (batch.claim.domain, batch.claim.shard))
    for one, next_ in pairwise(found):
        if (one.claim.domain, one.claim.shard) == (next_.claim.domain, next_.claim.shard):
            raise ValueError(f"two batches for {one.claim.domain} shard {one.claim.shard} in one append")
    return found


def new_head(batch: Batch) -> Cursor:
    """Where the shard stands afterwards. ValueError when facts aren't of this shard, or don't follow each
    other.
    """
    domain, shard, position = batch.claim.domain, batch.claim.shard, batch.expected.position
    for fact in batch.facts:
        position += 1
        if fact.position != position or fact.domain != domain or fact.shard != shard:
            raise ValueError(f"{fact.id} was built where {domain}/{shard}/{position} belongs")
    return Cursor(position, batch.facts[-1].hash) if batch.facts else batch.expected


def taken_rows(batches: Sequence[Batch]) -> Sequence[Taken]:
    """All events taken, in the order of their keys (the first columns), repeats of the same batch counted in.

    Two shards that take the same keys must meet them in the same order, or each waits for the other for ever.
    """
    rows = [
        taken._replace(repeats=taken.repeats + more) if more else taken
        for batch in batches
        for taken in batch.taken
        for more in [batch.repeats.get((taken.source, taken.id), 0)]
    ]
    return sorted(rows)


def repeats_of_others(batch: Batch) -> dict[tuple[str, str], int]:
    """Repeats of events that were taken before this batch."""
    new = {(taken.source, taken.id) for taken in batch.taken}
    return {key: times for key, times in batch.repeats.items() if key not in new}


def still_parked(batch: Batch) -> Sequence[Parked]:
    """Those that wait after this batch, each once, in the order in which they came to wait."""
    last = {(parked.source, parked.id): parked for parked in batch.parked}
    for key in batch.unparked:
        last.pop(key, None)
    return list(last.values())
