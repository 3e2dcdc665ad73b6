"""When to order at the latest so that a purchase comes in time."""

from datetime import date, datetime, timedelta
from typing import Final

from projections.planning.times import day_of, last_day
from projections.routing.desk import Desk
from projections.routing.ways import Way

_DAY: Final = timedelta(days=1)


def order_by(desk: Desk, site: str, needed_by: datetime, way: Way) -> date | None:
    """The last day on which an order by this way is in time, its lanes taking their most hours where there is time for
    that. It has passed when even an order of today comes too late. None: it isn't a purchase, or can't come at all."""
    if way.offer is None or way.at is None:
        return None
    reference, lead = desk.reference, timedelta(days=way.offer.terms.lead_time_days)
    if way.at > needed_by:
        return day_of(reference, site, desk.now) + (needed_by - way.at) // _DAY * _DAY
    leaves = needed_by
    if way.passage is not None and way.passage.lanes and way.ready is not None:
        went = desk.network.latest(way.passage.lanes, way.ready, needed_by)
        leaves = way.ready if went is None else went[0]
    return max(last_day(reference, site, leaves) - lead, day_of(reference, site, desk.now))
