"""How the book follows from facts: ``evolve`` never refuses, and changes in place the state it is given."""

from bisect import insort
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from events.decision import Recorded
from events.inventory import facts as f
from events.inventory.accounts import Account
from events.inventory.postings import Posting, claims, earmarked, postings, transit
from events.values import BucketKey, exactly
from services.inventory.book import (
    RETENTION,
    ZERO,
    Details,
    Earmark,
    Event,
    Further,
    Movement,
    PostingKey,
    Reservation,
    State,
    Sweep,
    Transfer,
    age_key,
    schedule_of,
    utc,
)

FOLD: Final = 5
"""The number of this shape of state; raise it with every change here or in ``book.py``."""
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(State)


def initial(_stream: str) -> State:
    """Nothing is known of it yet."""
    return State()


def dump(state: State) -> bytes:
    """A snapshot's bytes."""
    return _ENCODER.encode(state)


def load(data: bytes) -> State:
    """A state from a snapshot's bytes."""
    return _DECODER.decode(data)


@exactly
def evolve(state: State, fact: f.InventoryFact, at: Recorded) -> State:
    """The state after a fact."""
    posted = postings(fact)
    event, happened_at = (at.source, at.cause), utc(_happened_at(fact, at))
    state.unit = fact.unit
    if posted:
        _post(state, posted, happened_at, at.recorded_at)
    _follow(state, fact, at, event)
    _claim(state, fact, at.recorded_at)
    if posted or isinstance(fact, _REMEMBERED):
        _remember(state, fact, posted, event, happened_at=happened_at, at=at)
    _forget(state, at.recorded_at)
    return state


_REMEMBERED: Final = (
    f.StockOpened, f.StockCounted, f.SnapshotTaken, f.TransferReceived, f.StockInspected, f.MovementReversed,
)
"""Facts that can be reversed, or referred to, even where they post nothing."""


def _happened_at(fact: f.InventoryFact, at: Recorded) -> datetime:
    """When a fact's effects took place, which for corrections isn't when they were told."""
    match fact:
        case f.StockOpened() | f.StockCounted():
            return fact.cut_off
        case f.MovementReversed():
            return fact.happened_at
        case _:
            return at.occurred_at


def _post(state: State, posted: Sequence[Posting], happened_at: datetime, recorded_at: datetime) -> None:
    for posting in posted:
        shelf = state.opened_shelf(posting.bucket.key, happened_at)
        state.chosen = state.chosen or posting.bucket.configuration is not None
        shelf.on_hand += posting.amount
        if not posting.variance:
            shelf.move(happened_at, posting.amount, recorded_at)
        elif posting.account is Account.FOUND:
            shelf.found += posting.amount
        else:
            shelf.lost += posting.amount


def _follow(state: State, fact: f.InventoryFact, at: Recorded, event: Event) -> None:
    """What a fact changes beyond postings and claims."""
    match fact:
        case f.StockReceived() | f.StockProduced():
            _note_age(state, fact, at.occurred_at)
        case f.StockIssued() | f.StockMoved():  # much of what is told, and nothing beyond
            pass
        case f.StockOpened():
            shelf = state.opened_shelf(fact.bucket.key, utc(fact.cut_off))
            shelf.count(fact.amount, utc(fact.cut_off), event, at.recorded_at)
            shelf.opened = True
            _note_age(state, fact, utc(fact.cut_off))
        case f.StockCounted():
            shelf = state.opened_shelf(fact.bucket.key, utc(fact.cut_off))
            shelf.count(fact.counted, utc(fact.cut_off), event, at.recorded_at)
        case f.SnapshotTaken():
            insort(state.sweeps, Sweep(utc(fact.cut_off), event, at.recorded_at), key=lambda sweep: sweep.cut_off)
        case f.MovementReversed():
            _undo(state, fact)
            _follow_transfer(state, fact)
        case f.TransferReceived():
            _follow_transfer(state, fact)
            _note_age(state, fact, at.occurred_at)
        case f.TransferExpected() | f.TransferWithdrawn():
            _follow_transfer(state, fact)
        case f.StockReserved():
            _reserve(state, fact)
        case f.SupplyEarmarked() | f.SupplyUnearmarked():
            _earmark(state, fact)
        case f.OutputExpected():
            state.builds.pop(fact.run, None)
            state.builds[fact.run] = (fact.configuration, at.recorded_at)
        case f.ShipmentExpected():
            state.delivers.pop(fact.shipment, None)
            state.delivers[fact.shipment] = ([schedule_of(order) for order in fact.orders], at.recorded_at)
        case _:
            pass


