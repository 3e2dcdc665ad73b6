"""The purchasing system: what was decided to be bought is ordered in the course of the next working hours."""

from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial

from events.planning.facts import ReorderDecided, RequisitionWithdrawn
from events.planning.messages import Declined
from events.planning.shapes import DecisionStatus
from events.suppliers.facts import PurchaseOrderPlaced, PurchaseOrderRefused
from events.suppliers.messages import OrderLine, PlacePurchaseOrder
from infra.sample.life.agenda import BUYER
from infra.sample.life.world import World

Asked = dict[str, ReorderDecided]


class Buying:
    """One order for each supplier and site and evening's requisitions."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.open: Asked = {}
        self._new: list[str] = []
        self._lines: dict[str, list[str]] = {}
        self.refuses: set[str] = set()

    def learn(self, fact: ReorderDecided | RequisitionWithdrawn | PurchaseOrderPlaced | PurchaseOrderRefused) -> None:
        """Requisitions come and go."""
        match fact:
            case ReorderDecided(status=DecisionStatus.DECIDED):
                if fact.requisition not in self.open:
                    self._new.append(fact.requisition)
                self.open[fact.requisition] = fact
            case RequisitionWithdrawn():
                self.open.pop(fact.requisition, None)
            case PurchaseOrderPlaced():
                for line in fact.lines:
                    self.open.pop(line.requisition or "", None)
            case PurchaseOrderRefused():
                for requisition in self._lines.pop(fact.number, ()):
                    self._decline(requisition, fact.problems[0].problem, self.world.soon(fact.site, 1, 2, requisition))

    def evening(self) -> None:
        """Everything that was read is sorted by supplier, and will be ordered."""
        together: dict[tuple[str, str], list[str]] = defaultdict(list)
        for requisition in sorted(self._new):
            if found := self.open.get(requisition):
                together[found.supplier, found.site].append(requisition)
        self._new.clear()
        for (supplier, site), asked in sorted(together.items()):
            at = self.world.soon(site, 1, 5, "order", supplier, asked[0])
            self.world.agenda.at(at, f"order {asked[0]}", partial(self._order, supplier, tuple(asked)))

    def _order(self, supplier: str, asked: tuple[str, ...], now: datetime) -> None:
        """What was withdrawn meanwhile isn't ordered."""
        wanted = [self.open[one] for one in asked if one in self.open]
        if supplier in self.refuses:
            for one in wanted:
                self._decline(one.requisition, "this supplier's account is blocked", now)
            wanted = []
        if not wanted:
            return
        number, site = f"PO-{wanted[0].requisition}", wanted[0].site
        price = next((one.price for one in wanted if one.price), None)
        self._lines[number] = [one.requisition for one in wanted]
        body = PlacePurchaseOrder(
            number=number, supplier=supplier, currency=price.currency if price else "EUR", site=site,
            lines=tuple(self._line(n, one, now) for n, one in enumerate(wanted, 1)),
        )
        self.world.agenda.tell(BUYER, f"{number}/placed", body, now, "person-2")

    def _line(self, n: int, asked: ReorderDecided, now: datetime) -> OrderLine:
        today = now.astimezone(self.world.agenda.zone).date()
        return OrderLine(
            line=n, part=asked.part, quantity=asked.quantity, price=asked.price.amount if asked.price else None,
            due=max(asked.due, today + timedelta(days=1)), requisition=asked.requisition,
        )

    def _decline(self, requisition: str, reason: str, at: datetime) -> None:
        self.open.pop(requisition, None)
        body = Declined(requisition=requisition, reason=reason)
        self.world.agenda.tell(BUYER, f"{requisition}/declined", body, at, "person-2")
