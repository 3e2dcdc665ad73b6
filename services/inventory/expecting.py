"""What is known before it comes or leaves: as what a run's output and a transfer were built, and which order lines a
shipment delivers. So whoever tells of the stock itself need not say it.
"""

from collections.abc import Sequence
from decimal import Decimal

from events.decision import Decided, Outcome
from events.inventory import commands as c
from events.inventory import facts as f
from events.model import Fact
from events.values import BucketKey
from services.inventory.book import ZERO, schedule_of
from services.inventory.case import Case
from services.inventory.settling import settled


def expect_output(case: Case, body: c.ExpectOutput) -> Outcome:
    """What a run builds is known from now on. What it put into stock before was taken for like any other: it moves."""
    before = case.state.built_by(body.run)
    if before == body.configuration:
        return Decided(())
    expected = f.OutputExpected(**case.about, run=body.run, configuration=body.configuration)
    return Decided((expected, *(_told_late(case, "StockProduced", body.run, expected) if before is None else ())))


def expect_transfer(case: Case, body: c.ExpectTransfer) -> Outcome:
    """Stock is under way. What arrived of it before may have been taken for like any other, and moves too."""
    expected = f.TransferExpected(
        **case.about, from_site=body.from_site, transfer=body.transfer, amount=case.base(body.quantity),
        revision=body.revision, lot=body.lot, serial=body.serial, owner=body.owner, expiry=body.expiry,
        configuration=body.configuration,
    )
    return Decided((expected, *_told_late(case, "TransferReceived", body.transfer, expected)))


def expect_shipment(case: Case, body: c.ExpectShipment) -> Outcome:
    """Which schedule lines a shipment delivers is known from now on."""
    if case.state.delivered_by(body.shipment) == [schedule_of(order) for order in body.orders]:
        return Decided(())
    return Decided((f.ShipmentExpected(**case.about, shipment=body.shipment, orders=body.orders),))


def _told_late(
    case: Case, kind: str, name: str, expected: f.OutputExpected | f.TransferExpected
) -> Sequence[Fact]:
    """As much as is still there of what came by a run or a transfer before anybody told as what it was built."""
    if expected.configuration is None:
        return ()
    left: dict[BucketKey, Decimal] = {}
    came = (
        one for one in case.state.movements_naming(name)
        if one.fact == kind and name in (one.details.run, one.details.transfer) and not one.reversed
    )
    for posting in (posting for one in came for posting in one.postings):
        if posting.bucket.configuration is None:
            left[posting.bucket] = left.get(posting.bucket, ZERO) + posting.amount
    moves = [
        f.StockMoved.trusted(
            **case.about, bucket=key.bucket(), to=key._replace(configuration=expected.configuration).bucket(),
            amount=there,
        )
        for key, amount in left.items() if (there := min(amount, case.state.shelf(key).on_hand)) > ZERO
    ]
    return settled(case, moves, case.message.time).facts if moves else ()
