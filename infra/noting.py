"""What an append held, counted and logged: ids and numbers, nothing that an event says."""

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import structlog

from infra import metrics
from infra.ledger.port import Batch

_log: Final[Any] = structlog.get_logger("lotone.engine")
_MOST: Final = 20
"""Refusals of one append that are told one by one; how many there were is told in any case."""


def note(batches: Sequence[Batch], seconds: float) -> None:
    """These batches were appended together, in so many seconds."""
    metrics.append_seconds.observe(seconds)
    metrics.append_messages.observe(sum(len(batch.taken) for batch in batches))
    for batch in batches:
        _count(batch)
        if batch.rejected:
            _refusals(batch, [(taken.source, taken.id) for taken in batch.taken if taken.outcome == "rejected"])
        if _log.is_enabled_for(logging.DEBUG):
            for at in batch.facts:
                _log.debug(
                    "fact", fact=at.id, type=at.type, source=at.source, cause=at.cause, traceparent=at.traceparent
                )


def _count(batch: Batch) -> None:
    domain = batch.claim.domain
    metrics.facts_appended.labels(domain).inc(len(batch.facts))
    told = Counter(taken.outcome for taken in batch.taken if taken.outcome != "rejected")
    told["rejected"], told["repeated"] = len(batch.rejected), sum(batch.repeats.values())
    for outcome, number in told.items():
        if number:
            metrics.messages.labels(domain, outcome).inc(number)


def _refusals(batch: Batch, refused: Sequence[tuple[str, str]]) -> None:
    """What wasn't a proper event may hold anything where its id should be, so only those that were are told by it."""
    place = {"domain": batch.claim.domain, "shard": batch.claim.shard}
    _log.info("refused", number=len(batch.rejected), **place)
    for source, id_ in refused[:_MOST]:
        _log.info("rejected", source=source, id=id_, **place)
