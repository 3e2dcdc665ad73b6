"""Planning a shipment, planning it otherwise, calling it off: what may be refused."""

from collections.abc import Sequence
from typing import Any

from events.catalogue.reference import Reference
from events.decision import Decided, Message, Outcome, Problem
from events.logistics import facts as f
from events.logistics import messages as m
from events.logistics.shapes import UNPLANNED, CarriedLine, ShipmentLine
from services.logistics.draft import Draft, Waiting, as_told, await_nodes, in_base, order_of, purchase_of
from services.logistics.sending import compare, compare_place
from services.logistics.shipment import Shipment
from services.logistics.state import plan_content

_GONE = "what is under way can't be called off or loaded otherwise"


def plan(shipment: Shipment | None, message: Message[Any], body: m.PlanShipment, reference: Reference) -> Outcome:
    """The same words again are a repeat. Goods that were found in it before anybody planned it keep their accounts."""
    missing = await_nodes(reference, body.from_node, body.to_node) + _parts(body.lines, reference)
    if missing:
        raise Waiting(*dict.fromkeys(missing))
    known = shipment or Shipment(body.purpose, body.from_node, body.to_node)
    draft = Draft(message, body.shipment, known, reference)
    lines, problems = _carried(draft, body.lines)
    problems = _senseless(body.from_node, body.to_node, body.depart_at, body.arrive_at) + problems
    if known.planned:
        problems = []
    if problems:
        return draft.refuse(*problems)
    draft.record(
        f.ShipmentPlanned, purpose=body.purpose, from_node=body.from_node, to_node=body.to_node, lanes=body.lanes,
        via=body.via, lines=lines, depart_at=body.depart_at, arrive_at=body.arrive_at, carrier=body.carrier,
        told_at=message.time,
    )
    planned = draft.facts[0]
    assert isinstance(planned, f.ShipmentPlanned)
    if not known.planned:
        compare_place(draft, known.from_node, known.to_node)
        compare(draft, {})
        return draft.decided
    if known.content == plan_content(planned):
        return Decided(())
    remedy = "another number, or ReplanShipment" if not known.cancelled else "another number"
    taken = Problem("shipment", f"shipment {body.shipment} was planned before, differently", remedy)
    return Draft(message, body.shipment, known, reference).refuse(taken)


def _parts(lines: Sequence[ShipmentLine], reference: Reference) -> list[str]:
    return [key for line in lines for key in reference.missing(part=line.part)]


def _senseless(from_node: str, to_node: str | None, depart_at: Any, arrive_at: Any) -> list[Problem]:
    problems = []
    if from_node == to_node:
        problems.append(Problem("to_node", "it would end where it begins", "two places"))
    if arrive_at < depart_at:
        problems.append(Problem("arrive_at", "it would arrive before it departs", "a time after depart_at"))
    return problems


def _carried(draft: Draft, lines: Sequence[ShipmentLine]) -> tuple[tuple[CarriedLine, ...], list[Problem]]:
    """The lines in base units. Each takes over the goods of its part that were found before it was planned."""
    known, problems = draft.shipment.lines, []
    found = [number for number in draft.shipment.numbers if number > UNPLANNED]
    carried = []
    for index, told in enumerate(lines):
        was = None
        if told.line not in known:
            was = next((number for number in found if known[number].part == told.part), None)
        elif known[told.line].part != told.part and known[told.line].sent:
            problem = f"line {told.line} was sent with part {known[told.line].part}"
            problems.append(Problem(f"lines.{index}.part", problem, "that part, or another line"))
        if was is not None:
            found.remove(was)
        carried.append(_line(draft, told, was))
    return tuple(carried), problems


def _line(draft: Draft, told: ShipmentLine, was: int | None) -> CarriedLine:
    part = draft.reference.part(told.part)
    assert part is not None, "a plan waits for its parts"
    return CarriedLine(
        line=told.line, part=told.part, unit=part.unit, told=as_told(told.quantity, part.unit), was=was,
        amount=in_base(told.part, told.quantity, draft.time, draft.reference), revision=told.revision, lot=told.lot,
        order=told.order, purchase=told.purchase,
    )


def replan(draft: Draft, body: m.ReplanShipment) -> Outcome:
    """All of it or nothing; what already is as wanted is a repeat."""
    shipment = draft.shipment
    if shipment.depart_at is None or shipment.arrive_at is None:
        return draft.refuse(Problem("shipment", "nobody planned it", "plan it: PlanShipment"))
    if shipment.cancelled:
        return draft.refuse(Problem("shipment", "it was called off", "a new shipment"))
    if missing := _parts(body.lines or (), draft.reference):
        raise Waiting(*dict.fromkeys(missing))
    wanted = _wanted(draft, body)
    if wanted | {"lines": tuple(_plain(wanted["lines"]))} == _as_planned(shipment):
        return draft.decided
    problems = _senseless(shipment.from_node, shipment.to_node, wanted["depart_at"], wanted["arrive_at"])
    if shipment.left:
        problems = _too_late(shipment, wanted)
    if problems:
        return draft.refuse(*problems)
    draft.record(
        f.ShipmentReplanned, **wanted, carrier=shipment.carrier, told_at=draft.time,
        was_depart_at=shipment.depart_at, was_arrive_at=shipment.arrive_at,
    )
    return draft.decided


def _wanted(draft: Draft, body: m.ReplanShipment) -> dict[str, Any]:
    """The whole plan as it would be. New lanes without their nodes: the old ones don't hold any more."""
    before = _as_planned(draft.shipment)
    lines = _kept(draft.shipment) if body.lines is None else _carried(draft, body.lines)[0]
    return {
        "lanes": before["lanes"] if body.lanes is None else body.lanes,
        "via": body.via if body.lanes is not None or body.via is not None else before["via"],
        "lines": tuple(sorted(lines, key=lambda line: line.line)),
        "depart_at": body.depart_at or before["depart_at"],
        "arrive_at": body.arrive_at or before["arrive_at"],
    }


def _as_planned(shipment: Shipment) -> dict[str, Any]:
    return {
        "lanes": tuple(shipment.lanes), "via": None if shipment.via is None else tuple(shipment.via),
        "lines": _kept(shipment), "depart_at": shipment.depart_at, "arrive_at": shipment.arrive_at,
    }


def _kept(shipment: Shipment) -> tuple[CarriedLine, ...]:
    """The planned lines as they are."""
    return tuple(
        CarriedLine(
            line=number, part=line.part, unit=line.unit, amount=line.planned, revision=line.revision, lot=line.lot,
            order=order_of(line), purchase=purchase_of(line),
        )
        for number in shipment.numbers if (line := shipment.lines[number]).planned
    )


def _plain(lines: Sequence[CarriedLine]) -> list[CarriedLine]:
    """Lines without the words they were told in."""
    return [line.model_copy(update={"told": None, "was": None}) for line in lines]


def _too_late(shipment: Shipment, wanted: dict[str, Any]) -> list[Problem]:
    """It has left: only the legs that remain and the arrival can change, and only while something is under way."""
    problems = []
    if not any(line.in_transit for line in shipment.lines.values()):
        problems.append(Problem("shipment", "nothing of it is under way any more", "a new shipment"))
    if _plain(wanted["lines"]) != list(_kept(shipment)):
        problems.append(Problem("lines", "it has left", _GONE))
    if wanted["depart_at"] != shipment.depart_at:
        problems.append(Problem("depart_at", "it has left", "leave this out; only lanes and arrive_at can change"))
    return problems


def cancel(draft: Draft, body: m.CancelShipment) -> Outcome:
    """Only what hasn't left. Asked again, nothing changes."""
    if draft.shipment.left:
        remedy = f"{_GONE}; tell what becomes of it"
        return draft.refuse(Problem("shipment", "it has left", remedy))
    if not draft.shipment.cancelled:
        draft.record(f.ShipmentCancelled, reason=body.reason)
    return draft.decided
