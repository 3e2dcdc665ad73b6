"""What comes. It happened, so it is taken; what doesn't fit is said beside it."""

from decimal import Decimal
from typing import NamedTuple

from events.decision import Outcome
from events.suppliers import facts as f
from events.suppliers import messages as m
from events.suppliers.messages import Approval
from events.suppliers.shapes import ZERO, Contradiction, Portion
from events.values import Quantity, Status, plain
from services.supplier.draft import Draft, as_told
from services.supplier.following import unit_of
from services.supplier.order import Line, promises


class Arrival(NamedTuple):
    """Goods that came, in base units; ``said`` are the amounts received, accepted and rejected, as told."""

    number: int
    part: str | None
    said: tuple[Decimal, Decimal, Decimal]
    status: Status
    receipt: str | None
    told: Quantity | None = None
    site: str | None = None
    lot: str | None = None


def follow_receipt(draft: Draft, body: m.FollowReceipt) -> Outcome:
    """Inventory saw goods come."""
    amount = draft.in_base(body.part, body.quantity, unit_of(draft, body.part))
    said = (
        amount,
        amount if body.status is Status.AVAILABLE else ZERO,
        amount if body.status is Status.REJECTED else ZERO,
    )
    receive(draft, Arrival(body.line, body.part, said, body.status, body.receipt, site=body.site, lot=body.lot))
    return draft.decided


def follow_report(draft: Draft, body: m.ReceiptReported) -> Outcome:
    """Another system saw goods come, and may know already how they were found."""
    line = draft.line(body.line)
    part = body.part or (line.part if line else None)
    if part is None:
        draft.note(Contradiction.UNKNOWN_LINE, f"{plain(body.received.amount)} received on line {body.line}", body.line)
        return draft.decided
    amount, accepted, rejected = (
        draft.in_base(part, Quantity(amount=told, unit=body.received.unit)) if told else ZERO
        for told in (body.received.amount, body.accepted, body.rejected)
    )
    arrival = Arrival(
        body.line, part, (amount, accepted, rejected), Status.INSPECTION, body.receipt, told=as_told(body.received)
    )
    receipt = receive(draft, arrival)
    if receipt is None:
        return draft.decided
    bad = min(rejected, amount)
    good = min(accepted, amount - bad)
    line = draft.line(body.line)
    if line is not None and good + bad > 0:
        draft.record(
            f.PurchaseOrderInspected, body.line, line, accepted=good, rejected=bad, receipt=receipt,
            reason=body.reason if bad else None,
        )
    if accepted + rejected > amount:
        detail = f"{plain(amount)} received, but {plain(accepted)} accepted and {plain(rejected)} rejected"
        draft.note(Contradiction.QUANTITIES, detail, body.line, accepted + rejected - amount, receipt)
    return draft.decided


def receive(draft: Draft, arrival: Arrival) -> str | None:
    """Take it in; the receipt's id, or None when it isn't (yet again) a receipt of this line."""
    line = draft.line(arrival.number)
    if line is None:
        line = _unordered(draft, arrival)
    if arrival.part != line.part:
        detail = f"part {arrival.part} came, part {line.part} is ordered; the line stays as it is"
        draft.note(Contradiction.WRONG_PART, detail, arrival.number, arrival.said[0], arrival.receipt)
        return None
    known = line.receipts.get(arrival.receipt) if arrival.receipt else None
    if known is not None:
        if known.said != arrival.said:
            detail = f"receipt {arrival.receipt} was told before, with other amounts; the first stay"
            draft.note(Contradiction.TOLD_TWICE, detail, arrival.number, None, arrival.receipt)
        return None
    receipt = arrival.receipt or _numbered(arrival.number, line)
    elsewhere = arrival.site if arrival.site != draft.order.site else None
    _take(draft, arrival, line, receipt, elsewhere)
    _check(draft, arrival, line, receipt, elsewhere)
    return receipt


def _unordered(draft: Draft, arrival: Arrival) -> Line:
    """Goods for a line that nobody ordered: the line comes to be, with nothing ordered on it."""
    assert arrival.part is not None, "what came for an unknown line names its part"
    line = Line(arrival.part, unit_of(draft, arrival.part), ZERO)
    draft.add(arrival.number, line)
    detail = f"goods came for line {arrival.number}, which nobody ordered"
    draft.note(Contradiction.UNKNOWN_LINE, detail, arrival.number, arrival.said[0], arrival.receipt)
    return line


def _numbered(number: int, line: Line) -> str:
    count = line.receipt_count + 1
    while (receipt := f"line-{number}/receipt-{count}") in line.receipts:
        count += 1
    return receipt


def _take(draft: Draft, arrival: Arrival, line: Line, receipt: str, elsewhere: str | None) -> None:
    amount, status = arrival.said[0], arrival.status
    fits = min(amount, line.open)
    portions = tuple(
        Portion(amount=share.amount, promised=share.promised, confirmed=share.confirmed)
        for share in promises(line, fits)
    )
    good, bad = status is Status.AVAILABLE, status is Status.REJECTED
    over = _over(line, amount - fits)
    draft.record(
        f.PurchaseOrderReceived, arrival.number, line, amount=amount, over=amount - fits,
        accepted=amount if good else ZERO, rejected=amount if bad else ZERO,
        in_inspection=ZERO if good or bad else amount, receipt=receipt, said=arrival.said, received_at=draft.time,
        received_on=draft.day, portions=portions, at_site=elsewhere, lot=arrival.lot, told=arrival.told,
    )
    if over is not None:
        detail = f"{plain(amount)} came, {plain(fits)} was open"
        draft.note(over, detail, arrival.number, amount - fits, receipt)


def _over(line: Line, over: Decimal) -> Contradiction | None:
    """Why it was not open; none if it was."""
    if not over or not line.ordered:
        return None
    if line.cancelled:
        return Contradiction.CANCELLED
    return Contradiction.SHORT_CLOSED if line.short_closed else Contradiction.OVER


def _check(draft: Draft, arrival: Arrival, line: Line, receipt: str, elsewhere: str | None) -> None:
    number, amount, order = arrival.number, arrival.said[0], draft.order

    def note(kind: Contradiction, detail: str) -> None:
        draft.note(kind, detail, number, amount, receipt)

    if elsewhere is not None:
        note(Contradiction.WRONG_SITE, f"came to {elsewhere}, was ordered to {order.site}")
    if order.approval is not Approval.APPROVED:
        note(Contradiction.NOT_APPROVED, f"the order's approval is {order.approval.value}")
    if draft.day < order.ordered_on:
        note(Contradiction.BEFORE_ORDERED, f"received on {draft.day}, ordered on {order.ordered_on}")
    if line.shipped_on is not None and draft.day < line.shipped_on:
        note(Contradiction.BEFORE_SHIPPED, f"received on {draft.day}, shipped on {line.shipped_on}")
