"""What is remembered of a customer's order, just enough to decide on.

A schedule line's ``amount`` is what is ordered less what was called off. What was delivered, and what runs fix, is kept
beside the order, by schedule line: goods may be told of before, and without, an order.

    open = amount - delivered          never below zero: what comes over is stated, not owed back

The as-ordered bill is kept as plain tuples: an amendment that leaves a line's configuration alone tells it again.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec
from msgspec import field

from events.orders.shapes import ZERO, AcceptedLine, AcceptedSchedule, Choice, Component, RunState
from events.sealed import Sealed
from events.values import Quantity

Piece = tuple[int, int, int, str, str | None, int, int, bool, bool]
"""A component, its fields in their order."""
_FIELDS: Final = tuple(Component.model_fields)
Secret = tuple[str, str | None, str | None]
"""A sealed field, carried along and never read: person, value, box."""


class Schedule(msgspec.Struct):
    """A schedule line. ``told`` is what was ordered, when in another unit and nothing of it was called off since."""

    amount: Decimal
    wanted: date
    told: tuple[Decimal, str] | None = None
    cancelled: Decimal = ZERO


class Line(msgspec.Struct):
    """A line. ``own`` tells that its priority was said for itself, and doesn't follow the order's."""

    part: str
    unit: str
    revision: str | None
    options: tuple[tuple[str, str], ...]
    site: str
    priority: int
    own: bool
    configuration: str
    components: tuple[Piece, ...]
    personalisation: Secret | None
    schedules: dict[int, Schedule]

    def copy(self) -> "Line":
        """One to try things on."""
        schedules = {number: msgspec.structs.replace(one) for number, one in self.schedules.items()}
        return msgspec.structs.replace(self, schedules=schedules)


class Order(msgspec.Struct):
    """An order that was placed. ``content`` tells whether it is placed a second time with the same words."""

    content: str
    priority: int
    destination: str | None
    ordered_at: datetime
    refused: bool = False
    held: str | None = None
    cancelled: bool = False
    completed: bool = False
    lines: dict[int, Line] = field(default_factory=dict)


class Fixed(msgspec.Struct):
    """How much of a schedule line a run fixes."""

    line: int
    schedule: int
    amount: Decimal
    state: RunState


class OrderBook(msgspec.Struct):
    """All that is known under an order's number. ``delivered`` counts what came undamaged, by ``line/schedule``."""

    order: Order | None = None
    delivered: dict[str, Decimal] = field(default_factory=dict)
    fixed: dict[str, Fixed] = field(default_factory=dict)

    @property
    def accepted(self) -> Order | None:
        """The order, unless it was refused."""
        return None if self.order is None or self.order.refused else self.order

    def schedule(self, line: int, schedule: int) -> Schedule | None:
        found = self.accepted.lines.get(line) if self.accepted else None
        return found.schedules.get(schedule) if found else None

    def came(self, line: int, schedule: int) -> Decimal:
        """What was delivered of a schedule line, undamaged."""
        return self.delivered.get(key(line, schedule), ZERO)

    def open(self, line: int, schedule: int) -> Decimal:
        """What is still to be delivered of a schedule line."""
        found = self.schedule(line, schedule)
        return max(found.amount - self.came(line, schedule), ZERO) if found else ZERO

    def frozen(self, line: int, schedule: int | None = None) -> Decimal:
        """What runs fix of a line, or of one of its schedules."""
        return sum(
            (one.amount for one in self.fixed.values() if one.line == line and schedule in (None, one.schedule)), ZERO
        )

    def numbers(self) -> Iterator[tuple[int, int]]:
        """Every schedule line, in order."""
        for number, line in sorted(self.accepted.lines.items() if self.accepted else ()):
            for schedule in sorted(line.schedules):
                yield number, schedule

    @property
    def anything_open(self) -> bool:
        return any(self.open(*one) for one in self.numbers())

    def copy(self) -> "OrderBook":
        """One to try things on."""
        order = self.order
        if order is not None:
            order = msgspec.structs.replace(order, lines={number: line.copy() for number, line in order.lines.items()})
        return OrderBook(order, dict(self.delivered), dict(self.fixed))


def key(line: int, schedule: int) -> str:
    """A schedule line's name within its order."""
    return f"{line}/{schedule}"


def kept(fact: AcceptedLine, known: Line | None) -> Line:
    """A line as it is remembered. Schedules that it doesn't tell any more were called off."""
    schedules = dict(known.schedules) if known else {}
    for gone in schedules.values():
        gone.amount = ZERO
    for one in fact.schedules:
        told = None if one.told is None else (one.told.amount, one.told.unit)
        cancelled = schedules[one.schedule].cancelled if one.schedule in schedules else ZERO
        schedules[one.schedule] = Schedule(one.amount, one.wanted, told, cancelled)
    secret = fact.personalisation
    return Line(
        fact.part, fact.unit, fact.revision, tuple((one.option, one.choice) for one in fact.options), fact.site,
        fact.priority, fact.own_priority, fact.configuration, pieces(fact.components),
        None if secret is None else (secret.person, secret.value, secret.box), schedules,
    )


def pieces(components: Iterable[Component]) -> tuple[Piece, ...]:
    """A bill as it is remembered."""
    found: Any = (tuple(one.__dict__[name] for name in _FIELDS) for one in components)
    return tuple(found)


def told_again(number: int, line: Line) -> AcceptedLine:
    """A line as facts tell it: what stands of it, whole."""
    return AcceptedLine(
        line=number, part=line.part, unit=line.unit, revision=line.revision, options=choices(line.options),
        site=line.site, priority=line.priority, own_priority=line.own, configuration=line.configuration,
        schedules=tuple(
            AcceptedSchedule(
                schedule=schedule, amount=one.amount, wanted=one.wanted,
                told=None if one.told is None else Quantity(amount=one.told[0], unit=one.told[1]),
            )
            for schedule, one in sorted(line.schedules.items()) if one.amount > 0
        ),
        components=tuple(Component.trusted(**dict(zip(_FIELDS, piece, strict=True))) for piece in line.components),
        personalisation=opened(line.personalisation),
    )


def choices(options: tuple[tuple[str, str], ...]) -> tuple[Choice, ...]:
    return tuple(Choice(option=option, choice=choice) for option, choice in options)


def opened(secret: Secret | None) -> Sealed[str] | None:
    """A sealed field as it came."""
    return None if secret is None else Sealed[str](person=secret[0], value=secret[1], box=secret[2])
