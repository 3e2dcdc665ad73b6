"""What came is found good or bad, and goes back to the supplier; and what of that is taken back."""

from decimal import Decimal
from typing import Any

from events.decision import Outcome
from events.suppliers import facts as f
from events.suppliers import messages as m
from events.suppliers.shapes import ZERO, Contradiction
from events.values import plain
from services.supplier.draft import Draft, as_told
from services.supplier.following import base_of, line_of
from services.supplier.order import Line


def inspect(draft: Draft, body: m.FollowInspection) -> Outcome:
    """Inventory found goods good or bad."""
    line = line_of(draft, body, "inspected")
    if line is not None:
        accepted, rejected = base_of(draft, body, body.accepted), base_of(draft, body, body.rejected)
        _find(draft, body.line, line, accepted=accepted, rejected=rejected, receipt=body.receipt)
    return draft.decided


def reject(draft: Draft, body: m.RejectionReported) -> Outcome:
    """Another system found goods bad."""
    line = draft.line(body.line)
    if line is None:
        draft.note(Contradiction.UNKNOWN_LINE, f"{plain(body.quantity.amount)} rejected on line {body.line}", body.line)
    elif body.receipt is not None and body.receipt not in line.receipts:
        draft.note(Contradiction.UNKNOWN_RECEIPT, f"rejected of receipt {body.receipt}", body.line, None, body.receipt)
    else:
        _find(
            draft, body.line, line, rejected=draft.in_base(line.part, body.quantity), receipt=body.receipt,
            reason=body.reason, told=as_told(body.quantity),
        )
    return draft.decided


def _find(
    draft: Draft, number: int, line: Line, *, rejected: Decimal, accepted: Decimal = ZERO, receipt: str | None,
    **said: Any,
) -> None:
    """What is bad comes from inspection first, and then from what had been accepted; what is good, from inspection."""
    bad = min(rejected, line.in_inspection)
    revoked = min(rejected - bad, line.accepted)
    good = min(accepted, line.in_inspection - bad)
    odd = accepted + rejected - good - bad - revoked
    if good + bad + revoked > 0:
        draft.record(
            f.PurchaseOrderInspected, number, line, accepted=good, rejected=bad + revoked, revoked=revoked,
            receipt=receipt, **said,
        )
    if odd > 0:
        detail = f"{plain(accepted)} accepted and {plain(rejected)} rejected is more than there was to inspect"
        draft.note(Contradiction.QUANTITIES, detail, number, odd, receipt)


def uninspect(draft: Draft, body: m.FollowInspectionReversal) -> Outcome:
    """A finding was taken back."""
    line = line_of(draft, body, "not inspected after all")
    if line is None:
        return draft.decided
    accepted, rejected = base_of(draft, body, body.accepted), base_of(draft, body, body.rejected)
    good, bad = min(accepted, line.accepted), min(rejected, line.rejected)
    if good + bad > 0:
        draft.record(
            f.PurchaseOrderInspectionReversed, body.line, line, accepted=good, rejected=bad, receipt=body.receipt
        )
    if accepted + rejected > good + bad:
        detail = f"{plain(good)} of {plain(accepted)} accepted, {plain(bad)} of {plain(rejected)} rejected were there"
        odd = accepted + rejected - good - bad
        draft.note(Contradiction.QUANTITIES, detail, body.line, odd, body.receipt)
    return draft.decided


def send_back(draft: Draft, body: m.FollowReturn) -> Outcome:
    """Goods went back to the supplier; they were received all the same."""
    line = line_of(draft, body, "returned", of_receipt=False)
    if line is None:
        return draft.decided
    amount = base_of(draft, body, body.quantity)
    draft.record(f.PurchaseOrderReturned, body.line, line, amount=amount, receipt=body.receipt)
    if line.returned > line.received:
        detail = f"{plain(line.returned)} returned, {plain(line.received)} received"
        odd = min(amount, line.returned - line.received)
        draft.note(Contradiction.QUANTITIES, detail, body.line, odd, body.receipt)
    return draft.decided


def unsend(draft: Draft, body: m.FollowReturnReversal) -> Outcome:
    """Goods didn't go back after all."""
    line = line_of(draft, body, "not returned after all", of_receipt=False)
    if line is None:
        return draft.decided
    told = base_of(draft, body, body.quantity)
    amount = min(told, line.returned)
    if amount > 0:
        draft.record(f.PurchaseOrderReturnReversed, body.line, line, amount=amount, receipt=body.receipt)
    if told > amount:
        detail = f"{plain(told)} didn't go back, but only {plain(amount)} had gone"
        draft.note(Contradiction.QUANTITIES, detail, body.line, told - amount, body.receipt)
    return draft.decided
