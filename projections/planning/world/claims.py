"""What a peg still stands for: planning's word and inventory's put together.

A peg passes from hand to hand: planning claims, inventory reserves (at once, or as the goods come), the goods are used.
Counting the claim in full until it is used would claim goods twice while it is reserved; dropping it when it is
reserved would forget it when the reservation breaks. With C claimed, U unpegged (M of it because the goods were lost),
and inventory's R reserved, L released, K used and B broken, all of them sums that only grow:

    pending = C - (U - M) - R     still to be reserved: what the peg claims of its supply
    held    = R - L - K - B       on hand, reserved
    cover   = min(C - U - K, pending + held)
    lost    = C - U - K - cover   nothing stands for it: the planner says so by unpegging it

each not below zero. The invariant: what a peg covers is never more than what it claims of its supply and holds.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Final

from events.planning.shapes import SupplyKind
from events.units import round_up
from projections.planning.world.planned import Peg
from projections.planning.world.stock import Claimed
from projections.planning.world.views import PegView

ZERO: Final = Decimal(0)
ONE: Final = Fraction(1)


def peg_view(peg: Peg, claim: Claimed) -> PegView:
    """What a peg stands for, given what became of its reservation."""
    refused = claim.refused and peg.supply.kind is SupplyKind.STOCK
    claimed = max(ZERO, peg.claimed - peg.ended - claim.used)
    pending = ZERO if refused else max(ZERO, peg.claimed - (peg.ended - peg.mourned) - claim.reserved)
    held = max(ZERO, claim.held)
    pending = min(pending, claimed)
    cover = min(claimed, pending + held)
    return PegView(pending, held, cover, in_need(cover, peg.factor), claimed - cover, refused)


def in_need(amount: Decimal, factor: Fraction) -> Decimal:
    """An amount of a supply's part in the unit of the part that is required."""
    return amount if factor == ONE or not amount else round_up(Fraction(amount) / factor)


def in_supply(amount: Decimal, factor: Fraction, places: int) -> Decimal:
    """How much of a supply's part does the work of so much of the required one, rounded up to the part's places."""
    return amount if factor == ONE else round_up(Fraction(amount) * factor, places)
