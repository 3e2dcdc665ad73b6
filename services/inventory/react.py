"""What other streams and domains have to be told of a fact about stock."""

from collections.abc import Sequence
from typing import Any

from events.decision import Recorded
from events.inventory import facts as f
from events.inventory.commands import ExpectTransfer, FollowTransferReversal
from events.model import Command, Fact
from events.suppliers.messages import (
    FollowInspection,
    FollowInspectionReversal,
    FollowReceipt,
    FollowReturn,
    FollowReturnReversal,
    FollowReversal,
)
from events.values import Line, Quantity, Some


def react(fact: Fact, at: Recorded) -> Sequence[Command]:
    """The commands that follow: the same for the same fact, always."""
    match fact:
        case f.StockReceived(line=Line() as line):
            return (
                FollowReceipt(
                    **_about(fact, line), receipt=at.id, quantity=Some(amount=fact.amount, unit=fact.unit),
                    status=fact.bucket.status, lot=fact.bucket.lot,
                ),
            )
        case f.StockInspected(line=Line() as line, receipt=str() as receipt):
            return (
                FollowInspection(
                    **_about(fact, line), receipt=receipt,
                    accepted=Quantity(amount=fact.accepted, unit=fact.unit),
                    rejected=Quantity(amount=fact.rejected, unit=fact.unit),
                ),
            )
        case f.StockReturnedToVendor(line=Line() as line):
            some = Some(amount=fact.amount, unit=fact.unit)
            return (FollowReturn(**_about(fact, line), receipt=fact.receipt or at.id, quantity=some),)
        case f.StockTransferred():
            return (_expect(fact),)
        case f.MovementReversed():
            return _reversed(fact)
        case _:
            return ()


def _about(fact: f.StockFact, line: Line) -> dict[str, Any]:
    return {"purchase_order": line.document, "line": line.line, "part": fact.part, "site": fact.site}


def _expect(fact: f.StockTransferred) -> ExpectTransfer:
    bucket = fact.bucket
    return ExpectTransfer(
        part=fact.part, site=fact.to_site, from_site=fact.site, transfer=fact.transfer,
        quantity=Some(amount=fact.amount, unit=fact.unit), revision=bucket.revision, lot=bucket.lot,
        serial=bucket.serial, owner=bucket.owner, expiry=fact.expiry,
    )


def _reversed(fact: f.MovementReversed) -> Sequence[Command]:
    """What was told of the event that is undone is taken back in the same places."""
    match fact:
        case f.MovementReversed(undone="StockReceived", line=Line() as line):
            some = Some(amount=fact.amount, unit=fact.unit)
            receipt, status = fact.undone_fact, fact.status
            return (FollowReversal(**_about(fact, line), receipt=receipt, quantity=some, status=status),)
        case f.MovementReversed(undone="StockInspected", line=Line() as line, receipt=str() as receipt):
            return (
                FollowInspectionReversal(
                    **_about(fact, line), receipt=receipt,
                    accepted=Quantity(amount=fact.accepted, unit=fact.unit),
                    rejected=Quantity(amount=fact.rejected, unit=fact.unit),
                ),
            )
        case f.MovementReversed(undone="StockReturnedToVendor", line=Line() as line):
            some = Some(amount=fact.amount, unit=fact.unit)
            receipt = fact.receipt or fact.undone_fact
            return (FollowReturnReversal(**_about(fact, line), receipt=receipt, quantity=some),)
        case f.MovementReversed(undone="StockTransferred", transfer=str() as transfer, other_site=str() as to):
            some = Some(amount=fact.amount, unit=fact.unit)
            return (
                FollowTransferReversal(
                    part=fact.part, site=to, from_site=fact.site, transfer=transfer, quantity=some,
                ),
            )
        case _:
            return ()
