"""lotone worklist, approve, refuse, override, release and policy: a person's word on what the planner proposes."""

import getpass
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn
from uuid import uuid4

import orjson
import typer

from events.planning.shapes import PolicyShape
from events.values import blank
from infra.edge import Refused
from infra.postgres import guarded
from infra.settings import read_settings
from infra.store import Store, store
from projections.api.answering import Word, event, objection, unfit, word
from projections.api.cli.output import AsJson, err, json, out, pairs, table
from projections.api.cli.taking import Report, decided, last_refusal, take
from projections.api.cli.words import n, requirement, way, when
from projections.api.hosting import served
from projections.api.outcomes import Outcome, outcome
from projections.api.system import System
from projections.decisions_queries import DecisionLine, policies, worklist
from projections.decisions_queries import decision as decision_of

SOURCE: Final = "lotone-cli/decisions"
policy = typer.Typer(no_args_is_help=True, help="What the planner may do alone, and what it weighs.")
Id = Annotated[str, typer.Argument(metavar="DECISION", help="The decision's number, as lotone worklist shows it.")]
Actor = Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who says so; your login name if left out.")]


def _reason(said: str) -> str:
    if blank(said):
        raise typer.BadParameter("say why in words; it is blank")
    return said


Reason = Annotated[
    str, typer.Option("--reason", callback=_reason, help="Why. It is kept with the decision for ever.")
]
MayReason = Annotated[str | None, typer.Option("--reason", help="Why, if you want to say so.")]


def add_to(app: typer.Typer) -> None:
    """Join these commands to the command line."""
    app.command("worklist")(worklist_)
    app.command()(approve)
    app.command()(refuse)
    app.command()(override)
    app.command()(release)
    app.add_typer(policy, name="policy")


