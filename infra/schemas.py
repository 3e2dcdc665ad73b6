"""The JSON Schema of every type, as publishers and readers get it: ``python -m infra.schemas``.

Schemas are kept in the repository, in ``events/schemas``, one file a version. A file there is a promise. It is
rewritten only compatibly (``infra/compatibility.py``); anything else is refused, and says what to do: raise the
type's ``VERSION`` and write an upcaster. Files of earlier versions stay as they are.

``--force`` is for what was never released to anyone: it rewrites whatever changed, and removes what isn't registered.
``--docs`` writes ``docs/types.md`` instead (``infra/typetable.py``), and ``docs/import.md``.
"""

import argparse
import inspect
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from events.catalogue.facts import CatalogueDomainFact
from events.inventory.accounts import stream_of
from events.inventory.facts import StockFact
from events.logistics.facts import LaneFact, ShipmentFact
from events.logistics.messages import lane_stream, shipment_stream
from events.model import Fact, Model, Payload
from events.orders.facts import OrderFact, RunFact
from events.orders.messages import order_stream as customer_order_stream
from events.orders.messages import run_stream
from events.planning.facts import PlannedFact
from events.register import EVERYTHING, MESSAGES, Entry
from events.sealed import Sealed
from events.suppliers.facts import PurchaseFact, StandingFact
from events.suppliers.messages import order_stream, supplier_stream
from events.values import MAX_PLACES, MAX_WHOLE, exact
from infra.compatibility import incompatibilities

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "events" / "schemas"
DOCS: Final = ROOT / "docs" / "types.md"
IMPORT_DOCS: Final = ROOT / "docs" / "import.md"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_AMOUNT: Final = ["number", "string"]
_BOUNDS: Final = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_TOLD: Final = rf"[0-9]{{1,{MAX_WHOLE}}}(\.[0-9]{{1,{MAX_PLACES}}})?$"
_SUMMED: Final = r"[0-9]+(\.[0-9]+)?$"


