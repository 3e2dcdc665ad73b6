"""What there is and what is to come: every supply that a peg can claim, as it stands now, joined from the domains that
tell of it.

Never twice: of a purchase order line what is open; of a run what it is to build, less scrap and what is in stock; of a
requisition what isn't ordered yet; of a transfer what is planned or under way and hasn't arrived.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Supply:
    """``supply`` is its key as pegs name it. ``expected_at`` is when it is there, by the latest word, and by the
    planner's own idea when that has passed (``overdue``); none: nobody knows, and ``why`` says why.

    ``firm``: on hand, ordered, frozen or under way; else it is only planned and may still be withdrawn. ``state`` says
    how far it is, in a word or two. ``ours``: the planner moves it or takes it back by itself. ``spare``: so much of it
    was bought for stock from the beginning. ``journey``: when it is to leave and to arrive, while it hasn't left.
    ``chosen``: it is built as a customer chose, and so is for nobody else.
    """

    supply: str
    kind: str
    part: str
    site: str
    unit: str
    open: Decimal
    expected_at: datetime | None
    state: str
    firm: bool
    supplier: str | None = None
    from_site: str | None = None
    due: date | None = None
    why: str | None = None
    overdue: bool = False
    ours: bool = False
    spare: Decimal = ZERO
    journey: tuple[datetime, datetime] | None = None
    chosen: bool = False

    @property
    def sort_key(self) -> tuple[bool, datetime | None, str]:
        """By time, what nobody knows a time of last, then by key."""
        return (self.expected_at is None, self.expected_at, self.supply)


def stock_of(id_: str) -> list[tuple[str, str, str]]:
    """What the id of a supply in stock may mean: site, part, and as what it was built (empty: like any other).

    >>> stock_of("plant/BOLT"), stock_of("plant/BIKE as 25ab")
    ([('plant', 'BOLT', '')], [('plant', 'BIKE as 25ab', ''), ('plant', 'BIKE', '25ab')])
    """
    site, _, rest = id_.partition("/")
    part, as_, configuration = rest.rpartition(" as ")
    return [(site, rest, ""), *([(site, part, configuration)] if as_ else [])]


def parts_of(supply: str) -> tuple[str, str, int | None]:
    """A supply's kind, id and line.

    >>> parts_of("purchase/4711/2"), parts_of("run/R7-1"), parts_of("stock/plant/BOLT")
    (('purchase', '4711', 2), ('run', 'R7-1', None), ('stock', 'plant/BOLT', None))
    """
    kind, _, rest = supply.partition("/")
    if kind == "purchase":
        number, _, line = rest.rpartition("/")
        if number and line.isdecimal():
            return kind, number, int(line)
    return kind, rest, None
