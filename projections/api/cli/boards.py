"""What lotone show prints of an order, a run, a shipment and a decision."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from infra.postgres import guarded
from infra.store import Store
from projections.api.cli.losing import unserved, why_lost
from projections.api.cli.output import out, pairs, table
from projections.api.cli.showing import Shown
from projections.api.cli.showing import order as purchase
from projections.api.cli.words import days, in_time, kept, n, requirement, status, supply, way, when
from projections.api.system import System
from projections.decisions_queries import DecisionAnswer
from projections.decisions_queries import decision as decision_of
from projections.order_board_queries import OrderAnswer, ScheduleLine, amended
from projections.order_board_queries import order as order_of
from projections.pegging_queries import PegLine, RequirementLine
from projections.run_board_queries import RunAnswer
from projections.run_board_queries import run as run_of
from projections.shipments_queries import ShipmentAnswer
from projections.shipments_queries import shipment as shipment_of
from projections.why_queries import promise

_EXACT_PLACES: Final = 9
"""Places that are shown of an exact share at most."""


def order(base: Store | System, id_: str) -> Shown | None:
    """A customer's order; else a purchase order of that number."""
    with guarded("reading a view"), base.connections.connection() as connection:
        found = order_of(connection, id_)
    if found is None:
        return purchase(base, id_)
    whole = amended(found, base.ledger)
    return Shown(whole, lambda: print_order(whole))


def run(base: Store | System, id_: str) -> Shown | None:
    """A run, what it needs and how it was built."""
    with guarded("reading a view"), base.connections.connection() as connection:
        found = run_of(connection, id_)
    return None if found is None else Shown(found, lambda: print_run(found))


def shipment(base: Store | System, id_: str) -> Shown | None:
    """A shipment and its lines."""
    with guarded("reading a view"), base.connections.connection() as connection:
        found = shipment_of(connection, id_, base.clock())
    return None if found is None else Shown(found, lambda: print_shipment(found))


def decision(base: Store | System, id_: str) -> Shown | None:
    """A decision with its ways."""
    with guarded("reading a view"), base.connections.connection() as connection:
        found = decision_of(connection, id_)
    return None if found is None else Shown(found, lambda: print_decision(found))


def print_order(found: OrderAnswer) -> None:
    """An order for people."""
    head = found.order
    told = {"state": head.state, "ordered": when(head.ordered_at), "priority": head.priority}
    told |= {"goes to": head.destination} if head.destination else {}
    told |= {"on hold": head.hold} if head.hold else {}
    told |= {"reason": head.reason} if head.reason else {}
    pairs(f"Order {head.number}", told)
    for one in head.problems if head.state == "refused" else ():
        out.print(f"  refused: {one['field']}: {one['problem']}; {one['remedy']}", markup=False)
    _schedules(found)
    _waiting(found)
    _short(found)
    _changes(found)
    for line in found.lines:
        if line.bill:
            bill = [
                ("  " * (one.level - 1) + one.part, for_each(one.numerator, one.denominator), one.unit, one.revision,
                 "goes in directly" if one.phantom else "")
                for one in line.bill
            ]
            title = f"As ordered, line {line.line}: {line.part}, configuration {line.configuration}"
            table(title, ("component", "for each, incl. any scrap", "unit", "revision", ""), bill)


def _waiting(found: OrderAnswer) -> None:
    """What a person has to say first."""
    waiting = [(one, decision) for one in found.schedules for decision in one.waiting]
    for one, decision in waiting:
        answers = f"lotone approve {decision}, or lotone refuse {decision} --reason WHY"
        out.print(f"line {one.line}/{one.schedule} waits for a person: {decision} ({answers})", markup=False)
    if waiting:
        out.print()


def _short(found: OrderAnswer) -> None:
    """What nothing serves, who refused what would have, and what else was looked at."""
    short = [one for line in found.schedules for one in line.short]
    if short:
        lacks = [
            (requirement(one.requirement), one.part, n(one.short), one.unit, one.site, "; ".join(one.why))
            for one in short
        ]
        table("Short, and why", ("for", "part", "short", "unit", "site", "why"), lacks)


