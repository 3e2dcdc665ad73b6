"""What a publisher hears when an event doesn't fit its schema: which field, what about it, and what would be right.

pydantic's own words are for programmers (``string should match pattern '^[!-?A-~]…'``) and repeat what was sent. Here
each kind of finding has plain words, a near miss gets a proposal, and what was sent is repeated only when it's short
and its field can't hold anything personal: problems are kept in clear, and answered, and logged.
"""

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, get_args

from pydantic import StringConstraints
from pydantic_core import ErrorDetails

from events.decision import Problem
from events.logistics.shapes import Node
from events.register import FACTS, MESSAGES, Entry
from events.values import CountryCode, CurrencyCode, Id, Text, UnitCode
from infra.schemas import file_name, schema_of

MOST: Final = 50
"""Problems told of one event; the rest are counted."""
_ECHO, _LONGEST = 40, 200
_PATTERNS: Final[Mapping[str | None, tuple[str, str]]] = {
    get_args(UnitCode)[1].pattern: ("no unit code", "a UN/CEFACT code in capitals, like C62 (piece) or KGM"),
    get_args(CurrencyCode)[1].pattern: ("no currency code", "an ISO 4217 code in capitals, like EUR"),
    get_args(Text)[1].pattern: (
        "no plain text: it holds a control character",
        "take it away; tabs and line ends may stay",
    ),
    get_args(Node)[1].pattern: ("no place", "site/ID, supplier/ID, zone/ID or hub/ID, like site/plant"),
    get_args(CountryCode)[1].pattern: ("no country code", "an ISO 3166 code of two capitals, like DE"),
}
_ID: Final[StringConstraints] = get_args(Id)[1]
_SEALED: Final = ("has something it doesn't know", "send person (an id) and value, nothing else")
_DAY, _MOMENT, _CLOCK = 'like "2026-04-30"', 'like "2026-11-22T08:30:00+01:00" or "…Z"', 'like "06:00"'
_BOUNDS: Final = {
    "greater_than": "above",
    "greater_than_equal": "at least",
    "less_than": "below",
    "less_than_equal": "at most",
}


def explained(found: Entry, details: Iterable[ErrorDetails]) -> tuple[Problem, ...]:
    """pydantic's findings about a message of this type as problems, at most ``MOST`` of them."""
    listed = list(details)
    wrong_inside = {detail["loc"][:length] for detail in listed for length in range(len(detail["loc"]))}
    # A list is also too short for pydantic when its elements are wrong; that says nothing new.
    listed = [detail for detail in listed if detail["type"] != "too_short" or detail["loc"] not in wrong_inside]
    told = [_problem(found, detail) for detail in listed[:MOST]]
    if len(listed) > MOST:
        told.append(Problem("data", f"{len(listed) - MOST} more problems", "mend these first, then send it again"))
    return tuple(told)


def number_for_a_time(found: Entry, data: bytes) -> Problem | None:
    """A time or day told as a bare number in quotes, like "20260430": pydantic would read it as seconds since 1970."""
    pattern = _numeric_times(found)
    match = pattern.search(data) if pattern else None
    if match is None:
        return None
    name, told = match[1].decode(), match[2].decode()
    day = _temporal(schema_of(found), "")[name] == "date"
    wanted, example = ("day", _DAY) if day else ("point in time", _MOMENT)
    return Problem(f"data.{name}", f"{told[:_ECHO]} is not a {wanted}", example)


@cache
def _numeric_times(found: Entry) -> re.Pattern[bytes] | None:
    listed = "|".join(map(re.escape, sorted(_temporal(schema_of(found), "")))).encode()
    return re.compile(rb'"(' + listed + rb')"\s*:\s*\[?\s*("[-+]?[0-9._]+")') if listed else None


def _temporal(schema: Any, name: str) -> dict[str, str]:
    """The names of the fields that hold times or days, and which of the two."""
    told = schema.get("format")
    here = {name: told} if told in ("date", "date-time") else {}
    for key, inner in schema.items():
        match key:
            case "properties" | "$defs":
                parts = list(inner.items())
            case "anyOf":
                parts = [(name, choice) for choice in inner]
            case "items":
                parts = [(name, inner)]
            case _:
                parts = []
        for field, one in parts:
            here |= _temporal(one, field)
    return here


