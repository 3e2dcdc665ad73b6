"""What a customer changed of an order since it was accepted, in words, from its own stream in the ledger."""

from collections.abc import Container, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Final

from events.codec import decode
from events.decision import Recorded
from events.orders import facts as f
from events.orders.shapes import AcceptedLine
from events.values import plain
from infra.ledger.port import Ledger
from infra.sharding import shard_of
from projections.queries import Answer

_DOMAIN: Final = "orders"


class Amendment(Answer):
    """What was changed at once, or refused. ``what`` says each thing as it is now, and as it was."""

    kind: str
    what: list[str]
    at: datetime
    actor: str
    fact: str

    @property
    def told(self) -> str:
        """In one line."""
        return ": ".join(filter(None, (self.kind, "; ".join(self.what))))


def amendments(ledger: Ledger, number: str, until: Mapping[str, int] | None = None) -> list[Amendment]:
    """All of them, in order; ``until`` is how far each shard counts (``orders/0``), all of it if left out."""
    stream = f"order/{number}"
    shard = shard_of(stream, ledger.genesis().shards[_DOMAIN])
    place = None if until is None else until.get(f"{_DOMAIN}/{shard}", 0)
    found, told = list[Amendment](), _Order()
    for _, facts in groupby(ledger.stream(_DOMAIN, shard, stream, until=place), lambda at: (at.source, at.cause)):
        for at in facts:
            found += (_amendment(at, kind, what) for kind, what in told.follow(decode(at)))
        if told.called:
            found.append(_amendment(at, "called off", told.taken()))
    return found


def _amendment(at: Recorded, kind: str, what: list[str]) -> Amendment:
    return Amendment(kind=kind, what=what, at=at.recorded_at, actor=at.actor, fact=at.id)


class _Order:
    """An order as it stands while its facts are read."""

    def __init__(self) -> None:
        self.lines: dict[int, AcceptedLine] = {}
        self.priority = 0
        self.destination: str | None = None
        self.called: list[tuple[int, str]] = []
        """What was called off, and isn't told yet: what it belongs to comes next, of the same cause."""

    def follow(self, fact: object) -> Iterator[tuple[str, list[str]]]:
        match fact:
            case f.OrderAccepted():
                self.lines = {line.line: line for line in fact.lines}
                self.priority, self.destination, self.called = fact.priority, fact.destination, []
            case f.OrderLineCancelled():
                self.called += [
                    (fact.line, f"line {fact.line} schedule {one.schedule}: {plain(one.amount)} {fact.unit} called off")
                    for one in fact.schedules
                ]
            case f.OrderAmended():
                yield "amended", self._amended(fact)
            case f.AmendmentRefused():
                yield "amendment refused", [f"{one.problem}; {one.remedy}" for one in fact.problems]
            case f.OrderCancelled():
                yield "cancelled", [*self.taken(), *([fact.reason] if fact.reason else [])]
            case f.CancellationRefused():
                yield "cancellation refused", [f"{one.problem}; {one.remedy}" for one in fact.problems]
            case f.OrderHeld():
                yield "held", [fact.reason]
            case f.OrderReleased():
                yield "released", [fact.reason] if fact.reason else []
            case _:
                pass

    def taken(self, but: Container[int] = ()) -> list[str]:
        """What was called off, but for lines that are told otherwise."""
        told, self.called = [text for line, text in self.called if line not in but], []
        return told

    def _amended(self, fact: f.OrderAmended) -> list[str]:
        told = self.taken({line.line for line in fact.lines})
        for line in fact.lines:
            before = self.lines.get(line.line)
            told += _new(line) if before is None else _changed(line, before, fact.priority)
            self.lines[line.line] = line
        if fact.priority != self.priority:
            told.append(f"priority {fact.priority} instead of {self.priority}")
        if fact.destination != self.destination:
            told.append(f"goes to {fact.destination or 'nowhere named'} instead of {self.destination or 'the plant'}")
        if fact.ship_to is not None:
            told.append("another address")
        self.priority, self.destination = fact.priority, fact.destination
        return told


def _new(line: AcceptedLine) -> list[str]:
    return [
        f"line {line.line} schedule {one.schedule}: added, {plain(one.amount)} {line.unit} of {line.part}, "
        f"wanted {one.wanted}"
        for one in line.schedules
    ]


def _changed(line: AcceptedLine, before: AcceptedLine, priority: int) -> list[str]:
    """Its own priority is told where it isn't the order's."""
    told, known = list[str](), {one.schedule: one for one in before.schedules}
    for one in line.schedules:
        name, was = f"line {line.line} schedule {one.schedule}", known.get(one.schedule)
        if was is None:
            told.append(f"{name}: added, {plain(one.amount)} {line.unit}, wanted {one.wanted}")
            continue
        if one.amount != was.amount:
            told.append(f"{name}: {plain(one.amount)} {line.unit} instead of {plain(was.amount)}")
        if one.wanted != was.wanted:
            told.append(f"{name}: wanted {one.wanted} instead of {was.wanted}")
    options = {choice.option: choice.choice for choice in before.options}
    told += [
        f"line {line.line}: {one.option} {one.choice} instead of {options.get(one.option, 'none')}"
        for one in line.options if options.get(one.option) != one.choice
    ]
    chosen = {one.option for one in line.options}
    told += [f"line {line.line}: no {option} any more" for option in options if option not in chosen]
    kept = {one.schedule for one in line.schedules}
    told += [f"line {line.line} schedule {one}: called off" for one in known if one not in kept]
    if line.site != before.site:
        told.append(f"line {line.line}: from {line.site} instead of {before.site}")
    if line.priority not in (before.priority, priority):
        told.append(f"line {line.line}: priority {line.priority} instead of {before.priority}")
    return told
