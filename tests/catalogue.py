"""A catalogue to decide on: what it decides it knows at once, as the runtime sees to."""

from collections.abc import Iterable
from typing import Any, Self

from events.catalogue.messages import DefineBill, DefinePart, DefineSite, DefineSupplier
from events.catalogue.parts import BillLine, Conversion, MakeOrBuy
from events.catalogue.reference import Reference, provides
from events.decision import Message, Reject
from events.model import Fact, Payload
from events.values import Some
from services.catalogue.app import build
from services.catalogue.state import Statements
from tests.scenario import Scenario


class Catalogue(Scenario[Statements]):
    """The catalogue service, empty."""

    def __init__(self) -> None:
        super().__init__(build(), Reference())
        self.provided: list[str] = []

    def _record(self, fact: Fact, told: Message[Any]) -> None:
        super()._record(fact, told)
        self.known.evolve(self.facts[-1], self.records[-1])  # type: ignore[arg-type]
        self.provided.extend(provides(self.facts[-1]))  # type: ignore[arg-type]

    def with_parts(self, *ids: str) -> Self:
        """Parts counted in pieces, made if they get a bill."""
        return self.given(*(define(id) for id in ids))

    def refused(self, body: Payload) -> tuple[str, ...]:
        """The fields that are wrong; nothing was recorded."""
        outcome = self.decide(body)
        assert isinstance(outcome, Reject), outcome
        assert all(problem.problem and problem.remedy for problem in outcome.problems)
        return tuple(problem.field for problem in outcome.problems)


def define(id: str, unit: str = "C62", **more: Any) -> DefinePart:
    """A part; ``conversions={"CT": 12}`` says that a carton holds twelve of its units."""
    packs = tuple(Conversion(unit=name, numerator=number) for name, number in more.pop("conversions", {}).items())
    told = {"make_or_buy": MakeOrBuy.BOTH, "name": id, "conversions": packs} | more
    return DefinePart(id=id, unit=unit, **told)


def line(number: int, component: str, amount: int | str = 1, unit: str = "C62", **more: Any) -> BillLine:
    return BillLine(line=number, component=component, quantity=Some.of(amount, unit), **more)


def bill(part: str, *lines: BillLine | str, **more: Any) -> DefineBill:
    """A bill; a line told as a part's id is one piece of it."""
    return DefineBill(part=part, lines=tuple(_lines(lines)), **more)


def _lines(told: Iterable[BillLine | str]) -> Iterable[BillLine]:
    return (line(number, one) if isinstance(one, str) else one for number, one in enumerate(told, 1))


def define_site(id: str, **more: Any) -> DefineSite:
    return DefineSite(id=id, name=id, zone="Europe/Berlin", **more)


def define_supplier(id: str, **more: Any) -> DefineSupplier:
    return DefineSupplier(id=id, name=id, **more)