def worklist_(
    by_value: Annotated[bool, typer.Option("--by-value", help="The dearest first, not the most urgent.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """What the planner proposes and a person must answer, the most urgent first."""
    with store(read_settings()) as base, guarded("reading a view"), base.connections.connection() as connection:
        found = worklist(connection, by="value" if by_value else "urgency", limit=limit)
    if as_json:
        json(found)
        return
    table("Waits for a person", ("decision", "kind", "for", "what", "amount", "unit", "value", "needed by", "why"), [
        _waits(one) for one in found.items
    ])
    if found.items:
        out.print("  lotone why DECISION tells all; then lotone approve, refuse or override it", markup=False)


def _waits(one: DecisionLine) -> tuple[object, ...]:
    what = "; ".join(way(chosen) for chosen in one.chosen) or one.part
    return (
        one.decision, one.kind, requirement(one.subject), what, n(one.amount), one.unit, n(one.value),
        when(one.needed_by), one.why,
    )


def approve(decision: Id, reason: MayReason = None, actor: Actor = None, as_json: AsJson = False) -> None:
    """Do as was proposed."""
    _say("approve", decision, actor, as_json, reason=reason)


def refuse(decision: Id, reason: Reason, actor: Actor = None, as_json: AsJson = False) -> None:
    """Not in this way: what it covers is decided anew, and not so again until the word is released."""
    _say("refuse", decision, actor, as_json, reason=reason)


def override(
    decision: Id,
    option: Annotated[int, typer.Option("--option", min=1, help="The way to go, as lotone why numbers them.")],
    reason: Reason,
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Go another of the ways that the decision lists. It stands until it is released."""
    _say("override", decision, actor, as_json, reason=reason, option=option)


def release(decision: Id, reason: MayReason = None, actor: Actor = None, as_json: AsJson = False) -> None:
    """A person's word on this decision ends: the planner decides freely again."""
    _say("release", decision, actor, as_json, reason=reason)


def _say(what: Word, decision: str, actor: str | None, as_json: bool, **more: Any) -> None:
    id_ = f"{decision}/{what}/{uuid4().hex}"
    with served(read_settings()) as base:
        with guarded("reading a view"), base.connections.connection() as connection:
            found = decision_of(connection, decision)
        if found is None:
            _fail(f"no decision {decision!r}; lotone worklist shows what waits for a person")
        if (why := unfit(what, found, more.get("option"))) is not None:
            _fail(why)
        _publish(base, word(what, decision, id_, SOURCE, actor or getpass.getuser(), base.clock(), **more))
        answer = outcome(base.ledger, base.queue, SOURCE, id_)
        with guarded("reading a view"), base.connections.connection() as connection:
            after = decision_of(connection, decision)
    _told(what, decision, answer, as_json)
    if not as_json and what == "release":
        out.print(f"  nobody's word stands on {decision} now: the planner decides freely again", markup=False)
    elif not as_json and after is not None:
        out.print(f"  {decision} is now {after.decision.status}; lotone show decision {decision}", markup=False)


def _publish(base: Store | System, raw: bytes) -> None:
    checked, report, before = base.edge.admit(raw, base.clock()), Report(), last_refusal(base)
    if isinstance(checked, Refused):
        first = checked.problems[0]
        _fail(f"{first.field}: {first.problem}; {first.remedy}")
    take(base, ["command line"], [checked], report)
    decided(base, report, before)


def _told(what: str, about: str, answer: Outcome | None, as_json: bool) -> None:
    if as_json:
        json(answer)
    if answer is not None and (why := objection(answer)) is not None:
        _fail(why)
    if answer is None or answer.status not in ("decided", "unchanged"):
        _fail(f"{what} {about} isn't decided yet: is something stuck? lotone parked, lotone rejected list")
    if not as_json:
        facts = ", ".join(fact.id for fact in answer.facts) or "nothing new: it had been said before"
        out.print(f"{what} {about}: recorded ({facts})", markup=False)


@policy.command("show")
def policy_show(
    every: Annotated[bool, typer.Option("--all", help="Those before it too.")] = False, as_json: AsJson = False
) -> None:
    """The policy that holds."""
    with store(read_settings()) as base, guarded("reading a view"), base.connections.connection() as connection:
        found = policies(connection, limit=1000 if every else 1).items
    if as_json:
        json(found)
        return
    if not found:
        out.print("no policy was set: the planner follows the one it begins with; lotone policy set sets one")
    for one in found:
        terms = {name: _term(name, value) for name, value in one.terms.items() if name not in ("version", "reason")}
        said = {"set": f"{when(one.set_at)} by {one.actor}", "reason": one.reason or ""}
        pairs(f"Policy {one.version}", {**terms, **said})


def _term(name: str, value: Any) -> Any:
    if name != "alone":
        return value
    return ", ".join(one["kind"] + (f" up to {one['up_to']}" if one.get("up_to") else "") for one in value)


@policy.command("set")
def policy_set(
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=VALUE]...",
            help="What is to be different, like freeze_days=3 (or never) or alone=route,reroute,reorder:500.",
        ),
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", help="A whole policy as one JSON object.")] = None,
    reason: MayReason = None,
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Set a policy: what holds now with these values changed, or a whole one from a file.

    In alone=…, what isn't listed is proposed and waits for a person; KIND:VALUE is decided alone up to that value.
    """
    id_ = f"policy/{uuid4().hex}"
    with served(read_settings()) as base:
        with guarded("reading a view"), base.connections.connection() as connection:
            current = policies(connection, limit=1).items
        terms = _read(file) if file is not None else {k: v for k, v in _terms(current).items() if v is not None}
        terms |= dict(_value(told) for told in values or ())
        raw = event("SetPolicy", id_, SOURCE, actor or getpass.getuser(), base.clock(), {**terms, "reason": reason})
        _publish(base, raw)
        answer = outcome(base.ledger, base.queue, SOURCE, id_)
    _told("set", "the policy", answer, as_json)


def _terms(current: list[Any]) -> dict[str, Any]:
    if not current:
        return {"currency": "EUR"}
    return {name: value for name, value in current[0].terms.items() if name in PolicyShape.model_fields}


def _read(path: Path) -> dict[str, Any]:
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        _fail(f"{path} can't be read: {error}")
    if not isinstance(found, dict):
        _fail(f"{path} is no JSON object: see /schemas/planning.SetPolicy.v1.json")
    return found


def _value(told: str) -> tuple[str, Any]:
    name, sign, text = told.partition("=")
    if not sign or name not in PolicyShape.model_fields:
        names = ", ".join(PolicyShape.model_fields)
        _fail(f"{told!r} is no NAME=VALUE of a policy; the names are {names}")
    if name == "alone":
        rules = (rule.partition(":") for rule in text.split(",") if rule)
        return name, [{"kind": kind, **({"up_to": limit} if limit else {})} for kind, _, limit in rules]
    if text.lower() in ("true", "false"):
        return name, text.lower() == "true"
    if text.lower() in ("", "none"):
        return name, "never" if name == "freeze_days" else None
    return name, int(text) if name.endswith("_days") and text.lstrip("-").isdecimal() else text


def _fail(why: str) -> NoReturn:
    err.print(f"lotone: {why}", markup=False)
    raise typer.Exit(1)