def unknown_type(told: str) -> Problem:
    """A CloudEvent type that nobody takes, and the one that was probably meant."""
    bare = told[:_LONGEST].rsplit(".v", 1)[0].rsplit(".", 1)[-1].lower()
    if bare in {entry.name.lower() for entry in FACTS}:
        return Problem("type", f"{_echo(told)} is a fact: Lotone's own record", "GET /types lists what to publish")
    names = {entry.name.lower(): entry.wire for entry in reversed(MESSAGES)}
    near = difflib.get_close_matches(bare, names, n=1, cutoff=0.75) or [name for name in names if name in bare][:1]
    remedy = f"did you mean {names[near[0]]}?" if near else "GET /types lists all there are"
    return Problem("type", f"{_echo(told)} is not known here", remedy)


def _problem(found: Entry, detail: ErrorDetails) -> Problem:
    loc, sent = detail["loc"], detail["input"]
    names = tuple(step for step in loc if isinstance(step, str))
    for path in (tuple(told.split(".")) for told in found.personal):
        inside = names[: len(path)] == path and len(names) > len(path)
        if inside and (detail["type"] in ("extra_forbidden", "value_error") or len(names) > len(path) + 1):
            # Not even the names of fields are repeated: whoever misreads "person" may put one there.
            return Problem(_field(loc[: len(loc) - len(names) + len(path)]), *_SEALED)
        if inside or path[: len(names)] == names:
            sent = None if sent is None else _Hidden
    return _worded(found, detail, sent)


class _Hidden:
    """Stands for something sent that is not to be repeated."""


def _field(loc: tuple[int | str, ...]) -> str:
    return "data" + "".join(f"[{step}]" if isinstance(step, int) else f".{step[:_ECHO]}" for step in loc)


def _worded(found: Entry, detail: ErrorDetails, sent: object) -> Problem:
    loc, context = detail["loc"], detail.get("ctx", {})
    field, this = _field(loc), _echo(sent)
    see = f"see /schemas/{file_name(found)}"
    match detail["type"]:
        case "missing":
            return Problem(field, "missing", _meaning(found, loc))
        case "extra_forbidden":
            return Problem(field, "no such field", _proposal(found, loc) or f"leave it out, or {see}")
        case "value_error":
            return _ours(found, loc, detail["msg"].removeprefix("Value error, "), see)
        case _ if detail["input"] is None:
            needed = loc and loc[-1] in _at(found, loc[:-1]).get("required", ())
            return Problem(field, "null", _meaning(found, loc) if needed else "leave it out, or give a value")
        case "string_pattern_mismatch":
            return Problem(field, *_mismatch(str(context["pattern"]), sent, this))
        case "string_type":
            return Problem(field, f"{this} is not text", _quoted(sent))
        case "string_too_short":
            return Problem(field, "empty", "say something, or leave it out if it is optional")
        case "string_too_long":
            return Problem(field, f"longer than {context['max_length']} characters", "shorten it")
        case "enum":
            allowed = str(context["expected"]).replace("'", "")
            return Problem(field, f"{this} is none of its values", f"one of {allowed}")
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal" as bound:
            limit = f"{_BOUNDS[bound]} {next(iter(context.values()))}"
            return Problem(field, f"{this} is not {limit}", f"a number {limit}")
        case "too_short":
            return Problem(field, "too few elements", f"at least {context['min_length']}")
        case "too_long":
            return Problem(field, "too many elements", f"at most {context['max_length']}; send the rest by itself")
        case _:
            return Problem(field, *_mistyped(found, detail, this, see))


def _mistyped(found: Entry, detail: ErrorDetails, this: str, see: str) -> tuple[str, str]:
    """Something of another kind altogether."""
    match detail["type"]:
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"{this} is not an object", _object(found, detail["loc"]) or see
        case "tuple_type" | "list_type":
            return f"{this} is not a list", "a list in square brackets"
        case "int_type" | "int_from_float" | "int_parsing":
            return f"{this} is not a whole number", "a number without quotes, point or exponent, like 10"
        case "bool_type" | "bool_parsing":
            return f"{this} is neither true nor false", "true or false, without quotes"
        case "is_instance_of" | "decimal_type" | "decimal_parsing":
            return f"{this} is not a number", 'write it as text, like "12.5"'
        case "timezone_aware":
            return f"{this} has no UTC offset", f"add one, {_MOMENT}"
        case kind if kind.startswith("datetime_"):
            return f"{this} is not a point in time", _MOMENT
        case kind if kind.startswith("date_"):
            return f"{this} is not a day", _DAY
        case kind if kind.startswith("time_"):
            return f"{this} is not a time of day", _CLOCK
        case _:
            text = detail["msg"]
            return text[:1].lower() + text[1:], see


