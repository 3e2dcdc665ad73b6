"""What commands print: tables for people, JSON for programs, and progress on the error stream."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import orjson
import typer
from pydantic import BaseModel
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from events.register import DOMAINS

_WIDE = 180
"""Columns that tables may take: on a narrower terminal lines break, but columns stay whole."""

out = Console(highlight=False, soft_wrap=True)
_tables = Console(highlight=False, width=max(out.width, _WIDE))
err = Console(stderr=True, highlight=False, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Domain = Annotated[str | None, typer.Option(help=f"Only this domain: {', '.join(DOMAINS)}.")]


def known_domain(domain: str | None) -> None:
    """Exit with 1 unless it's one of ours, or none."""
    if domain is not None and domain not in DOMAINS:
        err.print(f"lotone: no domain {domain!r}; there are {', '.join(DOMAINS)}", markup=False)
        raise typer.Exit(1)


def json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2).decode() + "\n")


def json_line(value: Any) -> None:
    """One line of JSON, written through at once."""
    sys.stdout.write(orjson.dumps(value, default=_plain).decode() + "\n")
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return str(value)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table; figures are set to the right. With too little room, the widest column goes on in the next line."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False)
    told = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *told, strict=True)]
    for number, name in enumerate(columns):
        figures, widest = bool(rows) and all(_figure(row[number]) for row in told), widths[number] == max(widths)
        made.add_column(
            name, justify="right" if figures else "left", no_wrap=not widest, overflow="fold",
            min_width=None if widest else widths[number],
        )  # fmt: skip
    for row in told:
        made.add_row(*row)
    _tables.print(made, soft_wrap=True)
    if not rows:
        out.print("  none")
    out.print()


def _figure(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit() or not text


def pairs(title: str, values: Mapping[str, Any]) -> None:
    """Names and values, one a line."""
    out.print(title, style="bold", markup=False)
    width = max((len(name) for name in values), default=0)
    for name, value in values.items():
        out.print(f"  {name:<{width}}  {value}", markup=False)
    out.print()


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Progress]:
    """A progress bar on the error stream, so that standard output stays clean."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=not sys.stderr.isatty()) as bar:
        bar.add_task(what, total=total)
        yield bar
