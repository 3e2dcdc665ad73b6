"""The shop's view of its orders: what was accepted, what is on the floor already, and what a customer may change."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from events.orders import facts as f
from events.orders.messages import AmendOrder, CancelOrder
from events.orders.shapes import AcceptedLine, LineAmendment, ScheduleLine
from events.values import Some
from infra.sample.life.agenda import SHOP
from infra.sample.life.world import World


@dataclass
class Sold:
    """An order that was accepted."""

    number: str
    lines: dict[int, AcceptedLine]
    frozen: set[int] = field(default_factory=set)
    delivered: set[int] = field(default_factory=set)
    touched: bool = False


class Selling:
    """All orders; those that are over are forgotten."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.open: dict[str, Sold] = {}
        self.answered: set[str] = set()
        self.accepted = self.completed = self.cancelled = self.refused = 0

    def learn(self, fact: f.OrderFact) -> None:
        """What became of orders."""
        match fact:
            case f.OrderAccepted():
                self.open[fact.number] = Sold(fact.number, {line.line: line for line in fact.lines})
                self.answered.add(fact.number)
                self.accepted += 1
            case f.OrderRefused():
                self.answered.add(fact.number)
                self.refused += 1
            case f.OrderAmended() if sold := self.open.get(fact.number):
                sold.lines.update({line.line: line for line in fact.lines})
                for line in fact.cancelled:
                    sold.lines.pop(line, None)
            case f.OrderLineFrozen() if sold := self.open.get(fact.number):
                (sold.frozen.add if fact.amount else sold.frozen.discard)(fact.line)
            case f.OrderLineDelivered() if sold := self.open.get(fact.number):
                sold.delivered.add(fact.line)
            case f.OrderCancelled():
                self.cancelled += self.open.pop(fact.number, None) is not None
            case f.OrderCompleted():
                self.completed += self.open.pop(fact.number, None) is not None
            case _:
                pass

    def _first(self, frozen: bool, more_than: int = 0) -> tuple[Sold, AcceptedLine] | None:
        """The first order that nobody has changed yet, with a line that is frozen, or with none that is. The line
        wants more than so many."""
        for number in sorted(self.open):
            sold = self.open[number]
            if sold.touched or sold.delivered or bool(sold.frozen) is not frozen:
                continue
            for line in sold.lines.values():
                if (line.line in sold.frozen) is frozen and line.schedules[0].amount > more_than:
                    return sold, line
        return None

    def amend(self, frozen: bool, by: int, days: int, now: datetime) -> str | None:
        """More, fewer, or later. Whom it was asked for."""
        found = self._first(frozen, max(0, -by))
        if found is None:
            return None
        sold, line = found
        sold.touched = True
        change = LineAmendment(line=line.line, schedules=tuple(
            ScheduleLine(
                schedule=one.schedule, wanted=one.wanted + timedelta(days=days),
                quantity=Some(amount=one.amount + (by if n == 0 else 0), unit=line.unit),
            ) for n, one in enumerate(line.schedules)
        ))
        body = AmendOrder(number=sold.number, change=(change,))
        self.world.agenda.tell(SHOP, f"{sold.number}/amended/{now:%j-%H%M}", body, now)
        return f"{sold.number}/{line.line}"

    def cancel(self, frozen: bool, now: datetime) -> str | None:
        """The whole order."""
        found = self._first(frozen)
        if found is None:
            return None
        sold, _ = found
        sold.touched = True
        body = CancelOrder(number=sold.number, reason="changed their mind")
        self.world.agenda.tell(SHOP, f"{sold.number}/cancelled", body, now)
        return sold.number
