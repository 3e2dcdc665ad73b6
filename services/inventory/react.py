"""What other streams and domains have to be told of a fact about stock."""

from collections.abc import Sequence
from typing import Any, assert_never

from events.decision import Recorded
from events.inventory import facts as f
from events.inventory.commands import ExpectTransfer, FollowTransferReversal
from events.logistics.messages import FollowArrival, FollowArrivalReversal, FollowSendingReversal, FollowSent
from events.logistics.shapes import Purpose
from events.model import Command, Fact
from events.orders.messages import FollowIssue, FollowOutput, FollowReturn, FollowReversal, FollowScrap
from events.suppliers.messages import (
    FollowInspection,
    FollowInspectionReversal,
    FollowReceipt,
    FollowReturnReversal,
)
from events.suppliers.messages import FollowReturn as FollowReturnToVendor
from events.suppliers.messages import FollowReversal as FollowReceiptReversal
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
            return (FollowReturnToVendor(**_about(fact, line), receipt=fact.receipt or at.id, quantity=some),)
        case f.StockIssued() | f.StockReturned() | f.StockProduced():
            return (_follow(fact, fact.run, at),)
        case f.StockScrapped(run=str() as run):
            return (_follow(fact, run, at),)
        case f.StockShipped():
            return (
                FollowSent(
                    shipment=fact.shipment, part=fact.part, purpose=Purpose.DELIVERY, from_site=fact.site,
                    quantity=Some(amount=fact.amount, unit=fact.unit), movement=at.id,
                ),
            )
        case f.StockTransferred():
            return (_expect(fact), _sent(fact, at))
        case f.TransferReceived():
            return _arrived(fact)
        case f.MovementReversed():
            return (*_reversed(fact), *_taken_back(fact))
        case _:
            return ()


_Used = f.StockIssued | f.StockReturned | f.StockProduced | f.StockScrapped


def _follow(fact: _Used, run: str, at: Recorded) -> Command:
    """What a run is told of its material and its output."""
    bucket = fact.bucket
    about: dict[str, Any] = {
        "run": run, "part": fact.part, "site": fact.site, "quantity": Some(amount=fact.amount, unit=fact.unit),
        "movement": at.id, "revision": bucket.revision, "lot": bucket.lot, "serial": bucket.serial,
    }
    match fact:
        case f.StockIssued():
            return FollowIssue(**about, requirement=fact.requirement)
        case f.StockReturned():
            return FollowReturn(**about)
        case f.StockScrapped():
            return FollowScrap(**about)
        case f.StockProduced():
            return FollowOutput(**about)
        case _:
            assert_never(fact)


def _sent(fact: f.StockTransferred, at: Recorded) -> FollowSent:
    return FollowSent(
        shipment=fact.transfer, part=fact.part, purpose=Purpose.TRANSFER, from_site=fact.site, to_site=fact.to_site,
        quantity=Some(amount=fact.amount, unit=fact.unit), movement=at.id,
    )


def _arrived(fact: f.TransferReceived) -> Sequence[Command]:
    if not fact.amount and not fact.short:
        return ()
    short = Quantity(amount=fact.short, unit=fact.unit) if fact.short else None
    came = Quantity(amount=fact.amount, unit=fact.unit)
    return (FollowArrival(shipment=fact.transfer, part=fact.part, quantity=came, short=short),)


def _about(fact: f.StockFact, line: Line) -> dict[str, Any]:
    return {"purchase_order": line.document, "line": line.line, "part": fact.part, "site": fact.site}


def _expect(fact: f.StockTransferred) -> ExpectTransfer:
    bucket = fact.bucket
    return ExpectTransfer(
        part=fact.part, site=fact.to_site, from_site=fact.site, transfer=fact.transfer,
        quantity=Some(amount=fact.amount, unit=fact.unit), revision=bucket.revision, lot=bucket.lot,
        serial=bucket.serial, owner=bucket.owner, expiry=fact.expiry, configuration=bucket.configuration,
    )


def _reversed(fact: f.MovementReversed) -> Sequence[Command]:
    """What was told of the event that is undone is taken back in the same places."""
    match fact:
        case f.MovementReversed(undone="StockReceived", line=Line() as line):
            some = Some(amount=fact.amount, unit=fact.unit)
            receipt, status = fact.undone_fact, fact.status
            return (FollowReceiptReversal(**_about(fact, line), receipt=receipt, quantity=some, status=status),)
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
                    configuration=fact.postings[0].bucket.configuration,
                ),
            )
        case _:
            return ()


def _taken_back(fact: f.MovementReversed) -> Sequence[Command]:
    """The same for runs and shipments."""
    match fact:
        case f.MovementReversed(
            undone="StockIssued" | "StockReturned" | "StockScrapped" | "StockProduced", run=str() as run
        ):
            some = Some(amount=fact.amount, unit=fact.unit)
            return (
                FollowReversal(
                    run=run, undone=fact.undone, movement=fact.undone_fact, part=fact.part, site=fact.site,
                    quantity=some,
                ),
            )
        case f.MovementReversed(undone="StockShipped" | "StockTransferred"):
            shipment = fact.shipment or fact.transfer
            some = Some(amount=fact.amount, unit=fact.unit)
            return (
                FollowSendingReversal(
                    shipment=shipment, part=fact.part, quantity=some, movement=fact.undone_fact
                ),
            )
        case f.MovementReversed(undone="TransferReceived", transfer=str() as transfer) if fact.amount or fact.short:
            came, short = Quantity(amount=fact.amount, unit=fact.unit), None
            if fact.short:
                short = Quantity(amount=fact.short, unit=fact.unit)
            return (FollowArrivalReversal(shipment=transfer, part=fact.part, quantity=came, short=short),)
        case _:
            return ()
