"""Supply and demand over time for a part at a site: dated rows with a running balance, what should be done about each
supply, and what can still be promised.

**Messages**, the usual ones of material requirements planning (Orlicky 1975, *Material Requirements Planning*, ch. 6;
Ptak and Smith 2011, *Orlicky's MRP*, 3rd ed., ch. 8). Supplies serve demands in the order of their dates, first come
first served, what is on hand first. A supply's *need date* is that of the first demand of which it serves anything.

- ``expedite``: it comes after its need date; it should come by then.
- ``defer``: it comes more than ``TOLERANCE`` before its need date; it may come by then.
- ``cancel``: no demand needs anything of it. ``decrease``: only so much of it is needed.
- ``increase``: demand is left that no supply serves, so so much more is needed by then. It stands at the demand.

Stock kept for safety is a demand of the last day: so nothing is cancelled that only fills it up.

**Available to promise**, discrete and cumulative with look-ahead (APICS Dictionary, "available-to-promise"; Vollmann,
Berry, Whybark and Jacobs 2005, *Manufacturing Planning and Control for Supply Chain Management*, 5th ed., ch. 6). In
each period, which begins with a supply, ATP is what comes less what is committed until the next supply comes (the first
period also has what is on hand). Where that is below zero, earlier periods make it good, the latest first. What can be
promised at a date is the sum of the periods up to it, so nothing promised takes from what is committed later. Equal to:
the least projected balance from that date on.

What comes is all that is decided: in a factory that builds to order, what is committed rests on runs that aren't frozen
and on purchases that aren't ordered yet. To count the one and not the other would leave nothing to promise, whatever is
on its way. What is only proposed to a person promises nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

ZERO: Final = Decimal(0)
TOLERANCE: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Flow:
    """A dated supply (above zero) or demand (below). ``at`` is none when nobody knows; then it comes last."""

    at: datetime | None
    amount: Decimal
    kind: str
    id: str
    state: str = ""
    firm: bool = True
    about: str | None = None

    @property
    def order(self) -> tuple[bool, float, bool, str]:
        """By time; at one moment supplies come before demands."""
        return (self.at is None, 0.0 if self.at is None else self.at.timestamp(), self.amount < 0, self.id)


@dataclass(frozen=True, slots=True)
class Message:
    """What should be done about a supply, or (``increase``) for a demand. ``to``: by when; ``amount``: how much."""

    what: str
    amount: Decimal
    to: datetime | None


@dataclass(slots=True)
class Dated:
    """A flow with the balance after it."""

    flow: Flow
    balance: Decimal
    messages: list[Message] = field(default_factory=list)


@dataclass(slots=True)
class _Left:
    """A supply, and what of it no demand has taken yet."""

    row: Dated | None
    at: datetime | None
    left: Decimal
    need: datetime | None = None
    used: bool = False


def dated(on_hand: Decimal, flows: Iterable[Flow], safety: Decimal = ZERO) -> list[Dated]:
    """The flows in order with their running balance and messages."""
    rows, balance = [], on_hand
    for flow in sorted(flows, key=lambda flow: flow.order):
        balance += flow.amount
        rows.append(Dated(flow, balance))
    _advise(on_hand, rows, safety)
    return rows


def _advise(on_hand: Decimal, rows: Sequence[Dated], safety: Decimal) -> None:
    supplies = [_Left(None, None, max(ZERO, on_hand))]
    supplies += [_Left(row, row.flow.at, row.flow.amount) for row in rows if row.flow.amount > 0]
    place = 0
    for row in rows:
        if row.flow.amount < 0:
            place = _serve(supplies, place, row, -row.flow.amount)
    _keep(supplies, place, safety)
    for supply in supplies[1:]:
        assert supply.row is not None
        supply.row.messages += _messages(supply)


def _serve(supplies: Sequence[_Left], place: int, row: Dated, wanted: Decimal) -> int:
    """The next supplies, as far as they go; answers where the next demand begins."""
    while wanted and place < len(supplies):
        supply = supplies[place]
        taken = min(supply.left, wanted)
        if taken:
            supply.left -= taken
            wanted -= taken
            if not supply.used:
                supply.used, supply.need = True, row.flow.at
        if not supply.left:
            place += 1
    if wanted:
        row.messages.append(Message("increase", wanted, row.flow.at))
    return place


def _keep(supplies: Sequence[_Left], place: int, safety: Decimal) -> None:
    """What is left is kept for safety first."""
    for supply in supplies[place:]:
        kept = min(supply.left, safety)
        safety -= kept
        supply.left -= kept
        supply.used = supply.used or kept > 0


def _messages(supply: _Left) -> list[Message]:
    assert supply.row is not None
    whole = supply.row.flow.amount
    if not supply.used:
        return [Message("cancel", whole, None)]
    found = []
    if supply.need is not None and (supply.at is None or supply.at > supply.need):
        found.append(Message("expedite", whole - supply.left, supply.need))
    elif supply.need is not None and supply.at is not None and supply.need - supply.at > TOLERANCE:
        found.append(Message("defer", whole, supply.need))
    if supply.left:
        found.append(Message("decrease", supply.left, None))
    return found


@dataclass(frozen=True, slots=True)
class Period:
    """From one supply to the next. ``atp`` is what of this period can be promised beyond what is committed;
    ``cumulative`` what can be promised at its beginning, with all before it. ``firm`` is how much of the supply is more
    than a plan, ``overdue`` how much should have been there before it."""

    start: datetime
    supply: Decimal
    firm: Decimal
    overdue: Decimal
    committed: Decimal
    atp: Decimal
    cumulative: Decimal


@dataclass(slots=True)
class _Sum:
    """What comes and is committed in a period."""

    start: datetime
    supply: Decimal = ZERO
    firm: Decimal = ZERO
    overdue: Decimal = ZERO
    committed: Decimal = ZERO


def available_to_promise(on_hand: Decimal, flows: Iterable[Flow], now: datetime) -> list[Period]:
    """The periods, the first from now on. What should have come before now is expected at once; a supply that nobody
    knows a time of promises nothing. A demand of no known time is the last of all."""
    sums = [_Sum(now, on_hand, on_hand)]
    for flow in sorted((flow for flow in flows if flow.at is not None or flow.amount < 0), key=lambda flow: flow.order):
        if flow.amount < 0:
            sums[-1].committed -= flow.amount
            continue
        at = max(now, flow.at or now)
        if at != sums[-1].start:
            sums.append(_Sum(at))
        sums[-1].supply += flow.amount
        sums[-1].firm += flow.amount if flow.firm else ZERO
        sums[-1].overdue += flow.amount if at != flow.at else ZERO
    atp = _looked_ahead([one.supply - one.committed for one in sums])
    found, total = [], ZERO
    for one, promisable in zip(sums, atp, strict=True):
        total += promisable
        found.append(Period(
            one.start, one.supply, one.firm, one.overdue, one.committed, promisable, max(ZERO, total)
        ))
    return found


def _looked_ahead(nets: Sequence[Decimal]) -> list[Decimal]:
    """Where a period lacks, those before it make it good, the latest first; what nobody can stays with the first."""
    atp = list(nets)
    for number in range(len(atp) - 1, 0, -1):
        if atp[number] < 0:
            atp[number - 1] += atp[number]
            atp[number] = ZERO
    return atp
