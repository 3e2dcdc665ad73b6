"""From the rows of ``options.csv`` to options: all rows of one option are one statement, and each says one change or
several of a choice."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from events.catalogue.messages import DefineOption
from infra.importing.cells import Cell, Fault, Tree
from infra.importing.columns import Draft, Row, Rows
from infra.importing.drafts import Drafts, amount, fields, named, ratio


def options(rows: Sequence[Row], _others: Rows) -> Drafts:
    """All rows of one part and option are one option, its choices in the order of the file."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[named(row, "part", "option")].append(row)
    for key, told in grouped.items():
        faults = list(_disagreements(told))
        yield from faults
        if not faults:
            yield Draft(DefineOption, key, _option(told))


def _option(rows: Sequence[Row]) -> Tree:
    choices: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        choices[row["choice"].value].append(row)
    return {
        **fields(rows[0], "part", "option"),
        "name": _first(rows, "option_name"),
        "required": _first(rows, "required"),
        "default": next((row["choice"] for row in rows if _yes(row, "default")), None),
        "choices": [_choice(told) for told in choices.values()],
    }


def _choice(rows: Sequence[Row]) -> Tree:
    return {
        "choice": rows[0]["choice"],
        "name": _first(rows, "choice_name"),
        "add": [_line(row, number) for number, row in enumerate((row for row in rows if "add" in row), 1)] or None,
        "remove": [row["remove"] for row in rows if "remove" in row] or None,
        "replace": [
            fields(row, component="replace", by="by") | ratio(row, "by_quantity", "by_per")
            for row in rows if "replace" in row
        ] or None,
        "excludes": [
            fields(row, option="excludes_option", choice="excludes_choice") for row in rows if "excludes_option" in row
        ] or None,
    }


def _line(row: Row, number: int) -> Tree:
    place = row["add"]
    return {
        "line": Cell(number, place.file, place.line, "add"),
        **fields(row, "find", "per", "scrap_allowance", component="add", component_revision="add_revision"),
        "quantity": amount(row, "quantity", "unit"),
    }


def _first(rows: Sequence[Row], column: str) -> Cell | None:
    return next((row[column] for row in rows if column in row), None)


def _yes(row: Row, column: str) -> bool:
    return column in row and bool(row[column].value)


def _disagreements(rows: Sequence[Row]) -> Iterator[Fault]:
    """What is said of an option, or of one of its choices, is the same in every row that says it."""
    for column, of in (("option_name", ()), ("required", ()), ("choice_name", ("choice",)), ("default", ("choice",))):
        said: dict[str, Cell] = {}
        for row in rows:
            if column in row:
                first = said.setdefault(named(row, *of), row[column])
                if first.value != row[column].value:
                    yield row[column].fault(f"line {first.line} says otherwise", "say it once, or alike in every row")
    defaults = {row["choice"].value: row["default"] for row in rows if _yes(row, "default")}
    for cell in list(defaults.values())[1:]:
        other = next(iter(defaults))
        yield cell.fault(f"{other} is this option's default already", "leave one of them")
