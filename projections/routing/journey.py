"""Ways for goods whose start and end are settled: transfers planned again, and deliveries to customers."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from projections.planning.shapes import Journey, World
from projections.routing.desk import Cargo, desk_of
from projections.routing.money import costing, told


@costing
def journey(
    world: World, part: str, amount: Decimal, from_node: str, to_node: str, earliest: datetime,
    arrive_by: datetime | None, now: datetime,
) -> Journey | None:
    """The cheapest way that leaves at ``earliest`` or later and arrives in time, as late as that allows with lanes
    taking their most hours; else the fastest, at once. None: no way is known, or none is open."""
    desk = desk_of(world, now)
    terms = desk.part(part)
    kg, cargo = None if terms is None else terms.kg, Cargo(desk, part, amount)
    passage = desk.network.best(from_node, to_node, earliest, arrive_by, amount, kg, cargo)
    if passage is None:
        return None
    went: tuple[datetime, datetime] | None = (passage.departs, passage.arrives)
    if arrive_by is not None and passage.lanes:
        went = desk.network.latest(passage.lanes, earliest, arrive_by, cargo)
    departs, arrives = went or (passage.departs, passage.arrives)
    each = passage.each(kg)
    return Journey(passage.lanes, departs, arrives, None if each is None else told(passage.fixed + each * amount))


def usual_transit(world: World, from_node: str, to_node: str) -> timedelta | None:
    """Of the fastest way over active lanes, whether or not closed or slowed just now; None: no way."""
    hours = desk_of(world, world.now).network.usual(from_node, to_node)
    return None if hours is None else timedelta(hours=hours)


def leaving(world: World, lanes: Sequence[str], depart_at: datetime) -> tuple[tuple[str, date], ...]:
    """On which day goods that leave at a time are on which lane, by the lane's own clock: what ``World.loads`` counts.
    A lane that isn't active any more, and those after it, are left out."""
    network = desk_of(world, world.now).network
    days, at = [], depart_at
    for lane in lanes:
        leg = network.leg(lane)
        went = None if leg is None else leg.go(at)
        if leg is None or went is None:
            break
        days.append((lane, leg.day(went[0])))
        at = went[1]
    return tuple(days)
