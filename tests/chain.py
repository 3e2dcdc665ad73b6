"""The whole chain in memory, one message after the other: all services' own rules, and the planner, without a shell.

``Chain`` decides, records and folds as the runtime does, each domain one shard; what facts ask of other domains is
decided when ``settle`` is called, in order. Each fact is stored as bytes and read back before it is folded.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from events.catalogue.reference import Reference
from events.codec import decode, encode
from events.decision import Decided, Message, Outcome, Park, Recorded, Reject
from events.model import Fact, Payload
from events.service import Service
from infra.planning import Planner
from projections.planning.app import build as planning
from services.catalogue.app import build as catalogue
from services.inventory.app import build as inventory
from services.logistics.app import build as logistics
from services.order.app import build as order
from services.supplier.app import build as supplier

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""A Monday."""


class Chain:
    """All domains. ``records`` are all facts as recorded, by domain; ``rejected`` what was refused at the door;
    ``said`` all that was told; ``checks`` are made after every cut, of what it decided."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now
        self.planning = planning()
        built: list[Service[Any]] = [catalogue(), order(), inventory(), supplier(), logistics(), self.planning.service]
        self.services = {service.domain: service for service in built}
        self.reference = Reference()
        self.states: dict[str, dict[str, Any]] = {domain: {} for domain in self.services}
        self.versions: dict[tuple[str, str], int] = {}
        self.records: dict[str, list[Recorded]] = {domain: [] for domain in self.services}
        self.facts: dict[str, list[Fact]] = {domain: [] for domain in self.services}
        self.planner: Planner = self.planning.planner()
        self.queue: deque[tuple[Payload, str, datetime]] = deque()
        self.parked: list[tuple[Payload, str, datetime]] = []
        self.rejected: list[tuple[Payload, Reject]] = []
        self.cuts: list[Sequence[tuple[str, Fact]]] = []
        self.told = 0
        self.said: list[Payload] = []
        self.checks: list[Callable[[Chain, list[Any]], None]] = []

    # Telling

    def tell(self, *bodies: Payload, at: datetime | None = None) -> Self:
        """These are said now, one after the other; what follows waits in the queue."""
        for body in bodies:
            self.told += 1
            self.said.append(body)
            self._take(body, f"m-{self.told}", at or self.now)
        return self

    def _take(self, body: Payload, id: str, at: datetime) -> Outcome:
        domain = body.DOMAIN
        told = _message(body, id, at)
        state = self._state(domain, body.stream)
        outcome = self.services[domain].decide(state, self.reference, told, self.now)
        match outcome:
            case Decided():
                for fact in outcome.facts:
                    self._record(fact, body.stream, told.source, told.id, at)
                if outcome.facts and self.parked:
                    self.queue.extend(self.parked)
                    self.parked.clear()
            case Park():
                self.parked.append((body, id, at))
            case Reject():
                self.rejected.append((body, outcome))
        return outcome

    def _state(self, domain: str, stream: str) -> Any:
        states = self.states[domain]
        if stream not in states:
            states[stream] = self.services[domain].initial(stream)
        return states[stream]

    def _record(self, fact: Fact, stream: str, source: str, cause: str, at: datetime, *, fold: bool = True) -> None:
        domain = fact.DOMAIN
        service, records = self.services[domain], self.records[domain]
        version = self.versions[domain, stream] = self.versions.get((domain, stream), 0) + 1
        data = encode(fact)
        recorded = Recorded(
            domain, 0, len(records) + 1, stream, version, type(fact).__name__, fact.VERSION, data, source, cause,
            "tester", cause, at, "second", None, self.now, self.reference.position, None,
            hashlib.sha256(data).digest(),
        )
        kept = decode(recorded)
        assert kept == fact, f"a fact must read back as it was written:\n{fact!r}\n{kept!r}"
        self.states[domain][stream] = service.evolve(self._state(domain, stream), kept, recorded)
        if domain == "catalogue":
            self.reference.evolve(kept, recorded)  # type: ignore[arg-type]
        records.append(recorded)
        self.facts[domain].append(kept)
        if fold:
            self.planner.fold(kept, recorded)
        for index, command in enumerate(service.react(kept, recorded)):
            self.queue.append((command, f"{recorded.id}#{index}", self.now))

    # Letting it work

    def settle(self) -> Self:
        """All that follows from what was said is decided, but for the planner's part."""
        while self.queue:
            body, id, at = self.queue.popleft()
            self._take(body, id, at)
        return self

    @property
    def vector(self) -> dict[tuple[str, int], int]:
        return {(domain, 0): len(records) for domain, records in self.records.items()}

    def cut(self) -> list[Any]:
        """The planner decides; what it decided."""
        taken = self.planner.cut(self.vector, self.now)
        if taken:
            self.cuts.append(taken)
        number = str(getattr(taken[0][1], "cut", "")) if taken else ""
        for stream, fact in taken:
            self._record(fact, stream, "lotone:planner", number, self.now, fold=False)
        facts = [fact for _, fact in taken]
        for check in self.checks:
            check(self, facts)
        return facts

    def plan(self, most: int = 20) -> list[Any]:
        """Services and planner answer each other until nothing follows any more; what the planner decided."""
        found: list[Any] = []
        for _ in range(most):
            self.settle()
            taken = self.cut()
            if not taken:
                return found
            found += taken
        raise AssertionError(f"still deciding after {most} cuts: {[type(one).__name__ for one in taken]}")

    def wait(self, days: float) -> Self:
        """Time goes by."""
        self.now += timedelta(days=days)
        return self

    def live(self, days: int) -> list[Any]:
        """Time goes by, and the planner looks whenever something falls due."""
        found, end = self.plan(), self.now + timedelta(days=days)
        while (due := self.planner.due()) is not None and due <= end:
            self.now = max(due, self.now)
            found += self.plan()
        self.now = end
        return found + self.plan()


def _message(body: Payload, id: str, at: datetime) -> Message[Any]:
    data = encode(body)
    return Message(
        source="test", id=id, type=f"lotone.{body.DOMAIN}.{type(body).__name__}.v{body.VERSION}", time=at,
        actor="tester", correlation=id, causation=None, precision="second", zone=None, traceparent=None,
        digest=hashlib.sha256(data).digest(), data=data, body=body,
    )


def of(kind: type[Any], facts: Sequence[Any]) -> list[Any]:
    """Those facts that are exactly of a kind."""
    return [fact for fact in facts if type(fact) is kind]
