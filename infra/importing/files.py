"""Reading one CSV file into rows of cells, with every fault there is in it rather than the first."""

import csv
import io
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from infra.importing.cells import Cell, Fault, UnfitError
from infra.importing.columns import Column, Row, Table

_LIMIT: Final = 200 * 1024 * 1024
_QUOTES: Final = "put cells with commas or line ends in double quotes"


def read_rows(path: Path, table: Table) -> tuple[list[Row], list[Fault]]:
    """The rows that could be read, and what is wrong with the others."""
    faults: list[Fault] = []
    text = _text(path, faults)
    if text is None:
        return [], faults
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(lines, None)
    except csv.Error as error:
        return [], [Fault(table.file, 1, "", f"can't be read as CSV: {error}", _QUOTES)]
    columns = _header(header, table, faults)
    if columns is None:
        return [], faults
    rows: list[Row] = []
    start = lines.line_num + 1
    try:
        for raw in lines:
            if any(cell.strip() for cell in raw):
                row = _row(raw, columns, table, start, faults)
                if row is not None:
                    _together(row, table, faults)
                    rows.append(row)
            start = lines.line_num + 1
    except csv.Error as error:
        faults.append(Fault(table.file, start, "", f"can't be read as CSV: {error}", _QUOTES))
    _twice(rows, table.key, faults)
    if table.number:
        _twice([row for row in rows if table.number[-1] in row], table.number, faults)
    return rows, faults


def _text(path: Path, faults: list[Fault]) -> str | None:
    try:
        raw = path.read_bytes()
    except OSError as error:
        faults.append(Fault(path.name, 0, "", f"can't be read: {error.strerror}", "let this user read it"))
        return None
    if len(raw) > _LIMIT:
        faults.append(Fault(path.name, 0, "", f"has {len(raw):,} bytes", f"at most {_LIMIT:,}"))
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        faults.append(Fault(path.name, line, "", "is not UTF-8 text", "save it as “CSV UTF-8”"))
        return None


def _header(header: list[str] | None, table: Table, faults: list[Fault]) -> list[Column | None] | None:
    names = [name.strip().lower() for name in header or ()]
    if not any(names):
        faults.append(Fault(table.file, 1, "", "has no columns", f"begin with their names, like {_names(table)}"))
        return None
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        faults.append(Fault(table.file, 1, "", "has no commas between its columns", "save it with commas"))
        return None
    known = [table.column(name) for name in names]
    before = len(faults)
    for place, name in enumerate(names):
        if known[place] is None:
            where = name or f"number {place + 1}"
            faults.append(Fault(table.file, 1, where, "no such column", _nearest(name, table)))
        elif name in names[:place]:
            faults.append(Fault(table.file, 1, name, "is there twice", "leave one of them out"))
    for name in table.required():
        if name not in names:
            faults.append(Fault(table.file, 1, name, "missing", f"add this column, e.g. {_example(table, name)}"))
    return known if len(faults) == before else None


def _nearest(name: str, table: Table) -> str:
    close = get_close_matches(name, [column.name for column in table.columns], n=1, cutoff=0.4)
    return f"did you mean {close[0]}?" if close else f"the columns are {_names(table)}"


def _names(table: Table) -> str:
    return ",".join(column.name for column in table.columns)


def _example(table: Table, name: str) -> str:
    column = table.column(name)
    return column.example if column else ""


def _row(
    raw: list[str], columns: Sequence[Column | None], table: Table, line: int, faults: list[Fault]
) -> Row | None:
    if len(raw) > len(columns) and any(cell.strip() for cell in raw[len(columns):]):
        faults.append(Fault(
            table.file, line, "", f"has {len(raw)} cells where there are {len(columns)} columns",
            "put cells that hold commas in double quotes, and write numbers with a point",
        ))
        return None
    row: dict[str, Cell] = {}
    before = len(faults)
    for column, cell in zip(columns, [*raw, *[""] * len(columns)], strict=False):
        assert column is not None
        text = cell.strip()
        try:
            if text:
                row[column.name] = Cell(column.kind.read(text), table.file, line, column.name)
            elif column.required:
                raise UnfitError("is empty", f"it is required, e.g. {column.example}")
        except UnfitError as unfit:
            faults.append(Fault(table.file, line, column.name, unfit.problem, unfit.remedy))
    return row if len(faults) == before else None


def _together(row: Row, table: Table, faults: list[Fault]) -> None:
    """Columns that say something only together, like an amount and its unit."""
    for group in table.together:
        given = [name for name in group if name in row]
        faults += [
            row[given[0]].fault(f"is given without {name}", f"fill in {name} too, or leave both empty")
            for name in group if given and name not in row
        ]


def _twice(rows: list[Row], names: Sequence[str], faults: list[Fault]) -> None:
    """Two rows with one key can't both be meant; both lines are named."""
    seen: dict[tuple[str | None, ...], int] = {}
    for row in rows:
        key = tuple(str(row[name].value) if name in row else None for name in names)
        if key in seen:
            said = ", ".join(f"{name} {value}" for name, value in zip(names, key, strict=True) if value is not None)
            faults.append(row[names[0]].fault(f"{said}: already in line {seen[key]}", "keep one of the two lines"))
        else:
            seen[key] = row[names[0]].line
