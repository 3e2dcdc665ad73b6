"""Lanes: what they are, and whether they are open."""

from typing import Any

from events.catalogue.reference import Reference
from events.decision import Decided, Message, Outcome
from events.logistics import facts as f
from events.logistics import messages as m
from events.logistics.shapes import LaneShape
from services.logistics.draft import Waiting, await_nodes
from services.logistics.shipment import Lane
from services.logistics.state import content, said

LaneMessage = m.DefineLane | m.Closed | m.Slowed | m.Reopened


def define(lane: Lane | None, body: m.DefineLane, reference: Reference) -> Outcome:
    """The newest definition replaces the one before; the same again changes nothing."""
    missing = await_nodes(reference, body.from_node, body.to_node)
    if body.calendar is not None and reference.calendar(body.calendar) is None:
        missing.append(f"calendar/{body.calendar}")
    if missing:
        raise Waiting(*dict.fromkeys(missing))
    fact = f.LaneDefined(**{name: getattr(body, name) for name in LaneShape.model_fields})
    return Decided(() if lane is not None and lane.content == content(fact) else (fact,))


def listen(lane: Lane, message: Message[Any], body: m.Closed | m.Slowed | m.Reopened) -> Outcome:
    """The latest word counts. An earlier one that is told late is recorded, and changes nothing; the same word, of the
    same time, is a repeat."""
    fact = _fact(lane, message, body)
    if lane.said_at == fact.since and (lane.condition, lane.until, lane.extra_hours) == said(fact):
        return Decided(())
    return Decided((fact,))


def _fact(lane: Lane, message: Message[Any], body: m.Closed | m.Slowed | m.Reopened) -> f.LaneStateFact:
    about: dict[str, Any] = {
        "lane": body.lane, "from_node": lane.from_node, "to_node": lane.to_node, "since": message.time,
        "current": lane.said_at is None or message.time >= lane.said_at, "reason": body.reason,
    }
    match body:
        case m.Closed():
            return f.LaneClosed(**about, until=body.until)
        case m.Slowed():
            return f.LaneSlowed(**about, until=body.until, extra_hours=body.extra_hours)
        case m.Reopened():
            return f.LaneReopened(**about)
