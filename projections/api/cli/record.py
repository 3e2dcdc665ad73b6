"""lotone rejected, parked, verify, rebuild and forget: the record's own affairs."""

import sys
from dataclasses import asdict
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from infra.edge import Admitted, Refused, original
from infra.ledger.port import Genesis, Rejected
from infra.ledger.verify import Heads, Report, heads_from_json, heads_to_json, verify
from infra.settings import read_settings
from infra.store import Store, store
from projections.api.cli.output import AsJson, Domain, err, json, known_domain, out, pairs, progress, table
from projections.api.cli.publishing import told
from projections.api.cli.taking import Report as Taking
from projections.api.cli.taking import decided, last_refusal, take
from projections.api.cli.words import when
from projections.api.hosting import served
from projections.api.ledger_routes import parked_line, rejected_in_full, rejected_line
from projections.api.system import System
from projections.rebuild import Rebuilt, rebuild_views
from projections.views import VIEWS

_LARGEST = 2**63 - 1
_NAMES = ", ".join(view.name for view in VIEWS)
_FORGOTTEN = "A person it named was forgotten, so its bytes can't be read any more."
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
    after: Annotated[int, typer.Option(min=0, max=_LARGEST, help="Only refusals after this number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """What was refused, at the door or by a service."""
    with store(read_settings()) as base:
        found = [rejected_line(refusal) for refusal in base.ledger.rejected(after, limit)]
    if as_json:
        json(found)
        return
    rows = [
        (
            line.number,
            _at(line.at),
            line.source,
            line.id,
            line.type,
            "; ".join(f"{p.field}: {p.problem}" for p in line.problems),
        )
        for line in found
    ]
    table("Rejected", ("number", "at", "source", "id", "type", "why"), rows)


Number = Annotated[
    int,
    typer.Argument(min=1, max=_LARGEST, metavar="NUMBER", help="The refusal's number, as lotone rejected list says."),
]


@rejected.command("show")
def rejected_show(
    number: Number,
    raw: Annotated[bool, typer.Option("--raw", help="Only the very bytes, to standard output.")] = False,
    as_json: AsJson = False,
) -> None:
    """One refusal: every reason with its remedy, and the very bytes."""
    with store(read_settings()) as base:
        found = _one(base, number)
        if raw:
            _raw(base, found)
            return
        line = rejected_in_full(found, base.keys)
    if as_json:
        json(line)
        return
    text = line.original or (f"in Base64: {line.original_base64}" if line.original_base64 else "")
    pairs(
        f"Rejected {number}",
        {
            "at": line.at,
            "source": line.source,
            "id": line.id,
            "type": line.type,
            **({"contradicts": f"what was taken with digest {line.contradicts}"} if line.contradicts else {}),
            "original": _FORGOTTEN if line.original_base64 is None else text or "(no bytes at all)",
        },
    )
    table("Why", ("field", "problem", "what to do"), [(p.field, p.problem, p.remedy) for p in line.problems])


def _raw(base: Store | System, found: Rejected) -> None:
    bytes_ = original(base.keys, found)
    if bytes_ is None:
        _fail(f"{_FORGOTTEN} Nothing is left of them")
    sys.stdout.buffer.write(bytes_)
    sys.stdout.buffer.flush()


@rejected.command("retry")
def rejected_retry(
    number: Number,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Publish this corrected event (one JSON object) in its place.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish a refused event again: as it was, or corrected from a file. What was refused by a service gets a new id,
    its old one and a mark, because an id is taken for ever."""
    corrected = None if file is None else _read(file)
    with served(read_settings()) as base:
        found, report, before = _one(base, number), Taking(), last_refusal(base)
        take(base, [f"refusal {number}"], [_again(base, found, corrected)], report)
        decided(base, report, before)
    told(report, as_json)


def _again(base: Store | System, found: Rejected, corrected: bytes | None) -> Admitted | Refused:
    """The event once more, through the door, or past it if it had been through."""
    now = base.clock()
    if corrected is not None:
        return base.edge.admit(corrected, now)
    raw = original(base.keys, found)
    if raw is None:
        _fail(f"{_FORGOTTEN} Give --file with a new statement")
    if found.domain is None or found.source is None or found.id is None:
        return base.edge.admit(raw, now)
    return base.edge.again(raw, _fresh(base, found.source, found.id, found.number), now)


def _fresh(base: Store | System, source: str, id_: str, number: int) -> str:
    """An id that says what it repeats, and wasn't used yet unless that came to nothing."""
    for turn in count(1):
        mark = f"#retry-{number}" if turn == 1 else f"#retry-{number}.{turn}"
        fresh = id_[: 250 - len(mark)] + mark
        taken = base.ledger.taken([(source, fresh)]).get((source, fresh))
        if taken is None:
            return fresh
        if taken.outcome != "rejected":
            _fail(f"refusal {number} was retried before, as {source} {fresh}, which is {taken.outcome}")
    raise AssertionError("numbers have no end")


def _one(base: Store | System, number: int) -> Rejected:
    found = base.ledger.rejected(number=number)
    if not found:
        _fail(f"no refusal has number {number}; lotone rejected list shows all")
    return found[0]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        _fail(f"{path} can't be read: {error.strerror}")


def _fail(why: str) -> NoReturn:
    err.print(f"lotone: {why}", markup=False)
    raise typer.Exit(1)


def parked(
    domain: Domain = None,
    as_json: AsJson = False,
) -> None:
    """What waits for something to become known, and until when."""
    known_domain(domain)
    with store(read_settings()) as base:
        found = [parked_line(waiting) for waiting in base.ledger.parked(domain)]
    if as_json:
        json(found)
        return
    rows = [(line.source, line.id, ", ".join(line.waits_for), _at(line.since), _at(line.until)) for line in found]
    table("Parked", ("source", "id", "waits for", "since", "until"), rows)


def _at(told: str) -> str:
    return when(datetime.fromisoformat(told), seconds=True)


def verify_(
    heads: Annotated[Path | None, typer.Option(help="Compare with heads that were kept outside, in this file.")] = None,
    save_heads: Annotated[
        Path | None, typer.Option(help="Write the heads to this file; keep it where the database's owner can't reach.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the record: every hash, position and version of every shard, from the first fact on.

    Exits with 2 when it isn't whole, and names shard and position.
    """
    with store(read_settings()) as base:
        outside = None if heads is None else heads_from_json(base.genesis, _read(heads).decode("utf-8", "replace"))
        report = _verified(base, outside)
        if save_heads is not None and report.ok:
            _save(save_heads, base.genesis, report)
    if as_json:
        json({"facts": report.facts, "whole": report.ok, "wrong": [str(found) for found in report.wrong]})
    elif report.ok:
        against = "its own heads and the ones kept outside" if report.outside else "its own heads"
        out.print(f"whole: {report.facts} facts in {len(report.shards)} shards, against {against}", markup=False)
    for found in report.wrong:
        err.print(f"NOT WHOLE: {found}", markup=False)
    if save_heads is not None and not report.ok:
        err.print(f"lotone: no heads were written to {save_heads}: the record isn't whole", markup=False)
    if not report.ok:
        raise typer.Exit(2)


def _save(path: Path, genesis: Genesis, report: Report) -> None:
    heads = heads_to_json(genesis, {(found.domain, found.shard): found.head for found in report.shards})
    try:
        path.write_text(heads)
    except OSError as error:
        _fail(f"the record is whole, but its heads can't be written to {path}: {error.strerror}")


def _verified(base: Store, outside: Heads | None) -> Report:
    total = sum(cursor.position for cursor in base.ledger.heads().values())
    with progress("verifying", total) as bar:
        done: dict[tuple[str, int], int] = {}

        def told_(domain: str, shard: int, checked: int, of: int) -> None:  # noqa: ARG001 - of the port's shape
            done[domain, shard] = checked
            bar.update(bar.task_ids[0], completed=sum(done.values()))

        return verify(base.ledger, outside, told_)


def rebuild(
    views: Annotated[
        list[str] | None, typer.Argument(metavar="[VIEW]...", help=f"Of {_NAMES}; all of them if left out.")
    ] = None,
    prove: Annotated[
        bool, typer.Option("--prove", help="Compare the rebuilt view with the live one, row by row, at the same facts.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fold views anew from the first fact, beside the live ones, then swap.

    Exits with 2 when one can't be rebuilt, or isn't equal to the live one.
    """
    with store(read_settings()) as base:
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
        _fail(f"no view {unknown[0]!r}; there are {_NAMES}")
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
    settings = read_settings()
    with store(settings) as base:
        destroyed = base.keys.forget(person)
    out.print(f"{destroyed} keys destroyed" if destroyed else f"nothing is kept for {person}", markup=False)
    if settings.kafka_bootstrap:
        days = settings.kafka_intake_days
        out.print(
            "What upstream itself published to Kafka's intake isn't sealed: it stays there "
            + (f"for {days} days" if days else "for ever; LOTONE_KAFKA_INTAKE_DAYS says for how long it may"),
            markup=False,
        )
