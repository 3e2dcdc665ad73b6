"""The way of goods to a customer, and of transfers that wait behind a closed lane.

Where no lanes lead to a customer, goods go straight from the plant. Where lanes do, but none can be gone and nobody
knows when, they wait: a delivery isn't planned, and what lies ready isn't promised. What isn't ready yet is promised by
the time the way usually takes: until it is, somebody will have said more.
"""

from datetime import datetime

from events.planning import moves as g
from events.planning.shapes import SupplyKind
from projections import routing
from projections.planning.shapes import Journey, Standing
from projections.planning.steps.draft import Draft
from projections.planning.world.alarms import expected
from projections.planning.world.planned import PlannedTransfer
from projections.planning.world.views import Required


def way(draft: Draft, found: Required, destination: str | None, earliest: datetime, wanted: datetime) -> Journey | None:
    """How so much goes to a customer; None while no way that there is can be gone."""
    straight = Journey((), earliest, earliest, None)
    if destination is None:
        return straight
    start = f"site/{found.site}"
    journey = routing.journey(draft.plant, found.part, found.need, start, destination, earliest, wanted, draft.now)
    if journey is not None:
        return journey
    usual = routing.usual_transit(draft.plant, start, destination)
    if usual is None:
        return straight
    return Journey((), earliest, earliest + usual, None) if earliest > draft.now else None


def redirect(draft: Draft) -> None:
    """Send what hasn't left another way, where a lane of its own is shut and another way is sooner."""
    for id in draft.supplies:
        view = draft.joins.supplies.get(id)
        if view is None or view.key.kind is not SupplyKind.TRANSFER or view.firm or not view.pegged:
            continue
        planned = draft.plan.transfers[view.key.id]
        if not planned.proposed and any(shut(draft, lane) for lane in planned.lanes):
            _redirect(draft, planned, expected(draft.parts, view, draft.now))


def shut(draft: Draft, lane: str) -> bool:
    """Whether nothing can go over a lane just now."""
    found = draft.parts.transport.lanes.get(lane)
    return found is not None and (not found.active or found.standing is Standing.CLOSED)


def _redirect(draft: Draft, planned: PlannedTransfer, at: datetime | None) -> None:
    ends = (f"site/{planned.from_site}", f"site/{planned.to_site}")
    earliest = max(draft.now, planned.depart_at)
    journey = routing.journey(draft.plant, planned.part, planned.amount, *ends, earliest, None, draft.now)
    if journey is None or journey.lanes == planned.lanes or (at is not None and journey.arrive_at >= at):
        return
    draft.add(f"transfer/{planned.transfer}", g.TransferReplanned.trusted(
        transfer=planned.transfer, part=planned.part, unit=planned.unit, from_site=planned.from_site,
        to_site=planned.to_site, amount=planned.amount, lanes=journey.lanes, depart_at=journey.depart_at,
        arrive_at=journey.arrive_at, because=draft.because(f"transfer/{planned.transfer}"),
    ))
