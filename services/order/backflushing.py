"""What an output report takes out of stock, by the run's frozen requirements.

Three things are deducted from what all backflushed output used (``events/orders/usage.py``): what earlier reports
took; and of what was issued by hand, whatever the output reported without a backflush doesn't need. So material that
was picked for the run isn't taken a second time, and nothing is issued beyond the requirement by rounding.

What came back from the run isn't taken again by itself: somebody gave it back because it wasn't needed.
"""

from decimal import Decimal
from fractions import Fraction

from events.orders.shapes import ZERO, Backflushed
from events.units import round_up
from services.order.floor import Floor
from services.order.run import Run


def backflushed(floor: Floor, amount: Decimal) -> tuple[Backflushed, ...]:
    """What building so much more takes, by requirement and part."""
    run = floor.run
    spare = {part: _spare(floor, run, part) for part in floor.book.materials}
    found = []
    for n, need in sorted(run.needs.items()):
        places = {part: floor.places(part) for part in need.parts}
        for part, wanted in need.taken(run.flushed + amount, run.amount, places).items():
            open_ = max(wanted - need.backflushed.get(part, ZERO), ZERO)
            covered = min(spare.get(part, ZERO), open_)
            if covered:
                spare[part] -= covered
            if open_ > covered:
                found.append(Backflushed(n=n, part=part, amount=open_ - covered, unit=floor.part(part).unit))
    return tuple(found)


def _spare(floor: Floor, run: Run, part: str) -> Decimal:
    """What was issued by hand and isn't for output that was reported without a backflush."""
    by_hand = floor.book.materials[part].at_hand
    for_others = run.used(part, run.built - run.flushed)
    return max(by_hand - round_up(Fraction(for_others), floor.places(part)), ZERO) if by_hand else ZERO
