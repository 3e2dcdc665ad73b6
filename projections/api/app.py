"""The HTTP API, built around a system."""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse

from projections.api import (
    decision_routes,
    ledger_routes,
    operations,
    order_routes,
    planning_routes,
    problems,
    publishing,
    view_routes,
)
from projections.api.counting import Counting
from projections.api.docs_page import page
from projections.api.examples import examples
from projections.api.parameters import known_only
from projections.api.system import Front

_ABOUT = """
Publish CloudEvents, follow what became of each, read the views, and replay the record behind them.

* **Upstream systems**: `POST /events`, then `GET /events/{source}/{id}`.
* **Auditors**: `GET /streams/{domain}/{stream}`, `/rejected`, `/parked`, `/types`.
* **Operations**: the views, `/readyz` and `/metrics`.
* **Planners**: `/orders/lines`, `/decisions/worklist`, `/why/{id}`, `/where-used/{supply}`.

Every error is a problem document (RFC 9457) and says what would be right.
"""
_TAGS = [
    {"name": "events", "description": "What upstream systems publish, and what became of it"},
    {"name": "views", "description": "What the facts amount to; `at` is the point in history an answer reflects"},
    {"name": "planning", "description": "What is required, covered and decided; why; and people's word on it"},
    {"name": "record", "description": "The facts themselves, what was refused, what waits, and the types of it all"},
    {"name": "operations", "description": "Is it alive, is it ready, how far behind is it"},
]
ROUTERS: Final = (
    publishing.router,
    order_routes.router,
    planning_routes.router,
    decision_routes.router,
    view_routes.router,
    ledger_routes.router,
    operations.router,
)
"""In the order in which addresses are matched: ``/purchase-orders/to-send`` before ``/purchase-orders/{number}``."""


def build(system: Front) -> FastAPI:
    """The application; nothing runs until a server serves it."""
    app = _Api(
        title="Lotone",
        version="0.1.0",
        docs_url=None,
        redoc_url=None,
        description=_ABOUT,
        openapi_tags=_TAGS,
        dependencies=[Depends(known_only)],
        responses={
            422: {"model": problems.ProblemDetails, "description": "A parameter doesn't fit; `errors` says which"},
            503: {"model": problems.ProblemDetails, "description": "The database isn't there just now: try again"},
        },
    )
    app.state.system = system
    app.state.registry, app.state.door = operations.registry(system)
    app.state.routes = [route for router in ROUTERS for route in router.routes]
    app.add_middleware(Counting, door=app.state.door)
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)

    @app.get("/docs", include_in_schema=False, response_class=HTMLResponse)
    def docs() -> str:
        return page(app.openapi())

    return app


class _Api(FastAPI):
    """Its specification says what really leaves: problems under their own media type, and an example of each answer."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            found = super().openapi()
            for path, method, operation in _operations(found):
                _told(operation, examples().get(f"{method.upper()} {path}"))
            self.openapi_schema = found
        return self.openapi_schema


def _operations(found: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _told(operation: dict[str, Any], example: Any) -> None:
    for status, answer in operation["responses"].items():
        content = answer.get("content", {})
        if content.get("application/json", {}).get("schema") == {"$ref": "#/components/schemas/ProblemDetails"}:
            answer["content"] = {
                problems.MEDIA_TYPE: {**content["application/json"], "example": problems.example(int(status))}
            }
        elif status.startswith("2") and example is not None:
            content["application/json"]["example"] = example
