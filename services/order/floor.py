"""A decision about a run being made: facts so far, and the run as it stands after them.

Every fact is applied, by the same function that ``evolve`` uses, to a copy of what was known. So what is decided next
stands on it, and the two can't disagree.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeVar

from events.catalogue.records import PartRecord
from events.catalogue.reference import Reference
from events.decision import Decided, Message, Problem
from events.model import Fact
from events.orders import facts as f
from events.orders.shapes import RunDiscrepancy, RunState
from events.values import Quantity
from services.order.checks import Waiting, troubles
from services.order.run import Run, RunBook, requirements_of
from services.order.state import apply_to_run

B = TypeVar("B", bound=f.BuildFact)


class Floor:
    """What is being decided about the run ``id``."""

    def __init__(self, message: Message[Any], id: str, book: RunBook, reference: Reference) -> None:
        self.message, self.id, self.reference = message, id, reference
        self.book = book.copy()
        self.facts: list[Fact] = []

    @property
    def decided(self) -> Decided:
        return Decided(tuple(self.facts))

    @property
    def run(self) -> Run:
        """The run; ``decide`` sees to it that there is one."""
        assert self.book.run is not None, "decided about a run that isn't scheduled"
        return self.book.run

    def add(self, fact: Fact) -> None:
        """A fact, and what it changes."""
        apply_to_run(self.book, fact, self.message.time)
        self.facts.append(fact)

    def record(self, kind: type[B], **said: Any) -> None:
        """A fact about the run as it was scheduled."""
        run = self.run
        self.add(kind(run=self.id, part=run.part, site=run.site, unit=run.unit, order=run.order_ref, **said))

    def note(
        self, kind: RunDiscrepancy, detail: str, *, part: str | None = None, amount: Decimal | None = None,
        unit: str | None = None, movement: str | None = None,
    ) -> None:
        """What doesn't fit."""
        order = self.book.run.order_ref if self.book.run else None
        self.add(f.RunDiscrepancyFound(
            run=self.id, kind=kind, part=part, amount=amount, unit=unit, movement=movement, order=order, detail=detail,
        ))

    def refuse(self, *problems: Problem) -> Decided:
        """Nothing changes, and why."""
        run = self.run
        return Decided((self.refusal(run.part, run.site, run.unit, problems),))

    def refusal(self, part: str, site: str, unit: str, problems: Sequence[Problem]) -> f.RunRefused:
        """What was asked of such a run isn't done."""
        asked = type(self.message.body).__name__
        order = self.book.run.order_ref if self.book.run else getattr(self.message.body, "order", None)
        return f.RunRefused(
            run=self.id, part=part, site=site, unit=unit, order=order, asked=asked, problems=troubles(problems)
        )

    def freeze(self) -> None:
        """Its configuration and quantity stay, if they didn't before."""
        if self.run.state is RunState.SCHEDULED:
            self.record(f.RunFrozen, amount=self.run.amount, requirements=requirements_of(self.run.needs))

    def in_base(self, part: str, told: Quantity, unit: str | None = None) -> Decimal:
        """An amount in the part's base unit, or wait for the part or its conversion."""
        if told.unit == unit:
            return told.amount
        amount = self.reference.amount(part, told, self.message.time)
        if amount is None:
            raise Waiting(*self.reference.missing(part=part, conversion=told, at=self.message.time))
        return amount

    def part(self, id: str) -> PartRecord:
        """A part, or wait for it."""
        known = self.reference.part(id)
        if known is None:
            raise Waiting(f"part/{id}")
        return known

    def places(self, part: str) -> int:
        """To how many places a part is counted."""
        return self.part(part).places
