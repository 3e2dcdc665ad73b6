"""The rules of purchase orders and suppliers, by message.

Observations and what inventory saw are always taken, or wait for what they refer to; only requests are refused, by a
fact that others can hear. What doesn't fit is recorded as told, beside a ``PurchaseOrderDiscrepancyFound``.
"""

from datetime import datetime
from decimal import localcontext
from typing import Any, assert_never

from events.catalogue.reference import Reference
from events.decision import Message, Outcome, Park
from events.suppliers import messages as m
from events.values import EXACT
from services.supplier import finding, placing, promising, receiving, reversing, standing
from services.supplier.commands import SupplierMessage
from services.supplier.draft import Draft, Waiting
from services.supplier.order import State


def decide(state: State, reference: Reference, message: Message[Any], _now: datetime) -> Outcome:
    """What follows from a message."""
    try:
        with localcontext(EXACT):
            return _decide(state, reference, message, message.body)
    except Waiting as waiting:
        return Park(waiting.missing)


def _decide(state: State, reference: Reference, message: Message[Any], body: SupplierMessage) -> Outcome:
    match body:
        case m.PlacePurchaseOrder():
            return placing.place(state.order, message, body, reference)
        case m.SupplierDown() | m.SupplierBack() | m.AgreementChanged():
            return standing.listen(state.standing, message, body, reference)
        case _:
            if state.order is None:
                return Park((body.stream,))
            number = body.stream.removeprefix(m.order_stream(""))
            return _about_order(Draft(message, number, state.order, reference), body)


OrderMessage = (
    m.ChangePurchaseOrder | m.CancelPurchaseOrder | m.ShortClosePurchaseOrder | m.Confirmed | m.Delayed | m.Shipped
    | m.Reviewed | m.Closed | m.ReceiptReported | m.RejectionReported | m.FollowReceipt | m.FollowInspection
    | m.FollowReturn | m.FollowInspectionReversal | m.FollowReturnReversal | m.FollowReversal | m.FollowNotice
)


def _about_order(draft: Draft, body: OrderMessage) -> Outcome:
    match body:
        case m.ChangePurchaseOrder():
            return placing.change(draft, body)
        case m.CancelPurchaseOrder() | m.ShortClosePurchaseOrder():
            return placing.end(draft, body)
        case m.Reviewed():
            return placing.review(draft, body)
        case m.Closed():
            return placing.close(draft, body)
        case m.Confirmed():
            return promising.confirm(draft, body)
        case m.Delayed():
            return promising.delay(draft, body)
        case m.Shipped():
            return promising.ship(draft, body)
        case m.FollowNotice():
            return promising.follow_notice(draft, body)
        case m.ReceiptReported():
            return receiving.follow_report(draft, body)
        case m.RejectionReported():
            return finding.reject(draft, body)
        case m.FollowReceipt():
            return receiving.follow_receipt(draft, body)
        case m.FollowInspection():
            return finding.inspect(draft, body)
        case m.FollowInspectionReversal():
            return finding.uninspect(draft, body)
        case m.FollowReturn():
            return finding.send_back(draft, body)
        case m.FollowReturnReversal():
            return finding.unsend(draft, body)
        case m.FollowReversal():
            return reversing.reverse(draft, body)
        case _:
            assert_never(body)