def _changes(found: OrderAnswer) -> None:
    """What the customer was told, and what they changed, in time."""
    rows = [(one.at, one.told, one.actor) for one in found.amendments]
    rows += [(word.told_at, promise(word), "planner") for word in found.promises]
    if rows:
        rows.sort(key=lambda row: row[0])
        table("Changes", ("when", "what", "by"), [(when(at), what, by) for at, what, by in rows])


def for_each(numerator: int, denominator: int) -> str:
    """A share as a decimal: exact where it is one, else rounded up to three places.

    >>> for_each(4, 1), for_each(3, 80), for_each(100, 49), for_each(1, 30000)
    ('4', '0.0375', '≈ 2.041', '≈ 0.001')
    """
    places = next((many for many in range(_EXACT_PLACES + 1) if numerator * 10**many % denominator == 0), None)
    if places is not None:
        return n(Decimal(numerator * 10**places // denominator).scaleb(-places))
    return f"≈ {n(Decimal(-(-numerator * 1000 // denominator)).scaleb(-3))}"


def _schedules(found: OrderAnswer) -> None:
    """Schedule lines; what was called off has a column where there is any."""
    off = any(one.cancelled for one in found.schedules)
    names = ("line", "part", "open", "of", "unit", "site", "wanted", "promise", "state", "runs")
    table("Schedule lines", (*names, *("called off",) * off), [
        (*_schedule(one), *(_called_off(one),) * off) for one in found.schedules
    ])


def _called_off(one: ScheduleLine) -> str:
    return f"{n(one.cancelled)} {one.unit} on {one.called_off_on}" if one.cancelled else ""


def _schedule(one: ScheduleLine) -> tuple[object, ...]:
    runs = ", ".join(f"{run.run} {run.state}" for run in one.runs)
    place = f"{one.line}/{one.schedule}"
    whole = one.amount or one.cancelled
    return (
        place, one.part, n(one.open), n(whole), one.unit, one.site, one.wanted,
        kept(one), one.state.replace("_", " "), runs,
    )


def print_run(found: RunAnswer) -> None:
    """A run for people."""
    head = found.run
    of_order = f"order {head.order_number} line {head.order_line}/{head.order_schedule}"
    told = {
        "builds": f"{n(head.amount)} {head.unit} of {head.part} at {head.site}",
        "for": of_order if head.order_number else "whoever claims its output",
        "state": head.state,
        "from, to": f"{when(head.start)}, {when(head.due)}",
        "good, scrapped, in stock": f"{n(head.good)}, {n(head.scrapped)}, {n(head.stored)}",
    }
    told |= {"later than at first": days(head.late_hours)} if head.late_hours else {}
    told |= {"reason": head.reason} if head.reason else {}
    told |= {"planned by": f"decision {found.planned_by}"} if found.planned_by else {}
    pairs(f"Run {head.run}", told)
    rows = [
        (need.n, need.part, n(need.required), need.unit, n(need.issued - need.returned), *_cover(need.cover))
        for need in found.requirements
    ]
    table("Needs", ("#", "part", "needs", "unit", "issued", "on hand", "to come", "short", "from", "when"), rows)
    if found.material:
        built = [
            (one.part, n(one.as_ordered), n(one.as_built), one.unit, ", ".join((*one.lots, *one.serials)),
             f"instead of {one.instead_of}" if one.instead_of else "")
            for one in found.built
        ]
        table("As built", ("part", "ordered", "built in", "unit", "lots, serial numbers", ""), built)
    if found.deviations:
        swaps = [
            (one.required, one.part, n(one.amount), one.unit, one.reason, "after freeze" if one.after_freeze else "")
            for one in found.deviations
        ]
        table("Deviations", ("instead of", "part", "amount", "unit", "reason", ""), swaps)
    if found.reports:
        output = [
            (when(one.at), n(one.good), n(one.scrapped), one.scrap_reason, _named(one.lot, *one.serials))
            for one in found.reports
        ]
        table("Reported", ("when", "good", "scrapped", "reason", "lot, serial numbers"), output)


def _named(*names: str | None) -> str:
    return ", ".join(name for name in names if name)


def _cover(cover: RequirementLine | None) -> tuple[str, ...]:
    if cover is None:
        return ("", "", "", "", "")
    coming = [peg for peg in cover.pegs if peg.to_come]
    return (
        n(cover.on_hand), n(cover.to_come), n(cover.short) if cover.short else "",
        ", ".join(dict.fromkeys(supply(peg.supply) for peg in coming)), _latest(coming),
    )


def _latest(coming: Sequence[PegLine]) -> str:
    if not coming:
        return ""
    times = [peg.expected_at for peg in coming]
    known = [at for at in times if at is not None]
    return when(max(known)) if len(known) == len(times) else "nobody knows"


def print_shipment(found: ShipmentAnswer) -> None:
    """A shipment for people."""
    one = found.shipment
    late = f"{days(one.late_hours)} late" if one.late else "in time"
    told = {
        "what": f"{one.purpose}, {one.from_node} to {one.to_node or 'nobody said where'}",
        "state": one.state.replace("_", " ") + (", held at customs" if one.held else ""),
        "over": ", ".join(one.lanes) or "no lane is known",
        "leaves": when(one.departed_at or one.depart_at),
        "ended" if one.ended_at else "expected": f"{when(one.ended_at or one.expected or one.arrive_at)} ({late})",
    }
    told |= {"carrier": " ".join(filter(None, (one.carrier, one.tracking)))} if one.carrier else {}
    told |= {"last seen at": one.node} if one.node else {}
    told |= {"reason": one.reason} if one.reason else {}
    pairs(f"Shipment {one.shipment}", told)
    rows = [
        (line.line, line.part, line.unit, n(line.planned), n(line.sent), n(line.in_transit), n(line.arrived),
         n(line.lost), n(line.damaged), line.order or line.purchase)
        for line in one.lines
    ]
    table("Lines: sent = in transit + arrived + lost", (
        "line", "part", "unit", "planned", "sent", "in transit", "arrived", "lost", "damaged", "for",
    ), rows)


def print_decision(found: DecisionAnswer) -> None:
    """A decision for people: what was chosen, and why nothing else."""
    one = found.decision
    told = {
        "about": f"{requirement(one.subject)}: {n(one.amount)} {one.unit} of {one.part} at {one.site}",
        "needed by": when(one.needed_by),
        "status": status(one.status) + (f": {one.why}" if one.why and one.status == "proposed" else ""),
        "decided": f"{when(one.decided_at)}" + (f", at cut {one.cut}" if one.cut else ""),
    }
    if one.answered_by:
        told["said by"] = f"{one.answered_by} at {when(one.answered_at)}" + (f": {one.answer}" if one.answer else "")
    if one.short:
        told["short"] = f"{n(one.short)} {one.unit}: {unserved(found)}"
    if found.makes:
        told["brings about"] = ", ".join(supply(made) for made in found.makes)
    pairs(f"Decision {one.decision} ({one.kind})", told)
    names = ("option", "way", "amount", "there by", f"cost, {found.currency}")
    table("Chosen", names, [(w.option, way(w), n(w.amount), in_time(w), n(w.cost)) for w in one.chosen])
    if found.was:
        table("Before", names, [(w.option, way(w), n(w.amount), in_time(w), n(w.cost)) for w in found.was])
    rows = [(w.option, way(w), n(w.amount), in_time(w), n(w.cost), why_lost(w, found)) for w in found.alternatives]
    table("Not chosen", (*names, "because"), rows)
    if found.figures:
        pairs("Figures it was decided on", {name.replace("_", " "): value for name, value in found.figures.items()})
