"""What passes the door, in what form: nothing personal in clear, and a repeat known whatever its spelling."""

from typing import Any

import orjson
import pytest

from events.decision import Problem
from infra.edge import Admitted, Edge, original
from infra.keystore import KeyStore
from infra.queue.wire import message, unpack
from tests.door import COUNTED, NOW, ORDER, RECEIVED, SUPPLIER, admitted, amount, event, refused

SECRET = "Ann Lee +49 170 1234567"


@pytest.fixture
def keys() -> KeyStore:
    return KeyStore(None)


@pytest.fixture
def edge(keys: KeyStore) -> Edge:
    return Edge({"catalogue": 1, "inventory": 2, "suppliers": 2}, keys)


PERSONAL = {
    "DefineSupplier": ("contact", SUPPLIER),
    "Counted": ("counted_by", COUNTED),
    "PlacePurchaseOrder": ("buyer", ORDER),
}


def personal(name: str, told: Any, **attributes: Any) -> bytes:
    field, sample = PERSONAL[name]
    return event(name, {**sample, field: told}, **attributes)


@pytest.mark.parametrize("name", PERSONAL)
def test_a_personal_value_reaches_the_queue_only_in_its_box(edge: Edge, keys: KeyStore, name: str) -> None:
    answer = edge.admit(personal(name, {"person": "p-7", "value": SECRET}), NOW)
    assert isinstance(answer, Admitted)
    assert b"Ann Lee" not in b"".join(part if isinstance(part, bytes) else str(part).encode() for part in answer.queued)
    field = getattr(message(unpack(answer.queued.body)).body, PERSONAL[name][0])
    assert (field.person, field.value, field.opened(keys)) == ("p-7", None, SECRET)


MISSHAPEN: dict[str, Any] = {
    "plain text": SECRET,
    "a list": [SECRET],
    "a value without a person": {"value": SECRET},
    "a person that is no id": {"person": f"{SECRET}@example.com", "value": SECRET},
    "another field": {"person": "p-7", "name": SECRET},
    "a field named by it": {"person": "p-7", SECRET: 1},
    "an object for a value": {"person": "p-7", "value": {"name": SECRET}},
    "a list for a value": {"person": "p-7", "value": [SECRET]},
    "a number": {"person": "p-7", "value": 491701234567},
    "a box of one's own": {"person": "p-7", "box": SECRET},
    "a value and a box": {"person": "p-7", "value": SECRET, "box": SECRET},
}


@pytest.mark.parametrize("name", PERSONAL)
@pytest.mark.parametrize("told", MISSHAPEN.values(), ids=MISSHAPEN)
def test_a_personal_value_is_kept_of_a_refusal_only_sealed_and_never_told_again(
    edge: Edge, keys: KeyStore, name: str, told: Any
) -> None:
    raw = personal(name, told)
    answer = refused(edge, raw)
    assert answer.problems == answer.rejected.problems
    for kept in (repr(answer), repr(answer.rejected), answer.rejected.original.decode()):
        assert "Ann Lee" not in kept
        assert "1234567" not in kept
    assert original(keys, answer.rejected) == raw


@pytest.mark.parametrize("data", [SECRET, [SECRET], [{"counted_by": SECRET}]])
def test_data_of_a_personal_type_in_another_shape_is_not_told_again(edge: Edge, data: Any) -> None:
    assert "Ann Lee" not in repr(refused(edge, event("Counted", data)))


def test_a_box_from_outside_is_refused(edge: Edge) -> None:
    told = refused(edge, personal("Counted", {"person": "p-7", "box": "1.AAAA"})).problems
    assert told == (Problem("data", "a ready-made box for p-7", "send value; boxes are made here"),)


@pytest.mark.parametrize(
    "raw", [b"hello", b"", b"[]", b'{"specversion": "1.0"}', b"\xff\xfe", event("Received", {}), b'{"a":1}  ']
)
def test_the_exact_bytes_of_whatever_was_refused_can_be_had_again(edge: Edge, keys: KeyStore, raw: bytes) -> None:
    answer = refused(edge, raw)
    assert raw not in answer.rejected.original or not raw
    assert original(keys, answer.rejected) == raw


