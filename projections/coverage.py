"""Coverage: how far a requirement is served, and by what. The join of its pegs with what became of each, in amounts.

The idea. A peg is a claim on a supply, and also the reservation of the same id in inventory. So what a peg still does
follows from two domains: the planner says how much it claims, inventory how much of that was reserved, used, given
back or lost. Of each peg, in its supply's part:

    claimed = used + on hand + to come

and of each requirement, in its own part:

    required = done + on hand + to come + short

A naive reading takes the peg as it was decided, and counts what has been issued a second time as still covered.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction
from typing import Final

from events.values import plain

ZERO: Final = Decimal(0)
_PLACES: Final = Decimal(1).scaleb(-9)
_DOWN: Final = Context(prec=60, rounding=ROUND_DOWN)


def decimal_of(amount: Fraction) -> Decimal:
    """As an amount of nine places at most, never more than it is.

    >>> decimal_of(Fraction(3, 2)), decimal_of(Fraction(1, 3))
    (Decimal('1.5'), Decimal('0.333333333'))
    """
    exact = _DOWN.divide(Decimal(amount.numerator), Decimal(amount.denominator))
    return _DOWN.quantize(exact, _PLACES).normalize(_DOWN) if exact else ZERO


@dataclass(frozen=True, slots=True)
class Claim:
    """A peg, and what became of it. ``factor`` units of its supply's part do the work of one that is required.

    ``expected_at`` is when its supply is expected by now (none: nobody knows, and ``why``), ``available_at`` when it
    was as it was pegged.
    """

    peg: str
    requirement: str
    supply: str
    part: str
    site: str
    unit: str
    amount: Decimal
    needed_by: datetime
    available_at: datetime
    expected_at: datetime | None
    decision: str
    factor: Fraction = Fraction(1)
    reserved: Decimal = ZERO
    released: Decimal = ZERO
    used: Decimal = ZERO
    broken: Decimal = ZERO
    refused: str | None = None
    why: str | None = None

    @property
    def outstanding(self) -> Decimal:
        """What of it hasn't been used yet."""
        return max(ZERO, self.amount - self.used)

    @property
    def on_hand(self) -> Decimal:
        """What is reserved for it in stock."""
        return min(self.outstanding, max(ZERO, self.reserved - self.released - self.used - self.broken))

    @property
    def to_come(self) -> Decimal:
        """What isn't reserved in stock yet."""
        return self.outstanding - self.on_hand

    @property
    def slack(self) -> timedelta | None:
        """How much later it could come and still be in time; below zero: too late already. None: nobody knows."""
        return None if self.expected_at is None else self.needed_by - self.expected_at

    def work(self, amount: Decimal) -> Fraction:
        """So much of its supply's part in units of what is required."""
        return Fraction(amount) / self.factor


@dataclass(frozen=True, slots=True)
class Coverage:
    """A requirement: ``required`` in all, ``done`` of it (issued, delivered or on its way to the customer).

    ``delivered``: what of a customer's is with them, in one piece."""

    requirement: str
    part: str
    site: str
    unit: str
    needed_by: datetime | None
    required: Decimal
    done: Decimal
    claims: tuple[Claim, ...] = ()
    decision: str | None = None
    stated_short: Decimal = ZERO
    proposed: bool = False
    order: tuple[str, int, int] | None = None
    run: str | None = None
    delivered: Decimal | None = None

    @property
    def open(self) -> Decimal:
        """What is still required."""
        return max(ZERO, self.required - self.done)

    @property
    def on_its_way(self) -> Decimal:
        """What of it has left, and isn't with the customer yet."""
        if self.delivered is None:
            return ZERO
        return max(ZERO, min(self.done, self.required) - self.delivered)

    @property
    def on_hand(self) -> Decimal:
        """What of that is reserved in stock."""
        return min(self.open, decimal_of(sum((claim.work(claim.on_hand) for claim in self.claims), Fraction(0))))

    @property
    def to_come(self) -> Decimal:
        """What of that is claimed of supplies that are still to come."""
        coming = decimal_of(sum((claim.work(claim.to_come) for claim in self.claims), Fraction(0)))
        return min(self.open - self.on_hand, coming)

    @property
    def short(self) -> Decimal:
        """What nothing serves."""
        return self.open - self.on_hand - self.to_come

    def now(self, claim: Claim) -> Claim:
        """One of its claims, with when it is needed now: the requirement may have moved since it was made."""
        return claim if self.needed_by is None else replace(claim, needed_by=self.needed_by)

    @property
    def ready(self) -> bool:
        """Whether all of it is in stock and allocated, or done."""
        return self.on_hand >= self.open

    @property
    def ready_at(self) -> datetime | None:
        """When the last of what it claims is expected. None: nobody knows, or something is short."""
        times = [claim.expected_at for claim in self.claims if claim.to_come]
        if self.short or None in times:
            return None
        return max((at for at in times if at is not None), default=None)

    @property
    def why(self) -> str | None:
        """Why nobody knows when it is ready; none when somebody does, or it is."""
        if not self.open:
            return None
        if self.short:
            return f"nothing serves {plain(self.short)} {self.unit} of {self.part} that {self.requirement} needs"
        waiting = (claim for claim in self.claims if claim.to_come and claim.expected_at is None)
        return next((claim.why or f"nobody knows when {claim.supply} comes" for claim in waiting), None)
