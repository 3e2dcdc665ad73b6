"""A decision being made: facts so far, and the lines as they stand after them.

Every fact is first tried on a copy of its line by the same ``apply`` that ``evolve`` uses; what the line then says of
itself is put into the fact. So the two can't disagree.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from events.catalogue.reference import Reference
from events.decision import Decided, Message, Problem
from events.model import Fact
from events.suppliers import facts as f
from events.suppliers.measures import local_day
from events.suppliers.shapes import Contradiction, Trouble
from events.values import Quantity
from services.supplier.order import Line, Order
from services.supplier.state import apply

L = TypeVar("L", bound=f.LineFact)


class Waiting(Exception):
    """Something isn't known yet. ``decide`` turns it into ``Park``; nothing else may see it."""

    def __init__(self, *missing: str) -> None:
        super().__init__(*missing)
        self.missing = missing


class Draft:
    """What is being decided about an order."""

    def __init__(self, message: Message[Any], number: str, order: Order, reference: Reference) -> None:
        self.message, self.number, self.order, self.reference = message, number, order, reference
        self.facts: list[Fact] = []
        self._lines: dict[int, Line] = {}

    @property
    def decided(self) -> Decided:
        return Decided(tuple(self.facts))

    @property
    def time(self) -> datetime:
        return self.message.time

    @property
    def day(self) -> date:
        """The day it happened, at the order's site."""
        return site_day(self.message, self.order.site, self.reference)

    @property
    def numbers(self) -> list[int]:
        """All lines, in order."""
        return sorted({*self.order.lines, *self._lines})

    def line(self, number: int) -> Line | None:
        """A line as it stands after the facts so far."""
        if number not in self._lines and number in self.order.lines:
            self._lines[number] = self.order.lines[number].copy()
        return self._lines.get(number)

    def in_base(self, part: str, told: Quantity, unit: str | None = None) -> Decimal:
        """An amount in the part's base unit, as of the order's placing."""
        if told.unit == unit:
            return told.amount
        return in_base(part, told, self.order.ordered_at, self.reference)

    def add(self, number: int, line: Line, **said: Any) -> None:
        """A new line."""
        self._lines[number] = line
        self._append(f.PurchaseOrderLineAdded, number, line, said | {"ordered": line.ordered})

    def record(self, kind: type[L], number: int, line: Line, **said: Any) -> None:
        """A fact about a line, and what it does to it."""
        apply(line, kind.model_construct(**said))
        self._append(kind, number, line, said)

    def _append(self, kind: type[f.LineFact], number: int, line: Line, said: dict[str, Any]) -> None:
        order = self.order
        about: dict[str, Any] = {
            "number": self.number, "supplier": order.supplier, "site": order.site, "line": number,
            "part": line.part, "unit": line.unit, "revision": line.revision, "ordered_at": order.ordered_at,
            "ordered_on": order.ordered_on, "confirmed_at": line.confirmed_at, "confirmed_on": line.confirmed_on,
            "due": line.due, "promised": line.promised, "expected": line.expected, "open": line.open,
        }
        self.facts.append(kind(**about | said))

    def whole(self, fact: type[f.PurchaseFact], /, **said: Any) -> None:
        """A fact about the whole order."""
        self.facts.append(fact(number=self.number, supplier=self.order.supplier, site=self.order.site, **said))

    def note(
        self, kind: Contradiction, detail: str, number: int | None = None, amount: Decimal | None = None,
        receipt: str | None = None,
    ) -> None:
        """What doesn't fit."""
        line = self.line(number) if number is not None else None
        self.whole(
            f.PurchaseOrderDiscrepancyFound, kind=kind, detail=detail, line=number, amount=amount, receipt=receipt,
            part=line.part if line else None, unit=line.unit if line else None,
        )

    def refuse(self, problems: list[Problem]) -> Decided:
        """Nothing changes, and why."""
        return Decided((
            f.PurchaseOrderChangeRefused(
                number=self.number, supplier=self.order.supplier, site=self.order.site, problems=troubles(problems)
            ),
        ))


def troubles(problems: list[Problem]) -> tuple[Trouble, ...]:
    """Problems as a fact states them."""
    return tuple(Trouble(field=one.field, problem=one.problem, remedy=one.remedy) for one in problems)


def as_told(quantity: Quantity) -> Quantity:
    """A quantity as facts keep it: a plain one, whatever it was in the message."""
    return Quantity.model_construct(amount=quantity.amount, unit=quantity.unit)


def site_day(message: Message[Any], site: str, reference: Reference) -> date:
    """The day of a message at a site, or wait for the site."""
    known = reference.site(site)
    if known is None:
        raise Waiting(*reference.missing(site=site))
    return local_day(message.time, message.precision, message.zone, known.zone)


def in_base(part: str, told: Quantity, at: datetime, reference: Reference) -> Decimal:
    """An amount in the part's base unit, or wait for the part or its conversion."""
    base = reference.base(part, told, at)
    if base is None:
        missing = reference.missing(part=part, conversion=told, at=at)
        raise Waiting(*(missing or (f"conversion/{part}/{told.unit}",)))
    return base.amount
