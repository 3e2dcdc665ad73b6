"""How an order follows from facts: ``evolve`` never refuses, and changes in place the state it is given."""

import hashlib
from collections.abc import Iterable
from decimal import Decimal, localcontext
from typing import Final

import msgspec

from events.decision import Recorded
from events.suppliers import facts as f
from events.suppliers.shapes import Covered, Portion
from events.values import EXACT
from services.supplier.order import ZERO, Line, Order, Receipt, Share, State

FOLD: Final = 1
"""The number of this shape of state; raise it with every change here or in ``order.py``."""
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(State)


def initial(_stream: str) -> State:
    """Nothing is known of it yet."""
    return State()


def dump(state: State) -> bytes:
    """A snapshot's bytes."""
    return _ENCODER.encode(state)


def load(data: bytes) -> State:
    """A state from a snapshot's bytes."""
    return _DECODER.decode(data)


def evolve(state: State, fact: f.SupplierFact, _at: Recorded) -> State:
    """The state after a fact."""
    with localcontext(EXACT):
        if isinstance(fact, f.StandingFact):
            _stand(state, fact)
        elif isinstance(fact, f.PurchaseOrderPlaced):
            state.order = placed(fact)
        elif state.order is not None:
            _follow(state.order, fact)
    return state


def placed(fact: f.PurchaseOrderPlaced) -> Order:
    """A new order."""
    lines = {
        line.line: Line(
            line.part, line.unit, line.ordered, (line.told.amount, line.told.unit), line.price, line.due,
            line.requisition, line.revision,
        )
        for line in fact.lines
    }
    return Order(
        fact.supplier, fact.site, fact.ordered_at, fact.ordered_on, fact.approval, content(fact), lines=lines
    )


def content(fact: f.PurchaseOrderPlaced) -> str:
    """A digest of an order's words. The times and the person don't count, nor what the words come to in base units."""
    words = fact.model_dump_json(
        exclude={"ordered_at": True, "ordered_on": True, "buyer": True, "lines": {"__all__": {"ordered", "unit"}}}
    )
    return hashlib.sha256(words.encode()).hexdigest()


def _follow(order: Order, fact: f.SupplierFact) -> None:
    if isinstance(fact, f.PurchaseOrderClosed):
        order.closed = True
    elif isinstance(fact, f.PurchaseOrderReviewed):
        order.approval = fact.approval
    elif isinstance(fact, f.PurchaseOrderLineAdded):
        told = (fact.told.amount, fact.told.unit) if fact.told else None
        order.lines[fact.line] = Line(
            fact.part, fact.unit, fact.ordered, told, fact.price, fact.due, fact.requisition, fact.revision
        )
    elif isinstance(fact, f.LineFact):
        apply(order.lines[fact.line], fact)
    if isinstance(fact, f.LineFact) and fact.opened > 0:
        order.closed = False


def apply(line: Line, fact: f.LineFact) -> None:
    """What a fact changes on its line. It reads only what the fact itself says, never how the line stands after."""
    match fact:
        case f.PurchaseOrderLineChanged():
            line.ordered = fact.ordered
            line.told = (fact.told.amount, fact.told.unit) if fact.told else line.told
            line.price, line.due = fact.price, fact.due
            _cover(line, fact.covered)
        case f.PurchaseOrderConfirmed():
            _confirm(line, fact)
        case f.PurchaseOrderDelayed():
            if fact.current:
                line.expected, line.delayed_at = fact.until, fact.told_at
        case f.PurchaseOrderShipped():
            line.shipped += fact.amount
            line.despatches[fact.despatch] = fact.amount
            line.shipped_on = min(line.shipped_on or fact.shipped_on, fact.shipped_on)
        case f.PurchaseOrderReceived():
            _receive(line, fact)
        case f.PurchaseOrderInspected():
            line.in_inspection -= fact.from_inspection
            line.accepted += fact.accepted - fact.revoked
            line.rejected += fact.rejected
        case f.PurchaseOrderInspectionReversed():
            line.in_inspection += fact.accepted + fact.rejected
            line.accepted -= fact.accepted
            line.rejected -= fact.rejected
        case f.PurchaseOrderReturned():
            line.returned += fact.amount
        case f.PurchaseOrderReturnReversed():
            line.returned -= fact.amount
        case f.ReceiptReversed():
            _reverse(line, fact)
        case f.PurchaseOrderShortClosed():
            line.short_closed += fact.amount
        case f.PurchaseOrderCancelled():
            line.cancelled += fact.amount
        case _:
            raise TypeError(f"{type(fact).__name__} is not about an existing line")


def _confirm(line: Line, fact: f.PurchaseOrderConfirmed) -> None:
    if line.confirmed_at is None or fact.told_at < line.confirmed_at:
        line.confirmed_at, line.confirmed_on = fact.told_at, fact.told_on
    if fact.current:
        line.schedule = [(entry.amount, entry.promised) for entry in fact.schedule]
        line.promised_at = fact.told_at
        if line.delayed_at is None or fact.told_at >= line.delayed_at:
            line.expected = None


def _receive(line: Line, fact: f.PurchaseOrderReceived) -> None:
    line.received += fact.amount
    line.over += fact.over
    line.accepted += fact.accepted
    line.rejected += fact.rejected
    line.in_inspection += fact.in_inspection
    line.receipt_count += 1
    line.receipts[fact.receipt] = Receipt(
        fact.amount, fact.over, fact.said, fact.received_at, fact.received_on, _shares(fact.portions)
    )


def _reverse(line: Line, fact: f.ReceiptReversed) -> None:
    receipt = line.receipts[fact.receipt]
    removed = total(fact.portions)
    line.received -= fact.amount
    line.accepted -= fact.accepted
    line.rejected -= fact.rejected
    line.in_inspection -= fact.in_inspection
    line.over -= fact.amount - removed
    receipt.over -= fact.amount - removed
    receipt.amount -= fact.amount
    _uncover(receipt, removed)
    if fact.whole:
        del line.receipts[fact.receipt]
    _cover(line, fact.covered)


def _uncover(receipt: Receipt, amount: Decimal) -> None:
    while amount:
        last = receipt.portions[-1]
        taken = min(last.amount, amount)
        last.amount -= taken
        amount -= taken
        if not last.amount:
            receipt.portions.pop()


def _cover(line: Line, covered: Iterable[Covered]) -> None:
    for part in covered:
        receipt = line.receipts[part.receipt]
        line.over -= part.amount
        receipt.over -= part.amount
        receipt.portions.append(Share(part.amount, part.promised, part.confirmed))


def _shares(portions: Iterable[Portion]) -> list[Share]:
    return [Share(portion.amount, portion.promised, portion.confirmed) for portion in portions]


def total(portions: Iterable[Portion]) -> Decimal:
    """Σ amounts."""
    return sum((portion.amount for portion in portions), ZERO)


def _stand(state: State, fact: f.StandingFact) -> None:
    standing = state.standing
    match fact:
        case f.SupplierWentDown():
            if fact.ended:
                return
            standing.down_since, standing.down_until = fact.since, fact.until
        case f.SupplierCameBack():
            standing.down_since = standing.down_until = None
            standing.back_at = fact.since
        case f.AgreementChangeRecorded():
            standing.terms[fact.part] = terms(fact)
        case _:
            raise TypeError(f"{type(fact).__name__} is not about a supplier")


def terms(fact: f.AgreementChangeRecorded) -> str:
    """A digest of the terms, to know them again."""
    return hashlib.sha256(fact.model_dump_json().encode()).hexdigest()
