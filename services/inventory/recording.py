"""What an observation is recorded as, before anything follows from it: one fact for each bucket it happened to.

All values come from the message, which was validated, or from the state: facts are made of them as trusted.
"""

from collections.abc import Sequence
from typing import Any, assert_never

from events.decision import Park
from events.inventory import facts as f
from events.inventory import messages as m
from events.inventory.accounts import Discrepancy, EventRef
from events.values import Line, Quantity, Status
from services.inventory.allocating import fulfilled
from services.inventory.book import ZERO, Details, Movement
from services.inventory.case import Case
from services.inventory.configured import Spread, meant_for, spread

Movements = (
    m.Received | m.Inspected | m.Found | m.Lost | m.Scrapped | m.Held | m.Unheld | m.Moved | m.TransferSent
    | m.TransferArrived | m.Issued | m.ReturnedFromRun | m.Produced | m.ReturnedToVendor | m.Shipped
)
"""The observations that move material, and say how much."""


def recorded(case: Case, body: Movements) -> Sequence[f.InventoryFact] | Park:
    """The facts that say what happened: one for each bucket that it happened to."""
    match body:
        case m.Issued() | m.Shipped() | m.TransferSent():
            return _left(case, body)
        case m.TransferArrived():
            return _arrived(case, body)
        case m.Inspected():
            return _inspected(case, body)
        case m.ReturnedToVendor():
            return _returned(case, body)
        case _:
            status = Status.HOLD if isinstance(body, m.Unheld) else body.status
            which = spread(case, body, status, case.base(body.quantity))
            return [_one(body, each) for each in _moved(case, which, body.quantity)] + _doubts(case, which)


_Simple = (
    m.Received | m.Found | m.Lost | m.Scrapped | m.Held | m.Unheld | m.Moved | m.ReturnedFromRun | m.Produced
)


def _one(body: _Simple, moved: dict[str, Any]) -> f.InventoryFact:
    """What happened to one bucket."""
    built: str | None = moved["bucket"].configuration
    match body:
        case m.Received():
            return f.StockReceived.trusted(
                **moved, line=body.line, supplier=body.supplier, expiry=body.expiry, delivery_note=body.delivery_note,
            )
        case m.Moved():
            to = body.bucket(body.status, body.to_location, built)
            return f.StockMoved.trusted(**moved, to=to, reason=body.reason)
        case m.Found():
            return f.StockFound.trusted(**moved, reason=body.reason)
        case m.Lost():
            return f.StockLost.trusted(**moved, reason=body.reason)
        case m.Scrapped():
            return f.StockScrapped.trusted(**moved, reason=body.reason, run=body.run)
        case m.Held():
            return f.StockHeld.trusted(**moved, to=body.bucket(Status.HOLD, None, built), reason=body.reason)
        case m.Unheld():
            return f.StockUnheld.trusted(**moved, to=body.bucket(body.status, None, built), reason=body.reason)
        case m.ReturnedFromRun():
            return f.StockReturned.trusted(**moved, run=body.run, reason=body.reason)
        case m.Produced():
            return f.StockProduced.trusted(**moved, run=body.run, expiry=body.expiry)
        case _:
            assert_never(body)


def _moved(case: Case, which: Spread, quantity: Quantity) -> list[dict[str, Any]]:
    """The fields of a movement, for each bucket."""
    told = case.told(quantity) if len(which.parts) == 1 else None
    return [{**case.about, "bucket": key.bucket(), "amount": amount, "told": told} for key, amount in which.parts]


def _doubts(case: Case, which: Spread) -> list[f.InventoryFact]:
    return [
        f.DiscrepancyFound.trusted(**case.about, kind=Discrepancy.CONFIGURATION, bucket=key.bucket())
        for key in which.unsure
    ]


def _left(case: Case, body: m.Issued | m.Shipped | m.TransferSent) -> list[f.InventoryFact]:
    """Stock that was taken: for a reservation, or for what it was claimed for; such claims are thereby fulfilled."""
    claims = meant_for(case.state, body)
    which = spread(case, body, body.status, case.base(body.quantity), claims)
    facts: list[f.InventoryFact] = []
    for each, of_it in zip(_moved(case, which, body.quantity), fulfilled(claims, which.parts), strict=True):
        about = {**each, "reservation": body.reservation, "consumed": of_it}
        match body:
            case m.Issued():
                facts.append(f.StockIssued.trusted(**about, run=body.run))
            case m.Shipped():
                facts.append(f.StockShipped.trusted(
                    **about, shipment=body.shipment, order=body.order, order_line=body.order_line,
                ))
            case m.TransferSent():
                facts.append(f.StockTransferred.trusted(
                    **about, to_site=body.to_site, transfer=body.transfer, expiry=body.expiry,
                ))
            case _:
                assert_never(body)
    return facts + _doubts(case, which)


def _arrived(case: Case, body: m.TransferArrived) -> list[f.InventoryFact]:
    short = ZERO if body.short is None else case.base(body.short)
    which = spread(case, body, body.status, case.base(body.quantity))
    return [
        f.TransferReceived.trusted(
            **each, transfer=body.transfer, short=ZERO if n else short, expiry=body.expiry,
        )
        for n, each in enumerate(_moved(case, which, body.quantity))
    ]


def _inspected(case: Case, body: m.Inspected) -> list[f.InventoryFact] | Park:
    receipt = _receipt(case, body.receipt)
    if isinstance(receipt, Park):
        return receipt
    accepted, rejected = case.base(body.accepted), case.base(body.rejected)
    facts: list[f.InventoryFact] = []
    which = spread(case, body, Status.INSPECTION, accepted + rejected)
    for key, amount in which.parts:
        good = min(accepted, amount)
        accepted -= good
        facts.append(f.StockInspected.trusted(
            **case.about, bucket=key.bucket(), accepted=good, rejected=amount - good,
            accepted_to=body.bucket(Status.AVAILABLE, body.accepted_to, key.configuration),
            rejected_to=body.bucket(Status.REJECTED, body.rejected_to, key.configuration),
            receipt=None if receipt is None else receipt.fact_id,
            line=None if receipt is None else line_of(receipt.details),
            supplier=None if receipt is None else receipt.details.supplier,
            usage_decision=body.usage_decision, reason=body.reason,
        ))
    return facts + _doubts(case, which)


def _returned(case: Case, body: m.ReturnedToVendor) -> list[f.InventoryFact] | Park:
    receipt = _receipt(case, body.receipt)
    if isinstance(receipt, Park):
        return receipt
    which = spread(case, body, body.status, case.base(body.quantity))
    facts: list[f.InventoryFact] = [
        f.StockReturnedToVendor.trusted(
            **each, supplier=body.supplier,
            line=body.line or (None if receipt is None else line_of(receipt.details)),
            receipt=None if receipt is None else receipt.fact_id, reason=body.reason,
        )
        for each in _moved(case, which, body.quantity)
    ]
    return facts + _doubts(case, which)


def _receipt(case: Case, told: EventRef | None) -> Movement | Park | None:
    """The receipt that an event names. One not taken yet is waited for; another kind of event isn't a receipt."""
    if told is None:
        return None
    found = case.state.movement(told.key)
    if found is None:
        return Park((f"event/{told.source}@{told.id}",))
    return found if found.fact == "StockReceived" else None


def line_of(told: Details) -> Line | None:
    """The order line that a movement was for."""
    line = told.line
    return None if line is None else Line(document=line[0], line=line[1])
