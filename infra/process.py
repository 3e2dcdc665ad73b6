"""Services as running things: the shards of some services in one engine, and a process for one service alone."""

import gc
import signal
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog

from events.service import Service
from infra.cursors import PostgresCursors
from infra.engine import Engine
from infra.reactions import Reactions, Reactor
from infra.reference import ReferenceReader
from infra.runtime import Limits, Worker
from infra.settings import read_settings
from infra.store import Store, store

_log = structlog.get_logger("lotone.process")


def settle_in() -> None:
    """Tell the interpreter how this process works: what was imported lives to the end, and what is made from then on
    hardly ever refers to itself. Python's collector, left alone, looks at all of it again and again for cycles: a third
    of the time of deciding and folding (``python -m benchmarks stages``)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


def engine(base: Store, services: Sequence[Service[Any]], owner: str) -> Engine:
    """The owner of every shard of these services."""
    catalogue = ReferenceReader(base.ledger)
    chosen = base.settings
    limits = Limits(batch=chosen.batch, park=timedelta(days=chosen.park_days), snapshot=chosen.snapshot_each)
    workers = [
        Worker(
            service,
            shard,
            ledger=base.ledger,
            queue=base.queue,
            catalogue=catalogue,
            keys=base.keys,
            clock=base.clock,
            owner=owner,
            limits=limits,
        )
        for service in services
        for shard in range(base.genesis.shards[service.domain])
    ]
    return Engine(workers, base.ledger, base.queue, catalogue)


def reactions(base: Store, services: Sequence[Service[Any]]) -> Reactions:
    """What follows from the facts of these services."""
    cursors = PostgresCursors(base.connections)
    return Reactions([Reactor(service, base.ledger, base.queue, cursors) for service in services], base.ledger)


def alone(service: Service[Any]) -> None:
    """Run one service's shards in this process until it is told to end. Whoever ran them before is fenced off."""
    with store(read_settings()) as base:
        running = engine(base, [service], f"services.{service.domain}")

        def end(*_: object) -> None:
            running.stop.ending.set()
            running.stop.news.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end)
        settle_in()
        _log.info("running", domain=service.domain, shards=base.genesis.shards[service.domain])
        running.run()
        _log.info("ended", domain=service.domain)
