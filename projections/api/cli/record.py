"""lotone rejected, parked, verify, rebuild and forget: the record's own affairs."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer

from infra.edge import original
from infra.ledger.verify import Heads, Report, heads_from_json, heads_to_json, verify
from infra.settings import Settings
from infra.store import Store, store
from projections.api.cli.output import AsJson, err, json, out, pairs, progress, table
from projections.api.cli.publishing import published, told
from projections.api.hosting import served
from projections.api.ledger_routes import parked_line, rejected_line
from projections.rebuild import Rebuilt, rebuild_views
from projections.views import VIEWS

rejected = typer.Typer(no_args_is_help=True, help="What was refused, and why: list it, show one, publish it again.")


def add_to(app: typer.Typer) -> None:
    """Join these commands to the command line."""
    app.add_typer(rejected, name="rejected")
    app.command()(parked)
    app.command("verify")(verify_)
    app.command()(rebuild)
    app.command()(forget)


@rejected.command("list")
def rejected_list(
    after: Annotated[int, typer.Option(help="Only refusals after this number.")] = 0,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """What was refused, at the door or by a service."""
    with store(Settings()) as base:
        found = [rejected_line(refusal) for refusal in base.ledger.rejected(after, limit)]
    if as_json:
        json(found)
        return
    rows = [
        (
            line.number,
            line.at[:19],
            line.source,
            line.id,
            line.type,
            "; ".join(f"{p.field}: {p.problem}" for p in line.problems),
        )
        for line in found
    ]
    table("Rejected", ("number", "at", "source", "id", "type", "why"), rows)


@rejected.command("show")
def rejected_show(number: int, as_json: AsJson = False) -> None:
    """One refusal: every reason with its remedy, and the very bytes."""
    with store(Settings()) as base:
        found = base.ledger.rejected(number=number)
        if not found:
            _none(number)
        raw = original(base.keys, found[0])
        line = rejected_line(found[0], None if raw is None else raw.decode("utf-8", "backslashreplace"))
    if as_json:
        json(line)
        return
    pairs(
        f"Rejected {number}",
        {
            "at": line.at,
            "source": line.source,
            "id": line.id,
            "type": line.type,
            **({"contradicts": f"what was taken with digest {line.contradicts}"} if line.contradicts else {}),
            "original": line.original or "(a person it named was forgotten: its bytes can't be read any more)",
        },
    )
    table("Why", ("field", "problem", "what to do"), [(p.field, p.problem, p.remedy) for p in line.problems])


@rejected.command("retry")
def rejected_retry(
    number: int,
    file: Annotated[Path | None, typer.Option(help="Publish this corrected event in its place.")] = None,
    as_json: AsJson = False,
) -> None:
    """Publish a refused event again: as it was, or corrected from a file. What was refused by a service gets a new id,
    its old one and a mark, because an id is taken for ever."""
    with served(Settings()) as base:
        found = base.ledger.rejected(number=number)
        if not found:
            _none(number)
        raw = file.read_bytes() if file else original(base.keys, found[0])
        if raw is None:
            err.print(
                "lotone: a person it named was forgotten, so its bytes are gone; give --file with a new statement"
            )
            raise typer.Exit(1)
        source, id_ = found[0].source, found[0].id
        if file is None and source is not None and id_ is not None and base.ledger.taken([(source, id_)]):
            raw = orjson.dumps({**orjson.loads(raw), "id": f"{id_}#retry-{number}", "causationid": id_})
        report = published(base, [raw], wait=True, total=1)
    told(report, as_json)


def _none(number: int) -> None:
    err.print(f"lotone: no refusal has number {number}; lotone rejected list shows all")
    raise typer.Exit(1)


def parked(
    domain: Annotated[str | None, typer.Option(help="Only this domain.")] = None,
    as_json: AsJson = False,
) -> None:
    """What waits for something to become known, and until when."""
    with store(Settings()) as base:
        found = [parked_line(waiting) for waiting in base.ledger.parked(domain)]
    if as_json:
        json(found)
        return
    rows = [(line.source, line.id, ", ".join(line.waits_for), line.since[:19], line.until[:19]) for line in found]
    table("Parked", ("source", "id", "waits for", "since", "until"), rows)


def verify_(
    heads: Annotated[Path | None, typer.Option(help="Compare with heads that were kept outside, in this file.")] = None,
    save_heads: Annotated[
        Path | None, typer.Option(help="Write the heads to this file; keep it where the database's owner can't reach.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the record: every hash, position and version of every shard, from the first fact on."""
    with store(Settings()) as base:
        outside = heads_from_json(base.genesis, heads.read_text()) if heads else None
        report = _verified(base, outside)
        if save_heads and report.ok:
            save_heads.write_text(
                heads_to_json(base.genesis, {(found.domain, found.shard): found.head for found in report.shards})
            )
    if as_json:
        json({"facts": report.facts, "whole": report.ok, "wrong": [str(found) for found in report.wrong]})
    elif report.ok:
        against = "its own heads and the ones kept outside" if report.outside else "its own heads"
        out.print(f"whole: {report.facts} facts in {len(report.shards)} shards, against {against}", markup=False)
    for found in report.wrong:
        err.print(f"NOT WHOLE: {found}", markup=False)
    if not report.ok:
        raise typer.Exit(2)


