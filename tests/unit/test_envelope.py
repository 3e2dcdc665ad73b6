"""What a CloudEvent must be, in each mode, and what its sender hears when it isn't."""

from typing import Any

import orjson
import pytest

from events.envelope import Unreadable, binary, identity, split, structured

GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "wms",
    "type": "t",
    "time": "2026-11-22T08:30:00+01:00",
    "data": {"a": 1},
}


def problem(event: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(Unreadable) as caught:
        structured(orjson.dumps(event))
    found = caught.value.problems[0]
    assert found.remedy
    return found.field, found.problem


def test_data_is_left_as_the_very_bytes_that_were_sent() -> None:
    event = structured(
        b'{"specversion":"1.0","id":"1","source":"s","type":"t","time":"2026-01-01T00:00:00Z",'
        b'"data":{ "b":1.50,  "a":2}}'
    )
    assert bytes(event.data) == b'{ "b":1.50,  "a":2}'


def test_unknown_extensions_are_allowed() -> None:
    assert structured(orjson.dumps({**GOOD, "comexampleextension": "x"})).id == "1"


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "time"])
def test_a_missing_attribute_is_named(name: str) -> None:
    assert problem({key: value for key, value in GOOD.items() if key != name}) == (name, "missing")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("specversion", "0.3"),
        ("id", ""),
        ("id", "x" * 251),
        ("source", "a\nb"),
        ("time", "2026-11-22T08:30:00"),
        ("time", "yesterday"),
        ("timeprecision", "week"),
        ("timezone", "Mars/Base"),
        ("datacontenttype", "text/xml"),
        ("data_base64", "AAAA"),
        ("actor", ""),
        ("id", 7),
    ],
)
def test_a_wrong_attribute_is_named(name: str, value: object) -> None:
    assert problem({**GOOD, name: value})[0] == name


def test_what_is_not_json_says_so() -> None:
    with pytest.raises(Unreadable, match="not JSON"):
        structured(b"{")


def test_a_batch_is_split_into_the_bytes_that_were_sent() -> None:
    assert split(b'[{"a": 1.0}, {"b" :2}]') == [b'{"a": 1.0}', b'{"b" :2}']


def test_a_batch_that_is_no_array_says_so() -> None:
    with pytest.raises(Unreadable, match="array"):
        split(b'{"a": 1}')


def test_binary_mode_reads_headers() -> None:
    headers = {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "s",
        "ce-type": "t",
        "ce-time": "2026-11-22T08:30:00Z",
        "ce-actor": "ann",
        "host": "x",
    }
    event = binary(headers, b'{"a":1}')
    assert (event.id, event.actor, bytes(event.data)) == ("1", "ann", b'{"a":1}')


def test_binary_mode_names_a_missing_header() -> None:
    with pytest.raises(Unreadable) as caught:
        binary({"ce-id": "1"}, b"{}")
    assert caught.value.problems[0].problem == "missing"


def test_identity_is_read_as_far_as_it_can_be() -> None:
    assert identity(b'{"id": "1", "source": 5, "type": "t"}') == (None, "1", "t")
    assert identity(b"\xff{") == (None, None, None)
