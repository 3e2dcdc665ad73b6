"""One cell of a CSV file: what kinds there are, how each is written, and what is said when it isn't.

A cell keeps its place, so that whatever is found wrong later is told with file, line and column.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import available_timezones


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file: where, what, and what would be right. ``line`` 0 is the file as a whole."""

    file: str
    line: int
    column: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        line = f", line {self.line}" if self.line else ""
        column = f", column {self.column}" if self.column else ""
        return f"{self.file}{line}{column}: {self.problem}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as JSON will carry it, and where it stood."""

    value: Any
    file: str
    line: int
    column: str

    def fault(self, problem: str, remedy: str) -> Fault:
        return Fault(self.file, self.line, self.column, problem, remedy)


class UnfitError(ValueError):
    """A cell's text can't be read as its kind: what is wrong, and what would be right."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to write a cell: its name in the documentation, and its reader, which raises UnfitError."""

    name: str
    read: Callable[[str], Any]


_CODE: Final = re.compile(r"[!-?A-~](?:[ -?A-~]*[!-?A-~])?")
_PLAIN: Final = re.compile(r"-?\d+(?:\.\d+)?")
_COMMA: Final = re.compile(r"-?\d+,\d+")
_GROUPED: Final = re.compile(r"-?\d{1,3}(?:[,' ]\d{3})+(?:[.,]\d+)?")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def _code(text: str) -> str:
    if len(text) > 120:
        raise UnfitError(f"a code of {len(text)} characters", "at most 120")
    if not _CODE.fullmatch(text):
        wrong = next(char for char in text if not " " <= char <= "~" or char == "@")
        raise UnfitError(f"{text!r} holds {wrong!r}", "codes are printable ASCII without @")
    return text


def _text(text: str) -> str:
    if len(text) > 2000:
        raise UnfitError(f"a text of {len(text)} characters", "at most 2000")
    return text


def _amount(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    if _GROUPED.fullmatch(text):
        raise UnfitError(f"{text!r} has a separator of thousands, or a comma", "plain digits and a point, like 12500.5")
    if _COMMA.fullmatch(text):
        raise UnfitError(f"{text!r} has a decimal comma", f"write a point: {text.replace(',', '.')}")
    raise UnfitError(f"{text!r} is not a number", "plain digits and at most one point, like 12.5")


def _some(text: str) -> str:
    if Decimal(found := _amount(text)) <= 0:
        raise UnfitError(f"{text} is not above zero", "write how many, like 1")
    return found


def _whole(text: str) -> int:
    if not re.fullmatch(r"-?\d{1,9}", text):
        raise UnfitError(f"{text!r} is not a whole number", "digits only, like 14")
    return int(text)


def _yes(text: str) -> bool:
    match text.lower():
        case "yes" | "true" | "1":
            return True
        case "no" | "false" | "0":
            return False
    raise UnfitError(f"{text!r} is neither yes nor no", "write yes or no")


def _day(text: str) -> str:
    if not _DAY.fullmatch(text):
        raise UnfitError(f"{text!r} is not a day", "write year-month-day, like 2026-03-31")
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UnfitError(f"{text!r} is not in the calendar", "write a day that exists, like 2026-03-31") from None


def _moment(text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UnfitError(f"{text!r} is not a time", "like 2026-03-31T18:00:00+02:00") from None
    if found.tzinfo is None:
        raise UnfitError(f"{text!r} has no UTC offset", f"add one: {found.isoformat()}+01:00, or …Z")
    return found.isoformat()


def _from_day(text: str) -> str:
    return f"{_day(text)}T00:00:00+00:00" if _DAY.fullmatch(text) else _moment(text)


def _hours(text: str) -> dict[str, str]:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", text):
        raise UnfitError(f"{text!r} are no hours", "write begin-end, like 06:00-14:00")
    begin, _, end = text.partition("-")
    return {"start": begin, "end": end}


def _zone(text: str) -> str:
    if text not in available_timezones():
        raise UnfitError(f"{text!r} is no time zone", "an IANA name, like Europe/Berlin")
    return text


def _shape(pattern: str, what: str, example: str) -> Callable[[str], str]:
    shape = re.compile(pattern)

    def read(text: str) -> str:
        if not shape.fullmatch(text):
            raise UnfitError(f"{text!r} is not {what}", f"e.g. {example}")
        return text

    return read


def choice(*options: str) -> Kind:
    """One of a few words."""

    def read(text: str) -> str:
        if text.lower() not in options:
            raise UnfitError(f"{text!r} is not one of them", f"write one of: {', '.join(options)}")
        return text.lower()

    return Kind("one of " + ", ".join(options), read)


def words(of: Kind, name: str) -> Kind:
    """Several values of a kind in one cell, with blanks between them."""
    return Kind(name, lambda text: [of.read(word) for word in text.split()])


CODE: Final = Kind("code", _code)
TEXT: Final = Kind("text", _text)
AMOUNT: Final = Kind("number", _amount)
POSITIVE: Final = Kind("number above zero", _some)
WHOLE: Final = Kind("whole number", _whole)
YES: Final = Kind("yes or no", _yes)
DAY: Final = Kind("day (year-month-day)", _day)
MOMENT: Final = Kind("time with UTC offset", _moment)
FROM: Final = Kind("time with UTC offset, or day (from its start in UTC)", _from_day)
HOURS: Final = Kind("hours", _hours)
ZONE: Final = Kind("IANA time zone", _zone)
UNIT: Final = Kind("UN/CEFACT unit", _shape(r"[A-Z0-9]{2,3}", "a UN/CEFACT unit", "C62 (one), KGM, CT (carton)"))
CURRENCY: Final = Kind("ISO 4217 currency", _shape(r"[A-Z]{3}", "an ISO 4217 currency", "EUR"))
COUNTRY: Final = Kind("ISO 3166 country", _shape(r"[A-Z]{2}", "an ISO 3166 country", "DE"))

Tree = Any
"""JSON whose leaves are Cells: a payload that still knows where each of its values came from."""


def plain(tree: Tree) -> Any:
    """The JSON itself. Absent cells (None) are left out."""
    if isinstance(tree, Cell):
        return tree.value
    if isinstance(tree, Mapping):
        return {name: plain(part) for name, part in tree.items() if part is not None}
    if isinstance(tree, list):
        return [plain(part) for part in tree]
    return tree


def cell_at(tree: Tree, path: tuple[int | str, ...]) -> Cell | None:
    """The cell at a place in a payload; when nothing stands there, the first cell near it."""
    for step in path:
        if isinstance(tree, Mapping) and tree.get(str(step)) is not None:
            tree = tree[str(step)]
        elif isinstance(tree, list) and isinstance(step, int) and step < len(tree):
            tree = tree[step]
        else:
            break
    return _first(tree)


def _first(tree: Tree) -> Cell | None:
    if isinstance(tree, Cell):
        return tree
    parts = tree.values() if isinstance(tree, Mapping) else tree if isinstance(tree, list) else ()
    return next((found for part in parts if (found := _first(part)) is not None), None)
