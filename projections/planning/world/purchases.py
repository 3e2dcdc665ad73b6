"""Suppliers' part: the open lines of purchase orders, which requisition each answers, and who can't deliver."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from events.decision import Recorded
from events.suppliers import facts as f
from events.suppliers.messages import Approval
from projections.planning.shapes import Outage
from projections.planning.world import notes
from projections.planning.world.notes import Key, Kind

ZERO: Final = Decimal(0)
LineKey = tuple[str, int]


@dataclass(slots=True)
class PurchaseLine:
    """A line of a purchase order. ``wanted`` = ordered - cancelled - short closed; ``received`` as suppliers saw it.

    ``expected`` is the day it is expected by the latest word: a delay, else a promise, else what we asked for.
    """

    number: str
    line: int
    supplier: str
    site: str
    part: str
    unit: str
    ordered: Decimal
    ordered_at: datetime
    ordered_on: date
    requisition: str | None = None
    revision: str | None = None
    gone: Decimal = ZERO
    received: Decimal = ZERO
    over: Decimal = ZERO
    shipped: Decimal = ZERO
    expected: date | None = None

    @property
    def wanted(self) -> Decimal:
        return self.ordered - self.gone

    @property
    def id(self) -> str:
        """Its text as a supply."""
        return f"purchase/{self.number}/{self.line}"


@dataclass(slots=True)
class PurchasePart:
    """All purchase orders, and suppliers' outages."""

    lines: dict[LineKey, PurchaseLine] = field(default_factory=dict)
    refused: dict[str, bool] = field(default_factory=dict)
    answers: dict[str, dict[LineKey, None]] = field(default_factory=dict)
    by_supplier: dict[str, dict[LineKey, None]] = field(default_factory=dict)
    by_number: dict[str, dict[LineKey, None]] = field(default_factory=dict)
    outages: dict[str, Outage] = field(default_factory=dict)

    def evolve(self, fact: f.SupplierFact, _at: Recorded) -> list[Key]:
        """Take in a fact; answers what it touches."""
        match fact:
            case f.PurchaseOrderPlaced():
                return self._place(fact)
            case f.PurchaseOrderReviewed():
                self.refused[fact.number] = fact.approval is Approval.REJECTED
                return [notes.supply(self.lines[key].id) for key in self.by_number.get(fact.number, {})]
            case f.LineFact():
                return self._line(fact)
            case f.SupplierWentDown():
                if not fact.ended:
                    self.outages[fact.supplier] = Outage(fact.since, fact.until)
                return [Key(Kind.SUPPLIER, fact.supplier)]
            case f.SupplierCameBack():
                self.outages.pop(fact.supplier, None)
                return [Key(Kind.SUPPLIER, fact.supplier)]
            case _:
                return []

    def _place(self, fact: f.PurchaseOrderPlaced) -> list[Key]:
        self.refused[fact.number] = fact.approval is Approval.REJECTED
        keys: list[Key] = []
        for told in fact.lines:
            keys += self._add(PurchaseLine(
                fact.number, told.line, fact.supplier, fact.site, told.part, told.unit, told.ordered,
                fact.ordered_at, fact.ordered_on, told.requisition, told.revision, expected=told.due,
            ))
        return keys

    def _add(self, line: PurchaseLine) -> list[Key]:
        key = (line.number, line.line)
        self.lines[key] = line
        self.by_supplier.setdefault(line.supplier, {})[key] = None
        self.by_number.setdefault(line.number, {})[key] = None
        if line.requisition is None:
            return [notes.supply(line.id)]
        self.answers.setdefault(line.requisition, {})[key] = None
        return [notes.supply(line.id), Key(Kind.REQUISITION, line.requisition)]

    def _line(self, fact: f.LineFact) -> list[Key]:
        """What a fact of one line changes; each says how it stands after it."""
        keys: list[Key] = []
        if isinstance(fact, f.PurchaseOrderLineAdded):
            keys = self._add(PurchaseLine(
                fact.number, fact.line, fact.supplier, fact.site, fact.part, fact.unit, fact.ordered,
                fact.ordered_at, fact.ordered_on, fact.requisition, fact.revision,
            ))
        line = self.lines[fact.number, fact.line]
        line.expected = fact.expected or fact.promised or fact.due
        match fact:
            case f.PurchaseOrderLineChanged():
                line.ordered = fact.ordered
            case f.PurchaseOrderShortClosed() | f.PurchaseOrderCancelled():
                line.gone += fact.amount
            case f.PurchaseOrderReceived():
                line.received += fact.amount
            case f.ReceiptReversed():
                line.received -= fact.amount
            case f.PurchaseOrderShipped():
                line.shipped = fact.shipped
                if fact.arrives is not None:
                    line.expected = fact.arrives
            case _:
                pass
        return keys or [notes.supply(line.id)]