def _quoted(sent: object) -> str:
    """An id read by a spreadsheet as the number 14.0 was 14."""
    if isinstance(sent, bool) or not isinstance(sent, int | float):
        return "text in quotes"
    whole = isinstance(sent, float) and sent.is_integer()
    return f'put it in quotes, like "{int(sent) if whole else sent}"'


def _echo(sent: object) -> str:
    """What was sent, if it may be repeated: as JSON, short and simple."""
    if isinstance(sent, bool | int | float) or (isinstance(sent, str) and len(sent) <= _ECHO):
        return json.dumps(sent, ensure_ascii=False)
    return "a list" if isinstance(sent, list) else "an object" if isinstance(sent, dict) else "this"


def _mismatch(pattern: str, sent: object, this: str) -> tuple[str, str]:
    if pattern in _PATTERNS:
        problem, remedy = _PATTERNS[pattern]
        return f"{this} is {problem}", remedy
    if pattern == _ID.pattern and isinstance(sent, str):
        if sent != sent.strip():
            return f"{this} has a blank at an end", f"take the blank away: {_echo(sent.strip())}"
        if "@" in sent:
            return f"{this} holds an @", "write the id without it: @ joins two ids into a stream's name"
    if pattern == _ID.pattern:
        return f"{this} is no id", "letters, digits and signs of ASCII, without @, no blank at either end"
    return f"{this} doesn't match {pattern}", "see the schema"


def _ours(found: Entry, loc: tuple[int | str, ...], text: str, see: str) -> Problem:
    """A finding of one of our own rules: ``problem; remedy``, perhaps beginning with the field's name and a colon."""
    name, colon, rest = text.partition(": ")
    if colon and name in _known(found, loc):
        loc, text = (*loc, name), rest
    problem, _, remedy = text[:_LONGEST].partition("; ")
    return Problem(_field(loc), problem, remedy or see)


def _at(found: Entry, loc: tuple[int | str, ...]) -> Mapping[str, Any]:
    """The part of the type's schema that a place is held against."""
    root: Any = schema_of(found)
    here = root
    for step in loc:
        here = here.get("items", {}) if isinstance(step, int) else here.get("properties", {}).get(step, {})
        about = here.get("description")
        here = next((choice for choice in here.get("anyOf", ()) if choice.get("type") != "null"), here)
        if "$ref" in here:
            here = {**root["$defs"][here["$ref"].rsplit("/", 1)[-1]], **here}
        here = {**here, "description": about or here.get("description")}
    return here if isinstance(here, Mapping) else {}


def _known(found: Entry, loc: tuple[int | str, ...]) -> list[str]:
    return list(_at(found, loc).get("properties", ()))


def _meaning(found: Entry, loc: tuple[int | str, ...]) -> str:
    about = (_at(found, loc).get("description") or "").split("\n\n")[0].replace("\n", " ")
    return f"give it: {about[:1].lower()}{about[1:].rstrip('.')}" if about else "give this field"


def _object(found: Entry, loc: tuple[int | str, ...]) -> str:
    here = _at(found, loc)
    names = here.get("required") or list(here.get("properties", ()))
    names = ["person", "value"] if here.get("title") == "Sealed" else names
    return f"an object with {', '.join(names)}" if names else ""


def _proposal(found: Entry, loc: tuple[int | str, ...]) -> str:
    """The field that was probably meant: case and underscores aside, or a near miss."""
    plain = {name.replace("_", "").lower(): name for name in _known(found, loc[:-1])}
    told = str(loc[-1])[:_ECHO].replace("_", "").replace("-", "").lower()
    near = difflib.get_close_matches(told, plain, n=1, cutoff=0.8)
    return f"did you mean {plain[near[0]]}?" if near else ""
