"""A shipment on its way: who carries it, where it is, and when it will be there. The latest word counts."""

from bisect import bisect_right
from datetime import timedelta

from events.decision import Outcome
from events.logistics import facts as f
from events.logistics import messages as m
from events.logistics.shapes import Discrepancy
from services.logistics.draft import Draft
from services.logistics.sending import called_off, leave, presume


def tender(draft: Draft, body: m.Tendered) -> Outcome:
    """The same word of the same time is a repeat."""
    one = draft.shipment
    if (one.tendered_at, one.carrier, one.tracking) != (draft.time, body.carrier, body.tracking):
        current = one.tendered_at is None or draft.time >= one.tendered_at
        draft.record(
            f.ShipmentTendered, carrier=body.carrier, tracking=body.tracking, told_at=draft.time, current=current
        )
    return draft.decided


def depart(draft: Draft) -> Outcome:
    """It leaves once: another time told later is only said."""
    one = draft.shipment
    if one.departed_at is not None:
        if one.departed_at != draft.time:
            detail = f"said to have left at {one.departed_at.isoformat()}, and at {draft.time.isoformat()}"
            draft.note(Discrepancy.TOLD_TWICE, f"{detail}; the first stays")
        return draft.decided
    called_off(draft)
    draft.record(f.ShipmentDeparted, departed_at=draft.time)
    presume(draft)
    return draft.decided


def reach(draft: Draft, body: m.LegArrived) -> Outcome:
    """The same place again, with no other in between, is a repeat."""
    one = draft.shipment
    place = bisect_right(one.legs, draft.time, key=lambda leg: leg[0])
    if (place and one.legs[place - 1][1] == body.node) or (draft.time, body.node) in one.legs:
        return draft.decided
    leave(draft)
    draft.record(f.ShipmentLegArrived, node=body.node, reached_at=draft.time, current=place == len(one.legs))
    route = one.route
    if route is not None and body.node not in route:
        draft.note(Discrepancy.OFF_ROUTE, f"it is at {body.node}, which isn't on its route", node=body.node)
    return draft.decided


def _newest(draft: Draft) -> bool:
    told_at = draft.shipment.forecast_at
    return told_at is None or draft.time >= told_at


def estimate(draft: Draft, body: m.Estimated) -> Outcome:
    """The same word of the same time is a repeat."""
    one = draft.shipment
    if (one.forecast, one.forecast_at) != (body.expected, draft.time):
        draft.record(
            f.ShipmentEstimated, estimate=body.expected, was=one.expected, told_at=draft.time, current=_newest(draft)
        )
    return draft.decided


def delay(draft: Draft, body: m.Delayed) -> Outcome:
    """Hours count from what was expected so far: told late, or of what nobody knew, they lead nowhere."""
    one, current = draft.shipment, _newest(draft)
    until = body.expected
    if body.hours is not None and current and one.forecast is not None:
        until = one.forecast + timedelta(hours=body.hours)
    elif (one.forecast, one.forecast_at) == (until, draft.time):
        return draft.decided
    draft.record(
        f.ShipmentDelayed, until=until, hours=body.hours, was=one.expected, told_at=draft.time, current=current,
        reason=body.reason,
    )
    return draft.decided


def at_customs(draft: Draft, body: m.Held | m.Cleared) -> Outcome:
    """The same word of the same time is a repeat."""
    one, held = draft.shipment, isinstance(body, m.Held)
    if (one.customs_at, one.customs_node, one.held) == (draft.time, body.node, held):
        return draft.decided
    current = one.customs_at is None or draft.time >= one.customs_at
    if isinstance(body, m.Held):
        draft.record(f.ShipmentHeld, node=body.node, since=draft.time, current=current, reason=body.reason)
    else:
        draft.record(f.ShipmentCleared, node=body.node, since=draft.time, current=current)
    return draft.decided
