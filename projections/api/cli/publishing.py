"""lotone publish and import: events from files into the intake, and what became of them."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from infra.clock import system_clock
from infra.edge import Admitted, Refused
from infra.importing import columns_help, read_directory
from infra.ledger.port import Taken
from infra.queue.port import INTAKE
from infra.settings import Settings
from infra.store import Store
from projections.api.cli.output import AsJson, err, json, out, progress, table
from projections.api.hosting import served, settle, waiting
from projections.api.outcomes import outcome
from projections.api.system import System

_CHUNK = 1_000
_SHOWN = 20


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
    """Publish CloudEvents from files of JSON lines. Publishing the same file again changes nothing."""
    with served(Settings()) as base:
        report = published(base, _lines(files), wait=wait, total=None)
    told(report, as_json)


def import_(
    directory: Annotated[Path, typer.Argument(help="The directory with parts.csv, bills.csv, opening_stock.csv, …")],
    check: Annotated[bool, typer.Option("--check", help="Only check the files.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import master data and opening stock from CSV files: all or nothing; twice changes nothing."""
    imported = read_directory(directory)
    if imported.errors:
        for found in imported.errors:
            err.print(str(found), markup=False)
        err.print(
            f"lotone: {len(imported.errors)} errors; nothing was imported. Mend them and import again.", markup=False
        )
        raise typer.Exit(1)
    events = [orjson.dumps(event) for event in imported.events]
    if check:
        out.print(f"{len(events)} events; no errors, nothing imported (--check)", markup=False)
        return
    with served(Settings()) as base:
        report = published(base, events, wait=True, total=len(events))
    told(report, as_json)


class Report:
    """What became of a file's events."""

    def __init__(self) -> None:
        self.lines = 0
        self.taken: list[tuple[str, str]] = []
        self.refused: list[tuple[int, Refused]] = []
        self.outcomes: Counter[str] = Counter()
        self.notes: list[tuple[str, str, str, str]] = []

    @property
    def clean(self) -> bool:
        """Whether nothing was refused."""
        return not self.refused and not self.outcomes["rejected"] and not self.outcomes["contradicted"]


def published(
    base: Store | System,
    lines: Iterable[bytes],
    *,
    wait: bool,
    total: int | None = None,
    days: Iterable[Sequence[bytes]] = (),
) -> Report:
    """Put lines into the intake, chunk by chunk, each durable before the next; then wait and ask what became of them.
    ``days`` are published likewise, each decided before the next one comes."""
    report = Report()
    before = _last_refusal(base)
    with progress("publishing", total) as bar:
        for chunk in _chunks(lines):
            _take(base, chunk, report)
            bar.advance(bar.task_ids[0], len(chunk))
        for day in days:
            _take(base, day, report)
            settle(base)
            bar.advance(bar.task_ids[0], len(day))
    if wait:
        with progress("deciding", max(1, waiting(base))) as bar:
            most = waiting(base)
            settle(
                base, lambda left: bar.update(bar.task_ids[0], total=max(most, left), completed=max(most, left) - left)
            )
        _outcomes(base, report, before)
    return report


def _take(base: Store | System, chunk: Sequence[bytes], report: Report) -> None:
    now = system_clock()
    checked = [base.edge.admit(line, now) for line in chunk]
    refused = [(report.lines + place, found) for place, found in enumerate(checked, 1) if isinstance(found, Refused)]
    report.lines += len(checked)
    if refused:
        base.ledger.reject([found.rejected for _, found in refused])
    admitted = [found for found in checked if isinstance(found, Admitted)]
    if admitted:
        base.queue.put(INTAKE, [found.queued for found in admitted])
    if isinstance(base, System):
        base.engine.stop.news.set()
    report.refused += refused
    report.taken += [(found.source, found.id) for found in admitted]


def _outcomes(base: Store | System, report: Report, before: int) -> None:
    for keys in _chunks(report.taken):
        found: dict[tuple[str, str], Taken] = dict(base.ledger.taken(keys))
        for key in dict.fromkeys(keys):
            taken = found.get(key)
            report.outcomes["pending" if taken is None else taken.outcome] += 1
            if taken is not None and taken.outcome != "decided" and len(report.notes) < _SHOWN:
                _note(base, key, report)
    told_twice = set(report.taken)
    for refusal in base.ledger.rejected(before, 100_000):
        if refusal.other_digest is not None and (refusal.source, refusal.id) in told_twice:
            report.outcomes["contradicted"] += 1
            if len(report.notes) < _SHOWN:
                report.notes.append(
                    ("contradiction", str(refusal.source), str(refusal.id), refusal.problems[0].problem)
                )


def _note(base: Store | System, key: tuple[str, str], report: Report) -> None:
    told_ = outcome(base.ledger, base.queue, *key)
    if told_ is None:
        return
    reason = "; ".join(
        [f"{found.field}: {found.problem}" for found in told_.problems]
        + [f"waits for {name}" for name in told_.waits_for]
    )
    report.notes.append((told_.status, *key, reason))


def _last_refusal(base: Store | System) -> int:
    with base.connections.connection() as connection:
        found = connection.execute("SELECT coalesce(max(number), 0) FROM lotone.rejected").fetchone()
    return int(found[0]) if found else 0


def told(report: Report, as_json: bool) -> None:
    """Say what became of it; exit with 1 when something was refused."""
    if as_json:
        json(
            {
                "taken": len(report.taken),
                "invalid": len(report.refused),
                "outcomes": dict(report.outcomes),
                "problems": [
                    {"line": line, "field": found.field, "problem": found.problem, "remedy": found.remedy}
                    for line, refused in report.refused
                    for found in refused.problems
                ],
            }
        )
    else:
        counts = [f"{len(report.taken)} taken", f"{len(report.refused)} invalid"]
        counts += [f"{count} {name}" for name, count in sorted(report.outcomes.items())]
        out.print(", ".join(counts), markup=False)
        if report.refused:
            rows = [
                (line, found.field, found.problem, found.remedy)
                for line, refused in report.refused
                for found in refused.problems
            ]
            table(
                f"Invalid (kept; see lotone rejected list){_of(rows)}",
                ("line", "field", "problem", "what to do"),
                rows[:_SHOWN],
            )
        if report.notes:
            table("Not decided", ("outcome", "source", "id", "why"), report.notes)
    if not report.clean:
        raise typer.Exit(1)


def _of(rows: Sequence[Any]) -> str:
    return f", the first {_SHOWN} of {len(rows)}" if len(rows) > _SHOWN else ""


def _lines(files: Sequence[Path]) -> Iterator[bytes]:
    for path in files:
        if str(path) == "-":
            yield from (line for line in sys.stdin.buffer if line.strip())
            continue
        try:
            with path.open("rb") as file:
                yield from (line for line in file if line.strip())
        except OSError as error:
            err.print(f"lotone: {path} can't be read: {error.strerror}", markup=False)
            raise typer.Exit(1) from None


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk
