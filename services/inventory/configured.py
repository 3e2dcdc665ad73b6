"""As what stock was built, where a message doesn't say so: warehouses and shop floors seldom know a configuration.

A run's output is what the run was said to build; what arrives is what was said to be under way. What leaves is what was
claimed for whom it leaves; else what is like any other, if there is any; else the only other that can be meant. Where
that doesn't decide it, the message is taken as it stands, and what isn't there shows as a discrepancy.
"""

from collections.abc import Iterator
from decimal import Decimal

from events.inventory import messages as m
from events.values import Bucket, BucketKey, Status
from services.inventory.book import State
from services.inventory.case import Case


def told_bucket(case: Case, body: m.LocatedObservation, status: Status) -> Bucket:
    """The stock that a message tells of."""
    return body.bucket(status, configuration=body.configuration or _built_as(case.state, body, status))


def _built_as(state: State, body: m.LocatedObservation, status: Status) -> str | None:
    match body:
        case m.Produced():
            known = state.builds.get(body.run)
            return None if known is None else known[0]
        case m.TransferArrived():
            coming = state.transfers.get(body.transfer)
            return None if coming is None else coming.configuration
        case m.Received() | m.OpeningStock() | m.Found() | m.ReturnedFromRun():
            return None
        case _:
            return _lying_there(state, body, body.bucket(status).key) if state.chosen else None


def _lying_there(state: State, body: m.LocatedObservation, plain: BucketKey) -> str | None:
    alike = [key for key in state.buckets() if _but_for_configuration(key, plain) and state.shelf(key).on_hand > 0]
    claimed = next((key for key in _claimed(state, body) if key in alike), None)
    if claimed is not None:
        return claimed.configuration
    if state.shelf(plain).on_hand > Decimal(0) or len(alike) != 1:
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
