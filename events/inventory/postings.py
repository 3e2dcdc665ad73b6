"""How every fact of stock reads as postings to the book, and as changes of what reservations claim.

The service's state and the views both read facts through these functions, so they can't disagree.
A posting's ``amount`` is the change of the stock on hand. So for every bucket, always:
on hand = Σ amounts = Σ in-accounts − Σ out-accounts.
"""

from decimal import Decimal
from typing import NamedTuple, assert_never

from events.inventory import facts as f
from events.inventory.accounts import Account, Allocated
from events.values import Bucket


class Posting(NamedTuple):
    """``amount`` is the change of the stock on hand of the bucket; an out-account grows by its negative.

    ``variance`` tells postings made by counts, or because of them, from those of movements.
    """

    bucket: Bucket
    account: Account
    amount: Decimal
    variance: bool = False


class Claim(NamedTuple):
    """``amount`` is what the reservation's claim on the bucket changes by."""

    reservation: str
    bucket: Bucket
    amount: Decimal


def postings(fact: f.InventoryFact) -> tuple[Posting, ...]:
    """What a fact posts to the book."""
    match fact:
        case f.StockReceived():
            return (Posting(fact.bucket, Account.RECEIVED, fact.amount),)
        case f.StockIssued():
            return (Posting(fact.bucket, Account.ISSUED, -fact.amount),)
        case f.StockMoved() | f.StockHeld() | f.StockUnheld():
            return _moved(fact.bucket, fact.to, fact.amount)
        case f.StockInspected():
            accepted = _moved(fact.bucket, fact.accepted_to, fact.accepted)
            return accepted + _moved(fact.bucket, fact.rejected_to, fact.rejected)
        case f.StockCounted():
            return _variance(fact.bucket, fact.variance)
        case f.StockOpened():
            return (Posting(fact.bucket, Account.OPENING, fact.amount),) if fact.amount else ()
        case f.StockProduced():
            return (Posting(fact.bucket, Account.PRODUCED, fact.amount),)
        case f.StockReturned():
            return (Posting(fact.bucket, Account.RETURNED_IN, fact.amount),)
        case f.StockFound():
            return (Posting(fact.bucket, Account.FOUND, fact.amount),)
        case f.StockLost():
            return (Posting(fact.bucket, Account.LOST, -fact.amount),)
        case f.StockScrapped():
            return (Posting(fact.bucket, Account.SCRAPPED, -fact.amount),)
        case f.StockShipped():
            return (Posting(fact.bucket, Account.SHIPPED, -fact.amount),)
        case f.StockReturnedToVendor():
            return (Posting(fact.bucket, Account.RETURNED_OUT, -fact.amount),)
        case f.StockTransferred():
            return (Posting(fact.bucket, Account.TRANSFERRED_OUT, -fact.amount),)
        case f.TransferReceived():
            return (Posting(fact.bucket, Account.TRANSFERRED_IN, fact.amount),) if fact.amount else ()
        case f.MovementReversed() | f.VarianceReclassified():
            return tuple(Posting(p.bucket, p.account, p.amount, p.variance) for p in fact.postings)
        case (
            f.StockReserved() | f.ReservationRefused() | f.ReservationReleased() | f.AllocationMoved()
            | f.AllocationBroken() | f.DiscrepancyFound() | f.TransferExpected() | f.TransferWithdrawn()
            | f.SnapshotTaken() | f.SupplyEarmarked() | f.SupplyUnearmarked() | f.OutputExpected()
            | f.ShipmentExpected()
        ):
            return ()
        case _:
            assert_never(fact)


def _moved(out: Bucket, into: Bucket, amount: Decimal) -> tuple[Posting, ...]:
    if not amount:
        return ()
    return (Posting(out, Account.TRANSFERRED_OUT, -amount), Posting(into, Account.TRANSFERRED_IN, amount))


def _variance(bucket: Bucket, amount: Decimal) -> tuple[Posting, ...]:
    if not amount:
        return ()
    return (Posting(bucket, Account.FOUND if amount > 0 else Account.LOST, amount, variance=True),)


def claims(fact: f.InventoryFact) -> tuple[Claim, ...]:
    """How a fact changes who claims which stock. After each event, Σ claims on a bucket ≤ what is on hand."""
    match fact:
        case f.StockReceived():  # much of what is told, and never a claim
            return ()
        case f.StockIssued() | f.StockShipped() | f.StockTransferred():
            return _fulfilled(fact.reservation, fact.consumed) if fact.consumed else ()
        case f.StockReserved():
            return tuple(Claim(fact.reservation, each.bucket, each.amount) for each in fact.allocations)
        case f.ReservationReleased():
            return _given_up(fact.reservation, fact.allocations)
        case f.StockMoved():
            return tuple(
                claim
                for each in fact.along
                for claim in (
                    Claim(each.reservation, fact.bucket, -each.amount),
                    Claim(each.reservation, fact.to, each.amount),
                )
            )
        case f.AllocationMoved():
            return (
                Claim(fact.reservation, fact.bucket, -fact.amount),
                Claim(fact.reservation, fact.to, fact.amount),
            )
        case f.AllocationBroken():
            return (Claim(fact.reservation, fact.bucket, -fact.amount),)
        case _:
            return ()


def _given_up(reservation: str, allocations: tuple[Allocated, ...]) -> tuple[Claim, ...]:
    return tuple(Claim(reservation, each.bucket, -each.amount) for each in allocations)


def _fulfilled(reservation: str | None, allocations: tuple[Allocated, ...]) -> tuple[Claim, ...]:
    """Claims of one reservation that the fact names, or of several that it fulfils by what they are for."""
    found = ((each.reservation or reservation, each) for each in allocations)
    return tuple(Claim(name, each.bucket, -each.amount) for name, each in found if name is not None)


class Earmark(NamedTuple):
    """``amount`` is what a reservation's claim on what is still to come by a supply changes by."""

    supply: str
    reservation: str
    amount: Decimal


def earmarked(fact: f.InventoryFact) -> Earmark | None:
    """How a fact changes who claims what is still to come; nothing for most."""
    match fact:
        case f.SupplyEarmarked():
            return Earmark(fact.supply, fact.reservation, fact.amount)
        case f.SupplyUnearmarked():
            return Earmark(fact.supply, fact.reservation, -fact.amount)
        case f.StockReserved(supply=str() as supply):
            return Earmark(supply, fact.reservation, -fact.amount)
        case _:
            return None


class Transit(NamedTuple):
    """What a fact changes about stock on its way to this site: sent = under way + arrived + lost.

    ``configuration`` is as what that which was sent, or arrived, was built.
    """

    transfer: str
    sent: Decimal
    arrived: Decimal
    lost: Decimal
    configuration: str | None = None


def transit(fact: f.InventoryFact) -> Transit | None:
    """How a fact changes what is under way to the fact's site; nothing for most."""
    zero = Decimal(0)
    match fact:
        case f.TransferExpected():
            return Transit(fact.transfer, fact.amount, zero, zero, fact.configuration)
        case f.TransferWithdrawn():
            return Transit(fact.transfer, -fact.amount, zero, zero, fact.configuration)
        case f.TransferReceived():
            return Transit(fact.transfer, zero, fact.amount, fact.short, fact.bucket.configuration)
        case f.MovementReversed(undone="TransferReceived", transfer=str() as transfer):
            built = fact.postings[0].bucket.configuration if fact.postings else None
            return Transit(transfer, zero, -(fact.amount or zero), -(fact.short or zero), built)
        case _:
            return None
