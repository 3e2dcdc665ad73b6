"""Services as running things: the shards of some services in one engine, and a process for one service alone."""

import gc
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from socket import gethostname
from typing import Any, Final, Protocol
from uuid import uuid4

import structlog
from prometheus_client.core import GaugeMetricFamily

from events.codec import decode
from events.decision import Recorded
from events.service import Service
from infra import logs, metrics, production
from infra.cursors import PostgresCursors
from infra.ending import when_told_to_end
from infra.engine import Engine, Stop
from infra.exposing import Gauges, exposed
from infra.lease import PostgresLease
from infra.ledger.postgres import PostgresLedger
from infra.lived import Decode, Life
from infra.planner import Figures, PlannerEngine, PlanningWorker
from infra.planning import Planning
from infra.presence import Heart, Part, Said, troubles
from infra.quiet import Quiet
from infra.reactions import Reactions, Reactor
from infra.reference import ReferenceReader
from infra.runtime import Limits, Worker
from infra.settings import Settings, read_settings, strangers
from infra.store import Store, store

_log = structlog.get_logger("lotone.process")
PLAN: Final = "planning/0"
"""What the planner is in charge of."""


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
    chosen = limits(base.settings)
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
            limits=chosen,
        )
        for service in services
        for shard in range(base.genesis.shards[service.domain])
    ]
    return Engine(workers, base.ledger, base.queue, catalogue)


def limits(chosen: Settings) -> Limits:
    """How much at once, and how long something may wait."""
    return Limits(batch=chosen.batch, park=timedelta(days=chosen.park_days), snapshot=chosen.snapshot_each)


def reactions(
    base: Store, services: Sequence[Service[Any]], decode: Decode, ours: Callable[[], bool] = lambda: True
) -> Reactions:
    """What follows from the facts of these services. ``decode`` knows those that were just decided in this process."""
    cursors = PostgresCursors(base.connections)
    reactors = [Reactor(service, base.ledger, base.queue, cursors, decode=decode) for service in services]
    return Reactions(reactors, base.ledger, ours)


@contextmanager
def planner(
    base: Store,
    planning: Planning,
    owner: str,
    *,
    decode: Decode = decode,
    waits: Callable[[], int] = lambda: 0,
    idle: Callable[[], int] = lambda: 0,
) -> Iterator[PlannerEngine]:
    """The planner of this ledger, or a standby. It appends in a session of its own, so that whoever takes over from it
    ends no service's. ``decode`` may know facts that were just decided here; ``waits`` and ``idle`` tell of this
    process's services."""
    chosen = base.settings
    with PostgresLedger(base.dsn, base.connections) as ledger:
        catalogue, figures = ReferenceReader(ledger), Figures()
        worker = PlanningWorker(
            Life(planning.planner, ledger, decode),
            figures,
            service=planning.service,
            ledger=ledger,
            queue=base.queue,
            catalogue=catalogue,
            keys=base.keys,
            clock=base.clock,
            owner=owner,
            limits=limits(chosen),
        )
        cursors = PostgresCursors(base.connections)
        made = PlannerEngine(
            worker,
            ledger,
            base.queue,
            catalogue,
            lease=PostgresLease(base.dsn, f"{owner} {gethostname()} {os.getpid()} {uuid4()}", chosen.planner_lease),
            quiet=Quiet(ledger, base.queue, cursors, sorted(base.genesis.shards), waits, idle),
            notes=cursors,
            clock=base.clock,
            patience=chosen.planner_patience,
            figures=figures,
        )
        yield made


@contextmanager
def begun() -> Iterator[Store]:
    """What a process of its own begins with: its settings, its log, and its store."""
    settings = read_settings()
    logs.configure(settings)
    for stranger in strangers(os.environ):
        _log.warning("settings", why=stranger)
    with store(settings) as base:
        production.warn(base)
        yield base


def unlost(base: Store, domain: str) -> None:
    """``Corrupt`` when facts of a domain were published that its ledger has lost: nobody decides in their places."""
    if base.settings.kafka_bootstrap is not None:
        from infra.kafka.published import unlost as compared

        compared(base, domain, range(base.genesis.shards[domain]))