def _verified(base: Store, outside: Heads | None) -> Report:
    total = sum(cursor.position for cursor in base.ledger.heads().values())
    with progress("verifying", total) as bar:
        done: dict[tuple[str, int], int] = {}

        def told_(domain: str, shard: int, checked: int, of: int) -> None:  # noqa: ARG001 - of the port's shape
            done[domain, shard] = checked
            bar.update(bar.task_ids[0], completed=sum(done.values()))

        return verify(base.ledger, outside, told_)


def rebuild(
    views: Annotated[list[str] | None, typer.Argument(help="Which views; all of them if left out.")] = None,
    prove: Annotated[
        bool, typer.Option("--prove", help="Compare the rebuilt view with the live one, row by row, at the same facts.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fold views anew from the first fact, beside the live ones, then swap."""
    with store(Settings()) as base:
        results = _rebuild(base, views, prove)
    if as_json:
        json([asdict(found) for found in results])
    else:
        rows = [
            (
                found.view,
                found.facts,
                found.rows,
                f"{found.seconds:.1f}",
                _proof(found.equal),
                found.failed or found.difference or "",
            )
            for found in results
        ]
        table("Rebuilt", ("view", "facts", "rows", "seconds", "proof", "what is wrong"), rows)
    if any(found.equal is False or found.failed for found in results):
        raise typer.Exit(2)


def _rebuild(base: Store, names: list[str] | None, prove: bool) -> list[Rebuilt]:
    known = {view.name: view for view in VIEWS}
    if unknown := [name for name in names or [] if name not in known]:
        err.print(f"lotone: no view {unknown[0]!r}; there are {', '.join(known)}")
        raise typer.Exit(1)
    chosen = [known[name] for name in names or known]
    total = sum(cursor.position for cursor in base.ledger.heads().values())
    with progress("rebuilding", total) as bar:
        return rebuild_views(
            base.dsn, base.ledger, chosen, prove=prove, progress=lambda count: bar.advance(bar.task_ids[0], count)
        )


def _proof(equal: bool | None) -> str:
    return {None: "", True: "equal", False: "NOT EQUAL"}[equal]


def forget(
    person: Annotated[str, typer.Argument(help="The person's id, as in sealed fields.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Destroy a person's keys: what is sealed for them can never be read again, in no copy. The record stays whole."""
    if not yes:
        typer.confirm(f"Forget {person} for ever?", abort=True)
    with store(Settings()) as base:
        count = base.keys.forget(person)
    out.print(f"{count} keys destroyed" if count else f"nothing is kept for {person}", markup=False)
