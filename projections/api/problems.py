"""Errors as RFC 9457 problem details: what was wrong, in which field, what would be right, who must act."""

from collections.abc import Sequence
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from events.decision import Problem
from infra.errors import Corrupt, Misfit, Poison, Transient
from infra.intake import Full
from infra.logs import told

MEDIA_TYPE = "application/problem+json"
_log = structlog.get_logger("lotone.api")
_TITLES = {404: "Not found", 405: "Not that way"}


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


class Unfit(HTTPException):
    """A parameter that is well formed and doesn't fit all the same: 422, with the field and what would be right."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(422, f"{problem}; {remedy}")
        self.problems = (Problem(field, problem, remedy),)


def example(status: int) -> dict[str, Any]:
    """What an answer of this status looks like, for the specification."""
    title, detail, errors = _EXAMPLES.get(status, ("Not possible", "why, and what would be right", ()))
    told = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return {**told, "errors": as_json(errors)} if errors else told


_AMOUNT = Problem("data.quantity.amount", '"two" is not a number', 'write it as text, like "12.5"')
_LIMIT = Problem("query.limit", "Input should be less than or equal to 1000", "see /docs for this parameter")
_EXAMPLES: dict[int, tuple[str, str, Sequence[Problem]]] = {
    400: ("The event is invalid", _AMOUNT.problem, (_AMOUNT,)),
    404: ("Not found", "nothing is known of 'SADDLE-9'", ()),
    409: ("Not possible", "D7-1 isn't proposed: it is decided; the worklist shows what waits", ()),
    410: ("Not possible", "a person whom it named was forgotten, so its bytes can't be read any more", ()),
    413: ("Too much at once", "send at most 16777216 bytes in one request", ()),
    422: ("A parameter doesn't fit", _LIMIT.problem, (_LIMIT,)),
    429: ("Intake is full", "100000 events wait to be decided, 100000 may: try again in 1 s", ()),
    503: ("Not available just now", "connection refused; ask again in a second: GET /readyz says what is away", ()),
}


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
    app.add_exception_handler(Poison, _poison)
    app.add_exception_handler(Transient, _transient)
    app.add_exception_handler(Corrupt, _corrupt)
    app.add_exception_handler(Misfit, _misfit)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unforeseen)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = str(error.detail)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods(request))
        detail = f"{request.method} isn't for this address; it takes {headers['Allow']}"
    elif error.status_code == 404 and detail == "Not Found":
        detail = "there is nothing at this address; /docs shows what there is"
    if isinstance(error, Unfit):
        return answer(request, 422, "A parameter doesn't fit", detail, error.problems)
    title = _TITLES.get(error.status_code, "Not possible")
    return answer(request, error.status_code, title, detail, headers=headers)


def _methods(request: Request) -> list[str]:
    """All that an address takes, whichever route takes it."""
    found = [route for route in request.app.state.routes if route.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in found for method in route.methods}) or ["GET", "HEAD"]


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


def _poison(request: Request, error: Exception) -> Response:
    if request.method == "GET":  # a NUL, or a number larger than any there is: PostgreSQL won't even look for it
        return answer(request, 422, "A parameter doesn't fit", f"this can't be looked up: {error}")
    return answer(request, 400, "This can't be stored", f"nothing of this request was taken: {error}")


def _transient(request: Request, error: Exception) -> Response:
    detail = f"{error}; ask again in a second: GET /readyz says what is away, and what to do if it stays away"
    return answer(request, 503, "Not available just now", detail, headers={"Retry-After": "1"})


def _corrupt(request: Request, error: Exception) -> Response:
    return answer(request, 500, "The record contradicts itself", f"{error}; run: lotone verify")


def _misfit(request: Request, error: Exception) -> Response:
    return answer(request, 500, "What is stored doesn't fit", str(error))


def _gone(request: Request, _: Exception) -> Response:
    """The publisher hung up before all was said: nothing was taken, and nobody hears this."""
    return answer(request, 400, "Not all of it came", "the connection ended before the body did")


def _unforeseen(request: Request, error: Exception) -> Response:
    """A defect of ours. Its trace is in the log; what was sent isn't repeated."""
    _log.error("unforeseen", path=request.url.path, error=told(error))
    return answer(request, 500, "A defect of ours", "this wasn't foreseen; the server's log has its trace")
