"""What stock of a part at a site asks for: the (s, S) rule on the inventory position.

Inventory position = on hand + on order - allocated - required, where on order is all that is to come (orders,
requisitions and proposals, transfers, runs) and required all open requirements. When it is at or below the reorder
point s, so much is needed that it comes up to the order-up-to level S (Scarf 1960, "The optimality of (S, s) policies
in the dynamic inventory problem"; in Snyder and Shen 2019, "Fundamentals of Supply Chain Theory", section 4.4). Looking
at what is on hand alone would order the same again every day until it comes; here what was asked for counts at once.

Where a figure is missing:

*   only a safety stock: that is the reorder point;
*   no order-up-to level: the reorder point and one lot, which is the smallest order of the supplier asked first, else
    the part's usual pack, else one unit;
*   only an order-up-to level: it is the reorder point too, so each unit used is replaced (a base-stock policy; Snyder
    and Shen 2019, section 4.3);
*   none of the three: stock of it asks for nothing;
*   a part that was superseded is used up, whatever they are: stock of it asks for nothing any more.

When: at the first moment within the policy's review days at which what is expected falls below the safety stock (or
below nothing), counting what comes and what covered requirements take; else at the end of these days.

Who: what the ERP purchases for a site isn't ours to reorder. What is only made is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from events.catalogue.records import PartRecord
from events.units import round_up
from projections.planning.shapes import Need, Position, World
from projections.routing.desk import Desk, PartTerms, desk_of
from projections.routing.money import WIDE, ZERO, costing


@dataclass(frozen=True, slots=True)
class Levels:
    """The figures to reorder by, all missing ones filled in but the safety stock."""

    point: Decimal
    up_to: Decimal
    safety: Decimal | None

    def lacking(self, position: Decimal) -> Decimal:
        """How much brings a position back up; nothing while it is above the reorder point."""
        return max(self.up_to - position, ZERO) if position <= self.point else ZERO


@costing
def reorder_needs(world: World, part_sites: Iterable[tuple[str, str]], now: datetime) -> list[Need]:
    """What stock of each part at each site needs, in the order given. What is bought for requirements in the same cut
    isn't known here: ``purchase`` takes it into account."""
    desk = desk_of(world, now)
    found = []
    for part, site in part_sites:
        terms = desk.part(part)
        levels = None if terms is None else levels_of(desk, terms, site)
        if terms is None or levels is None:
            continue
        position = world.position(part, site)
        amount = lacking(terms.record, levels, total(position))
        if amount:
            needed_by = _runs_low(world, part, site, position, levels, now)
            found.append(Need(requirement_of(part, site), part, site, amount, needed_by))
    return found


@costing
def overstocked(world: World, part_sites: Iterable[tuple[str, str]], now: datetime) -> list[tuple[str, str]]:
    """Where the inventory position is above the order-up-to level, of the places given."""
    return [(part, site) for part, site in part_sites if _above(world, part, site, now)]


def _above(world: World, part: str, site: str, now: datetime) -> bool:
    levels = _levels(world, part, site, now)
    return levels is not None and total(world.position(part, site)) > levels.up_to


def _levels(world: World, part: str, site: str, now: datetime) -> Levels | None:
    desk = desk_of(world, now)
    terms = desk.part(part)
    if terms is not None and terms.superseded:
        return Levels(ZERO, ZERO, None)
    return None if terms is None else levels_of(desk, terms, site)


@costing
def still_needed(world: World, part: str, site: str, free: Decimal, now: datetime) -> Decimal:
    """How much stock still asks for of so much that is to come and that nobody claims.

    All of it, up to the order-up-to level: what it brings isn't more than stock is to have, and a position that wavers
    below that level moves nothing. Above it none, if the position would be above the reorder point without it, so that
    the next cut doesn't ask for it again; else what brings it up to the order-up-to level."""
    levels, record = _levels(world, part, site, now), world.reference.part(part)
    position = total(world.position(part, site))
    if levels is None or record is None or position <= levels.up_to:
        return free
    return min(free, lacking(record, levels, position - free))


def requirement_of(part: str, site: str) -> str:
    """The id of what stock needs.

    >>> requirement_of("SADDLE-1", "plant")
    'stock/plant/SADDLE-1'
    """
    return f"stock/{site}/{part}"


def total(position: Position) -> Decimal:
    """The inventory position."""
    return WIDE.subtract(position.on_hand + position.on_order, position.allocated + position.required)


def lacking(part: PartRecord, levels: Levels, position: Decimal) -> Decimal:
    """What is needed at a position, in planned amounts."""
    return round_up(Fraction(levels.lacking(position)), part.places)


def levels_of(desk: Desk, terms: PartTerms, site: str) -> Levels | None:
    """What to reorder by; None when it isn't ours, isn't kept any more, or no figure says so."""
    record = terms.record
    if not record.active or terms.superseded or record.phantom or (record.buy and not desk.ours(record, site)):
        return None
    kept = record.kept(site)
    point = _first(kept.reorder_point, kept.safety_stock, kept.order_up_to)
    if point is None:
        return None
    up_to = kept.order_up_to
    if up_to is None:
        up_to = point + _lot(desk, terms)
    return Levels(point, max(up_to, point), kept.safety_stock)


def _first(*figures: Decimal | None) -> Decimal | None:
    return next((figure for figure in figures if figure is not None), None)


def _lot(desk: Desk, terms: PartTerms) -> Decimal:
    record = terms.record
    for offer in sorted(terms.offers, key=lambda offer: offer.standing):
        if offer.why is None and offer.lot is not None:
            return offer.lot.smallest
    pack = None if record.pack is None else desk.reference.amount(record.id, record.pack, desk.now)
    return pack or Decimal(1)


def _runs_low(
    world: World, part: str, site: str, position: Position, levels: Levels, now: datetime
) -> datetime:
    """When what is expected to be free falls below the safety stock, within the review days."""
    least, end = levels.safety or ZERO, now + timedelta(days=world.policy.review_days)
    changes = [(max(one.available_at, now), one.free) for one in world.coming(part, site, end) if one.available_at]
    changes += [(max(one.needed_by, now), -one.covered) for one in world.demands(part, site, end)]
    balance = position.on_hand - position.allocated
    for at, change in _by_moment([(now, ZERO), *changes]):
        if at > end:
            break
        balance += change
        if balance < least:
            return at
    return end


def _by_moment(changes: Sequence[tuple[datetime, Decimal]]) -> list[tuple[datetime, Decimal]]:
    found: dict[datetime, Decimal] = {}
    for at, change in sorted(changes):
        found[at] = found.get(at, ZERO) + change
    return list(found.items())
