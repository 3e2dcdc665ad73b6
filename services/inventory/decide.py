"""What becomes of a message about stock. Observations are recorded or wait; only requests can be refused."""

from collections.abc import Container
from datetime import datetime
from typing import Any, assert_never

from events.catalogue.reference import Reference
from events.decision import Decided, Message, Outcome, Park
from events.inventory import commands as c
from events.inventory import facts as f
from events.inventory import messages as m
from events.inventory.accounts import Basis
from events.values import BucketKey, Quantity, exactly
from services.inventory.book import ZERO, State, utc
from services.inventory.case import Case, unknown
from services.inventory.configured import counted_as
from services.inventory.counting import counted
from services.inventory.earmarking import earmark, unearmark
from services.inventory.expecting import expect_output, expect_shipment, expect_transfer
from services.inventory.producing import backflush, store
from services.inventory.recording import recorded
from services.inventory.reserving import release, reserve
from services.inventory.reversing import reverse
from services.inventory.settling import settled


@exactly
def decide(state: State, reference: Reference, message: Message[Any], now: datetime) -> Outcome:
    """The facts that follow, or what to wait for."""
    body: m.InventoryMessage = message.body
    part, site = reference.part(body.part), reference.site(body.site)
    if part is None or site is None:
        return Park(reference.missing(part=body.part, site=body.site))
    case = Case(state, reference, message, now, body.part, body.site, part.unit)
    missing = unknown(case, site, body)
    return Park(missing) if missing else _decided(case, body)


def _decided(case: Case, body: m.InventoryMessage) -> Outcome:
    match body:
        case m.Counted():
            counts = _counts(case, body.bucket(body.status).key, body.quantity, utc(body.cut_off), Basis.COUNT, by=body)
            return settled(case, counts, body.cut_off)
        case m.OpeningStock():
            return _open(case, body)
        case m.LocatedObservation():
            facts = recorded(case, body)
            return facts if isinstance(facts, Park) else settled(case, facts, case.message.time)
        case m.ReserveStock():
            return reserve(case, body)
        case m.ReleaseStock():
            return release(case, body)
        case m.StockSnapshot():
            return _snapshot(case, body)
        case m.Reversed():
            return reverse(case, body)
        case c.ExpectTransfer():
            return expect_transfer(case, body)
        case c.FollowTransferReversal():
            withdrawn = f.TransferWithdrawn(
                **case.about, from_site=body.from_site, transfer=body.transfer, amount=case.base(body.quantity),
                configuration=body.configuration,
            )
            return Decided((withdrawn,))
        case c.EarmarkSupply():
            return earmark(case, body)
        case c.UnearmarkSupply():
            return unearmark(case, body)
        case c.ExpectOutput():
            return expect_output(case, body)
        case c.ExpectShipment():
            return expect_shipment(case, body)
        case c.StockOutput():
            return store(case, body)
        case c.BackflushStock():
            return backflush(case, body)
        case _:
            assert_never(body)


def _open(case: Case, body: m.OpeningStock) -> Outcome:
    """The first opening of a bucket posts all of it; one more is as good as a count."""
    bucket, amount, cut_off = body.bucket(body.status), case.base(body.quantity), utc(body.cut_off)
    if case.state.shelf(bucket.key).opened:
        count = counted(
            case.state, **case.about, bucket=bucket, amount=amount, cut_off=cut_off, basis=Basis.OPENING,
            told=case.told(body.quantity),
        )
        return settled(case, (count,), cut_off)
    opened = f.StockOpened(
        **case.about, bucket=bucket, amount=amount, cut_off=cut_off, expiry=body.expiry, told=case.told(body.quantity),
    )
    return settled(case, (opened,), cut_off)


def _counts(
    case: Case, key: BucketKey, quantity: Quantity, cut_off: datetime, basis: Basis, *,
    by: m.Counted | None = None, listed: Container[BucketKey] = (),
) -> list[f.StockCounted]:
    """One count, or as many as it tells of configurations."""
    parts = counted_as(case.state, key, case.base(quantity), cut_off, listed)
    return [
        counted(
            case.state, **case.about, bucket=one.bucket(), amount=amount, cut_off=cut_off, basis=basis,
            counted_by=None if by is None else by.counted_by, told=case.told(quantity) if len(parts) == 1 else None,
        )
        for one, amount in parts
    ]


def _snapshot(case: Case, body: m.StockSnapshot) -> Outcome:
    """Each listed bucket is counted; of a complete snapshot, every other one is too, and held nothing."""
    cut_off = utc(body.cut_off)
    listed = {line.key: line for line in body.lines}
    facts: list[f.InventoryFact] = []
    for key, line in sorted(listed.items(), key=lambda item: item[0].order):
        facts += _counts(case, key, line.quantity, cut_off, Basis.SNAPSHOT, listed=listed)
    if body.complete:
        seen = {fact.bucket.key for fact in facts if isinstance(fact, f.StockCounted)}
        empty = (key for key in case.state.buckets() if key not in seen)
        for key in empty:
            facts.append(
                counted(
                    case.state, **case.about, bucket=key.bucket(), amount=ZERO, cut_off=cut_off,
                    basis=Basis.SNAPSHOT,
                )
            )
        facts.append(f.SnapshotTaken(**case.about, cut_off=cut_off, buckets=len(listed)))
    return settled(case, facts, cut_off) if facts else Decided(())
