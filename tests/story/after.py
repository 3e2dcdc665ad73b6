"""What must hold whenever a day of a story is over, read from the facts alone."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from events.codec import decode
from events.decision import Recorded
from events.inventory import facts as i
from events.inventory.postings import claims, postings
from events.orders import facts as o
from events.planning import facts as p
from events.suppliers.facts import PurchaseOrderLineAdded, PurchaseOrderPlaced
from events.values import BucketKey

ZERO = Decimal(0)


class Books:
    """Everything that was recorded, kept by whoever checks."""

    def __init__(self) -> None:
        self.stock: dict[tuple[str, str, BucketKey], Decimal] = defaultdict(Decimal)
        self.claimed: dict[str, dict[tuple[str, str, BucketKey], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        self.pegs: dict[str, p.SupplyPegged] = {}
        self.left: dict[str, Decimal] = {}
        self.short: set[str] = set()
        self.wanted: dict[str, Decimal] = {}
        self.runs: dict[str, str] = {}
        self.answered: dict[str, list[str]] = defaultdict(list)
        self.odd: list[tuple[str, str]] = []
        self.asked: dict[str, p.ReorderDecided] = {}
        self.taken_back: set[str] = set()
        self.claimed_of: dict[str, Decimal] = defaultdict(Decimal)
        self.lots: list[str] = []

    def add(self, facts: Iterable[Recorded]) -> None:
        """More of it."""
        for at in sorted(facts, key=lambda at: (at.domain, at.shard, at.position)):
            if at.domain in ("inventory", "planning", "orders", "suppliers"):
                self._add(decode(at), at)

    def _add(self, fact: object, at: Recorded) -> None:
        if at.type.endswith("DiscrepancyFound"):
            self.odd.append((at.type, at.data.decode()))
        match fact:
            case i.StockFact():
                place = (fact.part, fact.site)
                for posting in postings(fact):  # type: ignore[arg-type]
                    self.stock[*place, posting.bucket.key] += posting.amount
                for claim in claims(fact):  # type: ignore[arg-type]
                    self.claimed[claim.reservation][*place, claim.bucket.key] += claim.amount
            case p.SupplyPegged():
                self.pegs[fact.peg], self.left[fact.peg] = fact, fact.amount
                self.claimed_of[fact.supply.text] += fact.amount
            case p.ReorderDecided():
                self._ask(fact)
            case p.RequisitionWithdrawn() | p.RequisitionDeclined():
                self.taken_back.add(fact.requisition)
            case p.SupplyUnpegged():
                self.left[fact.peg] = fact.left
            case p.ShortageStated():
                self.short.add(fact.requirement)
            case p.ShortageEnded():
                self.short.discard(fact.requirement)
            case o.OrderAccepted() | o.OrderAmended():
                for line in fact.lines:
                    for one in line.schedules:
                        self.wanted[f"order/{fact.number}/{line.line}/{one.schedule}"] = one.amount
            case o.OrderLineDelivered():
                self._less(f"order/{fact.number}/{fact.line}/{fact.schedule}", fact.amount - fact.damaged)
            case o.OrderLineCancelled():
                for gone in fact.schedules:
                    self._less(f"order/{fact.number}/{fact.line}/{gone.schedule}", gone.amount)
            case o.RunScheduled():
                self.runs[fact.run] = "open"
            case o.RunCancelled() | o.RunCompleted():
                self.runs[fact.run] = "over"
            case PurchaseOrderPlaced():
                for line in fact.lines:
                    self._answer(line.requisition, f"{fact.number}/{line.line}")
            case PurchaseOrderLineAdded():
                self._answer(fact.requisition, f"{fact.number}/{fact.line}")
            case _:
                pass

    def _ask(self, fact: p.ReorderDecided) -> None:
        """What is asked for is for somebody, and beyond that no more than stock lacks and lots add."""
        self.asked[fact.requisition] = fact
        figures, told = fact.figures, sum((one.amount for one in fact.pegged), ZERO)
        lot = max(figures.minimum or ZERO, figures.multiple or ZERO, fact.amount / fact.quantity.amount)
        low = figures.reorder_point is not None and figures.position <= figures.reorder_point
        lacks = max(ZERO, (figures.order_up_to or ZERO) - figures.position) if low else ZERO
        if fact.amount != told + fact.for_stock or fact.for_stock > lacks + lot:
            self.lots.append(f"{fact.requisition} asks for {fact.amount}, {told} for somebody; stock lacks {lacks}")

    def _answer(self, requisition: str | None, line: str) -> None:
        if requisition is not None:
            self.answered[requisition].append(line)

    def _less(self, requirement: str, amount: Decimal) -> None:
        if requirement in self.wanted:
            self.wanted[requirement] -= amount

    def held(self, reservation: str) -> Decimal:
        return sum(self.claimed[reservation].values(), ZERO)


def wrong(books: Books) -> list[str]:
    """Everything that must not be, in words."""
    return [*_stock(books), *_claims(books), *unkept(books)]


def unkept(books: Books) -> list[str]:
    """What must not be even where upstream tells of stock that never was, and reserves some for itself."""
    return [*_requirements(books), *_requisitions(books)]


def _stock(books: Books) -> Iterable[str]:
    """Nothing lies below zero, and nothing is claimed that doesn't lie there."""
    claimed: dict[tuple[str, str, BucketKey], Decimal] = defaultdict(Decimal)
    for held in books.claimed.values():
        for place, amount in held.items():
            claimed[place] += amount
    for place, amount in books.stock.items():
        if amount < 0:
            yield f"{amount} of {place[0]} at {place[1]}"
    for place, amount in claimed.items():
        if amount > max(books.stock[place], ZERO):
            yield f"{amount} of {place[0]} at {place[1]} claimed, {books.stock[place]} there"


def _claims(books: Books) -> Iterable[str]:
    """Who holds stock has a peg that stands."""
    for reservation in sorted(books.claimed):
        if books.held(reservation) and not books.left.get(reservation):
            yield f"reservation {reservation} holds {books.held(reservation)} without a peg"


def _requirements(books: Books) -> Iterable[str]:
    """Every schedule line that is open has a peg, or its lack is stated."""
    pegged = {books.pegs[peg].requirement for peg, left in books.left.items() if left}
    for requirement, amount in sorted(books.wanted.items()):
        if amount > 0 and requirement not in pegged and requirement not in books.short:
            yield f"{requirement} wants {amount}: no peg, no shortage"


def _requisitions(books: Books) -> Iterable[str]:
    """Nothing is ordered twice: what is asked for is claimed by who it is for, and is answered once."""
    yield from books.lots
    for requisition, lines in sorted(books.answered.items()):
        if len(lines) > 1:
            yield f"{requisition} was ordered as {lines}"
    open_: dict[str, Decimal] = defaultdict(Decimal)
    for peg, left in books.left.items():
        open_[books.pegs[peg].supply.text] += left
    for requisition, asked in sorted(books.asked.items()):
        told = sum((one.amount for one in asked.pegged), ZERO)
        key = f"requisition/{requisition}"
        if books.claimed_of[key] < told or open_[key] > asked.amount:
            yield f"{requisition} asks for {asked.amount}, {told} for somebody, and {open_[key]} of it is claimed"
        waiting = requisition not in books.taken_back and requisition not in books.answered
        if waiting and asked.pegged and not open_[key]:
            yield f"{requisition} asks for {asked.amount} and serves nobody"
