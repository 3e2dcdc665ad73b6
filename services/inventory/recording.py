"""What an observation is recorded as, before anything follows from it: one fact for one thing that happened.

All values come from the message, which was validated, or from the state: facts are made of them as trusted.
"""

from typing import Any, assert_never

from events.decision import Park
from events.inventory import facts as f
from events.inventory import messages as m
from events.inventory.accounts import EventRef
from events.values import Line, Quantity, Status
from services.inventory.allocating import consumed, consumed_for
from services.inventory.book import ZERO, Movement
from services.inventory.case import Case
from services.inventory.configured import purpose, told_bucket

Movements = (
    m.Received | m.Inspected | m.Found | m.Lost | m.Scrapped | m.Held | m.Unheld | m.Moved | m.TransferSent
    | m.TransferArrived | m.Issued | m.ReturnedFromRun | m.Produced | m.ReturnedToVendor | m.Shipped
)
"""The observations that move material, and say how much."""


def recorded(case: Case, body: Movements) -> f.InventoryFact | Park:
    """The fact that says what happened."""
    match body:
        case m.Received():
            return f.StockReceived.trusted(
                **_moved(case, body, body.status, body.quantity), line=body.line, supplier=body.supplier,
                expiry=body.expiry, delivery_note=body.delivery_note,
            )
        case m.Moved():
            moved = _moved(case, body, body.status, body.quantity)
            to = body.bucket(body.status, body.to_location, moved["bucket"].configuration)
            return f.StockMoved.trusted(**moved, to=to, reason=body.reason)
        case m.Issued() | m.Shipped() | m.TransferSent():
            return _taken(case, body)
        case m.Found():
            return f.StockFound.trusted(**_moved(case, body, body.status, body.quantity), reason=body.reason)
        case m.Lost():
            return f.StockLost.trusted(**_moved(case, body, body.status, body.quantity), reason=body.reason)
        case m.Scrapped():
            moved = _moved(case, body, body.status, body.quantity)
            return f.StockScrapped.trusted(**moved, reason=body.reason, run=body.run)
        case m.Held():
            moved = _moved(case, body, body.status, body.quantity)
            to = body.bucket(Status.HOLD, None, moved["bucket"].configuration)
            return f.StockHeld.trusted(**moved, to=to, reason=body.reason)
        case m.Unheld():
            moved = _moved(case, body, Status.HOLD, body.quantity)
            to = body.bucket(body.status, None, moved["bucket"].configuration)
            return f.StockUnheld.trusted(**moved, to=to, reason=body.reason)
        case m.ReturnedFromRun():
            moved = _moved(case, body, body.status, body.quantity)
            return f.StockReturned.trusted(**moved, run=body.run, reason=body.reason)
        case m.Produced():
            moved = _moved(case, body, body.status, body.quantity)
            return f.StockProduced.trusted(**moved, run=body.run, expiry=body.expiry)
        case m.TransferArrived():
            return _arrived(case, body)
        case m.Inspected():
            return _inspected(case, body)
        case m.ReturnedToVendor():
            return _returned(case, body)
        case _:
            assert_never(body)


def _moved(case: Case, body: m.LocatedObservation, status: Status, quantity: Quantity) -> dict[str, Any]:
    return {
        "part": case.part, "site": case.site, "unit": case.unit,
        "bucket": told_bucket(case, body, status), "amount": case.base(quantity), "told": case.told(quantity),
    }


def _taken(case: Case, body: m.Issued | m.Shipped | m.TransferSent) -> f.InventoryFact:
    """Stock that was taken: for a reservation, or for what it was claimed for; such claims are thereby fulfilled."""
    moved = _moved(case, body, body.status, body.quantity)
    moved["reservation"] = body.reservation
    if body.reservation is not None:
        moved["consumed"] = consumed(case.state, body.reservation, moved["bucket"].key, moved["amount"])
    else:
        moved["consumed"] = consumed_for(case.state, purpose(body), moved["bucket"].key, moved["amount"])
    match body:
        case m.Issued():
            return f.StockIssued.trusted(**moved, run=body.run)
        case m.Shipped():
            return f.StockShipped.trusted(**moved, shipment=body.shipment, order=body.order)
        case m.TransferSent():
            return f.StockTransferred.trusted(**moved, to_site=body.to_site, transfer=body.transfer, expiry=body.expiry)
        case _:
            assert_never(body)


def _arrived(case: Case, body: m.TransferArrived) -> f.TransferReceived:
    return f.TransferReceived.trusted(
        **case.about, bucket=told_bucket(case, body, body.status), transfer=body.transfer,
        amount=case.base(body.quantity), short=ZERO if body.short is None else case.base(body.short),
        expiry=body.expiry, told=case.told(body.quantity),
    )


def _inspected(case: Case, body: m.Inspected) -> f.StockInspected | Park:
    receipt = _receipt(case, body.receipt)
    if isinstance(receipt, Park):
        return receipt
    bucket = told_bucket(case, body, Status.INSPECTION)
    return f.StockInspected.trusted(
        **case.about, bucket=bucket, accepted=case.base(body.accepted), rejected=case.base(body.rejected),
        accepted_to=body.bucket(Status.AVAILABLE, body.accepted_to, bucket.configuration),
        rejected_to=body.bucket(Status.REJECTED, body.rejected_to, bucket.configuration),
        receipt=None if receipt is None else receipt.fact_id,
        line=None if receipt is None else line_of(receipt),
        supplier=None if receipt is None else receipt.details.supplier,
        usage_decision=body.usage_decision, reason=body.reason,
    )


def _returned(case: Case, body: m.ReturnedToVendor) -> f.StockReturnedToVendor | Park:
    receipt = _receipt(case, body.receipt)
    if isinstance(receipt, Park):
        return receipt
    return f.StockReturnedToVendor.trusted(
        **_moved(case, body, body.status, body.quantity), supplier=body.supplier,
        line=body.line or (None if receipt is None else line_of(receipt)),
        receipt=None if receipt is None else receipt.fact_id, reason=body.reason,
    )


def _receipt(case: Case, told: EventRef | None) -> Movement | Park | None:
    """The receipt that an event names. One not taken yet is waited for; another kind of event isn't a receipt."""
    if told is None:
        return None
    found = case.state.movement(told.key)
    if found is None:
        return Park((f"event/{told.source}@{told.id}",))
    return found if found.fact == "StockReceived" else None


def line_of(movement: Movement) -> Line | None:
    """The order line that a movement was for."""
    line = movement.details.line
    return None if line is None else Line(document=line[0], line=line[1])
