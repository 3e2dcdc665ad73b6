"""lotone publish and import: events from files into the intake, and what became of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import orjson
import typer

from infra.importing import Fault, columns_help, read_directory
from infra.settings import read_settings
from projections.api.cli.files import checked, lines_of
from projections.api.cli.output import AsJson, err, json, out, table
from projections.api.cli.taking import Report, published
from projections.api.hosting import served

_SHOWN: Final = 20


def add_to(app: typer.Typer) -> None:
    """Join these commands to the command line."""
    app.command()(publish)
    app.command("import", epilog=columns_help())(import_)


def publish(
    files: Annotated[
        list[Path], typer.Argument(help="Files of CloudEvents, one JSON object a line; - is standard input.")
    ],
    wait: Annotated[
        bool, typer.Option(help="Wait until all is decided and readable, and say what became of it.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Publish CloudEvents from files of JSON lines. Publishing the same file again changes nothing.

    Exits with 1 when anything was invalid, refused, rejected or contradicted what was told before.
    """
    checked(files)
    with served(read_settings()) as base:
        report = published(base, lines_of(files), wait=wait)
    told(report, as_json)


def import_(
    directory: Annotated[Path, typer.Argument(help="The directory with parts.csv, bills.csv, opening_stock.csv, …")],
    check: Annotated[bool, typer.Option("--check", help="Only check the files.")] = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="When rows hold that say no time themselves, like 2026-01-05 or 2026-01-05T06:00:00+01:00. Give a "
            "new time to say anew what was said, changed and is to be as before.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import master data and opening stock from CSV files: all or nothing; twice changes nothing."""
    imported = read_directory(directory, None if as_of is None else _moment(as_of))
    if imported.errors:
        _faulty(imported.errors, as_json)
    events = [orjson.dumps(event) for event in imported.events]
    if check:
        said = f"{len(events)} events; no errors, nothing imported (--check)"
        json({"events": len(events), "errors": []}) if as_json else out.print(said, markup=False)
        return
    with served(read_settings()) as base:
        report = published(
            base,
            ((event["id"], raw) for event, raw in zip(imported.events, events, strict=True)),
            total=len(events),
            at_once=True,
        )
    told(report, as_json)


def _moment(told_: str) -> datetime:
    try:
        found = datetime.fromisoformat(told_)
    except ValueError:
        raise typer.BadParameter(f"{told_!r} is no time; like 2026-01-05 or 2026-01-05T06:00:00+01:00") from None
    if found.tzinfo is None and found.time() != time():
        raise typer.BadParameter(f"{told_!r} has no UTC offset; add one, like +01:00 or Z")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _faulty(errors: Sequence[Fault], as_json: bool) -> NoReturn:
    if as_json:
        json({"events": 0, "errors": errors})
    for found in errors if not as_json else ():
        err.print(str(found), markup=False)
    many = f"{len(errors)} errors" if len(errors) > 1 else "one error"
    err.print(f"lotone: {many}; nothing was imported. Mend the files and import again.", markup=False)
    raise typer.Exit(1)


def told(report: Report, as_json: bool) -> None:
    """Say what became of it; exit with 1 when something was refused."""
    if as_json:
        json(_as_json(report))
    else:
        _print(report)
    if not report.clean:
        raise typer.Exit(1)


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "taken": len(report.taken),
        "invalid": len(report.refused),
        "outcomes": dict(report.outcomes),
        "repeated": report.repeated,
        "problems": [
            {"line": place, "field": found.field, "problem": found.problem, "remedy": found.remedy}
            for place, refused in report.refused
            for found in refused.problems
        ],
        "not_decided": [
            {"outcome": outcome, "source": source, "id": id_, "why": why} for outcome, source, id_, why in report.notes
        ],
    }


def _print(report: Report) -> None:
    counts = [f"{len(report.taken)} taken", f"{len(report.refused)} invalid"]
    counts += [f"{count} {name}" for name, count in sorted(report.outcomes.items())]
    counts += [f"{report.repeated} told before (a repeat changes nothing)"] if report.repeated else []
    out.print(", ".join(counts), markup=False)
    rows = [
        (place, found.field, found.problem, found.remedy)
        for place, refused in report.refused
        for found in refused.problems
    ]
    if rows:
        title = f"Invalid (kept; see lotone rejected list){_of(rows)}"
        table(title, ("line", "field", "problem", "what to do"), rows[:_SHOWN])
    if report.notes:
        table("Not decided", ("outcome", "source", "id", "why"), report.notes)


def _of(rows: Sequence[Any]) -> str:
    return f", the first {_SHOWN} of {len(rows)}" if len(rows) > _SHOWN else ""
