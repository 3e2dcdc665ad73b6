"""Events at the ends of what the schemas allow, and just beyond: what a hostile or broken publisher might send.

They are made from the published JSON Schemas, so a new type or field is tried without anybody remembering it.
``choose`` picks one of several (``random.Random.choice``, say), so the same choices give the same event.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson

from events.register import MESSAGES, Entry, Kind
from infra.schemas import schema_of
from tests import plant

Choose = Callable[[Sequence[Any]], Any]
TYPES: Final = tuple(found for found in MESSAGES if found.kind is not Kind.COMMAND)

_LONG = "~" * 120
_IDS: Final[Mapping[str, Sequence[str]]] = {
    "part": ("P-1", "P-2", "P-1", "P-2", _LONG, "unknown"),
    "component": ("P-1", "P-2", _LONG),
    "substitute": ("P-1", "P-2"),
    "by": ("P-1", "P-2"),
    "site": ("plant", "plant", "plant", _LONG),
    "to_site": ("plant", "unknown"),
    "location": ("DOCK", "RACK", "DOCK", _LONG),
    "to_location": ("DOCK", "RACK"),
    "supplier": ("V", "V", _LONG, "unknown"),
    "number": ("PO-1", "PO-2", _LONG),
    "document": ("PO-1", "PO-2", _LONG),
    "reservation": ("R-1", "R-2", _LONG),
    "transfer": ("T-1", _LONG),
    "shipment": ("S-1", "S-1", "S-2", _LONG),
    "lane": ("L-1", "L-2", _LONG),
    "from_node": ("site/plant", "site/plant", "supplier/V", "zone/N", "plant"),
    "to_node": ("zone/N", "site/plant", "hub/" + _LONG[:116], _LONG),
    "node": ("hub/x", "site/plant", _LONG),
    "id": ("P-1", "P-2", "V", "plant", "new", _LONG),
}
_OTHER_IDS = ("x", _LONG, "a b/c?d#e%2F", "'; DROP TABLE lotone.fact; --", "a@b", "ä", "", "a\0b", " x")
_TEXTS = ("plain", "\U0001f600" * 2000, "a\tb\nc", "a\0b", "x" * 2001, "\u202e\ufeff\ufffe", "\x7f\x80\x85", "")
_AMOUNTS = ("1", "7.5", 3, "0.000000001", "999999999999999", "999999999999999.999999999", 999999999999999, "0", "-1",
            "1e400", 10**30, 0.1, "0.0000000001")  # fmt: skip
_MOMENTS = (
    "2026-03-02T06:00:00Z",
    "2026-03-05T06:00:00+01:00",
    "1900-01-01T00:00:00+14:00",
    "1900-01-02T00:00:00-12:00",
    "2199-12-31T23:59:59+14:00",
    "2200-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "2026-03-02T06:00:00.123456789Z",
)
_DAYS = ("2026-03-09", "2026-12-31", "0001-01-01", "9999-12-31", "1900-01-01", "2200-12-31", "2026-02-29")
_INTEGERS = (1, 2, 10, 0, -1, 999, 36500, 10**9 - 1, 10**12, 2**31, 2**63, 10**40)
_CODES: Final[Mapping[str, Sequence[str]]] = {
    "unit": ("C62", "C62", "C62", "CT", "KGM", "ZZZ"),
    "currency": ("EUR", "USD"),
    "base": ("EUR", "USD"),
    "quote": ("EUR", "USD", "JPY"),
    "country": ("DE",),
    "zone": ("Europe/Berlin", "Pacific/Kiritimati", "Etc/GMT+12", "Nowhere"),
    "gln": ("4006381333931",),
}


def world() -> list[bytes]:
    """What the events refer to."""
    location = {"id": _LONG}
    return [
        plant.event(
            "catalogue.DefineSite",
            "site",
            {"id": "plant", "name": "Plant", "zone": "Pacific/Kiritimati",
             "locations": [{"id": "DOCK"}, {"id": "RACK"}, location]},
        ),
        plant.part("P-1"),
        plant.part("P-2"),
        plant.part(_LONG, "part-long"),
        plant.event("catalogue.DefineSupplier", "supplier", {"id": "V", "name": "S"}),
        plant.placed("order", "PO-1", "P-1"),
    ]  # fmt: skip


def event(found: Entry, number: str, choose: Choose) -> bytes:
    """An event of this type that the door may take or refuse."""
    schema = schema_of(found)
    told = {
        "specversion": "1.0",
        "id": number,
        "source": "extremes",
        "type": found.wire,
        "time": _mostly(_MOMENTS, choose),
        "timezone": choose((None, "Pacific/Kiritimati", "Europe/Berlin")),
        "actor": choose((None, "ä" * 250, "clerk")),
        "data": _value(schema, schema, "", choose),
    }
    return orjson.dumps({name: value for name, value in told.items() if value is not None}, default=str)


def _value(schema: Mapping[str, Any], root: Mapping[str, Any], name: str, choose: Choose) -> Any:
    if "$ref" in schema:
        return _value(root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root, name, choose)
    if "anyOf" in schema:
        return _value(choose([each for each in schema["anyOf"] if each.get("type") != "null"]), root, name, choose)
    if "enum" in schema or "const" in schema:
        return choose([schema["const"]] if "const" in schema else schema["enum"])
    match schema.get("type"):
        case "object":
            return _object(schema, root, choose)
        case "array":
            return [_value(schema["items"], root, name, choose) for _ in range(choose((1, 1, 2, 3, 0)))]
        case "integer":
            return _small(_mostly(_INTEGERS, choose))
        case "boolean":
            return choose((True, False))
        case "string":
            return _text(schema, name, choose)
        case _:
            return _small(_mostly(_AMOUNTS, choose))


def _object(schema: Mapping[str, Any], root: Mapping[str, Any], choose: Choose) -> dict[str, Any]:
    needed = schema.get("required", ())
    return {
        field: _value(inner, root, field, choose)
        for field, inner in schema["properties"].items()
        if field != "box" and (field in needed or choose((True, False, False)))
    }


def _text(schema: Mapping[str, Any], name: str, choose: Choose) -> str:
    told = {"date-time": _MOMENTS, "date": _DAYS, "time": ("06:00", "24:00")}.get(schema.get("format", ""))
    if told is None:
        told = _CODES.get(name) or _IDS.get(name) or (_TEXTS if schema.get("maxLength") == 2000 else _OTHER_IDS)
    return _mostly(told, choose)


def _mostly(told: Sequence[Any], choose: Choose) -> Any:
    """Mostly the first, which is ordinary: an event with many fields would never pass otherwise."""
    return choose((told[0], told[0], told[0], choose(told)))


def _small(number: Any) -> Any:
    """What orjson can't write as a number goes as text."""
    return str(number) if isinstance(number, int) and abs(number) >= 2**63 else number
