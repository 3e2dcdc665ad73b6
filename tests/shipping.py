"""Short words for what is said about shipment ``S`` and lane ``L``, so that tests read as rules."""

from decimal import Decimal
from typing import Any

from events.catalogue.facts import CalendarDefined
from events.decision import Decided
from events.logistics import facts as f
from events.logistics import messages as m
from events.logistics.shapes import Amounts, Damage, Discrepancy, Mode, Purpose, ShipmentLine, Transit
from events.orders.shapes import OrderRef
from events.values import Line as DocumentLine
from events.values import Quantity, Some
from services.logistics.app import build
from services.logistics.shipment import Line, Shipment, State
from tests import scenario as s

KNOWN = (
    s.part("BOLT", CT=12), s.part("NUT"), s.site("plant"), s.site("store"), s.supplier("ACME"),
    CalendarDefined(id="weekdays"),
)
ORDER = OrderRef(number="SO-1", line=1, schedule=1)
BOUGHT = DocumentLine(document="PO-1", line=1)


class Shipping(s.Scenario[State]):
    """The logistics service, with a catalogue of two parts and three places."""

    def __init__(self, *more: Any) -> None:
        super().__init__(build(), s.reference(*KNOWN, *more))

    @property
    def shipment(self) -> Shipment:
        found = self.state("shipment/S").shipment
        assert found is not None
        return found

    def line(self, number: int = 1) -> Line:
        return self.shipment.lines[number]

    def account(self, number: int = 1) -> dict[str, int]:
        """What a line's account says, without the zeros."""
        line = self.line(number)
        assert line.sent == line.in_transit + line.arrived + line.lost
        names = ("sent", "in_transit", "arrived", "lost")
        return {name: int(getattr(line, name)) for name in names if getattr(line, name)}

    def discrepancies(self) -> list[Discrepancy]:
        """All that didn't fit so far."""
        return [fact.kind for fact in self.facts if isinstance(fact, f.ShipmentDiscrepancyFound)]

    def refused(self, body: m.ShipmentRequest) -> tuple[str, ...]:
        """The fields for which a request is refused."""
        outcome = self.decide(body)
        assert isinstance(outcome, Decided), outcome
        (fact,) = outcome.facts
        assert isinstance(fact, f.ShipmentRefused)
        assert fact.asked == type(body).__name__
        assert all(problem.problem and problem.remedy for problem in fact.problems)
        return tuple(problem.field for problem in fact.problems)


# -- requests --------------------------------------------------------------------------------------------------


def of(line: int, amount: int | str, part: str = "BOLT", unit: str = "C62", **more: Any) -> ShipmentLine:
    return ShipmentLine(line=line, part=part, quantity=Some.of(amount, unit), **more)


def plan(*lines: ShipmentLine, **more: Any) -> m.PlanShipment:
    """From the plant to the store, from day 1 to day 3."""
    told = {
        "purpose": Purpose.TRANSFER, "from_node": "site/plant", "to_node": "site/store", "lanes": ("L",),
        "depart_at": s.day(1), "arrive_at": s.day(3),
    } | more
    return m.PlanShipment(shipment="S", lines=lines or (of(1, 10),), **told)


def delivery(*lines: ShipmentLine, **more: Any) -> m.PlanShipment:
    """From the plant to a customer."""
    told = {"purpose": Purpose.DELIVERY, "to_node": "zone/NORTH"} | more
    return plan(*(lines or (of(1, 10, order=ORDER),)), **told)


def replan(**changed: Any) -> m.ReplanShipment:
    return m.ReplanShipment(shipment="S", **changed)


CANCEL = m.CancelShipment(shipment="S", reason="not needed")


# -- what happens to it ----------------------------------------------------------------------------------------

DEPART = m.Departed(shipment="S")
DELIVERED = m.Delivered(shipment="S")
ARRIVED = m.Arrived(shipment="S")
LOST = m.Lost(shipment="S")


def so(amount: int | str, line: int = 1, unit: str | None = None) -> Amounts:
    """So much of a line."""
    return Amounts(line=line, amount=Decimal(amount), unit=unit)


def lost(*lines: Amounts) -> m.Lost:
    return m.Lost(shipment="S", lines=lines)


def arrived(*lines: Amounts) -> m.Arrived:
    return m.Arrived(shipment="S", lines=lines)


def delivered(*lines: Amounts, damaged: int = 0) -> m.Delivered:
    broken = (Damage(line=1, amount=Decimal(damaged), reason="dented"),) if damaged else ()
    return m.Delivered(shipment="S", lines=lines or None, damaged=broken)


def announced(*lines: ShipmentLine, **more: Any) -> m.Announced:
    """ACME's notice of what it sent to the plant."""
    return m.Announced(
        shipment="S", supplier="ACME", site="plant", lines=lines or (of(1, 10, purchase=BOUGHT),), **more
    )


def sent(amount: int, part: str = "BOLT", **more: Any) -> m.FollowSent:
    """The plant's warehouse handed it over."""
    told = {"purpose": Purpose.TRANSFER, "from_site": "plant", "to_site": "store", "movement": "inventory/0/7"} | more
    return m.FollowSent(shipment="S", part=part, quantity=Some.of(amount, "C62"), **told)


def unsent(amount: int, part: str = "BOLT") -> m.FollowSendingReversal:
    return m.FollowSendingReversal(
        shipment="S", part=part, quantity=Some.of(amount, "C62"), movement="inventory/0/7"
    )


def taken_in(amount: int, short: int = 0, part: str = "BOLT") -> m.FollowArrival:
    """The store's warehouse took it in."""
    return m.FollowArrival(
        shipment="S", part=part, quantity=Quantity.of(amount, "C62"), short=Quantity.of(short, "C62") if short else None
    )


def taken_back(amount: int, short: int = 0, part: str = "BOLT") -> m.FollowArrivalReversal:
    return m.FollowArrivalReversal(
        shipment="S", part=part, quantity=Quantity.of(amount, "C62"), short=Quantity.of(short, "C62") if short else None
    )


# -- lanes -----------------------------------------------------------------------------------------------------


def lane(**more: Any) -> m.DefineLane:
    """From ACME to the plant, by road, in a day."""
    told = {
        "from_node": "supplier/ACME", "to_node": "site/plant", "mode": Mode.ROAD,
        "transit": Transit(least=20, usual=24, most=40),
    } | more
    return m.DefineLane(lane="L", **told)