class _Generator(GenerateJsonSchema):
    """pydantic's own, but an amount says what its text must look like, and a field's name isn't told twice."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 (pydantic's signature)
        return False

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        return {"type": _AMOUNT, **{name: value for name, value in schema.items() if name in _BOUNDS}}

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        made = super().function_before_schema(schema)
        return {"told": True, **made} if schema["function"]["function"] is exact else made


@cache
def schema_of(found: Entry) -> Mapping[str, Any]:
    """A type's schema. The same text for the same code, whatever machine it's made on."""
    made = _tidied(found.model.model_json_schema(schema_generator=_Generator))
    for name, definition in made.get("$defs", {}).items():
        if name.startswith("Sealed"):
            definition |= {"description": spoken(Sealed), "title": "Sealed"}
    return {
        **made,
        "$schema": DIALECT,
        "$id": file_name(found),
        "title": found.name,
        "description": spoken(found.model),
        "x-lotone": {
            "type": found.wire,
            "domain": found.domain,
            "kind": found.kind.value,
            "version": found.version,
            "key": stream_pattern(found),
            "personal": list(found.personal),
        },
    }


def file_name(found: Entry) -> str:
    return f"{found.schema_id}.json"


def text_of(found: Entry) -> str:
    """A schema as it's written to its file."""
    return json.dumps(schema_of(found), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def spoken(model: type[Model]) -> str:
    """A docstring as Markdown."""
    return inspect.cleandoc(model.__doc__ or "").replace("``", "`")


def _tidied(schema: Any) -> Any:
    """Amounts with their bounds in JSON Schema's own words; docstrings as Markdown; nothing else is touched."""
    if isinstance(schema, list):
        return [_tidied(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    tidied = {key: _tidied(value) for key, value in schema.items()}
    if isinstance(tidied.get("description"), str):
        tidied["description"] = tidied["description"].replace("``", "`")
    return _amount(tidied) if tidied.get("type") == _AMOUNT else tidied


def _amount(schema: dict[str, Any]) -> dict[str, Any]:
    """A number, or its text. Bounds hold for numbers, the pattern says the lower one for texts."""
    made = {_BOUNDS.get(key, key): int(value) if key in _BOUNDS else value for key, value in schema.items()}
    told = made.pop("told", False)
    match made:
        case {"exclusiveMinimum": 0}:
            start = r"^(?=[0-9.]*[1-9])"
        case {"minimum": 0}:
            start = "^"
        case _:
            start = r"^(-(?=[0-9.]*[1-9]))?"
            made |= {"exclusiveMinimum": -(10**MAX_WHOLE)} if told else {}
    top = {"exclusiveMaximum": 10**MAX_WHOLE} if told else {}
    return {**top, **made, "pattern": start + (_TOLD if told else _SUMMED), "examples": ["12.5"]}


def stream_pattern(found: Entry) -> str:
    """The name of a type's stream, such as ``stock/{part}@{site}``; it is also the key that picks the shard."""
    model = found.model
    if issubclass(model, Payload):
        return _pattern(model)
    if issubclass(model, StockFact):
        return stream_of("{part}", "{site}")
    if issubclass(model, OrderFact):
        return customer_order_stream("{number}")
    if issubclass(model, RunFact):
        return run_stream("{run}")
    if issubclass(model, PurchaseFact):
        return order_stream("{number}")
    if issubclass(model, StandingFact):
        return supplier_stream("{supplier}")
    if issubclass(model, LaneFact):
        return lane_stream("{lane}")
    if issubclass(model, ShipmentFact):
        return shipment_stream("{shipment}")
    if issubclass(model, PlannedFact):
        return model.STREAM
    if issubclass(model, CatalogueDomainFact):
        requests = (entry.model for entry in MESSAGES if entry.domain == found.domain and _same_shape(entry, model))
        return _pattern(next(requests))
    raise LookupError(f"no stream is known for {found.schema_id}: name its base in infra/schemas.py, stream_pattern")


def _pattern(model: type[Payload] | type[Fact]) -> str:
    placeholders = {name: f"{{{name}}}" for name in model.model_fields}
    made = model.model_construct(**placeholders)  # type: ignore[arg-type]
    assert isinstance(made, Payload)
    return made.stream


def _same_shape(entry: Entry, fact: type[Fact]) -> bool:
    """A catalogue's request and the fact it becomes are made of one shape."""
    return {base for base in fact.__bases__ if not issubclass(base, Fact)} <= set(entry.model.__mro__)


def refusals(folder: Path = FOLDER, entries: Iterable[Entry] = EVERYTHING) -> list[str]:
    """What stands between the published schemas and today's types: a text for each type, with what to do."""
    found = []
    for entry in entries:
        path = folder / file_name(entry)
        if path.exists():
            breaks = incompatibilities(json.loads(path.read_text("utf-8")), json.loads(text_of(entry)))
            if breaks:
                found.append(_refusal(entry, breaks))
    return found + [
        f"{path.name} is published, but no such type is registered.\n"
        "  Published types stay readable for ever: put it back into its union."
        for path in strays(folder, entries)
    ]


def strays(folder: Path, entries: Iterable[Entry]) -> list[Path]:
    """Published files of no registered type. Those of a type's earlier versions belong there."""
    newest = {(entry.domain, entry.name): entry.version for entry in entries}
    known = {f"{domain}.{name}.v{n + 1}.json" for (domain, name), version in newest.items() for n in range(version)}
    return sorted(path for path in folder.glob("*.json") if path.name not in known)


def _refusal(entry: Entry, breaks: Sequence[str]) -> str:
    listed = "\n".join(f"  - {line}" for line in breaks)
    return (
        f"{entry.schema_id} is published, and this would change it under those who rely on it:\n{listed}\n"
        f"  Keep the published shape. If it must change: set VERSION = {entry.version + 1} on {entry.name}, write\n"
        f"  the upcaster {(entry.domain, entry.name, entry.version)} in events/upcasters.py,\n"
        "  then run python -m infra.schemas again."
    )


def write(folder: Path = FOLDER, entries: Sequence[Entry] = EVERYTHING, *, force: bool = False) -> list[str]:
    """Bring the files up to date; the names of those that changed. ``ValueError`` when refused: nothing is written."""
    refused = [] if force else refusals(folder, entries)
    if refused:
        raise ValueError("\n\n".join(refused))
    changed = []
    for entry in entries:
        path, text = folder / file_name(entry), text_of(entry)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(path.name)
    for path in strays(folder, entries):
        path.unlink()
        changed.append(path.name)
    return changed


def main(arguments: Sequence[str] | None = None) -> int:
    """0: up to date now; 1: refused, and why."""
    parser = argparse.ArgumentParser(prog="python -m infra.schemas", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--force", action="store_true", help="rewrite what changed; only if it was never released")
    parser.add_argument("--docs", action="store_true", help="write docs/types.md and docs/import.md")
    chosen = parser.parse_args(arguments)
    if chosen.docs:
        from infra.importing.manual import page
        from infra.typetable import table

        DOCS.write_text(table(), "utf-8")
        IMPORT_DOCS.write_text(page(), "utf-8")
        sys.stdout.write(f"{len(EVERYTHING)} types in docs/types.md, every column in docs/import.md\n")
        return 0
    try:
        changed = write(force=chosen.force)
    except ValueError as error:
        sys.stderr.write(f"{error}\n\nNothing was written. (Never released? python -m infra.schemas --force)\n")
        return 1
    sys.stdout.write(f"{len(EVERYTHING)} schemas in events/schemas, {len(changed)} of them changed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
