"""CloudEvents over HTTP: the binding's own conformance features, read as the door reads what came in a request."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from events.envelope import binary, framed, structured, unframed

FEATURE = Path(__file__).parents[3] / "shared/data/cloudevents/features/http-protocol-binding.feature"


class Scenario(NamedTuple):
    """One of the feature's scenarios, an example filled in."""

    name: str
    headers: dict[str, str]
    body: bytes
    attributes: dict[str, str]
    data: str


def scenarios() -> Iterator[Scenario]:
    text = FEATURE.read_text() if FEATURE.exists() else ""
    for block in re.split(r"\n\s*Scenario Outline: ", text)[1:]:
        outline, _, examples = block.partition("Examples:")
        for media in [row.strip(" |") for row in examples.strip().splitlines()][1:]:
            told = outline.replace("<contentType>", media)
            request, data = re.findall(r'"""\n(.*?)\n\s*"""', told, re.DOTALL)
            head, _, body = request.partition("\n\n")
            lines = [line.partition(":") for line in head.splitlines()[1:]]
            headers = {name.strip().lower(): value.strip() for name, _, value in lines}
            rows = re.findall(r"\|\s*(\w+)\s*\|\s*(.*?)\s*\|", told)[1:]
            yield Scenario(told.splitlines()[0], headers, body.encode(), dict(rows), data)


@pytest.mark.skipif(not FEATURE.exists(), reason="the specification's features aren't beside this repository")
@pytest.mark.parametrize("scenario", list(scenarios()), ids=lambda found: found.name)
def test_the_binding_s_own_scenarios_hold(scenario: Scenario) -> None:
    if any(name.startswith("ce-") for name in scenario.headers):
        parts = unframed(framed(scenario.headers, scenario.body))
        assert parts is not None
        found = binary(*parts)
    else:
        found = structured(scenario.body)
    for name, value in scenario.attributes.items():
        told = getattr(found, name)
        assert (told.isoformat().replace("+00:00", "Z") if name == "time" else told) == value
    assert orjson.loads(bytes(found.data)) == orjson.loads(scenario.data)


@pytest.mark.skipif(not FEATURE.exists(), reason="the specification's features aren't beside this repository")
def test_all_scenarios_are_read() -> None:
    assert len(list(scenarios())) == 4
    assert all(len(scenario.attributes) == 6 for scenario in scenarios())
