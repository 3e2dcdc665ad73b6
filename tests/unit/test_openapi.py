"""What the API says of itself: complete, and true."""

import asyncio
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import httpx
import orjson
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from infra.edge import Admitted, Edge
from infra.keystore import KeyStore
from projections.api.app import build
from projections.api.examples import examples
from projections.api.problems import MEDIA_TYPE, ProblemDetails
from projections.api.publishing import BATCH, STRUCTURED, Told
from projections.api.system import System
from tests.door import NOW

APP = build(cast("System", SimpleNamespace()))
SPECIFICATION = APP.openapi()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in SPECIFICATION["paths"].items()
    for method, operation in methods.items()
}
ROUTES = {
    f"{method} {re.sub(':path}', '}', route.path)}": route
    for route in APP.state.routes
    if isinstance(route, APIRoute) and route.include_in_schema
    for method in route.methods
}


def texts(value: Any, name: str) -> Iterator[Any]:
    """Every value under a key of this name, wherever it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name:
                yield inner
            yield from texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, name)


def test_every_route_is_in_the_specification() -> None:
    assert set(ROUTES) == set(OPERATIONS)
    assert SPECIFICATION["openapi"].startswith("3.1")


def test_every_reference_leads_somewhere() -> None:
    for reference in set(texts(SPECIFICATION, "$ref")):
        assert reference.startswith("#/")
        here: Any = SPECIFICATION
        for step in reference[2:].split("/"):
            here = here[step]
        assert isinstance(here, dict)


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_route_and_parameter_says_what_it_is(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["description"]
    assert operation["tags"][0] in {tag["name"] for tag in SPECIFICATION["tags"]}
    for parameter in operation.get("parameters", ()):
        assert parameter.get("description"), parameter["name"]
    assert all(answer["description"] for answer in operation["responses"].values())
    in_path = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "path"}
    assert in_path == set(re.findall(r"{(\w+)}", name))


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name not in ("GET /metrics", "POST /events")])
def test_every_answer_has_an_example_that_its_own_model_reads(name: str) -> None:
    content = OPERATIONS[name]["responses"]["200"]["content"]
    if "application/json" not in content:
        assert content.keys() == {"application/octet-stream"}
        return
    if name == "GET /schemas/{name}.json":
        return
    example = content["application/json"]["example"]
    assert example == examples()[name]
    told = TypeAdapter(ROUTES[name].response_model).validate_python(example, extra="forbid")
    assert told is not None


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_error_is_a_problem_document_with_an_example(name: str) -> None:
    for status, answer in OPERATIONS[name]["responses"].items():
        if status.startswith("2") or (name, status) == ("GET /readyz", "503"):
            continue
        assert answer["content"].keys() == {MEDIA_TYPE}, status
        assert ProblemDetails.model_validate(answer["content"][MEDIA_TYPE]["example"]).status == int(status)


def test_an_example_can_be_published_as_it_stands() -> None:
    edge = Edge({"inventory": 2}, KeyStore(None))
    content = OPERATIONS["POST /events"]["requestBody"]["content"]
    one, many = content[STRUCTURED]["example"], content[BATCH]["example"]
    assert isinstance(edge.admit(orjson.dumps(one), NOW), Admitted)
    assert many == [one]
    assert content["application/json"]["example"] == one["data"]
    answers = OPERATIONS["POST /events"]["responses"]["202"]["content"]["application/json"]["examples"]
    assert TypeAdapter(Told).validate_python(answers["one"]["value"], extra="forbid").status == "taken"
    assert [TypeAdapter(Told).validate_python(each).status for each in answers["batch"]["value"]] == [
        "taken",
        "invalid",
    ]


def test_a_defect_of_ours_is_a_problem_too_and_repeats_nothing() -> None:
    """The system behind this application is a hollow one: whatever is asked of it fails."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(APP, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://lotone") as client:
            return await client.get("/stock?part=SECRET")

    answer = asyncio.run(asked())
    assert (answer.status_code, answer.headers["content-type"]) == (500, MEDIA_TYPE)
    assert ProblemDetails.model_validate(answer.json()).title == "A defect of ours"
    assert "SECRET" not in answer.text
    assert "Attribute" not in answer.text


def test_building_the_application_needs_no_running_system() -> None:
    assert isinstance(APP, FastAPI)


def test_the_page_about_it_tells_every_address_and_loads_nothing_from_elsewhere() -> None:
    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://lotone") as client:
            return await client.get("/docs")

    answer = asyncio.run(asked())
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    for told in OPERATIONS:
        assert f"<b>{told.partition(' ')[2]}</b>" in answer.text, told
    assert re.findall(r"(?:src|href|url\()\s*=?\s*[\"']?(?:https?:)?//", answer.text) == []
    assert "<script" not in answer.text
