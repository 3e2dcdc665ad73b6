"""CloudEvents in Kafka: the binding's own conformance features, and what becomes of headers on the way in."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from events.envelope import CloudEvent, binary, identity, structured, unframed
from infra.edge import Admitted, Edge, Refused
from infra.kafka.records import event
from infra.keystore import KeyStore
from tests.door import NOW, RECEIVED
from tests.door import event as good

FEATURE = Path(__file__).parents[3] / "shared/data/cloudevents/features/kafka-protocol-binding.feature"


class Scenario(NamedTuple):
    """One of the feature's scenarios, its examples filled in."""

    name: str
    payload: str
    headers: dict[str, str]
    attributes: dict[str, str]
    data: str


def scenarios() -> Iterator[Scenario]:
    """Those of the specification's feature file. It uses a small part of Gherkin."""
    text = FEATURE.read_text() if FEATURE.exists() else ""
    for block in re.split(r"\n\s*Scenario(?: Outline)?: ", text)[1:]:
        body, _, examples = block.partition("Examples:")
        rows = [row.strip(" |") for row in examples.strip().splitlines()][1:] or [""]
        for row in rows:
            told = body.replace("<contentType>", row)
            texts = re.findall(r'"""\n(.*?)\n\s*"""', told, re.DOTALL)
            tables = [table(found) for found in re.findall(r"((?:\n\s*\|[^\n]*\|)+)", told)]
            yield Scenario(told.splitlines()[0], texts[0], tables[0], tables[1], texts[1])


def table(text: str) -> dict[str, str]:
    """The two columns of a table."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.strip().splitlines()]
    return dict(rows[1:])


def read(raw: bytes) -> CloudEvent:
    parts = unframed(raw)
    return structured(raw) if parts is None else binary(*parts)


@pytest.mark.skipif(not FEATURE.exists(), reason="the specification's features aren't beside this repository")
@pytest.mark.parametrize("scenario", list(scenarios()), ids=lambda found: found.name)
def test_the_binding_s_own_scenarios_hold(scenario: Scenario) -> None:
    headers = [(name, value.encode()) for name, value in scenario.headers.items()]
    found = read(event(headers, scenario.payload.encode()))
    for name, value in scenario.attributes.items():
        told = getattr(found, name)
        assert (told.isoformat().replace("+00:00", "Z") if name == "time" else told) == value
    assert orjson.loads(bytes(found.data)) == orjson.loads(scenario.data)


@pytest.mark.skipif(not FEATURE.exists(), reason="the specification's features aren't beside this repository")
def test_all_scenarios_are_read() -> None:
    assert len(list(scenarios())) == 3


def headers(**changed: Any) -> list[tuple[str, bytes | None]]:
    told = orjson.loads(good("Received", **changed))
    del told["data"]
    return [(f"ce_{name}", str(value).encode()) for name, value in told.items()] + [
        ("content-type", b"application/json")
    ]


def admitted(raw: bytes) -> Admitted | Refused:
    return Edge({"inventory": 2}, KeyStore(None)).admit(raw, NOW)


def test_both_modes_are_the_same_event() -> None:
    one = admitted(event([("content-type", b"application/cloudevents+json")], good("Received")))
    other = admitted(event(headers(), orjson.dumps(RECEIVED)))
    assert isinstance(one, Admitted)
    assert one == other


def test_an_event_without_headers_is_read_as_structured() -> None:
    assert isinstance(admitted(event([], good("Received"))), Admitted)


@pytest.mark.parametrize("name", ["100%41", "Zoë Ångström", "a b", 'say "x"', "100%"])
def test_a_header_s_text_is_taken_as_it_is(name: str) -> None:
    found = admitted(event(headers(id=name), orjson.dumps(RECEIVED)))
    assert isinstance(found, Admitted)
    assert found.id == name


def test_nothing_in_a_header_can_make_another_header() -> None:
    raw = event([*headers(), ("ce_actor", b"x\r\nce-source: lotone/inventory/0")], orjson.dumps(RECEIVED))
    found = admitted(raw)
    assert isinstance(found, Refused)
    assert [problem.field for problem in found.problems] == ["actor"]


def test_a_refused_record_keeps_its_bytes_and_who_it_was() -> None:
    raw = event(headers(type="lotone.inventory.Nothing.v1", id="x%"), b"\xff\x00 no JSON")
    assert raw.endswith(b"\r\n\r\n\xff\x00 no JSON")
    assert identity(raw) == ("wms", "x%", "lotone.inventory.Nothing.v1")


@pytest.mark.parametrize("value", [b"", b"null", b"[]", b"\xff"])
def test_a_record_without_an_event_is_refused(value: bytes) -> None:
    assert isinstance(admitted(event([], value)), Refused)
