"""A directory of CSV files as CloudEvents: all of them, or all that is wrong with them.

The naive import reads row by row and publishes as it goes: a slip in line 900 leaves half of the old and half of the
new, and running it again tells everything twice. Here nothing is handed out unless every row is right, and an event's
id comes from its file, its key and its content, its time from the file or ``as_of``: the same file again is a repeat,
a changed row is a new statement.

Going back to an earlier content is a new statement too, but looks like the old one, and so does a contact's changed
name under the same id. Give ``as_of`` to say that it's meant anew.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails, to_json

from events.codec import encode
from events.model import Payload
from events.register import Entry, entry
from events.sealed import bare
from infra.importing.cells import Fault, cell_at, plain
from infra.importing.columns import Draft, Row
from infra.importing.files import read_rows
from infra.importing.tables import TABLES

SOURCE: Final = "import"
TIMELESS: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When a row holds that says no time itself: always the same, so that a repeat is one."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The events, in an order in which nothing waits for what comes later; or the errors, and then no events."""

    events: Sequence[dict[str, Any]]
    errors: Sequence[Fault]


def read_directory(directory: Path, as_of: datetime | None = None) -> Imported:
    """Read every CSV file of a directory."""
    faults = list(_strangers(directory))
    read: dict[str, list[Row]] = {}
    for table in TABLES:
        if (path := directory / table.file).exists():
            read[table.file], found = read_rows(path, table)
            faults += found
    events: list[dict[str, Any]] = []
    for table in TABLES:
        for draft in table.drafts(read.get(table.file, ()), read):
            made = draft if isinstance(draft, Fault) else _event(draft, table.file, as_of or TIMELESS)
            if isinstance(made, dict):
                events.append(made)
            else:
                faults += [made] if isinstance(made, Fault) else made
    faults.sort(key=lambda fault: (fault.file, fault.line))
    return Imported([] if faults else events, faults)


def _strangers(directory: Path) -> Iterator[Fault]:
    if not directory.is_dir():
        yield Fault(str(directory), 0, "", "is not a directory", "name the directory that holds the CSV files")
        return
    known = [table.file for table in TABLES]
    found = sorted(path.name for path in directory.iterdir() if path.suffix.lower() == ".csv" and path.name[0] != ".")
    if not found:
        yield Fault(str(directory), 0, "", "holds no CSV file", f"the files are {', '.join(known)}")
    for name in found:
        if name not in known:
            close = get_close_matches(name.lower(), known, n=1, cutoff=0.5)
            remedy = f"did you mean {close[0]}?" if close else f"the files are {', '.join(known)}"
            yield Fault(name, 0, "", "no such file can be imported", remedy)


def _event(draft: Draft, file: str, as_of: datetime) -> dict[str, Any] | list[Fault]:
    found = entry(draft.model)
    data = plain(draft.tree)
    try:
        body = draft.model.model_validate_json(to_json(data))
    except ValidationError as error:
        return [_fault(detail, draft, file) for detail in error.errors(include_url=False)]
    time = draft.time or as_of.isoformat()
    content = hashlib.sha256(f"{found.wire}\n{time}\n".encode() + _telling(body, found)).hexdigest()[:24]
    return {
        "specversion": "1.0",
        "id": f"{file}/{draft.key[:180]}/{content}",
        "source": SOURCE,
        "type": found.wire,
        "time": time,
        "subject": body.stream,
        "datacontenttype": "application/json",
        "data": data,
    }


def _telling(body: Payload, found: Entry) -> bytes:
    """The content that makes an id: as canonical as the edge's digest, so that one id never has two; what tells of a
    person stays out, for ids are kept when the person is forgotten."""
    return encode(bare(body)) if found.personal else encode(body)


def _fault(detail: ErrorDetails, draft: Draft, file: str) -> Fault:
    """What the payload's own model found, told where the cell stands."""
    cell = cell_at(draft.tree, tuple(detail["loc"]))
    text = detail["msg"].removeprefix("Value error, ")
    problem, _, remedy = text.partition("; ")
    if not remedy:
        value = None if cell is None else cell.value
        remedy = f"it says {value!r}; see the column's meaning in lotone import --help"
    problem = problem[:1].lower() + problem[1:]
    return cell.fault(problem, remedy) if cell is not None else Fault(file, 0, "", problem, remedy)
