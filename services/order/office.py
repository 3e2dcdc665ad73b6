"""A decision about an order being made: facts so far, and the order as it stands after them.

Every fact is applied, by the same function that ``evolve`` uses, to a copy of what was known. So what is decided next
stands on it, and the two can't disagree.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from events.catalogue.reference import Reference
from events.decision import Decided, Message, Problem
from events.model import Fact
from events.orders import facts as f
from events.orders.shapes import OrderDiscrepancy
from services.order.checks import Desk, troubles
from services.order.order import Order, OrderBook
from services.order.state import apply_to_order


class Office:
    """What is being decided about the order ``number``."""

    def __init__(self, message: Message[Any], number: str, book: OrderBook, reference: Reference) -> None:
        self.message, self.number, self.reference = message, number, reference
        self.book = book.copy()
        self.desk = Desk(message, reference)
        self.facts: list[Fact] = []

    @property
    def decided(self) -> Decided:
        return Decided(tuple(self.facts))

    @property
    def order(self) -> Order:
        """The order; ``decide`` sees to it that there is one."""
        assert self.book.order is not None, "decided about an order that nobody placed"
        return self.book.order

    def add(self, fact: Fact) -> None:
        """A fact, and what it changes."""
        apply_to_order(self.book, fact)
        self.facts.append(fact)

    def note(
        self, kind: OrderDiscrepancy, detail: str, *, line: int | None = None, schedule: int | None = None,
        amount: Decimal | None = None, unit: str | None = None, run: str | None = None, shipment: str | None = None,
    ) -> None:
        """What doesn't fit."""
        self.add(f.OrderDiscrepancyFound(
            number=self.number, kind=kind, line=line, schedule=schedule, run=run, shipment=shipment, amount=amount,
            unit=unit, detail=detail,
        ))

    def refuse(
        self, kind: type[f.OrderRefused] | type[f.AmendmentRefused] | type[f.CancellationRefused],
        problems: Sequence[Problem],
    ) -> Decided:
        """Nothing changes, and why."""
        return Decided((kind(number=self.number, problems=troubles(problems)),))

    def end(self, reason: str | None = None) -> None:
        """When nothing is open any more: it is completed, or called off if nothing of it ever came."""
        order = self.book.accepted
        if order is None or order.cancelled or order.completed or self.book.anything_open:
            return
        if any(self.book.came(*one) for one in self.book.numbers()):
            self.add(f.OrderCompleted(number=self.number))
        else:
            self.add(f.OrderCancelled(number=self.number, reason=reason))
