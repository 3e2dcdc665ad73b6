"""Receipts that are taken back.

What the receipt itself had brought over goes first. What then would be open again is covered, as far as it goes, by
what other receipts brought over: goods that lie here aren't still to come.
"""

from decimal import Decimal

from events.decision import Outcome
from events.suppliers import facts as f
from events.suppliers import messages as m
from events.suppliers.shapes import ZERO, Contradiction, Covered, Portion
from events.values import Status, plain
from services.supplier.draft import Draft
from services.supplier.following import base_of, line_of
from services.supplier.order import Line, Receipt, cover, last_of


def reverse(draft: Draft, body: m.FollowReversal) -> Outcome:
    """That quantity of the receipt never came."""
    line = line_of(draft, body, "not received after all")
    if line is None:
        return draft.decided
    receipt = line.receipts[body.receipt]
    told = base_of(draft, body, body.quantity)
    amount = min(told, receipt.amount)
    accepted, rejected, in_inspection = _split(line, body.status, amount)
    over, removed, covered = _undo(line, body.receipt, amount)
    wanted_from = {Status.AVAILABLE: accepted, Status.REJECTED: rejected}.get(body.status, in_inspection)
    draft.record(
        f.ReceiptReversed, body.line, line, amount=amount, over=over, accepted=accepted, rejected=rejected,
        in_inspection=in_inspection, receipt=body.receipt, received_at=receipt.at, received_on=receipt.on,
        portions=removed, covered=covered, whole=amount == receipt.amount,
    )
    if told > amount:
        detail = f"{plain(told)} of the receipt never came, but it was only {plain(amount)}"
        draft.note(Contradiction.QUANTITIES, detail, body.line, told - amount, body.receipt)
    if wanted_from < amount:
        detail = f"only {plain(wanted_from)} of {plain(amount)} was {body.status.value}; the rest was otherwise"
        draft.note(Contradiction.QUANTITIES, detail, body.line, amount - wanted_from, body.receipt)
    return draft.decided


def _split(line: Line, status: Status, amount: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """From what it is taken: accepted, rejected, in inspection. The told status first, then what isn't decided yet."""
    had = {"accepted": line.accepted, "rejected": line.rejected, "in_inspection": line.in_inspection}
    first = {Status.AVAILABLE: "accepted", Status.REJECTED: "rejected"}.get(status, "in_inspection")
    taken = dict.fromkeys(had, ZERO)
    for name in dict.fromkeys((first, "in_inspection", "accepted", "rejected")):
        taken[name] = min(had[name], amount)
        amount -= taken[name]
    return taken["accepted"], taken["rejected"], taken["in_inspection"]


def _undo(
    line: Line, key: str, amount: Decimal
) -> tuple[Decimal, tuple[Portion, ...], tuple[Covered, ...]]:
    """How much isn't over any more, which portions don't count any more, and what covers them. Tried on a copy."""
    trial = line.copy()
    receipt: Receipt = trial.receipts[key]
    own = min(receipt.over, amount)
    receipt.portions, taken = last_of(receipt.portions, amount - own)
    receipt.over -= own
    receipt.amount -= amount
    trial.over -= own
    trial.received -= amount
    reopened = amount - own
    covered = tuple(
        Covered(
            receipt=other, received_on=trial.receipts[other].on, amount=share.amount, promised=share.promised,
            confirmed=share.confirmed,
        )
        for other, share in cover(trial, reopened)
    )
    removed = tuple(
        Portion(amount=share.amount, promised=share.promised, confirmed=share.confirmed) for share in taken
    )
    return line.over - trial.over, removed, covered
