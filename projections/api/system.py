"""The composition root: everything that one process runs, assembled here and nowhere else."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, cast

from fastapi import Request

from events.service import Service
from infra import process
from infra.clock import Clock
from infra.edge import Edge
from infra.engine import Engine, Stop
from infra.intake import Intake
from infra.keystore import KeyStore
from infra.ledger.port import Genesis
from infra.ledger.postgres import PostgresLedger
from infra.planner import PlannerEngine
from infra.planning import Planning
from infra.postgres import Pool
from infra.presence import Heart, Said
from infra.process import Runs
from infra.queue.port import Queue
from infra.reactions import Reactions
from infra.settings import Settings
from infra.store import Store
from projections.engine import ViewEngine
from projections.planning.app import build as planner_of_this_release
from projections.views import VIEWS
from services.catalogue.app import build as catalogue
from services.inventory.app import build as inventory
from services.logistics.app import build as logistics
from services.order.app import build as order
from services.supplier.app import build as supplier


def services() -> tuple[Service[Any], ...]:
    """Every service of this release, in the order of their domains."""
    return (catalogue(), order(), inventory(), supplier(), logistics())


def planning() -> Planning:
    """This release's planner, and the rules for what people ask of it."""
    return planner_of_this_release()


class Counted(Stop):
    """Counts the steps that found nothing to do: who has seen two since it looked knows that all was tried."""

    def __init__(self) -> None:
        super().__init__()
        self.idle = 0

    def pace(self, done: int, patience: float) -> None:
        if not done:
            self.idle += 1
        super().pace(done, patience)


@dataclass(frozen=True, slots=True)
class Front:
    """What the API needs of its process: it takes events in, and reads what others decide and fold."""

    settings: Settings
    dsn: str
    genesis: Genesis
    connections: Pool
    ledger: PostgresLedger
    queue: Queue
    keys: KeyStore
    edge: Edge
    intake: Intake
    threads: Sequence[tuple[threading.Thread, Runs]]
    clock: Clock
    heart: Heart | None
    """What tells the others that this process runs; none where there are no others."""

    def failures(self) -> list[str]:
        """What has stopped that should be running, and why."""
        found = [
            f"{thread.name}: {part.failure or 'its thread has ended'}"
            for thread, part in self.threads
            if part.failure is not None or not thread.is_alive()
        ]
        found += [f"intake: {self.intake.failure}"] if self.intake.failure else []
        return found + (self.heart.troubles() if self.heart else [])


@dataclass(frozen=True, slots=True)
class System(Front):
    """A process that also decides, folds and plans."""

    engine: Engine
    reactions: Reactions
    views: ViewEngine
    planner: PlannerEngine
    deciding: Counted


def system_of(request: Request) -> Front:
    """What a request's application serves."""
    return cast("Front", request.app.state.system)


def _front(base: Store, intake: Intake, threads: Sequence[tuple[threading.Thread, Runs]] = ()) -> dict[str, Any]:
    return {
        "settings": base.settings, "dsn": base.dsn, "genesis": base.genesis, "connections": base.connections,
        "ledger": base.ledger, "queue": base.queue, "keys": base.keys, "edge": base.edge, "clock": base.clock,
        "intake": intake, "threads": threads,
    }  # fmt: skip


def _intake(base: Store, taken: Callable[[], None]) -> Intake:
    chosen = base.settings
    window = chosen.intake_window_ms / 1000
    return Intake(base.ledger, base.queue, limit=chosen.intake_limit, window=window, taken=taken)


@contextmanager
def fronting(base: Store) -> Iterator[Front]:
    """Only what takes events in, until the block ends: others decide and fold them."""
    intake = _intake(base, lambda: None)
    heart = Heart(base.dsn, "api", lambda: Said(troubles=front.failures()), base.settings.planner_lease)
    front = Front(**_front(base, intake), heart=heart)
    process.settle_in()
    intake.start()
    try:
        with heart.beating():
            yield front
    finally:
        intake.stop()


@contextmanager
def running(base: Store, owner: str = "lotone", plan: Planning | None = None) -> Iterator[System]:
    """Everything in one process: intake, services, reactions, planner and views, each in a thread, until the block
    ends. ``plan`` is another planner than this release's own."""
    plan = plan or planning()
    with ExitStack() as stack:
        ours = services()
        engine = process.engine(base, ours, owner)
        reacting, viewing = engine.handing(), engine.handing()
        reactions = process.reactions(base, (*ours, plan.service), reacting.decode)
        engine.stop = deciding = Counted()
        planner = stack.enter_context(_planner(base, plan, owner, engine, deciding))
        planner.handed += [reacting, viewing]
        views = ViewEngine(base.dsn, base.ledger, VIEWS, viewing.decode)
        stack.callback(views.close)
        intake = _intake(base, engine.stop.news.set)
        engine.followers += [reactions.stop.news, planner.stop.news, views.stop.news]
        planner.followers += [reactions.stop.news, views.stop.news]
        reactions.followers += [engine.stop.news, planner.stop.news]
        parts: tuple[tuple[str, Runs], ...] = (
            ("services", engine),
            ("reactions", reactions),
            ("planner", planner),
            ("views", views),
        )
        threads = [(threading.Thread(target=part.run, name=name, daemon=True), part) for name, part in parts]
        system = System(
            **_front(base, intake, threads), heart=None,
            engine=engine, reactions=reactions, views=views, planner=planner, deciding=deciding,
        )  # fmt: skip
        process.settle_in()
        intake.start()
        stack.callback(intake.stop)
        for thread, part in threads:
            thread.start()
            stack.callback(_end, thread, part)
        yield system


@contextmanager
def _planner(base: Store, plan: Planning, owner: str, engine: Engine, deciding: Counted) -> Iterator[PlannerEngine]:
    """It is handed what the services have just decided."""
    decode = engine.handing().decode
    told: dict[str, Any] = {"decode": decode, "waits": lambda: engine.waits, "idle": lambda: deciding.idle}
    with process.planner(base, plan, owner, **told) as planner:
        yield planner


def _end(thread: threading.Thread, part: Runs) -> None:
    part.stop.end()
    thread.join()
