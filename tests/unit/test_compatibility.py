"""What a published schema may turn into: each kind of break is named, each harmless change passes."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from infra.compatibility import incompatibilities

Schema = dict[str, Any]
Change = Callable[[Schema], Any]

BEFORE: Schema = {
    "$defs": {
        "Quantity": {
            "type": "object",
            "additionalProperties": False,
            "required": ["amount", "unit"],
            "properties": {
                "amount": {"type": ["number", "string"], "minimum": 0, "pattern": "^[0-9]+$"},
                "unit": {"type": "string", "pattern": "^[A-Z]{2,3}$"},
            },
        },
        "Status": {"type": "string", "enum": ["available", "hold"]},
        "Sealed": {"type": "object", "properties": {"person": {"type": "string"}}},
    },
    "$id": "inventory.Counted.v1.json",
    "title": "Counted",
    "description": "Somebody counted.",
    "type": "object",
    "additionalProperties": False,
    "required": ["part", "quantity"],
    "properties": {
        "part": {"type": "string", "minLength": 1, "maxLength": 120},
        "quantity": {"$ref": "#/$defs/Quantity"},
        "status": {"$ref": "#/$defs/Status", "default": "available"},
        "line": {"type": "integer", "minimum": 1, "maximum": 100, "default": 1},
        "lot": {"anyOf": [{"type": "string", "maxLength": 10}, {"type": "null"}], "default": None},
        "told": {"anyOf": [{"$ref": "#/$defs/Quantity"}, {"type": "null"}], "default": None},
        "at": {"type": "string", "format": "date-time"},
        "days": {"type": "array", "items": {"type": "string", "format": "date"}, "minItems": 1, "maxItems": 7},
        "said": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "string"}]},
        "who": {"$ref": "#/$defs/Sealed"},
    },
    "x-lotone": {
        "type": "lotone.inventory.Counted.v1",
        "domain": "inventory",
        "kind": "observation",
        "version": 1,
        "key": "stock/{part}@{site}",
        "personal": ["who"],
    },
}


def changed(change: Change) -> list[str]:
    after = copy.deepcopy(BEFORE)
    change(after)
    assert after != BEFORE, "the case changes nothing"
    return incompatibilities(BEFORE, after)


def at(path: str, **keywords: Any) -> Change:
    """A change of the keywords at a dotted path; None takes one away."""

    def change(schema: Schema) -> None:
        found = schema
        for step in path.split("."):
            found = found[int(step)] if isinstance(found, list) else found[step]
        for name, value in keywords.items():
            if value is None:
                del found[name]
            else:
                found[name] = value

    return change


def new(name: str, required: bool = False, **schema: Any) -> Change:
    def change(after: Schema) -> None:
        after["properties"][name] = schema
        after["required"] += [name] * required

    return change


AMOUNT, UNIT = "$defs.Quantity.properties.amount", "$defs.Quantity.properties.unit"

HARMLESS: dict[str, Change] = {
    "another title": at("properties.part", title="Part"),
    "another description": lambda s: s.update(description="Someone counted a bucket."),
    "examples": at("properties.part", examples=["SADDLE-1"]),
    "a new field that is null when left out": new("bin", anyOf=[{"type": "string"}, {"type": "null"}], default=None),
    "a field no longer required": lambda s: s["required"].remove("part"),
    "a wider enum": at("$defs.Status", enum=["available", "hold", "rejected"]),
    "an enum that becomes free text": at("$defs.Status", enum=None),
    "a wider type": at("properties.line", type=["integer", "string"]),
    "integers that become numbers": at("properties.line", type="number"),
    "a field that may be null now": lambda s: s["properties"].update(
        part={"anyOf": [s["properties"]["part"], {"type": "null"}]}
    ),
    "one more choice": lambda s: s["properties"]["lot"]["anyOf"].append({"type": "integer"}),
    "choices in another order": lambda s: s["properties"]["lot"]["anyOf"].reverse(),
    "a longer text": at("properties.part", maxLength=200),
    "no longest text": at("properties.part", maxLength=None),
    "a shorter text": at("properties.part", minLength=None),
    "a lower minimum": at("properties.line", minimum=0),
    "a minimum that includes less": lambda s: s["properties"].update(
        line={"type": "integer", "exclusiveMinimum": 0, "maximum": 100, "default": 1}
    ),
    "a higher maximum": at("properties.line", maximum=1000),
    "more elements": at("properties.days", maxItems=31),
    "fewer elements": at("properties.days", minItems=0),
    "no pattern": at(UNIT, pattern=None),
    "other fields allowed": lambda s: s.update(additionalProperties=True),
    "a definition under another name": lambda s: (
        s["$defs"].update(Amount=s["$defs"].pop("Quantity")),
        s["properties"].update(quantity={"$ref": "#/$defs/Amount"}),
        s["properties"]["told"].update(anyOf=[{"$ref": "#/$defs/Amount"}, {"type": "null"}]),
    ),
    "a definition written out": lambda s: s["properties"].update(quantity=s["$defs"]["Quantity"]),
    "a new personal field": lambda s: (
        new("by", anyOf=[{"$ref": "#/$defs/Sealed"}, {"type": "null"}], default=None)(s),
        s["x-lotone"]["personal"].append("by"),
    ),
}

BREAKS: dict[str, tuple[Change, str]] = {
    "a field removed": (lambda s: s["properties"].pop("lot"), "lot: was removed"),
    "a field renamed": (
        lambda s: s["properties"].update(batch=s["properties"].pop("lot")),
        "lot: was removed",
    ),
    "a new field that is required": (new("site", required=True, type="string"), "site: is newly required"),
    "a new field with a default": (
        new("bin", type="string", default="A"),
        "bin: is new and not null when left out",
    ),
    "an optional field required": (lambda s: s["required"].append("lot"), "lot: is newly required"),
    "another type": (at("properties.part", type="integer"), "part: was string and is now integer"),
    "a narrower type": (at(AMOUNT, type="string"), "quantity.amount: was number or string and is now string"),
    "numbers that become integers": (at(AMOUNT, type=["integer", "string"]), "quantity.amount: was number"),
    "anything that becomes something": (at("$defs.Sealed.properties.person", maxLength=5), "who.person: its maxLength"),
    "an enum narrowed": (at("$defs.Status", enum=["available"]), "status: 'hold' is no longer one of its values"),
    "free text that becomes an enum": (at("properties.part", enum=["a", "b"]), "part: was free and is now one of a, b"),
    "free text that becomes a constant": (at("properties.part", const="a"), "part: was free and is now one of a"),
    "null no longer taken": (
        lambda s: s["properties"].update(lot={"type": "string", "default": None}),
        "lot: null is no longer taken",
    ),
    "a choice narrowed": (at("properties.lot.anyOf.0", maxLength=5), "lot: its maxLength was 10 and is now 5"),
    "a choice removed": (lambda s: s["properties"]["lot"]["anyOf"].pop(0), "lot: string is no longer taken"),
    "a nested field required": (
        lambda s: s["$defs"]["Quantity"].update(
            properties={**s["$defs"]["Quantity"]["properties"], "per": {}},
            required=["amount", "unit", "per"],
        ),
        "quantity.per: is newly required",
    ),
    "a nested field removed": (at("$defs.Quantity.properties", unit=None), "quantity.unit: was removed"),
    "another definition": (at("properties.quantity", **{"$ref": "#/$defs/Sealed"}), "quantity.amount: was removed"),
    "a default changed": (at("properties.line", default=2), "line: left out, it meant 1 and now means 2"),
    "a default of a reference changed": (
        at("properties.status", default="hold"),
        "status: left out, it meant 'available' and now means 'hold'",
    ),
    "a default removed": (at("properties.line", default=None), "line: left out, it meant 1"),
    "null as default changed": (at("properties.lot", default="-"), "lot: left out, it meant None and now means '-'"),
    "another format": (at("properties.at", format="date"), "at: its format was date-time and is now date"),
    "a format removed": (at("properties.at", format=None), "at: its format was date-time and is now free"),
    "a format added": (at("properties.part", format="uuid"), "part: its format was free and is now uuid"),
    "another pattern": (at(UNIT, pattern="^[A-Z]{2}$"), "quantity.unit: its pattern"),
    "a pattern added": (at("properties.part", pattern="^A"), "part: its pattern was free"),
    "a shorter longest text": (at("properties.part", maxLength=60), "part: its maxLength was 120 and is now 60"),
    "a longer shortest text": (at("properties.part", minLength=2), "part: its minLength was 1 and is now 2"),
    "a higher minimum": (at("properties.line", minimum=2), "line: its minimum was 1 and is now 2"),
    "a lower maximum": (at("properties.line", maximum=10), "line: its maximum was 100 and is now 10"),
    "a bound that excludes its own value": (
        at(AMOUNT, exclusiveMinimum=0),
        "quantity.amount: its exclusiveMinimum",
    ),
    "fewer elements allowed": (at("properties.days", maxItems=5), "days: its maxItems was 7 and is now 5"),
    "more elements needed": (at("properties.days", minItems=2), "days: its minItems was 1 and is now 2"),
    "other elements": (at("properties.days.items", format="date-time"), "days[]: its format"),
    "another number of fixed places": (
        lambda s: s["properties"]["said"]["prefixItems"].append({}),
        "said: had 2 fixed places and has 3",
    ),
    "a fixed place of another type": (
        at("properties.said.prefixItems.1", type="number"),
        "said[1]: was string and is now number",
    ),
    "other fields no longer allowed": (
        lambda s: s["$defs"]["Sealed"].update(additionalProperties=False),
        "who: other fields were allowed",
    ),
    "a keyword nobody can judge": (at("properties.days", uniqueItems=True), "days: uniqueItems was changed"),
    "another kind": (at("x-lotone", kind="request"), "the whole: its kind was observation and is now request"),
    "another domain": (at("x-lotone", domain="orders"), "the whole: its domain"),
    "another stream": (at("x-lotone", key="part/{part}"), "the whole: its key was stock/{part}@{site}"),
    "another wire type": (at("x-lotone", type="x"), "the whole: its type"),
    "no longer personal": (at("x-lotone", personal=[]), "who: was personal and would now be stored in clear"),
}


NODE = {"$ref": "#/$defs/Node"}


def test_the_same_is_compatible() -> None:
    assert incompatibilities(BEFORE, copy.deepcopy(BEFORE)) == []


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_a_harmless_change_passes(change: Change) -> None:
    assert changed(change) == []


@pytest.mark.parametrize(("change", "named"), BREAKS.values(), ids=BREAKS)
def test_a_break_is_named_with_its_place(change: Change, named: str) -> None:
    assert any(line.startswith(named) for line in changed(change)), changed(change)


def test_a_break_in_a_definition_is_told_once() -> None:
    assert len(changed(at("$defs.Status", enum=["hold"]))) == 1


def test_every_break_is_told() -> None:
    found = changed(
        lambda s: (
            s["properties"].pop("lot"),
            s["required"].append("at"),
            s["properties"]["line"].update(minimum=5),
        )
    )
    assert [line.split(":")[0] for line in found] == ["line", "lot", "at"]


def test_types_that_hold_themselves_can_be_compared() -> None:
    tree = {
        "$defs": {"Node": {"type": "object", "properties": {"next": {"anyOf": [NODE, {"type": "null"}]}}}},
        "type": "object",
        "properties": {"root": NODE},
    }
    narrower = copy.deepcopy(tree)
    narrower["$defs"]["Node"]["required"] = ["next"]
    assert incompatibilities(tree, tree) == []
    assert incompatibilities(tree, narrower) == ["root.next: is newly required"]
