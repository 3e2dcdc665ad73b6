"""Short words for what the tests of orders and runs say.

A BIKE is made of a FRAME (or a RACER frame, by option), two WHEELs (made of 36 SPOKEs and a RIM), a phantom KIT (four
BOLTs and a BELL) and paint: 0.1 kg PAINT for each. A RACK is made of BARs, three for two of them. It is day 10.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from events.catalogue import facts as c
from events.catalogue.options import Excluded, OptionChoice, Replacement
from events.catalogue.parts import BillLine, Conversion, MakeOrBuy
from events.orders import facts as f
from events.orders import messages as m
from events.orders.shapes import Choice, LineAmendment, OrderLine, OrderRef, RunRequirement, ScheduleLine
from events.sealed import Sealed
from events.values import Quantity, Some
from services.order.app import build
from services.order.order import OrderBook
from services.order.run import Run, RunBook
from services.order.state import State
from tests.scenario import START, Scenario, Then, day, part, reference, site

TODAY = (START + timedelta(days=10)).date()


def pieces(amount: int | str) -> Some:
    return Some.of(amount, "C62")


def made(id: str, **more: Any) -> c.PartDefined:
    return c.PartDefined(id=id, name=id, unit="C62", **{"make_or_buy": MakeOrBuy.MAKE} | more)


def bill(part: str, *lines: tuple[str, int | str] | BillLine, **more: Any) -> c.BillDefined:
    """A bill; a pair is so many pieces of a part."""
    told = (
        one if isinstance(one, BillLine) else BillLine(line=n, component=one[0], quantity=pieces(one[1]))
        for n, one in enumerate(lines, 1)
    )
    return c.BillDefined(part=part, lines=tuple(told), **more)


CATALOGUE: tuple[c.CatalogueFact, ...] = (
    *(part(id) for id in ("FRAME", "RACER", "SPOKE", "RIM", "BOLT", "BELL", "BAR", "CHROME")),
    c.PartDefined(id="PAINT", name="PAINT", unit="KGM", make_or_buy=MakeOrBuy.BUY),
    made("BIKE", conversions=(Conversion(unit="CT", numerator=2),)), made("WHEEL"), made("RACK"),
    made("KIT", phantom=True), bill("WHEEL", ("SPOKE", 36), ("RIM", 1)),
    bill("KIT", ("BOLT", 4), ("BELL", 1)),
    bill("RACK", BillLine(line=1, component="BAR", quantity=Some.of(3, "C62"), per=Decimal(2))),
    bill(
        "BIKE", ("FRAME", 1), ("WHEEL", 2), ("KIT", 1),
        BillLine(line=4, component="PAINT", quantity=Some.of(100, "GRM")),
    ),
    c.OptionDefined(part="BIKE", option="frame", required=False, choices=(
        OptionChoice(choice="city"),
        OptionChoice(
            choice="race", replace=(Replacement(component="FRAME", by="RACER"),),
            excludes=(Excluded(option="bell", choice="chrome"),),
        ),
    )),
    c.OptionDefined(part="BIKE", option="bell", default="plain", choices=(
        OptionChoice(choice="plain"),
        OptionChoice(choice="chrome", add=(BillLine(line=9, component="CHROME", quantity=Some.of(1, "C62")),)),
    )),
    c.SubstituteDefined(part="BAR", substitute="BELL", numerator=2, needs_approval=True),
    site("plant", "line", "dock"),
)


def orders(*more: c.CatalogueFact) -> Scenario[State]:
    """Nothing told yet; it is day 10."""
    return Scenario(build(), reference(*CATALOGUE, *more), day(10))


def level(amount: int | str) -> Quantity:
    return Quantity.of(amount, "C62")


def sealed(value: str, person: str = "p-1") -> Sealed[str]:
    return Sealed[str](person=person, value=value)


def wanted(days: int) -> date:
    """A day, so many after today."""
    return TODAY + timedelta(days=days)


def schedule(number: int = 1, amount: int | str = 4, days: int = 20, unit: str = "C62") -> ScheduleLine:
    return ScheduleLine(schedule=number, quantity=Some.of(amount, unit), wanted=wanted(days))


def line(number: int = 1, part: str = "BIKE", *schedules: ScheduleLine, **more: Any) -> OrderLine:
    return OrderLine(line=number, part=part, schedules=schedules or (schedule(),), **more)


def place(*lines: OrderLine, number: str = "O", **more: Any) -> m.PlaceOrder:
    return m.PlaceOrder(number=number, lines=lines or (line(),), **more)


def amend(*change: LineAmendment, **more: Any) -> m.AmendOrder:
    return m.AmendOrder(number="O", change=change, **more)


def chosen(**options: str) -> tuple[Choice, ...]:
    return tuple(Choice(option=option, choice=choice) for option, choice in options.items())


def frozen(amount: int | str = 4, run: str = "R", state: str = "frozen", **where: int) -> m.FollowRun:
    """So much of line 1, schedule 1, of order O, unless ``where`` says otherwise."""
    told = {"number": "O", "line": 1, "schedule": 1, "run": run, "state": state, "quantity": level(amount)}
    return m.FollowRun.model_validate(told | where)


def delivered(amount: int | str, damaged: int | str = 0, schedule: int = 1, **more: Any) -> m.FollowDelivery:
    told: dict[str, Any] = {"number": "O", "line": 1, "schedule": schedule, "shipment": "S"} | more
    return m.FollowDelivery(**told, quantity=pieces(amount), damaged=level(damaged))


def refused(then: Then, kind: type[Any] = f.OrderRefused) -> list[str]:
    """The fields that are wrong, each with what is wrong and what would be right."""
    fact = then.facts[-1]
    assert isinstance(fact, kind), fact
    assert all(one.problem and one.remedy for one in fact.problems)
    return [one.field for one in fact.problems]


def kinds(then: Then) -> list[str]:
    """What was said not to fit."""
    return [fact.kind.value for fact in then.facts if isinstance(fact, f.RunDiscrepancyFound | f.OrderDiscrepancyFound)]


def book(scenario: Scenario[State], number: str = "O") -> OrderBook:
    """What is known of the order."""
    found = scenario.state(m.order_stream(number)).order
    assert found is not None
    return found


REF = OrderRef(number="O", line=1, schedule=1)


def run(amount: int | str = 4, **more: Any) -> m.ScheduleRun:
    """Bikes for nobody in particular, from day 12 to day 13."""
    told: dict[str, Any] = {
        "run": "R", "part": "BIKE", "quantity": pieces(amount), "site": "plant", "start": day(12), "due": day(13),
    }
    return m.ScheduleRun(**told | more)


def need(n: int, part: str, amount: int | str, per: tuple[int, int] = (1, 1), **more: Any) -> RunRequirement:
    told: dict[str, Any] = {"unit": "C62", "numerator": per[0], "denominator": per[1]}
    return RunRequirement(n=n, part=part, amount=Decimal(amount), **told | more)


def output(good: int | str, scrapped: int | str = 0, **more: Any) -> m.OutputReported:
    return m.OutputReported(run="R", good=level(good), scrapped=level(scrapped), **more)


def moved(kind: Any, part: str, amount: int | str, movement: str = "inventory/0/1", **more: Any) -> Any:
    """What inventory says of material of run R."""
    told: dict[str, Any] = {"run": "R", "site": "plant", "quantity": pieces(amount)} | more
    return kind(part=part, movement=movement, **told)


def runs(scenario: Scenario[State], id: str = "R") -> RunBook:
    """What is known under the run's id."""
    found = scenario.state(m.run_stream(id)).run
    assert found is not None
    return found


def the_run(scenario: Scenario[State], id: str = "R") -> Run:
    found = runs(scenario, id).run
    assert found is not None
    return found


def flushed(then: Then) -> dict[str, Decimal]:
    """What an output report took, by part."""
    found: dict[str, Decimal] = {}
    for fact in then.facts:
        if isinstance(fact, f.RunOutputReported):
            for one in fact.backflushed:
                found[one.part] = found.get(one.part, Decimal(0)) + one.amount
    return found
