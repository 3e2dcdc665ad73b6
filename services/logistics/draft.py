"""A decision being made about a shipment: facts so far, and the shipment as it is after them.

Every fact is first tried on a copy by the same ``apply`` that ``evolve`` uses. How the lines' accounts then differ, and
when the shipment is then expected, is put into the fact. So the two can't disagree.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from events.catalogue.reference import Reference
from events.decision import Decided, Message, Problem
from events.logistics import facts as f
from events.logistics.shapes import Amounts, Damage, Discrepancy, Moved, Trouble
from events.model import Fact
from events.orders.shapes import OrderRef
from events.values import Line as DocumentLine
from events.values import Quantity, plain
from services.logistics.shipment import ZERO, Account, Line, Shipment
from services.logistics.state import apply


class Waiting(Exception):
    """Something isn't known yet. ``decide`` turns it into ``Park``; nothing else may see it."""

    def __init__(self, *missing: str) -> None:
        super().__init__(*missing)
        self.missing = missing


class Entry(msgspec.Struct, frozen=True):
    """What a message tells of one line, in its base unit."""

    line: int
    amount: Decimal
    told: Quantity | None = None
    short: Decimal = ZERO
    damaged: Decimal = ZERO


class Change(msgspec.Struct, frozen=True):
    """How a line's account was and is."""

    line: int
    before: Account
    over_before: Decimal
    after: Account
    over: Decimal


class Draft:
    """What is being decided about a shipment. ``shipment`` is a copy to try things on."""

    def __init__(self, message: Message[Any], id: str, shipment: Shipment, reference: Reference) -> None:
        self.message, self.id, self.shipment, self.reference = message, id, shipment.copy(), reference
        self.facts: list[Fact] = []

    @property
    def decided(self) -> Decided:
        return Decided(tuple(self.facts))

    @property
    def time(self) -> datetime:
        return self.message.time

    def record(self, fact: type[f.ShipmentFact], /, **said: Any) -> None:
        """A fact about the shipment as such."""
        apply(self.shipment, fact.model_construct(**self._about() | said))
        self.facts.append(fact(**self._about() | said))

    def move(self, kind: type[f.MovingFact], entries: Iterable[Entry], **said: Any) -> list[Change]:
        """A fact that tells of lines, and how their accounts changed by it. The lines are there already."""
        listed = list(entries)
        before = {number: (line.account, over(line)) for number, line in self.shipment.lines.items()}
        told = tuple(self._moved(entry, before[entry.line][0], before[entry.line][0]) for entry in listed)
        known = dict(self.shipment.lines)
        apply(self.shipment, kind.model_construct(**self._about() | said, lines=told))
        changes = [
            Change(entry.line, *before[entry.line], known[entry.line].account, over(known[entry.line]))
            for entry in listed
        ]
        moved = tuple(
            self._moved(entry, change.before, change.after, known[entry.line])
            for entry, change in zip(listed, changes, strict=True)
        )
        self.facts.append(kind(**self._about() | said, lines=moved))
        return changes

    def _moved(self, entry: Entry, before: Account, after: Account, line: Line | None = None) -> Moved:
        line = line or self.shipment.lines[entry.line]
        return Moved(
            line=entry.line, part=line.part, unit=line.unit, amount=entry.amount, told=entry.told, short=entry.short,
            damaged=entry.damaged, sent=after.sent - before.sent, arrived=after.arrived - before.arrived,
            lost=after.lost - before.lost, revision=line.revision, lot=line.lot, order=order_of(line),
            purchase=purchase_of(line),
        )

    def _about(self) -> dict[str, Any]:
        one = self.shipment
        return {
            "shipment": self.id, "purpose": one.purpose, "from_node": one.from_node, "to_node": one.to_node,
            "expected": one.expected,
        }

    def note(
        self, kind: Discrepancy, detail: str, number: int | None = None, amount: Decimal | None = None,
        node: str | None = None,
    ) -> None:
        """What doesn't fit."""
        line = self.shipment.lines.get(number) if number is not None else None
        self.record(
            f.ShipmentDiscrepancyFound, kind=kind, detail=detail, line=number, amount=amount, node=node,
            part=line.part if line else None, unit=line.unit if line else None,
        )

    def refuse(self, *problems: Problem) -> Decided:
        """Nothing changes, and why."""
        self.facts.clear()
        self.record(f.ShipmentRefused, asked=type(self.message.body).__name__, problems=troubles(problems))
        return self.decided

    def in_base(self, part: str, told: Quantity) -> Decimal:
        """An amount in the part's base unit."""
        return in_base(part, told, self.time, self.reference)

    def entry(self, told: Amounts | Damage) -> Entry | None:
        """What is told of a line, in its base unit; a line that isn't in the shipment is said, and goes no further."""
        line = self.shipment.lines.get(told.line)
        if line is None:
            detail = f"{plain(told.amount)} of line {told.line} were told of, which isn't in it"
            self.note(Discrepancy.UNKNOWN_LINE, detail, told.line, told.amount)
            return None
        if told.unit is None or told.unit == line.unit:
            return Entry(told.line, told.amount)
        said = Quantity(amount=told.amount, unit=told.unit)
        return Entry(told.line, self.in_base(line.part, said), said)


def over(line: Line) -> Decimal:
    """How much more has arrived than is known to have been sent."""
    return max(line.arrived - line.basis, ZERO)


def order_of(line: Line) -> OrderRef | None:
    """The customer's order line that a line delivers."""
    return None if line.order is None else OrderRef(number=line.order[0], line=line.order[1], schedule=line.order[2])


def purchase_of(line: Line) -> DocumentLine | None:
    """The purchase order line that a line fulfils."""
    return None if line.purchase is None else DocumentLine(document=line.purchase[0], line=line.purchase[1])


def troubles(problems: Iterable[Problem]) -> tuple[Trouble, ...]:
    """Problems as a fact states them."""
    return tuple(Trouble(field=one.field, problem=one.problem, remedy=one.remedy) for one in problems)


def as_told(told: Quantity, unit: str) -> Quantity | None:
    """What was told, if that was in another unit."""
    return None if told.unit == unit else Quantity(amount=told.amount, unit=told.unit)


def in_base(part: str, told: Quantity, at: datetime, reference: Reference) -> Decimal:
    """An amount in the part's base unit, or wait for the part or its conversion."""
    base = reference.base(part, told, at)
    if base is None:
        missing = reference.missing(part=part, conversion=told, at=at)
        raise Waiting(*(missing or (f"conversion/{part}/{told.unit}",)))
    return base.amount


def await_nodes(reference: Reference, *nodes: str | None) -> list[str]:
    """What is to be waited for before these places are known."""
    missing: list[str] = []
    for node in nodes:
        kind, _, id = (node or "").partition("/")
        if kind == "site":
            missing += reference.missing(site=id)
        elif kind == "supplier":
            missing += reference.missing(supplier=id)
    return missing