def test_a_refused_event_is_unreadable_once_a_person_it_names_is_forgotten(edge: Edge, keys: KeyStore) -> None:
    answer = refused(edge, personal("Counted", {"person": "p-7", "value": SECRET, "x": 1}))
    keys.forget("p-7")
    assert original(keys, answer.rejected) is None


def test_a_refused_event_is_found_by_its_source_id_and_type(edge: Edge) -> None:
    row = refused(edge, event("Received", {})).rejected
    assert (row.source, row.id, row.type) == ("wms", "e-1", "lotone.inventory.Received.v1")


def digest_of(edge: Edge, raw: bytes) -> bytes:
    return admitted(edge, raw).digest


@pytest.mark.parametrize(
    "attributes",
    [
        {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
        {"correlationid": "c-9"},
        {"causationid": "x-1"},
        {"id": "e-2"},
        {"dataschema": "inventory.Counted.v1"},
        {"comexampleextension": "1"},
        {"time": "2026-01-01T01:00:00+01:00"},
    ],
)
def test_a_repeat_may_differ_in_its_tracing(edge: Edge, attributes: dict[str, Any]) -> None:
    assert digest_of(edge, event("Counted", **attributes)) == digest_of(edge, event("Counted"))


def test_a_repeat_is_known_whatever_its_sealed_values_so_also_after_an_erasure(edge: Edge, keys: KeyStore) -> None:
    first = digest_of(edge, personal("Counted", {"person": "p-7", "value": SECRET}))
    keys.forget("p-7")
    assert digest_of(edge, personal("Counted", {"person": "p-7", "value": "A. Lee"})) == first
    assert digest_of(edge, personal("Counted", {"person": "p-7"})) == first
    assert digest_of(edge, personal("Counted", {"person": "p-8", "value": SECRET})) != first


SAME = {
    "fields in another order": dict(reversed(RECEIVED.items())),
    "an amount with a zero at its end": amount("5.0")(RECEIVED),
    "an amount as a number": amount(5)(RECEIVED),
    "an amount as a float": amount(5.0)(RECEIVED),
    "an amount with a zero before it": amount("05")(RECEIVED),
    "a default that is spelled out": {**RECEIVED, "status": "available"},
    "null for what is left out": {**RECEIVED, "lot": None},
}


@pytest.mark.parametrize("told", SAME.values(), ids=SAME)
def test_the_same_content_in_another_spelling_is_a_repeat(edge: Edge, told: Any) -> None:
    assert digest_of(edge, event("Received", told)) == digest_of(edge, event("Received"))
    assert admitted(edge, event("Received", told)).data == admitted(edge, event("Received")).data


@pytest.mark.parametrize(
    "cut_off", ["2026-01-01T01:00:00+01:00", "2025-12-31T19:00:00.000-05:00", "2026-01-01T00:00:00+00:00"]
)
def test_the_same_moment_told_with_another_offset_is_a_repeat(edge: Edge, cut_off: str) -> None:
    told = event("Counted", {**COUNTED, "cut_off": cut_off})
    assert digest_of(edge, told) == digest_of(edge, event("Counted"))
    assert admitted(edge, told).data == admitted(edge, event("Counted")).data


def test_blanks_between_the_bytes_make_no_difference(edge: Edge) -> None:
    spaced = orjson.dumps(orjson.loads(event("Received")), option=orjson.OPT_INDENT_2)
    assert digest_of(edge, spaced) == digest_of(edge, event("Received"))


@pytest.mark.parametrize(
    ("told", "attributes"),
    [
        (amount("5.1")(RECEIVED), {}),
        ({**RECEIVED, "lot": "L1"}, {}),
        (RECEIVED, {"time": "2026-01-01T00:00:01Z"}),
        (RECEIVED, {"subject": "x"}),
        (RECEIVED, {"type": "lotone.inventory.Found.v1"}),
    ],
)
def test_other_content_under_the_same_id_is_no_repeat(edge: Edge, told: Any, attributes: dict[str, Any]) -> None:
    assert digest_of(edge, event("Received", told, **attributes)) != digest_of(edge, event("Received"))


def test_the_digest_is_the_same_in_every_release(edge: Edge) -> None:
    """An event taken last year and told again today is a repeat: if this fails, it would be a contradiction."""
    told = digest_of(edge, personal("Counted", {"person": "p-7", "value": SECRET}))
    assert told.hex() == "127505b8377538047041570e2d626848b16018bdc4e82af49ccf193630ab5881"
