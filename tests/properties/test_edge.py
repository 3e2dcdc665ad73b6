"""Whatever is sent to the door: it is admitted as something that can be decided and stored, or refused and kept."""

from collections.abc import Sequence
from typing import Any

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

from events.decision import Problem
from events.envelope import framed
from infra.edge import Admitted, Edge, Refused, original
from infra.keystore import KeyStore
from infra.mentions import persons
from infra.queue.wire import message, unpack
from tests import extremes
from tests.door import COUNTED, NOW, SAMPLES, event
from tests.plant import SHARDS, Plant


def storable(text: str) -> bool:
    """Whether PostgreSQL takes it as text: UTF-8 without NUL."""
    return "\0" not in text and text.encode().decode() == text


def told_well(problems: Sequence[Problem]) -> None:
    assert 0 < len(problems) <= 51
    for found in problems:
        assert found.problem
        assert found.remedy
        assert all(map(storable, (found.field, found.problem, found.remedy)))
        assert len(found.field) + len(found.problem) + len(found.remedy) < 2000


def passes_well(raw: bytes) -> Admitted | Refused:
    """Admit it, and check all that must hold of the answer."""
    keys = KeyStore(None)
    answer = Edge(SHARDS, keys).admit(raw, NOW)
    if isinstance(answer, Refused):
        told_well(answer.problems)
        row = answer.rejected
        assert all(text is None or (storable(text) and len(text) <= 250) for text in (row.source, row.id, row.type))
        assert original(keys, row) == raw
        return answer
    wire = unpack(answer.queued.body)
    names = (wire.source, wire.id, wire.actor, wire.correlation, wire.causation, wire.zone, wire.traceparent)
    assert all(text is None or storable(text) for text in names)
    assert 1900 <= wire.time.year < 2200
    assert orjson.loads(wire.data) is not None
    assert all(map(storable, _texts(orjson.loads(wire.data))))
    assert message(wire).body.stream.isprintable()
    return answer


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value if isinstance(value, list) else [*value, *value.values()] if isinstance(value, dict) else ()
    return [text for each in inner for text in _texts(each)]


@settings(max_examples=300)
@given(st.binary(max_size=300))
@example(b"\xff\xfe\x00")
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b'{"source":' + b"[" * 100_000)
@example(b'{"source":"\xff","id":"\\ud800","type":"\\u0000"}')
@example(b"ce-id: 1\r\n\r\n{}")
@example(b"ce-id: \xe9\x85\x80\r\n\r\n")
def test_bytes_of_any_kind_are_refused_and_kept(raw: bytes) -> None:
    assert isinstance(passes_well(raw), Refused)


@settings(max_examples=500)
@given(st.sampled_from(sorted(SAMPLES)), st.integers(0, 10**6), st.binary(min_size=1, max_size=4))
def test_a_good_event_with_some_bytes_overwritten_is_admitted_or_refused_whole(name: str, at: int, put: bytes) -> None:
    raw = event(name)
    at %= len(raw)
    passes_well(raw[:at] + put + raw[at + len(put) :])


HOSTILE: Any = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        1.5,
        1e308,
        10**18,
        "",
        " ",
        "\0",
        "a\0b",
        "\u202e",
        "9" * 5000,
        "NaN",
        "1e400",
        "x" * 3000,
        [],
        {},
    ]
)
ATTRIBUTES = [
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "subject",
    "datacontenttype",
    "dataschema",
    "correlationid",
    "causationid",
    "traceparent",
    "actor",
    "timeprecision",
    "timezone",
    "data_base64",
    "data",
]


@given(st.dictionaries(st.sampled_from(ATTRIBUTES), HOSTILE | st.text(max_size=300), min_size=1))
@example({"time": "0001-01-01T00:00:00+14:00"})
@example({"time": "9999-12-31T23:59:59-12:00"})
@example({"subject": "a\0b"})
@example({"timeprecision": "a\0b"})
def test_any_attribute_may_be_hostile(attributes: dict[str, Any]) -> None:
    passes_well(event("Counted", **attributes))


@given(st.dictionaries(st.sampled_from(sorted(COUNTED)) | st.text(max_size=50), HOSTILE, min_size=1))
@example({"a\0b": 1})
@example({"counted_by": {"person": "p", "value": "a\0b"}})
def test_any_field_may_be_hostile(fields: dict[str, Any]) -> None:
    passes_well(event("Counted", {**COUNTED, **fields}))


HEADERS = st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f")


@given(st.dictionaries(st.sampled_from(ATTRIBUTES), st.text(HEADERS, max_size=60)), st.binary(max_size=60))
def test_an_event_in_binary_mode_is_kept_with_its_headers(attributes: dict[str, str], body: bytes) -> None:
    headers = {f"ce-{name}": value for name, value in attributes.items()} | {"content-type": "application/json"}
    passes_well(framed(headers, body))


@settings(max_examples=500)
@given(st.sampled_from(extremes.TYPES), st.randoms(use_true_random=False))
def test_an_event_at_the_ends_of_its_schema_is_admitted_or_refused(found: Any, chance: Any) -> None:
    passes_well(extremes.event(found, "x-1", chance.choice))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(extremes.TYPES), min_size=5, max_size=40), st.randoms(use_true_random=False))
def test_whatever_passes_the_door_is_decided_parked_or_rejected_and_stops_nothing(
    found: list[Any], chance: Any
) -> None:
    plant = Plant()
    plant.tell(*extremes.world())
    events = [extremes.event(each, str(number), chance.choice) for number, each in enumerate(found)]
    plant.publish(*events)
    plant.settle()
    for at in (at for domain in SHARDS for at in plant.facts(domain)):
        assert 1900 <= at.occurred_at.year < 2200
        assert all(map(storable, _texts(orjson.loads(at.data))))


@given(st.text(min_size=1, max_size=120), st.booleans())
def test_a_person_is_found_in_refused_bytes_however_the_id_is_spelled(name: str, ascii_only: bool) -> None:
    spelled = "".join(
        f"\\u{ord(each):04x}" if ord(each) < 2**16 and not 0xD800 <= ord(each) < 0xE000 else each for each in name
    )
    key = "\\u0070ers\\u006fn" if ascii_only else "person"
    raw = f'garbage {{"{key}" : "{spelled}", "value"'.encode("utf-8", "surrogatepass")
    if name.isprintable():
        assert persons(raw) == (name,)
