"""Short words for what is said about purchase order ``1``, so that tests read as rules."""

from datetime import date
from decimal import Decimal
from typing import Any

from events.catalogue.facts import PartRevised, SupplierDefined
from events.decision import Decided
from events.suppliers import facts as f
from events.suppliers import messages as m
from events.suppliers.shapes import Contradiction
from events.values import Quantity, Some, Status
from services.supplier.app import build
from services.supplier.order import Line, State
from tests import scenario as s

KNOWN = (
    s.part("BOLT", CT=12), s.part("NUT"), s.site("plant", "dock"), s.site("depot", "dock"), s.supplier("ACME"),
    SupplierDefined(id="SLEEPY", name="SLEEPY", active=False), PartRevised(part="NUT", revision="A"),
)


class Purchasing(s.Scenario[State]):
    """The supplier service, with a catalogue of two parts."""

    def __init__(self, *more: Any) -> None:
        super().__init__(build(), s.reference(*KNOWN, *more))

    def line(self, number: int = 1) -> Line:
        order = self.state("purchase-order/1").order
        assert order is not None
        return order.lines[number]

    def numbers(self, number: int = 1) -> dict[str, int]:
        """What a line adds up from, without the zeros."""
        line = self.line(number)
        names = (
            "ordered", "open", "over", "received", "accepted", "rejected", "in_inspection", "cancelled",
            "short_closed", "returned", "shipped",
        )
        return {name: int(getattr(line, name)) for name in names if getattr(line, name)}

    def contradictions(self) -> list[Contradiction]:
        """All that didn't fit so far."""
        return [fact.kind for fact in self.facts if isinstance(fact, f.PurchaseOrderDiscrepancyFound)]

    def refused(self, body: m.OrderRequest) -> tuple[str, ...]:
        """The fields for which a request is refused."""
        outcome = self.decide(body)
        assert isinstance(outcome, Decided), outcome
        (fact,) = outcome.facts
        assert isinstance(fact, f.PurchaseOrderRefused | f.PurchaseOrderChangeRefused)
        assert all(problem.problem and problem.remedy for problem in fact.problems)
        return tuple(problem.field for problem in fact.problems)


def day(text: str) -> date:
    """``03-01`` is the first of March."""
    return date.fromisoformat(f"2026-{text}")


def some(amount: int | str, unit: str = "C62") -> Some:
    return Some.of(amount, unit)


def of(line: int, amount: int | str, part: str = "BOLT", unit: str = "C62", **more: Any) -> m.OrderLine:
    return m.OrderLine(line=line, part=part, quantity=some(amount, unit), **more)


def place(*lines: m.OrderLine, **more: Any) -> m.PlacePurchaseOrder:
    told = {"supplier": "ACME", "currency": "EUR", "site": "plant"} | more
    return m.PlacePurchaseOrder(number="1", lines=lines or (of(1, 10),), **told)


def change(*lines: m.LineChange) -> m.ChangePurchaseOrder:
    return m.ChangePurchaseOrder(number="1", change=lines)


def to(amount: int, line: int = 1) -> m.ChangePurchaseOrder:
    """Order so much on the line instead."""
    return change(m.LineChange(line=line, quantity=some(amount)))


def confirm(*schedule: tuple[int, str], line: int = 1) -> m.Confirmed:
    promises = tuple(m.Promise(quantity=some(amount), promised=day(when)) for amount, when in schedule)
    return m.Confirmed(number="1", lines=(m.ConfirmedLine(line=line, schedule=promises),))


def delay(expected: str, *lines: int) -> m.Delayed:
    return m.Delayed(number="1", lines=lines or None, expected=day(expected))


def ship(amount: int, despatch: str = "D1", line: int = 1) -> m.Shipped:
    return m.Shipped(number="1", despatch=despatch, lines=(m.ShippedLine(line=line, quantity=some(amount)),))


def cancel(*lines: int) -> m.CancelPurchaseOrder:
    return m.CancelPurchaseOrder(number="1", lines=lines or None)


def short_close(*lines: int) -> m.ShortClosePurchaseOrder:
    return m.ShortClosePurchaseOrder(number="1", lines=lines or None)


def report(received: int, accepted: int | None = None, rejected: int | None = None, **more: Any) -> m.ReceiptReported:
    told = {"line": 1} | more
    amounts = {"accepted": accepted, "rejected": rejected}
    exact = {name: Decimal(amount) for name, amount in amounts.items() if amount is not None}
    return m.ReceiptReported(number="1", received=some(received), **exact, **told)


def about(receipt: str, **more: Any) -> dict[str, Any]:
    return {"purchase_order": "1", "line": 1, "part": "BOLT", "site": "plant", "receipt": receipt} | more


def receive(amount: int, receipt: str = "R1", status: Status = Status.AVAILABLE, **more: Any) -> m.FollowReceipt:
    return m.FollowReceipt(**about(receipt, **more), quantity=some(amount), status=status)


def inspect(accepted: int, rejected: int = 0, receipt: str = "R1", **more: Any) -> m.FollowInspection:
    good, bad = Quantity.of(accepted, "C62"), Quantity.of(rejected, "C62")
    return m.FollowInspection(**about(receipt, **more), accepted=good, rejected=bad)


def uninspect(accepted: int, rejected: int = 0, receipt: str = "R1") -> m.FollowInspectionReversal:
    good, bad = Quantity.of(accepted, "C62"), Quantity.of(rejected, "C62")
    return m.FollowInspectionReversal(**about(receipt), accepted=good, rejected=bad)


def send_back(amount: int, receipt: str = "R1") -> m.FollowReturn:
    return m.FollowReturn(**about(receipt), quantity=some(amount))


def unsend(amount: int, receipt: str = "R1") -> m.FollowReturnReversal:
    return m.FollowReturnReversal(**about(receipt), quantity=some(amount))


def reverse(amount: int, receipt: str = "R1", status: Status = Status.AVAILABLE, **more: Any) -> m.FollowReversal:
    return m.FollowReversal(**about(receipt, **more), quantity=some(amount), status=status)