def told(planner: PlannerEngine) -> Iterator[GaugeMetricFamily]:
    """What this process's planner has done."""
    did = planner.figures
    stages = (("reading", did.reading), ("deciding", did.deciding), ("appending", did.appending))
    yield metrics.gauge(metrics.PLANNER_CUTS, (((), did.cuts),))
    yield metrics.gauge(metrics.PLANNER_FACTS, (((), did.facts),))
    yield metrics.gauge(metrics.PLANNER_SECONDS, (((stage,), seconds) for stage, seconds in stages))
    yield metrics.gauge(metrics.PLANNER_LEASE, (((), float(planner.lease.held)),))


def alone(service: Service[Any]) -> None:
    """Run one service's shards in this process until it is told to end. Whoever ran them before is fenced off."""
    with begun() as base:
        unlost(base, service.domain)
        running, count = engine(base, [service], f"services.{service.domain}"), base.genesis.shards[service.domain]
        _log.info("running", domain=service.domain, shards=count)
        following = reactions(base, [service], running.handing().decode)
        running.followers.append(following.stop.news)
        holds = [f"{service.domain}/{shard}" for shard in range(count)]
        parts: list[tuple[str, Part]] = [("engine", running), ("reactions", following)]
        with beside(following, running), beating(base, service.domain, parts, lambda: holds):
            run(running)
        _log.info("ended", domain=service.domain)


def started(service: Service[Any], arguments: Sequence[str]) -> None:
    """What ``python -m services.…`` does: run the service alone, or, with the word worker, as one of its group."""
    match list(arguments):
        case []:
            alone(service)
        case ["worker"]:
            from infra.kafka.app import worker

            worker(service)
        case _:
            raise SystemExit(f"say nothing, or worker, and not {' '.join(arguments)}")


def planning_alone(planning: Planning) -> None:
    """Run the planner in this process until it is told to end; while another one plans, stand by."""
    with begun() as base, planner(base, planning, "planner") as running:
        unlost(base, planning.service.domain)
        following = reactions(base, [planning.service], running.handing().decode, lambda: running.lease.held)
        running.followers.append(following.stop.news)
        with hearing(base, lambda _: None, running.stop.news) as heard, beside(following, running):
            parts: list[tuple[str, Part]] = [("planner", running), ("reactions", following), *heard]
            with beating(base, "planner", parts, lambda: [PLAN] if running.lease.held else [], lambda: told(running)):
                _log.info("running", domain=planning.service.domain, release=running.life.planner.release)
                run(running)
        _log.info("ended", domain=planning.service.domain)


class Runs(Protocol):
    """Something with a loop of its own."""

    stop: Stop
    failure: str | None

    def run(self) -> None: ...


@contextmanager
def hearing(
    base: Store, offer: Callable[[Sequence[Recorded]], None], news: threading.Event
) -> Iterator[Sequence[tuple[str, Part]]]:
    """New facts from their topics until the block ends, where there are topics: ``offer`` hears them, and then ``news``
    is set. Yields the parts that do it."""
    if base.settings.kafka_bootstrap is None:
        yield ()
        return
    from infra.kafka.feed import feed

    part = feed(base, offer, news)
    with beside(part):
        yield (("feed", part),)


@contextmanager
def beside(part: Runs, main: Runs | None = None) -> Iterator[None]:
    """Run it in a thread of its own, until the block ends. When it fails, ``main`` ends too, and then the block with an
    error: a process that goes on half is restarted by nobody."""

    def work() -> None:
        try:
            part.run()
        finally:
            if main is not None:
                main.stop.end()

    thread = threading.Thread(target=work, name=type(part).__name__, daemon=True)
    thread.start()
    try:
        yield
    finally:
        part.stop.end()
        thread.join(5)
    if main is not None and part.failure is not None:
        raise RuntimeError(f"{type(part).__name__} stopped: {part.failure}")


@contextmanager
def beating(
    base: Store,
    role: str,
    parts: Sequence[tuple[str, Part]],
    holds: Callable[[], Sequence[str]],
    gauges: Gauges = lambda: iter(()),
) -> Iterator[None]:
    """Say until the block ends that this process runs, what it is in charge of, and what troubles its parts."""
    heart = Heart(base.dsn, role, lambda: Said(holds(), troubles(parts)), base.settings.planner_lease)
    with exposed(base.settings, lambda: troubles(parts) + heart.troubles(), gauges), heart.beating():
        yield


def run(running: Runs) -> None:
    """In this thread, until the process is told to end."""
    when_told_to_end(running.stop.end)
    settle_in()
    running.run()
