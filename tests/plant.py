"""A whole system in memory, stepped by hand under a clock of the test's own: the real services, runtime and door."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from events.decision import Recorded
from events.register import DOMAINS
from events.service import Service
from infra.cursors import MemoryCursors
from infra.edge import Admitted, Edge, Refused
from infra.engine import Engine
from infra.keystore import KeyStore
from infra.lease import AlwaysHeld
from infra.ledger.memory import MemoryLedger
from infra.ledger.port import Ledger
from infra.lived import Life
from infra.planner import Figures, PlannerEngine, PlanningWorker
from infra.planning import Planning
from infra.queue.memory import MemoryQueue
from infra.queue.port import INTAKE, Queue
from infra.quiet import Quiet
from infra.reactions import Reactions, Reactor
from infra.reference import ReferenceReader
from infra.runtime import Limits, Worker
from services.catalogue.app import build as catalogue
from services.inventory.app import build as inventory
from services.logistics.app import build as logistics
from services.order.app import build as order
from services.supplier.app import build as supplier

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SHARDS = {domain: 1 if domain in ("catalogue", "planning") else 2 for domain in DOMAINS}


def event(
    type_: str, number: str, data: dict[str, Any], time: datetime = START, source: str = "test", **more: Any
) -> bytes:
    """A CloudEvent as its publisher sends it."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": number,
            "source": source,
            "type": f"lotone.{type_}.v1",
            "time": time.isoformat(),
            "data": data,
            **more,
        }
    )


SITE = event(
    "catalogue.DefineSite",
    "site",
    {
        "id": "plant",
        "name": "Plant",
        "zone": "Europe/Berlin",
        "locations": [{"id": "DOCK"}, {"id": "RACK"}],
    },
)


def part(name: str, number: str | None = None) -> bytes:
    """A bought part, in cartons of twelve."""
    return event(
        "catalogue.DefinePart",
        number or f"part-{name}",
        {
            "id": name,
            "name": name,
            "unit": "C62",
            "make_or_buy": "buy",
            "conversions": [{"unit": "CT", "numerator": 12, "denominator": 1}],
        },
    )


def received(number: str, name: str = "SADDLE", amount: str = "10", unit: str = "C62", **more: Any) -> bytes:
    """A receipt at the dock."""
    return event(
        "inventory.Received",
        number,
        {
            "part": name,
            "site": "plant",
            "location": "DOCK",
            "quantity": {"amount": amount, "unit": unit},
            **more,
        },
    )


def placed(number: str, order: str = "PO-1", name: str = "SADDLE", amount: str = "10", **more: Any) -> bytes:
    """A purchase order of one line."""
    line = {"line": 1, "part": name, "quantity": {"amount": amount, "unit": "C62"}, **more}
    return event(
        "suppliers.PlacePurchaseOrder",
        number,
        {"number": order, "supplier": "V", "site": "plant", "currency": "EUR", "lines": [line]},
    )


class Plant:
    """Stores may be handed from one plant to the next, as a restart would."""

    def __init__(
        self,
        ledger: Ledger | None = None,
        queue: Queue | None = None,
        *,
        limits: Limits | None = None,
        services: Sequence[Service[Any]] | None = None,
        keys: KeyStore | None = None,
        cursors: Any = None,
        planning: Planning | None = None,
        patience: float = 3600.0,
    ) -> None:
        self.now = START
        self.ledger = ledger or MemoryLedger(SHARDS)
        self.queue = queue or MemoryQueue(self.ledger.genesis().shards)
        self.keys = keys or KeyStore(None)
        self.edge = Edge(self.ledger.genesis().shards, self.keys)
        reader = ReferenceReader(self.ledger)
        ours = tuple(services or (catalogue(), order(), inventory(), supplier(), logistics()))
        workers = [
            Worker(
                service,
                shard,
                ledger=self.ledger,
                queue=self.queue,
                catalogue=reader,
                keys=self.keys,
                clock=self.clock,
                owner="test",
                limits=limits or Limits(),
            )
            for service in ours
            for shard in range(self.ledger.genesis().shards[service.domain])
        ]
        self.engine = Engine(workers, self.ledger, self.queue, reader)
        self.handing = self.engine.handing()
        self.cursors = cursors or MemoryCursors()
        self.reactions = Reactions(
            [
                Reactor(service, self.ledger, self.queue, self.cursors)
                for service in (*ours, *((planning.service,) if planning else ()))
            ],
            self.ledger,
        )
        self.planner = None if planning is None else self._planner(planning, limits or Limits(), patience)
        self.engine.claim()

    def _planner(self, planning: Planning, limits: Limits, patience: float) -> PlannerEngine:
        """It cuts only when all is quiet, unless its patience is short: so the same steps give the same cuts."""
        reader = ReferenceReader(self.ledger)
        figures = Figures()
        worker = PlanningWorker(
            Life(planning.planner, self.ledger, self.engine.handing().decode),
            figures,
            service=planning.service,
            ledger=self.ledger,
            queue=self.queue,
            catalogue=reader,
            keys=self.keys,
            clock=self.clock,
            owner="test",
            limits=limits,
        )
        quiet = Quiet(self.ledger, self.queue, self.cursors, sorted(self.ledger.genesis().shards))
        return PlannerEngine(
            worker,
            self.ledger,
            self.queue,
            reader,
            lease=AlwaysHeld(),
            quiet=quiet,
            notes=self.cursors,
            clock=self.clock,
            patience=patience,
            figures=figures,
        )

    def clock(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        """Time passes."""
        self.now += timedelta(**by)

    def publish(self, *raw: bytes) -> list[Admitted | Refused]:
        """Through the door, into the queue or among the refused."""
        checked = [self.edge.admit(one, self.now) for one in raw]
        self.ledger.reject([found.rejected for found in checked if isinstance(found, Refused)])
        self.queue.put(INTAKE, [found.queued for found in checked if isinstance(found, Admitted)])
        return checked

    def settle(self) -> None:
        """Until nothing is left to decide or to follow up."""
        while self.engine.drain() + self.reactions.step() + (self.planner.step() if self.planner else 0):
            pass

    def tell(self, *raw: bytes) -> None:
        """Publish and settle; nothing may be refused at the door."""
        refused = [found for found in self.publish(*raw) if isinstance(found, Refused)]
        assert not refused, refused[0].problems
        self.settle()

    def facts(self, domain: str) -> list[Recorded]:
        """Every fact of a domain, shard by shard."""
        return [at for shard in range(self.ledger.genesis().shards[domain]) for at in self.ledger.scan(domain, shard)]

    def types(self, domain: str) -> list[str]:
        """What was recorded, by name."""
        return [at.type for at in self.facts(domain)]

    def outcome(self, number: str, source: str = "test") -> str | None:
        """How an event ended."""
        found = self.ledger.taken([(source, number)]).get((source, number))
        return found.outcome if found else None
