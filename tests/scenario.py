"""Given what was told, when a message comes, then these facts: a service run by hand, in memory, without a shell.

``Scenario`` decides, records and folds as the runtime does: one shard, positions from 1, each fact stored as bytes
and read back before it is folded. Times are told in days since ``START``.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Self, TypeVar

from events.catalogue import facts as c
from events.catalogue.parts import Conversion, MakeOrBuy
from events.catalogue.places import Location
from events.catalogue.reference import Reference
from events.codec import decode, encode
from events.decision import Decided, Message, Outcome, Park, Recorded
from events.model import Command, Fact, Payload
from events.service import Service

S = TypeVar("S")

START = datetime(2026, 1, 1, tzinfo=UTC)


def day(days: float) -> datetime:
    """A moment, in days since START."""
    return START + timedelta(days=days)


def message(body: Payload, *, id: str = "m-1", at: datetime = START, source: str = "test") -> Message[Any]:
    """A message as the runtime would hand it to a decision."""
    data = encode(body)
    return Message(
        source=source, id=id, type=f"lotone.{body.DOMAIN}.{type(body).__name__}.v{body.VERSION}", time=at,
        actor="tester", correlation=id, causation=None, precision="second", zone=None, traceparent=None,
        digest=hashlib.sha256(data).digest(), data=data, body=body,
    )


def recorded(
    fact: Fact, told: Message[Any], *, stream: str, position: int, version: int, now: datetime, reference: int = 0
) -> Recorded:
    """A fact as the ledger would hold it (its hash isn't the ledger's)."""
    data = encode(fact)
    return Recorded(
        fact.DOMAIN, 0, position, stream, version, type(fact).__name__, fact.VERSION, data, told.source, told.id,
        told.actor, told.correlation, told.time, told.precision, told.zone, now, reference, None,
        hashlib.sha256(data).digest(),
    )


def reference(*facts: c.CatalogueFact) -> Reference:
    """The catalogue as these facts leave it."""
    known = Reference()
    for position, fact in enumerate(facts, 1):
        told = message(_NOTHING, id=f"c-{position}")
        known.evolve(fact, recorded(fact, told, stream="catalogue", position=position, version=position, now=START))
    return known


class _Nothing(Payload):
    """A message that says nothing: the cause of facts that need none."""

    DOMAIN = "catalogue"


_NOTHING = _Nothing()


def part(id: str, unit: str = "C62", *, made: bool = False, **conversions: int) -> c.PartDefined:
    """A part; ``CT=12`` says that a carton holds twelve of its units."""
    return c.PartDefined(
        id=id, name=id, unit=unit, make_or_buy=MakeOrBuy.MAKE if made else MakeOrBuy.BUY,
        conversions=tuple(Conversion(unit=name, numerator=number) for name, number in conversions.items()),
    )


def site(id: str, *locations: str, zone: str = "Europe/Berlin") -> c.SiteDefined:
    """A site with these locations."""
    return c.SiteDefined(id=id, name=id, zone=zone, locations=tuple(Location(id=location) for location in locations))


def supplier(id: str) -> c.SupplierDefined:
    """A supplier."""
    return c.SupplierDefined(id=id, name=id)


class Scenario(Generic[S]):
    """One shard of a service. ``facts`` and ``records`` are all that was recorded so far."""

    def __init__(self, service: Service[S], known: Reference, now: datetime = START) -> None:
        self.service, self.known, self.now = service, known, now
        self.states: dict[str, S] = {}
        self.versions: dict[str, int] = {}
        self.facts: list[Fact] = []
        self.records: list[Recorded] = []
        self.told = 0

    def state(self, stream: str) -> S:
        if stream not in self.states:
            self.states[stream] = self.service.initial(stream)
        return self.states[stream]

    def decide(self, body: Payload, *, at: datetime | None = None, id: str | None = None) -> Outcome:
        """What is decided, recorded if it is. Without a time it happens now; without an id it gets the next."""
        self.told += 1
        told = message(body, id=id or f"m-{self.told}", at=at or self.now)
        outcome = self.service.decide(self.state(body.stream), self.known, told, self.now)
        if isinstance(outcome, Decided):
            for fact in outcome.facts:
                self._record(fact, told)
        return outcome

    def _record(self, fact: Fact, told: Message[Any]) -> None:
        version = self.versions.get(told.stream, 0) + 1
        at = recorded(
            fact, told, stream=told.stream, position=len(self.records) + 1, version=version, now=self.now,
            reference=self.known.position,
        )
        kept = decode(at)
        assert kept == fact, "a fact must read back as it was written"
        self.states[told.stream] = self.service.evolve(self.state(told.stream), kept, at)
        self.versions[told.stream] = version
        self.facts.append(kept)
        self.records.append(at)

    def given(self, *bodies: Payload, at: datetime | None = None) -> Self:
        """These were told before, each of them decided."""
        for body in bodies:
            outcome = self.decide(body, at=at)
            assert isinstance(outcome, Decided), outcome
        return self

    def when(self, body: Payload, *, at: datetime | None = None, id: str | None = None) -> "Then":
        """This is told now."""
        before = len(self.records)
        return Then(self.decide(body, at=at, id=id), self.records[before:], self.service)

    def wait(self, days: float) -> Self:
        """Time goes by."""
        self.now += timedelta(days=days)
        return self


class Then:
    """What came of a message."""

    def __init__(self, outcome: Outcome, records: Sequence[Recorded], service: Service[Any]) -> None:
        self.outcome, self.records, self._service = outcome, records, service

    @property
    def facts(self) -> list[Any]:
        assert isinstance(self.outcome, Decided), self.outcome
        return list(self.outcome.facts)

    @property
    def names(self) -> list[str]:
        return [type(fact).__name__ for fact in self.facts]

    @property
    def commands(self) -> list[Command]:
        """What follows in other streams."""
        found = zip(self.facts, self.records, strict=True)
        return [command for fact, at in found for command in self._service.react(fact, at)]

    def then(self, *facts: Fact) -> None:
        """Exactly these facts, in this order."""
        assert self.facts == list(facts)

    def parked_on(self, *missing: str) -> None:
        assert self.outcome == Park(missing)
