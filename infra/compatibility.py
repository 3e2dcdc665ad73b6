"""What a published JSON Schema may turn into, so that everything valid before stays valid and means the same.

The naive check compares texts, and so forbids a better description as loudly as a removed field; the next naive check
only asks whether old documents still validate, and so lets a changed default or date format through, which changes
what old documents mean. Here the two schemas are walked side by side, and every difference is either known to be
harmless or is named:

- harmless: words (title, description, examples), a new field that is null when left out, a required field becoming
  optional, a wider enum or type (readers are upgraded before writers), a looser bound;
- not: a field removed, newly required or of another type; an enum narrowed; a bound tightened; another format; another
  pattern; another default; a field no longer personal; another stream; and any keyword that this module can't judge.

Why a new field must be null when left out: absent fields aren't stored, so an event taken last year and told again
today still has the same digest, and a fact still has the same bytes.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Json = Mapping[str, Any]

_WORDS: Final = {"title", "description", "examples", "deprecated", "$comment", "$defs", "$id", "$schema"}
_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_JUDGED: Final = _WORDS | {
    *_LOWER,
    *_UPPER,
    "type",
    "enum",
    "const",
    "format",
    "pattern",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "prefixItems",
    "anyOf",
    "oneOf",
    "$ref",
    "default",
    "x-lotone",
}
_ABSENT: Final = object()


def incompatibilities(old: Json, new: Json) -> list[str]:
    """What ``new`` breaks for those who rely on ``old``: a line each, its place first. Empty: compatible."""
    return list(dict.fromkeys(_Pair(old, new).compare(old, new, "")))


class _Pair:
    """Two whole schemas; references are followed in each one's own definitions, each pair of them once."""

    def __init__(self, old: Json, new: Json, met: frozenset[tuple[str, str]] = frozenset()) -> None:
        self._old, self._new = old, new
        self._met = set(met)

    def compare(self, old: Json, new: Json, at: str) -> Iterator[str]:
        before, after = _resolved(self._old, old), _resolved(self._new, new)
        yield from _default(before, after, at)
        names = (old.get("$ref", ""), new.get("$ref", ""))
        if all(names):
            if names in self._met:
                return
            self._met.add(names)
        if _branches(before) or _branches(after):
            yield from self._choices(before, after, at)
            return
        for judge in _RULES:
            yield from judge(before, after, at)
        yield from self._properties(before, after, at)
        yield from self._elements(before, after, at)

    def _choices(self, old: Json, new: Json, at: str) -> Iterator[str]:
        """Each old choice must be covered by one of the new; the nearest of them tells what is wrong."""
        choices = _branches(new) or [_undefaulted(new)]
        taken = [_types(_resolved(self._new, choice)) for choice in choices]
        for choice in _branches(old) or [_undefaulted(old)]:
            wanted = _types(_resolved(self._old, choice))
            alike = [after for after, types in zip(choices, taken, strict=True) if not wanted or wanted & types]
            if not alike and all(taken):
                yield f"{_name(at)}: {_spoken(_resolved(self._old, choice))} is no longer taken"
                continue
            met = frozenset(self._met)
            tries = (list(_Pair(self._old, self._new, met).compare(choice, after, at)) for after in alike or choices)
            yield from min(tries, key=len)

    def _properties(self, old: Json, new: Json, at: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in sorted(before):
            where = f"{at}.{name}" if at else name
            if name not in after:
                yield f"{where}: was removed"
            else:
                yield from self.compare(before[name], after[name], where)
        for name in sorted(set(after) - set(before)):
            if name not in new.get("required", ()) and after[name].get("default") is not None:
                where = f"{at}.{name}" if at else name
                yield f"{where}: is new and not null when left out, so a repeat of an old event would look different"
        for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            yield f"{at}.{name}: is newly required" if at else f"{name}: is newly required"
        yield from self._others(old.get("additionalProperties", True), new.get("additionalProperties", True), at)

    def _others(self, old: bool | Json, new: bool | Json, at: str) -> Iterator[str]:
        """Fields without a name of their own."""
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from self.compare(old, new, f"{at}.*" if at else "*")
        elif old is not False and new is not True:
            yield f"{_name(at)}: other fields were allowed and are no longer, or not all"

    def _elements(self, old: Json, new: Json, at: str) -> Iterator[str]:
        before, after = old.get("prefixItems", []), new.get("prefixItems", [])
        if len(before) != len(after):
            yield f"{_name(at)}: had {len(before)} fixed places and has {len(after)}"
        for place, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from self.compare(one, other, f"{at}[{place}]")
        if "items" in new:
            if isinstance(old.get("items"), Mapping) and isinstance(new["items"], Mapping):
                yield from self.compare(old["items"], new["items"], f"{at}[]")
            elif old.get("items") != new["items"]:
                yield f"{_name(at)}: what its elements must be was changed"


def _resolved(root: Json, schema: Json) -> Json:
    """A schema with its reference followed; what stands beside the reference wins."""
    seen = schema
    while "$ref" in seen:
        path = seen["$ref"].removeprefix("#/").split("/")
        target: Any = root
        for step in path:
            target = target[step]
        seen = {**target, **{key: value for key, value in seen.items() if key != "$ref"}}
    return seen


def _branches(schema: Json) -> list[Json]:
    """The choices a schema leaves, each with what holds for all of them; none when it leaves no choice."""
    choices = schema.get("anyOf") or schema.get("oneOf") or []
    around = {key: value for key, value in _undefaulted(schema).items() if key not in {"anyOf", "oneOf"}}
    return [{**around, **choice} for choice in choices]


def _undefaulted(schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key != "default"}


def _types(schema: Json) -> set[str]:
    told = schema.get("type", [])
    return {told} if isinstance(told, str) else set(told)


def _name(at: str) -> str:
    return at or "the whole"


def _spoken(schema: Json) -> str:
    told = sorted(_types(schema)) or ["anything"]
    return " or ".join(told) + (f" ({schema['format']})" if "format" in schema else "")


def _default(old: Json, new: Json, at: str) -> Iterator[str]:
    """A default is meaning: what a document says by leaving a field out."""
    if "default" in old and old["default"] != new.get("default", _ABSENT):
        yield f"{_name(at)}: left out, it meant {old['default']!r} and now means {new.get('default')!r}"


def _type(old: Json, new: Json, at: str) -> Iterator[str]:
    before, after = _types(old), _types(new)
    if not after:
        return
    lost = before - after - ({"integer"} if "number" in after else set())
    if not before:
        yield f"{_name(at)}: could be anything and must now be {_spoken(new)}"
    elif lost:
        yield f"{_name(at)}: was {_spoken(old)} and is now {_spoken(new)}"


def _values(schema: Json) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _enum(old: Json, new: Json, at: str) -> Iterator[str]:
    before, after = _values(old), _values(new)
    if after is None:
        return
    if before is None:
        yield f"{_name(at)}: was free and is now one of {', '.join(map(str, after))}"
        return
    for gone in (value for value in before if value not in after):
        yield f"{_name(at)}: {gone!r} is no longer one of its values"


def _format(old: Json, new: Json, at: str) -> Iterator[str]:
    if old.get("format") != new.get("format"):
        yield f"{_name(at)}: its format was {old.get('format', 'free')} and is now {new.get('format', 'free')}"


def _pattern(old: Json, new: Json, at: str) -> Iterator[str]:
    if "pattern" in new and old.get("pattern") != new["pattern"]:
        yield f"{_name(at)}: its pattern was {old.get('pattern', 'free')} and is now {new['pattern']}"


def _bounds(old: Json, new: Json, at: str) -> Iterator[str]:
    tightened: Callable[[Any, Any], bool]
    for names, tightened in ((_LOWER, lambda was, now: now > was), (_UPPER, lambda was, now: now < was)):
        for name in names:
            if name in new and (name not in old or tightened(old[name], new[name])) and not _implied(name, old, new):
                yield f"{_name(at)}: its {name} was {old.get(name, 'free')} and is now {new[name]}"


def _implied(name: str, old: Json, new: Json) -> bool:
    """A bound that excluded its own value may become one that includes it: above 0 to 0 and above."""
    match name:
        case "minimum":
            return "exclusiveMinimum" in old and bool(old["exclusiveMinimum"] >= new["minimum"])
        case "maximum":
            return "exclusiveMaximum" in old and bool(old["exclusiveMaximum"] <= new["maximum"])
        case "exclusiveMinimum":
            return "minimum" in old and bool(old["minimum"] > new["exclusiveMinimum"])
        case "exclusiveMaximum":
            return "maximum" in old and bool(old["maximum"] < new["exclusiveMaximum"])
        case _:
            return False


def _ours(old: Json, new: Json, at: str) -> Iterator[str]:
    """What our own annotation promises: kind, domain, stream, and that personal fields stay sealed."""
    before, after = old.get("x-lotone", {}), new.get("x-lotone", {})
    for name in sorted(set(before) - {"personal"}):
        if before[name] != after.get(name):
            yield f"{_name(at)}: its {name} was {before[name]} and is now {after.get(name)}"
    for path in before.get("personal", ()):
        if path not in after.get("personal", ()):
            yield f"{path}: was personal and would now be stored in clear"


def _unjudged(old: Json, new: Json, at: str) -> Iterator[str]:
    for name in sorted((set(old) | set(new)) - _JUDGED):
        if old.get(name, _ABSENT) != new.get(name, _ABSENT):
            yield f"{_name(at)}: {name} was changed, and nothing here can judge that; teach infra/compatibility.py"


_RULES: Final = (_type, _enum, _format, _pattern, _bounds, _ours, _unjudged)
