"""The accounts of the stock book, and the small values that inventory's messages and facts share.

Each fact that moves material posts to a bucket and an account. For each bucket, at every position of the
ledger: Σ in-accounts = on hand + Σ out-accounts. A move within a site leaves one bucket and enters another.
"""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from events.model import Model
from events.values import Bucket, Id, Name, Share, Sum


def stream_of(part: str, site: str) -> str:
    """The stream of a part at a site.

    >>> stream_of("SADDLE-1", "plant")
    'stock/SADDLE-1@plant'
    """
    return f"stock/{part}@{site}"


class Account(StrEnum):
    """Where material came from, or went to."""

    OPENING = "opening"
    RECEIVED = "received"
    PRODUCED = "produced"
    RETURNED_IN = "returned_in"
    TRANSFERRED_IN = "transferred_in"
    FOUND = "found"
    ISSUED = "issued"
    TRANSFERRED_OUT = "transferred_out"
    SHIPPED = "shipped"
    SCRAPPED = "scrapped"
    RETURNED_OUT = "returned_out"
    LOST = "lost"


IN_ACCOUNTS: Final = (
    Account.OPENING,
    Account.RECEIVED,
    Account.PRODUCED,
    Account.RETURNED_IN,
    Account.TRANSFERRED_IN,
    Account.FOUND,
)
OUT_ACCOUNTS: Final = (
    Account.ISSUED,
    Account.TRANSFERRED_OUT,
    Account.SHIPPED,
    Account.SCRAPPED,
    Account.RETURNED_OUT,
    Account.LOST,
)


class Basis(StrEnum):
    """What kind of statement a count was."""

    COUNT = "count"
    SNAPSHOT = "snapshot"
    OPENING = "opening"


class Refusal(StrEnum):
    """Why a reservation was refused: not enough, or its id already stands for another content."""

    SHORT = "short"
    CONTRADICTION = "contradiction"


class Discrepancy(StrEnum):
    """What doesn't add up.

    ``below_zero``: more left a bucket than the book had in it. ``serial``: a serial number that isn't exactly
    one piece. ``transfer``: more arrived than was known to be under way. ``reservation``: material was taken
    for a reservation that isn't known. ``forgotten``: an event to be reversed is older than what is kept.
    ``reversal``: a reversal was said to be wrong itself; tell the movement again. ``configuration``: it wasn't told
    which of several it was that were built differently, and nobody's claim says so; the book took the one named here.
    """

    BELOW_ZERO = "below_zero"
    SERIAL = "serial"
    TRANSFER = "transfer"
    RESERVATION = "reservation"
    FORGOTTEN = "forgotten"
    REVERSAL = "reversal"
    CONFIGURATION = "configuration"


class EventRef(Model):
    """Another event, by what makes it unique: a CloudEvent's source and id."""

    source: Annotated[Name, Field(description="that event's source")]
    id: Annotated[Name, Field(description="that event's id")]

    @property
    def key(self) -> tuple[str, str]:
        return (self.source, self.id)


class Allocated(Model):
    """How much of a bucket a reservation claims."""

    bucket: Bucket
    amount: Share
    reservation: Id | None = Field(default=None, description="whose claim, where the fact itself names none")


class Along(Model):
    """A claim that moved together with the stock it is on."""

    reservation: Id
    amount: Share


class Posted(Model):
    """One posting, spelled out where a fact can't be read as postings from its other fields."""

    bucket: Bucket
    account: Account
    amount: Sum = Field(description="change of the stock on hand, signed")
    variance: bool = Field(default=False, description="by a count or because of one, not by a movement")
