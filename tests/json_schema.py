"""As much of JSON Schema 2020-12 as our own schemas use, to hold documents against them without a library."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

FORMATS = {"date-time": datetime.fromisoformat, "date": date.fromisoformat, "time": time.fromisoformat}
TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "number": int | float,
    "integer": int,
}


def misfits(root: dict[str, Any], schema: dict[str, Any], value: Any, at: str = "$") -> Iterator[str]:
    """Where a document breaks its schema; nothing when it fits."""
    if "$ref" in schema:
        yield from misfits(root, root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], value, at)
    if "anyOf" in schema and all(list(misfits(root, choice, value, at)) for choice in schema["anyOf"]):
        yield f"{at} fits none of its choices"
    told = schema.get("type", list(TYPES))
    if not any(_is(value, name) for name in ([told] if isinstance(told, str) else told)):
        yield f"{at} is no {told}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at} is none of {schema['enum']}"
    if isinstance(value, str):
        yield from _text(schema, value, at)
    elif isinstance(value, dict):
        yield from _object(root, schema, value, at)
    elif isinstance(value, list):
        yield from _array(root, schema, value, at)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number(schema, value, at)


def _is(value: Any, name: str) -> bool:
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def _text(schema: dict[str, Any], value: str, at: str) -> Iterator[str]:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        yield f"{at} is too short or too long"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{at} doesn't match {schema['pattern']}"
    if "format" in schema:
        try:
            FORMATS[schema["format"]](value)
        except ValueError:
            yield f"{at} is no {schema['format']}"


def _number(schema: dict[str, Any], value: float, at: str) -> Iterator[str]:
    low, high = schema.get("minimum", value), schema.get("maximum", value)
    if not low <= value <= high or value <= schema.get("exclusiveMinimum", value - 1):
        yield f"{at} is out of bounds"
    if value >= schema.get("exclusiveMaximum", value + 1):
        yield f"{at} is out of bounds"


def _object(root: dict[str, Any], schema: dict[str, Any], value: dict[str, Any], at: str) -> Iterator[str]:
    known = schema.get("properties", {})
    yield from (f"{at}.{name} is missing" for name in schema.get("required", ()) if name not in value)
    for name, inner in value.items():
        if name in known:
            yield from misfits(root, known[name], inner, f"{at}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{at}.{name} isn't known"


def _array(root: dict[str, Any], schema: dict[str, Any], value: list[Any], at: str) -> Iterator[str]:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{at} has too few or too many elements"
    fixed = schema.get("prefixItems", [])
    for place, inner in enumerate(value):
        wanted = fixed[place] if place < len(fixed) else schema.get("items", {})
        yield from misfits(root, wanted, inner, f"{at}[{place}]")
