"""Short words for what inventory's unit tests say: part P (pieces; a carton CT holds 12) at site S."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from events.inventory import commands as c
from events.inventory import messages as m
from events.inventory.accounts import EventRef
from events.inventory.postings import postings
from events.values import Bucket, Line, Quantity, Some, Status
from services.inventory.app import build
from services.inventory.book import State
from tests.scenario import Scenario, day, part, reference, site, supplier

ABOUT: dict[str, Any] = {"part": "P", "site": "S"}
FACT: dict[str, Any] = {**ABOUT, "unit": "C62"}
LINE = Line(document="PO-1", line=1)


def warehouse() -> Scenario[State]:
    """Nothing told yet; it is day 10."""
    known = reference(part("P", CT=12), site("S", "A", "B", "C"), site("T", "A"), supplier("V"))
    return Scenario(build(), known, day(10))


def pieces(amount: int | str) -> Some:
    return Some.of(amount, "C62")


def level(amount: int | str) -> Quantity:
    return Quantity.of(amount, "C62")


def at(location: str = "A", status: Status = Status.AVAILABLE, **more: Any) -> Bucket:
    return Bucket(location=location, status=status, **more)


def received(amount: int | str, location: str = "A", **more: Any) -> m.Received:
    return m.Received(**ABOUT, location=location, quantity=pieces(amount), **more)


def issued(amount: int | str, location: str = "A", **more: Any) -> m.Issued:
    return m.Issued(**ABOUT, location=location, quantity=pieces(amount), run="run-1", **more)


def lost(amount: int | str, location: str = "A", **more: Any) -> m.Lost:
    return m.Lost(**ABOUT, location=location, quantity=pieces(amount), **more)


def moved(amount: int | str, location: str, to: str, **more: Any) -> m.Moved:
    return m.Moved(**ABOUT, location=location, to_location=to, quantity=pieces(amount), **more)


def counted(amount: int | str, cut_off: datetime, location: str = "A", **more: Any) -> m.Counted:
    return m.Counted(**ABOUT, location=location, quantity=level(amount), cut_off=cut_off, **more)


def opened(amount: int | str, cut_off: datetime, location: str = "A", **more: Any) -> m.OpeningStock:
    return m.OpeningStock(**ABOUT, location=location, quantity=level(amount), cut_off=cut_off, **more)


def reserve(reservation: str, amount: int | str, **more: Any) -> m.ReserveStock:
    return m.ReserveStock(**ABOUT, reservation=reservation, quantity=pieces(amount), **{"purpose": "run-1", **more})


def release(reservation: str, amount: int | str | None = None) -> m.ReleaseStock:
    return m.ReleaseStock(**ABOUT, reservation=reservation, quantity=None if amount is None else pieces(amount))


def earmark(reservation: str, amount: int | str, supply: str = "purchase/PO-1/1", **more: Any) -> c.EarmarkSupply:
    chosen = {"purpose": "run-1", **more}
    return c.EarmarkSupply(**ABOUT, supply=supply, reservation=reservation, quantity=pieces(amount), **chosen)


def unearmark(reservation: str, amount: int | str | None = None, supply: str = "purchase/PO-1/1") -> c.UnearmarkSupply:
    quantity = None if amount is None else pieces(amount)
    return c.UnearmarkSupply(**ABOUT, supply=supply, reservation=reservation, quantity=quantity)


def reverse(id: str, **more: Any) -> m.Reversed:
    return m.Reversed(**ABOUT, of=EventRef(source="test", id=id), **more)


def on_hand(stock: Scenario[State], bucket: Bucket | None = None) -> Any:
    """What is in a bucket (location A, available), as any reader of the facts knows it."""
    wanted = bucket or at()
    return sum(
        (posting.amount for fact in stock.facts for posting in postings(fact) if posting.bucket == wanted),  # type: ignore[arg-type]
        Decimal(0),
    )


def account(stock: Scenario[State], name: str, bucket: Bucket | None = None) -> Any:
    """What was posted to an account of a bucket: an out-account's is what went out."""
    wanted = bucket or at()
    total = sum(
        (
            posting.amount
            for fact in stock.facts
            for posting in postings(fact)  # type: ignore[arg-type]
            if posting.bucket == wanted and posting.account == name
        ),
        Decimal(0),
    )
    return abs(total)
