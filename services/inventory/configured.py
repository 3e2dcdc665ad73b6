"""As what stock was built, where a message doesn't say so: warehouses and shop floors seldom know a configuration.

A run's output is what the run was said to build; what arrives is what was said to be under way. What leaves is what was
claimed for whom it leaves; else what is like any other, if there is any; else the only other that can be meant. Where
that doesn't decide it, the message is taken as it stands, and what isn't there shows as a discrepancy. A count is of
all that lies there.
"""

from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from events.decision import Decided, Outcome
from events.inventory import commands as c
from events.inventory import facts as f
from events.inventory import messages as m
from events.model import Fact
from events.values import Bucket, BucketKey, Status
from services.inventory.book import ZERO, State
from services.inventory.case import Case
from services.inventory.settling import settled


def told_bucket(case: Case, body: m.LocatedObservation, status: Status) -> Bucket:
    """The stock that a message tells of."""
    return body.bucket(status, configuration=body.configuration or _built_as(case.state, body, status))


def counted_as(
    state: State, key: BucketKey, amount: Decimal, cut_off: datetime, listed: Container[BucketKey] = ()
) -> list[tuple[BucketKey, Decimal]]:
    """What was counted, by configuration: who counts tells bicycles, not what each was built as. What customers chose
    is taken to be there as far as the count goes, but for what is ``listed`` by itself; the rest is like any other."""
    found: list[tuple[BucketKey, Decimal]] = []
    if key.configuration is None and state.chosen:
        alike = (one for one in state.buckets() if _but_for_configuration(one, key) and one not in listed)
        for one in alike:
            shelf = state.shelf(one)
            there = min(amount, max(shelf.on_hand - shelf.moved_after(cut_off), ZERO))
            found.append((one, there))
            amount -= there
    if amount or key in state.shelves or not found:
        found.append((key, amount))
    return found


def _built_as(state: State, body: m.LocatedObservation, status: Status) -> str | None:
    match body:
        case m.Produced():
            return state.built_by(body.run)
        case m.TransferArrived():
            coming = state.transfers.get(body.transfer)
            return None if coming is None else coming.configuration
        case m.Received() | m.OpeningStock() | m.Found() | m.ReturnedFromRun():
            return None
        case _:
            return _lying_there(state, body, body.bucket(status).key) if state.chosen else None


def _lying_there(state: State, body: m.LocatedObservation, plain: BucketKey) -> str | None:
    alike = [key for key in state.shelves if _but_for_configuration(key, plain) and state.shelf(key).on_hand > 0]
    claimed = next((key for key in _claimed(state, body) if key in alike), None)
    if claimed is not None:
        return claimed.configuration
    if state.shelf(plain).on_hand > ZERO or len(alike) != 1:
        return None
    return alike[0].configuration


def _but_for_configuration(key: BucketKey, plain: BucketKey) -> bool:
    return key.configuration is not None and key._replace(configuration=None) == plain


def _claimed(state: State, body: m.LocatedObservation) -> Iterator[BucketKey]:
    """What is claimed by the reservation that a message names, or for whom it names."""
    reservation: str | None = getattr(body, "reservation", None)
    names = [reservation] if reservation is not None else state.open_for.get(purpose(body) or "", ())
    for name in names:
        if name in state.reservations:
            yield from state.reservations[name].allocations


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


def purpose(body: m.LocatedObservation) -> str | None:
    """For whom something leaves: the reservations made for that are thereby fulfilled."""
    match body:
        case m.Issued():
            return body.run
        case m.Shipped():
            return body.order
        case m.TransferSent():
            return body.transfer
        case _:
            return None
