"""lotone why: what was chosen, what else was possible and why it lost, and what caused it, in words."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from infra.postgres import guarded
from infra.settings import read_settings
from infra.store import store
from projections.api.cli.boards import print_decision
from projections.api.cli.losing import unserved
from projections.api.cli.output import AsJson, err, json, out, pairs, table
from projections.api.cli.proving import proved
from projections.api.cli.words import kept, n, requirement, status, step, supply, way, when
from projections.causes import Step
from projections.decisions_queries import DecisionAnswer, WayLine
from projections.queries import LARGEST
from projections.why_queries import MOST as SHOWN
from projections.why_queries import Reason, Why
from projections.why_queries import why as why_of
from projections.why_tree import Branch

_EVENTS: Final = 6
_MOST: Final = 5
"""Decisions below an order that are told in full."""


def add_to(app: typer.Typer) -> None:
    """Join this command to the command line."""
    app.command()(why)


def why(
    id: Annotated[str, typer.Argument(metavar="ID", help="A decision, a customer's order or a run.")],
    prove: Annotated[
        bool, typer.Option("--prove", help="Decide all of it once more from the record alone, and compare.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Every decision behind an order, with all its ways.")] = False,
    as_json: AsJson = False,
) -> None:
    """Why it is so: what was chosen and what it costs, what else was possible and why each lost, every date that the
    customer was given, and what caused it, back to the event that somebody published."""
    with store(read_settings()) as base:
        with guarded("reading a view"), base.connections.connection() as connection:
            found = why_of(connection, base.ledger, id, LARGEST if full or prove else SHOWN)
        if found is None:
            err.print(f"lotone: {id!r} is no decision, order or run that is known; lotone history {id}", markup=False)
            raise typer.Exit(1)
        proof = proved(base, found) if prove else None
    if as_json:
        json({**found.model_dump(mode="json"), **({"proof": proof} if prove else {})})
    else:
        print_why(found, full)
        if proof is not None:
            out.print(proof["told"], markup=False)
    if proof is not None and proof["equal"] is not True:
        raise typer.Exit(2)


def print_why(found: Why, full: bool) -> None:
    """What lotone why prints."""
    if found.decision is not None:
        print_decision(found.decision)
        _words(found)
        _causes("Caused by", found.causes)
    elif found.order is not None:
        _order(found)
        if found.tree:
            _reasons(found, full)
    elif found.run is not None:
        _run(found)
        _causes("Caused by", found.causes)
        _reasons(found, full)


def _run(found: Why) -> None:
    assert found.run is not None
    head = found.run.run
    told = {
        "from, to": f"{when(head.start)}, {when(head.due)}", "state": head.state,
        "for": f"order {head.order_number}" if head.order_number else "whoever claims its output",
    }
    own = next((one.decision for one in found.reasons if one.decision.decision.decision == found.run.planned_by), None)
    if own is not None:
        made = next((way(one) for one in own.decision.chosen if one.kind == "build"), "a run of its own")
        told["planned by"] = f"decision {own.decision.decision}: {made}, for {requirement(own.decision.subject)}"
    pairs(f"Run {head.run}: {n(head.amount)} {head.unit} of {head.part} at {head.site}", told)


def _words(found: Why) -> None:
    assert found.decision is not None
    rows = [
        (when(one.at), one.what.replace("_", " "), one.option, one.actor, one.reason)
        for one in found.decision.words
    ]
    if rows:
        table("Said about it", ("when", "what", "option", "who", "why"), rows)


def _order(found: Why) -> None:
    assert found.order is not None
    head = found.order.order
    if not found.order.schedules:
        out.print(f"order {head.number} is {head.state}: nothing is planned for it", markup=False)
    if head.hold:
        out.print(f"on hold: {head.hold}; nothing of it is delivered until it is released", markup=False)
    for one in head.problems if head.state == "refused" else ():
        out.print(f"  refused: {one['field']}: {one['problem']}; {one['remedy']}", markup=False)
    for line in found.order.schedules:
        out.print(
            f"{requirement(f'order/{line.number}/{line.line}/{line.schedule}')}: {n(line.amount)} {line.unit} of "
            f"{line.part}, wanted {line.wanted}" + (f", {told}" if (told := kept(line)) else "")
            + (f", {n(line.damaged)} arrived damaged" if line.damaged else "")
            + f" ({line.state.replace('_', ' ')})", markup=False,
        )
    out.print()
    for change in found.changes:
        _causes(f"{when(change.at)}: {change.what}", change.causes)


def _reasons(found: Why, full: bool) -> None:
    reasons = found.reasons
    by_id = {one.decision.decision.decision: one for one in reasons}
    rows = [_row(branch, by_id.get(branch.decision or ""), found.ended) for branch in found.tree]
    title = "How it is covered, from the top down"
    if found.ended is not None:
        title = f"How it was covered, from the top down ({found.ended})"
    table(title, ("part", "amount", "open", "unit", "how", "cost", "decision", ""), rows)
    if found.left_out:
        rest = "--full tells them" if not full else f"GET /decisions?order={found.id} pages through all"
        out.print(f"  and {found.left_out} more decisions below: {rest}\n", markup=False)
    told = [one for one in reasons if full or _worth(one)]
    for one in told if full else told[:_MOST]:
        print_decision(one.decision)
        _causes("Caused by", one.causes)
    if len(told) > _MOST and not full:
        out.print(f"  and {len(told) - _MOST} more that didn't go as planned: --full tells all", markup=False)


def _row(one: Branch, reason: Reason | None, ended: str | None) -> tuple[object, ...]:
    """A claim, what is on its way, or what nothing serves."""
    found = None if reason is None else reason.decision.decision
    gone = None if found is None else _way(one, found.chosen)
    notes = [f"{one.scrapped} scrapped"] if one.scrapped and one.state != "scrapped" else []
    if found is not None and reason is not None:
        notes += [status(found.status)] if found.status != "decided" else []
        notes += ["re-routed"] if found.kind == "reroute" else []
        notes += [f"was: {reason.ended}"] if reason.ended and reason.ended != ended else []
    if one.share is not None:
        notes.append("its share" + (f", {one.share} of {n(one.whole)}" if one.amount is not None else ""))
    amount = n(one.amount) if one.amount is not None else f"{one.share} of {n(one.whole)}"
    whole = gone is not None and one.share is None and gone.amount == one.whole
    return (
        f"{'  ' * one.level}{one.part}", amount, n(one.open), one.unit,
        _how(one, None if reason is None else reason.decision, gone),
        n(gone.cost) if gone is not None and whole else "", one.decision, ", ".join(notes),
    )


def _way(one: Branch, chosen: Sequence[WayLine]) -> WayLine | None:
    """Which of a decision's ways brought about what is claimed: the one of that supply, else what made a new one."""
    kinds = {"run": "build", "transfer": "elsewhere"}.get((one.supply or "").partition("/")[0], "buy")
    named = [way for way in chosen if way.supply == one.supply]
    return next(iter(named or [way for way in chosen if way.kind == kinds]), None)


