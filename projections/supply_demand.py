"""Supply and demand over time for a part at a site: dated rows with a running balance, what should be done about each
supply, and what can still be promised.

**Messages**, the usual ones of material requirements planning (Orlicky 1975, *Material Requirements Planning*, ch. 6;
Ptak and Smith 2011, *Orlicky's MRP*, 3rd ed., ch. 8). Each demand is served by what it is pegged to; the rest of it by
what is left, in the order of dates, what is on hand first. A supply's *need date* is that of the first demand of which
it serves anything.

- ``expedite``: some of it comes after it is needed; so much should come by then.
- ``defer``: all of it comes more than ``TOLERANCE`` before its need date; it may come by then.
- ``cancel``: nothing needs anything of it. ``decrease``: only so much of it is needed.
- ``increase``: demand is left that no supply serves, so so much more is needed by then. It stands at the demand.

What stock is to have (its reorder point, order-up-to level or safety stock, whichever is most) is a demand of the last
day, and so is what a purchase was to bring for stock from the beginning: what is within policy isn't excess.

Messages are for what a person must do with others: suppliers, carriers, a shop floor that was told already. What the
planner still moves and takes back by itself has none. And nobody can put off or call off what is late, under way or
begun: of that, only what is needed sooner is told.

**Available to promise**, discrete and cumulative with look-ahead (APICS Dictionary, "available-to-promise"; Vollmann,
Berry, Whybark and Jacobs 2005, *Manufacturing Planning and Control for Supply Chain Management*, 5th ed., ch. 6). In
each period, which begins with a supply, ATP is what comes less what is committed until the next supply comes (the first
period also has what is on hand). Where that is below zero, earlier periods make it good, the latest first. What can be
promised at a date is the sum of the periods up to it, so nothing promised takes from what is committed later. Equal to:
the least projected balance from that date on.

What is built as a customer chose is for nobody else: of such a supply, only what is claimed counts in balances and in
what can be promised, and nothing but its claims is served by it.

What is late counts when the planner expects it; what nobody knows a time of promises nothing, at no date.
What comes is all that is decided: in a factory that builds to order, what is committed rests on runs that aren't frozen
and on purchases that aren't ordered yet. To count the one and not the other would leave nothing to promise, whatever is
on its way. What is only proposed to a person promises nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

ZERO: Final = Decimal(0)
TOLERANCE: Final = timedelta(days=7)


STOCK: Final = "stock"
"""What is on hand, as demands claim it."""
EVERY: Final = frozenset({"expedite", "defer", "decrease", "cancel"})


@dataclass(frozen=True, slots=True)
class Flow:
    """A dated supply (above zero) or demand (below). ``at`` is none when nobody knows (``why``); then it comes last.

    Of a supply: ``overdue``, it should have come before; ``spare``, so much of it was to be for stock from the
    beginning; ``chosen``, it is built as a customer chose; ``may``, which messages there is anybody for. Of a demand:
    ``claims``, how much of which supplies (or of ``STOCK``) it is pegged to; ``waiting``, nothing is to be done for it
    yet; ``idle``, it is for a run that something else keeps from beginning, so nothing need come sooner for it.
    """

    at: datetime | None
    amount: Decimal
    kind: str
    id: str
    state: str = ""
    firm: bool = True
    about: str | None = None
    why: str | None = None
    overdue: bool = False
    spare: Decimal = ZERO
    chosen: bool = False
    may: frozenset[str] = EVERY
    claims: tuple[tuple[str, Decimal], ...] = ()
    waiting: bool = False
    idle: bool = False

    @property
    def need(self) -> datetime | None:
        """When a demand is really needed; none: nobody knows."""
        return None if self.idle else self.at

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
    """A supply: what of it no demand has taken yet, what which took (and when it is needed), what is kept for stock."""

    row: Dated | None
    left: Decimal
    needs: list[tuple[datetime | None, Decimal]] = field(default_factory=list)
    kept: Decimal = ZERO

    @property
    def anybodys(self) -> bool:
        """Whether it may serve who doesn't claim it."""
        return self.row is None or not self.row.flow.chosen

    def take(self, wanted: Decimal, at: datetime | None) -> Decimal:
        """As much as there is; answers how much."""
        taken = min(self.left, wanted)
        if taken:
            self.left -= taken
            self.needs.append((at, taken))
        return taken

    def keep(self, wanted: Decimal) -> Decimal:
        """As much as there is, for stock; answers how much."""
        kept = min(self.left, wanted)
        self.left -= kept
        self.kept += kept
        return kept


