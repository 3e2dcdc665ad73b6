"""When to order at the latest so that a purchase comes in time."""

from datetime import date, datetime, timedelta

from projections.planning.times import last_day
from projections.routing.desk import Desk
from projections.routing.ways import Way


def order_by(desk: Desk, site: str, needed_by: datetime, way: Way) -> date | None:
    """The last day on which an order by this way is in time, its lanes taking their most hours where there is time for
    that; today, when it comes too late anyway. None: it isn't a purchase, or can't come at all."""
    if way.offer is None or way.at is None:
        return None
    reference, lead, today = desk.reference, timedelta(days=way.offer.terms.lead_time_days), desk.present_day(site)
    leaves = needed_by
    if way.passage is not None and way.passage.lanes and way.ready is not None:
        went = desk.network.latest(way.passage.lanes, way.ready, needed_by)
        leaves = way.ready if went is None else went[0]
    return max(last_day(reference, site, leaves) - lead, today)
