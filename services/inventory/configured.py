"""As what stock was built, where a message doesn't say so: warehouses and shop floors seldom know a configuration.

A run's output is what the run was said to build; what arrives is what was said to be under way. A count is of all that
lies there. What leaves, or is put elsewhere, may be of several configurations. For whom something is claimed, it is
that, then more of the same, then what is like any other. Else it is what nobody claims, first what is like any other,
then what others claim; and if it may as well have been another customer's, a ``DiscrepancyFound`` says so. What isn't
there at all is missing where the first was taken from, and shows as below zero.
"""

from collections.abc import Container, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from events.inventory import messages as m
from events.values import BucketKey, Status
from services.inventory.allocating import Meant, claims_for, claims_of
from services.inventory.book import ZERO, State
from services.inventory.case import Case


class Spread(NamedTuple):
    """How much of each bucket, at least one. ``unsure``: those that it may as well not have been."""

    parts: list[tuple[BucketKey, Decimal]]
    unsure: tuple[BucketKey, ...] = ()



def spread(
    case: Case, body: m.LocatedObservation, status: Status, amount: Decimal, claims: Sequence[Meant] = ()
) -> Spread:
    """Which stock a message tells of, and how much of each; ``claims`` are those that it is meant for."""
    plain, state = body.bucket(status).key, case.state
    if body.configuration is not None:
        return Spread([(plain, amount)])
    match body:
        case m.Produced():
            return Spread([(plain._replace(configuration=state.built_by(body.run)), amount)])
        case m.TransferArrived():
            known = state.transfers.get(body.transfer)
            coming = {} if known is None else known.coming
            return _filled(amount, plain, ((plain._replace(configuration=of or None), n) for of, n in coming.items()))
        case m.Received() | m.OpeningStock() | m.Found() | m.ReturnedFromRun():
            return Spread([(plain, amount)])
        case _:
            return _taken(state, plain, amount, claims) if state.chosen else Spread([(plain, amount)])


def meant_for(state: State, body: m.LocatedObservation) -> list[Meant]:
    """The claims that what leaves is meant for; none where it doesn't leave for anybody."""
    match body:
        case m.Issued() | m.TransferSent() | m.Shipped() if body.reservation is not None:
            return claims_of(state, body.reservation)
        case m.Issued():
            return claims_for(state, body.run)
        case m.TransferSent():
            return claims_for(state, body.transfer)
        case m.Shipped(order=str() as order, order_line=int() as line):
            return claims_for(state, order, [(order, line)])
        case m.Shipped(order=str() as order):
            return claims_for(state, order, [one for one in state.delivered_by(body.shipment) if one[0] == order])
        case m.Shipped():
            lines = state.delivered_by(body.shipment)
            orders = dict.fromkeys(one[0] for one in lines)
            return [claim for order in orders for claim in claims_for(state, order, lines)]
        case _:
            return []


def _taken(state: State, plain: BucketKey, amount: Decimal, claims: Sequence[Meant]) -> Spread:
    there = {key: shelf.on_hand for key in (plain, *_alike(state, plain)) if (shelf := state.shelf(key)).on_hand > 0}
    free = {key: max(ZERO, on_hand - state.shelf(key).allocated) for key, on_hand in there.items()}
    own = [(claim.key, claim.amount) for claim in claims if claim.key in there]
    if own:
        more = dict.fromkeys([*(key for key, _ in own), *(key for key in there if key == plain)])
        return _filled(amount, plain, [*own, *((key, free[key]) for key in more)])
    claimed = ((key, on_hand - free[key]) for key, on_hand in there.items())
    taken = _filled(amount, plain, [*free.items(), *claimed])
    return taken._replace(unsure=_unsure(there, dict(taken.parts)))


def _unsure(there: dict[BucketKey, Decimal], gone: dict[BucketKey, Decimal]) -> tuple[BucketKey, ...]:
    """What was taken for one customer's, though it may as well have been another's that lay there too."""
    chosen = {key: on_hand for key, on_hand in there.items() if key.configuration is not None}
    if len(chosen) < 2 or all(on_hand <= gone.get(key, ZERO) for key, on_hand in chosen.items()):
        return ()
    return tuple(key for key in gone if key in chosen)


def _filled(amount: Decimal, otherwise: BucketKey, offers: Iterable[tuple[BucketKey, Decimal]]) -> Spread:
    """As much as is offered, in that order. The rest is missing where the first was; or it is ``otherwise``."""
    taken: dict[BucketKey, Decimal] = {}
    first: BucketKey | None = None
    for key, most in offers:
        first = first or key
        if (part := min(most, amount)) > 0:
            taken[key] = taken.get(key, ZERO) + part
            amount -= part
    if amount or not taken:
        place = next(iter(taken), first or otherwise)
        taken[place] = taken.get(place, ZERO) + amount
    return Spread(list(taken.items()))


def counted_as(
    state: State, key: BucketKey, amount: Decimal, cut_off: datetime, listed: Container[BucketKey] = ()
) -> list[tuple[BucketKey, Decimal]]:
    """What was counted, by configuration: who counts tells bicycles, not what each was built as. What customers chose
    is taken to be there as far as the count goes, but for what is ``listed`` by itself; the rest is like any other."""
    found: list[tuple[BucketKey, Decimal]] = []
    if key.configuration is None and state.chosen:
        for one in [alike for alike in _alike(state, key) if alike not in listed]:
            shelf = state.shelf(one)
            there = min(amount, max(shelf.on_hand - shelf.moved_after(cut_off), ZERO))
            found.append((one, there))
            amount -= there
    if amount or key in state.shelves or not found:
        found.append((key, amount))
    return found


def _alike(state: State, plain: BucketKey) -> list[BucketKey]:
    """What lies there built as customers chose, in the fixed order."""
    alike = [
        key for key in state.shelves if key.configuration is not None and key._replace(configuration=None) == plain
    ]
    return sorted(alike, key=lambda key: key.order)