def dated(on_hand: Decimal, flows: Iterable[Flow], kept: Decimal = ZERO) -> list[Dated]:
    """The flows in order with their running balance and messages. ``kept``: what stock is to have."""
    found = sorted(flows, key=lambda flow: flow.order)
    rows, balance, claimed = [], on_hand, _claimed(found)
    for flow in found:
        balance += claimed.get(flow.id, flow.amount)
        rows.append(Dated(flow, balance))
    _advise(on_hand, rows, kept)
    return rows


def _claimed(flows: Sequence[Flow]) -> Mapping[str, Decimal]:
    """Of each supply that is built as a customer chose, how much is claimed: the rest of it is for nobody else."""
    found = {flow.id: ZERO for flow in flows if flow.chosen}
    for flow in flows:
        for id_, amount in flow.claims:
            if id_ in found:
                found[id_] += amount
    return {flow.id: min(flow.amount, found[flow.id]) for flow in flows if flow.chosen}


def _advise(on_hand: Decimal, rows: Sequence[Dated], kept: Decimal) -> None:
    supplies = {STOCK: _Left(None, max(ZERO, on_hand))}
    supplies |= {row.flow.id: _Left(row, row.flow.amount) for row in rows if row.flow.amount > 0}
    wanting = [(row, _served(supplies, row.flow)) for row in rows if row.flow.amount < 0]
    for row, wanted in wanting:
        rest = wanted
        for supply in supplies.values():
            rest -= supply.take(rest, row.flow.need) if supply.anybodys else ZERO
        if rest and not row.flow.waiting:
            row.messages.append(Message("increase", rest, row.flow.at))
    for supply in supplies.values():
        kept -= supply.keep(kept) if supply.anybodys else ZERO
    for supply in supplies.values():
        if supply.row is not None:
            supply.keep(supply.row.flow.spare)  # what it was to bring for stock
            flow = supply.row.flow
            supply.row.messages += [one for one in _messages(flow, supply) if one.what in flow.may]


def _served(supplies: Mapping[str, _Left], demand: Flow) -> Decimal:
    """What is left of a demand when its own pegs have served it."""
    wanted = -demand.amount
    for id_, amount in demand.claims:
        if id_ in supplies:
            wanted -= supplies[id_].take(min(amount, wanted), demand.need)
    return wanted


def _messages(flow: Flow, supply: _Left) -> list[Message]:
    needs = [(at, amount) for at, amount in supply.needs if at is not None]
    first = min((at for at, _ in needs), default=None)
    found = []
    sooner = sum((amount for at, amount in needs if flow.at is None or flow.at > at), ZERO)
    if sooner:
        found.append(Message("expedite", sooner, first))
    elif first is not None and flow.at is not None and first - flow.at > TOLERANCE and not supply.kept:
        found.append(Message("defer", flow.amount, first))
    if supply.left:
        found.append(Message("cancel" if supply.left == flow.amount else "decrease", supply.left, None))
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
    """The periods, the first from now on. A supply that nobody knows a time of promises nothing. A demand of no known
    time is the last of all."""
    sums = [_Sum(now, on_hand, on_hand)]
    found = sorted((flow for flow in flows if flow.at is not None or flow.amount < 0), key=lambda flow: flow.order)
    claimed = _claimed(found)
    for flow in found:
        if flow.amount < 0:
            sums[-1].committed -= flow.amount
            continue
        amount = claimed.get(flow.id, flow.amount)
        at = max(now, flow.at or now)
        if at != sums[-1].start:
            sums.append(_Sum(at))
        sums[-1].supply += amount
        sums[-1].firm += amount if flow.firm else ZERO
        sums[-1].overdue += amount if flow.overdue else ZERO
    atp = _looked_ahead([one.supply - one.committed for one in sums])
    periods, total = [], ZERO
    for one, promisable in zip(sums, atp, strict=True):
        total += promisable
        periods.append(Period(
            one.start, one.supply, one.firm, one.overdue, one.committed, promisable, max(ZERO, total)
        ))
    return periods


def _looked_ahead(nets: Sequence[Decimal]) -> list[Decimal]:
    """Where a period lacks, those before it make it good, the latest first; what nobody can stays with the first."""
    atp = list(nets)
    for number in range(len(atp) - 1, 0, -1):
        if atp[number] < 0:
            atp[number - 1] += atp[number]
            atp[number] = ZERO
    return atp
