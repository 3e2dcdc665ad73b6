"""Errors as RFC 9457 problem details: what was wrong, in which field, what would be right, who must act."""

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from events.decision import Problem
from infra.errors import Corrupt, Transient
from infra.intake import Full

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """One thing wrong with a request: the field, what about it, and what would be right."""

    field: str
    problem: str
    remedy: str


class ProblemDetails(BaseModel):
    """RFC 9457, with the fields that were wrong in ``errors``."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: list[FieldProblem] = []


def as_json(problems: Sequence[Problem]) -> list[dict[str, str]]:
    """Problems as an answer lists them."""
    return [{"field": found.field, "problem": found.problem, "remedy": found.remedy} for found in problems]


def answer(
    request: Request,
    status: int,
    title: str,
    detail: str,
    problems: Sequence[Problem] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """A problem document."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
    }
    if problems:
        body["errors"] = as_json(problems)
    return Response(orjson.dumps(body), status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Every error leaves as a problem document."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _query)
    app.add_exception_handler(Full, _full)
    app.add_exception_handler(Transient, _transient)
    app.add_exception_handler(Corrupt, _corrupt)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return answer(
        request, error.status_code, "Not found" if error.status_code == 404 else "Not possible", str(error.detail)
    )


def _query(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [
        Problem(".".join(str(step) for step in found["loc"]), found["msg"], "see /docs for this parameter")
        for found in error.errors()
    ]
    return answer(request, 422, "A parameter doesn't fit", problems[0].problem, problems)


def _full(request: Request, error: Exception) -> Response:
    assert isinstance(error, Full)
    return answer(request, 429, "Intake is full", str(error), headers={"Retry-After": str(error.seconds)})


def _transient(request: Request, error: Exception) -> Response:
    return answer(request, 503, "Not available just now", str(error), headers={"Retry-After": "1"})


def _corrupt(request: Request, error: Exception) -> Response:
    return answer(request, 500, "The record contradicts itself", f"{error}; run: lotone verify")
