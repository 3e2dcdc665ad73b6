"""Reservations from beginning to end: what each claimed, gave back, used and lost, and what it claims of supplies that
are still to come. Unlike stock position, nothing is forgotten once it is used: a peg is its reservation, and how much
of it has been served must be told for as long as the peg is.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from events.decision import Recorded
from events.inventory import facts as f
from events.inventory.postings import Earmark as Change
from events.inventory.postings import claims, earmarked
from projections.view import Rows, Table, View

ZERO: Final = Decimal(0)


@dataclass(slots=True)
class ReservationAccount:
    """What became of a reservation: reserved = held + released + used + broken, in the part's base unit.

    ``used`` went where it was meant to: to the run, the customer or the other site. ``refused`` says why it was last
    refused, until it gets something after all.
    """

    part: str
    site: str
    reservation: str
    unit: str
    purpose: str
    reserved: Decimal
    released: Decimal
    used: Decimal
    broken: Decimal
    refused: str | None
    last_at: datetime
    last_fact: str


@dataclass(slots=True)
class Earmark:
    """What a reservation claims of a supply that is still to come; gone once that is nothing."""

    part: str
    site: str
    supply: str
    reservation: str
    unit: str
    purpose: str
    open: Decimal
    priority: int
    needed_by: datetime | None


ACCOUNT: Final = Table("reservation_account", ReservationAccount, key=3, indexes=(("reservation",), ("purpose",)))
EARMARK: Final = Table("earmark", Earmark, key=4, indexes=(("supply",), ("reservation",)))



def fold(rows: Rows, fact: f.InventoryFact, at: Recorded) -> None:
    """Follow every reservation, and what it claims beforehand."""
    change = earmarked(fact)
    if change is not None:
        _earmark(rows, fact, change)
    match fact:
        case f.SupplyEarmarked() | f.SupplyUnearmarked():
            pass
        case f.StockReserved():
            account = _account(rows, fact, fact.reservation, fact.purpose, at)
            account.reserved += fact.amount
            account.refused = None
        case f.ReservationRefused():
            _account(rows, fact, fact.reservation, fact.purpose, at).refused = fact.reason.value
        case f.ReservationReleased():
            _account(rows, fact, fact.reservation, fact.purpose, at).released += fact.amount
        case f.AllocationBroken():
            _account(rows, fact, fact.reservation, fact.purpose, at).broken += fact.amount
        case f.StockIssued() | f.StockTransferred() | f.StockShipped():
            for claim in claims(fact):
                _account(rows, fact, claim.reservation, "", at).used -= claim.amount
        case _:
            raise TypeError(f"{type(fact).__name__} isn't folded here")


def _account(rows: Rows, fact: f.StockFact, reservation: str, purpose: str, at: Recorded) -> ReservationAccount:
    account = rows.get(ACCOUNT, fact.part, fact.site, reservation)
    if account is None:
        account = ReservationAccount(
            fact.part, fact.site, reservation, fact.unit, purpose, ZERO, ZERO, ZERO, ZERO, None, at.occurred_at, at.id
        )
        rows.add(ACCOUNT, account)
    account.purpose = purpose or account.purpose
    account.last_at, account.last_fact = at.occurred_at, at.id
    return account


def _earmark(rows: Rows, fact: f.InventoryFact, change: Change) -> None:
    """What came is claimed on hand from then on, and no more beforehand."""
    if isinstance(fact, f.SupplyEarmarked):
        rows.add(EARMARK, Earmark(
            fact.part, fact.site, fact.supply, fact.reservation, fact.unit, fact.purpose, fact.open, fact.priority,
            fact.needed_by,
        ))
        return
    mark = rows.get(EARMARK, fact.part, fact.site, change.supply, change.reservation)
    if mark is None:
        return
    mark.open += change.amount
    if mark.open <= 0:
        rows.remove(EARMARK, fact.part, fact.site, change.supply, change.reservation)


RESERVATIONS: Final = View(
    name="reservations",
    version=1,
    tables=(ACCOUNT, EARMARK),
    folds=(
        f.SupplyEarmarked, f.SupplyUnearmarked, f.StockReserved, f.ReservationRefused, f.ReservationReleased,
        f.AllocationBroken, f.StockIssued, f.StockTransferred, f.StockShipped,
    ),
    fold=fold,
)
