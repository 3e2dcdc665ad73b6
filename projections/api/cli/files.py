"""Files of CloudEvents: one JSON object a line. What can be seen to be something else is said before anything is
published."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NoReturn

import typer

from events.envelope import Unreadable, split
from projections.api.cli.output import err

Line = tuple[str, bytes]
"""An event's bytes, and where they stood: ``receipts.jsonl:12``."""
_UTF8, _UTF16 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
_OPEN: Final = (b"{", b"[")


def checked(files: Sequence[Path]) -> None:
    """Exit with 1 when one of them can't be read, or isn't what it should be."""
    for path in files:
        if not _standard(path) and not _pipe(path):
            try:
                with path.open("rb") as file:
                    _begins_well(path.name, next((line for line in file if line.strip()), b""))
            except OSError as error:
                _unfit(f"{path} can't be read: {error.strerror}. Nothing was published")


def lines_of(files: Sequence[Path]) -> Iterator[Line]:
    """Every event of every file."""
    for path in files:
        if _standard(path):
            yield from _events("-", sys.stdin.buffer)
        else:
            with path.open("rb") as file:
                yield from _events(path.name, file)


def _events(name: str, lines: Iterable[bytes]) -> Iterator[Line]:
    first = True
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if first:
            _begins_well(name, line)
        found = line.removeprefix(_UTF8) if first else line
        first = False
        yield from _parts(f"{name}:{number}", found.rstrip(b"\r\n"))


def _parts(place: str, line: bytes) -> Iterator[Line]:
    """A line that is a whole batch is taken as its events."""
    if line.lstrip().startswith(b"["):
        try:
            yield from ((f"{place}[{at}]", raw) for at, raw in enumerate(split(line)))
            return
        except Unreadable:
            pass
    yield place, line


def _begins_well(name: str, line: bytes) -> None:
    if line.startswith(_UTF16):
        _unfit(f"{name} is written in UTF-16: save it as UTF-8")
    if line.removeprefix(_UTF8).strip() in _OPEN:
        _unfit(f"{name} has its JSON spread over several lines: put one event on each, like jq -c . {name}")


def _standard(path: Path) -> bool:
    return str(path) == "-"


def _pipe(path: Path) -> bool:
    """What can be read only once."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _unfit(why: str) -> NoReturn:
    err.print(f"lotone: {why}", markup=False)
    raise typer.Exit(1)