def _reserve(state: State, fact: f.StockReserved) -> None:
    """A new reservation; or, by what came for it, one that grows."""
    known = state.reservations.get(fact.reservation)
    if known is None or fact.supply is None:
        state.numbered += 1
        known = state.reservations[fact.reservation] = Reservation(
            state.numbered, ZERO if fact.supply is not None else fact.amount, fact.purpose, fact.location,
            fact.revision, fact.lot, fact.owner, fact.priority, None if fact.needed_by is None else utc(fact.needed_by),
            configuration=fact.configuration, order=None if fact.order is None else schedule_of(fact.order),
        )
    if fact.supply is not None:
        known.came[fact.supply] = known.came.get(fact.supply, ZERO) + fact.amount
        _earmark(state, fact)


def _earmark(state: State, fact: f.SupplyEarmarked | f.SupplyUnearmarked | f.StockReserved) -> None:
    change = earmarked(fact)
    assert change is not None, "it changes an earmark"
    earmarks = state.earmarks.setdefault(change.supply, {})
    if isinstance(fact, f.SupplyEarmarked):
        known = earmarks.get(fact.reservation)
        if known is None:
            state.numbered += 1
        earmarks[fact.reservation] = Earmark(
            state.numbered if known is None else known.number, fact.purpose, fact.priority,
            None if fact.needed_by is None else utc(fact.needed_by), ZERO if known is None else known.open,
            None if fact.order is None else schedule_of(fact.order),
        )
    earmark = earmarks[change.reservation]
    earmark.open += change.amount
    if not earmark.open:
        del earmarks[change.reservation]
    if not earmarks:
        del state.earmarks[change.supply]


_Dated = f.StockReceived | f.StockProduced | f.StockOpened | f.TransferReceived
"""Facts that may tell when a lot expires."""


def _note_age(state: State, fact: _Dated, since: datetime) -> None:
    age = state.age(fact.bucket.key)
    if age is None:
        return
    age.since = min(age.since, since)
    if fact.expiry is not None:
        age.expiry = fact.expiry if age.expiry is None else min(age.expiry, fact.expiry)


def _undo(state: State, fact: f.MovementReversed) -> None:
    event = fact.of.key
    for bucket in fact.withdrawn:
        shelf = state.shelves.get(bucket.key)
        if shelf is not None:
            shelf.withdraw(event)
            shelf.opened = shelf.opened and fact.undone != "StockOpened"
    state.sweeps = [sweep for sweep in state.sweeps if sweep.event != event]
    if (movement := state.movement(event)) is not None:
        movement.reversed = True
        state.keep(event, movement)


def _follow_transfer(state: State, fact: f.InventoryFact) -> None:
    change = transit(fact)
    if change is None:
        return
    transfer = state.transfers.setdefault(change.transfer, Transfer())
    transfer.sent += change.sent
    transfer.arrived += change.arrived
    transfer.lost += change.lost
    built = change.configuration or ""
    transfer.coming[built] = transfer.coming.get(built, ZERO) + change.sent - change.arrived
    if not (transfer.sent or transfer.arrived or transfer.lost):
        del state.transfers[change.transfer]


def _claim(state: State, fact: f.InventoryFact, recorded_at: datetime) -> None:
    for claim in claims(fact):
        key = claim.bucket.key
        shelf = state.opened_shelf(key, recorded_at)
        reservation = state.reservations[claim.reservation]
        left = shelf.claims.get(claim.reservation, ZERO) + claim.amount
        shelf.allocated += claim.amount
        reservation.open += claim.amount
        if left:
            shelf.claims[claim.reservation] = reservation.allocations[key] = left
        else:
            shelf.claims.pop(claim.reservation, None)
            reservation.allocations.pop(key, None)
        _open_or_close(state, claim.reservation, reservation, recorded_at)


def _open_or_close(state: State, name: str, reservation: Reservation, recorded_at: datetime) -> None:
    same = state.open_for.setdefault(reservation.purpose, [])
    if reservation.open:
        state.closed.pop(name, None)
        if name not in same:
            same.append(name)
        return
    state.closed[name] = recorded_at
    if name in same:
        same.remove(name)
    if not same:
        del state.open_for[reservation.purpose]


def _remember(
    state: State, fact: f.InventoryFact, posted: Sequence[Posting], event: Event, *, happened_at: datetime, at: Recorded
) -> None:
    movement = state.movement(event)
    if movement is None:
        movement = Movement(
            type(fact).__name__, at.id, happened_at, at.recorded_at, details(fact)
        )
    elif isinstance(fact, _SEVERAL) and type(fact).__name__ == movement.fact:
        start = len(movement.postings)
        movement.more.append(Further(at.id, details(fact), start, start + len(posted)))
    movement.postings += [PostingKey(p.bucket.key, p.account, _n(p.amount), p.variance) for p in posted]
    state.keep(event, movement)


_SEVERAL: Final = (f.MovementFact, f.StockInspected, f.TransferReceived)
"""Of these an event may be recorded as several: one for each bucket."""


def details(fact: f.InventoryFact) -> Details:
    """What a reversal of this fact will have to say about it."""
    match fact:
        case f.StockReceived():
            return Details(_n(fact.amount), fact.bucket.key.status, _line(fact), fact.supplier)
        case f.StockMoved() | f.StockHeld() | f.StockUnheld() | f.StockFound() | f.StockLost() | f.StockOpened():
            return Details(_n(fact.amount), fact.bucket.key.status)
        case f.StockIssued() | f.StockReturned() | f.StockProduced() | f.StockScrapped():
            return Details(_n(fact.amount), fact.bucket.key.status, run=fact.run)
        case f.StockInspected():
            return Details(None, None, _line(fact), fact.supplier, fact.receipt, _n(fact.accepted), _n(fact.rejected))
        case f.StockReturnedToVendor():
            return Details(_n(fact.amount), fact.bucket.key.status, _line(fact), fact.supplier, fact.receipt)
        case f.StockShipped():
            return Details(_n(fact.amount), fact.bucket.key.status, shipment=fact.shipment)
        case f.StockTransferred():
            return Details(_n(fact.amount), fact.bucket.key.status, transfer=fact.transfer, other_site=fact.to_site)
        case f.TransferReceived():
            return Details(_n(fact.amount), fact.bucket.key.status, transfer=fact.transfer, short=_n(fact.short))
        case _:
            return Details()


def _n(amount: Decimal) -> Decimal:
    """The one way to write an amount, so that what is packed is the same whether the fact was just decided or read."""
    return amount.normalize()


def _line(fact: f.StockReceived | f.StockInspected | f.StockReturnedToVendor) -> tuple[str, int] | None:
    return None if fact.line is None else (fact.line.document, fact.line.line)


def _forget(state: State, recorded_at: datetime) -> None:
    """Drop what is too old to be asked for. Each fact pays for what it drops."""
    horizon = recorded_at - RETENTION
    while (event := state.recorded_before(horizon)) is not None:
        oldest = state.movement(event)
        assert oldest is not None
        del state.movements[event]
        for key in {posting.bucket: None for posting in oldest.postings}:
            _drop_if_idle(state, key, horizon)
    while state.closed:
        reservation, since = next(iter(state.closed.items()))
        if since >= horizon:
            break
        del state.closed[reservation], state.reservations[reservation]
    while state.builds:
        run, (_, since) = next(iter(state.builds.items()))
        if since >= horizon:
            break
        del state.builds[run]
    while state.delivers:
        shipment, (_, since) = next(iter(state.delivers.items()))
        if since >= horizon:
            break
        del state.delivers[shipment]
    while len(state.sweeps) > 1 and state.sweeps[1].recorded_at < horizon:
        del state.sweeps[0]


def _drop_if_idle(state: State, key: BucketKey, horizon: datetime) -> None:
    shelf = state.shelves.get(key)
    if shelf is None or not shelf.idle(horizon):
        return
    del state.shelves[key]
    age = state.ages[age_key(key)]
    age.shelves -= 1
    if not age.shelves:
        del state.ages[age_key(key)]