def _how(one: Branch, found: DecisionAnswer | None, gone: WayLine | None) -> str:
    match one.state:
        case "on_its_way":
            return "on its way to the customer"
        case "short":
            return f"short: {'nothing serves it' if found is None else unserved(found)}"
        case "scrapped":
            return f"{supply(one.supply or '')}: {one.scrapped} scrapped"
        case "over":
            return "nothing any more"
        case "covered":
            key = one.supply or ""
            if gone is None:
                return supply(key)
            return way(gone) if gone.supply == key else f"{way(gone)}: {supply(key)}"


def _worth(one: Reason) -> bool:
    """What a person asks after: what didn't go as planned, or waits for somebody."""
    found = one.decision.decision
    late = any(chosen.late_hours for chosen in found.chosen)
    return bool(found.short) or late or found.kind == "reroute" or found.status != "decided"


def _causes(title: str, steps: Sequence[Step]) -> None:
    """The upstream events at its root, each once; where there are none, what we know instead."""
    out.print(title, style="bold", markup=False)
    told = {(one.source, one.cause): one for one in reversed(steps) if one.event} or {("", s.fact): s for s in steps}
    shown = sorted(told.values(), key=lambda one: (one.recorded_at, one.fact))
    for one in shown[:_EVENTS]:
        out.print(f"  {step(one).strip()}", markup=False)
    if len(shown) > _EVENTS:
        out.print(f"  and {len(shown) - _EVENTS} more: --json tells all", markup=False)
    if not steps:
        out.print("  nothing is named as its cause", markup=False)
    out.print()
